//! What callers want of keys, and what of it they may want.

use ipnet::IpNet;

use super::{ApiKey, ApiKeyError, Environment, Label, Metadata, Owner, ScopeSet};
use crate::rate::Quota;
use crate::time::Timestamp;

/// Most networks on one key's allow-list: each is compared on every request.
pub const ALLOW_LIST_MAX: usize = 100;

/// What shall change of a key; `None` leaves as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChanges {
    /// What people call it.
    pub label: Option<Label>,
    /// What it may do; not empty.
    pub scopes: Option<ScopeSet>,
    /// What it is meant for.
    pub environment: Option<Environment>,
    /// When it stops being accepted; `Some(None)` never.
    pub expires_at: Option<Option<Timestamp>>,
    /// Networks that may use it; empty allows all.
    pub allow_list: Option<Vec<IpNet>>,
    /// Who answers for it; `Some(None)` nobody.
    pub owner: Option<Option<Owner>>,
    /// What its holder's systems keep with it, in place of all that was there.
    pub metadata: Option<Metadata>,
    /// How often it may ask, instead of the default; `Some(None)` as often as that says.
    pub rate_limit: Option<Option<Quota>>,
    /// The revision that the caller has seen, so that two at once do not overwrite each other; `None` overwrites whatever is there.
    pub expected_revision: Option<i64>,
}

impl KeyChanges {
    /// The key with these changes.
    pub(super) fn applied(&self, key: &ApiKey) -> ApiKey {
        ApiKey {
            label: self.label.clone().unwrap_or_else(|| key.label.clone()),
            scopes: self.scopes.unwrap_or(key.scopes),
            environment: self.environment.clone().unwrap_or_else(|| key.environment.clone()),
            expires_at: self.expires_at.unwrap_or(key.expires_at),
            allow_list: self.allow_list.clone().unwrap_or_else(|| key.allow_list.clone()),
            owner: self.owner.clone().unwrap_or_else(|| key.owner.clone()),
            metadata: self.metadata.clone().unwrap_or_else(|| key.metadata.clone()),
            ..key.clone()
        }
    }
}

/// What a new key shall be.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What people call it.
    pub label: Label,
    /// What it may do; not empty.
    pub scopes: ScopeSet,
    /// What it is meant for.
    pub environment: Environment,
    /// When it stops being accepted; `None` never.
    pub expires_at: Option<Timestamp>,
    /// Networks that may use it; empty allows all.
    pub allow_list: Vec<IpNet>,
    /// Who answers for it; `None` nobody in particular.
    pub owner: Option<Owner>,
    /// What its holder's systems keep with it.
    pub metadata: Metadata,
    /// How often it may ask, instead of the default.
    pub rate_limit: Option<Quota>,
}

impl NewApiKey {
    /// A key with a label, OwnPay's default scopes, and nothing else that limits it.
    pub fn with_label(label: Label) -> Self {
        Self {
            label,
            scopes: ScopeSet::DEFAULT,
            environment: Environment::default(),
            expires_at: None,
            allow_list: Vec::new(),
            owner: None,
            metadata: Metadata::default(),
            rate_limit: None,
        }
    }
}

/// A key that has a successor is on its way out: it may be narrowed, and never be given more or longer than it has.
pub(super) fn check_retiring(key: &ApiKey, changed: &ApiKey) -> Result<(), ApiKeyError> {
    let Some(retirement) = key.retirement else {
        return Ok(());
    };
    let is_no_longer = changed.expires_at.is_some_and(|expiry| key.expires_at.is_none_or(|now| expiry <= now));
    let is_no_wider = key.scopes.covers(changed.scopes) && is_within(&changed.allow_list, &key.allow_list);
    if is_no_longer && is_no_wider {
        return Ok(());
    }
    Err(ApiKeyError::Retiring { id: key.id, successor_id: retirement.successor_id })
}

/// Whether every address that the first list allows is allowed by the second. An empty list allows all.
fn is_within(narrow: &[IpNet], wide: &[IpNet]) -> bool {
    wide.is_empty()
        || (!narrow.is_empty() && narrow.iter().all(|network| wide.iter().any(|wide| wide.contains(network))))
}

pub(super) fn check_scopes(scopes: ScopeSet, issuer: Option<ScopeSet>) -> Result<(), ApiKeyError> {
    if scopes.is_empty() {
        return Err(ApiKeyError::NoScopes);
    }
    let missing = issuer.unwrap_or(scopes).lacks(scopes);
    if missing.is_empty() { Ok(()) } else { Err(ApiKeyError::ScopesTooWide(missing)) }
}

/// Asked within the transaction: a request that is repeated after its key has expired gets the answer that it got before.
pub(super) fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), ApiKeyError> {
    if expires_at.is_some_and(|expiry| expiry <= now) { Err(ApiKeyError::ExpiryPassed) } else { Ok(()) }
}

pub(super) fn check_allow_list(networks: &[IpNet]) -> Result<(), ApiKeyError> {
    if networks.len() > ALLOW_LIST_MAX { Err(ApiKeyError::AllowListTooLong) } else { Ok(()) }
}
