//! A sheet read back from the page it was written as: for judging a report years later.

use super::{Paper, Part, Sheet};
use crate::report::table::{Align, Table};

/// The sheet of a page that [`Sheet::to_html`] wrote; `None` for anything else. Plots are left out, and line breaks in texts
/// are spaces.
pub(super) fn read(page: &str) -> Option<Sheet> {
    let mut lines = page.lines().skip_while(|line| *line != "<body>").skip(1);
    let paper = if page.contains("@page{size:A4 landscape}") { Paper::Landscape } else { Paper::Portrait };
    let mut sheet = Sheet::new(plain(inside(lines.next()?, "<h1>", "</h1>")?)).on(paper);
    while let Some(line) = lines.next() {
        if line == "</body>" {
            return Some(sheet);
        } else if let Some(words) = inside(line, "<p class=\"sub\">", "</p>") {
            sheet = sheet.subtitle(plain(words));
        } else if let Some(words) = inside(line, "<footer>", "</footer>") {
            sheet = sheet.footer(plain(words));
        } else if line == "<div class=\"wide\"><table>" {
            let head = lines.next()?;
            (lines.next()? == "<tbody>").then_some(())?;
            let mut rows = Vec::new();
            loop {
                match lines.next()? {
                    "</tbody></table></div>" => break,
                    row => rows.push(row),
                }
            }
            sheet.table(table(head, &rows)?);
        } else if !line.starts_with("<figure>") {
            sheet.add(part(line)?);
        }
    }
    None
}

fn part(line: &str) -> Option<Part> {
    if line == "<div class=\"page\"></div>" {
        return Some(Part::NewPage);
    }
    for (level, opens, closes) in [(1, "<h2>", "</h2>"), (2, "<h3>", "</h3>")] {
        if let Some(words) = inside(line, opens, closes) {
            return Some(Part::Heading(level, plain(words)));
        }
    }
    if let Some(words) = inside(line, "<p>", "</p>") {
        return Some(Part::Text(plain(words)));
    }
    let facts = inside(line, "<dl><dt>", "</dd></dl>").map(|facts| facts.split("</dd><dt>"));
    let fact = |fact: &str| fact.split_once("</dt><dd>").map(|(name, value)| (plain(name), plain(value)));
    match facts {
        Some(facts) => facts.map(fact).collect::<Option<Vec<_>>>().map(Part::Facts),
        None => (line == "<dl></dl>").then(|| Part::Facts(Vec::new())),
    }
}

fn table(head: &str, rows: &[&str]) -> Option<Table> {
    let heads = cells(inside(head, "<thead><tr>", "</tr></thead>")?, "th")?;
    let names: Vec<&str> = heads.iter().map(|(name, _)| name.as_str()).collect();
    let mut table = Table::new(&names);
    for (column, (_, align)) in heads.iter().enumerate() {
        table = table.aligned(column, *align);
    }
    for row in rows {
        let row = cells(inside(row, "<tr>", "</tr>")?, "td")?;
        table.row(row.into_iter().map(|(text, _)| text));
    }
    Some(table)
}

/// The cells of a row, with the side they lean to.
fn cells(row: &str, tag: &str) -> Option<Vec<(String, Align)>> {
    let (opens, closes) = (format!("<{tag}"), format!("</{tag}>"));
    let cell = |text: &str| {
        let text = text.strip_prefix(opens.as_str())?;
        match text.strip_prefix(" class=\"n\">") {
            Some(number) => Some((plain(number), Align::Right)),
            None => text.strip_prefix('>').map(|words| (plain(words), Align::Left)),
        }
    };
    row.split_terminator(closes.as_str()).map(cell).collect()
}

fn inside<'a>(line: &'a str, opens: &str, closes: &str) -> Option<&'a str> {
    line.strip_prefix(opens)?.strip_suffix(closes)
}

/// Text without the page's escapes.
fn plain(text: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    signs.iter().fold(text.to_string(), |text, (escape, sign)| text.replace(escape, sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let mut table = Table::new(&["Song", "LUFS"]).aligned(0, Align::Left);
        table.row(["<b> & \"c\" 'd' &lt;", "-9.5"]);
        table.row(["", "-14.0"]);
        let mut sheet = Sheet::new("A & B").subtitle("sub").footer("foot").on(Paper::Landscape);
        sheet.heading("One").facts([("Verdict", "PASS"), ("UPC/EAN", "")]).table(table.clone());
        sheet.section("Two").text("words").new_page().table(Table::new(&["a"]));
        let page = sheet.to_html();
        let read = Sheet::from_html(&page).unwrap();
        assert_eq!(read, sheet);
        assert_eq!(read.to_html(), page);
        assert_eq!(Sheet::from_html("<html><body><h1>x</h1></body></html>"), None);
        assert_eq!(Sheet::from_html(&page.replace("<tr>", "<tr >")), None);
    }
}
