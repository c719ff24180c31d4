//! The row of a delivery.

use devhub_domain::id::{DeliveryId, EndpointId, EventId, SessionId};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, DeliveryState, FailureKind, FirstSuccess, Lease, Summary};
use diesel::prelude::*;

use crate::report::{first_success_bytes, read_first_success};
use crate::row::{Row, instant, micros, own_id};
use crate::schema::deliveries;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub(crate) struct DeliveryRow {
    pub(crate) id: Vec<u8>,
    pub(crate) workspace_id: Vec<u8>,
    pub(crate) event_id: Vec<u8>,
    pub(crate) event_type: String,
    pub(crate) endpoint_id: Vec<u8>,
    pub(crate) state: String,
    pub(crate) due_at_us: Option<i64>,
    pub(crate) lease_session_id: Option<Vec<u8>>,
    pub(crate) attempts: i64,
    pub(crate) created_at_us: i64,
    pub(crate) finished_at_us: Option<i64>,
    pub(crate) last_started_at_us: Option<i64>,
    pub(crate) last_duration_ms: Option<i64>,
    pub(crate) last_status: Option<i64>,
    pub(crate) last_failure: Option<String>,
    pub(crate) last_detail: Option<String>,
    pub(crate) resends: i64,
    pub(crate) resend: Option<String>,
    pub(crate) setbacks: i64,
    pub(crate) interruptions: i64,
    pub(crate) first_success: Option<Vec<u8>>,
}

impl From<&Delivery> for DeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        let last = delivery.last.as_ref();
        Self {
            id: delivery.id.as_bytes().to_vec(),
            workspace_id: delivery.workspace_id.as_bytes().to_vec(),
            event_id: delivery.event_id.as_bytes().to_vec(),
            event_type: delivery.event_type.as_str().to_owned(),
            endpoint_id: delivery.endpoint_id.as_bytes().to_vec(),
            state: delivery.state.as_str().to_owned(),
            due_at_us: micros(delivery.due_at),
            lease_session_id: delivery.lease.map(|lease| lease.session_id.as_bytes().to_vec()),
            attempts: i64::from(delivery.attempts),
            created_at_us: delivery.created_at.as_micros(),
            finished_at_us: micros(delivery.finished_at),
            last_started_at_us: last.map(|last| last.started_at.as_micros()),
            last_duration_ms: last.map(|last| i64::from(last.duration_ms)),
            last_status: last.and_then(|last| last.status.map(i64::from)),
            last_failure: last.and_then(|last| last.failure.map(|kind| kind.stored_word().to_owned())),
            // PostgreSQL keeps no NUL.
            last_detail: last.and_then(|last| last.detail.as_ref().map(|detail| detail.replace('\0', "\u{fffd}"))),
            resends: i64::from(delivery.resends),
            resend: delivery.resend.map(|resend| resend.to_string()),
            setbacks: i64::from(delivery.setbacks),
            interruptions: i64::from(delivery.interruptions),
            first_success: delivery.first_success.as_deref().map(first_success_bytes),
        }
    }
}

impl DeliveryRow {
    pub(crate) fn into_delivery(self) -> Result<Delivery, StoreError> {
        let id = DeliveryId::from_bytes(own_id("deliveries", &self.id)?);
        let row = Row { table: "deliveries", id: &id };
        let lease = |bytes: &Vec<u8>| {
            row.bytes("lease_session_id", bytes).map(|id| Lease { session_id: SessionId::from_bytes(id) })
        };
        Ok(Delivery {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            event_id: EventId::from_bytes(row.bytes("event_id", &self.event_id)?),
            event_type: row.text("event_type", &self.event_type)?,
            endpoint_id: EndpointId::from_bytes(row.bytes("endpoint_id", &self.endpoint_id)?),
            state: row.value("state", DeliveryState::parse(&self.state))?,
            due_at: instant(self.due_at_us),
            lease: self.lease_session_id.as_ref().map(lease).transpose()?,
            attempts: row.number("attempts", self.attempts)?,
            resends: row.number("resends", self.resends)?,
            resend: self.resend.as_ref().map(|text| row.text("resend", text)).transpose()?,
            interruptions: row.number("interruptions", self.interruptions)?,
            setbacks: row.number("setbacks", self.setbacks)?,
            created_at: Timestamp::from_micros(self.created_at_us),
            finished_at: instant(self.finished_at_us),
            last: self.last(&row)?,
            first_success: self.first_success(&row)?,
        })
    }

    fn first_success(&self, row: &Row<'_>) -> Result<Option<Box<FirstSuccess>>, StoreError> {
        let Some(bytes) = &self.first_success else {
            return Ok(None);
        };
        Ok(row.value("first_success", read_first_success(bytes))?.map(Box::new))
    }

    fn last(&self, row: &Row<'_>) -> Result<Option<Summary>, StoreError> {
        let Some(started_at) = instant(self.last_started_at_us) else {
            return Ok(None);
        };
        let kind = |word: &String| row.value("last_failure", FailureKind::parse(word));
        Ok(Some(Summary {
            started_at,
            duration_ms: row.number("last_duration_ms", row.value("last_duration_ms", self.last_duration_ms)?)?,
            status: self.last_status.map(|status| row.number("last_status", status)).transpose()?,
            failure: self.last_failure.as_ref().map(kind).transpose()?,
            detail: self.last_detail.clone(),
        }))
    }
}

/// A row that cannot be read: what of it is needed to set it back.
pub(crate) struct Unreadable {
    pub(crate) id: Vec<u8>,
    pub(crate) setbacks: i64,
}

/// Tells rows that can be read from those that cannot.
pub(crate) fn readable(rows: Vec<DeliveryRow>) -> (Vec<Delivery>, Vec<Unreadable>) {
    let (mut readable, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (id, setbacks) = (row.id.clone(), row.setbacks);
        match row.into_delivery() {
            Ok(delivery) => readable.push(delivery),
            Err(_) => unreadable.push(Unreadable { id, setbacks }),
        }
    }
    (readable, unreadable)
}

/// The columns of a delivery that waits, due at an instant.
macro_rules! waiting {
    ($now:expr) => {
        (
            crate::schema::deliveries::state.eq(devhub_domain::webhooks::DeliveryState::Waiting.as_str()),
            crate::schema::deliveries::due_at_us.eq(Some($now.as_micros())),
            crate::schema::deliveries::lease_session_id.eq(None::<Vec<u8>>),
        )
    };
}
pub(crate) use waiting;
