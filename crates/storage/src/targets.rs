//! Endpoints with their secrets: loaded in one query, and kept where that is safe.

use std::collections::HashMap;
use std::sync::Arc;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::Target;
use devhub_domain::workspaces::EventChecks;
use diesel::prelude::*;

use crate::endpoints::{EndpointRow, SecretRow, listed};
use crate::row::Row;
use crate::schema::{endpoint_secrets, endpoints, workspaces};
use crate::tx::both;

/// Workspaces whose targets are kept, at most: bounds the memory, and nobody publishes to more at once.
const WORKSPACES_MAX: usize = 1_024;

/// The targets of workspaces, and whether these check their events, as a writer keeps them: on SQLite between transactions, on
/// PostgreSQL for the jobs of one batch.
///
/// Worth it twice: publishing reads nothing, and a target keeps its opened secrets. They are forgotten at every change of an endpoint
/// or a workspace, and passed over until the transaction ends, because the change may be undone.
///
/// Within a batch they are never too old: its jobs were all queued before it began, so that an endpoint whose creation was answered
/// before a publish was asked for is seen by it.
#[derive(Debug, Default)]
pub(crate) struct TargetCache {
    by_workspace: HashMap<WorkspaceId, (EventChecks, Vec<Arc<Target>>)>,
    data_version: Option<i64>,
    is_passed_over: bool,
}

impl TargetCache {
    /// A transaction has begun on a database with this version, which changes when another connection commits.
    ///
    /// `None` where that cannot be told: nothing is kept from the transaction before.
    pub(crate) fn begin(&mut self, data_version: Option<i64>) {
        if data_version.is_none() || self.data_version != data_version {
            self.by_workspace.clear();
        }
        self.data_version = data_version;
        self.is_passed_over = false;
    }

    /// An endpoint or a workspace was changed.
    pub(crate) fn forget(&mut self) {
        self.by_workspace.clear();
        self.is_passed_over = true;
    }

    fn find(&self, workspace_id: WorkspaceId) -> Option<Vec<Arc<Target>>> {
        self.by_workspace.get(&workspace_id).map(|(_, targets)| targets.clone())
    }

    fn find_checks(&self, workspace_id: WorkspaceId) -> Option<EventChecks> {
        self.by_workspace.get(&workspace_id).map(|(checks, _)| *checks)
    }

    /// Whether what is read now may be kept.
    const fn is_keeping(&self) -> bool {
        !self.is_passed_over
    }

    fn keep(&mut self, workspace_id: WorkspaceId, checks: EventChecks, targets: Vec<Arc<Target>>) {
        if self.by_workspace.len() >= WORKSPACES_MAX {
            self.by_workspace.clear();
        }
        self.by_workspace.insert(workspace_id, (checks, targets));
    }
}

/// The ways to load targets.
pub(crate) trait TargetRows {
    /// Those of a workspace without deleted ones, oldest first.
    fn targets_of(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError>;

    /// Whether the workspace checks its events: read together with its targets where those are kept, because whoever asks for this
    /// wants them next.
    fn checks_of(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError>;

    /// The one with this id.
    fn target(&mut self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<Arc<Target>>, StoreError>;

    /// Those with these ids, in whatever workspace; one that cannot be read is left out.
    fn readable_targets(&mut self, ids: &[&[u8]]) -> Result<Vec<Arc<Target>>, StoreError>;

    /// An endpoint or a secret was changed in this transaction.
    fn forget_targets(&mut self);
}

/// One row for each secret; one without a secret for an endpoint that has none.
type Rows = Vec<(EndpointRow, Option<SecretRow>)>;

macro_rules! target_query {
    ($filter:expr $(, $beside:expr)?) => {
        endpoints::table
            .left_join(endpoint_secrets::table)
            .filter($filter)
            .order((endpoints::id.asc(), endpoint_secrets::number.asc()))
            .select((EndpointRow::as_select(), Option::<SecretRow>::as_select() $(, $beside)?))
    };
}

both! {
    impl TargetRows {
        /// Served by `endpoints_by_workspace` and `endpoint_secrets_by_number`.
        fn targets_of(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
            if let Some(kept) = self.state.targets.as_ref().and_then(|cache| cache.find(workspace_id)) {
                return Ok(kept);
            }
            let query = target_query!(listed!(workspace_id));
            grouped(self.state.note(query.load(&mut *self.conn))?).collect()
        }

        /// Served by the primary key; what is kept besides, as [`TargetRows::targets_of`].
        fn checks_of(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError> {
            if let Some(kept) = self.state.targets.as_ref().and_then(|cache| cache.find_checks(workspace_id)) {
                return Ok(kept);
            }
            let of_workspace = || workspaces::table.find(workspace_id.as_bytes()).select(workspaces::event_checks);
            let mut rows = Rows::new();
            let mut word: Option<String> = None;
            let is_kept = self.state.targets.as_ref().is_some_and(TargetCache::is_keeping);
            if is_kept {
                let query = target_query!(listed!(workspace_id), of_workspace().single_value());
                let found: Vec<(EndpointRow, Option<SecretRow>, Option<String>)> =
                    self.state.note(query.load(&mut *self.conn))?;
                for (endpoint, secret, checks) in found {
                    rows.push((endpoint, secret));
                    word = checks;
                }
            }
            if word.is_none() {
                word = self.state.note(of_workspace().first(&mut *self.conn).optional())?;
            }
            let row = Row { table: "workspaces", id: &workspace_id };
            let checks = word.map(|word| row.text("event_checks", &word)).transpose()?.unwrap_or_default();
            if let Some(cache) = self.state.targets.as_mut().filter(|_| is_kept) {
                cache.keep(workspace_id, checks, grouped(rows).collect::<Result<_, _>>()?);
            }
            Ok(checks)
        }

        fn target(&mut self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<Arc<Target>>, StoreError> {
            let one = endpoints::id.eq(id.as_bytes()).and(endpoints::workspace_id.eq(workspace_id.as_bytes()));
            grouped(self.state.note(target_query!(one).load(&mut *self.conn))?).next().transpose()
        }

        fn readable_targets(&mut self, ids: &[&[u8]]) -> Result<Vec<Arc<Target>>, StoreError> {
            let query = target_query!(endpoints::id.eq_any(ids));
            Ok(grouped(self.state.note(query.load(&mut *self.conn))?).filter_map(Result::ok).collect())
        }

        fn forget_targets(&mut self) {
            if let Some(cache) = &mut self.state.targets {
                cache.forget();
            }
        }
    }
}

/// Gathers the secrets of each endpoint; the rows come sorted by it.
fn grouped(rows: Rows) -> impl Iterator<Item = Result<Arc<Target>, StoreError>> {
    let mut groups: Vec<(EndpointRow, Vec<SecretRow>)> = Vec::new();
    for (endpoint, secret) in rows {
        match groups.last_mut() {
            Some((last, secrets)) if last.id == endpoint.id => secrets.extend(secret),
            _ => groups.push((endpoint, secret.into_iter().collect())),
        }
    }
    groups.into_iter().map(|(endpoint, secrets)| {
        let secrets: Result<Vec<_>, _> = secrets.into_iter().map(SecretRow::into_secret).collect();
        Ok(Arc::new(Target::new(endpoint.into_endpoint()?, secrets?)))
    })
}
