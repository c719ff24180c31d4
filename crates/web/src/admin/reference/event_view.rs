//! What an event looks like: the same in the reference and in the catalogue.

use askama::Template;
use askama::filters::HtmlSafe;
use devhub_domain::events::{CatalogEntry, KnownType};
use devhub_domain::reference::read_schema;
use serde_json::Value;

use super::media::cut;
use super::room::Room;
use super::schema_view::SchemaView;

/// An event type, with all that is known of its payloads.
#[derive(Template)]
#[template(path = "admin/reference/event.html")]
pub(in crate::admin) struct EventView {
    name: String,
    /// When it happens.
    about: String,
    /// `None` where there is none, or one that cannot be told in words.
    schema: Option<SchemaView>,
    /// A payload as receivers get it; empty when there is none.
    sample: String,
    /// Whether schema and payload are in sight at once.
    is_open: bool,
}

impl HtmlSafe for EventView {}

impl EventView {
    /// Among others: what it looks like has to be asked for.
    pub(super) fn among_others(entry: &CatalogEntry) -> Self {
        Self::of(entry.name, entry.description, (entry.schema, entry.sample))
    }

    /// Alone on its page.
    pub(in crate::admin) fn alone(known: &KnownType) -> Self {
        let view = match known {
            KnownType::BuiltIn(entry) => Self::among_others(entry),
            KnownType::Own(own) => {
                let sample = String::from_utf8_lossy(own.sample.as_bytes());
                Self::of(own.name.as_str(), own.description.as_str(), (&own.schema, &sample))
            }
        };
        Self { is_open: true, ..view }
    }

    fn of(name: &str, about: &str, (schema, sample): (&str, &str)) -> Self {
        let schema = serde_json::from_str::<Value>(schema).ok().and_then(|schema| read_schema(&schema).ok());
        let sample =
            serde_json::from_str::<Value>(sample).map_or_else(|_| sample.to_owned(), |json| format!("{json:#}"));
        Self {
            name: name.to_owned(),
            about: about.to_owned(),
            schema: schema.as_ref().map(|schema| SchemaView::new(schema, &Room::of_page())),
            sample: cut(&sample),
            is_open: false,
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
pub(in crate::admin) mod samples {
    use super::*;
    use crate::admin::components::Sample;

    /// What comes with the hub.
    pub(in crate::admin) fn built_in() -> EventView {
        let schema = r#"{"type":"object","properties":{"amount":{"type":"string"}},"required":["amount"]}"#;
        EventView::of("payment.completed", "It was paid.", (schema, r#"{"a":1}"#))
    }

    /// What somebody has added, with texts that are to stay texts.
    pub(in crate::admin) fn own() -> EventView {
        EventView { is_open: true, ..EventView::of("order.<b>", "<script>alert(1)</script>", ("", "</pre><b>")) }
    }

    impl Sample for EventView {
        const TEMPLATE: &'static str = "admin/reference/event.html";

        fn samples() -> Vec<Self> {
            vec![built_in(), own()]
        }
    }
}
