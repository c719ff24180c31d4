//! The addresses of the catalogue.

use super::{list, page};
use crate::request::{Path, get};

/// The address of the catalogue.
pub(in crate::admin) const PATH: &str = "/admin/developer/event-types";

/// What is answered below it.
pub(in crate::admin) fn paths() -> Vec<Path> {
    const SHOWN: &str = "GET, HEAD";
    vec![
        Path::below("/admin", PATH, SHOWN).route(get().to(list::show)),
        Path::below("/admin", "/admin/developer/event-types/{name}", SHOWN).route(get().to(page::show)),
    ]
}

/// The address of a type. Its name is letters, digits, full stops, hyphens and underscores.
pub(in crate::admin) fn page_of(name: &str) -> String {
    format!("{PATH}/{name}")
}
