//! Lines of CSV, for people who open them in a spreadsheet.
//!
//! *Threat:* somebody labels a key `=HYPERLINK(…)`, and the spreadsheet of whoever exports the list carries it out.
//! *Defence:* a field that a spreadsheet would take for a formula begins with an apostrophe, which makes it a text.
//! *Not defended:* a program that opens the file with another separator than the comma.
//! *Source:* RFC 4180, sections 2.6 and 2.7; OWASP ASVS 5.0, 1.2.10.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

/// With what a formula may begin.
const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\0'];

/// How the document calls it.
pub(crate) const MEDIA_TYPE: &str = "text/csv";
/// What the answer says that it is.
pub(crate) const CONTENT: &str = "text/csv; charset=utf-8; header=present";

/// The lines of these rows.
///
/// # Panics
/// Never: rows are written into memory, and each as it comes.
pub(crate) fn lines<'a, R: IntoIterator<Item = &'a str>>(rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        let row: Vec<_> = row.into_iter().map(neutral).collect();
        writer.write_record(row.iter().map(|field| field.as_bytes())).expect("memory takes it");
    }
    writer.into_inner().expect("memory takes it")
}

/// The field as a text, whatever it begins with.
fn neutral(field: &str) -> Cow<'_, str> {
    if field.starts_with(FORMULA_STARTS) { Cow::Owned(format!("'{field}")) } else { Cow::Borrowed(field) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fields: &[&str]) -> String {
        String::from_utf8(lines([fields.iter().copied()])).unwrap()
    }

    #[test]
    fn fields_with_separators_quotes_and_line_ends_are_quoted() {
        assert_eq!(line(&["a", "b,c", "d\"e", "f\ng", ""]), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\r\n");
    }

    #[test]
    fn a_field_that_would_be_a_formula_is_a_text() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\0"] {
            assert!(line(&[&format!("{start}1+1")]).trim_start_matches('"').starts_with('\''), "{start:?}");
        }
        assert_eq!(line(&["=1+1", "1=1", "'=1"]), "'=1+1,1=1,'=1\r\n");
        assert_eq!(line(&["=a,\"b\""]), "\"'=a,\"\"b\"\"\"\r\n");
    }

    #[test]
    fn no_rows_are_no_lines() {
        assert!(lines(Vec::<Vec<&str>>::new()).is_empty());
    }
}
