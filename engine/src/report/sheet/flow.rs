use std::collections::BTreeSet;

use super::face::{Face, Faces};
use super::page::{Anchor, Page, Shape, Word};
use super::plot::Ink;
use super::{Paper, Part, Sheet, SheetError};
use crate::report::table::{Align, Table};

/// A4 in points.
const SHORT: f32 = 595.28;
const LONG: f32 = 841.89;
/// Margin on every side: 15 mm, inside what office printers print.
const MARGIN: f32 = 42.5;
/// Size of running text.
const BODY: f32 = 9.0;
/// Height of a line as a share of its size.
const LEADING: f32 = 1.4;
/// Sizes of the title and of headings.
const TITLE: f32 = 18.0;
const HEADINGS: [f32; 2] = [13.0, 10.0];
/// Size of table cells, and the smallest they shrink to before words are wrapped.
const CELL: f32 = 8.0;
const LEAST_CELL: f32 = 6.0;
/// Room between two columns.
const GUTTER: f32 = 9.0;
/// No column of words is made narrower than this.
const LEAST_COLUMN: f32 = 40.0;
/// Width of the names of facts.
const NAMES: f32 = 150.0;
/// A heading is not left alone at the foot: this much has to follow on its page.
const KEEP: f32 = 60.0;

/// Lays a sheet on pages, footers included.
pub(super) fn lay_out(sheet: &Sheet) -> Result<Vec<Page>, SheetError> {
    let mut flow = Flow::new(sheet.paper, Faces::new()?);
    flow.title(sheet);
    if let Some(words) = strange(sheet, &flow.faces) {
        flow.text(&words);
    }
    for part in &sheet.parts {
        flow.part(part);
    }
    flow.footers(sheet);
    Ok(flow.pages)
}

/// Characters named one by one at most.
const NAMED: usize = 6;

/// What is said of characters that no font has: a name must not be missing in silence.
fn strange(sheet: &Sheet, faces: &Faces) -> Option<String> {
    let mut strange = BTreeSet::new();
    let mut look = |words: &str| strange.extend(words.chars().filter(|c| faces.lacks(Face::Regular, *c)));
    look(&sheet.title);
    look(&sheet.subtitle);
    for part in &sheet.parts {
        match part {
            Part::Heading(_, words) | Part::Text(words) => look(words),
            Part::Facts(facts) => {
                for (name, value) in facts {
                    look(name);
                    look(value);
                }
            }
            Part::Table(table) => {
                table.heads().iter().chain(table.rows().iter().flatten()).for_each(|cell| look(cell));
            }
            Part::Plot(plot) => plot.words().iter().for_each(|words| look(words)),
            Part::NewPage => {}
        }
    }
    if strange.is_empty() {
        return None;
    }
    let mut codes: Vec<String> = strange.iter().take(NAMED).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    if strange.len() > NAMED {
        codes.push("...".into());
    }
    Some(format!(
        "NOTE: no font of this system draws {} of this page's characters ({}): they stand as \u{fffd}. Their text is in this \
         file and can be copied; the HTML and text forms show them. Install a font that has them, as Noto Sans CJK, and write \
         the page again.",
        strange.len(),
        codes.join(" ")
    ))
}

struct Flow {
    faces: Faces,
    size: (f32, f32),
    pages: Vec<Page>,
    /// Where the next line begins.
    y: f32,
}

/// Columns of a table as they fit.
struct Columns {
    size: f32,
    widths: Vec<f32>,
}

impl Flow {
    fn new(paper: Paper, faces: Faces) -> Flow {
        let size = match paper {
            Paper::Portrait => (SHORT, LONG),
            Paper::Landscape => (LONG, SHORT),
        };
        let mut flow = Flow { faces, size, pages: Vec::new(), y: 0.0 };
        flow.turn();
        flow
    }

    fn width(&self) -> f32 {
        self.size.0 - 2.0 * MARGIN
    }

    fn bottom(&self) -> f32 {
        self.size.1 - MARGIN - 14.0
    }

    /// Begins a page.
    fn turn(&mut self) {
        self.pages.push(Page { width: self.size.0, height: self.size.1, shapes: Vec::new() });
        self.y = MARGIN;
    }

    /// Turns the page where `height` points do not fit any more, save on an empty page.
    fn need(&mut self, height: f32) {
        if self.y + height > self.bottom() && self.y > MARGIN {
            self.turn();
        }
    }

    fn put(&mut self, shape: Shape) {
        if let Some(page) = self.pages.last_mut() {
            page.shapes.push(shape);
        }
    }

    fn word(&mut self, x: f32, text: &str, face: Face, size: f32, ink: Ink, anchor: Anchor) {
        let y = self.y + size;
        self.put(Shape::Word(Word { x, y, text: text.into(), face, size, ink, anchor, upright: false }));
    }

