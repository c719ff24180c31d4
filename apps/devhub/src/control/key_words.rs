//! Which keys are meant, in the words of the command line, which go over the socket as they were typed.

use std::fmt::Display;

use clap::Args;
use devhub_domain::api_keys::{ApiKeyFilter, Environment, KeyState, Owner, Scope, parse_status_word, status_words};
use serde::{Deserialize, Serialize};

/// Which key. The workspace is left out when it is any, so that a hub of the release before understands the rest.
#[derive(Args, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyChoice {
    /// Its id
    pub(crate) id: String,
    /// Workspace that it must belong to [default: any]
    #[arg(long, value_name = "ID")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<String>,
}

/// Which keys are listed: all that is set must hold.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KeyWords {
    /// Only keys with this status
    #[arg(long, help = format!("Only keys with this status: {}", status_words()))]
    pub(crate) status: Option<String>,
    /// Only keys in this state, which is status and expiry together
    #[arg(long, help = format!("Only keys in this state, which is status and expiry together: {}", KeyState::words()))]
    pub(crate) state: Option<String>,
    /// Only keys that are meant for this, such as test
    #[arg(long)]
    pub(crate) environment: Option<String>,
    /// Only keys for which exactly this one answers
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Only keys that may do this, such as keys:write
    #[arg(long)]
    pub(crate) scope: Option<String>,
    /// Only keys that nobody has used from then on, such as 2026-06-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) unused_since: Option<String>,
    /// Only keys that expire, or have expired, before then
    #[arg(long, value_name = "TIME")]
    pub(crate) expires_before: Option<String>,
}

impl KeyWords {
    /// The filter that the words say.
    ///
    /// # Errors
    /// The first word that says nothing, and what to write instead.
    pub(super) fn filter(&self) -> Result<ApiKeyFilter, String> {
        let status = |word: &str| parse_status_word(word).ok_or_else(|| format!("status must be {}", status_words()));
        let state = |word: &str| KeyState::parse(word).ok_or_else(|| format!("state must be {}", KeyState::words()));
        let status = said(self.status.as_deref(), status)?;
        Ok(ApiKeyFilter {
            status: status.map(|(status, _)| status),
            has_successor: status.and_then(|(_, has_successor)| has_successor),
            state: said(self.state.as_deref(), state)?,
            environment: said(self.environment.as_deref(), Environment::new)?,
            owner: said(self.owner.as_deref(), Owner::new)?,
            scope: said(self.scope.as_deref(), str::parse::<Scope>)?,
            unused_since: said(self.unused_since.as_deref(), str::parse)?,
            expires_before: said(self.expires_before.as_deref(), str::parse)?,
            ..ApiKeyFilter::default()
        })
    }
}

fn said<T, E: Display>(word: Option<&str>, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, String> {
    word.map(parse).transpose().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_not_asked_for() {
        assert_eq!(KeyWords::default().filter(), Ok(ApiKeyFilter::default()));
    }

    #[test]
    fn a_key_whose_successor_is_issued_is_asked_for_as_retiring() {
        let filter = |word: &str| KeyWords { status: Some(word.to_owned()), ..KeyWords::default() }.filter();
        let retiring = ApiKeyFilter {
            status: Some(devhub_domain::api_keys::KeyStatus::Active),
            has_successor: Some(true),
            ..ApiKeyFilter::default()
        };
        assert_eq!(filter("retiring"), Ok(retiring));
        assert_eq!(filter("expired"), Err("status must be active, retiring, locked or revoked".to_owned()));
        let words = KeyWords { state: Some("retiring".to_owned()), ..KeyWords::default() };
        assert_eq!(words.filter().unwrap().state, Some(KeyState::Retiring));
    }

    #[test]
    fn a_word_that_says_nothing_is_told() {
        let words = KeyWords { state: Some("gone".to_owned()), ..KeyWords::default() };
        assert_eq!(words.filter(), Err("state must be active, retiring, expired, locked or revoked".to_owned()));
        let words = KeyWords { unused_since: Some("spring".to_owned()), ..KeyWords::default() };
        assert!(words.filter().is_err_and(|told| told.starts_with("time must be RFC 3339")));
    }
}
