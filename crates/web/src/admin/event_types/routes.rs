//! The addresses of the catalogue.

use actix_web::HttpRequest;
use devhub_domain::events::EventType;

use super::{change, list, page};
use crate::problem_body::Problem;
use crate::request::{Path, get, post};

/// The address of the catalogue.
pub(in crate::admin) const PATH: &str = "/admin/developer/event-types";

/// The address of the form of a new type. Not below the catalogue: `new` may be the name of a type.
pub(super) const NEW: &str = "/admin/developer/new-event-type";

/// What is answered below it.
pub(in crate::admin) fn paths() -> Vec<Path> {
    const SHOWN: &str = "GET, HEAD";
    const SHOWN_AND_SENT: &str = "GET, HEAD, POST";
    vec![
        Path::below("/admin", PATH, SHOWN).route(get().to(list::show)),
        Path::below("/admin", NEW, SHOWN_AND_SENT).route(get().to(change::show_new)).route(post().to(change::create)),
        Path::below("/admin", "/admin/developer/event-types/{name}", SHOWN).route(get().to(page::show)),
        Path::below("/admin", "/admin/developer/event-types/{name}/edit", SHOWN_AND_SENT)
            .route(get().to(change::show_edit))
            .route(post().to(change::edit)),
        Path::below("/admin", "/admin/developer/event-types/{name}/remove", SHOWN_AND_SENT)
            .route(get().to(change::ask_remove))
            .route(post().to(change::remove)),
    ]
}

/// The address of a type. Its name is letters, digits, full stops, hyphens and underscores.
pub(in crate::admin) fn page_of(name: &str) -> String {
    format!("{PATH}/{name}")
}

/// The address of what is done with a type.
pub(super) fn below(name: &str, word: &str) -> String {
    format!("{PATH}/{name}/{word}")
}

/// The name in a path; one that cannot be one belongs to nothing.
pub(super) fn type_name(req: &HttpRequest) -> Result<EventType, Problem> {
    req.match_info().get("name").and_then(|name| name.parse().ok()).ok_or_else(Problem::no_event_type)
}
