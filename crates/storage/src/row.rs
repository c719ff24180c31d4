//! From columns to domain types: every value is checked, and what does not fit is named.

use std::fmt::Display;
use std::str::FromStr;

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;

/// A row, as far as an error needs to name it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) table: &'static str,
    pub(crate) id: &'a dyn Display,
}

impl Row<'_> {
    /// The error that names a column of this row.
    pub(crate) fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, id: self.id.to_string() }
    }

    /// The bytes of an id, a digest or a hash.
    pub(crate) fn bytes<const N: usize>(&self, column: &'static str, bytes: &[u8]) -> Result<[u8; N], StoreError> {
        bytes.try_into().ok().ok_or_else(|| self.corrupt(column))
    }

    /// The bytes of a workspace's id.
    pub(crate) fn workspace_id(&self, bytes: &[u8]) -> Result<WorkspaceId, StoreError> {
        self.bytes("workspace_id", bytes).map(WorkspaceId::from_bytes)
    }

    /// A value that has a text form.
    pub(crate) fn text<T: FromStr>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        text.parse().ok().ok_or_else(|| self.corrupt(column))
    }

    /// Values that have a text form and stand in one column, separated.
    pub(crate) fn texts<T: FromStr>(
        &self,
        column: &'static str,
        separator: char,
        texts: &str,
    ) -> Result<Vec<T>, StoreError> {
        texts.split(separator).filter(|text| !text.is_empty()).map(|text| self.text(column, text)).collect()
    }

    /// A number that must fit a smaller type.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: &'static str, number: i64) -> Result<T, StoreError> {
        T::try_from(number).ok().ok_or_else(|| self.corrupt(column))
    }

    /// A value that was made from a column, if it could be.
    pub(crate) fn value<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt(column))
    }
}

/// The id that a row has itself: 16 bytes, or the row is named by what is there instead.
pub(crate) fn own_id(table: &'static str, bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    let corrupt = || StoreError::Corrupt { table, column: "id", id: format!("{bytes:02x?}") };
    bytes.try_into().ok().ok_or_else(corrupt)
}

/// An instant that may be missing.
pub(crate) fn instant(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// The column of an instant that may be missing.
pub(crate) fn micros(instant: Option<Timestamp>) -> Option<i64> {
    instant.map(Timestamp::as_micros)
}

/// A row count that fits a LIMIT.
pub(crate) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `Ok` when rows were written, else a conflict: `ON CONFLICT DO NOTHING` passed over one, or an update met no row.
pub(crate) fn written(rows: usize, wanted: usize, what: &'static str) -> Result<(), StoreError> {
    if rows == wanted { Ok(()) } else { Err(StoreError::Conflict(what)) }
}
