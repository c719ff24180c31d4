//! Schemas, written out as trees.

use serde_json::Value;

use super::lookup::{entries, is_set, kind, members, pointer_of, text};
use super::merge::merge;
use super::{Reader, bounds};
use crate::reference::pointer::{Place, tokens};
use crate::reference::{Fault, Problem, Property, Schema, Variants};

/// How deep references and parts of schemas are followed; below, a schema is cut.
pub const DEPTH_MAX: usize = 24;

/// The most values of an `enum` that are shown.
const VALUES_MAX: usize = 200;

/// The most alternatives that are shown.
const VARIANTS_MAX: usize = 50;

/// The references that are open: what is named again below itself ends there.
struct Trail<'a> {
    above: Option<&'a Trail<'a>>,
    /// Empty for a step that is none of a reference.
    pointer: &'a str,
    depth: usize,
}

impl<'a> Trail<'a> {
    const TOP: Trail<'static> = Trail { above: None, pointer: "", depth: 0 };

    const fn below(&'a self, pointer: &'a str) -> Self {
        Self { above: Some(self), pointer, depth: self.depth + 1 }
    }

    fn holds(&self, pointer: &str) -> bool {
        self.pointer == pointer || self.above.is_some_and(|above| above.holds(pointer))
    }
}

impl<'d> Reader<'d> {
    /// A schema that is shown by itself.
    pub(super) fn schema_of(&mut self, value: &'d Value, place: &Place<'_>) -> Result<Schema, Fault> {
        self.budget.begin_branch();
        self.schema(value, place, &Trail::TOP)
    }

    fn schema(&mut self, value: &'d Value, place: &Place<'_>, trail: &Trail<'_>) -> Result<Schema, Fault> {
        if let Some(reference) = value.get("$ref") {
            return self.referred(value, reference, place, trail);
        }
        match value {
            // What is no schema is a fault wherever it stands, also where it is too deep to be shown.
            Value::Bool(_) | Value::Object(_) if trail.depth >= DEPTH_MAX || !self.budget.take_node() => {
                Ok(Schema { is_cut: true, ..Schema::of_kind("any") })
            }
            Value::Bool(true) => Ok(Schema::of_kind("any")),
            Value::Bool(false) => Ok(Schema::of_kind("nothing")),
            Value::Object(_) => self.written(value, place, trail),
            other => Err(place.fault(Problem::Kind { expected: "a schema", found: kind(other) })),
        }
    }

    /// A schema that is named. What stands beside the reference (OpenAPI 3.1) describes it here.
    fn referred(
        &mut self,
        value: &'d Value,
        reference: &'d Value,
        place: &Place<'_>,
        trail: &Trail<'_>,
    ) -> Result<Schema, Fault> {
        let named = place.name("$ref");
        let pointer = pointer_of(reference, &named)?;
        let Some(target) = self.document.pointer(&pointer) else {
            let reference = reference.as_str().unwrap_or_default().chars().take(200).collect();
            return Err(named.fault(Problem::Dangling { reference }));
        };
        let name = self.budget.short(&tokens(&pointer).last().unwrap_or_default(), place)?;
        if pointer.is_empty() || trail.holds(&pointer) || trail.depth >= DEPTH_MAX {
            return Ok(Schema { name, is_cut: true, ..Schema::of_kind("object") });
        }
        let mut schema = self.schema(target, &Place::at(&pointer), &trail.below(&pointer))?;
        // The outermost name is the one that was asked for.
        schema.name = name;
        let description = self.budget.long(value, place)?;
        if !description.is_empty() {
            schema.description = description;
        }
        schema.deprecated |= is_set(value, "deprecated");
        Ok(schema)
    }

    /// A schema that stands here.
    fn written(&mut self, value: &'d Value, place: &Place<'_>, trail: &Trail<'_>) -> Result<Schema, Fault> {
        let mut schema = Schema {
            kind: "any".to_owned(),
            format: text(value, "format"),
            nullable: is_set(value, "nullable"),
            description: self.budget.long(value, place)?,
            deprecated: is_set(value, "deprecated"),
            read_only: is_set(value, "readOnly"),
            write_only: is_set(value, "writeOnly"),
            bounds: bounds::bounds(value),
            ..Schema::default()
        };
        self.values(&mut schema, value, place)?;
        self.parts(&mut schema, value, place, trail)?;
        self.alternatives(&mut schema, value, place, trail)?;
        let all = place.name("allOf");
        let parts = entries(value, "allOf", place)?;
        for (number, part) in parts.iter().enumerate() {
            let part = self.schema(part, &all.number(number), &trail.below(""))?;
            // The name of a part is that of the whole only where there is nothing else.
            if parts.len() == 1 && value.get("properties").is_none() {
                schema.name.clone_from(&part.name);
            }
            merge(&mut schema, part);
        }
        self.require(&mut schema, value, place)?;
        name_kind(&mut schema, value);
        Ok(schema)
    }

