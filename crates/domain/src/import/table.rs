//! Tables: comma-separated with quotes (RFC 4180), or tab-separated as the mysql client writes them with `--batch`.
//!
//! Written here and not taken from a crate: the two differ in their escapes, a broken row must not take the next one with it, and
//! whoever embeds the domain would build four more crates for these lines.

use super::{Column, Fields, FileFault, Record, RecordFault};

/// Longest row: a key of OwnPay has some 400 bytes, of which its label may take 400 more; an endpoint some 2,000, most of them its URL.
const ROW_BYTES_MAX: usize = 8_192;
/// Most columns: OwnPay's table has eleven.
const COLUMNS_MAX: usize = 64;

/// How the fields of a row stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Commas,
    Tabs,
}

/// The rows below the header.
pub(crate) fn records<C: Column>(text: &str) -> Result<Vec<Record<C>>, FileFault> {
    let style =
        if text.lines().next().is_some_and(|header| header.contains('\t')) { Style::Tabs } else { Style::Commas };
    let mut rows = Rows { rest: text, line: 1, style };
    let header = rows.next().ok_or(FileFault::Empty)?.fields.ok().ok_or(FileFault::NoHeader)?;
    let columns: Vec<Option<C>> = header.iter().map(|name| C::parse(name.trim())).collect();
    for column in C::REQUIRED {
        if !columns.contains(&Some(*column)) {
            return Err(FileFault::ColumnMissing(column.name()));
        }
    }
    Ok(rows.map(|Row { line, fields }| Record { line, fields: fields.and_then(|row| named(&columns, row)) }).collect())
}

fn named<C: Column>(columns: &[Option<C>], row: Vec<String>) -> Result<Fields<C>, RecordFault> {
    if row.len() != columns.len() {
        return Err(RecordFault::FieldCount { expected: columns.len(), found: row.len() });
    }
    let mut fields = Fields::default();
    for (column, text) in columns.iter().zip(row) {
        if let Some(column) = column {
            fields.put(*column, text);
        }
    }
    Ok(fields)
}

struct Row {
    line: u64,
    fields: Result<Vec<String>, RecordFault>,
}

/// Rows one after another; empty lines are none.
struct Rows<'a> {
    rest: &'a str,
    line: u64,
    style: Style,
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (fields, used) = match self.style {
                Style::Commas => first_quoted(self.rest),
                Style::Tabs => first_escaped(self.rest),
            };
            let (row, rest) = self.rest.split_at_checked(used)?;
            let line = self.line;
            self.line = line.saturating_add(lines_in(row));
            self.rest = rest;
            if !row.trim().is_empty() {
                let fields = if row.len() > ROW_BYTES_MAX { Err(RecordFault::TooLong) } else { fields };
                return Some(Row { line, fields });
            }
        }
    }
}

fn lines_in(row: &str) -> u64 {
    u64::try_from(row.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u64::MAX)
}

/// The bytes of the first line, with its end.
fn first_line(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |end| end + 1)
}

/// The first row of a tab-separated text, and its bytes. The mysql client writes a tab, a line feed and a backslash in a value as two
/// characters, so that a row is a line.
fn first_escaped(text: &str) -> (Result<Vec<String>, RecordFault>, usize) {
    let used = first_line(text);
    let line = text.get(..used).unwrap_or_default().trim_end_matches(['\n', '\r']);
    let fields: Vec<String> = line.split('\t').take(COLUMNS_MAX + 1).map(unescaped).collect();
    (Ok(fields), used)
}

fn unescaped(text: &str) -> String {
    if text == "\\N" || !text.contains('\\') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            plain.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('0') => plain.push('\0'),
            Some(other) => plain.push(other),
            None => plain.push('\\'),
        }
    }
    plain
}

/// The first row of a comma-separated text, and its bytes. A row that is not well formed ends with its first line, so that it does not
/// take the next one with it.
fn first_quoted(text: &str) -> (Result<Vec<String>, RecordFault>, usize) {
    let mut fields = Vec::new();
    let mut used = 0;
    loop {
        let rest = text.get(used..).unwrap_or_default();
        let Some((field, bytes, end)) = first_field(rest) else {
            return (Err(RecordFault::Quote), first_line(text));
        };
        fields.push(field);
        used += bytes;
        match end {
            FieldEnd::Comma if fields.len() <= COLUMNS_MAX && used <= ROW_BYTES_MAX => {}
            FieldEnd::Comma => return (Err(RecordFault::TooLong), first_line(text)),
            FieldEnd::Row => return (Ok(fields), used),
        }
    }
}

