//! A sheet: headings, text, facts, tables and plots in order, written as a PDF for the printer and the plant, as one HTML
//! file that needs nothing else, or as plain text. Report, PQ sheet, delivery report and recall sheet are sheets.
//!
//! A sheet holds what is already rounded to words. The same sheet gives the same bytes: no clock, no random names.

mod cells;
mod face;
mod flow;
mod html;
mod page;
mod pdf;
mod plot;
mod read;
mod text;

pub use cells::Cells;
pub use plot::{Axis, Band, Ink, Mark, Plot, Series, Style};

use std::path::{Path, PathBuf};

use super::table::Table;
use crate::container::pending::write_whole;

/// Why a sheet could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// A font that Lacquer carries cannot be read: the program itself is damaged.
    #[error("the report's font '{0}' cannot be read; nothing was written; the text and HTML forms need no font")]
    Font(&'static str),
    /// The PDF could not be put together.
    #[error("the PDF could not be put together ({0}); nothing was written; the text and HTML forms are not affected")]
    Pdf(String),
    /// The name says no form.
    #[error("{0}: a report is a .pdf, .html or .txt file; nothing was written")]
    Form(PathBuf),
    /// The file could not be written.
    #[error("{path}: the report could not be written ({cause}); what was there before is untouched")]
    File {
        /// Where.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
}

/// How the paper lies (ISO 216 A4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 x 297 mm.
    #[default]
    Portrait,
    /// 297 x 210 mm: for wide tables.
    Landscape,
}

/// One part of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A heading: level 1 opens a chapter, 2 a section.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// Names and what they are, as `Catalogue no.` and `LQ 001`.
    Facts(Vec<(String, String)>),
    /// A table, with its head again on each page.
    Table(Table),
    /// A plot.
    Plot(Plot),
    /// What follows begins a new page.
    NewPage,
}

/// A sheet under the pen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    title: String,
    subtitle: String,
    footer: String,
    paper: Paper,
    parts: Vec<Part>,
}

impl Sheet {
    /// A sheet with its title.
    pub fn new(title: impl Into<String>) -> Sheet {
        Sheet { title: title.into(), ..Sheet::default() }
    }

    /// A line under the title.
    pub fn subtitle(mut self, line: impl Into<String>) -> Sheet {
        self.subtitle = line.into();
        self
    }

    /// What stands at the foot of every page beside its number: program, version, date where the caller knows one.
    pub fn footer(mut self, line: impl Into<String>) -> Sheet {
        self.footer = line.into();
        self
    }

    /// Lays the paper.
    pub fn on(mut self, paper: Paper) -> Sheet {
        self.paper = paper;
        self
    }

    /// Opens a chapter.
    pub fn heading(&mut self, words: impl Into<String>) -> &mut Sheet {
        self.add(Part::Heading(1, words.into()))
    }

    /// Opens a section of a chapter.
    pub fn section(&mut self, words: impl Into<String>) -> &mut Sheet {
        self.add(Part::Heading(2, words.into()))
    }

    /// Adds a paragraph.
    pub fn text(&mut self, words: impl Into<String>) -> &mut Sheet {
        self.add(Part::Text(words.into()))
    }

    /// Adds names and what they are.
    pub fn facts<N: Into<String>, V: Into<String>>(&mut self, facts: impl IntoIterator<Item = (N, V)>) -> &mut Sheet {
        self.add(Part::Facts(facts.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Sheet {
        self.add(Part::Table(table))
    }

    /// Adds a plot.
    pub fn plot(&mut self, plot: Plot) -> &mut Sheet {
        self.add(Part::Plot(plot))
    }

    /// Begins a new page here.
    pub fn new_page(&mut self) -> &mut Sheet {
        self.add(Part::NewPage)
    }

    /// Adds a part.
    pub fn add(&mut self, part: Part) -> &mut Sheet {
        self.parts.push(part);
        self
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// As plain text: tables aligned, plots named. Ends without a line end.
    pub fn to_text(&self) -> String {
        text::write(self)
    }

    /// As one HTML file with its styles and plots inside.
    pub fn to_html(&self) -> String {
        html::write(self)
    }

    /// A sheet from the page that [`Sheet::to_html`] wrote, without its plots; `None` for anything else.
    pub fn from_html(page: &str) -> Option<Sheet> {
        read::read(page)
    }

    /// Writes the form that the ending of `path` names, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), SheetError> {
        let bytes = Form::of_path(path)?.write(self)?;
        write_whole(path, &bytes)
            .map_err(|cause| SheetError::File { path: path.to_path_buf(), cause: cause.to_string() })
    }

    /// As a PDF with its fonts inside.
    pub fn to_pdf(&self) -> Result<Vec<u8>, SheetError> {
        pdf::write(self)
    }
}

/// The forms a sheet can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// One HTML file.
    Html,
    /// A PDF.
    Pdf,
}

impl Form {
    /// Every form, the one for paper first.
    pub const ALL: [Form; 3] = [Form::Pdf, Form::Html, Form::Text];

    /// The ending of such files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Text => "txt",
            Form::Html => "html",
            Form::Pdf => "pdf",
        }
    }

