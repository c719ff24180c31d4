//! Which keys are wanted: the same words in the query of their list, in that of an export and in the body of a bulk change.

use std::fmt::Display;

use devhub_domain::api_keys::{
    ApiKeyFilter, Environment, KeySearch, KeyState, Owner, Scope, TokenPrefix, parse_status_word, status_words,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::openapi::schema::{Object, Type};
use utoipa::{PartialSchema as _, ToSchema};

use super::body::known_scopes;
use crate::openapi::{KeyStateWord, KeyStatusWord, Operation, ScopeWord, filter, instant};
use crate::request::{Invalid, Params};

/// Digits that a token shows.
const PREFIX_CHARS: usize = 8;

/// Which keys: all that is set must hold.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyFilter)]
pub(super) struct FilterInput {
    /// Only keys with this status.
    #[schema(value_type = Option<KeyStatusWord>)]
    status: Option<String>,
    /// Only keys in this state, which is their status and their expiry together.
    #[schema(value_type = Option<KeyStateWord>)]
    state: Option<String>,
    /// Only keys whose token shows this prefix.
    #[schema(pattern = "^[0-9a-f]{8}$")]
    prefix: Option<String>,
    /// Only keys with this in their label, in whatever case, or whose token shows what begins with it.
    #[schema(min_length = 1, max_length = 100)]
    search: Option<String>,
    /// Only keys that are meant for this.
    #[schema(min_length = 1, max_length = 32)]
    environment: Option<String>,
    /// Only keys for which exactly this one answers.
    #[schema(min_length = 1, max_length = 100)]
    owner: Option<String>,
    /// Only keys that may do this.
    #[schema(value_type = Option<ScopeWord>)]
    scope: Option<String>,
    /// Only keys that nobody has used from then on: last used before, or never used and issued before.
    #[schema(format = DateTime)]
    unused_since: Option<String>,
    /// Only keys that expire, or have expired, before then.
    #[schema(format = DateTime)]
    expires_before: Option<String>,
}

impl FilterInput {
    /// The names of its parts in a query.
    pub(super) const NAMES: [&str; 9] =
        ["status", "state", "prefix", "search", "environment", "owner", "scope", "unused_since", "expires_before"];

    /// What a query says.
    pub(super) fn of(params: &Params<'_>) -> Self {
        let text = |name| params.find(name).map(str::to_owned);
        Self {
            status: text("status"),
            state: text("state"),
            prefix: text("prefix"),
            search: text("search"),
            environment: text("environment"),
            owner: text("owner"),
            scope: text("scope"),
            unused_since: text("unused_since"),
            expires_before: text("expires_before"),
        }
    }

    /// The filter; complaints name its parts behind `within`, which is empty for a query.
    pub(super) fn check(&self, within: &str, token_prefix: &TokenPrefix, invalid: &mut Invalid) -> ApiKeyFilter {
        let mut part = Part { within, invalid };
        let status = part.check("status", self.status.as_deref(), |word| {
            parse_status_word(word).ok_or_else(|| format!("must be {}", status_words()))
        });
        ApiKeyFilter {
            status: status.map(|(status, _)| status),
            has_successor: status.and_then(|(_, has_successor)| has_successor),
            state: part.check("state", self.state.as_deref(), |word| {
                KeyState::parse(word).ok_or_else(|| format!("must be {}", KeyState::words()))
            }),
            prefix: part.check("prefix", self.prefix.as_deref(), prefix),
            search: part.check("search", self.search.as_deref(), |text| KeySearch::new(text, token_prefix)),
            environment: part.check("environment", self.environment.as_deref(), Environment::new),
            owner: part.check("owner", self.owner.as_deref(), Owner::new),
            scope: part.check("scope", self.scope.as_deref(), |word| {
                // Not repeated: it may be a token in the wrong place.
                word.parse::<Scope>().or(Err(known_scopes()))
            }),
            unused_since: part.check("unused_since", self.unused_since.as_deref(), str::parse),
            expires_before: part.check("expires_before", self.expires_before.as_deref(), str::parse),
            open_to: None,
        }
    }
}

/// A part of a filter, and where complaints about it go.
struct Part<'p> {
    within: &'p str,
    invalid: &'p mut Invalid,
}

impl Part<'_> {
    fn check<T, E: Display>(
        &mut self,
        name: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        text.and_then(|text| self.invalid.check(format!("{}{name}", self.within), parse(text)))
    }
}

fn prefix(text: &str) -> Result<String, &'static str> {
    let is_hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let fits = text.len() == PREFIX_CHARS && is_hex;
    if fits { Ok(text.to_owned()) } else { Err("must be the 8 lower-case hex digits that a token shows") }
}

/// The same as parameters, in the document.
pub(super) fn described(operation: Operation) -> Operation {
    let text = || Object::builder().schema_type(Type::String);
    let prefix = text().pattern(Some("^[0-9a-f]{8}$"));
    let up_to = |length| text().min_length(Some(1)).max_length(Some(length));
    let (environment, search, owner) = (up_to(32), up_to(100), up_to(100));
    let holds = "Only keys with this in their label, in whatever case, or whose token shows what begins with it.";
    let unused = "Only keys that nobody has used from then on: last used before, or never used and issued before.";
    let state = "Only keys in this state, which is their status and their expiry together.";
    operation
        .parameter(filter("status", "Only keys with this status.", KeyStatusWord::schema(), &json!("active")))
        .parameter(filter("state", state, KeyStateWord::schema(), &json!("active")))
        .parameter(filter("prefix", "Only keys whose token shows this prefix.", prefix, &json!("8ae87c48")))
        .parameter(filter("search", holds, search, &json!("plugin")))
        .parameter(filter("environment", "Only keys that are meant for this.", environment, &json!("live")))
        .parameter(filter("owner", "Only keys for which exactly this one answers.", owner, &json!("checkout team")))
        .parameter(filter("scope", "Only keys that may do this.", ScopeWord::schema(), &json!("write")))
        .parameter(instant("unused_since", unused))
        .parameter(instant("expires_before", "Only keys that expire, or have expired, before then."))
}
