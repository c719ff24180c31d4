//! One key as the file tells it: texts under the names of OwnPay's columns.

use super::refusal::LineRefusal;

/// What a file may tell of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Label,
    Prefix,
    Sha256,
    Scopes,
    Status,
    ExpiresAt,
    CreatedAt,
    LastUsedAt,
    Merchant,
}

impl Column {
    /// Every column that is read, with OwnPay's name for it.
    const NAMES: [(Self, &'static str); 9] = [
        (Self::Label, "name"),
        (Self::Prefix, "key_prefix"),
        (Self::Sha256, "key_hash"),
        (Self::Scopes, "scopes"),
        (Self::Status, "status"),
        (Self::ExpiresAt, "expires_at"),
        (Self::CreatedAt, "created_at"),
        (Self::LastUsedAt, "last_used_at"),
        (Self::Merchant, "merchant_id"),
    ];

    /// What no key is without.
    pub(super) const REQUIRED: [Self; 5] = [Self::Label, Self::Prefix, Self::Sha256, Self::Scopes, Self::Status];

    /// OwnPay's name for it.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(column, _)| *column == self).map_or("", |(_, name)| name)
    }

    /// The column with this name, in any case; `None` for one that is passed over, such as `id`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let found = Self::NAMES.into_iter().find(|(_, known)| name.eq_ignore_ascii_case(known));
        let label = || name.eq_ignore_ascii_case("label").then_some(Self::Label);
        found.map(|(column, _)| column).or_else(label)
    }
}

/// One key as the file tells it.
#[derive(Default)]
pub(super) struct Fields(Vec<(Column, String)>);

impl Fields {
    /// Adds a text, unless it says that there is none.
    pub(super) fn put(&mut self, column: Column, text: String) {
        // `\N` and `NULL` are what the mysql client writes for no value. A label may be called so.
        let is_none = text.is_empty() || (column != Column::Label && (text == "\\N" || text == "NULL"));
        if !is_none {
            self.0.push((column, text));
        }
    }

    /// The text of a column.
    pub(super) fn find(&self, column: Column) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == column).map(|(_, text)| text.as_str())
    }

    /// The text of a column that every key has.
    pub(super) fn require(&self, column: Column) -> Result<&str, LineRefusal> {
        self.find(column).ok_or_else(|| LineRefusal::Missing(column.name()))
    }
}

/// One line, or one element of a list.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: Result<Fields, LineRefusal>,
}
