//! The event catalogue: what can be told, what it looks like, and who wants it.

mod list;
mod page;
mod wanting;

use crate::request::{Path, get};

/// The address of the catalogue.
pub(super) const PATH: &str = "/admin/developer/event-types";

/// What is answered below it.
pub(super) fn paths() -> Vec<Path> {
    const SHOWN: &str = "GET, HEAD";
    vec![
        Path::below("/admin", PATH, SHOWN).route(get().to(list::show)),
        Path::below("/admin", "/admin/developer/event-types/{name}", SHOWN).route(get().to(page::show)),
    ]
}

/// The address of a type. Its name is letters, digits, full stops, hyphens and underscores.
pub(super) fn page_of(name: &str) -> String {
    format!("{PATH}/{name}")
}

#[cfg(test)]
pub(super) use {list::CatalogPage, page::EventTypePage};
