//! `[keys]`.

use std::num::NonZeroU64;
use std::time::Duration;

use devhub_domain::api_keys::TokenPrefix;

use super::fields::{Fields, Read};

/// How long it is kept what keys were used for. At most what one report may cover by days.
pub(super) fn read_usage_kept_for(fields: &mut Fields) -> Read<Duration> {
    let days = fields.integer("keys.usage_days", 1..=400_u64)?;
    Ok(Duration::from_hours(24 * days))
}

/// How many unknown keys of one network in an hour are told of. At most what a fast line can send in an hour.
pub(super) fn read_spray_threshold(fields: &mut Fields) -> Read<Option<NonZeroU64>> {
    Ok(NonZeroU64::new(fields.integer("keys.spray_threshold", 0..=1_000_000_000_u64)?))
}

/// What every token of this installation starts with.
pub(super) fn read_token_prefix(fields: &mut Fields) -> Read<TokenPrefix> {
    let text = fields.text("keys.token_prefix")?;
    match TokenPrefix::new(&text) {
        Ok(prefix) => Ok(prefix),
        Err(error) => fields.refuse("keys.token_prefix", &error.to_string()),
    }
}
