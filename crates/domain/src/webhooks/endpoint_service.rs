//! The use cases of endpoints: create, find, list, update, pause, resume, delete.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::address::AddressPolicy;
use super::endpoint_change_service::{Done, EndpointChange, EndpointRef};
use super::endpoint_input::{CheckedChanges, check_description, check_event_types};
use super::{
    AuthorityCheck, Dispatcher, Endpoint, EndpointChanges, EndpointError, EndpointName, EndpointOrigin, EndpointSecret,
    EndpointSettings, EndpointStatus, EndpointTx, EndpointUrl, EndpointUrlError, Health, NewEndpoint, NoDispatcher,
    Setting, SettingsChanges, SigningSecret, Target, UrlRules,
};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::{AuditDraft, append};
use crate::entropy::Entropy;
use crate::events::EventPattern;
use crate::id::{EndpointId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::sealing::Sealer;
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// Most endpoints of one workspace: each is looked at for every event.
pub const ENDPOINTS_MAX: u64 = 500;
/// Deliveries that are brought in line with their endpoint in the transaction that changes it: few, because a person waits.
const FOLLOW_UP_ROWS: usize = 100;
/// Which endpoints an installation accepts.
#[derive(Clone, Debug, Default)]
pub struct EndpointRules {
    /// Whether plain http is accepted.
    pub allows_http: bool,
    /// Which addresses are accepted.
    pub policy: AddressPolicy,
}

impl EndpointRules {
    fn for_urls(&self) -> UrlRules<'_> {
        UrlRules { allows_http: self.allows_http, policy: &self.policy }
    }
}

/// An endpoint that was just created, with its secret.
#[derive(Clone, Debug)]
pub struct CreatedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The secret that signs its requests: show it now.
    pub secret: Secret,
}

/// A prepared change of one endpoint.
macro_rules! endpoint_change {
    () => {
        Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = Endpoint, Error = EndpointError> + use<>>
    };
}

