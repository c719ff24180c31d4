//! The events that endpoints can get, with what they look like.

use askama::Template;
use devhub_domain::events::{EventTypes, KnownType, OwnTypeError, subscribable};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{PageRequest, PageSize};
use serde_json::Value;

use super::media::cut;

/// The page.
#[derive(Template)]
#[template(path = "admin/reference/events.html")]
pub(in crate::admin) struct EventsView {
    events: Vec<EventView>,
    /// Whether there are more than are shown.
    has_more: bool,
}

struct EventView {
    name: String,
    about: String,
    /// A payload as receivers get it; empty when there is none.
    sample: String,
    is_own: bool,
}

impl EventsView {
    /// What comes with the hub.
    pub(super) fn built_in() -> Self {
        Self {
            events: subscribable().map(|entry| built_in(entry.name, entry.description, entry.sample)).collect(),
            has_more: false,
        }
    }

    /// What a workspace knows: one page of the catalogue, which is all of it for nearly everybody.
    pub(super) fn of_workspace(types: &EventTypes, workspace_id: WorkspaceId) -> Result<Self, OwnTypeError> {
        let page = types.list(workspace_id, PageRequest { size: PageSize::MAX, after: None })?;
        let events = page.items.iter().map(|known| match known {
            KnownType::BuiltIn(entry) => built_in(entry.name, entry.description, entry.sample),
            KnownType::Own(own) => {
                let sample = String::from_utf8_lossy(own.sample.as_bytes());
                EventView { is_own: true, ..built_in(own.name.as_str(), own.description.as_str(), &sample) }
            }
        });
        Ok(Self { events: events.collect(), has_more: page.next.is_some() })
    }
}

fn built_in(name: &str, about: &str, sample: &str) -> EventView {
    let sample = serde_json::from_str::<Value>(sample).map_or_else(|_| sample.to_owned(), |json| format!("{json:#}"));
    EventView { name: name.to_owned(), about: about.to_owned(), sample: cut(&sample), is_own: false }
}

#[cfg(test)]
impl crate::admin::components::Sample for EventsView {
    const TEMPLATE: &'static str = "admin/reference/events.html";

    fn samples() -> Vec<Self> {
        let own = EventView { is_own: true, ..built_in("order.<b>", "<script>alert(1)</script>", "") };
        vec![Self { events: vec![built_in("payment.completed", "It was paid.", "{\"a\":1}"), own], has_more: true }]
    }
}
