use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::budget::TAGS_TEXT_BYTES_MAX;
use super::*;
use crate::reference::{Operation, ParameterPlace, Problem, Reference, Schema, SecurityKind};

fn with_schemas(schema: &Value, schemas: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": { "/x": { "post": { "requestBody": { "content": { "application/json": { "schema": schema } } } } } },
        "components": { "schemas": schemas },
    })
}

fn first(reference: &Reference) -> &Operation {
    reference.operations().next().unwrap()
}

fn shown(schema: &Value, schemas: &Value) -> Schema {
    let reference = read(&with_schemas(schema, schemas)).unwrap();
    first(&reference).body.as_ref().unwrap().media[0].schema.clone()
}

fn made_of(schema: &Value) -> String {
    let reference = read(&with_schemas(schema, &json!({}))).unwrap();
    first(&reference).body.as_ref().unwrap().media[0].examples[0].text.replace(['\n', ' '], "")
}

fn count(schema: &Schema) -> usize {
    let parts = schema.properties.iter().map(|property| &property.schema);
    let variants = schema.variants.iter().flat_map(|variants| &variants.schemas);
    let below = schema.item.as_deref().into_iter().chain(schema.additional.as_deref());
    1 + parts.chain(variants).chain(below).map(count).sum::<usize>()
}

#[test]
fn our_own_document_is_read_whole() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let expected: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
    let reference = read(&document).unwrap();
    assert_eq!(reference.operations().count(), expected);
    assert_eq!(reference, crate::reference::read_text(&text).unwrap());
    for operation in reference.operations() {
        assert!(!operation.summary.is_empty() && !operation.responses.is_empty(), "{}", operation.path);
        assert!(reference.find(&operation.slug).is_some_and(|(_, found)| found == operation));
        let bodies = operation.body.iter().flat_map(|body| &body.media);
        for media in bodies.chain(operation.responses.iter().flat_map(|response| &response.media)) {
            assert!(!is_cut(&media.schema), "{} {} is cut", operation.method, operation.path);
            assert!(media.schema.kind == "any" || !media.examples.is_empty(), "{}", operation.path);
        }
    }
    let merchant = reference.filtered(|operation| operation.path.starts_with("/api/v1/"));
    assert!(merchant.operations().count() > 10 && merchant.groups[0].name == "payments");
}

fn is_cut(schema: &Schema) -> bool {
    let parts = schema.properties.iter().map(|property| &property.schema);
    let variants = schema.variants.iter().flat_map(|variants| &variants.schemas);
    let below = schema.item.as_deref().into_iter().chain(schema.additional.as_deref());
    (schema.is_cut && schema.name.is_empty()) || parts.chain(variants).chain(below).any(is_cut)
}

#[test]
fn an_operation_has_what_its_path_and_the_document_say() {
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "Shop", "version": "2" },
        "servers": [{ "url": "https://{region}.example.com/v1/", "variables": { "region": { "default": "eu" } } }],
        "security": [{ "token": ["orders:read"] }],
        "tags": [{ "name": "Refunds" }, { "name": "Orders", "description": "What was bought." }],
        "paths": { "/orders/{id}": {
            "parameters": [
                { "name": "id", "in": "path", "schema": { "type": "string", "format": "uuid" } },
                { "name": "expand", "in": "query", "description": "of the path", "schema": { "type": "boolean" } },
            ],
            "get": {
                "tags": ["Orders"],
                "parameters": [{ "name": "expand", "in": "query", "description": "own", "schema": { "enum": ["a"] } }],
                "responses": { "default": { "description": "No." }, "200": { "description": "Yes." } },
            },
            "delete": { "operationId": "drop it!", "tags": ["Orders"], "security": [] },
        } },
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "Bearer" } } },
    });
    let reference = read(&document).unwrap();
    assert_eq!(reference.base_urls[0].url, "https://eu.example.com/v1");
    assert_eq!((reference.groups.len(), reference.groups[0].slug.as_str()), (1, "orders"));
    let [get, delete] = reference.groups[0].operations.as_slice() else { panic!("two operations") };
    assert_eq!((get.slug.as_str(), delete.slug.as_str()), ("get-orders-id", "drop-it"));
    assert_eq!((&get.security[0].kind, get.security[0].scopes[0].as_str()), (&SecurityKind::Bearer, "orders:read"));
    assert!(delete.security.is_empty());
    let [id, expand] = get.parameters.as_slice() else { panic!("two parameters") };
    assert!(id.required && id.place == ParameterPlace::Path && id.example.len() == 36);
    assert_eq!((expand.description.as_str(), expand.example.as_str(), expand.required), ("own", "a", false));
    assert_eq!(get.responses.iter().map(|response| response.status.as_str()).collect::<Vec<_>>(), ["200", "default"]);
    let (before, after) = reference.neighbours("drop-it");
    assert_eq!((before.map(|found| found.slug.as_str()), after), (Some("get-orders-id"), None));
}

