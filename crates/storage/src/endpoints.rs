//! Endpoints and their secrets.

use std::sync::Arc;

use devhub_domain::events::EventPattern;
use devhub_domain::id::{EndpointId, EndpointSecretId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::sealing::Sealed;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{
    Close, Disabled, Endpoint, EndpointName, EndpointOrigin, EndpointSecret, EndpointStatus, EndpointTx, EndpointUrl,
    Target,
};
use diesel::prelude::*;

use crate::close::CloseRows;
use crate::delivery_log::KeptRevisions;
use crate::delivery_row::waiting;
use crate::dialect::Dialect;
use crate::endpoint_settings::SettingsRow;
use crate::row::{Row, instant, limit, micros, own_id, written};
use crate::schema::{deliveries, endpoint_secrets, endpoints};
use crate::targets::TargetRows;
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = endpoints, treat_none_as_default_value = false)]
pub(crate) struct EndpointRow {
    pub(crate) id: Vec<u8>,
    workspace_id: Vec<u8>,
    url: String,
    description: String,
    event_types: String,
    status: String,
    disabled_reason: Option<String>,
    created_at_us: i64,
    revision: i64,
    origin: String,
    #[diesel(embed)]
    settings: SettingsRow,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = endpoint_secrets, treat_none_as_default_value = false)]
pub(crate) struct SecretRow {
    id: Vec<u8>,
    pub(crate) endpoint_id: Vec<u8>,
    pub(crate) number: i64,
    sealed: Vec<u8>,
    created_at_us: i64,
    expires_at_us: Option<i64>,
}

impl From<&Endpoint> for EndpointRow {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.as_bytes().to_vec(),
            workspace_id: endpoint.workspace_id.as_bytes().to_vec(),
            url: endpoint.url.as_str().to_owned(),
            description: endpoint.description.clone(),
            event_types: words(&endpoint.event_types),
            status: endpoint.status.as_str().to_owned(),
            disabled_reason: reason(endpoint.status).map(str::to_owned),
            created_at_us: endpoint.created_at.as_micros(),
            revision: endpoint.revision,
            origin: endpoint.origin.as_str().to_owned(),
            settings: SettingsRow::from(&endpoint.settings),
        }
    }
}

fn words(patterns: &[EventPattern]) -> String {
    patterns.iter().map(EventPattern::as_str).collect::<Vec<_>>().join(" ")
}

fn reason(status: EndpointStatus) -> Option<&'static str> {
    status.disabled_reason().map(Disabled::as_str)
}

impl EndpointRow {
    /// How long its texts are.
    pub(crate) fn stored_bytes(&self) -> usize {
        self.url.len() + self.description.len() + self.event_types.len() + self.settings.stored_bytes()
    }

    pub(crate) fn into_endpoint(self) -> Result<Endpoint, StoreError> {
        let id = EndpointId::from_bytes(own_id("endpoints", &self.id)?);
        let row = Row { table: "endpoints", id: &id };
        let status = EndpointStatus::parse(&self.status, self.disabled_reason.as_deref());
        Ok(Endpoint {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            url: row.value("url", EndpointUrl::from_stored(&self.url).ok())?,
            description: self.description,
            event_types: row.texts("event_types", ' ', &self.event_types)?,
            origin: row.value("origin", EndpointOrigin::parse(&self.origin))?,
            status: row.value("status", status)?,
            settings: self.settings.into_settings(row)?,
            created_at: Timestamp::from_micros(self.created_at_us),
            revision: self.revision,
        })
    }
}

impl From<&EndpointSecret> for SecretRow {
    fn from(secret: &EndpointSecret) -> Self {
        Self {
            id: secret.id.as_bytes().to_vec(),
            endpoint_id: secret.endpoint_id.as_bytes().to_vec(),
            number: secret.number.into(),
            sealed: secret.sealed.as_bytes().to_vec(),
            created_at_us: secret.created_at.as_micros(),
            expires_at_us: micros(secret.expires_at),
        }
    }
}

impl SecretRow {
    /// How long the sealed text is.
    pub(crate) fn stored_bytes(&self) -> usize {
        self.sealed.len()
    }

    pub(crate) fn into_secret(self) -> Result<EndpointSecret, StoreError> {
        let id = EndpointSecretId::from_bytes(own_id("endpoint_secrets", &self.id)?);
        let row = Row { table: "endpoint_secrets", id: &id };
        Ok(EndpointSecret {
            id,
            endpoint_id: EndpointId::from_bytes(row.bytes("endpoint_id", &self.endpoint_id)?),
            number: row.number("number", self.number)?,
            sealed: Sealed::from_bytes(self.sealed),
            created_at: Timestamp::from_micros(self.created_at_us),
            expires_at: instant(self.expires_at_us),
        })
    }
}

fn name(id: &[u8], url: &str) -> Result<EndpointName, StoreError> {
    let id = EndpointId::from_bytes(own_id("endpoints", id)?);
    let row = Row { table: "endpoints", id: &id };
    Ok(EndpointName { id, url: row.value("url", EndpointUrl::from_stored(url).ok())? })
}

/// The endpoints of a workspace without deleted ones.
macro_rules! listed {
    ($workspace_id:expr) => {
        crate::schema::endpoints::workspace_id
            .eq($workspace_id.as_bytes())
            .and(crate::schema::endpoints::status.ne(devhub_domain::webhooks::EndpointStatus::Deleted.as_str()))
    };
}

