//! A small reference with hostile texts in it, for the samples of pages.

use std::sync::Arc;

use devhub_domain::reference::{
    BaseUrl, Body, Example, Group, Header, KeptReference, MediaType, Operation, Parameter, ParameterPlace, Property,
    Reference, Response, Schema, Security, SecurityKind,
};

use super::paths::PATH;
use super::site::Site;
use super::source::Source;

const HOSTILE: &str = "</textarea><script>alert(1)</script>";

pub(super) fn site() -> Site {
    let source = |slug, name: &str, url: &str, is_own| Source {
        slug,
        name: name.to_owned(),
        about: "Payments.".to_owned(),
        reference: Arc::new(KeptReference::new(reference(url))),
        is_own,
    };
    let sources = vec![
        source("payments", "Payments API", "/", true),
        source("platform", "Shop <b>", "https://pay.example/v2", false),
    ];
    Site { prefix: PATH, hub_url: "https://hub.example".to_owned(), version: String::new(), sources }
}

pub(super) fn schema() -> Schema {
    let property = |name: &str, required, schema| Property { name: name.to_owned(), required, schema };
    let amount = Schema { bounds: vec!["at least 0".to_owned()], ..Schema::of_kind("number") };
    let status = Schema {
        values: vec!["\"paid\"".to_owned(), "\"<b>\"".to_owned()],
        default: "\"paid\"".to_owned(),
        ..Schema::of_kind("string")
    };
    let order = Schema { name: "Order".to_owned(), ..Schema::of_kind("object") };
    let item = Schema { properties: vec![property("sku", true, Schema::of_kind("string"))], ..order };
    let items = Schema { item: Some(Box::new(item)), ..Schema::of_kind("array of object") };
    let properties =
        vec![property("amount", true, amount), property("status", false, status), property("items", false, items)];
    let description = HOSTILE.to_owned();
    Schema { name: "Payment".to_owned(), description, properties, ..Schema::of_kind("object") }
}

fn reference(url: &str) -> Reference {
    let operations = vec![operation("createPayment", "POST"), operation("listPayments", "GET")];
    Reference {
        title: "Payments".to_owned(),
        version: "1.0".to_owned(),
        description: format!("What is paid.\n\n{HOSTILE}"),
        base_urls: vec![BaseUrl { url: url.to_owned(), description: String::new() }],
        groups: vec![Group {
            name: "payments".to_owned(),
            slug: "payments".to_owned(),
            description: HOSTILE.to_owned(),
            operations,
        }],
    }
}

fn operation(slug: &str, method: &str) -> Operation {
    let is_write = method == "POST";
    let parameter = |name: &str, place, required| Parameter {
        name: name.to_owned(),
        place,
        required,
        deprecated: false,
        schema: Schema::of_kind("string"),
        description: "Which one.".to_owned(),
        example: "a/b".to_owned(),
    };
    Operation {
        slug: slug.to_owned(),
        method: method.to_owned(),
        path: "/api/v1/payments/{id}".to_owned(),
        summary: "Makes a payment <b>.".to_owned(),
        description: "Needs the scope `write`.".to_owned(),
        deprecated: !is_write,
        security: vec![Security {
            name: "bearer".to_owned(),
            kind: SecurityKind::Bearer,
            scopes: vec!["write".to_owned()],
            description: String::new(),
        }],
        parameters: vec![parameter("id", ParameterPlace::Path, true), parameter("q", ParameterPlace::Query, false)],
        body: is_write.then(|| Body { description: HOSTILE.to_owned(), required: true, media: vec![media()] }),
        responses: vec![response("200", "What was made."), response("401", "Its `code` is `invalid_token`.")],
        base_urls: Vec::new(),
    }
}

fn media() -> MediaType {
    let text = format!("{{\n  \"amount\": 1,\n  \"note\": \"{HOSTILE}\"\n}}");
    let example = Example { name: String::new(), summary: String::new(), text, is_made: true };
    MediaType { name: "application/json".to_owned(), schema: schema(), examples: vec![example] }
}

fn response(status: &str, description: &str) -> Response {
    let header = Header {
        name: "X-Request-Id".to_owned(),
        description: "Names the request.".to_owned(),
        required: true,
        schema: Schema::of_kind("string"),
        example: String::new(),
    };
    Response {
        status: status.to_owned(),
        description: description.to_owned(),
        headers: vec![header],
        media: vec![media()],
    }
}