#[test]
fn what_applies_together_is_shown_as_one() {
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }, { "properties": { "b": { "type": "integer" } } }],
        "required": ["b"] });
    let base = json!({ "Base": { "type": "object", "required": ["a"], "properties": {
        "a": { "type": ["string", "null"], "minLength": 1, "maxLength": 9 }, "c": { "const": 7 } } } });
    let schema = shown(&schema, &base);
    let told: Vec<_> = schema.properties.iter().map(|part| (part.name.as_str(), part.required)).collect();
    assert_eq!(told, [("a", true), ("b", true), ("c", false)]);
    assert_eq!((schema.kind.as_str(), schema.name.as_str()), ("object", ""));
    let first = &schema.properties[0].schema;
    assert_eq!((first.kind.as_str(), first.nullable, first.bounds[0].as_str()), ("string", true, "1 to 9 characters"));
    assert_eq!(schema.properties[2].schema.kind, "number");
}

#[test]
fn alternatives_are_alternatives_and_null_is_none() {
    let schemas = json!({ "Card": { "type": "object", "properties": { "kind": { "type": "string" } } } });
    let either = json!({ "oneOf": [{ "$ref": "#/components/schemas/Card" }, { "type": "array", "items": { "type": "number" } }],
        "discriminator": { "propertyName": "kind" } });
    let schema = shown(&either, &schemas);
    let variants = schema.variants.as_ref().unwrap();
    assert_eq!(
        (schema.kind.as_str(), variants.is_exclusive, variants.discriminator.as_str()),
        ("one of 2", true, "kind")
    );
    assert_eq!((variants.schemas[0].name.as_str(), variants.schemas[1].kind.as_str()), ("Card", "array of number"));
    let maybe = shown(&json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Card" }] }), &schemas);
    assert_eq!(
        (maybe.name.as_str(), maybe.kind.as_str(), maybe.nullable, maybe.variants),
        ("Card", "object", true, None)
    );
}

#[test]
fn examples_are_the_documents_own_or_made_and_always_the_same() {
    let schema = json!({ "type": "object", "properties": {
        "at": { "type": "string", "format": "date-time" }, "list": { "type": "array", "items": { "type": "boolean" } },
        "of": { "type": "string", "enum": ["card", "bank"] }, "sum": { "type": "string", "example": "10.00" },
        "more": { "type": "object", "additionalProperties": { "type": "integer" } } } });
    let made = r#"{"at":"2026-01-31T12:00:00Z","list":[true],"more":{"name":1},"of":"card","sum":"10.00"}"#;
    assert_eq!(made_of(&schema), made);
    assert_eq!(made_of(&json!({ "type": "object", "example": { "a": 1 } })), r#"{"a":1}"#);
}

#[test]
fn a_circle_ends_where_it_begins_again() {
    let schemas = json!({ "Node": { "type": "object", "properties": {
        "next": { "$ref": "#/components/schemas/Node" }, "all": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } } } } });
    let schema = shown(&json!({ "$ref": "#/components/schemas/Node" }), &schemas);
    assert_eq!((schema.name.as_str(), schema.is_cut, count(&schema)), ("Node", false, 4));
    let next = &schema.properties.iter().find(|part| part.name == "next").unwrap().schema;
    assert_eq!((next.name.as_str(), next.is_cut, next.properties.len()), ("Node", true, 0));
    let itself = json!({ "A": { "$ref": "#/components/schemas/B" }, "B": { "$ref": "#/components/schemas/A" } });
    assert!(shown(&json!({ "$ref": "#/components/schemas/A" }), &itself).is_cut);
    let all = json!({ "A": { "allOf": [{ "$ref": "#/components/schemas/A" }] } });
    assert!(shown(&json!({ "$ref": "#/components/schemas/A" }), &all).is_cut);
}