/// A page of the endpoints that a condition holds for, newest first. A macro, because the query has a type of its own on each backend.
macro_rules! page_of_endpoints {
    ($tx:ident, $condition:expr, $page:ident) => {{
        let mut query = endpoints::table
            .filter($condition)
            .order(endpoints::id.desc())
            .limit(crate::row::limit($page.size.get() + 1))
            .select(EndpointRow::as_select())
            .into_boxed();
        if let Some(after) = &$page.after {
            query = query.filter(endpoints::id.lt(after.as_bytes()));
        }
        let rows: Vec<EndpointRow> = $tx.state.note(query.load(&mut *$tx.conn))?;
        let found: Result<Vec<_>, _> = rows.into_iter().map(EndpointRow::into_endpoint).collect();
        Ok(Page::from_rows(found?, $page.size, |endpoint| endpoint.id))
    }};
}
pub(crate) use {listed, page_of_endpoints};

both! {
    impl EndpointTx {
        fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
            self.forget_targets();
            let row = EndpointRow::from(endpoint);
            let insert = diesel::insert_into(endpoints::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "endpoints.id")
        }

        fn insert_endpoint_secret(&mut self, secret: &EndpointSecret) -> Result<(), StoreError> {
            self.forget_targets();
            let row = SecretRow::from(secret);
            let insert = diesel::insert_into(endpoint_secrets::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "endpoint_secrets.id")
        }

        fn update_endpoint_secret(&mut self, secret: &EndpointSecret) -> Result<(), StoreError> {
            self.forget_targets();
            let stored = endpoint_secrets::table.filter(endpoint_secrets::id.eq(secret.id.as_bytes()));
            let update = diesel::update(stored).set(endpoint_secrets::expires_at_us.eq(micros(secret.expires_at)));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "endpoint_secrets.id")
        }

        /// Served by `endpoint_secrets_by_number`.
        fn delete_ended_endpoint_secrets(&mut self, id: EndpointId, now: Timestamp) -> Result<(), StoreError> {
            self.forget_targets();
            let has_ended = endpoint_secrets::expires_at_us.le(now.as_micros());
            let ended = endpoint_secrets::table.filter(endpoint_secrets::endpoint_id.eq(id.as_bytes()).and(has_ended));
            self.state.note(diesel::delete(ended).execute(&mut *self.conn)).map(drop)
        }

        fn find_target(
            &mut self,
            workspace_id: WorkspaceId,
            id: EndpointId,
        ) -> Result<Option<Arc<Target>>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_endpoint(id.as_bytes()))?;
            }
            self.target(workspace_id, id)
        }

        fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
            self.forget_targets();
            self.keep_revision(endpoint.id, endpoint.revision - 1)?;
            let earlier = endpoints::id
                .eq(endpoint.id.as_bytes())
                .and(endpoints::revision.eq(endpoint.revision - 1));
            let update = diesel::update(endpoints::table.filter(earlier)).set((
                endpoints::url.eq(endpoint.url.as_str()),
                endpoints::description.eq(&endpoint.description),
                endpoints::event_types.eq(words(&endpoint.event_types)),
                endpoints::status.eq(endpoint.status.as_str()),
                endpoints::disabled_reason.eq(reason(endpoint.status)),
                SettingsRow::from(&endpoint.settings),
                endpoints::revision.eq(endpoint.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "endpoints.revision")
        }

        fn delete_endpoint_secrets(&mut self, id: EndpointId) -> Result<(), StoreError> {
            self.forget_targets();
            let secrets = endpoint_secrets::table.filter(endpoint_secrets::endpoint_id.eq(id.as_bytes()));
            self.state.note(diesel::delete(secrets).execute(&mut *self.conn)).map(drop)
        }

        fn release_held(&mut self, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            let ids = self.state.note(self.conn.find_held(limit(count)))?;
            if ids.is_empty() {
                return Ok(0);
            }
            let held = deliveries::table.filter(deliveries::id.eq_any(ids));
            self.state.note(diesel::update(held).set(waiting!(now)).execute(&mut *self.conn))
        }

        fn close_deleted(&mut self, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            let ids = self.state.note(self.conn.find_of_deleted(limit(count)))?;
            if ids.is_empty() {
                return Ok(0);
            }
            self.close(&ids, Close::EndpointDeleted, now)
        }

        /// Served by `endpoints_by_workspace`.
        fn count_endpoints(&mut self, workspace_id: WorkspaceId) -> Result<u64, StoreError> {
            let query = endpoints::table.filter(listed!(workspace_id)).count();
            let count: i64 = self.state.note(query.get_result(&mut *self.conn))?;
            Ok(u64::try_from(count).unwrap_or(0))
        }

        /// Served by `endpoints_by_workspace`; deleted ones are passed over on the way, and there are few.
        fn list_endpoints(
            &mut self,
            workspace_id: WorkspaceId,
            page: PageRequest<EndpointId>,
        ) -> Result<Page<Endpoint, EndpointId>, StoreError> {
            page_of_endpoints!(self, listed!(workspace_id), page)
        }

        fn list_stored_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
            // What is kept may lack what another transaction has added meanwhile.
            self.forget_targets();
            self.stored_targets_of(workspace_id)
        }

        /// Served by `endpoints_by_workspace`; nothing of the settings is read.
        fn list_endpoint_names(
            &mut self,
            workspace_id: WorkspaceId,
            most: usize,
        ) -> Result<Vec<EndpointName>, StoreError> {
            let query = endpoints::table
                .filter(listed!(workspace_id))
                .order(endpoints::id.desc())
                .limit(limit(most))
                .select((endpoints::id, endpoints::url));
            let rows: Vec<(Vec<u8>, String)> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(|(id, url)| name(&id, &url)).collect()
        }
    }
}
