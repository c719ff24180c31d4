//! Answers and their headers, in the document: what can go wrong is one table for all operations.

use actix_web::http::StatusCode;
use serde_json::json;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{Content, ContentBuilder, Ref};

use super::merchant;
use crate::problem_catalog::catalog;
use crate::problem_entry::CatalogEntry;
use crate::v1::CODES;

/// Headers of every answer.
pub(super) const OF_ALL: &[&str] = &["X-Request-Id"];
/// Headers of every answer of OwnPay's API.
pub(super) const OF_MERCHANTS: &[&str] = &["X-API-Version"];
/// Headers of answers to requests with a key, unless its network is exempt from limits.
pub(super) const OF_KEYS: &[&str] =
    &["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"];

/// What each header says: its name, whether it is a number, what it tells, an example.
const HEADERS: &[(&str, bool, &str, &str)] = &[
    ("X-Request-Id", false, "Names the request in the log: the caller's own when it sent one.", "order-77"),
    ("X-RateLimit-Limit", true, "Requests that the key has in a window.", "600"),
    ("X-RateLimit-Remaining", true, "Requests that fit right now.", "599"),
    ("X-RateLimit-Reset", true, "When nothing is spent any more: seconds since 1970.", "1795514400"),
    ("RateLimit", false, "The same in the words of draft-ietf-httpapi-ratelimit-headers-11.", "\"default\";r=599;t=1"),
    ("RateLimit-Policy", false, "The limit in the words of that draft.", "\"default\";q=600;w=60"),
    ("Retry-After", true, "Seconds to wait before the request is sent again.", "1"),
    ("WWW-Authenticate", false, "What the request lacks (RFC 6750).", "Bearer realm=\"devhub\""),
    ("ETag", false, "The revision, for `If-Match`.", "\"3\""),
    ("Idempotent-Replayed", false, "`true` when an earlier request with this Idempotency-Key was answered so.", "true"),
    ("X-API-Version", false, "Which version of the API answers; on health, which release of the hub.", "1.0"),
    ("Cache-Control", false, "`no-store`: the answer holds a secret.", "no-store"),
];

/// The shared headers.
pub(super) fn headers() -> impl Iterator<Item = (&'static str, Header)> {
    HEADERS.iter().map(|(name, is_number, description, example)| {
        let kind = if *is_number { Type::Integer } else { Type::String };
        let schema = Object::builder().schema_type(kind);
        let schema = if *is_number { schema.minimum(Some(0)) } else { schema };
        let example =
            if *is_number { example.parse::<u64>().map_or(json!(0), |number| json!(number)) } else { json!(example) };
        (
            *name,
            HeaderBuilder::new().schema(Some(schema)).description(Some(*description)).example(Some(example)).build(),
        )
    })
}

/// The same answer, carrying these headers.
pub(super) fn carrying(response: ResponseBuilder, names: &[&str]) -> ResponseBuilder {
    names
        .iter()
        .fold(response, |response, name| response.header_ref(*name, Ref::new(format!("#/components/headers/{name}"))))
}

/// Whose failures they are: those of the hub's own API are problems, those of OwnPay's have its body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Hub,
    Merchant,
}

/// The shared answers that tell of a failure: their names and contents.
pub(super) fn problems() -> Vec<(String, Response)> {
    let statuses = |catalog: &[CatalogEntry]| {
        let mut statuses: Vec<_> = catalog.iter().map(|entry| entry.status).collect();
        statuses.dedup();
        statuses
    };
    let hub = statuses(&catalog()).into_iter().map(|status| (problem_name(Family::Hub, status), problem(status)));
    let merchant = statuses(CODES).into_iter();
    let merchant = merchant.map(|status| (problem_name(Family::Merchant, status), merchant::failure(status)));
    hub.chain(merchant).collect()
}

/// What the shared answer with this status is called.
pub(super) fn problem_name(family: Family, status: u16) -> String {
    let name: String = title(status).split([' ', '-']).collect();
    if family == Family::Merchant { format!("Merchant{name}") } else { name }
}

pub(super) fn title(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

fn problem(status: u16) -> Response {
    let catalog = catalog();
    let entries: Vec<_> = catalog.iter().filter(|entry| entry.status == status).collect();
    let codes: Vec<_> = entries.iter().map(|entry| format!("- `{}`: {}", entry.code, entry.meaning)).collect();
    let response = ResponseBuilder::new()
        .description(format!("{}. Its `code` is one of:\n\n{}", title(status), codes.join("\n")))
        .content("application/problem+json", problem_content(status, &entries));
    by_status(response, status).build()
}

/// The same answer, with the headers that it has with this status.
pub(super) fn by_status(response: ResponseBuilder, status: u16) -> ResponseBuilder {
    let response = carrying(response, OF_ALL);
    match status {
        401 => carrying(response, &["WWW-Authenticate"]),
        400 => carrying(carrying(response, &["WWW-Authenticate"]), OF_KEYS),
        // To nginx, `/auth/check` says with 403 what is a 429.
        403 => carrying(carrying(response, &["WWW-Authenticate", "Retry-After"]), OF_KEYS),
        429 | 503 => carrying(carrying(response, &["Retry-After"]), OF_KEYS),
        _ => carrying(response, OF_KEYS),
    }
}

/// An example with the first code of a status that is not made for everything.
fn problem_content(status: u16, entries: &[&CatalogEntry]) -> Content {
    let entry = entries.iter().find(|entry| entry.code != "bad_request");
    let example = json!({
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": entry.map(|entry| entry.meaning),
        "code": entry.map(|entry| entry.code),
        "request_id": "order-77",
    });
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(Some(example)).build()
}

/// The body of a problem.
pub(super) fn problem_schema() -> Object {
    let codes = catalog().into_iter().map(|entry| entry.code);
    let text = || Object::builder().schema_type(Type::String);
    let field = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("What is wrong with one field of a body or one parameter."))
        .property("field", text().description(Some("Such as `label` or `scopes[1]`; empty for the body as a whole.")))
        .property("detail", text().description(Some("What to change.")))
        .required("field")
        .required("detail");
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("What a refused or failed request is answered with (RFC 9457)."))
        .property("type", text().enum_values(Some(["about:blank"])))
        .property("title", text().description(Some("The words of the status.")))
        .property("status", Object::builder().schema_type(Type::Integer).minimum(Some(400)).maximum(Some(599)))
        .property("detail", text().description(Some("What happened and what to change; may be worded anew.")))
        .property("code", text().enum_values(Some(codes)).description(Some("The stable word for what happened.")))
        .property("request_id", text().description(Some("Names the request in the log.")))
        .property(
            "retry_after",
            Object::builder()
                .schema_type(Type::Integer)
                .minimum(Some(1))
                .description(Some("The seconds in `Retry-After`, where there is one.")),
        )
        .property("errors", utoipa::openapi::ArrayBuilder::new().items(field).max_items(Some(20)))
        .required("type")
        .required("title")
        .required("status")
        .required("detail")
        .required("code")
        .build()
}
