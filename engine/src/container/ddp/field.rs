//! Fixed fields of printable ASCII: blank is a space, texts stand left, numbers right.

/// A record of spaces into which fields are put.
pub(super) struct Record(Vec<u8>);

impl Record {
    /// A blank record.
    pub(super) fn blank(length: usize) -> Record {
        Record(vec![b' '; length])
    }

    /// Puts a text at the left of a field; what does not fit is cut, what is not printable ASCII becomes `?`.
    pub(super) fn text(&mut self, offset: usize, length: usize, text: &str) {
        for (slot, letter) in self.0[offset..offset + length].iter_mut().zip(text.chars()) {
            *slot = if matches!(letter, ' '..='~') { letter as u8 } else { b'?' };
        }
    }

    /// Puts a number at the right of a field, padded with spaces. One that does not fit leaves the field blank: a reader
    /// must not take its last digits for it.
    pub(super) fn number(&mut self, offset: usize, length: usize, number: Option<u64>) {
        let digits = number.map_or(String::new(), |number| format!("{number:>length$}"));
        if digits.len() == length {
            self.text(offset, length, &digits);
        }
    }

    /// The bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A field of a record; empty where the record is too short.
pub(super) fn field(record: &[u8], offset: usize, length: usize) -> &[u8] {
    record.get(offset..offset + length).unwrap_or_default()
}

/// The text of a field without the blanks around it. Bytes beyond ASCII are read as Latin-1: they are a fault, but not
/// a reason to lose the rest.
pub(super) fn text(record: &[u8], offset: usize, length: usize) -> String {
    let letters: String = field(record, offset, length).iter().map(|byte| char::from(*byte)).collect();
    letters.trim_matches([' ', '\0']).to_string()
}

/// The number of a field: `None` is blank.
///
/// # Errors
/// The field holds something that is no decimal number.
pub(super) fn number(record: &[u8], offset: usize, length: usize) -> Result<Option<u64>, String> {
    let text = text(record, offset, length);
    if text.is_empty() {
        return Ok(None);
    }
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| decimal).map(Some).ok_or(text)
}

/// The first byte of a record that is not printable ASCII.
pub(super) fn unprintable(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| !(b' '..=b'~').contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_blank_left_and_right() {
        let mut record = Record::blank(10);
        record.text(0, 3, "abcd");
        record.number(4, 4, Some(15));
        record.number(8, 2, None);
        record.number(8, 2, Some(100));
        let bytes = record.into_bytes();
        assert_eq!(bytes, b"abc   15  ");
        assert_eq!(
            (text(&bytes, 0, 4), number(&bytes, 4, 4), number(&bytes, 8, 2)),
            ("abc".into(), Ok(Some(15)), Ok(None))
        );
        assert_eq!(number(b"0015", 0, 4), Ok(Some(15)));
        assert_eq!(number(b"1 5 ", 0, 4), Err("1 5".into()));
        assert_eq!(number(b"+5", 0, 2), Err("+5".into()));
        assert_eq!((text(b"", 3, 9), unprintable(b"ab\n")), (String::new(), Some(2)));
    }
}
