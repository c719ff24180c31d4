//! `/openapi.json`: the document, and whether its examples are what it says.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;

use crate::document::{complaint, document};
use crate::hub::{Hub, request};

const DOCUMENT: &str = "/openapi.json";

#[actix_web::test]
async fn anybody_may_read_the_document() {
    let answer = Hub::new().send(request(Method::GET, DOCUMENT)).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(&answer.json(), document());
}

#[actix_web::test]
async fn whoever_has_the_document_is_told_so() {
    let hub = Hub::new();
    let tag = hub.send(request(Method::GET, DOCUMENT)).await.header("etag").unwrap().to_owned();
    let known = hub.send(TestRequest::get().uri(DOCUMENT).insert_header(("if-none-match", tag.as_str()))).await;
    assert_eq!((known.status.as_u16(), known.text.as_str(), known.header("etag")), (304, "", Some(tag.as_str())));
    let other = hub.send(TestRequest::get().uri(DOCUMENT).insert_header(("if-none-match", "\"0\""))).await;
    assert_eq!(other.status.as_u16(), 200);
}

/// Everything in the document that has a schema and an example of it.
fn examples<'d>(value: &'d Value, found: &mut Vec<(&'d Value, &'d Value)>) {
    if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
        found.push((schema, example));
    }
    if let Some(examples) = value.get("examples").and_then(Value::as_array) {
        found.extend(examples.iter().map(|example| (value, example)));
    }
    value.as_object().into_iter().flatten().for_each(|(_, inner)| examples(inner, found));
    value.as_array().into_iter().flatten().for_each(|inner| examples(inner, found));
}

#[test]
fn every_example_is_what_its_schema_says() {
    let mut found = Vec::new();
    examples(document(), &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for (schema, example) in found {
        assert_eq!(complaint(schema, example), None, "{example}");
    }
}

#[test]
fn every_body_and_every_parameter_has_an_example() {
    let operations = document()["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
    for (_, operation) in operations {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let bodies = [operation.get("requestBody")].into_iter().flatten();
        let responses = operation["responses"].as_object().unwrap().values();
        let contents = bodies.chain(responses).filter_map(|body| body["content"].as_object());
        for told in parameters.chain(contents.flat_map(|contents| contents.values())) {
            assert!(told.get("example").is_some(), "{}: {told}", operation["operationId"]);
        }
    }
}

#[test]
fn request_bodies_take_no_other_fields() {
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    for name in
        ["NewKey", "KeyChanges", "VerifyKey", "NewEndpoint", "EndpointChanges", "NewSecret", "NewEvent", "NewEvents"]
    {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
    }
}
