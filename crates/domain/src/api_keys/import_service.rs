//! Takes over keys of OwnPay: looked at first, then written, some hundred at a time.

use std::sync::Arc;

use serde_json::json;

use super::service::{detail_of, draft, key_change};
use super::{
    ApiKey, ApiKeyError, ApiKeyTx, ApiKeys, DigestScheme, Environment, ImportFile, ImportedKey, KeyDigest, LineRefusal,
    Metadata, RefusedLine, Scope, TokenPrefix,
};
use crate::access::Asker;
use crate::audit::append;
use crate::id::{KeyId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, prepare, read};
use crate::time::Timestamp;

/// Most keys of one transaction: each is a row and an entry of the audit log, so that a batch writes 500 rows and holds others up for
/// some ten milliseconds.
pub const IMPORT_KEYS_MAX: usize = 250;

/// What became of keys that were to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOutcome {
    /// Keys that were not there: they are now, or would be.
    pub new: Vec<ApiKey>,
    /// Keys that the workspace had already. They stay as they are, whatever the file says.
    pub existing: Vec<ApiKey>,
    /// Lines that cannot be taken over, those that were refused when the file was read first.
    pub refused: Vec<RefusedLine>,
}

/// A key of a file, as it would be stored.
struct Candidate {
    line: u64,
    key: ApiKey,
    is_within_scopes: bool,
}

impl ApiKeys {
    /// Takes keys over; at most [`IMPORT_KEYS_MAX`] at once. They are accepted from the next request on.
    ///
    /// *Repeat:* the digest of a token decides whether its key is there, so that an import that was broken off is begun again.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::ImportPrefix`], [`ApiKeyError::ImportTooLong`], and the store's own.
    pub fn import(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        file: &ImportFile,
    ) -> Result<key_change!(ImportOutcome), ApiKeyError> {
        let now = self.clock.now();
        let candidates = self.candidates(asker, workspace_id, &file.keys, now)?;
        let refused = file.refused.clone();
        let (directory, doubted) = (Arc::clone(&self.directory), Arc::clone(&self.directory));
        let change = move |tx: &mut (dyn ApiKeyTx + 'static)| {
            let mut outcome = ImportOutcome { refused: refused.clone(), ..ImportOutcome::default() };
            for candidate in &candidates {
                if sort(tx, candidate, &mut outcome)? {
                    tx.insert_api_key(&candidate.key)?;
                }
            }
            // After the last of them: whoever has written to the log waits for no key any more.
            for key in &outcome.new {
                log_import(tx, key, now, asker)?;
            }
            outcome.refused.sort_by_key(|refused| refused.line);
            Ok::<_, ApiKeyError>(outcome)
        };
        let committed = move |outcome: &mut ImportOutcome| {
            // Those too that were there: an import whose outcome was unknown may have left them.
            outcome.new.iter().chain(&outcome.existing).for_each(|key| directory.put(key));
        };
        // A new key is refused where the directory is whole and lacks it, and a repeated request puts none: the store is asked for each.
        let unsettled = move |outcome: &mut ImportOutcome| {
            outcome.new.iter().chain(&outcome.existing).for_each(|key| doubted.doubt_new(key));
        };
        Ok(prepare(&self.store, Lane::Background, change, committed).or_unsettled(unsettled))
    }

    /// What [`ApiKeys::import`] would do. Changes nothing.
    ///
    /// # Errors
    /// As [`ApiKeys::import`].
    pub fn preview_import(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        file: &ImportFile,
    ) -> Result<ImportOutcome, ApiKeyError> {
        let candidates = self.candidates(asker, workspace_id, &file.keys, self.clock.now())?;
        read(&*self.store, |tx| {
            let mut outcome = ImportOutcome { refused: file.refused.clone(), ..ImportOutcome::default() };
            for candidate in &candidates {
                sort(tx, candidate, &mut outcome)?;
            }
            outcome.refused.sort_by_key(|refused| refused.line);
            Ok(outcome)
        })
    }

    /// Now, for [`ImportOptions::now`](super::ImportOptions::now).
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn candidates(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        keys: &[ImportedKey],
        now: Timestamp,
    ) -> Result<Vec<Candidate>, ApiKeyError> {
        asker.require(Scope::KeysWrite)?;
        if self.prefix != TokenPrefix::default() {
            return Err(ApiKeyError::ImportPrefix(self.prefix.as_str().to_owned()));
        }
        if keys.len() > IMPORT_KEYS_MAX {
            return Err(ApiKeyError::ImportTooLong);
        }
        let mut candidates: Vec<_> =
            keys.iter().map(|imported| self.candidate(asker, workspace_id, imported, now)).collect();
        // Two imports of the same keys at once wait for each other in one order.
        candidates.sort_by_key(|candidate| candidate.key.digest);
        Ok(candidates)
    }

    fn candidate(&self, asker: Asker, workspace_id: WorkspaceId, imported: &ImportedKey, now: Timestamp) -> Candidate {
        let created_at = imported.created_at.unwrap_or(now);
        let key = ApiKey {
            // By its age at OwnPay, so that lists show it among the keys of its time.
            id: KeyId::generate(created_at, &*self.entropy),
            workspace_id,
            label: imported.label.clone(),
            prefix: imported.prefix.clone(),
            digest: self.digest(imported),
            digest_scheme: DigestScheme::Sha256,
            scopes: imported.scopes,
            environment: Environment::default(),
            status: imported.status,
            expires_at: imported.expires_at,
            allow_list: Vec::new(),
            owner: None,
            metadata: Metadata::default(),
            retirement: None,
            created_at,
            created_by: asker.actor(),
            last_used_at: imported.last_used_at,
            revision: 1,
        };
        let is_within_scopes = asker.scopes().is_none_or(|scopes| scopes.covers(key.scopes));
        Candidate { line: imported.line, key, is_within_scopes }
    }

    fn digest(&self, imported: &ImportedKey) -> KeyDigest {
        self.hasher.imported_digest(&imported.sha256.0)
    }
}

/// Logs that a key was taken over.
fn log_import(tx: &mut (dyn ApiKeyTx + 'static), key: &ApiKey, now: Timestamp, asker: Asker) -> Result<(), StoreError> {
    let mut detail = detail_of(key);
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("status".to_owned(), json!(key.status.as_str()));
    }
    append(tx, &draft(key, now, &asker, "key.imported", detail))
}

/// Puts a candidate where it belongs; whether it is new.
fn sort<T: ApiKeyTx + ?Sized>(
    tx: &mut T,
    candidate: &Candidate,
    outcome: &mut ImportOutcome,
) -> Result<bool, StoreError> {
    let Candidate { line, key, is_within_scopes } = candidate;
    let mut refuse = |refusal| outcome.refused.push(RefusedLine { line: *line, refusal });
    match tx.find_api_key_by_digest(&key.digest)? {
        Some(found) if found.workspace_id != key.workspace_id => refuse(LineRefusal::Elsewhere),
        Some(found) => outcome.existing.push(found),
        None if !is_within_scopes => refuse(LineRefusal::ScopesTooWide),
        None => {
            outcome.new.push(key.clone());
            return Ok(true);
        }
    }
    Ok(false)
}
