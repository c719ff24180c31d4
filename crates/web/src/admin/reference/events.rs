//! The events that endpoints can get: what comes with the hub as it looks, and what a workspace has added as links.
//!
//! Own types may be many, each as large as its schema: only the page of each draws it.

use askama::Template;
use devhub_domain::events::{EventTypes, KnownType, OwnType, OwnTypeError, subscribable};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{PageRequest, PageSize};

use super::event_view::EventView;
use crate::admin::components::Link;
use crate::admin::event_types;

/// The page.
#[derive(Template)]
#[template(path = "admin/reference/events.html")]
pub(in crate::admin) struct EventsView {
    /// Where it stands who wants them; `None` for everybody.
    catalog: Option<Link>,
    events: Vec<EventView>,
    /// What the workspace has added.
    own: Vec<Listed>,
    /// Whether there are more than are shown.
    has_more: bool,
}

struct Listed {
    link: Link,
    about: String,
}

impl Listed {
    fn of(own: &OwnType) -> Self {
        let link = Link { href: event_types::page_of(own.name.as_str()), text: own.name.to_string() };
        Self { link, about: own.description.as_str().to_owned() }
    }
}

impl EventsView {
    /// What comes with the hub.
    pub(super) fn built_in() -> Self {
        let events = subscribable().map(EventView::among_others).collect();
        Self { catalog: None, events, own: Vec::new(), has_more: false }
    }

    /// What a workspace knows: one page of the catalogue, which is all of it for nearly everybody.
    pub(super) fn of_workspace(types: &EventTypes, workspace_id: WorkspaceId) -> Result<Self, OwnTypeError> {
        let page = types.list(workspace_id, PageRequest { size: PageSize::MAX, after: None })?;
        let (mut events, mut own) = (Vec::new(), Vec::new());
        for known in &page.items {
            match known {
                KnownType::BuiltIn(entry) => events.push(EventView::among_others(entry)),
                KnownType::Own(one) => own.push(Listed::of(one)),
            }
        }
        Ok(Self { catalog: Some(catalog()), events, own, has_more: page.next.is_some() })
    }
}

fn catalog() -> Link {
    Link { href: event_types::PATH.to_owned(), text: "Who wants them".to_owned() }
}

#[cfg(test)]
impl crate::admin::components::Sample for EventsView {
    const TEMPLATE: &'static str = "admin/reference/events.html";

    fn samples() -> Vec<Self> {
        use super::event_view::samples;
        let link = Link { href: event_types::page_of("order.placed"), text: "order.placed".to_owned() };
        let own = vec![Listed { link, about: "<script>alert(1)</script>".to_owned() }];
        let of_hub = Self { catalog: Some(catalog()), events: vec![samples::built_in()], own, has_more: true };
        vec![of_hub, Self { catalog: None, events: vec![samples::built_in()], own: Vec::new(), has_more: false }]
    }
}
