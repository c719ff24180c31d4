//! `GET /api/hub/v1/audit`: who changed what.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::audit::{AuditEntry, AuditFilter};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::{PartialSchema as _, ToSchema};

use crate::auth::{AuditRead, Caller};
use crate::blocking;
use crate::openapi::{ActorText, HashText, Operation, TimeText, filter, instant};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Path, Text, get, ok, page_request, period};
use crate::services::Services;

/// Longest subject or action that any line has: ids have 30 characters, names of event types more.
pub(crate) const AUDIT_WORD_CHARS_MAX: usize = 128;

pub(super) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/audit", "GET, HEAD").route(get().to(list))]
}

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({
        "sequence": 7,
        "at": "2026-11-24T10:00:00.000000Z",
        "actor": "command-line",
        "action": "key.locked",
        "subject": "key_06b6rk0004s4g1s0d5ju9o6m0k",
        "detail": { "status": { "before": "active", "after": "locked" } },
        "hash": "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        "previous_hash": "0000000000000000000000000000000000000000000000000000000000000000",
    });
    let more = "Who acted, and when, is looked for in some thousand lines at a time: a page may then have fewer lines than fit, or none, \
                while `next_cursor` leads on. `from` in a detail is the address that the change was asked from.";
    let subject = json!("key_06b6rk0004s4g1s0d5ju9o6m0k");
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/audit", "listAudit")
            .needs::<AuditRead>("Lists who changed what in the workspace, newest first.", more)
            .parameter(filter("subject", "Only what was done to this: an id.", word(), &subject))
            .parameter(filter("action", "Only what was done so.", word(), &json!("key.locked")))
            .parameter(filter("actor", "Only what was done by this one.", ActorText::schema(), &json!("command-line")))
            .parameter(instant("from", "Only what was asked for from then on, to the millisecond."))
            .parameter(instant("before", "Only what was asked for before then, to the millisecond."))
            .lists::<AuditBody<'_>>("A page of the log.", &example, &json!("7")),
    ]
}

fn word() -> ObjectBuilder {
    Object::builder()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(AUDIT_WORD_CHARS_MAX))
        .pattern(Some("^[a-z0-9_.-]+$"))
}

/// One line of the audit log.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct AuditBody<'a> {
    /// Its position in the log of the workspace, counted from 1 without gaps.
    #[schema(minimum = 1)]
    sequence: i64,
    /// When the change was asked for.
    at: TimeText,
    actor: ActorText,
    /// What was done: a noun and what happened to it.
    action: &'a str,
    /// What it was done to: an id.
    subject: &'a str,
    /// What changed: an object without secrets.
    #[schema(value_type = Object)]
    detail: &'a RawValue,
    #[schema(value_type = HashText)]
    hash: String,
    #[schema(value_type = HashText)]
    previous_hash: String,
}

impl<'a> TryFrom<&'a AuditEntry> for AuditBody<'a> {
    type Error = Problem;

    fn try_from(entry: &'a AuditEntry) -> Result<Self, Problem> {
        Ok(Self {
            sequence: entry.sequence,
            at: Text(entry.at),
            actor: Text(entry.actor),
            action: &entry.action,
            subject: &entry.subject,
            // The text that was hashed, as it is, so that the chain can be checked from here.
            detail: serde_json::from_str(&entry.detail).map_err(Problem::internal)?,
            hash: format!("{:?}", entry.hash),
            previous_hash: format!("{:?}", entry.previous_hash),
        })
    }
}

async fn list(
    caller: Caller<AuditRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["subject", "action", "actor", "from", "before", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let mut wanted = |name| params.find(name).and_then(|text| invalid.check(name, check_word(text)));
    let (subject, action) = (wanted("subject"), wanted("action"));
    let actor = params.find("actor").and_then(|text| invalid.check("actor", text.parse()));
    let period = period(&params, &mut invalid, "from", "before");
    let filter = AuditFilter { subject, action, actor, period };
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let audit = services.audit.clone();
    let page = blocking::run(move || audit.list(caller.workspace_id, &filter, request)).await?;
    let bodies = page.items.iter().map(AuditBody::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(ok(&PageBody::of(bodies, page.next)))
}

fn check_word(text: &str) -> Result<String, &'static str> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-');
    let is_word = (1..=AUDIT_WORD_CHARS_MAX).contains(&text.len()) && text.bytes().all(fits);
    if is_word { Ok(text.to_owned()) } else { Err("must be an id or an action as the log shows it") }
}
