//! One row as the file tells it: texts under the names of OwnPay's columns.

use serde_json::Value;

use super::RecordFault;

/// What a file may tell of a thing: columns of one of OwnPay's tables.
pub(crate) trait Column: Copy + PartialEq + 'static {
    /// Every column that is read, with OwnPay's name for it first and other names after that.
    const NAMES: &'static [(Self, &'static str)];

    /// What no row is without.
    const REQUIRED: &'static [Self];

    /// Whether any text may stand there, also one that means elsewhere that there is none.
    fn is_free_text(self) -> bool;

    /// Whether JSON may tell it by this value, which is neither a text nor null.
    fn takes(self, value: &Value) -> bool;

    /// OwnPay's name for it.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(column, _)| *column == self).map_or("", |(_, name)| name)
    }

    /// The column with this name, in any case; `None` for one that is passed over, such as `id`.
    fn parse(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(_, known)| name.eq_ignore_ascii_case(known));
        found.map(|(column, _)| *column)
    }
}

/// One row as the file tells it.
pub(crate) struct Fields<C>(Vec<(C, String)>);

impl<C> Default for Fields<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C: Column> Fields<C> {
    /// Adds a text, unless it says that there is none.
    pub(super) fn put(&mut self, column: C, text: String) {
        // `\N` and `NULL` are what the mysql client writes for no value.
        let is_none = text.is_empty() || (!column.is_free_text() && (text == "\\N" || text == "NULL"));
        if !is_none {
            self.0.push((column, text));
        }
    }

    /// The text of a column.
    pub(crate) fn find(&self, column: C) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == column).map(|(_, text)| text.as_str())
    }

    /// The text of a column that every row has.
    pub(crate) fn require(&self, column: C) -> Result<&str, RecordFault> {
        self.find(column).ok_or_else(|| RecordFault::Missing(column.name()))
    }
}

/// One line, or one element of a list.
pub(crate) struct Record<C> {
    pub(crate) line: u64,
    pub(crate) fields: Result<Fields<C>, RecordFault>,
}
