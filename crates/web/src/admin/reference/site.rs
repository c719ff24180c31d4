//! Where the reference stands: within the hub, or for everybody.

use super::paths::PATH;
use super::source::{Source, own};
use crate::admin::components::{Tab, Tabs};
use crate::admin::signed::Signed;
use crate::admin::visit::Visit;
use crate::problem_body::Problem;
use crate::problem_catalog::catalog;

/// The address of the pages that everybody may read.
pub(super) const PUBLIC_PATH: &str = "/reference";

/// One of the two places, and what is shown there.
pub(in crate::admin) struct Site {
    /// What the addresses of its pages begin with.
    pub(super) prefix: &'static str,
    /// The address of the hub, for programs.
    pub(super) hub_url: String,
    /// What is shown; at least the hub's own.
    pub(super) sources: Vec<Source>,
}

impl Site {
    /// For whoever is signed in.
    #[expect(clippy::unused_async, reason = "an uploaded document is read from the store")]
    pub(super) async fn of_hub(signed: &Signed) -> Result<Self, Problem> {
        Ok(Self::at(PATH, &signed.visit))
    }

    /// For everybody.
    pub(super) fn public(visit: &Visit) -> Self {
        Self::at(PUBLIC_PATH, visit)
    }

    fn at(prefix: &'static str, visit: &Visit) -> Self {
        Self { prefix, hub_url: visit.base_url(), sources: own(visit.services.sandbox.is_some()) }
    }

    /// The source of that name.
    pub(super) fn find(&self, slug: &str) -> Result<&Source, Problem> {
        self.sources.iter().find(|source| source.slug == slug).ok_or_else(Problem::route_not_found)
    }

    pub(super) fn href(&self, page: &str) -> String {
        format!("{}/{page}", self.prefix)
    }

    pub(super) fn source_href(&self, source: &Source) -> String {
        self.href(source.slug)
    }

    /// Slugs are letters, digits, hyphens and underscores, by the model.
    pub(super) fn operation_href(&self, source: &Source, slug: &str) -> String {
        format!("{}/{}/{slug}", self.prefix, source.slug)
    }

    /// Where a code of a problem is explained.
    pub(super) fn explain(&self, code: &str) -> Option<String> {
        let is_known = catalog().iter().chain(crate::v1::CODES).any(|entry| entry.code == code);
        is_known.then(|| self.href(&format!("errors#{code}")))
    }

    /// The parts of the reference, side by side.
    pub(super) fn tabs(&self, current: &str) -> Tabs {
        let tab = |label: &str, href: String| Tab { label: label.to_owned(), is_current: href == current, href };
        let sources = self.sources.iter().map(|source| tab(&source.name, self.source_href(source)));
        let guides = [("Authentication", "authentication"), ("Events", "events"), ("Errors", "errors")];
        let guides = guides.map(|(label, page)| tab(label, self.href(page)));
        Tabs { label: "Endpoint Reference".to_owned(), items: sources.chain(guides).collect() }
    }
}

impl Site {
    /// Whether everybody reads it.
    pub(super) fn is_public(&self) -> bool {
        self.prefix == PUBLIC_PATH
    }
}
