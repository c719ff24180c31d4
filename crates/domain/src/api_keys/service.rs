//! The use cases of API keys: issue, lock, unlock, revoke, find, list.

use std::sync::Arc;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::key::Transition;
use super::{
    ApiKey, ApiKeyFilter, ApiKeyTx, DigestScheme, Environment, KeyDirectory, KeyStatus, Label, ScopeSet, Token,
    TokenHasher, TokenPrefix,
};
use crate::audit::{Actor, AuditDraft, append};
use crate::entropy::Entropy;
use crate::id::{KeyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// What a use case of API keys can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// The workspace has no such key.
    #[error("no key {0} in this workspace")]
    NotFound(KeyId),
    /// The key is revoked, and that is final.
    #[error("key {0} is revoked, which is final: issue a new key")]
    Revoked(KeyId),
    /// The issuing key would give away what it does not have.
    #[error("a key cannot issue a key with scopes that it lacks: {0}")]
    ScopesTooWide(ScopeSet),
    /// A new key must be able to do something.
    #[error("scopes must not be empty")]
    NoScopes,
    /// A new key must be usable for a while.
    #[error("expires_at must lie in the future")]
    ExpiryPassed,
    /// The allow-list is longer than it may be.
    #[error("allow_list must not have more than {ALLOW_LIST_MAX} networks")]
    AllowListTooLong,
    /// The store failed.
    #[error("the key store failed")]
    Store(#[from] StoreError),
}

/// Most networks on one key's allow-list: each is compared on every request.
pub const ALLOW_LIST_MAX: usize = 100;

impl ApiKeyError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "key_not_found",
            Self::Revoked(_) => "key_revoked",
            Self::ScopesTooWide(_) => "scopes_too_wide",
            Self::NoScopes => "scopes_empty",
            Self::ExpiryPassed => "expiry_passed",
            Self::AllowListTooLong => "allow_list_too_long",
            Self::Store(error) => error.code(),
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
        }
    }
}

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
    store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
    directory: Arc<KeyDirectory>,
    hasher: TokenHasher,
    prefix: TokenPrefix,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeys").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// A prepared change of one key.
macro_rules! key_change {
    ($output:ty) => {
        Prepared<dyn ApiKeyTx, impl Change<dyn ApiKeyTx, Output = $output, Error = ApiKeyError> + use<>>
    };
}

