//! The events that endpoints can get, with what they look like.

use askama::Template;
use devhub_domain::events::{EventTypes, KnownType, OwnTypeError, subscribable};
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
    events: Vec<Listed>,
    /// Whether there are more than are shown.
    has_more: bool,
}

struct Listed {
    view: EventView,
    is_own: bool,
}

impl Listed {
    fn of(known: &KnownType) -> Self {
        Self { view: EventView::among_others(known), is_own: matches!(known, KnownType::Own(_)) }
    }
}

impl EventsView {
    /// What comes with the hub.
    pub(super) fn built_in() -> Self {
        let events = subscribable().map(|entry| Listed::of(&KnownType::BuiltIn(entry))).collect();
        Self { catalog: None, events, has_more: false }
    }

    /// What a workspace knows: one page of the catalogue, which is all of it for nearly everybody.
    pub(super) fn of_workspace(types: &EventTypes, workspace_id: WorkspaceId) -> Result<Self, OwnTypeError> {
        let page = types.list(workspace_id, PageRequest { size: PageSize::MAX, after: None })?;
        let events = page.items.iter().map(Listed::of).collect();
        Ok(Self { catalog: Some(catalog()), events, has_more: page.next.is_some() })
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
        let listed = |view, is_own| Listed { view, is_own };
        let own = || listed(samples::own(), true);
        let of_hub =
            Self { catalog: Some(catalog()), events: vec![listed(samples::built_in(), false), own()], has_more: true };
        vec![of_hub, Self { catalog: None, events: vec![listed(samples::built_in(), false)], has_more: false }]
    }
}
