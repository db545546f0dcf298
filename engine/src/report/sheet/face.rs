mod spare;

pub(super) use spare::Spare;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::SheetError;

const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");
const STRONG: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../../../assets/fonts/JetBrainsMono-Regular.ttf");

/// What stands for a character that no font of ours has.
const MISSING: char = '\u{fffd}';

/// A typeface of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// Words.
    Regular,
    /// Headings.
    Strong,
    /// Numbers: every digit as wide as the others.
    Mono,
}

impl Face {
    pub(super) const ALL: [Face; 3] = [Face::Regular, Face::Strong, Face::Mono];

    pub(super) fn data(self) -> &'static [u8] {
        match self {
            Face::Regular => REGULAR,
            Face::Strong => STRONG,
            Face::Mono => MONO,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Face::Regular => "Inter Regular",
            Face::Strong => "Inter SemiBold",
            Face::Mono => "JetBrains Mono Regular",
        }
    }
}

/// A character as its font draws it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Letter {
    /// Its glyph.
    pub(super) glyph: u32,
    /// Its bytes in the text.
    pub(super) bytes: std::ops::Range<usize>,
    /// Its advance as a share of the size.
    pub(super) advance: f32,
    /// Whether it is drawn with the system's font.
    pub(super) spare: bool,
}

/// The three fonts, ready to measure.
pub(super) struct Faces([FontRef<'static>; 3]);

impl Faces {
    pub(super) fn new() -> Result<Faces, SheetError> {
        let read = |face: Face| FontRef::new(face.data()).map_err(|_| SheetError::Font(face.name()));
        Ok(Faces([read(Face::Regular)?, read(Face::Strong)?, read(Face::Mono)?]))
    }

    /// Whether no font has a letter for this character.
    pub(super) fn lacks(&self, face: Face, c: char) -> bool {
        !c.is_control() && self.0[face as usize].charmap().map(c).is_none() && spare(c).is_none()
    }

    /// The letters of one line. A character the font has not is taken from the system's font, else it is the replacement
    /// character; the text beneath stays what it is, for searching and copying.
    pub(super) fn letters(&self, face: Face, text: &str) -> Vec<Letter> {
        let font = &self.0[face as usize];
        let (map, widths) = (font.charmap(), font.glyph_metrics(Size::new(1.0), LocationRef::default()));
        let letter = |(start, c): (usize, char)| {
            let bytes = start..start + c.len_utf8();
            let own = map.map(c);
            if let Some((glyph, advance)) = own.is_none().then(|| spare(c)).flatten() {
                return Letter { glyph, bytes, advance, spare: true };
            }
            let glyph = own.or_else(|| map.map(MISSING)).unwrap_or_default();
            let advance = widths.advance_width(glyph).unwrap_or(0.5);
            Letter { glyph: glyph.to_u32(), bytes, advance, spare: false }
        };
        text.char_indices().map(letter).collect()
    }

    /// Width of a line at a size, in points.
    pub(super) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        self.letters(face, text).iter().map(|letter| letter.advance).sum::<f32>() * size
    }

    /// The words of a text in lines of at most `width` points; a word wider than that is broken.
    pub(super) fn wrap(&self, face: Face, size: f32, text: &str, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            for piece in self.pieces(face, size, word, width) {
                let Some(line) = lines.last_mut() else { continue };
                if line.is_empty() {
                    line.push_str(&piece);
                    continue;
                }
                let longer = format!("{line} {piece}");
                if self.width(face, size, &longer) <= width {
                    *line = longer;
                } else {
                    lines.push(piece);
                }
            }
        }
        lines
    }

    fn pieces(&self, face: Face, size: f32, word: &str, width: f32) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut filled = 0.0;
        for letter in self.letters(face, word) {
            let advance = letter.advance * size;
            if filled + advance > width && filled > 0.0 {
                pieces.push(String::new());
                filled = 0.0;
            }
            filled += advance;
            if let Some(piece) = pieces.last_mut() {
                piece.push_str(&word[letter.bytes]);
            }
        }
        pieces
    }
}

/// Glyph and advance of a character in the system's font.
fn spare(c: char) -> Option<(u32, f32)> {
    // Control characters are no reason to look through a system's fonts.
    let font = Spare::find().filter(|_| !c.is_control())?.font()?;
    let glyph = font.charmap().map(c)?;
    let advance = font.glyph_metrics(Size::new(1.0), LocationRef::default()).advance_width(glyph);
    Some((glyph.to_u32(), advance.unwrap_or(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_equally_wide_and_lines_fit() {
        let faces = Faces::new().unwrap();
        assert_eq!(faces.width(Face::Mono, 10.0, "111"), faces.width(Face::Mono, 10.0, "987"));
        let text = "Perfectly ordinary words and Donaudampfschifffahrtsgesellschaftskapitän";
        let lines = faces.wrap(Face::Regular, 9.0, text, 80.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| faces.width(Face::Regular, 9.0, line) <= 80.0));
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(text));
    }

    #[test]
    fn a_character_no_font_has_still_has_a_width() {
        let faces = Faces::new().unwrap();
        let letters = faces.letters(Face::Regular, "a漢");
        assert_eq!((letters.len(), letters[1].bytes.clone()), (2, 1..4));
        assert!(letters[1].advance > 0.0);
        // Drawn with the system's font, or known to be missing: never silently blank.
        assert_eq!(letters[1].spare, !faces.lacks(Face::Regular, '漢'));
        assert!(!faces.lacks(Face::Regular, 'ä') && !faces.lacks(Face::Mono, '\n'));
        assert!(faces.lacks(Face::Regular, '\u{10fffd}'));
    }
}
