//! The tab of the endpoint reference: every operation with all that is known of it, snippets, a console, and what holds for all of them.
//!
//! What is drawn knows where it stands only by its [`site::Site`]: within the hub for whoever is signed in, or for everybody, where
//! that is switched on.

mod connect;
mod console;
mod document;
mod errors;
mod event_view;
mod events;
mod files;
mod filled;
mod guide;
mod index;
mod kept_answers;
mod limits;
mod media;
mod operation;
mod pages;
mod paths;
mod prose;
mod public;
mod removal;
mod room;
#[cfg(test)]
mod samples;
mod schema_view;
mod site;
mod snippets;
mod source;

pub(super) use connect::ConnectTo;
pub(super) use event_view::EventView;
pub(super) use kept_answers::KeptAnswers;
pub(super) use paths::{PATH, paths};
pub(super) use public::routes as public_routes;

#[cfg(test)]
pub(super) use {
    document::DocumentView,
    errors::ErrorsView,
    event_view::samples as event_samples,
    events::EventsView,
    guide::GuideView,
    index::IndexView,
    operation::OperationView,
    pages::{HubPage, PublicPage},
    prose::Prose,
    schema_view::SchemaView,
};
