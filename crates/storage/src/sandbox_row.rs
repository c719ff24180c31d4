//! What several tables of the sandbox have alike: from columns to money, gateways and outcomes, every value checked.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_sandbox::{Amount, Currency, GatewayName, Outcome, TrxId};

use crate::row::Row;

impl Row<'_> {
    /// A currency, as its code.
    pub(crate) fn currency(&self, code: &str) -> Result<Currency, StoreError> {
        self.value("currency", Currency::parse(code).ok())
    }

    /// An amount of a currency, as minor units.
    pub(crate) fn amount(&self, column: &'static str, minor: i64, currency: Currency) -> Result<Amount, StoreError> {
        self.value(column, Amount::new(minor, currency))
    }

    /// The name of a gateway.
    pub(crate) fn gateway(&self, column: &'static str, name: &str) -> Result<GatewayName, StoreError> {
        self.text(column, name)
    }

    /// An outcome that may be missing.
    pub(crate) fn outcome(&self, column: &'static str, word: Option<&str>) -> Result<Option<Outcome>, StoreError> {
        word.map(|word| self.value(column, Outcome::parse(word))).transpose()
    }

    /// The name of a transaction, as its bytes.
    pub(crate) fn trx_id(&self, bytes: &[u8]) -> Result<TrxId, StoreError> {
        self.bytes("trx_id", bytes).map(TrxId::from_bytes)
    }
}

/// The column of an outcome that may be missing.
pub(crate) fn outcome_word(outcome: Option<Outcome>) -> Option<String> {
    outcome.map(|outcome| outcome.as_str().to_owned())
}

/// The workspace that a row is numbered in: 16 bytes, or the row is named by what is there instead.
pub(crate) fn own_workspace(table: &'static str, bytes: &[u8]) -> Result<WorkspaceId, StoreError> {
    let corrupt = || StoreError::Corrupt { table, column: "workspace_id", id: format!("{bytes:02x?}") };
    bytes.try_into().ok().map(WorkspaceId::from_bytes).ok_or_else(corrupt)
}