enum FieldEnd {
    Comma,
    Row,
}

/// The first field, its bytes with whatever ends it, and what that is; `None` when its quotes do not fit.
fn first_field(text: &str) -> Option<(String, usize, FieldEnd)> {
    let (field, used) = if let Some(quoted) = text.strip_prefix('"') {
        unquoted(quoted).map(|(field, bytes)| (field, bytes + 1))?
    } else {
        let bytes = text.find([',', '\n']).unwrap_or(text.len());
        let field = text.get(..bytes)?;
        let field = field.strip_suffix('\r').unwrap_or(field);
        // RFC 4180 knows no quotes in a field that is not quoted.
        (!field.contains('"')).then(|| (field.to_owned(), bytes))?
    };
    let rest = text.get(used..)?;
    let ends = [(",", FieldEnd::Comma), ("\r\n", FieldEnd::Row), ("\n", FieldEnd::Row)];
    if rest.is_empty() {
        return Some((field, used, FieldEnd::Row));
    }
    let (mark, end) = ends.into_iter().find(|(mark, _)| rest.starts_with(mark))?;
    Some((field, used + mark.len(), end))
}

/// What stands before the closing quote, and its bytes with that quote.
fn unquoted(text: &str) -> Option<(String, usize)> {
    let mut field = String::new();
    let mut used = 0;
    loop {
        let rest = text.get(used..)?;
        let quote = rest.find('"').filter(|quote| used + quote <= ROW_BYTES_MAX)?;
        field.push_str(rest.get(..quote)?);
        used += quote + 1;
        if !text.get(used..)?.starts_with('"') {
            return Some((field, used));
        }
        field.push('"');
        used += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(style: Style, text: &str) -> Vec<(u64, Result<Vec<String>, RecordFault>)> {
        Rows { rest: text, line: 1, style }.map(|Row { line, fields }| (line, fields)).collect()
    }

    fn texts(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn quotes_hold_commas_quotes_and_line_ends() {
        let text = "a,\"b,\"\"c\"\"\",\"d\r\ne\"\r\n\n1,,3";
        assert_eq!(
            rows(Style::Commas, text),
            [(1, Ok(texts(&["a", "b,\"c\"", "d\r\ne"]))), (4, Ok(texts(&["1", "", "3"])))]
        );
    }

    #[test]
    fn a_row_whose_quotes_do_not_fit_leaves_the_next_one_alone() {
        for broken in ["\"a,b", "a\"b,c", "\"a\"b,c"] {
            let text = format!("{broken}\n1,2\n");
            assert_eq!(
                rows(Style::Commas, &text),
                [(1, Err(RecordFault::Quote)), (2, Ok(texts(&["1", "2"])))],
                "{broken}"
            );
        }
    }

    #[test]
    fn the_escapes_of_the_mysql_client_are_taken_back() {
        assert_eq!(
            rows(Style::Tabs, "a\\tb\t\\N\tc\\\\d\t\"e\"\n"),
            [(1, Ok(texts(&["a\tb", "\\N", "c\\d", "\"e\""])))]
        );
    }

    #[test]
    fn a_row_that_is_too_long_is_refused_by_itself() {
        let text = format!("{},b\nc,d\n", "a".repeat(ROW_BYTES_MAX));
        assert_eq!(rows(Style::Commas, &text), [(1, Err(RecordFault::TooLong)), (2, Ok(texts(&["c", "d"])))]);
    }

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(fields in proptest::collection::vec(".{0,20}", 1..6)) {
            let row = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect::<Vec<_>>();
            let text = format!("{}\nend", row.join(","));
            let read = rows(Style::Commas, &text);
            prop_assert_eq!(read.first().map(|(_, fields)| fields.clone()), Some(Ok(fields)));
            prop_assert_eq!(read.last().map(|(_, fields)| fields.clone()), Some(Ok(texts(&["end"]))));
        }

        #[test]
        fn no_text_panics_and_every_text_ends(text in "[a\",\\\\\t\r\n\u{e4}]{0,60}") {
            for style in [Style::Commas, Style::Tabs] {
                prop_assert!(rows(style, &text).len() <= text.len());
            }
        }
    }
}
