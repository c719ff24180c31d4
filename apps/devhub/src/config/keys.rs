//! `[keys]`.

use std::time::Duration;

use devhub_domain::api_keys::TokenPrefix;

use super::fields::{Fields, Read};

/// How long it is kept what keys were used for. At most what one report may cover by days.
pub(super) fn read_usage_kept_for(fields: &mut Fields) -> Read<Duration> {
    let days = fields.integer("keys.usage_days", 1..=400_u64)?;
    Ok(Duration::from_hours(24 * days))
}

/// What every token of this installation starts with.
pub(super) fn read_token_prefix(fields: &mut Fields) -> Read<TokenPrefix> {
    let text = fields.text("keys.token_prefix")?;
    match TokenPrefix::new(&text) {
        Ok(prefix) => Ok(prefix),
        Err(error) => fields.refuse("keys.token_prefix", &error.to_string()),
    }
}
