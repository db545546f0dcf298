//! Tables as text: comma-separated values (RFC 4180) and what spreadsheets put on the clipboard.

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// A comma.
    Comma,
    /// A tab: the clipboard of a spreadsheet.
    Tab,
}

/// Reads rows of cells. The separator is the tab where there is one, else the one of semicolon and comma that stands more
/// often in the first line. Quotes hold separators and line ends; a doubled quote is one. Lines without a cell are left out.
pub fn read(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: char| first.matches(sign).count();
    let separator = match () {
        () if text.contains('\t') => '\t',
        () if count(';') > count(',') => ';',
        () => ',',
    };
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            letter if quoted => cell.push(letter),
            letter if letter == separator => rows.last_mut().into_iter().for_each(|row| row.push(String::new())),
            '\r' => {}
            '\n' => rows.push(vec![String::new()]),
            letter => cell.push(letter),
        }
    }
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    rows
}

/// Writes rows of cells.
pub fn write(rows: &[Vec<String>], separator: Separator) -> String {
    let (sign, end) = match separator {
        Separator::Comma => (",", "\r\n"),
        Separator::Tab => ("\t", "\n"),
    };
    let quoted = |cell: &String| match cell.contains([',', ';', '"', '\n', '\r', '\t']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(sign) + end).collect()
}
