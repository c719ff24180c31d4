//! A schema as a list that opens.

use askama::Template;
use askama::filters::HtmlSafe;
use devhub_domain::reference::Schema;

use super::prose::Prose;
use super::room::Room;

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
    pub(super) fn new(schema: &Schema, room: &Room) -> Self {
        Self::of("", schema, 0, room)
    }

    /// A value that a caller fills in.
    pub(super) fn parameter(name: &str, schema: &Schema, is_required: bool, room: &Room) -> Self {
        Self { is_required, ..Self::of(name, schema, OPEN_DEPTH, room) }
    }

    /// The same, told of by somebody else.
    pub(super) fn about(self, text: &str) -> Self {
        if text.is_empty() { self } else { Self { about: Prose::plain(text), ..self } }
    }

    fn of(name: &str, schema: &Schema, depth: usize, room: &Room) -> Self {
        let mut facts = facts(schema);
        room.add_node(text_bytes(name, schema, &facts));
        let mut parts: Vec<Self> = Vec::new();
        let mut has_more = false;
        // The schema is a tree that ends, by what has read it.
        let mut part = |name: &str, schema: &Schema, depth| {
            has_more |= room.is_full();
            (!room.is_full()).then(|| Self::of(name, schema, depth, room))
        };
        for property in &schema.properties {
            let part = part(&property.name, &property.schema, depth + 1);
            parts.extend(part.map(|part| Self { is_required: property.required, ..part }));
        }
        if let Some(item) = schema.item.as_deref().filter(|item| item.has_parts()) {
            parts.extend(part("", item, depth).into_iter().flat_map(|item| item.flattened("each")));
        }
        if let Some(additional) = schema.additional.as_deref() {
            parts.extend(part("any other name", additional, depth + 1));
        }
        let variants = schema.variants.iter().flat_map(|variants| variants.schemas.iter().enumerate());
        for (at, variant) in variants {
            let label = if variant.name.is_empty() { format!("variant {}", at + 1) } else { variant.name.clone() };
            parts.extend(part(&label, variant, depth + 1));
        }
        if has_more {
            facts.push("more than fits on this page".to_owned());
        }
        Self {
            name: name.to_owned(),
            kind: kind(schema),
            is_required: false,
            is_deprecated: schema.deprecated,
            about: Prose::plain(&schema.description),
            values: schema.values.iter().take(VALUES_MAX).cloned().collect(),
            facts,
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

/// The texts of a schema without those of its parts.
fn text_bytes(name: &str, schema: &Schema, facts: &[String]) -> usize {
    let texts = schema.values.iter().take(VALUES_MAX).chain(facts).map(String::len).sum::<usize>();
    texts + name.len() + schema.kind.len() + schema.description.len()
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
        vec![Self::new(&super::samples::schema(), &Room::of_page())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use devhub_domain::reference::Property;

    fn object(count: usize, description: &str) -> Schema {
        let schema = Schema { description: description.to_owned(), ..Schema::of_kind("string") };
        let property = |at| Property { name: format!("p{at}"), required: false, schema: schema.clone() };
        Schema { properties: (0..count).map(property).collect(), ..Schema::of_kind("object") }
    }

    #[test]
    fn all_schemas_of_a_page_fill_the_same_room() {
        let (schema, room) = (object(400, ""), Room::of_page());
        let shown: usize = (0..100).map(|_| SchemaView::new(&schema, &room).parts.len()).sum();
        assert!((1_900..2_000).contains(&shown), "{shown}");
        let last = SchemaView::new(&schema, &room);
        assert!(last.parts.is_empty() && last.facts == ["more than fits on this page"]);
    }

    #[test]
    fn long_texts_fill_it_as_well() {
        let view = SchemaView::new(&object(400, &"<".repeat(6_000)), &Room::of_page());
        let html = view.render().unwrap();
        assert!(html.len() < 3 * 1024 * 1024 && html.contains("more than fits on this page"), "{}", html.len());
    }
}