/// The use cases of endpoints and of their secrets.
#[derive(Clone)]
pub struct Endpoints {
    pub(super) store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
    pub(super) sealer: Arc<Sealer>,
    rules: EndpointRules,
    /// `None` where nobody can tell: then only the shape of certificates is looked at.
    authority_check: Option<Arc<dyn AuthorityCheck>>,
    pub(super) dispatcher: Arc<dyn Dispatcher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
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
        let dispatcher = Arc::new(NoDispatcher);
        Self { store, sealer, rules, authority_check: None, dispatcher, clock, entropy }
    }

    /// The same, with the sender of this node, which is told of changes.
    #[must_use]
    pub fn with_dispatcher(self, dispatcher: Arc<dyn Dispatcher>) -> Self {
        Self { dispatcher, ..self }
    }

    /// The same, with who says whether certificates can be trusted: else a bad one is told at the first request only.
    #[must_use]
    pub fn with_authority_check(self, check: Arc<dyn AuthorityCheck>) -> Self {
        Self { authority_check: Some(check), ..self }
    }

    /// Creates an endpoint. Its secret is in the result, and sealed in the store.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::Url`] for an address that may not be reached, [`EndpointError::Secret`], [`EndpointError::EventTypes`],
    /// [`EndpointError::Description`], [`EndpointError::HeaderValueMissing`], [`EndpointError::Authorities`], [`EndpointError::TooMany`],
    /// and the store's own.
    pub fn create(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        new: NewEndpoint,
    ) -> Result<
        Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = CreatedEndpoint, Error = EndpointError> + use<>>,
        EndpointError,
    > {
        asker.require(Scope::EndpointsWrite)?;
        let now = self.clock.now();
        let (endpoint, secret) = self.checked(workspace_id, new, now)?;
        let sealed = EndpointSecret::first(endpoint.id, &secret, now, &self.sealer, &*self.entropy);
        let draft = draft(&endpoint, now, &asker, "endpoint.created", detail_of(&endpoint));
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
        read(&*self.store, |tx| existing(tx, workspace_id, id))
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

    /// What all endpoints of a workspace are called, newest first: at most [`ENDPOINTS_MAX`].
    ///
    /// # Errors
    /// The store's own.
    pub fn list_names(&self, workspace_id: WorkspaceId) -> Result<Vec<EndpointName>, EndpointError> {
        let limit = usize::try_from(ENDPOINTS_MAX).unwrap_or(usize::MAX);
        read(&*self.store, |tx| Ok(tx.list_endpoint_names(workspace_id, limit)?))
    }

    /// Endpoints of a workspace with how they fail, if they do, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list_with_health(
        &self,
        workspace_id: WorkspaceId,
        page: PageRequest<EndpointId>,
    ) -> Result<Page<(Endpoint, Option<Health>), EndpointId>, EndpointError> {
        read(&*self.store, |tx| Ok(list_with_health(tx, workspace_id, page)?))
    }

    /// Changes where an endpoint is, what it wants, what it is called and how requests to it are made. Attempts from now on are made
    /// as it is then.
    ///
    /// *Repeat:* changes that change nothing leave the revision as it is.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::NotFound`], [`EndpointError::RevisionStale`]; as for [`Endpoints::create`] [`EndpointError::Url`],
    /// [`EndpointError::EventTypes`], [`EndpointError::Description`], [`EndpointError::HeaderValueMissing`] and
    /// [`EndpointError::Authorities`]; [`EndpointError::CallbackTypes`]; [`EndpointError::HeaderValuesNeeded`] where a new address would get the secrets of the one
    /// before; and the store's own.
    pub fn update(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: EndpointId,
        changes: EndpointChanges,
    ) -> Result<endpoint_change!(), EndpointError> {
        let expected = changes.expected_revision;
        let CheckedChanges { url, description, event_types, settings } = changes.checked(&self.rules.for_urls())?;
        self.check_authorities(&settings)?;
        let settings = settings.sealed(id, &self.sealer, &*self.entropy);
        let sealer = Arc::clone(&self.sealer);
        let change = move |endpoint: &Endpoint| {
            if event_types.is_some() && endpoint.origin == EndpointOrigin::Callback {
                return Err(EndpointError::CallbackTypes);
            }
            if url.as_ref().is_some_and(|url| url.origin() != endpoint.url.origin()) {
                settings.take_no_secret_along(&endpoint.settings.headers)?;
            }
            Ok(Endpoint {
                url: url.clone().unwrap_or_else(|| endpoint.url.clone()),
                description: description.clone().unwrap_or_else(|| endpoint.description.clone()),
                event_types: event_types.clone().unwrap_or_else(|| endpoint.event_types.clone()),
                settings: settings.over(id, &endpoint.settings, &sealer)?,
                ..endpoint.clone()
            })
        };
        Ok(self.try_change(EndpointRef { asker, workspace_id, id, expected, heals: false }, "endpoint.updated", change))
    }

    /// Holds an endpoint's deliveries back until it is resumed; what is being sent at this moment comes to its end.
    ///
    /// *Repeat:* pausing an endpoint that is paused or disabled changes nothing.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::NotFound`], and the store's own.
    pub fn pause(&self, asker: Asker, workspace_id: WorkspaceId, id: EndpointId) -> endpoint_change!() {
        let change = |endpoint: &Endpoint| match endpoint.status {
            EndpointStatus::Active => Endpoint { status: EndpointStatus::Paused, ..endpoint.clone() },
            EndpointStatus::Paused | EndpointStatus::Disabled(_) | EndpointStatus::Deleted => endpoint.clone(),
        };
        self.change(EndpointRef { asker, workspace_id, id, expected: None, heals: false }, "endpoint.paused", change)
    }

    /// Lets a paused or disabled endpoint get its deliveries again, also those that were held back. Its failures until now are forgotten,
    /// so that one that was only probed is sent everything at once.
    ///
    /// *Repeat:* resuming an active endpoint that does not fail changes nothing.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::NotFound`], and the store's own.
    pub fn resume(&self, asker: Asker, workspace_id: WorkspaceId, id: EndpointId) -> endpoint_change!() {
        let change = |endpoint: &Endpoint| Endpoint { status: EndpointStatus::Active, ..endpoint.clone() };
        self.change(EndpointRef { asker, workspace_id, id, expected: None, heals: true }, "endpoint.resumed", change)
    }

    /// Deletes an endpoint and its secrets. Deliveries that wait for it are closed; those that came to their end remain in the log.
    ///
    /// `expected` is the revision that the caller has seen; `None` deletes whatever is there.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], [`EndpointError::NotFound`] also for one that was deleted already, [`EndpointError::RevisionStale`], and the store's own.
    pub fn delete(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: EndpointId,
        expected: Option<i64>,
    ) -> endpoint_change!() {
        let change = |endpoint: &Endpoint| Endpoint { status: EndpointStatus::Deleted, ..endpoint.clone() };
        self.change(EndpointRef { asker, workspace_id, id, expected, heals: false }, "endpoint.deleted", change)
    }

    fn change<F: Fn(&Endpoint) -> Endpoint + Send>(
        &self,
        of: EndpointRef,
        action: &'static str,
        change: F,
    ) -> Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = Endpoint, Error = EndpointError> + use<F>> {
        self.try_change(of, action, move |endpoint| Ok(change(endpoint)))
    }

    fn try_change<F: Fn(&Endpoint) -> Result<Endpoint, EndpointError> + Send>(
        &self,
        of: EndpointRef,
        action: &'static str,
        change: F,
    ) -> Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = Endpoint, Error = EndpointError> + use<F>> {
        let (now, dispatcher) = (self.clock.now(), Arc::clone(&self.dispatcher));
        let change = EndpointChange { of, action, change, now, dispatcher, done: Done::default() };
        Prepared::new(Arc::clone(&self.store), Lane::Interactive, change)
    }

    fn checked(
        &self,
        workspace_id: WorkspaceId,
        new: NewEndpoint,
        now: Timestamp,
    ) -> Result<(Endpoint, Secret), EndpointError> {
        let url = EndpointUrl::parse(&new.url, &self.rules.for_urls())?;
        check_event_types(&new.event_types)?;
        check_description(&new.description)?;
        let secret = SigningSecret::given_or_generated(new.secret, &*self.entropy)?;
        self.check_authorities(&new.settings)?;
        let id = EndpointId::generate(now, &*self.entropy);
        let settings = new.settings.sealed(id, &self.sealer, &*self.entropy);
        let endpoint = Endpoint {
            id,
            workspace_id,
            url,
            description: new.description,
            event_types: new.event_types,
            origin: EndpointOrigin::Manual,
            status: new.status.status(),
            settings: settings.over(id, &EndpointSettings::default(), &self.sealer)?,
            created_at: now,
            revision: 1,
        };
        Ok((endpoint, secret.reveal().clone()))
    }

    /// Reads an address by the rules that a save keeps. Looks nothing up.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_url(&self, text: &str) -> Result<EndpointUrl, EndpointUrlError> {
        EndpointUrl::parse(text, &self.rules.for_urls())
    }

    /// Which addresses are accepted here.
    pub(super) fn url_rules(&self) -> UrlRules<'_> {
        self.rules.for_urls()
    }

    fn check_authorities(&self, settings: &SettingsChanges) -> Result<(), EndpointError> {
        match (&settings.authorities, &self.authority_check) {
            (Setting::Own(authorities), Some(check)) => Ok(check.check(authorities)?),
            _ => Ok(()),
        }
    }
}

