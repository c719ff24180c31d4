//! `GET /openapi.json`: the document of the API, for whoever wants to read it.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::openapi::{Operation, Served, if_none_match};
use crate::request::{Path, get, has_tag};

pub(super) fn paths() -> Vec<Path> {
    vec![Path::new("/openapi.json", "GET, HEAD").route(get().to(find))]
}

pub(super) fn operations() -> Vec<Operation> {
    let more = "Says the same until the hub is replaced by another version.";
    vec![
        Operation::new(HttpMethod::Get, "/openapi.json", "findDocument")
            .open_to_all("Shows this document.", more)
            .answers::<Document>("200", "The document.", json!({ "openapi": "3.1.0" }))
            .parameter(if_none_match())
            .answers_nothing("304", "The caller has the newest document.")
            .with_header("ETag"),
    ]
}

/// An `OpenAPI` document.
enum Document {}

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        Object::builder()
            .schema_type(Type::Object)
            .description(Some("An OpenAPI 3.1 document."))
            .property("openapi", Object::builder().schema_type(Type::String))
            .into()
    }
}

impl ToSchema for Document {}

async fn find(req: HttpRequest) -> HttpResponse {
    let document = Served::find();
    if has_tag(req.headers(), &document.tag) {
        return HttpResponse::build(StatusCode::NOT_MODIFIED).insert_header((ETAG, document.tag.as_str())).finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((ETAG, document.tag.as_str()))
        .body(document.bytes.clone())
}
