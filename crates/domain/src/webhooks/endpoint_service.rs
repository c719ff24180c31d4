//! The use cases of endpoints: create, find, list.

use std::sync::Arc;

use serde_json::json;

use super::address::AddressPolicy;
use super::{
    Endpoint, EndpointSecret, EndpointStatus, EndpointTx, EndpointUrl, EndpointUrlError, SigningSecret,
    SigningSecretError, Target, UrlRules,
};
use crate::audit::{Actor, AuditDraft, append};
use crate::entropy::Entropy;
use crate::events::EventPattern;
use crate::id::{EndpointId, EndpointSecretId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::sealing::Sealer;
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::Clock;

/// Most endpoints of one workspace: each is looked at for every event.
pub const ENDPOINTS_MAX: u64 = 500;
/// Most patterns of one endpoint.
pub const EVENT_TYPES_MAX: usize = 100;
/// Longest description.
pub const DESCRIPTION_CHARS_MAX: usize = 200;

/// What a use case of endpoints can fail with.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The workspace has no such endpoint.
    #[error("no endpoint {0} in this workspace")]
    NotFound(EndpointId),
    /// The address is not acceptable.
    #[error(transparent)]
    Url(#[from] EndpointUrlError),
    /// The given secret is not acceptable.
    #[error(transparent)]
    Secret(#[from] SigningSecretError),
    /// An endpoint must want something, and not too much.
    #[error("event_types must name 1 to {EVENT_TYPES_MAX} patterns; use \"*\" for all events")]
    EventTypes,
    /// The description is too long.
    #[error("description must have at most {DESCRIPTION_CHARS_MAX} characters and no control characters")]
    Description,
    /// The workspace has as many endpoints as it may.
    #[error("a workspace has at most {ENDPOINTS_MAX} endpoints: delete one first")]
    TooMany,
    /// The store failed.
    #[error("the endpoint store failed")]
    Store(#[from] StoreError),
}

impl EndpointError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "endpoint_not_found",
            Self::Url(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::EventTypes => "event_types_invalid",
            Self::Description => "description_invalid",
            Self::TooMany => "too_many_endpoints",
            Self::Store(error) => error.code(),
        }
    }
}

/// Which endpoints an installation accepts.
#[derive(Clone, Debug, Default)]
pub struct EndpointRules {
    /// Whether plain http is accepted.
    pub allows_http: bool,
    /// Which addresses are accepted.
    pub policy: AddressPolicy,
}

/// What a new endpoint shall be.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where requests go.
    pub url: String,
    /// What people call it.
    pub description: String,
    /// What it wants; not empty.
    pub event_types: Vec<EventPattern>,
    /// Its secret; `None` has one made.
    pub secret: Option<Secret>,
}

/// An endpoint that was just created, with its secret.
#[derive(Clone, Debug)]
pub struct CreatedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The secret that signs its requests: show it now.
    pub secret: Secret,
}

/// The use cases of endpoints.
#[derive(Clone)]
pub struct Endpoints {
    store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
    sealer: Arc<Sealer>,
    rules: EndpointRules,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoints").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Endpoints {
    /// The use cases over a store.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
        sealer: Arc<Sealer>,
        rules: EndpointRules,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, sealer, rules, clock, entropy }
    }

    /// Creates an endpoint. Its secret is in the result, and sealed in the store.
    ///
    /// # Errors
    /// [`EndpointError::Url`] for an address that may not be reached, [`EndpointError::Secret`], [`EndpointError::EventTypes`],
    /// [`EndpointError::Description`], [`EndpointError::TooMany`], and the store's own.
    pub fn create(
        &self,
        actor: Actor,
        workspace_id: WorkspaceId,
        new: NewEndpoint,
    ) -> Result<
        Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = CreatedEndpoint, Error = EndpointError> + use<>>,
        EndpointError,
    > {
        let now = self.clock.now();
        let (endpoint, secret) = self.checked(workspace_id, new)?;
        let sealed = self.sealed(&endpoint, &secret);
        let draft = AuditDraft {
            workspace_id,
            at: now,
            actor,
            action: "endpoint.created",
            subject: endpoint.id.to_string(),
            detail: json!({
                "url": endpoint.url.as_str(),
                "event_types": endpoint.event_types.iter().map(EventPattern::as_str).collect::<Vec<_>>(),
            }),
        };
        Ok(prepare(
            &self.store,
            Lane::Interactive,
            move |tx| {
                if tx.count_endpoints(workspace_id)? >= ENDPOINTS_MAX {
                    return Err(EndpointError::TooMany);
                }
                tx.insert_endpoint(&endpoint)?;
                tx.insert_endpoint_secret(&sealed)?;
                append(tx, &draft)?;
                Ok(CreatedEndpoint { endpoint: endpoint.clone(), secret: secret.clone() })
            },
            |_| {},
        ))
    }

    /// The endpoint with this id.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`] also for an endpoint of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Arc<Target>, EndpointError> {
        read(&*self.store, |tx| tx.find_target(workspace_id, id)?.ok_or(EndpointError::NotFound(id)))
    }

    /// Endpoints of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        page: PageRequest<EndpointId>,
    ) -> Result<Page<Endpoint, EndpointId>, EndpointError> {
        read(&*self.store, |tx| Ok(tx.list_endpoints(workspace_id, page)?))
    }

    fn checked(&self, workspace_id: WorkspaceId, new: NewEndpoint) -> Result<(Endpoint, Secret), EndpointError> {
        let rules = UrlRules { allows_http: self.rules.allows_http, policy: &self.rules.policy };
        let url = EndpointUrl::parse(&new.url, &rules)?;
        if !(1..=EVENT_TYPES_MAX).contains(&new.event_types.len()) {
            return Err(EndpointError::EventTypes);
        }
        let is_plain = !new.description.chars().any(char::is_control);
        if new.description.chars().count() > DESCRIPTION_CHARS_MAX || !is_plain {
            return Err(EndpointError::Description);
        }
        let secret = match new.secret {
            Some(secret) => SigningSecret::new(secret)?,
            None => SigningSecret::generate(&*self.entropy),
        };
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::generate(now, &*self.entropy),
            workspace_id,
            url,
            description: new.description,
            event_types: new.event_types,
            status: EndpointStatus::Active,
            created_at: now,
            revision: 1,
        };
        Ok((endpoint, secret.reveal().clone()))
    }

    fn sealed(&self, endpoint: &Endpoint, secret: &Secret) -> EndpointSecret {
        let id = EndpointSecretId::generate(endpoint.created_at, &*self.entropy);
        let sealed = self.sealer.seal(secret.expose().as_bytes(), EndpointSecret::place(&id), &*self.entropy);
        EndpointSecret { id, endpoint_id: endpoint.id, sealed, created_at: endpoint.created_at, expires_at: None }
    }
}
