//! The use cases of the catalogue: list, find, create, update, delete.
//!
//! A publisher must not be able to change the catalogue that checks it: what is changed here needs a scope of its own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::own_type::check_sample;
use super::{
    EventType, KnownType, NewOwnType, OwnType, OwnTypeChanges, OwnTypeError, OwnTypeTx, built_in, subscribable,
};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::{AuditDraft, append};
use crate::id::WorkspaceId;
use crate::page::{Page, PageRequest};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// Most event types of a workspace, archived ones included.
pub const OWN_TYPES_MAX: usize = 500;

/// The use cases of the catalogue.
#[derive(Clone)]
pub struct EventTypes {
    store: Arc<dyn UnitOfWork<dyn OwnTypeTx>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for EventTypes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventTypes").finish_non_exhaustive()
    }
}

/// A prepared change of an event type.
macro_rules! type_change {
    () => {
        Prepared<dyn OwnTypeTx, impl Change<dyn OwnTypeTx, Output = OwnType, Error = OwnTypeError> + use<>>
    };
}

impl EventTypes {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OwnTypeTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The catalogue of a workspace: what comes with the hub in its order, then its own by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        page: PageRequest<EventType>,
    ) -> Result<Page<KnownType, EventType>, OwnTypeError> {
        let PageRequest { size, after } = page;
        let last_seen = after.as_ref().and_then(|name| subscribable().position(|entry| entry.name == name.as_str()));
        let begins_with_own = after.is_some() && last_seen.is_none();
        let seen = if begins_with_own { subscribable().count() } else { last_seen.map_or(0, |position| position + 1) };
        let rest = subscribable().skip(seen).take(size.get() + 1);
        let mut rows: Vec<_> = rest.map(KnownType::BuiltIn).collect();
        if rows.len() <= size.get() {
            let after = after.filter(|_| begins_with_own);
            let own =
                read(&*self.store, |tx| tx.list_own_types(workspace_id, PageRequest { size, after: after.clone() }))?;
            let more = own.next.is_some();
            rows.extend(own.items.into_iter().map(KnownType::Own));
            // The page of own types may be full while it holds no row too many, which would tell that more follow.
            if more && rows.len() == size.get() {
                return Ok(Page { next: rows.last().map(KnownType::name), items: rows });
            }
        }
        Ok(Page::from_rows(rows, size, KnownType::name))
    }

    /// The event type with this name.
    ///
    /// # Errors
    /// [`OwnTypeError::NotFound`] also for one of another workspace and for the one of tests, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, name: &EventType) -> Result<KnownType, OwnTypeError> {
        if let Some(entry) = subscribable().find(|entry| entry.name == name.as_str()) {
            return Ok(KnownType::BuiltIn(entry));
        }
        read(&*self.store, |tx| existing(tx, workspace_id, name)).map(KnownType::Own)
    }

    /// Adds an event type to the catalogue of a workspace.
    ///
    /// # Errors
    /// [`OwnTypeError::Forbidden`], [`OwnTypeError::BuiltIn`], [`OwnTypeError::NameTaken`], [`OwnTypeError::TooMany`],
    /// [`OwnTypeError::Schema`], [`OwnTypeError::Sample`], and the store's own.
    pub fn create(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        new: NewOwnType,
    ) -> Result<type_change!(), OwnTypeError> {
        asker.require(Scope::EventTypesWrite)?;
        if built_in(new.name.as_str()).is_some() {
            return Err(OwnTypeError::BuiltIn(new.name));
        }
        check_sample(&new.schema, &new.sample)?;
        let now = self.clock.now();
        let NewOwnType { name, description, schema, sample } = new;
        let is_archived = false;
        let (created_at, updated_at, revision) = (now, now, 1);
        let own =
            OwnType { workspace_id, name, description, schema, sample, is_archived, created_at, updated_at, revision };
        let change = move |tx: &mut (dyn OwnTypeTx + 'static)| {
            take_turn(tx, workspace_id)?;
            if tx.find_own_type(workspace_id, &own.name)?.is_some() {
                return Err(OwnTypeError::NameTaken(own.name.clone()));
            }
            if tx.count_own_types(workspace_id)? >= OWN_TYPES_MAX {
                return Err(OwnTypeError::TooMany);
            }
            tx.insert_own_type(&own)?;
            append(tx, &draft(&own, now, &asker, "event_type.created", detail_of(&own)))?;
            Ok(own.clone())
        };
        Ok(prepare(&self.store, Lane::Interactive, change, |_| {}))
    }

    /// Changes an event type. Events that are published afterwards are held against it as it is then.
    ///
    /// *Repeat:* changes that change nothing leave the revision as it is.
    ///
    /// # Errors
    /// [`OwnTypeError::Forbidden`], [`OwnTypeError::BuiltIn`], [`OwnTypeError::NotFound`], [`OwnTypeError::RevisionStale`],
    /// [`OwnTypeError::Schema`], [`OwnTypeError::Sample`], and the store's own.
    pub fn update(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        name: EventType,
        changes: OwnTypeChanges,
    ) -> Result<type_change!(), OwnTypeError> {
        check_may_change(&asker, &name)?;
        let now = self.clock.now();
        let change = move |tx: &mut (dyn OwnTypeTx + 'static)| {
            take_turn(tx, workspace_id)?;
            let before = expected(tx, workspace_id, &name, changes.expected_revision)?;
            let after = changes.applied_to(&before)?;
            if after == before {
                return Ok(after);
            }
            let after = OwnType { revision: before.revision + 1, updated_at: now, ..after };
            tx.update_own_type(&after)?;
            let detail = json!({ "before": detail_of(&before), "after": detail_of(&after) });
            append(tx, &draft(&after, now, &asker, "event_type.updated", detail))?;
            Ok(after)
        };
        Ok(prepare(&self.store, Lane::Interactive, change, |_| {}))
    }

    /// Removes an event type. Events of it remain in the log; endpoints that want it want it still.
    ///
    /// `expected_revision` is the one that the caller has seen; `None` removes whatever is there.
    ///
    /// # Errors
    /// [`OwnTypeError::Forbidden`], [`OwnTypeError::BuiltIn`], [`OwnTypeError::NotFound`], [`OwnTypeError::RevisionStale`], and the
    /// store's own.
    pub fn delete(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        name: EventType,
        expected_revision: Option<i64>,
    ) -> Result<type_change!(), OwnTypeError> {
        check_may_change(&asker, &name)?;
        let now = self.clock.now();
        let change = move |tx: &mut (dyn OwnTypeTx + 'static)| {
            take_turn(tx, workspace_id)?;
            let own = expected(tx, workspace_id, &name, expected_revision)?;
            tx.delete_own_type(&own)?;
            append(tx, &draft(&own, now, &asker, "event_type.deleted", detail_of(&own)))?;
            Ok(own)
        };
        Ok(prepare(&self.store, Lane::Interactive, change, |_| {}))
    }
}

