use std::cell::OnceCell;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::face::Spare;
use super::face::{Face, Faces, Letter};
use super::page::{Anchor, Page, Shape, Word};
use super::plot::Ink;
use super::{Sheet, SheetError, flow};

pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, SheetError> {
    let pen = Pen::new()?;
    let mut document = Document::new();
    let mut metadata = Metadata::new().creator("Lacquer".into()).producer("Lacquer".into()).language("en".into());
    if !sheet.title.is_empty() {
        metadata = metadata.title(sheet.title.clone());
    }
    document.set_metadata(metadata);
    for page in flow::lay_out(sheet)? {
        let settings = PageSettings::from_wh(page.width, page.height)
            .ok_or_else(|| SheetError::Pdf("the paper has no size".into()))?;
        let mut leaf = document.start_page_with(settings);
        let mut surface = leaf.surface();
        pen.draw(&page, &mut surface);
        surface.finish();
        leaf.finish();
    }
    document.finish().map_err(|error| SheetError::Pdf(format!("{error:?}")))
}

/// The fonts, once to measure and once to write with.
struct Pen {
    faces: Faces,
    fonts: [Font; 3],
    /// The system's font, where a letter asks for it.
    spare: OnceCell<Option<Font>>,
}

impl Pen {
    fn new() -> Result<Pen, SheetError> {
        let font = |face: Face| Font::new(face.data().into(), 0).ok_or(SheetError::Font(face.name()));
        let [regular, strong, mono] = Face::ALL;
        let fonts = [font(regular)?, font(strong)?, font(mono)?];
        Ok(Pen { faces: Faces::new()?, fonts, spare: OnceCell::new() })
    }

    fn draw(&self, page: &Page, surface: &mut Surface<'_>) {
        for shape in &page.shapes {
            match shape {
                Shape::Word(word) => self.word(word, surface),
                Shape::Line { points, ink, width, dashed } => {
                    surface.set_fill(None);
                    surface.set_stroke(Some(stroke(*ink, *width, *dashed)));
                    if let Some(path) = path(points, false) {
                        surface.draw_path(&path);
                    }
                }
                Shape::Area { points, ink, opacity } => {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(*ink, *opacity)));
                    if let Some(path) = path(points, true) {
                        surface.draw_path(&path);
                    }
                }
            }
        }
    }

    fn word(&self, word: &Word, surface: &mut Surface<'_>) {
        if word.text.is_empty() {
            return;
        }
        let letters = self.faces.letters(word.face, &word.text);
        let width = letters.iter().map(|letter| letter.advance).sum::<f32>() * word.size;
        let back = match word.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        surface.set_stroke(None);
        surface.set_fill(Some(fill(word.ink, 1.0)));
        if word.upright {
            surface.push_transform(&Transform::from_rotate_at(-90.0, word.x, word.y));
        }
        let mut x = word.x - back;
        for part in letters.chunk_by(|one, next| one.spare == next.spare) {
            self.letters(part, word, x, surface);
            x += part.iter().map(|letter| letter.advance).sum::<f32>() * word.size;
        }
        if word.upright {
            surface.pop();
        }
    }
}

impl Pen {
    /// Letters of one font from `x` on.
    fn letters(&self, letters: &[Letter], word: &Word, x: f32, surface: &mut Surface<'_>) {
        let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return };
        let start = first.bytes.start;
        let glyph = |letter: &Letter| {
            let bytes = letter.bytes.start - start..letter.bytes.end - start;
            KrillaGlyph::new(GlyphId::new(letter.glyph), letter.advance, 0.0, 0.0, 0.0, bytes, None)
        };
        let glyphs: Vec<KrillaGlyph> = letters.iter().map(glyph).collect();
        let of_the_system = || {
            let spare = Spare::find()?;
            Font::new(spare.data.clone().into(), spare.index)
        };
        let spare = || self.spare.get_or_init(of_the_system).clone();
        let own = || self.fonts[word.face as usize].clone();
        let font = if first.spare { spare().unwrap_or_else(own) } else { own() };
        let text = &word.text[start..last.bytes.end];
        surface.draw_glyphs(Point::from_xy(x, word.y), &glyphs, font, text, word.size, false);
    }
}

fn path(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    builder.move_to(first.0, first.1);
    rest.iter().for_each(|point| builder.line_to(point.0, point.1));
    if closed {
        builder.close();
    }
    builder.finish()
}

fn colour(ink: Ink) -> rgb::Color {
    let [red, green, blue] = ink.rgb();
    rgb::Color::new(red, green, blue)
}

fn fill(ink: Ink, opacity: f32) -> Fill {
    Fill { paint: colour(ink).into(), opacity: share(opacity), ..Fill::default() }
}

fn stroke(ink: Ink, width: f32, dashed: bool) -> Stroke {
    let dash = dashed.then(|| StrokeDash { array: vec![4.0, 3.0], offset: 0.0 });
    Stroke { paint: colour(ink).into(), width, line_join: LineJoin::Round, dash, ..Stroke::default() }
}

fn share(value: f32) -> NormalizedF32 {
    NormalizedF32::new(value.clamp(0.0, 1.0)).unwrap_or(NormalizedF32::ONE)
}
