//! Holds the document to every answer of every test: status, content type, headers and body must be what it says.
//!
//! Patterns and formats are not looked at here: schemathesis does, against a running hub.

use std::sync::LazyLock;

use actix_web::http::Method;
use serde_json::Value;

use crate::hub::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&devhub_web::reference::openapi_json()).unwrap());

/// The document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// Fails when an answer is not what the document says.
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let place = format!("{method} {path} {}: {}", answer.status, answer.text);
    let read = if method == Method::HEAD || path.starts_with("/auth/check") { Method::GET } else { method.clone() };
    // A slash at the end is passed over on OwnPay's API.
    let is_merchant = path == "/api/v1" || path.starts_with("/api/v1/");
    if is_merchant && method == Method::OPTIONS && answer.status == 200 {
        // What browsers ask before they call: the document tells of calls.
        return;
    }
    let path = if is_merchant { path.trim_end_matches('/') } else { path };
    let failure = if is_merchant { "MerchantFailure" } else { "Problem" };
    let item = document()["paths"].as_object().unwrap().iter().find(|(template, _)| fits(template, path));
    let operation = item.and_then(|(_, item)| item.get(read.as_str().to_lowercase()));
    let Some(operation) = operation else {
        let is_unknown = matches!(answer.status.as_u16(), 400 | 401 | 404 | 405 | 414 | 431 | 508);
        assert!(is_unknown, "not in the document: {place}");
        return complain(resolved(&document()["components"]["schemas"][failure]), &answer.json(), &place);
    };
    let response = resolved(&operation["responses"][answer.status.as_str()]);
    assert!(response.is_object(), "status is not in the document: {place}");
    for name in document()["components"]["headers"].as_object().unwrap().keys() {
        let is_told = response["headers"].get(name).is_some();
        assert!(is_told || answer.headers.get(name.to_lowercase()).is_none(), "{name} is not in the document: {place}");
    }
    let Some(content) = response.get("content") else {
        return assert_eq!(answer.text, "", "{place}");
    };
    let media_type = answer.header("content-type").unwrap_or_else(|| panic!("no content type: {place}"));
    let media_type = media_type.split(';').next().unwrap();
    let schema = &content[media_type]["schema"];
    assert!(schema.is_object(), "{media_type} is not in the document: {place}");
    if method != Method::HEAD {
        let is_json = media_type.ends_with("json");
        let body = if is_json { answer.json() } else { Value::String(answer.text.clone()) };
        complain(schema, &body, &place);
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let same = |(told, asked): (&&str, &&str)| told == asked || (told.starts_with('{') && !is_word(asked));
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

/// Words that stand where an id could, in a path of their own.
fn is_word(part: &str) -> bool {
    matches!(part, "verify" | "batch" | "bulk" | "export" | "usage" | "unknown-attempts")
}

fn resolved(value: &Value) -> &Value {
    let target = value.get("$ref").and_then(Value::as_str);
    target.map_or(value, |target| document().pointer(target.trim_start_matches('#')).unwrap())
}

fn complain(schema: &Value, value: &Value, place: &str) {
    let found = complaint(schema, value);
    assert_eq!(found, None, "{place}");
}

/// What is wrong with a value; `None` when it is what the schema says.
pub(crate) fn complaint(schema: &Value, value: &Value) -> Option<String> {
    let schema = resolved(schema);
    let several = |name: &str| schema[name].as_array().map(|schemas| schemas.iter().map(|one| complaint(one, value)));
    if let Some(found) = several("allOf").and_then(|mut found| found.find_map(|complaint| complaint)) {
        return Some(found);
    }
    if several("oneOf").is_some_and(|found| found.filter(Option::is_none).count() != 1) {
        return Some(format!("{value} is not one of {schema}"));
    }
    let is_type = |name: &Value| name == type_of(value) || (name == "number" && value.is_number());
    let types = &schema["type"];
    if !(types.is_null() || is_type(types) || types.as_array().is_some_and(|types| types.iter().any(is_type))) {
        return Some(format!("{value} is not of type {types}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Some(format!("{value} is not among {}", schema["enum"]));
    }
    match value {
        Value::Object(_) => fields(schema, value),
        Value::Array(items) => {
            let found = outside(schema, items.len(), "minItems", "maxItems");
            found.or_else(|| items.iter().find_map(|item| complaint(&schema["items"], item)))
        }
        Value::String(text) => outside(schema, text.chars().count(), "minLength", "maxLength"),
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            let is_below = schema["minimum"].as_f64().is_some_and(|least| number < least);
            let is_above = schema["maximum"].as_f64().is_some_and(|most| number > most);
            (is_below || is_above).then(|| format!("{number} is outside the bounds of {schema}"))
        }
        Value::Null | Value::Bool(_) => None,
    }
}

fn fields(schema: &Value, value: &Value) -> Option<String> {
    let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
    if let Some(missing) = schema["required"].as_array().and_then(|names| names.iter().find(|name| !has(name))) {
        return Some(format!("{missing} is missing in {value}"));
    }
    value.as_object().unwrap().iter().find_map(|(name, value)| match schema["properties"].get(name) {
        Some(schema) => complaint(schema, value).map(|found| format!("{name}: {found}")),
        None => (schema["additionalProperties"] == false).then(|| format!("{name} is unknown")),
    })
}

fn outside(schema: &Value, count: usize, least: &str, most: &str) -> Option<String> {
    let count = u64::try_from(count).unwrap();
    let is_below = schema[least].as_u64().is_some_and(|least| count < least);
    let is_above = schema[most].as_u64().is_some_and(|most| count > most);
    (is_below || is_above).then(|| format!("{count} is outside the bounds of {schema}"))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
