//! Many deliveries sent again: chosen by a filter, counted before anything is sent, and watched while it goes on.

mod job;
mod list;
mod new;
mod query;
mod words;

use crate::request::{Path, get, post};

pub(super) use query::ResendQuery;

/// Those without placeholders first.
pub(super) fn paths() -> Vec<Path> {
    let page = |template, allowed| Path::below("/admin", template, allowed);
    vec![
        page(query::PATH, "GET, HEAD, POST").route(get().to(list::show)).route(post().to(new::create)),
        page(query::NEW, "GET, HEAD").route(get().to(new::show)),
        page("/admin/developer/resends/{id}", "GET, HEAD").route(get().to(job::show)),
        page("/admin/developer/resends/{id}/{change}", "POST").route(post().to(job::change)),
    ]
}

#[cfg(test)]
pub(super) use job::JobPage;
#[cfg(test)]
pub(super) use list::JobsPage;
#[cfg(test)]
pub(super) use new::NewPage;
