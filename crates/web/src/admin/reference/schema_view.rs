//! A schema as a list that opens.

use askama::Template;
use askama::filters::HtmlSafe;
use devhub_domain::reference::Schema;

use super::prose::Prose;

/// Values of an enumeration that are shown.
const VALUES_MAX: usize = 60;

/// How deep a schema is open at first.
const OPEN_DEPTH: usize = 1;

/// One part of a schema, with its own parts.
#[derive(Template)]
#[template(path = "admin/reference/schema.html")]
pub(in crate::admin) struct SchemaView {
    /// As it is sent; empty for what has no name.
    name: String,
    /// What it is, in a few words.
    kind: String,
    is_required: bool,
    is_deprecated: bool,
    about: Prose,
    /// All values that it takes.
    values: Vec<String>,
    /// What else bounds it.
    facts: Vec<String>,
    /// What the button says that opens its parts.
    summary: String,
    is_open: bool,
    parts: Vec<SchemaView>,
}

impl HtmlSafe for SchemaView {}

impl SchemaView {
    /// A whole schema.
    pub(super) fn new(schema: &Schema) -> Self {
        Self::of("", schema, 0)
    }

    /// A value that a caller fills in.
    pub(super) fn parameter(name: &str, schema: &Schema, is_required: bool) -> Self {
        Self { is_required, ..Self::of(name, schema, OPEN_DEPTH) }
    }

    /// The same, told of by somebody else.
    pub(super) fn about(self, text: &str) -> Self {
        if text.is_empty() { self } else { Self { about: Prose::plain(text), ..self } }
    }

    fn of(name: &str, schema: &Schema, depth: usize) -> Self {
        let mut parts: Vec<Self> = Vec::new();
        // The schema is a tree that ends, by what has read it.
        for property in &schema.properties {
            let part = Self::of(&property.name, &property.schema, depth + 1);
            parts.push(Self { is_required: property.required, ..part });
        }
        if let Some(item) = schema.item.as_deref().filter(|item| item.has_parts()) {
            parts.extend(Self::of("", item, depth).flattened("each"));
        }
        if let Some(additional) = schema.additional.as_deref() {
            parts.push(Self::of("any other name", additional, depth + 1));
        }
        let variants = schema.variants.iter().flat_map(|variants| variants.schemas.iter().enumerate());
        for (at, variant) in variants {
            let label = if variant.name.is_empty() { format!("variant {}", at + 1) } else { variant.name.clone() };
            parts.push(Self::of(&label, variant, depth + 1));
        }
        Self {
            name: name.to_owned(),
            kind: kind(schema),
            is_required: false,
            is_deprecated: schema.deprecated,
            about: Prose::plain(&schema.description),
            values: schema.values.iter().take(VALUES_MAX).cloned().collect(),
            facts: facts(schema),
            summary: summary(name, schema),
            is_open: depth < OPEN_DEPTH,
            parts,
        }
    }

    /// Its parts, where they say all; else itself under this name.
    fn flattened(self, name: &str) -> Vec<Self> {
        if self.values.is_empty() && !self.parts.is_empty() {
            return self.parts;
        }
        vec![Self { name: name.to_owned(), ..self }]
    }
}

fn kind(schema: &Schema) -> String {
    let mut kind = schema.kind.clone();
    if !schema.format.is_empty() {
        kind = format!("{kind} ({})", schema.format);
    }
    if schema.nullable {
        kind.push_str(" or null");
    }
    if schema.is_cut && !schema.name.is_empty() {
        kind = format!("{kind}, {} again", schema.name);
    }
    kind
}

fn facts(schema: &Schema) -> Vec<String> {
    let mut facts = schema.bounds.clone();
    if !schema.default.is_empty() {
        facts.push(format!("default {}", schema.default));
    }
    if schema.read_only {
        facts.push("only answered".to_owned());
    }
    if schema.write_only {
        facts.push("only sent".to_owned());
    }
    let left_out = schema.values.len().saturating_sub(VALUES_MAX);
    if left_out > 0 {
        facts.push(format!("{left_out} more values"));
    }
    facts
}

fn summary(name: &str, schema: &Schema) -> String {
    let what = if schema.variants.is_some() && schema.properties.is_empty() { "Variants" } else { "Fields" };
    match (name, schema.name.as_str()) {
        ("", "") => what.to_owned(),
        ("", title) | (title, _) => format!("{what} of {title}"),
    }
}

#[cfg(test)]
impl crate::admin::components::Sample for SchemaView {
    const TEMPLATE: &'static str = "admin/reference/schema.html";

    fn samples() -> Vec<Self> {
        vec![Self::new(&super::samples::schema())]
    }
}