impl KnownType {
    /// Its name.
    ///
    /// # Panics
    /// Never: the names of the catalogue are names, as its own test says.
    pub fn name(&self) -> EventType {
        match self {
            Self::BuiltIn(entry) => entry.name.parse().expect("the names of the catalogue are names"),
            Self::Own(own) => own.name.clone(),
        }
    }
}

fn check_may_change(asker: &Asker, name: &EventType) -> Result<(), OwnTypeError> {
    asker.require(Scope::EventTypesWrite)?;
    if built_in(name.as_str()).is_some() { Err(OwnTypeError::BuiltIn(name.clone())) } else { Ok(()) }
}

/// Makes whoever changes the catalogue of a workspace take turns: two must not exceed the most that it may have.
fn take_turn(tx: &mut (dyn OwnTypeTx + 'static), workspace_id: WorkspaceId) -> Result<(), StoreError> {
    tx.audit_head(workspace_id).map(drop)
}

fn existing(
    tx: &mut (dyn OwnTypeTx + '_),
    workspace_id: WorkspaceId,
    name: &EventType,
) -> Result<OwnType, OwnTypeError> {
    tx.find_own_type(workspace_id, name)?.ok_or_else(|| OwnTypeError::NotFound(name.clone()))
}

fn expected(
    tx: &mut (dyn OwnTypeTx + '_),
    workspace_id: WorkspaceId,
    name: &EventType,
    revision: Option<i64>,
) -> Result<OwnType, OwnTypeError> {
    let own = existing(tx, workspace_id, name)?;
    if revision.is_some_and(|revision| revision != own.revision) {
        return Err(OwnTypeError::RevisionStale { name: name.clone(), current: own.revision });
    }
    Ok(own)
}

fn draft(own: &OwnType, at: Timestamp, asker: &Asker, action: &'static str, detail: Value) -> AuditDraft {
    let (workspace_id, actor, subject) = (own.workspace_id, asker.actor(), own.name.to_string());
    AuditDraft { workspace_id, at, actor, action, subject, detail }.from_address(asker.address())
}

/// Schema and sample stand in the log as what tells whether they were changed: whole, two revisions might take 256 KiB.
fn detail_of(own: &OwnType) -> Value {
    json!({
        "description": own.description.as_str(),
        "schema_hash": blake3::hash(own.schema.as_bytes()).to_hex().as_str(),
        "sample_hash": blake3::hash(own.sample.as_bytes()).to_hex().as_str(),
        "archived": own.is_archived,
    })
}