    /// The values that it takes, that it has by default, and that it shows.
    fn values(&mut self, schema: &mut Schema, value: &'d Value, place: &Place<'_>) -> Result<(), Fault> {
        let all = value.get("const").map(std::slice::from_ref).map_or_else(|| entries(value, "enum", place), Ok)?;
        schema.nullable |= all.len() > 1 && all.contains(&Value::Null);
        for one in all.iter().filter(|one| all.len() == 1 || !one.is_null()).take(VALUES_MAX) {
            schema.values.push(self.budget.short(&one.to_string(), place)?);
        }
        if let Some(default) = value.get("default") {
            schema.default = self.budget.short(&default.to_string(), place)?;
        }
        let first = value.get("examples").and_then(|examples| examples.get(0));
        if let Some(example) = value.get("example").or(first) {
            let text = example.to_string();
            // One that would be cut is no example any more.
            schema.example = if text.chars().count() <= 400 { self.budget.short(&text, place)? } else { String::new() };
        }
        Ok(())
    }

    /// What stands in objects and arrays.
    fn parts(
        &mut self,
        schema: &mut Schema,
        value: &'d Value,
        place: &Place<'_>,
        trail: &Trail<'_>,
    ) -> Result<(), Fault> {
        let all = place.name("properties");
        for (name, part) in members(value, "properties", place)? {
            let part = self.schema(part, &all.name(name), &trail.below(""))?;
            if part.is_cut && part.name.is_empty() {
                schema.is_cut = true;
            }
            schema.properties.push(Property { name: self.budget.short(name, place)?, required: false, schema: part });
        }
        if let Some(item) = value.get("items") {
            schema.item = Some(Box::new(self.schema(item, &place.name("items"), &trail.below(""))?));
        }
        if let Some(values) = value.get("additionalProperties").filter(|values| **values != Value::Bool(false)) {
            let at = place.name("additionalProperties");
            schema.additional = Some(Box::new(self.schema(values, &at, &trail.below(""))?));
        }
        Ok(())
    }

    /// `oneOf` or `anyOf`. One of them that is `null` says that the others may be; a single one is no alternative.
    fn alternatives(
        &mut self,
        schema: &mut Schema,
        value: &'d Value,
        place: &Place<'_>,
        trail: &Trail<'_>,
    ) -> Result<(), Fault> {
        let word = if value.get("oneOf").is_some() { "oneOf" } else { "anyOf" };
        let list = place.name(word);
        let mut schemas = Vec::new();
        for (number, one) in entries(value, word, place)?.iter().enumerate().take(VARIANTS_MAX) {
            if text(one, "type") == "null" {
                schema.nullable = true;
                continue;
            }
            schemas.push(self.schema(one, &list.number(number), &trail.below(""))?);
        }
        if schemas.len() < 2 {
            if let Some(only) = schemas.pop() {
                let name = only.name.clone();
                merge(schema, only);
                schema.name = name;
            }
            return Ok(());
        }
        let discriminator = value.get("discriminator").map(|told| text(told, "propertyName")).unwrap_or_default();
        schema.variants = Some(Variants { is_exclusive: word == "oneOf", schemas, discriminator });
        Ok(())
    }

    /// Marks what is required, by this schema or by one that applies as well, and puts it first.
    fn require(&mut self, schema: &mut Schema, value: &'d Value, place: &Place<'_>) -> Result<(), Fault> {
        let mut required: Vec<&str> = Vec::new();
        required.extend(entries(value, "required", place).unwrap_or_default().iter().filter_map(Value::as_str));
        for part in entries(value, "allOf", place)? {
            let part = self.resolve(part, place)?.value;
            required.extend(entries(part, "required", place).unwrap_or_default().iter().filter_map(Value::as_str));
        }
        let required: std::collections::HashSet<&str> = required.into_iter().collect();
        for property in &mut schema.properties {
            property.required |= required.contains(property.name.as_str());
        }
        schema.properties.sort_by_key(|property| !property.required);
        Ok(())
    }
}

/// Says in words what it is.
fn name_kind(schema: &mut Schema, value: &Value) {
    let mut types: Vec<&str> = match value.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).take(8).collect(),
        _ => Vec::new(),
    };
    if types.len() > 1 {
        schema.nullable |= types.contains(&"null");
        types.retain(|kind| *kind != "null");
    }
    let known = types
        .iter()
        .filter(|kind| ["string", "integer", "number", "boolean", "object", "array", "null"].contains(*kind));
    let said = known.copied().collect::<Vec<_>>().join(" or ");
    let is_unsaid = said.is_empty() && schema.kind == "any";
    schema.kind = match &schema.item {
        Some(item) if said == "array" || is_unsaid => array_of(item),
        _ if !said.is_empty() => said,
        _ if !is_unsaid => return,
        _ if !schema.properties.is_empty() || schema.additional.is_some() => "object".to_owned(),
        _ => match &schema.variants {
            Some(variants) if variants.is_exclusive => format!("one of {}", variants.schemas.len()),
            Some(variants) => format!("any of {}", variants.schemas.len()),
            None => schema.values.first().map_or("any", |first| kind_of(first)).to_owned(),
        },
    };
}

fn array_of(item: &Schema) -> String {
    let what = if item.name.is_empty() { &item.kind } else { &item.name };
    let shown: String = what.chars().take(60).collect();
    format!("array of {shown}")
}

/// What the only values are, when nothing else says it.
fn kind_of(json: &str) -> &'static str {
    match json.chars().next() {
        Some('"') => "string",
        Some('t' | 'f') => "boolean",
        Some('-' | '0'..='9') => "number",
        Some('n') => "null",
        _ => "any",
    }
}
