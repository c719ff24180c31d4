//! The row of a job that resends deliveries.

use devhub_domain::id::{DeliveryId, EndpointId, EventId, JobId};
use devhub_domain::page::Period;
use devhub_domain::resends::{Progress, ResendJob, ResendState, Skipped};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState};
use diesel::prelude::*;

use crate::row::{Row, instant, micros, own_id};
use crate::schema::resend_jobs;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = resend_jobs, treat_none_as_default_value = false)]
pub(crate) struct ResendJobRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    state: String,
    event_id: Option<Vec<u8>>,
    endpoint_id: Option<Vec<u8>>,
    event_type: Option<String>,
    delivery_state: Option<String>,
    created_from_us: Option<i64>,
    created_before_us: Option<i64>,
    ends_before: Vec<u8>,
    cursor: Option<Vec<u8>>,
    estimate: i64,
    resent: i64,
    skipped_in_flight: i64,
    skipped_held: i64,
    skipped_inactive: i64,
    skipped_failing: i64,
    skipped_too_many: i64,
    skipped_unreadable: i64,
    failure: Option<String>,
    created_at_us: i64,
    created_by: String,
    finished_at_us: Option<i64>,
}

/// What of a job changes.
#[derive(AsChangeset)]
#[diesel(table_name = resend_jobs, treat_none_as_null = true)]
pub(crate) struct ResendJobChange {
    state: String,
    cursor: Option<Vec<u8>>,
    resent: i64,
    skipped_in_flight: i64,
    skipped_held: i64,
    skipped_inactive: i64,
    skipped_failing: i64,
    skipped_too_many: i64,
    skipped_unreadable: i64,
    failure: Option<String>,
    finished_at_us: Option<i64>,
}

/// A count that fits its column.
fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl From<&ResendJob> for ResendJobChange {
    fn from(job: &ResendJob) -> Self {
        let Progress { resent, skipped } = job.progress;
        Self {
            state: job.state.as_str().to_owned(),
            cursor: job.cursor.map(|id| id.as_bytes().to_vec()),
            resent: count(resent),
            skipped_in_flight: count(skipped.in_flight),
            skipped_held: count(skipped.held),
            skipped_inactive: count(skipped.endpoint_inactive),
            skipped_failing: count(skipped.endpoint_failing),
            skipped_too_many: count(skipped.too_many_resends),
            skipped_unreadable: count(skipped.unreadable),
            failure: job.failure.clone(),
            finished_at_us: micros(job.finished_at),
        }
    }
}

impl From<&ResendJob> for ResendJobRow {
    fn from(job: &ResendJob) -> Self {
        let (filter, change) = (&job.filter, ResendJobChange::from(job));
        Self {
            id: job.id.as_bytes().to_vec(),
            workspace_id: job.workspace_id.as_bytes().to_vec(),
            state: change.state,
            event_id: filter.event_id.map(|id| id.as_bytes().to_vec()),
            endpoint_id: filter.endpoint_id.map(|id| id.as_bytes().to_vec()),
            event_type: filter.event_type.as_ref().map(|event_type| event_type.as_str().to_owned()),
            delivery_state: filter.state.map(|state| state.as_str().to_owned()),
            created_from_us: micros(filter.created.from),
            created_before_us: micros(filter.created.before),
            ends_before: job.ends_before.as_bytes().to_vec(),
            cursor: change.cursor,
            estimate: count(job.estimate),
            resent: change.resent,
            skipped_in_flight: change.skipped_in_flight,
            skipped_held: change.skipped_held,
            skipped_inactive: change.skipped_inactive,
            skipped_failing: change.skipped_failing,
            skipped_too_many: change.skipped_too_many,
            skipped_unreadable: change.skipped_unreadable,
            failure: change.failure,
            created_at_us: job.created_at.as_micros(),
            created_by: job.created_by.to_string(),
            finished_at_us: change.finished_at_us,
        }
    }
}

impl ResendJobRow {
    pub(crate) fn into_job(self) -> Result<ResendJob, StoreError> {
        let id = JobId::from_bytes(own_id("resend_jobs", &self.id)?);
        let row = Row { table: "resend_jobs", id: &id };
        let cursor = |bytes: &Vec<u8>| row.bytes("cursor", bytes).map(DeliveryId::from_bytes);
        Ok(ResendJob {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            filter: self.filter(&row)?,
            state: row.value("state", ResendState::parse(&self.state))?,
            ends_before: DeliveryId::from_bytes(row.bytes("ends_before", &self.ends_before)?),
            cursor: self.cursor.as_ref().map(cursor).transpose()?,
            estimate: row.number("estimate", self.estimate)?,
            progress: self.progress(&row)?,
            created_at: Timestamp::from_micros(self.created_at_us),
            created_by: row.text("created_by", &self.created_by)?,
            finished_at: instant(self.finished_at_us),
            failure: self.failure,
        })
    }

    fn filter(&self, row: &Row<'_>) -> Result<DeliveryFilter, StoreError> {
        let event_id = |bytes: &Vec<u8>| row.bytes("event_id", bytes).map(EventId::from_bytes);
        let endpoint_id = |bytes: &Vec<u8>| row.bytes("endpoint_id", bytes).map(EndpointId::from_bytes);
        let state = |word: &String| row.value("delivery_state", DeliveryState::parse(word));
        Ok(DeliveryFilter {
            event_id: self.event_id.as_ref().map(event_id).transpose()?,
            event_type: self.event_type.as_ref().map(|text| row.text("event_type", text)).transpose()?,
            endpoint_id: self.endpoint_id.as_ref().map(endpoint_id).transpose()?,
            state: self.delivery_state.as_ref().map(state).transpose()?,
            created: Period { from: instant(self.created_from_us), before: instant(self.created_before_us) },
        })
    }

    fn progress(&self, row: &Row<'_>) -> Result<Progress, StoreError> {
        let skipped = Skipped {
            in_flight: row.number("skipped_in_flight", self.skipped_in_flight)?,
            held: row.number("skipped_held", self.skipped_held)?,
            endpoint_inactive: row.number("skipped_inactive", self.skipped_inactive)?,
            endpoint_failing: row.number("skipped_failing", self.skipped_failing)?,
            too_many_resends: row.number("skipped_too_many", self.skipped_too_many)?,
            unreadable: row.number("skipped_unreadable", self.skipped_unreadable)?,
        };
        Ok(Progress { resent: row.number("resent", self.resent)?, skipped })
    }
}
