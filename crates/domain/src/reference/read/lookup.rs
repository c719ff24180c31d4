//! Finds what an object of the document holds, and where references lead.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::Reader;
use crate::reference::pointer::Place;
use crate::reference::{Fault, Problem};

/// How many references may lead to one another before it is a circle.
const STEPS_MAX: usize = 16;

/// Where references led.
pub(super) struct Target<'d> {
    pub(super) value: &'d Value,
    /// The pointer of the last reference; `None` when there was none.
    pub(super) pointer: Option<String>,
}

impl Target<'_> {
    /// Where the value stands, when it was named at `place`.
    pub(super) fn place<'p>(&'p self, place: &'p Place<'p>) -> Place<'p> {
        self.pointer.as_deref().map_or(*place, Place::at)
    }
}

impl<'d> Reader<'d> {
    /// The value itself, or what its references lead to.
    pub(super) fn resolve(&self, value: &'d Value, place: &Place<'_>) -> Result<Target<'d>, Fault> {
        let mut target = Target { value, pointer: None };
        for _ in 0..STEPS_MAX {
            let Some(reference) = target.value.get("$ref") else { return Ok(target) };
            let pointer = pointer_of(reference, &target.place(place).name("$ref"))?;
            let Some(value) = self.document.pointer(&pointer) else {
                let reference = written(reference);
                return Err(target.place(place).name("$ref").fault(Problem::Dangling { reference }));
            };
            target = Target { value, pointer: Some(pointer) };
        }
        let reference = value.get("$ref").map(written).unwrap_or_default();
        Err(place.name("$ref").fault(Problem::Circle { reference }))
    }
}

/// The pointer that a reference within the document holds.
pub(super) fn pointer_of(reference: &Value, place: &Place<'_>) -> Result<String, Fault> {
    let Some(text) = reference.as_str() else {
        return Err(place.fault(Problem::Kind { expected: "a text", found: kind(reference) }));
    };
    let inside = text.strip_prefix('#').map(|fragment| percent_decode_str(fragment).decode_utf8_lossy().into_owned());
    match inside {
        Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => Ok(pointer),
        _ => Err(place.fault(Problem::Outside { reference: written(reference) })),
    }
}

/// A reference for an error: its beginning.
fn written(reference: &Value) -> String {
    reference.as_str().unwrap_or_default().chars().take(200).collect()
}

/// The value as an object.
pub(super) fn object<'v>(value: &'v Value, place: &Place<'_>) -> Result<&'v Map<String, Value>, Fault> {
    value.as_object().ok_or_else(|| place.fault(Problem::Kind { expected: "an object", found: kind(value) }))
}

/// The members of an object within an object; none when it is not there.
pub(super) fn members<'v>(
    within: &'v Value,
    name: &'static str,
    place: &Place<'_>,
) -> Result<impl Iterator<Item = (&'v String, &'v Value)> + use<'v>, Fault> {
    let found = within.get(name).map(|value| object(value, &place.name(name))).transpose()?;
    Ok(found.into_iter().flatten())
}

/// The entries of a list within an object; none when it is not there.
pub(super) fn entries<'v>(within: &'v Value, name: &'static str, place: &Place<'_>) -> Result<&'v [Value], Fault> {
    match within.get(name) {
        None => Ok(&[]),
        Some(Value::Array(entries)) => Ok(entries),
        Some(other) => Err(place.name(name).fault(Problem::Kind { expected: "a list", found: kind(other) })),
    }
}

/// A short text within an object, or a number as it would be written (`version: 1.0` is one in YAML); empty when there is none.
pub(super) fn text(within: &Value, name: &str) -> String {
    match within.get(name) {
        Some(Value::String(text)) => text.trim().chars().take(400).collect(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Whether a member is there and true.
pub(super) fn is_set(within: &Value, name: &str) -> bool {
    within.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// What a value is, with its article.
pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
