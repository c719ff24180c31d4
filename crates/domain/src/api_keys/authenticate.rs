//! The hot path: a presented token and a caller's address in, a principal or the reason for a refusal out.

use std::net::IpAddr;
use std::sync::Arc;

use super::directory::{Accepted, Found, Question};
use super::stragglers::Call;
use super::token::is_well_formed;
use super::{ApiKeyTx, Denial, KeyDigest, KeyDirectory, KeySummary, ScopeSet, TokenHasher, TokenPrefix, Trust};
use crate::id::{KeyId, WorkspaceId};
use crate::store::{StoreError, UnitOfWork, read};
use crate::time::Clock;

/// What a request brings.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The token as it was presented, without `Bearer `.
    pub token: &'a str,
    /// Where the request comes from. Behind proxies, the caller decides which of them to believe.
    pub address: IpAddr,
    /// What the request needs; empty when any key will do.
    pub required: ScopeSet,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("address", &self.address)
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

/// Who a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The key that was presented.
    pub key_id: KeyId,
    /// The workspace that it opens.
    pub workspace_id: WorkspaceId,
    /// What it may do.
    pub scopes: ScopeSet,
}

/// The answer of memory alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The request is decided.
    Decided(Result<Principal, Refusal>),
    /// Memory cannot tell: call [`Authenticator::authenticate`] where blocking is allowed.
    ReadNeeded,
}

/// A refused request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub denial: Denial,
    /// Whose token it was; `None` when no key has it.
    pub key_id: Option<KeyId>,
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self { denial, key_id: None }
    }
}

/// What a workspace may know of a token: its own keys, and nothing of the keys of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Why it is refused; `None` when it is valid.
    pub denial: Option<Denial>,
    /// The key that has it, valid or not; `None` when the workspace has no such key.
    pub key: Option<KeySummary>,
}

