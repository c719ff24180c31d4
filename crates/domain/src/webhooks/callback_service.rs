//! The endpoint of the `callback_url` that payments name: made with the first of them, found by the others.
//!
//! *Threat:* whoever may make payments has the hub call addresses inside its network, fills a workspace with endpoints, or has a payment
//! refused because its address is odd.
//! *Defence:* the address is taken by its shape and vetted at each sending, as any is; payments make no more endpoints than leave people
//! room for theirs, and go on without one. *Not defended:* that the events of a payment reach whom its maker names: they are about its payment.

use std::fmt;
use std::sync::Arc;

use serde_json::json;
use zeroize::Zeroizing;

use super::endpoint_service::{ENDPOINTS_MAX, detail_of, draft};
use super::{
    Endpoint, EndpointOrigin, EndpointSecret, EndpointSettings, EndpointStatus, EndpointTx, EndpointUrl,
    EndpointUrlError, SigningSecret, Target,
};
use crate::access::Asker;
use crate::audit::append;
use crate::entropy::{Entropy, random_bytes};
use crate::events::EventTx;
use crate::id::{EndpointId, EndpointSecretId, WorkspaceId};
use crate::sealing::Sealer;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::time::Timestamp;

/// Most endpoints of this origin in one workspace: shops that write their order into the address would leave people no room for any
/// endpoint of their own.
pub const CALLBACK_ENDPOINTS_MAX: usize = 400;

/// What people read beside the address of such an endpoint, until somebody describes it.
const DESCRIPTION: &str = "Named by payments as their callback_url";

/// What an endpoint is made of, drawn before a transaction that may run again.
#[derive(Clone)]
pub struct DrawnCallback {
    endpoint_id: EndpointId,
    secret_id: EndpointSecretId,
    /// Signs where the workspace has no default secret yet.
    secret: Secret,
    seed: Zeroizing<[u8; 32]>,
    now: Timestamp,
}

impl fmt::Debug for DrawnCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrawnCallback").field("endpoint_id", &self.endpoint_id).finish_non_exhaustive()
    }
}

impl DrawnCallback {
    /// Draws for one transaction.
    pub fn draw(now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            endpoint_id: EndpointId::generate(now, entropy),
            secret_id: EndpointSecretId::generate(now, entropy),
            secret: SigningSecret::generate(entropy).reveal().clone(),
            seed: Zeroizing::new(random_bytes(entropy)),
            now,
        }
    }

    fn endpoint(&self, workspace_id: WorkspaceId, url: &EndpointUrl) -> Endpoint {
        Endpoint {
            id: self.endpoint_id,
            workspace_id,
            url: url.clone(),
            description: DESCRIPTION.to_owned(),
            event_types: Vec::new(),
            origin: EndpointOrigin::Callback,
            status: EndpointStatus::Active,
            settings: EndpointSettings::default(),
            created_at: self.now,
            revision: 1,
        }
    }

    fn sealed(&self, text: &Secret, created_at: Timestamp, sealer: &Sealer) -> EndpointSecret {
        let (id, plain) = (self.secret_id, text.expose().as_bytes());
        EndpointSecret {
            id,
            endpoint_id: self.endpoint_id,
            number: 1,
            sealed: sealer.seal(plain, EndpointSecret::place(&id), &OfText { seed: &self.seed, plain }),
            created_at,
            expires_at: None,
        }
    }
}

/// The nonce of a seal, of what was drawn and of what is sealed: when the transaction runs again, it may seal another text, and two
/// texts under one nonce would give each other away.
struct OfText<'a> {
    seed: &'a [u8; 32],
    plain: &'a [u8],
}

impl Entropy for OfText<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        blake3::Hasher::new_keyed(self.seed).update(self.plain).finalize_xof().fill(bytes);
    }
}

/// The `callback_url` of a payment, by its shape alone: plain http and addresses of the inside pass, and are refused when something
/// is sent there. *Source:* OwnPay wire contract §2.5.
///
/// # Errors
/// The first rule of shape that the text breaks.
pub fn callback_url(text: &str) -> Result<EndpointUrl, EndpointUrlError> {
    EndpointUrl::from_stored(text)
}

