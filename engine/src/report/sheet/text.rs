use super::{Part, Sheet};

/// Width paragraphs are broken at.
const COLUMNS: usize = 100;

pub(super) fn write(sheet: &Sheet) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let head: Vec<&str> = [sheet.title.as_str(), &sheet.subtitle].into_iter().filter(|line| !line.is_empty()).collect();
    if !head.is_empty() {
        blocks.push(head.join("\n"));
    }
    for part in &sheet.parts {
        match part {
            Part::Heading(level, words) => {
                let rule = if *level <= 1 { "=" } else { "-" };
                blocks.push(format!("{words}\n{}", rule.repeat(words.chars().count())));
            }
            Part::Text(words) => blocks.push(wrapped(words)),
            Part::Facts(facts) => {
                let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
                let lines = facts.iter().map(|(name, value)| format!("{name:<width$}  {value}").trim_end().to_string());
                blocks.push(lines.collect::<Vec<_>>().join("\n"));
            }
            Part::Table(table) => blocks.push(table.to_string()),
            Part::Plot(plot) => {
                let words = plot.words().join(", ");
                let colon = if words.is_empty() { "" } else { ": " };
                blocks.push(wrapped(&format!("[plot in the PDF and HTML forms] {}{colon}{words}", plot.title())));
            }
            Part::NewPage => {}
        }
    }
    if !sheet.footer.is_empty() {
        blocks.push(sheet.footer.clone());
    }
    blocks.join("\n\n")
}

fn wrapped(words: &str) -> String {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let Some(line) = lines.last_mut() else { continue };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= COLUMNS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.into());
        }
    }
    lines.join("\n")
}
