//! Pages about the same thing, side by side.

use askama::Template;
use askama::filters::HtmlSafe;

/// A row of links to pages, of which one is shown.
#[derive(Template)]
#[template(path = "components/tabs.html")]
pub(crate) struct Tabs {
    /// What they have in common.
    pub(crate) label: String,
    /// The pages.
    pub(crate) items: Vec<Tab>,
}

/// One of them.
pub(crate) struct Tab {
    /// What it says.
    pub(crate) label: String,
    /// Where it leads.
    pub(crate) href: String,
    /// Whether it is shown.
    pub(crate) is_current: bool,
}

impl HtmlSafe for Tabs {}

#[cfg(test)]
impl super::Sample for Tabs {
    const TEMPLATE: &'static str = "components/tabs.html";

    fn samples() -> Vec<Self> {
        let tab =
            |label: &str, href: &str, is_current| Tab { label: label.to_owned(), href: href.to_owned(), is_current };
        let items = vec![
            tab("API keys", "/admin/developer/api-keys", true),
            tab("Webhooks", "/admin/webhooks", false),
            tab("Deliveries", "/admin/deliveries", false),
            tab("Audit log", "/admin/audit", false),
        ];
        vec![Self { label: "Developer Hub".to_owned(), items }]
    }
}
