//! What a schema may be, and what it says of a payload.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn compiled(schema: &Value) -> Schema {
    Schema::compile(&schema.to_string()).unwrap_or_else(|error| panic!("{schema}: {error}"))
}

/// The complaints about a payload, each as `pointer: wanted`.
fn told(schema: &Value, payload: &Value) -> Vec<String> {
    let faults = compiled(schema).faults(payload.to_string().as_bytes());
    faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.wanted)).collect()
}

fn refused(schema: &Value) -> String {
    Schema::compile(&schema.to_string()).unwrap_err().to_string()
}

#[test]
fn a_fault_names_its_field_and_says_what_is_wanted() {
    let schema = json!({
        "type": "object",
        "required": ["amount", "data"],
        "properties": {
            "amount": { "type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$" },
            "status": { "enum": ["paid", "failed"] },
            "data": { "required": ["id"], "properties": { "items": { "items": { "type": "integer", "minimum": 1 } } } },
        },
    });
    let payload = json!({ "amount": 10, "status": "canceled", "data": { "items": [1, 0, "2"] } });
    assert_eq!(
        told(&schema, &payload),
        [
            "/amount: must be of type string",
            "/data/id: must be there",
            "/data/items/1: must be at least 1",
            "/data/items/2: must be of type integer",
            "/status: must be one of \"paid\", \"failed\"",
        ]
    );
    let good = json!({ "amount": "10.00", "status": "paid", "data": { "id": 1, "items": [1.0] } });
    assert_eq!(told(&schema, &good), [""; 0]);
    assert_eq!(told(&schema, &json!([])), [": must be of type object"]);
}

#[test]
fn every_word_says_what_the_draft_says() {
    let cases = [
        (json!(true), json!(1), true),
        (json!(false), json!(1), false),
        (json!({}), json!(null), true),
        (json!({ "type": ["integer", "null"] }), json!(1.5), false),
        (json!({ "const": 1 }), json!(1.0), true),
        (json!({ "const": { "a": [1] } }), json!({ "a": [1.0] }), true),
        (json!({ "enum": [] }), json!(1), false),
        (json!({ "minimum": 1 }), json!("a"), true),
        (json!({ "exclusiveMaximum": 2 }), json!(2), false),
        (json!({ "multipleOf": 0.01 }), json!(19.99), true),
        (json!({ "minLength": 2 }), json!("🎉"), false),
        (json!({ "maxItems": 1 }), json!([1, 2]), false),
        (json!({ "minProperties": 1 }), json!({}), false),
        (json!({ "uniqueItems": true }), json!([1, true, 1.0]), false),
        (json!({ "prefixItems": [{ "type": "string" }], "items": false }), json!(["a"]), true),
        (json!({ "prefixItems": [{ "type": "string" }], "items": false }), json!(["a", 1]), false),
        (json!({ "contains": { "const": 1 }, "maxContains": 1 }), json!([1, 1]), false),
        (json!({ "contains": { "const": 1 }, "minContains": 0 }), json!([]), true),
        (json!({ "patternProperties": { "^x-": false } }), json!({ "x-a": 1 }), false),
        (json!({ "properties": { "a": {} }, "additionalProperties": false }), json!({ "a": 1, "b": 1 }), false),
        (json!({ "propertyNames": { "maxLength": 1 } }), json!({ "ab": 1 }), false),
        (json!({ "dependentRequired": { "a": ["b"] } }), json!({ "a": 1 }), false),
        (json!({ "dependentSchemas": { "a": { "required": ["b"] } } }), json!({ "a": 1 }), false),
        (json!({ "allOf": [{ "minimum": 1 }, { "maximum": 2 }] }), json!(3), false),
        (json!({ "anyOf": [{ "minimum": 3 }, { "type": "string" }] }), json!(2), false),
        (json!({ "oneOf": [{ "minimum": 1 }, { "minimum": 2 }] }), json!(3), false),
        (json!({ "not": { "type": "string" } }), json!("a"), false),
        (json!({ "if": { "minimum": 10 }, "then": { "multipleOf": 10 }, "else": { "maximum": 5 } }), json!(20), true),
        (json!({ "if": { "minimum": 10 }, "then": { "multipleOf": 10 }, "else": { "maximum": 5 } }), json!(6), false),
        (json!({ "format": "email" }), json!("no address"), true),
        (json!({ "$ref": "#/$defs/a%2Fb~0", "$defs": { "a/b~": { "type": "null" } } }), json!(1), true),
    ];
    for (schema, payload, expected) in &cases[..cases.len() - 1] {
        assert_eq!(told(schema, payload).is_empty(), *expected, "{schema} {payload}");
    }
    let (schema, payload, _) = &cases[cases.len() - 1];
    assert!(refused(schema).contains("$ref must be # or a JSON pointer"), "{schema} {payload}");
}

