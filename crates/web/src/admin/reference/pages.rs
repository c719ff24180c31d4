//! What stands around the pages of the reference.

use askama::Template;
use askama::filters::HtmlSafe;

use super::site::Site;
use crate::admin::assets::AssetLinks;
use crate::admin::components::{Shell, Tabs};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::signed::Signed;
use crate::problem_body::Problem;

/// What a page shows, drawn by its own template, which has escaped every text.
pub(in crate::admin) struct Drawn(String);

impl HtmlSafe for Drawn {}

impl std::fmt::Display for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A page without what stands around it.
pub(in crate::admin) struct Body {
    title: String,
    /// The tab that it belongs to.
    current: Option<String>,
    drawn: Drawn,
}

impl Body {
    /// Draws a page.
    pub(super) fn of(title: &str, view: &impl Template) -> Result<Self, Problem> {
        let drawn = Drawn(view.render().map_err(Problem::internal)?);
        Ok(Self { title: title.to_owned(), current: None, drawn })
    }

    /// The same, below the tab with this address.
    pub(super) fn at(self, current: &str) -> Self {
        Self { current: Some(current.to_owned()), ..self }
    }

    fn tabs(&self, site: &Site) -> Tabs {
        let own = site.href(&self.title.to_lowercase());
        site.tabs(self.current.as_deref().unwrap_or(&own))
    }
}

/// A page of the reference within the hub.
#[derive(Template)]
#[template(path = "admin/reference/page.html")]
pub(in crate::admin) struct HubPage {
    shell: Shell,
    tabs: Tabs,
    parts: Tabs,
    body: Drawn,
}

impl HubPage {
    pub(super) fn new(signed: &Signed, site: &Site, body: Body) -> Self {
        let parts = body.tabs(site);
        let mut shell = signed.shell(body.title, Place::DeveloperHub);
        shell.assets = signed.visit.services.pages.assets().reference_links();
        Self { shell, tabs: tabs(HubTab::Reference), parts, body: body.drawn }
    }
}

/// A page of the reference for everybody.
#[derive(Template)]
#[template(path = "admin/reference/public.html")]
pub(in crate::admin) struct PublicPage {
    title: String,
    assets: AssetLinks,
    parts: Tabs,
    body: Drawn,
}

impl PublicPage {
    pub(super) fn new(assets: AssetLinks, site: &Site, body: Body) -> Self {
        let parts = body.tabs(site);
        Self { title: body.title, assets, parts, body: body.drawn }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};
    use crate::admin::reference::samples::site;

    impl Sample for HubPage {
        const TEMPLATE: &'static str = "admin/reference/page.html";

        fn samples() -> Vec<Self> {
            let (shell, tabs) = (shell_sample("Hub API"), tabs(HubTab::Reference));
            let parts = site().tabs("/admin/developer/reference/hub");
            vec![Self { shell, tabs, parts, body: Drawn("<p>What is shown.</p>".to_owned()) }]
        }
    }

    impl Sample for PublicPage {
        const TEMPLATE: &'static str = "admin/reference/public.html";

        fn samples() -> Vec<Self> {
            let parts = Site { prefix: "/reference", ..site() }.tabs("/reference/events");
            let body = Drawn("<p>What is shown.</p>".to_owned());
            vec![Self { title: "Events <b>".to_owned(), assets: AssetLinks::sample(), parts, body }]
        }
    }
}
