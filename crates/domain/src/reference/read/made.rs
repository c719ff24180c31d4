//! Values made from schemas, for whoever has no example: always the same, and plainly made up.

use serde_json::{Map, Value, json};

use crate::reference::Schema;

/// A value that the schema takes, as far as that is known without trying.
pub(super) fn value(schema: &Schema) -> Value {
    let mut said = [&schema.example, &schema.default].into_iter().chain(schema.values.first());
    if let Some(value) = said.find_map(|text| serde_json::from_str(text).ok()) {
        return value;
    }
    if !schema.properties.is_empty() {
        let shown = schema.properties.iter().filter(|property| !property.schema.deprecated);
        return shown.map(|property| (property.name.clone(), value(&property.schema))).collect::<Map<_, _>>().into();
    }
    if let Some(first) = schema.variants.as_ref().and_then(|variants| variants.schemas.first()) {
        return value(first);
    }
    if let Some(item) = &schema.item {
        return if item.is_cut { json!([]) } else { json!([value(item)]) };
    }
    match schema.kind.split(' ').next().unwrap_or_default() {
        "object" => schema.additional.as_ref().map_or_else(|| json!({}), |values| json!({ "name": value(values) })),
        "array" => json!([]),
        "string" => json!(word(&schema.format)),
        "integer" => json!(1),
        "number" => json!(1.5),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

fn word(format: &str) -> &'static str {
    match format {
        "date-time" => "2026-01-31T12:00:00Z",
        "date" => "2026-01-31",
        "time" => "12:00:00Z",
        "uuid" => "3f2a7c1e-5b8d-4e6f-9a0b-1c2d3e4f5a6b",
        "email" => "name@example.com",
        "uri" | "url" | "uri-reference" => "https://example.com/",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" => "ZXhhbXBsZQ==",
        _ => "string",
    }
}

/// Indented JSON.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// As it stands in a path or a query: texts without quotes, nothing for nothing.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
