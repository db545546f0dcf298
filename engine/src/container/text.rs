//! Text between files and people: bytes of unknown encoding read as text, and text written where only ASCII is safe.

/// Reads bytes up to the first NUL as UTF-8 where they are valid UTF-8, else as Latin-1; surrounding spaces go.
pub fn decode(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let bytes = &bytes[..end];
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim().to_string()
}

/// The text in printable ASCII: letters lose their marks, typographic signs become plain ones, control characters
/// and line ends become a space, and what has no likeness becomes `?`.
pub fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' '..='~' => out.push(letter),
            _ => out.push_str(likeness(letter)),
        }
    }
    out
}

/// The nearest printable ASCII of one character outside it.
fn likeness(letter: char) -> &'static str {
    /// Characters and what stands for each of them.
    const TABLE: [(&str, &str); 66] = [
        ("ÀÁÂÃÅĀĂĄǍ", "A"),
        ("Ä", "Ae"),
        ("Æ", "AE"),
        ("àáâãåāăąǎª", "a"),
        ("ä", "ae"),
        ("æ", "ae"),
        ("ÇĆĈĊČ", "C"),
        ("çćĉċč", "c"),
        ("ÐĎĐ", "D"),
        ("ðďđ", "d"),
        ("ÈÉÊËĒĔĖĘĚ", "E"),
        ("èéêëēĕėęě", "e"),
        ("ĜĞĠĢ", "G"),
        ("ĝğġģ", "g"),
        ("ĤĦ", "H"),
        ("ĥħ", "h"),
        ("ÌÍÎÏĨĪĬĮİ", "I"),
        ("ìíîïĩīĭįı", "i"),
        ("Ĵ", "J"),
        ("ĵ", "j"),
        ("Ķ", "K"),
        ("ķ", "k"),
        ("ĹĻĽĿŁ", "L"),
        ("ĺļľŀł", "l"),
        ("ÑŃŅŇŊ", "N"),
        ("ñńņňŋ", "n"),
        ("ÒÓÔÕŌŎŐ", "O"),
        ("ÖØ", "Oe"),
        ("Œ", "OE"),
        ("òóôõōŏőº", "o"),
        ("öø", "oe"),
        ("œ", "oe"),
        ("ŔŖŘ", "R"),
        ("ŕŗř", "r"),
        ("ŚŜŞŠȘ", "S"),
        ("śŝşšș", "s"),
        ("ß", "ss"),
        ("ẞ", "SS"),
        ("ŢŤŦȚ", "T"),
        ("ţťŧț", "t"),
        ("Þ", "Th"),
        ("þ", "th"),
        ("ÙÚÛŨŪŬŮŰŲ", "U"),
        ("Ü", "Ue"),
        ("ùúûũūŭůűų", "u"),
        ("ü", "ue"),
        ("Ŵ", "W"),
        ("ŵ", "w"),
        ("ÝŶŸ", "Y"),
        ("ýÿŷ", "y"),
        ("ŹŻŽ", "Z"),
        ("źżž", "z"),
        ("‘’‚‛′`´", "'"),
        ("“”„‟″«»", "\""),
        ("‐‑‒–—―−", "-"),
        ("…", "..."),
        ("×", "x"),
        ("•·", "."),
        ("©", "(C)"),
        ("℗", "(P)"),
        ("®", "(R)"),
        ("™", "(TM)"),
        ("№", "No."),
        ("½", "1/2"),
        ("€", "EUR"),
        ("£", "GBP"),
    ];
    if letter.is_control() || letter.is_whitespace() {
        return " ";
    }
    TABLE.iter().find(|(letters, _)| letters.contains(letter)).map_or("?", |(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_their_marks_and_nothing_else_is_lost() {
        assert_eq!(ascii("Sigur Rós – Ágætis byrjun"), "Sigur Ros - Agaetis byrjun");
        assert_eq!(ascii("Motörhead\n♥"), "Motoerhead ?");
        assert!(ascii("\u{0}日本\u{7f}").bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    }

    #[test]
    fn bytes_of_either_encoding_are_read() {
        assert_eq!(decode("Ágætis\0rest".as_bytes()), "Ágætis");
        assert_eq!(decode(b" caf\xe9 "), "café");
    }
}