#[test]
fn a_schema_may_refer_to_itself_where_the_payload_goes_deeper() {
    let tree = json!({
        "type": "object",
        "properties": { "children": { "type": "array", "items": { "$ref": "#" } } },
        "required": ["name"],
    });
    let payload = json!({ "name": "a", "children": [{ "name": "b" }, { "children": [] }] });
    assert_eq!(told(&tree, &payload), ["/children/1/name: must be there"]);
}

#[test]
fn a_schema_that_never_ends_is_refused() {
    let cases = [
        json!({ "$ref": "#" }),
        json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "anyOf": [{ "$ref": "#/$defs/a" }] } } }),
        json!({ "not": { "if": true, "then": { "$ref": "#" } } }),
    ];
    for schema in cases {
        assert!(refused(&schema).contains("it has no end"), "{schema}: {}", refused(&schema));
    }
}

#[test]
fn what_is_wrong_with_a_schema_is_named_with_its_place() {
    let cases = [
        (json!(1), "schema: a schema must be an object, true or false"),
        (json!({ "$schema": "http://json-schema.org/draft-07/schema#" }), "schema at /$schema: must be \"https://json"),
        (json!({ "type": "text" }), "schema at /type: must be one of null, boolean"),
        (json!({ "minimum": "1" }), "schema at /minimum: must be a number"),
        (json!({ "multipleOf": 0 }), "schema at /multipleOf: must be greater than 0"),
        (json!({ "maxLength": -1 }), "schema at /maxLength: must be a whole number from 0 on"),
        (
            json!({ "pattern": "(?=a)" }),
            "schema at /pattern: pattern is no regular expression that runs in linear time",
        ),
        (
            json!({ "properties": { "a/b": { "allOf": [] } } }),
            "schema at /properties/a~1b/allOf: must be a list of schemas",
        ),
        (json!({ "items": [{}] }), "schema at /items: a schema must be an object, true or false"),
        (json!({ "$defs": { "unused": 1 } }), "schema at /$defs/unused: a schema must be"),
        (json!({ "$ref": "https://example.com/schema" }), "schema: $ref must begin with # and stay inside the schema"),
        (json!({ "$ref": "file:///etc/passwd" }), "schema: $ref must begin with #"),
        (json!({ "$ref": "#amount" }), "schema: $ref must be # or a JSON pointer to a schema that exists"),
        (json!({ "properties": { "a": { "$id": "b" } } }), "schema at /properties/a: $id may stand at the root only"),
        (json!({ "unevaluatedProperties": false }), "schema: unevaluatedProperties is not understood: use additional"),
    ];
    for (schema, expected) in cases {
        assert!(refused(&schema).starts_with(expected), "{schema}: {}", refused(&schema));
    }
}