    fn title(&mut self, sheet: &Sheet) {
        for line in self.faces.wrap(Face::Strong, TITLE, &sheet.title, self.width()).iter().filter(|l| !l.is_empty()) {
            self.word(MARGIN, line, Face::Strong, TITLE, Ink::Black, Anchor::Start);
            self.y += TITLE * 1.25;
        }
        for line in self.faces.wrap(Face::Regular, BODY, &sheet.subtitle, self.width()).iter().filter(|l| !l.is_empty())
        {
            self.word(MARGIN, line, Face::Regular, BODY, Ink::Grey, Anchor::Start);
            self.y += BODY * LEADING;
        }
        if self.y > MARGIN {
            self.y += 6.0;
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Heading(level, words) => self.heading(*level, words),
            Part::Text(words) => self.text(words),
            Part::Facts(facts) => self.facts(facts),
            Part::Table(table) => self.table(table),
            Part::Plot(plot) => {
                self.need(plot.tall());
                let (x, y) = (MARGIN, self.y);
                plot.shapes(self.width()).into_iter().for_each(|shape| self.put(shape.moved(x, y)));
                self.y += plot.tall() + 8.0;
            }
            Part::NewPage => {
                if self.y > MARGIN {
                    self.turn();
                }
            }
        }
    }

    fn heading(&mut self, level: u8, words: &str) {
        let size = HEADINGS[usize::from(level.clamp(1, 2)) - 1];
        self.need(size + KEEP);
        if self.y > MARGIN {
            self.y += size * 0.6;
        }
        for line in self.faces.wrap(Face::Strong, size, words, self.width()) {
            self.word(MARGIN, &line, Face::Strong, size, Ink::Black, Anchor::Start);
            self.y += size * 1.3;
        }
        self.y += 3.0;
    }

    fn text(&mut self, words: &str) {
        for line in self.faces.wrap(Face::Regular, BODY, words, self.width()) {
            self.need(BODY * LEADING);
            self.word(MARGIN, &line, Face::Regular, BODY, Ink::Black, Anchor::Start);
            self.y += BODY * LEADING;
        }
        self.y += 5.0;
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        for (name, value) in facts {
            let names = self.faces.wrap(Face::Regular, BODY, name, NAMES - GUTTER);
            let values = self.faces.wrap(Face::Regular, BODY, value, self.width() - NAMES);
            let lines = names.len().max(values.len());
            for line in 0..lines {
                self.need(BODY * LEADING);
                if let Some(name) = names.get(line) {
                    self.word(MARGIN, name, Face::Regular, BODY, Ink::Grey, Anchor::Start);
                }
                if let Some(value) = values.get(line) {
                    self.word(MARGIN + NAMES, value, Face::Regular, BODY, Ink::Black, Anchor::Start);
                }
                self.y += BODY * LEADING;
            }
        }
        self.y += 5.0;
    }

    fn table(&mut self, table: &Table) {
        let columns = self.columns(table);
        let heads: Vec<&str> = table.heads().iter().map(String::as_str).collect();
        let head = self.cells(&heads, table, &columns, Face::Strong);
        let mut fresh = true;
        for row in table.rows() {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            let cells = self.cells(&cells, table, &columns, Face::Regular);
            let height = height_of(&cells, columns.size);
            let with_head = height + height_of(&head, columns.size) + 6.0;
            if self.y + if fresh { with_head } else { height } > self.bottom() && self.y > MARGIN {
                self.turn();
                fresh = true;
            }
            if fresh {
                self.head(&head, table, &columns);
                fresh = false;
            }
            self.row(&cells, table, &columns, Ink::Black);
            let (left, right) = ((MARGIN, self.y - 1.0), (MARGIN + self.width(), self.y - 1.0));
            self.put(Shape::rule(left, right, Ink::Faint, 0.35));
        }
        if table.is_empty() {
            self.need(height_of(&head, columns.size) + 6.0);
            self.head(&head, table, &columns);
        }
        self.y += 8.0;
    }

    fn head(&mut self, head: &[Vec<String>], table: &Table, columns: &Columns) {
        self.row(head, table, columns, Ink::Grey);
        let (left, right) = ((MARGIN, self.y - 0.5), (MARGIN + self.width(), self.y - 0.5));
        self.put(Shape::rule(left, right, Ink::Grey, 0.6));
        self.y += 1.5;
    }

    fn row(&mut self, cells: &[Vec<String>], table: &Table, columns: &Columns, ink: Ink) {
        let (top, size) = (self.y, columns.size);
        let mut x = MARGIN;
        for (column, (lines, width)) in cells.iter().zip(&columns.widths).enumerate() {
            self.y = top;
            for line in lines {
                let face = if ink == Ink::Grey { Face::Strong } else { face_of(table, column) };
                let right = table.align(column) == Align::Right;
                let (at, anchor) = if right { (x + width, Anchor::End) } else { (x, Anchor::Start) };
                self.word(at, line, face, size, ink, anchor);
                self.y += size * LEADING;
            }
            x += width + GUTTER;
        }
        self.y = top + height_of(cells, size);
    }

    fn cells(&self, cells: &[&str], table: &Table, columns: &Columns, face: Face) -> Vec<Vec<String>> {
        let wrap = |(column, (cell, width)): (usize, (&&str, &f32))| {
            let face = if face == Face::Strong { face } else { face_of(table, column) };
            self.faces.wrap(face, columns.size, cell, *width + 0.01)
        };
        cells.iter().zip(&columns.widths).enumerate().map(wrap).collect()
    }