#[test]
fn references_that_multiply_are_cut() {
    let mut schemas = serde_json::Map::new();
    for level in 0..20 {
        let next = json!({ "$ref": format!("#/components/schemas/L{}", level + 1) });
        let parts: serde_json::Map<_, _> = (0..10).map(|part| (format!("p{part}"), next.clone())).collect();
        schemas.insert(format!("L{level}"), json!({ "type": "object", "properties": parts }));
    }
    schemas.insert("L20".to_owned(), json!({ "type": "string" }));
    let schema = shown(&json!({ "$ref": "#/components/schemas/L0" }), &schemas.into());
    let nodes = count(&schema);
    assert!((100..10_000).contains(&nodes), "{nodes}");
}

#[test]
fn a_long_text_that_is_named_often_is_a_fault() {
    let long = "x".repeat(1_000_000);
    let paths: serde_json::Map<_, _> = (0..900)
        .map(|path| {
            let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Long" } } });
            let responses: serde_json::Map<_, _> = (200..210)
                .map(|status| (status.to_string(), json!({ "content": content, "description": "" })))
                .collect();
            (format!("/{path}"), json!({ "get": { "responses": responses } }))
        })
        .collect();
    let document = json!({ "openapi": "3.1.0", "info": { "title": "T" }, "paths": paths,
        "components": { "schemas": { "Long": { "type": "string", "description": long } } } });
    assert!(matches!(read(&document).unwrap_err().problem, Problem::TooMany { max: TEXT_BYTES_MAX, .. }));
}

#[test]
fn what_is_told_of_tags_is_cut_and_too_much_of_all_is_a_fault() {
    let document = |count: usize| {
        let name = |number: usize| format!("t{number}");
        let long = "ü".repeat(8_000);
        let tags: Vec<_> = (0..count).map(|tag| json!({ "name": name(tag), "description": long })).collect();
        let paths: serde_json::Map<_, _> =
            (0..count).map(|tag| (format!("/{tag}"), json!({ "get": { "tags": [name(tag)] } }))).collect();
        json!({ "openapi": "3.1.0", "info": { "title": "T" }, "tags": tags, "paths": paths })
    };
    // 2,000 characters of two bytes, and the mark of a cut, which has three.
    let most = TAGS_TEXT_BYTES_MAX / 4_003;
    let reference = read(&document(most)).unwrap();
    assert_eq!(reference.groups.len(), most);
    assert!(reference.groups.iter().all(|group| group.description == format!("{}…", "ü".repeat(2_000))));
    let told = read(&document(most + 1)).unwrap_err().to_string();
    let expected = format!("at /tags/{most}: there are more than 262144 bytes of text in the descriptions of tags");
    assert!(told.starts_with(&expected), "{told}");
}