    /// The form of a file's ending, of any case: `pdf`, `html`, `htm` or `txt`.
    pub fn of_extension(extension: &str) -> Option<Form> {
        match extension.to_ascii_lowercase().as_str() {
            "pdf" => Some(Form::Pdf),
            "html" | "htm" => Some(Form::Html),
            "txt" => Some(Form::Text),
            _ => None,
        }
    }

    /// The form of a file by the ending of its name.
    pub fn of_path(path: &Path) -> Result<Form, SheetError> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.and_then(Form::of_extension).ok_or_else(|| SheetError::Form(path.to_path_buf()))
    }

    /// The bytes of a sheet in this form.
    pub fn write(self, sheet: &Sheet) -> Result<Vec<u8>, SheetError> {
        match self {
            Form::Text => Ok((sheet.to_text() + "\n").into_bytes()),
            Form::Html => Ok(sheet.to_html().into_bytes()),
            Form::Pdf => sheet.to_pdf(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Align;
    use super::*;

    fn sheet() -> Sheet {
        let mut table = Table::new(&["Song", "LUFS"]).aligned(0, Align::Left);
        for song in 0..120 {
            table.row([format!("Song <{song}> Ärger & Co"), format!("-{song}.5")]);
        }
        let mut sheet = Sheet::new("Night Ferry").subtitle("Measured").footer("Lacquer");
        sheet.heading("Loudness").text("A paragraph that says something. ".repeat(20));
        sheet.facts([("Rate", "44.1 kHz"), ("Layout", "stereo")]).table(table);
        let line = Series::line("S", Ink::Blue, (0..500).map(|n| (f64::from(n), -20.0 + f64::from(n % 7))));
        sheet.plot(Plot::new("History", Axis::linear("s", 0.0, 500.0), Axis::linear("LUFS", -40.0, 0.0)).with(line));
        sheet
    }

    #[test]
    fn every_form_is_whole_and_the_same_again() {
        let sheet = sheet();
        let pdf = sheet.to_pdf().unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"));
        assert_eq!(pdf, sheet.to_pdf().unwrap());
        let html = sheet.to_html();
        assert!(html.contains("Song &lt;7&gt; Ärger &amp; Co") && html.contains("<svg") && !html.contains("http"));
        let text = sheet.to_text();
        assert!(text.contains("Song <119>") && text.lines().next() == Some("Night Ferry"));
    }

    #[test]
    fn a_long_table_runs_over_several_pages_and_loses_no_row() {
        let pages = flow::lay_out(&sheet()).unwrap();
        assert!(pages.len() >= 3, "{}", pages.len());
        let words: Vec<String> = pages.iter().flat_map(|page| page.words()).collect();
        for song in 0..120 {
            assert_eq!(words.iter().filter(|word| **word == format!("Song <{song}> Ärger & Co")).count(), 1);
        }
        let heads = words.iter().filter(|word| *word == "LUFS").count();
        assert!(heads >= 3, "the head stands on each page: {heads}");
    }

    #[test]
    fn a_saved_sheet_is_whole_and_a_strange_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.html");
        sheet().save(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), sheet().to_html());
        assert!(matches!(sheet().save(&folder.path().join("sheet.doc")), Err(SheetError::Form(_))));
        let nowhere = folder.path().join("missing").join("sheet.txt");
        assert!(matches!(sheet().save(&nowhere), Err(SheetError::File { .. })));
    }

    #[test]
    fn an_empty_sheet_is_one_page() {
        assert_eq!(flow::lay_out(&Sheet::default()).unwrap().len(), 1);
        assert!(Sheet::default().to_pdf().is_ok());
        assert_eq!(Sheet::default().to_text(), "");
    }

    #[test]
    fn forms_are_known_by_their_endings() {
        for form in Form::ALL {
            assert_eq!(Form::of_extension(&form.extension().to_uppercase()), Some(form));
        }
        assert_eq!(Form::of_extension("doc"), None);
    }
}
