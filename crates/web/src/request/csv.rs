//! Tables as comma-separated values.
//!
//! *Threat:* a label that a spreadsheet takes for a formula, which then sends what stands beside it elsewhere. *Defence:* a text that
//! begins with what a formula begins with gets an apostrophe before it. *Not defended:* a program that takes the apostrophe off again.
//! *Source:* RFC 4180; OWASP ASVS 5.0, 1.2.10.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A table that grows line by line.
pub(crate) struct Csv(String);

impl Csv {
    /// A table with these columns.
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut csv = Self(String::new());
        csv.line(columns.into_iter().map(str::to_owned));
        csv
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, cells: impl IntoIterator<Item = String>) {
        for (position, cell) in cells.into_iter().enumerate() {
            if position > 0 {
                self.0.push(',');
            }
            self.cell(&cell);
        }
        self.0.push_str("\r\n");
    }

    fn cell(&mut self, text: &str) {
        let apostrophe = if text.starts_with(FORMULA) { "'" } else { "" };
        if text.contains([',', '"', '\r', '\n']) {
            let doubled = text.replace('"', "\"\"");
            self.0.extend(["\"", apostrophe, &doubled, "\""]);
        } else {
            self.0.extend([apostrophe, text]);
        }
    }

    /// The answer, which browsers save under this name.
    pub(crate) fn into_response(self, file_name: &str) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")))
            .body(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut csv = Csv::new([]);
        csv.line([text.to_owned()]);
        csv.0.trim_start_matches("\r\n").trim_end_matches("\r\n").to_owned()
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_made_a_text() {
        for (text, shown) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("a=1", "a=1"),
            ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
        ] {
            assert_eq!(cell(text), shown, "{text}");
        }
    }

    #[test]
    fn what_separates_is_quoted() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("two\nlines"), "\"two\nlines\"");
        let mut csv = Csv::new(["a", "b"]);
        csv.line(["1".to_owned(), String::new()]);
        assert_eq!(csv.0, "a,b\r\n1,\r\n");
    }
}