/// Endpoints of a workspace with how they fail, if they do, newest first.
pub(super) fn list_with_health(
    tx: &mut (dyn EndpointTx + '_),
    workspace_id: WorkspaceId,
    page: PageRequest<EndpointId>,
) -> Result<Page<(Endpoint, Option<Health>), EndpointId>, StoreError> {
    let Page { items, next } = tx.list_endpoints(workspace_id, page)?;
    let ids: Vec<_> = items.iter().map(|endpoint| endpoint.id).collect();
    let failing = tx.list_health_of(&ids)?.into_iter();
    let mut failing: BTreeMap<_, _> = failing.map(|health| (health.endpoint_id, health)).collect();
    let with_health = |endpoint: Endpoint| {
        let health = failing.remove(&endpoint.id);
        (endpoint, health)
    };
    Ok(Page { items: items.into_iter().map(with_health).collect(), next })
}

pub(super) fn existing(
    tx: &mut (dyn EndpointTx + '_),
    workspace_id: WorkspaceId,
    id: EndpointId,
) -> Result<Arc<Target>, EndpointError> {
    let target = tx.find_target(workspace_id, id)?;
    target.filter(|target| target.endpoint.status != EndpointStatus::Deleted).ok_or(EndpointError::NotFound(id))
}

/// What a new status means for deliveries: the first of them here, the rest by [`super::Upkeep`].
pub(super) fn follow_up(
    tx: &mut (dyn EndpointTx + '_),
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<(), EndpointError> {
    match endpoint.status {
        EndpointStatus::Active => {
            tx.release_held(now, FOLLOW_UP_ROWS)?;
        }
        EndpointStatus::Deleted => {
            tx.delete_endpoint_secrets(endpoint.id)?;
            tx.close_deleted(now, FOLLOW_UP_ROWS)?;
        }
        EndpointStatus::Paused | EndpointStatus::Disabled(_) => {}
    }
    Ok(())
}

pub(super) fn draft(
    endpoint: &Endpoint,
    at: Timestamp,
    asker: &Asker,
    action: &'static str,
    detail: Value,
) -> AuditDraft {
    let (workspace_id, actor, subject) = (endpoint.workspace_id, asker.actor(), endpoint.id.to_string());
    AuditDraft { workspace_id, at, actor, action, subject, detail }.from_address(asker.address())
}

pub(super) fn detail_of(endpoint: &Endpoint) -> Value {
    json!({
        "url": endpoint.url.as_str(),
        "description": endpoint.description,
        "event_types": endpoint.event_types.iter().map(EventPattern::as_str).collect::<Vec<_>>(),
        "status": endpoint.status.as_str(),
        "settings": endpoint.settings.detail(),
    })
}