#[test]
fn a_schema_has_bounds() {
    let long = json!({ "description": "a".repeat(SCHEMA_BYTES_MAX) }).to_string();
    assert_eq!(Schema::compile(&long).unwrap_err(), SchemaError::TooLarge(long.len()));
    let deep = format!("{}true{}", r#"{"not":"#.repeat(65), "}".repeat(65));
    assert_eq!(Schema::compile(&deep).unwrap_err(), SchemaError::TooDeep);
    let wide = json!({ "anyOf": vec![true; 2_001] });
    assert_eq!(Schema::compile(&wide.to_string()).unwrap_err(), SchemaError::TooManyNodes);
    assert!(matches!(Schema::compile("{"), Err(SchemaError::NotJson(_))));
}

/// Each level of the payload doubles the work: 2 to the power of 60.
#[test]
fn a_check_that_would_not_end_in_time_ends_with_a_complaint() {
    let schema =
        json!({ "anyOf": [{ "items": { "$ref": "#" }, "minItems": 1 }, { "items": { "$ref": "#" }, "minItems": 1 }] });
    let payload = format!("{}{}", "[".repeat(60), "]".repeat(60));
    let faults = compiled(&schema).faults(payload.as_bytes());
    assert_eq!(faults.len(), 1);
    assert!(faults[0].wanted.starts_with("must be checked against its schema in 1000000 steps"), "{faults:?}");
}

#[test]
fn a_check_goes_as_deep_as_a_payload_may_be() {
    let schema = json!({ "allOf": [{ "items": { "$ref": "#" } }] });
    let payload = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(compiled(&schema).faults(payload.as_bytes()), []);
}

#[test]
fn the_largest_payload_of_small_values_is_checked_within_the_bound() {
    let schema = json!({ "items": { "type": "integer", "minimum": 0 } });
    let payload = format!("[{}1]", "1,".repeat(130_000));
    assert_eq!(compiled(&schema).faults(payload.as_bytes()), []);
}

#[test]
fn a_fault_repeats_neither_a_value_nor_a_name_that_could_be_a_secret() {
    let secret = "sk_live_8ae87c48aae2f50bc1e19b4f2d8e3c0a";
    let schema = json!({ "additionalProperties": { "enum": ["a"] }, "propertyNames": { "maxLength": 3 } });
    let told = told(&schema, &json!({ secret: secret }));
    assert_eq!(told, [": must have no field whose name the schema excludes", "/*: must be one of \"a\""]);
}

#[test]
fn faults_are_few_and_short() {
    let names: Vec<_> = (0..50).map(|number| format!("{number}{}", "n".repeat(500))).collect();
    let faults = compiled(&json!({ "required": names })).faults(b"{}");
    assert_eq!(faults.len(), FAULTS_MAX);
    assert!(faults.iter().all(|fault| fault.pointer.chars().count() <= 201));
    let many: Vec<_> = (0..1_000).collect();
    let wanted = &compiled(&json!({ "enum": many })).faults(b"-1")[0].wanted;
    assert!(wanted.chars().count() < 150, "{wanted}");
}

#[test]
fn a_number_that_nothing_can_hold_is_a_fault_and_no_panic() {
    assert_eq!(compiled(&json!({})).faults(b"1e999")[0].wanted, "must be JSON with numbers that a double can hold");
}

/// Words of schemas with values that fit, half fit, or do not fit.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        Just(json!({ "$ref": "#" })),
        Just(json!({ "$ref": "#/$defs/a" })),
        Just(json!({ "type": "string", "pattern": "^(a|b)*$" })),
        (-5_i64..5).prop_map(|limit| json!({ "minimum": limit, "multipleOf": 2, "maxItems": limit })),
        Just(json!({ "uniqueItems": true, "required": ["a"], "enum": [1, "a", [1]] })),
    ];
    let words = prop::sample::select(vec![
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "items",
        "prefixItems",
        "contains",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "dependentSchemas",
        "$defs",
    ]);
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let word = (words.clone(), prop::collection::vec(inner, 1..4)).prop_map(|(word, inner)| {
            let first = inner.first().cloned().unwrap_or_default();
            let value = match word {
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => Value::Array(inner),
                "properties" | "patternProperties" | "dependentSchemas" | "$defs" => {
                    json!({ "a": first, "b": inner.last() })
                }
                _ => first,
            };
            (word.to_owned(), value)
        });
        prop::collection::vec(word, 1..4).prop_map(|words| Value::Object(words.into_iter().collect()))
    })
}

fn payload() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[a-c]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|fields| json!(fields)),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_a_schema_or_an_error(text: String) {
        drop(Schema::compile(&text));
    }

    #[test]
    fn any_pattern_is_compiled_or_refused(pattern: String, text: String) {
        if let Ok(schema) = Schema::compile(&json!({ "pattern": pattern }).to_string()) {
            prop_assert!(schema.faults(json!(text).to_string().as_bytes()).len() <= 1);
        }
    }

    #[test]
    fn any_schema_checks_any_payload_with_few_complaints(schema in schema(), payload in payload()) {
        if let Ok(compiled) = Schema::compile(&schema.to_string()) {
            let faults = compiled.faults(payload.to_string().as_bytes());
            prop_assert!(faults.len() <= FAULTS_MAX);
            prop_assert!(faults.iter().all(|fault| fault.pointer.chars().count() <= 201 && fault.wanted.len() < 1_000));
        }
    }

    /// What holds is not excluded by `not`, and the other way round; unless the check is too costly, which complains both ways.
    #[test]
    fn a_schema_and_its_negation_disagree(schema in schema(), payload in payload()) {
        let mut negation = String::new();
        write!(negation, r#"{{"not":{schema}}}"#).unwrap();
        if let (Ok(plain), Ok(negated)) = (Schema::compile(&schema.to_string()), Schema::compile(&negation)) {
            let bytes = payload.to_string();
            let refers = schema.to_string().contains("$ref");
            let (holds, is_excluded) = (plain.faults(bytes.as_bytes()).is_empty(), !negated.faults(bytes.as_bytes()).is_empty());
            prop_assert!(refers || holds == is_excluded, "{} {}", schema, payload);
        }
    }
}