#[test]
fn what_is_wrong_says_where_and_what_to_change() {
    let broken = |pointer: &str, value: Value| {
        let mut document = with_schemas(&json!({ "type": "string" }), &json!({}));
        *document.pointer_mut(pointer).unwrap() = value;
        read(&document).unwrap_err().to_string()
    };
    let schema = "/paths/~1x/post/requestBody/content/application~1json/schema";
    for (pointer, value, expected) in [
        ("/openapi", json!("2.0"), "this is no OpenAPI document of version 3.0 or 3.1: it needs"),
        ("/info", json!({}), "at /info: \"title\" is missing here: add it"),
        ("/paths/~1x/post", json!([]), "at /paths/~1x/post: this must be an object, and is a list"),
        (schema, json!({ "$ref": "other.yaml#/A" }), "the reference \"other.yaml#/A\" leads out of the document"),
        (schema, json!({ "$ref": "#/components/schemas/Gone" }), "leads to nothing in the document"),
        (schema, json!(7), "at /paths/~1x/post/requestBody/content/application~1json/schema: this must be a schema"),
        ("/paths/~1x/post/requestBody", json!({ "$ref": "#/paths/~1x/post/requestBody" }), "leads back to itself"),
        (
            "/paths/~1x/post",
            json!({ "parameters": [{ "name": "a", "in": "body" }] }),
            "at /paths/~1x/post/parameters/0/in",
        ),
        ("/paths/~1x/post", json!({ "security": [{ "gone": [] }] }), "#/components/securitySchemes/gone"),
    ] {
        let told = broken(pointer, value);
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn slugs_are_unique_also_where_the_document_repeats_itself() {
    let same = json!({ "operationId": "a", "responses": {} });
    let document = json!({ "openapi": "3.1.0", "info": { "title": "T" },
        "paths": { "/a": { "get": same, "post": same }, "/b": { "get": { "operationId": "ü" }, "post": { "operationId": "a-2" } } } });
    let reference = read(&document).unwrap();
    let slugs: Vec<_> = reference.operations().map(|operation| operation.slug.as_str()).collect();
    assert_eq!(slugs, ["a", "a-2", "get-b", "a-2-2"]);
}

/// Any value, made of the words that the reader looks for.
pub(in crate::reference) fn value() -> impl Strategy<Value = Value> {
    let words = proptest::sample::select(vec![
        "$ref",
        "type",
        "properties",
        "items",
        "allOf",
        "oneOf",
        "anyOf",
        "required",
        "enum",
        "const",
        "example",
        "examples",
        "default",
        "get",
        "post",
        "parameters",
        "name",
        "in",
        "schema",
        "content",
        "application/json",
        "responses",
        "200",
        "headers",
        "requestBody",
        "security",
        "servers",
        "url",
        "tags",
        "additionalProperties",
        "description",
    ]);
    let texts = prop_oneof![
        ".{0,6}".prop_map(Value::from),
        proptest::sample::select(vec![
            "#/paths",
            "#",
            "#/components/schemas/A",
            "object",
            "array",
            "path",
            "null",
            "x#/"
        ])
        .prop_map(Value::from),
    ];
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), any::<i32>().prop_map(Value::from), texts];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(words.clone().prop_map(ToOwned::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_panics(paths in value(), schema in value(), operation in value(), item in value()) {
        let document = json!({ "openapi": "3.1.0", "info": { "title": "T" },
            "paths": { "/a": { "get": operation, "post": { "requestBody": { "content": { "a/b": { "schema": item } } } } } },
            "components": { "schemas": { "A": schema } } });
        let first = read(&document);
        prop_assert_eq!(&first, &read(&document));
        drop(read(&json!({ "openapi": "3.0.0", "info": { "title": "T" }, "paths": paths })));
    }
}

#[test]
fn a_schema_alone_is_read_with_its_own_definitions() {
    let document = json!({
        "allOf": [{ "$ref": "#/$defs/envelope" }],
        "properties": { "event": { "const": "order.paid" } },
        "$defs": { "envelope": { "type": "object", "properties": { "data": { "type": "object" } }, "required": ["data"] } },
    });
    let schema = read_schema(&document).unwrap();
    let names: Vec<_> = schema.properties.iter().map(|property| (property.name.as_str(), property.required)).collect();
    assert_eq!(names, [("data", true), ("event", false)]);
    assert!(read_schema(&json!({ "$ref": "https://evil.example/schema.json" })).is_err());
}

#[test]
fn the_schema_of_every_event_can_be_told() {
    for entry in crate::events::subscribable() {
        let document = serde_json::from_str(entry.schema).unwrap();
        let schema = read_schema(&document).unwrap_or_else(|fault| panic!("{}: {fault}", entry.name));
        assert!(!schema.properties.is_empty(), "{}", entry.name);
    }
}
