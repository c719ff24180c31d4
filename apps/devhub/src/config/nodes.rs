//! `[nodes]`.

use super::fields::{Fields, Read};

/// Whether a second node may start on one PostgreSQL.
pub(super) fn read_experimental(fields: &mut Fields) -> Read<bool> {
    fields.flag("nodes.experimental")
}
