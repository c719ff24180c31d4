//! The use cases of API keys: issue, update, lock, unlock, revoke, find, list.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::input::{check_allow_list, check_expiry, check_retiring, check_scopes};
use super::own_rate_service::{DroppedRates, OwnRate};
use super::{
    ApiKey, ApiKeyError, ApiKeyFilter, ApiKeyTx, ChangedKey, DigestScheme, KeyChanges, KeyDirectory, KeyMatter,
    KeyState, KeyStatus, KeyTold, KeyWatcher, NewApiKey, NoKeyWatcher, Owner, Scope, Telling, Token, TokenHasher,
    TokenPrefix, Transition,
};
use crate::access::Asker;
use crate::audit::{AuditDraft, append};
use crate::entropy::Entropy;
use crate::id::{EventId, KeyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::rate::{Quota, Rulebook};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// A key that was just issued, with the only copy of its token.
#[derive(Clone, Debug)]
pub struct IssuedKey {
    /// The key as it is kept.
    pub key: ApiKey,
    /// The token: show it now, it cannot be shown again.
    pub token: Token,
}

/// The use cases of API keys.
#[derive(Clone)]
pub struct ApiKeys {
    pub(super) store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
    pub(super) directory: Arc<KeyDirectory>,
    pub(super) rulebook: Arc<Rulebook>,
    pub(super) hasher: TokenHasher,
    pub(super) prefix: TokenPrefix,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) watcher: Arc<dyn KeyWatcher>,
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeys").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// A prepared change of keys.
macro_rules! key_change {
    ($output:ty) => {
        Prepared<dyn ApiKeyTx, impl Change<dyn ApiKeyTx, Output = $output, Error = ApiKeyError> + use<>>
    };
}

pub(super) use key_change;

impl ApiKeys {
    /// The use cases over a store and the directory that authenticates.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
        directory: Arc<KeyDirectory>,
        hasher: TokenHasher,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (prefix, rulebook, watcher) = (TokenPrefix::default(), Arc::default(), Arc::new(NoKeyWatcher));
        Self { store, directory, rulebook, hasher, prefix, clock, entropy, watcher }
    }

    /// The same, with an installation's own token prefix.
    #[must_use]
    pub fn with_prefix(self, prefix: TokenPrefix) -> Self {
        Self { prefix, ..self }
    }

    /// The same, with the rules in memory that a key's own rate must reach.
    #[must_use]
    pub fn with_rulebook(self, rulebook: Arc<Rulebook>) -> Self {
        Self { rulebook, ..self }
    }

    /// Issues a key. Its token is in the result and nowhere else.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], also without `limits:write` when the key is to have a rate of its own, [`ApiKeyError::NoScopes`],
    /// [`ApiKeyError::ScopesTooWide`], [`ApiKeyError::ExpiryPassed`], [`ApiKeyError::AllowListTooLong`], [`ApiKeyError::Rate`] when the
    /// rate is above the workspace's maximum or there is no room for another one, and the store's own.
    pub fn issue(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        new: NewApiKey,
    ) -> Result<key_change!(IssuedKey), ApiKeyError> {
        let now = self.clock.now();
        asker.require(Scope::KeysWrite)?;
        check_scopes(new.scopes, asker.scopes())?;
        check_allow_list(&new.allow_list)?;
        let rate = self.own_rate(&asker, new.rate_limit.map(Some), now)?;
        let token = Token::generate(&self.prefix, &*self.entropy);
        let key = ApiKey {
            id: KeyId::generate(now, &*self.entropy),
            workspace_id,
            label: new.label,
            prefix: token.shown_prefix().to_owned(),
            digest: self.hasher.digest(token.secret().expose()),
            digest_scheme: DigestScheme::Token,
            scopes: new.scopes,
            environment: new.environment,
            status: KeyStatus::Active,
            expires_at: new.expires_at,
            allow_list: new.allow_list,
            owner: new.owner,
            metadata: new.metadata,
            retirement: None,
            created_at: now,
            created_by: asker.actor(),
            last_used_at: None,
            revision: 1,
        };
        let directory = Arc::clone(&self.directory);
        let (made, doubted) = (Arc::clone(&rate), Arc::clone(&rate));
        let told = KeyTold::of(EventId::generate(now, &*self.entropy), (asker.actor(), now), KeyMatter::Issued, &key);
        let change = move |tx: &mut (dyn ApiKeyTx + 'static), telling: &mut Telling| {
            check_expiry(key.expires_at, now)?;
            tx.insert_api_key(&key)?;
            rate.write(tx, &key)?;
            telling.tell(tx, told.clone())?;
            append(tx, &draft(&key, now, &asker, "key.issued", rate.told(detail_of(&key))))?;
            Ok(IssuedKey { key: key.clone(), token: token.clone() })
        };
        let committed = move |issued: &mut IssuedKey| {
            made.apply();
            directory.put(&issued.key);
        };
        Ok(self.prepare_telling(change, committed, move |issued: &mut IssuedKey| doubted.doubt(&issued.key)))
    }

    /// Changes what a key may do, how often, and what it is called.
    ///
    /// *Repeat:* changes that change nothing leave the revision as it is.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::NotFound`], [`ApiKeyError::RevisionStale`], [`ApiKeyError::Revoked`],
    /// [`ApiKeyError::Retiring`] when a key that has a successor would get more than it has; as for [`ApiKeys::issue`]
    /// [`ApiKeyError::NoScopes`], [`ApiKeyError::ScopesTooWide`], [`ApiKeyError::ExpiryPassed`], [`ApiKeyError::AllowListTooLong`] and
    /// [`ApiKeyError::Rate`]; and the store's own.
    pub fn update(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: KeyId,
        wanted: KeyChanges,
    ) -> Result<key_change!(ApiKey), ApiKeyError> {
        let now = self.clock.now();
        asker.require(Scope::KeysWrite)?;
        if let Some(scopes) = wanted.scopes {
            check_scopes(scopes, asker.scopes())?;
        }
        check_allow_list(wanted.allow_list.as_deref().unwrap_or_default())?;
        let rate = self.own_rate(&asker, wanted.rate_limit, now)?;
        let (made, unsure) = (Arc::clone(&rate), Arc::clone(&rate));
        let directory = Arc::clone(&self.directory);
        let doubted = Arc::clone(&self.directory);
        let change = move |tx: &mut (dyn ApiKeyTx + 'static)| {
            let key = tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id))?;
            if wanted.expected_revision.is_some_and(|expected| expected != key.revision) {
                return Err(ApiKeyError::RevisionStale { id, current: key.revision });
            }
            if key.status == KeyStatus::Revoked {
                return Err(ApiKeyError::Revoked(id));
            }
            // Nor does a key take the bounds off one that may do more than itself.
            check_scopes(key.scopes, asker.scopes())?;
            check_expiry(wanted.expires_at.flatten(), now)?;
            let changed = wanted.applied(&key);
            check_retiring(&key, &changed)?;
            if !rate.write(tx, &key)? && changed == key {
                return Ok(key);
            }
            let changed = ApiKey { revision: key.revision + 1, ..changed };
            tx.update_api_key(&changed)?;
            let has_other_metadata = key.metadata != changed.metadata;
            let detail = json!({
                "before": rate.told_before(detail_of(&key)),
                "after": rate.told(detail_of(&changed)),
                "metadata_changed": has_other_metadata,
            });
            append(tx, &draft(&changed, now, &asker, "key.updated", detail))?;
            Ok(changed)
        };
        let committed = move |key: &mut ApiKey| {
            made.apply();
            directory.put(key);
        };
        Ok(prepare(&self.store, Lane::Interactive, change, committed).or_unsettled(move |key: &mut ApiKey| {
            unsure.doubt(key);
            doubted.doubt(key);
        }))
    }

    #[expect(clippy::option_option, reason = "as it is and none at all are two wishes")]
    fn own_rate(
        &self,
        asker: &Asker,
        wanted: Option<Option<Quota>>,
        now: Timestamp,
    ) -> Result<Arc<OwnRate>, ApiKeyError> {
        OwnRate::new(Arc::clone(&self.rulebook), asker, wanted, (now, &*self.entropy))
    }

    /// Locks a key: it is refused until it is unlocked.
    ///
    /// *Repeat:* locking a locked key changes nothing.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::NotFound`], [`ApiKeyError::Revoked`], and the store's own.
    pub fn lock(&self, asker: Asker, workspace_id: WorkspaceId, id: KeyId) -> key_change!(ChangedKey) {
        self.change_status(asker, workspace_id, id, Transition::Lock)
    }

    /// Unlocks a key: it is accepted again.
    ///
    /// *Repeat:* unlocking an active key changes nothing.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::NotFound`], [`ApiKeyError::Revoked`], and the store's own.
    pub fn unlock(&self, asker: Asker, workspace_id: WorkspaceId, id: KeyId) -> key_change!(ChangedKey) {
        self.change_status(asker, workspace_id, id, Transition::Unlock)
    }

    /// Revokes a key for good: once this has returned, every request with it is refused. The rates that it has by itself go with it.
    ///
    /// *Repeat:* revoking a revoked key changes nothing.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::NotFound`], and the store's own.
    pub fn revoke(&self, asker: Asker, workspace_id: WorkspaceId, id: KeyId) -> key_change!(ChangedKey) {
        self.change_status(asker, workspace_id, id, Transition::Revoke)
    }

    /// The key with this id.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`] also for a key of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: KeyId) -> Result<ApiKey, ApiKeyError> {
        read(&*self.store, |tx| tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id)))
    }

    /// The one state of a key that people are told: that it is locked before that it has expired, because that can be undone.
    pub fn state(&self, key: &ApiKey) -> KeyState {
        let now = self.clock.now();
        let order = [KeyState::Revoked, KeyState::Locked, KeyState::Expired, KeyState::Retiring];
        order.into_iter().find(|state| state.holds(key, now)).unwrap_or(KeyState::Active)
    }

    /// Whether a key's time is over.
    pub fn has_expired(&self, key: &ApiKey) -> bool {
        key.has_expired(self.clock.now())
    }

    /// The instant so many days of 24 hours from now, for [`NewApiKey::expires_at`].
    pub fn in_days(&self, days: u16) -> Timestamp {
        self.clock.now().plus(Duration::from_hours(24 * u64::from(days)))
    }

    /// Keys of a workspace that the filter wants now, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        page: PageRequest<KeyId>,
    ) -> Result<Page<ApiKey, KeyId>, ApiKeyError> {
        let now = self.clock.now();
        read(&*self.store, |tx| Ok(tx.list_api_keys(workspace_id, filter, now, page)?))
    }

    fn change_status(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: KeyId,
        transition: Transition,
    ) -> key_change!(ChangedKey) {
        let now = self.clock.now();
        let acknowledge = self.acknowledge();
        let doubted = Arc::clone(&self.directory);
        let rates = DroppedRates::new(Arc::clone(&self.rulebook));
        let (dropped, unsure) = (Arc::clone(&rates), Arc::clone(&rates));
        let event_id = EventId::generate(now, &*self.entropy);
        self.prepare_telling(
            move |tx, telling| {
                asker.require(Scope::KeysWrite)?;
                let key = tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id))?;
                let Some(after) = moved(&key, transition, asker)? else {
                    // What an earlier run had taken away was undone with it.
                    rates.write(tx, &[], (&asker, now))?;
                    return Ok(ChangedKey { key, receipt: None });
                };
                tx.update_api_key(&after)?;
                telling.tell(tx, KeyTold::of(event_id, (asker.actor(), now), transition.into(), &after))?;
                log_move(tx, (&key, &after), transition, (&asker, now))?;
                rates.write(tx, slice::from_ref(&after), (&asker, now))?;
                Ok(ChangedKey { key: after, receipt: None })
            },
            move |changed: &mut ChangedKey| {
                changed.receipt = Some(acknowledge(slice::from_ref(&changed.key)));
                dropped.apply();
            },
            move |changed: &mut ChangedKey| {
                doubted.doubt(&changed.key);
                unsure.doubt();
            },
        )
    }
}

