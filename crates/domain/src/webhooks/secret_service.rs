//! The use cases of an endpoint's secrets: rotate, retire, list.
//!
//! *Threat:* a secret that has leaked, or may have, goes on being good; or a receiver refuses what is genuine while it changes over.
//! *Defence:* the new secret signs from the commit on, the old ones beside it until their grace ends; any of them can be ended at once.
//! What this node has in memory with the old secrets is taken back, and signed anew. *Not defended:* requests that have left.

use serde_json::json;

use super::Grace;
use super::endpoint_service::{draft, existing};
use super::rotation::rotated;
use super::{Endpoint, EndpointError, EndpointSecret, EndpointTx, Endpoints, SigningSecret};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::append;
use crate::id::{EndpointId, EndpointSecretId, WorkspaceId};
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, prepare, read};

/// A secret that shall take the place of the current one.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// Its text; `None` has one made.
    pub secret: Option<Secret>,
    /// How long the current one goes on signing.
    pub grace: Grace,
}

/// A secret that has just become the current one.
#[derive(Clone, Debug)]
pub struct RotatedSecret {
    /// The secret as it is kept.
    pub kept: EndpointSecret,
    /// Its text: show it now.
    pub secret: Secret,
    /// The revision of the endpoint since then.
    pub endpoint_revision: i64,
}

/// A secret that signs no more.
#[derive(Clone, Debug)]
pub struct RetiredSecret {
    /// The secret as it is kept.
    pub kept: EndpointSecret,
    /// The revision of the endpoint since then.
    pub endpoint_revision: i64,
}

/// A prepared change of the secrets of one endpoint.
macro_rules! secret_change {
    ($output:ty) => {
        Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = $output, Error = EndpointError> + use<>>
    };
}

impl Endpoints {
    /// Makes another secret the current one of an endpoint; the one before signs too until its grace ends. Its text is in the result,
    /// and sealed in the store. Secrets whose time is over are removed.
    ///
    /// *Repeat:* each call makes one more secret.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::Secret`], [`EndpointError::NotFound`], [`EndpointError::SecretUnchanged`] for the
    /// current one, [`EndpointError::TooManySecrets`], and the store's own.
    pub fn rotate_secret(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: EndpointId,
        new: NewSecret,
    ) -> Result<secret_change!(RotatedSecret), EndpointError> {
        asker.require(Scope::EndpointsWrite)?;
        let now = self.clock.now();
        let (grace, is_given) = (new.grace, new.secret.is_some());
        let secret = SigningSecret::given_or_generated(new.secret, &*self.entropy)?.reveal().clone();
        let fresh = EndpointSecret::first(id, &secret, now, &self.sealer, &*self.entropy);
        let (dispatcher, sealer) = (self.dispatcher.clone(), self.sealer.clone());
        let rotate = move |tx: &mut (dyn EndpointTx + 'static)| {
            let target = existing(tx, workspace_id, id)?;
            // Whoever rotates believes that the old secret ends; a secret that may have leaked would go on signing instead.
            if target.is_current_secret(&secret, &sealer) {
                return Err(EndpointError::SecretUnchanged);
            }
            let rotation = rotated(target.secrets(), fresh.clone(), grace, now)?;
            for replaced in &rotation.replaced {
                tx.update_endpoint_secret(replaced)?;
            }
            tx.delete_ended_endpoint_secrets(id, now)?;
            tx.insert_endpoint_secret(&rotation.current)?;
            let endpoint = next_revision(tx, &target.endpoint)?;
            let previous = rotation.replaced.first();
            let detail = json!({
                "secret": rotation.current.id.to_string(),
                "is_given": is_given,
                "previous": previous.map(|previous| previous.id.to_string()),
                "previous_expires_at": previous.and_then(|previous| previous.expires_at).map(|at| at.to_string()),
            });
            append(tx, &draft(&endpoint, now, &asker, "endpoint.secret_rotated", detail))?;
            Ok(RotatedSecret { kept: rotation.current, secret: secret.clone(), endpoint_revision: endpoint.revision })
        };
        Ok(prepare(&self.store, Lane::Interactive, rotate, move |rotated: &mut RotatedSecret| {
            dispatcher.recall(id, rotated.endpoint_revision);
            dispatcher.wake();
        }))
    }

    /// Ends the grace of an old secret: it signs nothing from now on.
    ///
    /// *Repeat:* retiring a secret whose time is over changes nothing; once it is removed by a rotation, it is not found.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::NotFound`], [`EndpointError::SecretNotFound`], [`EndpointError::SecretCurrent`],
    /// and the store's own.
    pub fn retire_secret(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: EndpointId,
        secret_id: EndpointSecretId,
    ) -> secret_change!(RetiredSecret) {
        let now = self.clock.now();
        let dispatcher = self.dispatcher.clone();
        let retire = move |tx: &mut (dyn EndpointTx + 'static)| {
            asker.require(Scope::EndpointsWrite)?;
            let target = existing(tx, workspace_id, id)?;
            let found = target.secrets().iter().find(|secret| secret.id == secret_id);
            let before = found.ok_or(EndpointError::SecretNotFound(secret_id))?;
            if before.is_current() {
                return Err(EndpointError::SecretCurrent(secret_id));
            }
            if !before.signs_at(now) {
                return Ok(RetiredSecret { kept: before.clone(), endpoint_revision: target.endpoint.revision });
            }
            let retired = EndpointSecret { expires_at: Some(now), ..before.clone() };
            tx.update_endpoint_secret(&retired)?;
            let endpoint = next_revision(tx, &target.endpoint)?;
            let detail = json!({
                "secret": secret_id.to_string(),
                "expires_at": { "before": before.expires_at.map(|at| at.to_string()), "after": now.to_string() },
            });
            append(tx, &draft(&endpoint, now, &asker, "endpoint.secret_retired", detail))?;
            Ok(RetiredSecret { kept: retired, endpoint_revision: endpoint.revision })
        };
        prepare(&self.store, Lane::Interactive, retire, move |retired: &mut RetiredSecret| {
            dispatcher.recall(id, retired.endpoint_revision);
            dispatcher.wake();
        })
    }

    /// The secrets of an endpoint that sign now, newest first. At most [`SECRETS_MAX`](super::SECRETS_MAX).
    ///
    /// # Errors
    /// [`EndpointError::NotFound`] also for an endpoint of another workspace, and the store's own.
    pub fn list_secrets(
        &self,
        workspace_id: WorkspaceId,
        id: EndpointId,
    ) -> Result<Vec<EndpointSecret>, EndpointError> {
        let now = self.clock.now();
        let target = read(&*self.store, |tx| existing(tx, workspace_id, id))?;
        Ok(target.secrets().iter().rev().filter(|secret| secret.signs_at(now)).cloned().collect())
    }
}

/// Counts an endpoint up, so that what was prepared with its secrets of before is known to be old.
fn next_revision(tx: &mut (dyn EndpointTx + '_), endpoint: &Endpoint) -> Result<Endpoint, StoreError> {
    let endpoint = Endpoint { revision: endpoint.revision + 1, ..endpoint.clone() };
    tx.update_endpoint(&endpoint)?;
    Ok(endpoint)
}
