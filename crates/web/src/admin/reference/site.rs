//! Where the reference stands: within the hub, or for everybody.

use devhub_domain::id::WorkspaceId;
use devhub_domain::reference::DocumentError;

use super::paths::PATH;
use super::source::{Source, own, uploaded};
use crate::admin::components::{Tab, Tabs};
use crate::admin::signed::Signed;
use crate::admin::visit::Visit;
use crate::blocking;
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
    pub(super) async fn of_hub(signed: &Signed) -> Result<Self, Problem> {
        Self::at(PATH, &signed.visit, signed.workspace_id()).await
    }

    /// For everybody: with the document of the workspace whose operators sign in here.
    pub(super) async fn public(visit: &Visit) -> Result<Self, Problem> {
        Self::at(PUBLIC_PATH, visit, visit.services.pages.workspace_id()).await
    }

    async fn at(prefix: &'static str, visit: &Visit, workspace_id: WorkspaceId) -> Result<Self, Problem> {
        let documents = visit.services.reference_documents.clone();
        let uploaded = match blocking::run(move || documents.reference(workspace_id)).await {
            Ok(found) => found.map(|(_, reference)| uploaded(reference)),
            // The page of the document says why; the rest of the reference must not be gone with it.
            Err(DocumentError::Refused(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let own = own(visit.services.sandbox.is_some());
        Ok(Self { prefix, hub_url: visit.base_url(), sources: own.into_iter().chain(uploaded).collect() })
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

    /// The whole of a source as Markdown.
    pub(super) fn markdown_href(&self, source: &Source) -> String {
        self.href(&format!("{}.md", source.slug))
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
        // Who may not change the document sees whose it is.
        let document = (!self.is_public()).then(|| tab("Document", self.href("document")));
        Tabs { label: "Endpoint Reference".to_owned(), items: sources.chain(guides).chain(document).collect() }
    }
}

impl Site {
    /// Whether everybody reads it.
    pub(super) fn is_public(&self) -> bool {
        self.prefix == PUBLIC_PATH
    }
}