/// What a transition makes of a key; `None` when nothing changes.
pub(super) fn moved(key: &ApiKey, transition: Transition, asker: Asker) -> Result<Option<ApiKey>, ApiKeyError> {
    let status = key.status.after(transition).ok_or(ApiKeyError::Revoked(key.id))?;
    if status == key.status {
        return Ok(None);
    }
    if transition == Transition::Unlock {
        // Whoever locked it may have known why: a key does not set one free that may do more than itself.
        check_scopes(key.scopes, asker.scopes())?;
    }
    Ok(Some(ApiKey { status, revision: key.revision + 1, ..key.clone() }))
}

/// Logs that a transition has made of one key the other.
pub(super) fn log_move(
    tx: &mut (dyn ApiKeyTx + 'static),
    (before, after): (&ApiKey, &ApiKey),
    transition: Transition,
    (asker, now): (&Asker, Timestamp),
) -> Result<(), StoreError> {
    let detail = json!({ "status": { "before": before.status.as_str(), "after": after.status.as_str() } });
    append(tx, &draft(after, now, asker, transition.action(), detail))
}

pub(super) fn draft(key: &ApiKey, at: Timestamp, asker: &Asker, action: &'static str, detail: Value) -> AuditDraft {
    let (workspace_id, actor, subject) = (key.workspace_id, asker.actor(), key.id.to_string());
    let draft = AuditDraft { workspace_id, at, actor, action, subject, detail };
    draft.from_address(asker.address()).answered_for_by(asker.answerable())
}

/// Of metadata only their size: the log forgets nothing and is read by others than who reads keys, and what systems keep with a key
/// may turn out to be what they should not.
pub(super) fn detail_of(key: &ApiKey) -> Value {
    json!({
        "label": key.label.as_str(),
        "prefix": key.prefix,
        "scopes": key.scopes.to_string(),
        "environment": key.environment.as_str(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "allow_list": key.allow_list.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "owner": key.owner.as_ref().map(Owner::as_str),
        "metadata_bytes": key.metadata.to_string().len(),
    })
}
