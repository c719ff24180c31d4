//! What a store must do for API keys.

use super::{ApiKey, ApiKeyFilter, Heard, KeyDigest, KeyTold, Stragglers};
use crate::audit::AuditTx;
use crate::id::{KeyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::rate::OverrideTx;
use crate::store::StoreError;
use crate::time::Timestamp;

/// When a key was last accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// Which key.
    pub key_id: KeyId,
    /// When.
    pub at: Timestamp,
}

/// Keys that a scan has come by, in ascending order of their ids.
#[derive(Debug, Default)]
pub struct ScannedKeys {
    /// Those that can be read.
    pub keys: Vec<ApiKey>,
    /// Each that cannot be read, named: [`StoreError::Corrupt`].
    pub unreadable: Vec<StoreError>,
    /// The last of them whose id can be read; `None` when there is none.
    pub last: Option<KeyId>,
}

/// API keys within one transaction.
pub trait ApiKeyTx: AuditTx {
    /// Adds a key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the digest is taken.
    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;

    /// The key with this id, if it belongs to the workspace.
    ///
    /// In a transaction that writes, must keep others from changing the key until it ends: two changes at once follow each other.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_api_key(&mut self, workspace_id: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, StoreError>;

    /// The key with this digest, in whatever workspace and status.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_api_key_by_digest(&mut self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError>;

    /// Writes status, label, scopes, environment, expiry, allow-list, owner, metadata, retirement and revision of `key`, if the stored
    /// revision is the one before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not `key.revision - 1`.
    fn update_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;

    /// Keys of a workspace that the filter wants at `now` (see [`ApiKeyFilter::wants`]), newest first, with ids below
    /// [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_api_keys(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        now: Timestamp,
        page: PageRequest<KeyId>,
    ) -> Result<Page<ApiKey, KeyId>, StoreError>;

    /// How many keys of a workspace the filter wants at `now`, counted up to a limit; those with ids below the one given, or
    /// all.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_api_keys(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        now: Timestamp,
        within: (Option<KeyId>, usize),
    ) -> Result<usize, StoreError>;

    /// Keys of all workspaces in ascending order of their ids, after `after`, at most `limit`. Empty after the last.
    ///
    /// # Errors
    /// Only the store's own.
    fn scan_api_keys(&mut self, after: Option<KeyId>, limit: usize) -> Result<Vec<ApiKey>, StoreError>;

    /// The same, for whoever has to go on where one of them cannot be read.
    ///
    /// A store whose keys can always be read leaves this as it is.
    ///
    /// # Errors
    /// Only the store's own, but for [`StoreError::Corrupt`].
    fn scan_readable_api_keys(&mut self, after: Option<KeyId>, limit: usize) -> Result<ScannedKeys, StoreError> {
        let keys = self.scan_api_keys(after, limit)?;
        Ok(ScannedKeys { last: keys.last().map(|key| key.id), keys, unreadable: Vec::new() })
    }

    /// The workspaces whose keys are refused. There are few; a service without workspaces returns none.
    ///
    /// # Errors
    /// Only the store's own.
    fn suspended_workspaces(&mut self) -> Result<Vec<WorkspaceId>, StoreError>;

    /// Adds up calls with keys that have a successor. Keys that do not exist are passed over; an instant never moves back, and with the
    /// latest come its address and its program.
    ///
    /// # Errors
    /// Only the store's own.
    fn add_stragglers(&mut self, stragglers: &[Stragglers]) -> Result<(), StoreError>;

    /// What was added up for a key, whose workspace the caller has checked; `None` when nothing was.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_stragglers(&mut self, id: KeyId) -> Result<Option<Stragglers>, StoreError>;

    /// Notes when keys were last accepted. Keys that do not exist are passed over; an instant never moves back.
    ///
    /// # Errors
    /// Only the store's own.
    fn record_last_uses(&mut self, uses: &[LastUse]) -> Result<(), StoreError>;

    /// Where rates of single keys are kept, in the same transaction; `None` in a store that keeps none, and then keys have none.
    fn overrides(&mut self) -> Option<&mut (dyn OverrideTx + '_)> {
        None
    }

    /// Tells the workspace's endpoints that want it, in this transaction. What is told [once](KeyTold::once) must be remembered, also if
    /// no endpoint wants it, so that a second telling is [`Heard::Before`].
    ///
    /// A store that keeps no events leaves this as it is.
    ///
    /// # Errors
    /// Only the store's own.
    fn tell(&mut self, told: &KeyTold) -> Result<Heard, StoreError> {
        let _ = told;
        Ok(Heard::Nobody)
    }
}

/// Whoever hears what becomes of keys: calls for the deliveries that wait, and writes to operators.
pub trait KeyWatcher: Send + Sync {
    /// Hears what one change has told, once that is on disk; `waits` when deliveries wait in the store. Must not block.
    fn heard(&self, told: &[KeyTold], waits: bool);
}
