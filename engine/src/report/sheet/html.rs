use std::fmt::Write;

use super::face::Face;
use super::page::{Anchor, Shape, Word};
use super::plot::{Ink, Plot};
use super::{Paper, Part, Sheet};
use crate::report::table::{Align, Table};

/// Width of a plot in its own units; the page scales it.
const PLOT: f32 = 720.0;

/// Looks of the page: readable on a screen, and the same on paper.
const STYLE: &str = "\
body{font:14px/1.45 Inter,system-ui,sans-serif;color:#1a1c20;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.7rem;margin:0}h2{font-size:1.25rem;margin:1.8rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}\
.sub,footer{color:#5f6670}footer{margin-top:2rem;font-size:.85em;border-top:1px solid #d6dadf;padding-top:.5rem}\
table{border-collapse:collapse;width:100%;margin:.6rem 0 1rem;font-size:.86em}\
.wide{overflow-x:auto}th{color:#5f6670;text-align:left;border-bottom:1px solid #5f6670}\
td,th{padding:.22rem .5rem;vertical-align:top}td{border-bottom:1px solid #d6dadf}\
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.n{font-family:'JetBrains Mono',ui-monospace,monospace}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1.2rem;margin:.4rem 0 1rem}dt{color:#5f6670}dd{margin:0}\
figure{margin:.8rem 0}svg{width:100%;height:auto}\
@media print{body{margin:0;max-width:none;font-size:10pt}.page{break-before:page}tr,figure{break-inside:avoid}h2,h3{break-after:avoid}}";

pub(super) fn write(sheet: &Sheet) -> String {
    let mut out = String::new();
    let title = escaped(&sheet.title);
    let paper = if sheet.paper == Paper::Landscape { "@page{size:A4 landscape}" } else { "@page{size:A4}" };
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<title>{title}</title>\n<style>{STYLE}{paper}</style>\n</head>\n<body>");
    let _ = writeln!(out, "<h1>{title}</h1>");
    if !sheet.subtitle.is_empty() {
        let _ = writeln!(out, "<p class=\"sub\">{}</p>", escaped(&sheet.subtitle));
    }
    for part in &sheet.parts {
        write_part(&mut out, part);
    }
    if !sheet.footer.is_empty() {
        let _ = writeln!(out, "<footer>{}</footer>", escaped(&sheet.footer));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_part(out: &mut String, part: &Part) {
    let _ = match part {
        Part::Heading(level, words) => {
            let level = 1 + level.clamp(&1, &2);
            writeln!(out, "<h{level}>{}</h{level}>", escaped(words))
        }
        Part::Text(words) => writeln!(out, "<p>{}</p>", escaped(words)),
        Part::Facts(facts) => {
            out.push_str("<dl>");
            for (name, value) in facts {
                let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
            }
            writeln!(out, "</dl>")
        }
        Part::Table(table) => write_table(out, table),
        Part::Plot(plot) => write_plot(out, plot),
        Part::NewPage => writeln!(out, "<div class=\"page\"></div>"),
    };
}

fn write_table(out: &mut String, table: &Table) -> std::fmt::Result {
    let class = |column: usize| if table.align(column) == Align::Right { " class=\"n\"" } else { "" };
    out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for (column, head) in table.heads().iter().enumerate() {
        write!(out, "<th{}>{}</th>", class(column), escaped(head))?;
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in table.rows() {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            write!(out, "<td{}>{}</td>", class(column), escaped(cell))?;
        }
        out.push_str("</tr>\n");
    }
    writeln!(out, "</tbody></table></div>")
}

fn write_plot(out: &mut String, plot: &Plot) -> std::fmt::Result {
    let tall = plot.tall() * 1.25;
    let title = escaped(plot.title());
    write!(out, "<figure><svg viewBox=\"0 0 {PLOT} {tall}\" role=\"img\" aria-label=\"{title}\">")?;
    for shape in plot.clone().height(tall).shapes(PLOT) {
        write_shape(out, &shape)?;
    }
    writeln!(out, "</svg></figure>")
}

fn write_shape(out: &mut String, shape: &Shape) -> std::fmt::Result {
    match shape {
        Shape::Word(word) => write_word(out, word),
        Shape::Line { points, ink, width, dashed } => {
            let dash = if *dashed { " stroke-dasharray=\"4 3\"" } else { "" };
            write!(out, "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"{dash} points=\"", hex(*ink))?;
            write_points(out, points)
        }
        Shape::Area { points, ink, opacity } => {
            write!(out, "<polygon fill=\"{}\" fill-opacity=\"{opacity}\" points=\"", hex(*ink))?;
            write_points(out, points)
        }
    }
}

fn write_points(out: &mut String, points: &[(f32, f32)]) -> std::fmt::Result {
    for (x, y) in points {
        write!(out, "{x:.1},{y:.1} ")?;
    }
    write!(out, "\"/>")
}

fn write_word(out: &mut String, word: &Word) -> std::fmt::Result {
    let anchor = match word.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let looks = match word.face {
        Face::Regular => "",
        Face::Strong => " font-weight=\"600\"",
        Face::Mono => " font-family=\"JetBrains Mono,ui-monospace,monospace\"",
    };
    let turn =
        if word.upright { format!(" transform=\"rotate(-90 {:.1} {:.1})\"", word.x, word.y) } else { String::new() };
    let (size, fill, text) = (word.size * 1.2, hex(word.ink), escaped(&word.text));
    write!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size:.1}\" fill=\"{fill}\" text-anchor=\"{anchor}\"{looks}{turn}>{text}</text>",
        word.x, word.y
    )
}

fn hex(ink: Ink) -> String {
    let [red, green, blue] = ink.rgb();
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text that cannot become markup. Characters HTML does not allow at all are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut sheet = Sheet::new("<script>alert(1)</script>").subtitle("\"quoted\" & 'so'\u{0}");
        sheet.heading("</h2>").text("a\u{7}b").facts([("<b>", "<i>")]);
        let html = sheet.to_html();
        assert!(!html.contains("<script>") && !html.contains("<b>") && !html.contains("<i>"));
        assert!(html.contains("&quot;quoted&quot; &amp; &#39;so&#39;</p>") && html.contains("<p>ab</p>"));
    }
}
