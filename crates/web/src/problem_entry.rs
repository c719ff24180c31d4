//! What an entry of the catalogues of codes is, and whether a code is in one.

use actix_web::http::StatusCode;

use crate::page_problem_catalog::PAGE_CATALOG;
use crate::problem_catalog::CATALOG;
use crate::rate_problem::RATE_CATALOG;

/// A code as people look it up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatalogEntry {
    /// The stable word.
    pub(crate) code: &'static str,
    /// The status that it comes with.
    pub(crate) status: u16,
    /// What happened, in one sentence.
    pub(crate) meaning: &'static str,
    /// What to do about it, in one sentence.
    pub(crate) remedy: &'static str,
}

pub(crate) const fn entry(
    status: u16,
    code: &'static str,
    meaning: &'static str,
    remedy: &'static str,
) -> CatalogEntry {
    CatalogEntry { code, status, meaning, remedy }
}

/// What stands for every 4xx: an error of the web server, or of the application around these routes.
pub(crate) const BAD_REQUEST: &str = "bad_request";

/// Whether a code may come with this status.
pub(crate) fn is_documented(code: &str, status: StatusCode) -> bool {
    let is_entry = |entry: &CatalogEntry| entry.code == code && entry.status == status.as_u16();
    CATALOG.iter().chain(RATE_CATALOG).chain(PAGE_CATALOG).any(is_entry)
        || (code == BAD_REQUEST && status.is_client_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_with_another_status_is_not_documented() {
        assert!(is_documented("key_not_found", StatusCode::NOT_FOUND));
        assert!(!is_documented("key_not_found", StatusCode::CONFLICT));
        assert!(is_documented("bad_request", StatusCode::URI_TOO_LONG));
        assert!(!is_documented("bad_request", StatusCode::BAD_GATEWAY));
    }
}
