//! `[keys]`.

use devhub_domain::api_keys::TokenPrefix;

use super::fields::{Fields, Read};

/// What every token of this installation starts with.
pub(super) fn read_token_prefix(fields: &mut Fields) -> Read<TokenPrefix> {
    let text = fields.text("keys.token_prefix")?;
    match TokenPrefix::new(&text) {
        Ok(prefix) => Ok(prefix),
        Err(error) => fields.refuse("keys.token_prefix", &error.to_string()),
    }
}