impl ApiKeys {
    /// The use cases over a store and the directory that authenticates.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
        directory: Arc<KeyDirectory>,
        hasher: TokenHasher,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, directory, hasher, prefix: TokenPrefix::default(), clock, entropy }
    }

    /// The same, with an installation's own token prefix.
    #[must_use]
    pub fn with_prefix(self, prefix: TokenPrefix) -> Self {
        Self { prefix, ..self }
    }

    /// Issues a key. Its token is in the result and nowhere else.
    ///
    /// `issuer` is the scopes of the key that asks, `None` when a person does.
    ///
    /// # Errors
    /// [`ApiKeyError::NoScopes`], [`ApiKeyError::ScopesTooWide`], [`ApiKeyError::ExpiryPassed`],
    /// [`ApiKeyError::AllowListTooLong`], and the store's own.
    pub fn issue(
        &self,
        actor: Actor,
        workspace_id: WorkspaceId,
        issuer: Option<ScopeSet>,
        new: NewApiKey,
    ) -> Result<key_change!(IssuedKey), ApiKeyError> {
        let now = self.clock.now();
        check_new(&new, issuer, now)?;
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
            created_at: now,
            created_by: actor,
            last_used_at: None,
            revision: 1,
        };
        let directory = Arc::clone(&self.directory);
        Ok(prepare(
            &self.store,
            Lane::Interactive,
            move |tx| {
                tx.insert_api_key(&key)?;
                append(tx, &draft(&key, now, actor, "key.issued", detail_of(&key)))?;
                Ok(IssuedKey { key: key.clone(), token: token.clone() })
            },
            move |issued: &mut IssuedKey| directory.put(&issued.key),
        ))
    }

    /// Locks a key: it is refused until it is unlocked.
    ///
    /// *Repeat:* locking a locked key changes nothing.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`], [`ApiKeyError::Revoked`], and the store's own.
    pub fn lock(&self, actor: Actor, workspace_id: WorkspaceId, id: KeyId) -> key_change!(ApiKey) {
        self.change_status(actor, workspace_id, id, Transition::Lock)
    }

    /// Unlocks a key: it is accepted again.
    ///
    /// *Repeat:* unlocking an active key changes nothing.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`], [`ApiKeyError::Revoked`], and the store's own.
    pub fn unlock(&self, actor: Actor, workspace_id: WorkspaceId, id: KeyId) -> key_change!(ApiKey) {
        self.change_status(actor, workspace_id, id, Transition::Unlock)
    }

    /// Revokes a key for good: once this has returned, every request with it is refused.
    ///
    /// *Repeat:* revoking a revoked key changes nothing.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`], and the store's own.
    pub fn revoke(&self, actor: Actor, workspace_id: WorkspaceId, id: KeyId) -> key_change!(ApiKey) {
        self.change_status(actor, workspace_id, id, Transition::Revoke)
    }

    /// The key with this id.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`] also for a key of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: KeyId) -> Result<ApiKey, ApiKeyError> {
        read(&*self.store, |tx| tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id)))
    }

    /// Keys of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        filter: ApiKeyFilter,
        page: PageRequest<KeyId>,
    ) -> Result<Page<ApiKey, KeyId>, ApiKeyError> {
        read(&*self.store, |tx| Ok(tx.list_api_keys(workspace_id, filter, page)?))
    }

    fn change_status(
        &self,
        actor: Actor,
        workspace_id: WorkspaceId,
        id: KeyId,
        transition: Transition,
    ) -> key_change!(ApiKey) {
        let now = self.clock.now();
        let directory = Arc::clone(&self.directory);
        let doubted = Arc::clone(&self.directory);
        prepare(
            &self.store,
            Lane::Interactive,
            move |tx| {
                let key = tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id))?;
                let status = key.status.after(transition).ok_or(ApiKeyError::Revoked(id))?;
                if status == key.status {
                    return Ok(key);
                }
                let before = key.status.as_str();
                let key = ApiKey { status, revision: key.revision + 1, ..key };
                tx.update_api_key(&key)?;
                let detail = json!({ "status": { "before": before, "after": status.as_str() } });
                append(tx, &draft(&key, now, actor, transition.action(), detail))?;
                Ok(key)
            },
            move |key: &mut ApiKey| directory.put(key),
        )
        .or_unsettled(move |key: &mut ApiKey| doubted.doubt(key))
    }
}

fn check_new(new: &NewApiKey, issuer: Option<ScopeSet>, now: Timestamp) -> Result<(), ApiKeyError> {
    if new.scopes.is_empty() {
        return Err(ApiKeyError::NoScopes);
    }
    let missing = issuer.unwrap_or(new.scopes).lacks(new.scopes);
    if !missing.is_empty() {
        return Err(ApiKeyError::ScopesTooWide(missing));
    }
    if new.expires_at.is_some_and(|expiry| expiry <= now) {
        return Err(ApiKeyError::ExpiryPassed);
    }
    if new.allow_list.len() > ALLOW_LIST_MAX {
        return Err(ApiKeyError::AllowListTooLong);
    }
    Ok(())
}

fn draft(key: &ApiKey, at: Timestamp, actor: Actor, action: &'static str, detail: Value) -> AuditDraft {
    AuditDraft { workspace_id: key.workspace_id, at, actor, action, subject: key.id.to_string(), detail }
}

fn detail_of(key: &ApiKey) -> Value {
    json!({
        "label": key.label.as_str(),
        "prefix": key.prefix,
        "scopes": key.scopes.to_string(),
        "environment": key.environment.as_str(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "allow_list": key.allow_list.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
