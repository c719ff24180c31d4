//! What can be wrong with a file or with one of its rows, before anybody asks what they mean.

/// Why a file is not read at all.
#[derive(Debug)]
pub(crate) enum FileFault {
    /// Nothing stands in it.
    Empty,
    /// It does not begin with the names of columns.
    NoHeader,
    /// A column is missing that every row has.
    ColumnMissing(&'static str),
    /// It is no JSON.
    NotJson(serde_json::Error),
}

/// Why a row is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordFault {
    /// It has more or fewer fields than the header.
    FieldCount {
        /// Of the header.
        expected: usize,
        /// Of the row.
        found: usize,
    },
    /// Its quotes do not fit.
    Quote,
    /// It is longer than any row can be.
    TooLong,
    /// It is no object, or one that holds more than texts.
    NotAnObject,
    /// A column that every row has is empty.
    Missing(&'static str),
}
