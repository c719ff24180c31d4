//! Bodies, and how methods look.

use devhub_domain::reference::MediaType;

use super::room::Room;
use super::schema_view::SchemaView;
use crate::admin::components::{Badge, Tone};

/// Examples of one body that are shown.
const EXAMPLES_MAX: usize = 4;

/// Characters of an example that are shown.
const EXAMPLE_CHARS_MAX: usize = 8_000;

/// One form of a body.
pub(super) struct MediaView {
    pub(super) name: String,
    pub(super) schema: SchemaView,
    pub(super) examples: Vec<ExampleView>,
}

/// What a body can look like.
pub(super) struct ExampleView {
    pub(super) title: String,
    pub(super) text: String,
}

impl MediaView {
    pub(super) fn new(media: &MediaType, room: &Room) -> Self {
        let schema = SchemaView::new(&media.schema, room);
        let examples = media.examples.iter().take(EXAMPLES_MAX).take_while(|_| !room.is_full()).map(|example| {
            room.add_text(example.text.len());
            let made = if example.is_made { "Example, made from the schema" } else { "Example" };
            let name = if example.summary.is_empty() { &example.name } else { &example.summary };
            let title = if name.is_empty() { made.to_owned() } else { format!("{made}: {name}") };
            ExampleView { title, text: cut(&example.text) }
        });
        Self { name: media.name.clone(), schema, examples: examples.collect() }
    }
}

/// As much of a text as is shown.
pub(super) fn cut(text: &str) -> String {
    let shown: String = text.chars().take(EXAMPLE_CHARS_MAX).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

/// A method, coloured by what it does.
pub(super) fn method_badge(method: &str) -> Badge {
    let tone = match method {
        "GET" | "HEAD" | "OPTIONS" => Tone::Info,
        "POST" => Tone::Good,
        "PUT" | "PATCH" => Tone::Warn,
        "DELETE" => Tone::Bad,
        _ => Tone::Neutral,
    };
    Badge { tone, text: method.to_owned() }
}
