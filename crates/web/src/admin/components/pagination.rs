//! The way through a list that is too long for one page.

use askama::Template;
use askama::filters::HtmlSafe;

/// Links to the start of a list and to what comes after this page of it. A cursor knows no page before, and no count.
#[derive(Template)]
#[template(path = "components/pagination.html")]
pub(crate) struct Pagination {
    /// What is paged: `Pages of API keys`.
    pub(crate) label: String,
    /// Where the first page is; `None` on it.
    pub(crate) newest: Option<String>,
    /// Where the next page is; `None` on the last.
    pub(crate) older: Option<String>,
    /// What this page shows: `25 keys`.
    pub(crate) summary: String,
}

impl HtmlSafe for Pagination {}

#[cfg(test)]
impl super::Sample for Pagination {
    const TEMPLATE: &'static str = "components/pagination.html";

    fn samples() -> Vec<Self> {
        let page = |newest: Option<&str>, older: Option<&str>, summary: &str| Self {
            label: "Pages of API keys".to_owned(),
            newest: newest.map(str::to_owned),
            older: older.map(str::to_owned),
            summary: summary.to_owned(),
        };
        let (first, next) = (
            "/admin/developer/api-keys",
            "/admin/developer/api-keys?state=active&cursor=key_06b6rk0004s4g1s0d5ju9o6m0k",
        );
        vec![
            page(None, Some(next), "25 keys"),
            page(Some(first), Some(next), "25 keys"),
            page(Some(first), None, "3 keys"),
            page(None, None, "1 key"),
        ]
    }
}