/// The endpoint that gets the events of payments with this `callback_url`, for [`publish_to`](crate::events::publish_to): the one that
/// is there, or a new one. Joins the transaction of the payment, and goes with it.
///
/// `None` where no event goes to the address for the payment's sake: an active endpoint of the workspace has it already, or there is
/// no room for one more ([`CALLBACK_ENDPOINTS_MAX`], [`ENDPOINTS_MAX`]). A paused one of this origin is found: its deliveries are held. One that was deleted is made anew.
///
/// All such endpoints of a workspace begin with its default secret: of their current ones the one that was made last, so that those
/// that are added after a rotation sign as it wants. *Source:* OwnPay wire contract §4.1.
///
/// # Errors
/// Only the store's own.
pub fn callback_endpoint(
    tx: &mut (impl EndpointTx + EventTx + ?Sized),
    workspace_id: WorkspaceId,
    url: &EndpointUrl,
    drawn: &DrawnCallback,
    sealer: &Sealer,
) -> Result<Option<EndpointId>, StoreError> {
    let targets = tx.list_targets(workspace_id)?;
    let is_taken = |target: &Arc<Target>| {
        let Endpoint { origin, status, url: own, .. } = &target.endpoint;
        (*origin, *status) == (EndpointOrigin::Manual, EndpointStatus::Active) && own == url
    };
    if targets.iter().any(is_taken) {
        return Ok(None);
    }
    if let Some(found) = find(&targets, url) {
        return Ok(Some(found));
    }
    // Before the lock: where there is no room, each payment would take it for nothing.
    if !has_room(&targets) {
        return Ok(None);
    }
    // Of two payments at once the second waits here, and finds what the first has made.
    tx.audit_head(workspace_id)?;
    let stored = tx.list_stored_targets(workspace_id)?;
    if let Some(found) = find(&stored, url) {
        return Ok(Some(found));
    }
    if !has_room(&stored) {
        return Ok(None);
    }
    let endpoint = drawn.endpoint(workspace_id, url);
    let (text, created_at) = default_secret(&stored, sealer).unwrap_or_else(|| (drawn.secret.clone(), drawn.now));
    tx.insert_endpoint(&endpoint)?;
    tx.insert_endpoint_secret(&drawn.sealed(&text, created_at, sealer))?;
    let mut detail = detail_of(&endpoint);
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("origin".to_owned(), json!(endpoint.origin.as_str()));
    }
    append(tx, &draft(&endpoint, drawn.now, &Asker::SYSTEM, "endpoint.created", detail))?;
    Ok(Some(endpoint.id))
}

/// Whether payments may make one endpoint more.
fn has_room(targets: &[Arc<Target>]) -> bool {
    let named = targets.iter().filter(|target| target.endpoint.origin == EndpointOrigin::Callback).count();
    named < CALLBACK_ENDPOINTS_MAX && u64::try_from(targets.len()).unwrap_or(u64::MAX) < ENDPOINTS_MAX
}

/// The oldest one of this origin at the address.
fn find(targets: &[Arc<Target>], url: &EndpointUrl) -> Option<EndpointId> {
    let is_there =
        |target: &&Arc<Target>| target.endpoint.origin == EndpointOrigin::Callback && target.endpoint.url == *url;
    targets.iter().find(is_there).map(|target| target.endpoint.id)
}

/// The current secret that was made last, and when; those that do not open are passed over.
fn default_secret(targets: &[Arc<Target>], sealer: &Sealer) -> Option<(Secret, Timestamp)> {
    let current_of = |target: &Arc<Target>| {
        let secret = target.secrets().iter().find(|secret| secret.is_current())?;
        Some((secret.created_at, secret.id))
    };
    let named = targets.iter().filter(|target| target.endpoint.origin == EndpointOrigin::Callback);
    let mut current: Vec<_> = named.filter_map(|target| Some((current_of(target)?, target))).collect();
    current.sort_unstable_by_key(|(made, _)| *made);
    current.iter().rev().find_map(|((created_at, id), target)| {
        let text = target.reveal(*id, sealer, *created_at).ok()??;
        Some((text, *created_at))
    })
}
