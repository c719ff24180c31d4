//! What bounds a value, in words.

use serde_json::Value;

/// The bounds of a schema, each in a few words.
pub(super) fn bounds(schema: &Value) -> Vec<String> {
    let mut told = Vec::new();
    let span = |least, most, what| between(count(schema, least), count(schema, most), what);
    told.extend(span("minLength", "maxLength", "characters"));
    told.extend(span("minItems", "maxItems", "entries"));
    told.extend(span("minProperties", "maxProperties", "properties"));
    told.extend(lower(schema));
    told.extend(upper(schema));
    told.extend(number(schema, "multipleOf").map(|step| format!("a multiple of {step}")));
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        told.push(format!("matches {}", pattern.chars().take(200).collect::<String>()));
    }
    if schema.get("uniqueItems").and_then(Value::as_bool).unwrap_or_default() {
        told.push("no entry twice".to_owned());
    }
    told
}

fn between(least: Option<u64>, most: Option<u64>, what: &str) -> Option<String> {
    match (least.filter(|&least| least > 0), most) {
        (Some(least), Some(most)) if least == most => Some(format!("exactly {least} {what}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most} {what}")),
        (Some(least), None) => Some(format!("at least {least} {what}")),
        (None, Some(most)) => Some(format!("at most {most} {what}")),
        (None, None) => None,
    }
}

/// In OpenAPI 3.0 `exclusiveMinimum` says whether `minimum` is meant so; in 3.1 it is a number of its own.
fn lower(schema: &Value) -> Option<String> {
    let least = number(schema, "minimum");
    match (number(schema, "exclusiveMinimum"), least) {
        (Some(least), _) => Some(format!("more than {least}")),
        (None, Some(least)) if is_set(schema, "exclusiveMinimum") => Some(format!("more than {least}")),
        (None, least) => least.map(|least| format!("at least {least}")),
    }
}

fn upper(schema: &Value) -> Option<String> {
    let most = number(schema, "maximum");
    match (number(schema, "exclusiveMaximum"), most) {
        (Some(most), _) => Some(format!("less than {most}")),
        (None, Some(most)) if is_set(schema, "exclusiveMaximum") => Some(format!("less than {most}")),
        (None, most) => most.map(|most| format!("at most {most}")),
    }
}

fn is_set(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn count(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn number(schema: &Value, name: &str) -> Option<String> {
    schema.get(name).filter(|value| value.is_number()).map(ToString::to_string)
}
