//! `[security]`.

use std::path::PathBuf;

use devhub_domain::sealing::MasterKey;

use super::fields::{Fields, Read};
use crate::master_key::parse;

/// Where the master key is.
#[derive(Clone, Debug)]
pub(crate) struct SecuritySettings {
    /// The key itself, when the configuration holds it.
    pub(crate) master_key: Option<MasterKey>,
    /// The file that holds it; `None` is `master.key` in the state folder.
    pub(crate) master_key_file: Option<PathBuf>,
    /// Whether operators have to turn a second factor on.
    pub(crate) requires_totp: bool,
}

impl SecuritySettings {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let text = fields.secret("security.master_key");
        let file = fields.optional_path("security.master_key_file");
        let requires_totp = fields.flag("security.require_totp");
        let (text, file, requires_totp) = (text?, file?, requires_totp?);
        if text.is_some() && file.is_some() {
            return fields.note(
                "security.master_key",
                "set either security.master_key or security.master_key_file: two keys may disagree",
            );
        }
        let master_key = match text.map(|text| parse(text.expose())) {
            Some(None) => return fields.refuse("security.master_key", "must be 64 hex digits"),
            Some(key) => key,
            None => None,
        };
        Ok(Self { master_key, master_key_file: file, requires_totp })
    }
}