    /// The columns as wide as their widest cell; where that is too wide, smaller letters, then narrower words.
    fn columns(&self, table: &Table) -> Columns {
        let room = self.width() - GUTTER * table.heads().len().saturating_sub(1) as f32;
        let natural = |size: f32| -> Vec<f32> {
            let widest = |column: usize| {
                let head = self.faces.width(Face::Strong, size, &table.heads()[column]);
                let face = face_of(table, column);
                table.rows().iter().map(|row| self.faces.width(face, size, &row[column])).fold(head, f32::max)
            };
            (0..table.heads().len()).map(widest).collect()
        };
        let mut size = CELL;
        let mut widths = natural(size);
        while widths.iter().sum::<f32>() > room && size > LEAST_CELL {
            size -= 0.5;
            widths = natural(size);
        }
        let total = widths.iter().sum::<f32>();
        if total > room {
            squeeze(&mut widths, room);
        } else if let Some(first) =
            widths.first_mut().filter(|_| table.heads().len() > 1 && table.align(0) == Align::Left)
        {
            // What is left over goes behind the first column, so that numbers stand together at the right.
            *first += room - total;
        }
        Columns { size, widths }
    }

    fn footers(&mut self, sheet: &Sheet) {
        let (pages, width) = (self.pages.len(), self.size.0);
        let y = self.size.1 - MARGIN + 4.0;
        let text = [sheet.footer.as_str(), sheet.title.as_str()].into_iter().filter(|t| !t.is_empty());
        let left = text.collect::<Vec<_>>().join("  ·  ");
        let left = self.faces.wrap(Face::Regular, 7.0, &left, width - 2.0 * MARGIN - 60.0).swap_remove(0);
        for (number, page) in self.pages.iter_mut().enumerate() {
            let word = |x: f32, text: String, anchor: Anchor| {
                let (face, ink) = (Face::Regular, Ink::Grey);
                Shape::Word(Word { x, y, text, face, size: 7.0, ink, anchor, upright: false })
            };
            page.shapes.push(word(MARGIN, left.clone(), Anchor::Start));
            page.shapes.push(word(width - MARGIN, format!("{} / {pages}", number + 1), Anchor::End));
        }
    }
}

/// Takes from the widest columns until the sum fits.
fn squeeze(widths: &mut [f32], room: f32) {
    let least = LEAST_COLUMN.min(room / widths.len().max(1) as f32);
    let cut = |limit: f32, widths: &[f32]| widths.iter().map(|width| width.min(limit.max(least))).sum::<f32>();
    let (mut low, mut high) = (0.0, widths.iter().copied().fold(0.0, f32::max));
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if cut(middle, widths) > room { high = middle } else { low = middle }
    }
    widths.iter_mut().for_each(|width| *width = width.min(low.max(least)));
}

fn face_of(table: &Table, column: usize) -> Face {
    if table.align(column) == Align::Right { Face::Mono } else { Face::Regular }
}

fn height_of(cells: &[Vec<String>], size: f32) -> f32 {
    cells.iter().map(Vec::len).max().unwrap_or(1).max(1) as f32 * size * LEADING + 1.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_far_too_wide_stays_on_the_paper() {
        let heads: Vec<String> = (0..20).map(|n| format!("Heading {n}")).collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        let mut table = Table::new(&heads).aligned(0, Align::Left);
        table.row((0..20).map(|n| format!("a value of many words {n}")));
        let mut sheet = Sheet::new("Wide").on(Paper::Landscape);
        sheet.table(table);
        let faces = Faces::new().unwrap();
        for page in lay_out(&sheet).unwrap() {
            for shape in &page.shapes {
                let Shape::Word(word) = shape else { continue };
                let width = faces.width(word.face, word.size, &word.text);
                let left = if word.anchor == Anchor::End { word.x - width } else { word.x };
                assert!(left > 20.0 && left + width < page.width - 20.0, "{word:?}");
                assert!(word.y < page.height - 20.0);
            }
        }
    }

    #[test]
    fn a_heading_is_never_the_last_line_of_a_page() {
        let mut sheet = Sheet::new("Title");
        for chapter in 0..60 {
            sheet.heading(format!("Chapter {chapter}"));
            for line in 0..chapter % 5 + 1 {
                sheet.text(format!("Line {line}"));
            }
        }
        let pages = lay_out(&sheet).unwrap();
        assert!(pages.len() > 3);
        for page in &pages {
            let words = page.words();
            // The last two are the footer.
            assert!(!words[words.len() - 3].starts_with("Chapter"), "{words:?}");
        }
    }

    #[test]
    fn what_no_font_draws_is_said() {
        let sheet = |title: &str| Sheet { title: title.into(), ..Sheet::default() };
        let said = |title: &str| {
            let pages = lay_out(&sheet(title)).unwrap();
            pages.iter().flat_map(|page| page.words()).any(|word| word.contains("U+10FFFD"))
        };
        assert!(said("Night \u{10fffd} Ferry") && !said("Nachtfähre"));
    }
}
