//! Parameters of requests, in the document.

use devhub_domain::page::PageSize;
use serde_json::{Value, json};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required, Schema};

/// A parameter of a list: only what has this is shown.
pub(crate) fn filter(
    name: &'static str,
    description: &'static str,
    schema: impl Into<RefOr<Schema>>,
    example: &Value,
) -> Parameter {
    query(name, description).schema(Some(schema)).example(Some(example.clone())).build()
}

/// A parameter of a list: an instant.
pub(crate) fn instant(name: &'static str, description: &'static str) -> Parameter {
    let schema = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    filter(name, description, schema, &json!("2026-11-24T10:00:00Z"))
}

/// `limit` and `cursor`, which every list takes.
pub(super) fn page(cursor: &Value) -> [Parameter; 2] {
    let size = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PageSize::MAX.get()))
        .default(Some(json!(PageSize::DEFAULT.get())));
    let next = text().min_length(Some(1)).max_length(Some(128));
    [
        filter("limit", "How many items at most.", size, &json!(25)),
        filter("cursor", "The `next_cursor` of the page before; absent for the first page.", next, cursor),
    ]
}

/// A placeholder of the path.
pub(super) fn path(name: &'static str, description: &'static str, example: &Value) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(text().min_length(Some(1))))
        .example(Some(example.clone()))
        .build()
}

/// `Idempotency-Key`.
pub(super) fn idempotency_key() -> Parameter {
    let description = "Names this request, such as with a UUID: sent again within a day it changes nothing more, and gets the answer \
                       of the first. Another request under the same name is refused.";
    let shape = text().min_length(Some(1)).max_length(Some(255)).pattern(Some("^[!-~]+$"));
    header("Idempotency-Key", description, shape, "7f6f3f2e-1a8c-4a55-9d0c-6d1b2f1f0a11")
        .required(Required::False)
        .build()
}

/// The same on OwnPay's API, where it is the workspace's. *Source:* wire contract §2.12.
pub(super) fn workspace_idempotency_key() -> Parameter {
    let description = "Names this request, such as with a UUID: sent again within a day with any key of the workspace it changes nothing \
                       more, and gets the answer of the first. Another request under the same name is refused.";
    let shape = text().min_length(Some(1)).max_length(Some(64)).pattern(Some("^[A-Za-z0-9_-]+$"));
    header("Idempotency-Key", description, shape, "7f6f3f2e-1a8c-4a55-9d0c-6d1b2f1f0a11")
        .required(Required::False)
        .build()
}

/// A header with any text.
pub(crate) fn header_parameter(name: &'static str, description: &str, example: &str, chars_max: usize) -> Parameter {
    let shape = text().min_length(Some(1)).max_length(Some(chars_max));
    header(name, description, shape, example).required(Required::False).build()
}

/// `page` and `per_page`, which lists of OwnPay's API take.
pub(super) fn numbered_pages() -> [Parameter; 2] {
    let number = || ObjectBuilder::new().schema_type(Type::Integer);
    let per_page = "How many items a page has: 1 to 100, to which other numbers are brought.";
    [
        filter("page", "Which page, counted from 1; what lies past the last page is that page.", number(), &json!(1)),
        filter("per_page", per_page, number().default(Some(json!(25))), &json!(25)),
    ]
}

/// `If-Match`.
pub(super) fn if_match(required: Required) -> Parameter {
    let description = "The ETag of the answer that was read, in its quotes; a list of them; or `*`, which overwrites whatever is there.";
    let shape = text().min_length(Some(1)).max_length(Some(1_000));
    header("If-Match", description, shape, "\"3\"").required(required).build()
}

/// `If-None-Match`.
pub(crate) fn if_none_match() -> Parameter {
    let description = "The ETag of the answer that the caller has: answered with 304 while it is the newest.";
    header("If-None-Match", description, text(), "\"0123456789abcdef\"").required(Required::False).build()
}

fn header(name: &'static str, description: &str, schema: ObjectBuilder, example: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(schema))
        .example(Some(json!(example)))
}

fn query(name: &'static str, description: &'static str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
}

fn text() -> ObjectBuilder {
    Object::builder().schema_type(Type::String)
}
