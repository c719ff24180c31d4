//! The addresses of jobs that resend.

use super::{job, list, new, query};
use crate::admin::routes::page_of_changes;
use crate::request::{Path, get, post};

/// Those without placeholders first.
pub(in crate::admin) fn paths() -> Vec<Path> {
    let page = |template, allowed| Path::below("/admin", template, allowed);
    vec![
        page(query::PATH, "GET, HEAD, POST").route(get().to(list::show)).route(post().to(new::create)),
        page(query::NEW, "GET, HEAD").route(get().to(new::show)),
        page("/admin/developer/resends/{id}", "GET, HEAD").route(get().to(job::show)),
        page_of_changes("/admin/developer/resends/{id}/{change}", "POST", &job::changes())
            .route(post().to(job::change)),
    ]
}