/// Decides whether a presented token opens the door.
pub struct Authenticator {
    pub(super) store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
    pub(super) directory: Arc<KeyDirectory>,
    hasher: TokenHasher,
    pub(super) prefix: TokenPrefix,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Authenticator {
    /// An authenticator over a directory and the store behind it.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
        directory: Arc<KeyDirectory>,
        hasher: TokenHasher,
        prefix: TokenPrefix,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, directory, hasher, prefix, clock }
    }

    /// Decides from memory: no read, no write, no lock on the common path.
    pub fn look_up(&self, credentials: &Credentials<'_>) -> Lookup {
        self.look_up_for(None, credentials)
    }

    /// The same for a workspace that asks about a token: a use is noted of its own keys alone, so that nobody writes to those of others.
    pub fn look_up_for(&self, asked_by: Option<WorkspaceId>, credentials: &Credentials<'_>) -> Lookup {
        if !is_well_formed(credentials.token, &self.prefix) {
            return Lookup::Decided(Err(Denial::Malformed.into()));
        }
        let trust = self.directory.trust();
        if trust == Trust::Lost {
            return Lookup::ReadNeeded;
        }
        match self.check_in_memory(credentials.token, self.question(asked_by, credentials), trust) {
            Found::Decided(decided) => Lookup::Decided(answer(decided)),
            Found::Missing if trust == Trust::Whole => Lookup::Decided(Err(Denial::NotFound.into())),
            Found::Missing | Found::Doubtful => Lookup::ReadNeeded,
        }
    }

    /// Decides, reading the store where memory cannot tell. Blocks the thread only then.
    ///
    /// # Errors
    /// The outer error when the store had to be read and could not be: neither yes nor no. The inner one is the refusal.
    pub fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Result<Principal, Refusal>, StoreError> {
        self.authenticate_for(None, credentials)
    }

    /// The same for a workspace that asks about a token: see [`Authenticator::look_up_for`].
    ///
    /// # Errors
    /// As of [`Authenticator::authenticate`].
    pub fn authenticate_for(
        &self,
        asked_by: Option<WorkspaceId>,
        credentials: &Credentials<'_>,
    ) -> Result<Result<Principal, Refusal>, StoreError> {
        if let Lookup::Decided(decided) = self.look_up_for(asked_by, credentials) {
            return Ok(decided);
        }
        for digest in self.digests(credentials.token) {
            let found = read(&*self.store, |tx| {
                let key = tx.find_api_key_by_digest(&digest)?;
                let suspended = if key.is_some() { tx.suspended_workspaces()? } else { Vec::new() };
                Ok::<_, StoreError>(key.map(|key| (key, suspended)))
            })?;
            if let Some((key, suspended)) = found {
                self.directory.set_suspended(key.workspace_id, suspended.contains(&key.workspace_id));
                // The newer of row and directory decides: a revocation that committed after the read is there already.
                return Ok(answer(self.directory.check_read(&key, self.question(asked_by, credentials))));
            }
        }
        Ok(Err(Denial::NotFound.into()))
    }

    /// Counts a call with a key that has a successor, whether it was accepted or refused as expired; passes over every other key.
    ///
    /// Call it with what was decided; address and text of `User-Agent` are asked for only where they may be needed.
    pub fn note_straggler<'a>(
        &self,
        decided: &Result<Principal, Refusal>,
        caller: impl FnOnce() -> (IpAddr, Option<&'a str>),
    ) {
        if !self.directory.stragglers().is_watching() {
            return;
        }
        let key_id = match decided {
            Ok(principal) => Some(principal.key_id),
            Err(Refusal { denial: Denial::Expired, key_id }) => *key_id,
            Err(_) => None,
        };
        if let Some(key_id) = key_id {
            let (address, user_agent) = caller();
            self.directory.stragglers().count(key_id, Call { at: self.clock.now(), address, user_agent });
        }
    }

    /// What a workspace is told of a token that was decided on by [`Authenticator::look_up`] or [`Authenticator::authenticate`].
    ///
    /// A token of another workspace is answered like one that does not exist. Reads nothing: a decided key is in memory.
    pub fn verification(
        &self,
        workspace_id: WorkspaceId,
        token: &str,
        decided: Result<Principal, Refusal>,
    ) -> Verification {
        let denial = decided.err().map(|refusal| refusal.denial);
        if denial == Some(Denial::Malformed) {
            return Verification { denial, key: None };
        }
        match self.describe(token).filter(|key| key.workspace_id == workspace_id) {
            Some(key) => Verification { denial, key: Some(key) },
            None => Verification { denial: Some(Denial::NotFound), key: None },
        }
    }

    /// What the key with this token is, in whatever state; `None` when memory has none. Reads nothing.
    pub fn describe(&self, token: &str) -> Option<KeySummary> {
        let imported = || self.directory.describe(&self.hasher.imported_token_digest(token));
        self.directory.describe(&self.hasher.digest(token)).or_else(imported)
    }

    fn check_in_memory(&self, token: &str, question: Question, trust: Trust) -> Found {
        match self.directory.check(&self.hasher.digest(token), question) {
            // Only where every key is here: a token that was issued here may have been imported besides, and its own key decides.
            Found::Missing if trust == Trust::Whole && self.directory.has_imported() => {
                self.directory.check(&self.hasher.imported_token_digest(token), question)
            }
            found => found,
        }
    }

    fn question(&self, asked_by: Option<WorkspaceId>, credentials: &Credentials<'_>) -> Question {
        Question { address: credentials.address, required: credentials.required, now: self.clock.now(), asked_by }
    }

    pub(super) fn digests(&self, token: &str) -> [KeyDigest; 2] {
        [self.hasher.digest(token), self.hasher.imported_token_digest(token)]
    }
}

fn answer(checked: Result<Accepted, (KeyId, Denial)>) -> Result<Principal, Refusal> {
    match checked {
        Ok(Accepted { key_id, workspace_id, scopes }) => Ok(Principal { key_id, workspace_id, scopes }),
        Err((key_id, denial)) => Err(Refusal { denial, key_id: Some(key_id) }),
    }
}
