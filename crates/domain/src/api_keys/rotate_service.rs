//! Rotates a key: another takes its place, and the old one is accepted until its holders have changed over.
//!
//! *Threat:* a rotation that gives more than it replaces. By reading, others have lost scopes and expiry on the way (a key that could
//! only read could write), let the old key outlive its own expiry, or went on answering for it from a cache.
//! *Defence:* the successor has what the key has and nothing else, for no longer than it; the old key's expiry moves forward and never
//! back; its new state is in the directory before the token of the successor is shown. *Not defended:* a holder who never changes over
//! is refused when the grace ends: [`ApiKeys::stragglers`] tells of it before.

use std::slice;
use std::sync::Arc;

use serde_json::json;

use super::input::check_scopes;
use super::own_rate_service::InheritedRates;
use super::service::{detail_of, draft, key_change};
use super::tell_service::Telling;
use super::{
    ApiKey, ApiKeyError, ApiKeyTx, ApiKeys, DigestScheme, IssuedKey, KeyMatter, KeyStatus, KeyTold, Receipt,
    Retirement, Scope, Stragglers, Token,
};
use crate::access::Asker;
use crate::audit::append;
use crate::grace::Grace;
use crate::id::{EventId, KeyId, WorkspaceId};
use crate::store::{Change, Prepared, read};

/// A key that took the place of another.
#[derive(Clone, Debug)]
pub struct RotatedKey {
    /// The successor, with the only copy of its token.
    pub issued: IssuedKey,
    /// The key that was rotated, as it is now: its expiry is the end of its grace.
    pub retired: ApiKey,
    /// Who obeys; `None` until the change is on disk.
    pub receipt: Option<Receipt>,
}

impl ApiKeys {
    /// Issues a successor of a key: same label, scopes, environment, owner, metadata, allow-list, expiry and rates of its own. The key
    /// itself is accepted until the grace ends or its own expiry comes, whichever is first; with no grace the next request with it is refused.
    ///
    /// The successor of a locked key is locked too: whoever locked it may have known why, and unlocks it as they would the key.
    ///
    /// *Repeat:* a key is rotated once; then its successor is.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::NotFound`], [`ApiKeyError::Revoked`], [`ApiKeyError::Retiring`],
    /// [`ApiKeyError::Expired`], [`ApiKeyError::ScopesTooWide`] when the asker could not issue such a key, [`ApiKeyError::Rate`] when the
    /// workspace has no room for another rate of a key, and the store's own.
    pub fn rotate(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: KeyId,
        grace: Grace,
    ) -> Result<key_change!(RotatedKey), ApiKeyError> {
        asker.require(Scope::KeysWrite)?;
        let now = self.clock.now();
        let token = Token::generate(&self.prefix, &*self.entropy);
        let digest = self.hasher.digest(token.secret().expose());
        let successor_id = KeyId::generate(now, &*self.entropy);
        let event_ids = [(); 2].map(|()| EventId::generate(now, &*self.entropy));
        let acknowledge = self.acknowledge();
        let (directory, doubted) = (Arc::clone(&self.directory), Arc::clone(&self.directory));
        let rates = InheritedRates::new(Arc::clone(&self.rulebook), Arc::clone(&self.entropy), now);
        let (made, unsure) = (Arc::clone(&rates), Arc::clone(&rates));
        let change = move |tx: &mut (dyn ApiKeyTx + 'static), telling: &mut Telling| {
            let key = tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id))?;
            if key.status == KeyStatus::Revoked {
                return Err(ApiKeyError::Revoked(id));
            }
            if let Some(Retirement { successor_id, .. }) = key.retirement {
                return Err(ApiKeyError::Retiring { id, successor_id });
            }
            if key.has_expired(now) {
                return Err(ApiKeyError::Expired(id));
            }
            check_scopes(key.scopes, asker.scopes())?;
            let successor = ApiKey {
                id: successor_id,
                prefix: token.shown_prefix().to_owned(),
                digest,
                digest_scheme: DigestScheme::Token,
                created_at: now,
                created_by: asker.actor(),
                last_used_at: None,
                revision: 1,
                ..key.clone()
            };
            let end = grace.ends_at(now);
            let retired = ApiKey {
                expires_at: Some(key.expires_at.map_or(end, |expiry| expiry.min(end))),
                retirement: Some(Retirement { rotated_at: now, successor_id }),
                revision: key.revision + 1,
                ..key
            };
            tx.insert_api_key(&successor)?;
            tx.update_api_key(&retired)?;
            rates.write(tx, &retired, successor_id)?;
            for (id, (matter, key)) in
                event_ids.into_iter().zip([(KeyMatter::Rotated, &retired), (KeyMatter::Issued, &successor)])
            {
                telling.tell(tx, KeyTold::of(id, (asker.actor(), now), matter, key))?;
            }
            let retires_at = retired.expires_at.map(|at| at.to_string());
            let detail = json!({ "successor": successor_id.to_string(), "retires_at": retires_at });
            append(tx, &draft(&retired, now, &asker, "key.rotated", detail))?;
            append(tx, &draft(&successor, now, &asker, "key.issued", detail_of(&successor)))?;
            Ok(RotatedKey { issued: IssuedKey { key: successor, token: token.clone() }, retired, receipt: None })
        };
        let committed = move |rotated: &mut RotatedKey| {
            // First, so that no request with the successor is held against other rates.
            made.apply();
            directory.put(&rotated.issued.key);
            rotated.receipt = Some(acknowledge(slice::from_ref(&rotated.retired)));
        };
        let doubt = move |rotated: &mut RotatedKey| {
            unsure.doubt(&rotated.retired);
            doubted.doubt(&rotated.retired);
        };
        Ok(self.prepare_telling(change, committed, doubt))
    }

    /// Who has called with a key since it was rotated; nobody, of a key that has no successor. What other nodes have counted in the last
    /// seconds may be missing, and what this one writes at this moment. Nothing is told twice.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`] also for a key of another workspace, and the store's own.
    pub fn stragglers(&self, workspace_id: WorkspaceId, id: KeyId) -> Result<Stragglers, ApiKeyError> {
        // What is counted leaves memory before it is written: read first, the store has nothing that memory still has afterwards.
        let stored = read(&*self.store, |tx| {
            tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id))?;
            Ok::<_, ApiKeyError>(tx.find_stragglers(id)?)
        })?;
        let mut sum = stored.unwrap_or_else(|| Stragglers::none(id));
        if let Some(counted) = self.directory.stragglers().counted(id) {
            sum.add(&counted);
        }
        Ok(sum)
    }
}
