//! Endpoints with their secrets: each endpoint loaded once, in one query but while a secret rotates; and kept where that is safe.

use std::collections::HashMap;
use std::sync::Arc;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::Target;
use devhub_domain::workspaces::EventChecks;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::endpoints::{EndpointRow, SecretRow, listed};
use crate::row::Row;
use crate::schema::{endpoint_secrets, endpoints, workspaces};
use crate::tx::both;

/// Workspaces whose targets are kept, at most: bounds the memory, and nobody publishes to more at once.
const WORKSPACES_MAX: usize = 1_024;
/// Bytes of targets that are kept, at most, as far as they can be told: one with all headers and authorities of its own has some 100 KiB,
/// and each writer keeps its own.
const BYTES_MAX: usize = 32 << 20;
/// What a target takes up besides its texts and secrets.
const OVERHEAD_BYTES: usize = 1_024;

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
    /// What they take up.
    bytes: usize,
    data_version: Option<i64>,
    is_passed_over: bool,
}

impl TargetCache {
    /// A transaction has begun on a database with this version, which changes when another connection commits.
    ///
    /// `None` where that cannot be told: nothing is kept from the transaction before.
    pub(crate) fn begin(&mut self, data_version: Option<i64>) {
        if data_version.is_none() || self.data_version != data_version {
            self.clear();
        }
        self.data_version = data_version;
        self.is_passed_over = false;
    }

