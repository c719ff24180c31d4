//! Attempts.

use devhub_domain::id::{DeliveryId, EndpointSecretId, SessionId};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Attempt, FailureKind, Report};
use diesel::prelude::*;

use crate::report::{read_report, report_bytes};
use crate::row::{Row, own_id};
use crate::schema::attempts;

const ID_BYTES: usize = 16;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub(crate) struct AttemptRow {
    delivery_id: Vec<u8>,
    number: i64,
    started_at_us: i64,
    duration_ms: i64,
    status: Option<i64>,
    failure: Option<String>,
    detail: Option<String>,
    body_excerpt: Vec<u8>,
    /// The ids one after another, 16 bytes each.
    secret_ids: Vec<u8>,
    session_id: Option<Vec<u8>>,
    report: Option<Vec<u8>>,
}

impl From<&Attempt> for AttemptRow {
    fn from(attempt: &Attempt) -> Self {
        Self {
            delivery_id: attempt.delivery_id.as_bytes().to_vec(),
            number: i64::from(attempt.number),
            started_at_us: attempt.started_at.as_micros(),
            duration_ms: i64::from(attempt.duration_ms),
            status: attempt.status.map(i64::from),
            failure: attempt.failure.map(|kind| kind.stored_word().to_owned()),
            // PostgreSQL has no text with a zero in it, and a receiver's words must not keep its attempt from being recorded.
            detail: attempt.detail.as_ref().map(|detail| detail.replace('\0', "\u{fffd}")),
            body_excerpt: attempt.body_excerpt.clone(),
            secret_ids: attempt.secret_ids.iter().flat_map(|id| *id.as_bytes()).collect(),
            session_id: attempt.report.session_id.map(|id| id.as_bytes().to_vec()),
            report: report_bytes(&attempt.report),
        }
    }
}

impl AttemptRow {
    pub(crate) fn into_attempt(self) -> Result<Attempt, StoreError> {
        let delivery_id = DeliveryId::from_bytes(own_id("attempts", &self.delivery_id)?);
        let row = Row { table: "attempts", id: &format_args!("{delivery_id}/{}", self.number) };
        let secret_ids = self.secret_ids.chunks(ID_BYTES);
        let secret_ids: Result<_, _> =
            secret_ids.map(|id| row.bytes("secret_ids", id).map(EndpointSecretId::from_bytes)).collect();
        let session_id = self.session_id.as_ref().map(|id| row.bytes("session_id", id).map(SessionId::from_bytes));
        let report = self.report.as_ref().map(|bytes| row.value("report", read_report(bytes))).transpose()?;
        Ok(Attempt {
            delivery_id,
            number: row.number("number", self.number)?,
            started_at: Timestamp::from_micros(self.started_at_us),
            duration_ms: row.number("duration_ms", self.duration_ms)?,
            status: self.status.map(|status| row.number("status", status)).transpose()?,
            failure: self.failure.map(|word| row.value("failure", FailureKind::parse(&word))).transpose()?,
            detail: self.detail,
            body_excerpt: self.body_excerpt,
            secret_ids: secret_ids?,
            report: Report { session_id: session_id.transpose()?, ..report.unwrap_or_default() },
        })
    }
}
