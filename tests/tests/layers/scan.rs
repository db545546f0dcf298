//! Reads Rust source far enough to know what a file imports: a small lexer (comments, strings and character literals
//! are skipped) and the paths that start at the crate's root, at a parent module or at a foreign crate.

/// A word or a mark of the source with its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// An identifier, `::`, or one character of punctuation.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
}

/// A path found in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The first segments of the path: for a path from the root, what follows `crate::`.
    pub path: Vec<String>,
    /// Line, from 1.
    pub line: usize,
}

/// Everything the rules ask of one file.
#[derive(Debug, Default)]
pub struct Scan {
    /// Paths from the crate's own root (`crate::`, `$crate::`, and `super::` climbing to the root).
    pub inner: Vec<Reference>,
    /// Paths from elsewhere (`cpal::`, `std::fs`), outside `#[cfg(test)]` modules.
    pub outer: Vec<Reference>,
}

/// Scans a file whose module path from the crate's root is `module` (`["dsp", "biquad"]`).
pub fn scan(text: &str, module: &[String]) -> Scan {
    let tokens = tokens(text);
    let mut found = Scan::default();
    // Inline modules that are open: the brace depth of each, and whether it is a test module.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut braces = 0usize;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "{" => braces += 1,
            "}" => {
                braces = braces.saturating_sub(1);
                if open.last().is_some_and(|&(depth, _)| depth == braces) {
                    open.pop();
                }
            }
            "mod" if is(&tokens, at + 2, "{") => {
                open.push((braces, is_test_only(&tokens, at)));
                braces += 1;
                at += 2;
            }
            _ if starts_path(&tokens, at) => {
                let in_test = open.iter().any(|&(_, test)| test);
                note_path(&tokens, at, module.len() + open.len(), in_test, &mut found);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Whether a path begins here: a word that no path leads up to, followed by `::`, or the first word after `use`.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    let word = is_word(&tokens[at].text);
    let led_up_to = at > 0 && matches!(tokens[at - 1].text.as_str(), "::" | ".");
    word && !led_up_to && (is(tokens, at + 1, "::") || (at > 0 && tokens[at - 1].text == "use"))
}

fn note_path(tokens: &[Token], at: usize, depth: usize, in_test: bool, found: &mut Scan) {
    let mut rest = at;
    let mut climbed = 0;
    while is(tokens, rest, "super") && is(tokens, rest + 1, "::") {
        climbed += 1;
        rest += 2;
    }
    let from_root = tokens[at].text == "crate" || (climbed > 0 && climbed >= depth);
    if from_root {
        let start = if climbed > 0 { rest } else { at + 2 };
        heads(tokens, start, &mut found.inner);
    } else if climbed == 0 && tokens[at].text != "self" && !in_test {
        let mut path = vec![tokens[at].text.clone()];
        if is(tokens, at + 1, "::") {
            let mut next = Vec::new();
            heads(tokens, at + 2, &mut next);
            for head in next {
                let whole = path.iter().cloned().chain(head.path).collect();
                found.outer.push(Reference { path: whole, line: head.line });
            }
            return;
        }
        found.outer.push(Reference { path: std::mem::take(&mut path), line: tokens[at].line });
    }
}

/// The first segments named at `start`: one, or those of a group `{a::b, c}`.
fn heads(tokens: &[Token], start: usize, found: &mut Vec<Reference>) {
    let Some(first) = tokens.get(start) else { return };
    if first.text != "{" {
        found.push(Reference { path: vec![first.text.clone()], line: first.line });
        return;
    }
    let mut depth = 1;
    let mut at = start + 1;
    let mut head = true;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => head = true,
            _ if head => {
                found.push(Reference { path: vec![token.text.clone()], line: token.line });
                head = false;
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
        at += 1;
    }
}

/// Whether `#[cfg(test)]` stands before the `mod` at `at` (possibly with `pub` between).
fn is_test_only(tokens: &[Token], at: usize) -> bool {
    let end = if at > 0 && tokens[at - 1].text == "pub" { at - 1 } else { at };
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    end >= attribute.len()
        && tokens[end - attribute.len()..end].iter().zip(attribute).all(|(token, wanted)| token.text == wanted)
}

fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Splits source into words and marks; what is in comments, strings and character literals is left out.
pub fn tokens(text: &str) -> Vec<Token> {
    let source: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < source.len() {
        let start = at;
        let c = source[at];
        if c == '/' && source.get(at + 1) == Some(&'/') {
            at = end_of_line(&source, at);
        } else if c == '/' && source.get(at + 1) == Some(&'*') {
            at = end_of_comment(&source, at);
        } else if let Some(end) = end_of_raw_string(&source, at) {
            at = end;
        } else if c == '"' {
            at = end_of_string(&source, at);
        } else if c == '\'' {
            at = end_of_quote(&source, at);
        } else if c.is_alphanumeric() || c == '_' {
            while at < source.len() && (source[at].is_alphanumeric() || source[at] == '_') {
                at += 1;
            }
            tokens.push(Token { text: source[start..at].iter().collect(), line });
        } else if c == ':' && source.get(at + 1) == Some(&':') {
            at += 2;
            tokens.push(Token { text: "::".into(), line });
        } else {
            at += 1;
            if !c.is_whitespace() {
                tokens.push(Token { text: c.to_string(), line });
            }
        }
        line += source[start..at].iter().filter(|&&c| c == '\n').count();
    }
    tokens
}

fn end_of_line(source: &[char], at: usize) -> usize {
    source[at..].iter().position(|&c| c == '\n').map_or(source.len(), |length| at + length)
}

/// Block comments nest in Rust.
fn end_of_comment(source: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < source.len() {
        let pair = (source[at], source.get(at + 1).copied());
        match pair {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn end_of_string(source: &[char], mut at: usize) -> usize {
    at += 1;
    while at < source.len() && source[at] != '"' {
        at += if source[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(source.len())
}

/// The end of `r"…"`, `r#"…"#`, `br"…"`; none where no raw string starts.
fn end_of_raw_string(source: &[char], at: usize) -> Option<usize> {
    let joined = at > 0 && (source[at - 1].is_alphanumeric() || source[at - 1] == '_');
    let mut open = at;
    if joined {
        return None;
    }
    if source[open] == 'b' {
        open += 1;
    }
    if source.get(open) != Some(&'r') {
        return None;
    }
    let hashes = source[open + 1..].iter().take_while(|&&c| c == '#').count();
    if source.get(open + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut end = open + 2 + hashes;
    while end < source.len() {
        let closed =
            source[end] == '"' && source[end + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes;
        if closed {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
    Some(end)
}

/// The end of a character literal, or just behind the mark of a lifetime.
fn end_of_quote(source: &[char], at: usize) -> usize {
    if source.get(at + 1) == Some(&'\\') {
        let close = source.get(at + 3..).unwrap_or(&[]).iter().position(|&c| c == '\'');
        return close.map_or(source.len(), |length| at + 3 + length + 1);
    }
    if source.get(at + 2) == Some(&'\'') { at + 3 } else { at + 1 }
}