    /// An endpoint or a workspace was changed.
    pub(crate) fn forget(&mut self) {
        self.clear();
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

    /// Keeps the targets of a workspace, which take up so many bytes; not those of one that is too large by itself.
    fn keep(&mut self, workspace_id: WorkspaceId, checks: EventChecks, loaded: Loaded) {
        if loaded.bytes > BYTES_MAX {
            return;
        }
        if self.by_workspace.len() >= WORKSPACES_MAX || self.bytes + loaded.bytes > BYTES_MAX {
            self.clear();
        }
        self.bytes += loaded.bytes;
        self.by_workspace.insert(workspace_id, (checks, loaded.targets));
    }

    fn clear(&mut self) {
        self.by_workspace.clear();
        self.bytes = 0;
    }
}

/// All targets of a workspace.
struct Loaded {
    targets: Vec<Arc<Target>>,
    bytes: usize,
}

/// The ways to load targets.
pub(crate) trait TargetRows {
    /// Those of a workspace without deleted ones, oldest first: kept where that is safe, so that a change of many keys reads them once.
    fn targets_of(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError>;

    /// Whether the workspace checks its events: read together with its targets where those are kept, because whoever asks for one
    /// wants the other next.
    fn checks_of(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError>;

    /// Those of a workspace without deleted ones, oldest first, as they are stored.
    fn stored_targets_of(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError>;

    /// The one with this id.
    fn target(&mut self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<Arc<Target>>, StoreError>;

    /// Those with these ids, in whatever workspace; one that cannot be read is left out.
    fn readable_targets(&mut self, ids: &[&[u8]]) -> Result<Vec<Arc<Target>>, StoreError>;

    /// An endpoint or a secret was changed in this transaction.
    fn forget_targets(&mut self);
}

/// An endpoint with the secret that signs without an end, and whether it has others that sign until they end.
///
/// The endpoint stands in the row, with headers and authorities of up to 100 KiB: a join with all of its secrets would send that
/// once for each.
type EndpointRows = Vec<(EndpointRow, Option<SecretRow>, bool)>;

macro_rules! target_query {
    ($filter:expr $(, $beside:expr)?) => {{
        let ending = diesel::alias!(endpoint_secrets as ending_secrets);
        let is_rotating = exists(
            ending
                .filter(ending.field(endpoint_secrets::endpoint_id).eq(endpoints::id))
                .filter(ending.field(endpoint_secrets::expires_at_us).is_not_null()),
        );
        let is_current = endpoint_secrets::endpoint_id
            .eq(endpoints::id)
            .and(endpoint_secrets::expires_at_us.is_null());
        endpoints::table
            .left_join(endpoint_secrets::table.on(is_current))
            .filter($filter)
            .order((endpoints::id.asc(), endpoint_secrets::number.asc()))
            .select((EndpointRow::as_select(), Option::<SecretRow>::as_select(), is_rotating $(, $beside)?))
    }};
}

/// The way to what stands beside the rows of endpoints.
trait EndingSecrets {
    /// Makes targets of endpoints, with those of their secrets that end, each with what it takes up.
    fn targets_of_rows(&mut self, rows: EndpointRows) -> Result<Vec<(TargetResult, usize)>, StoreError>;
}

/// The way to all that is kept of a workspace.
trait WorkspaceTargets {
    /// Reads whether a workspace checks its events, and its targets, and keeps both.
    fn load_workspace(&mut self, workspace_id: WorkspaceId) -> Result<(EventChecks, Vec<Arc<Target>>), StoreError>;
}

/// A target, or what of it cannot be read.
type TargetResult = Result<Arc<Target>, StoreError>;

both! {
    impl EndingSecrets {
        /// Served by `endpoint_secrets_by_number`.
        fn targets_of_rows(&mut self, rows: EndpointRows) -> Result<Vec<(TargetResult, usize)>, StoreError> {
            let rotating: Vec<&[u8]> =
                rows.iter().filter(|(.., is_rotating)| *is_rotating).map(|(endpoint, ..)| &endpoint.id[..]).collect();
            let mut ending = Vec::new();
            if !rotating.is_empty() {
                let query = endpoint_secrets::table
                    .filter(endpoint_secrets::endpoint_id.eq_any(rotating))
                    .filter(endpoint_secrets::expires_at_us.is_not_null())
                    .select(SecretRow::as_select());
                ending = self.state.note(query.load(&mut *self.conn))?;
            }
            Ok(grouped(rows, ending))
        }
    }

    impl WorkspaceTargets {
        /// Served by `endpoints_by_workspace`, `endpoint_secrets_by_number` and the primary key.
        fn load_workspace(&mut self, workspace_id: WorkspaceId) -> Result<(EventChecks, Vec<Arc<Target>>), StoreError> {
            let of_workspace = || workspaces::table.find(workspace_id.as_bytes()).select(workspaces::event_checks);
            let query = target_query!(listed!(workspace_id), of_workspace().single_value());
            let found: Vec<(EndpointRow, Option<SecretRow>, bool, Option<String>)> =
                self.state.note(query.load(&mut *self.conn))?;
            let mut rows = EndpointRows::new();
            let mut word: Option<String> = None;
            for (endpoint, secret, is_rotating, checks) in found {
                rows.push((endpoint, secret, is_rotating));
                word = checks;
            }
            if word.is_none() {
                word = self.state.note(of_workspace().first(&mut *self.conn).optional())?;
            }
            let checks = checks_from(workspace_id, word)?;
            let found = self.targets_of_rows(rows)?;
            let bytes = found.iter().map(|(_, bytes)| bytes).sum();
            let targets: Vec<_> = found.into_iter().map(|(target, _)| target).collect::<Result<_, _>>()?;
            if let Some(cache) = &mut self.state.targets {
                cache.keep(workspace_id, checks, Loaded { targets: targets.clone(), bytes });
            }
            Ok((checks, targets))
        }
    }

    impl TargetRows {
        fn targets_of(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
            if let Some(kept) = self.state.targets.as_ref().and_then(|cache| cache.find(workspace_id)) {
                return Ok(kept);
            }
            if self.state.targets.as_ref().is_some_and(TargetCache::is_keeping) {
                return self.load_workspace(workspace_id).map(|(_, targets)| targets);
            }
            self.stored_targets_of(workspace_id)
        }

        /// Served by the primary key; what is kept besides, as [`TargetRows::stored_targets_of`].
        fn checks_of(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError> {
            if let Some(kept) = self.state.targets.as_ref().and_then(|cache| cache.find_checks(workspace_id)) {
                return Ok(kept);
            }
            if self.state.targets.as_ref().is_some_and(TargetCache::is_keeping) {
                return self.load_workspace(workspace_id).map(|(checks, _)| checks);
            }
            let query = workspaces::table.find(workspace_id.as_bytes()).select(workspaces::event_checks);
            let word: Option<String> = self.state.note(query.first(&mut *self.conn).optional())?;
            checks_from(workspace_id, word)
        }

        /// Served by `endpoints_by_workspace` and `endpoint_secrets_by_number`.
        fn stored_targets_of(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
            let query = target_query!(listed!(workspace_id));
            let rows = self.state.note(query.load(&mut *self.conn))?;
            self.targets_of_rows(rows)?.into_iter().map(|(target, _)| target).collect()
        }

        fn target(&mut self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<Arc<Target>>, StoreError> {
            let one = endpoints::id.eq(id.as_bytes()).and(endpoints::workspace_id.eq(workspace_id.as_bytes()));
            let rows = self.state.note(target_query!(one).load(&mut *self.conn))?;
            self.targets_of_rows(rows)?.into_iter().next().map(|(target, _)| target).transpose()
        }

        fn readable_targets(&mut self, ids: &[&[u8]]) -> Result<Vec<Arc<Target>>, StoreError> {
            let query = target_query!(endpoints::id.eq_any(ids));
            let rows = self.state.note(query.load(&mut *self.conn))?;
            Ok(self.targets_of_rows(rows)?.into_iter().filter_map(|(target, _)| target.ok()).collect())
        }

        fn forget_targets(&mut self) {
            if let Some(cache) = &mut self.state.targets {
                cache.forget();
            }
        }
    }
}

fn checks_from(workspace_id: WorkspaceId, word: Option<String>) -> Result<EventChecks, StoreError> {
    let row = Row { table: "workspaces", id: &workspace_id };
    Ok(word.map(|word| row.text("event_checks", &word)).transpose()?.unwrap_or_default())
}

/// Gathers the secrets of each endpoint, oldest first; the rows come sorted by it.
fn grouped(rows: EndpointRows, ending: Vec<SecretRow>) -> Vec<(TargetResult, usize)> {
    let mut ending_of: HashMap<Vec<u8>, Vec<SecretRow>> = HashMap::new();
    for secret in ending {
        ending_of.entry(secret.endpoint_id.clone()).or_default().push(secret);
    }
    let mut groups: Vec<(EndpointRow, Vec<SecretRow>)> = Vec::new();
    for (endpoint, current, _) in rows {
        match groups.last_mut() {
            Some((last, secrets)) if last.id == endpoint.id => secrets.extend(current),
            _ => {
                let mut secrets = ending_of.remove(&endpoint.id).unwrap_or_default();
                secrets.extend(current);
                groups.push((endpoint, secrets));
            }
        }
    }
    groups.into_iter().map(|(endpoint, secrets)| sized(endpoint, secrets)).collect()
}

fn sized(endpoint: EndpointRow, mut secrets: Vec<SecretRow>) -> (TargetResult, usize) {
    // On PostgreSQL one may have been rotated between the two statements: it was read as the current one, and then as one that ends.
    secrets.sort_by_key(|secret| secret.number);
    secrets.dedup_by_key(|secret| secret.number);
    let stored = endpoint.stored_bytes() + secrets.iter().map(SecretRow::stored_bytes).sum::<usize>();
    // What is parsed or opened stands beside it.
    (target(endpoint, secrets), OVERHEAD_BYTES + 2 * stored)
}

fn target(endpoint: EndpointRow, secrets: Vec<SecretRow>) -> TargetResult {
    let secrets = secrets.into_iter().map(SecretRow::into_secret).collect::<Result<_, _>>()?;
    Ok(Arc::new(Target::new(endpoint.into_endpoint()?, secrets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(bytes: usize) -> Loaded {
        Loaded { targets: Vec::new(), bytes }
    }

    fn id(number: u8) -> WorkspaceId {
        WorkspaceId::from_bytes([number; 16])
    }

    #[test]
    fn what_is_kept_is_bounded_by_its_bytes() {
        let mut cache = TargetCache::default();
        cache.keep(id(1), EventChecks::Off, loaded(BYTES_MAX / 2));
        cache.keep(id(2), EventChecks::Off, loaded(BYTES_MAX / 2));
        assert!(cache.find(id(1)).is_some() && cache.find(id(2)).is_some());
        cache.keep(id(3), EventChecks::Off, loaded(1));
        assert!(cache.find(id(1)).is_none() && cache.find(id(2)).is_none() && cache.find(id(3)).is_some());
        cache.keep(id(4), EventChecks::Off, loaded(BYTES_MAX + 1));
        assert!(cache.find(id(4)).is_none() && cache.find(id(3)).is_some(), "it would push out all the others");
    }
}
