//! Where the reference stands: within the hub, or for everybody.

use devhub_domain::reference::{DocumentSummary, ReadReference};
use devhub_domain::store::StoreError;

use super::paths::PATH;
use super::source::{Source, own, uploaded};
use crate::admin::components::{Tab, Tabs};
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::problem_catalog::catalog;
use crate::services::Services;

/// The address of the pages that everybody may read.
pub(super) const PUBLIC_PATH: &str = "/reference";

/// One of the two places, and what is shown there.
pub(in crate::admin) struct Site {
    /// What the addresses of its pages begin with.
    pub(super) prefix: &'static str,
    /// The address of the hub, for programs.
    pub(super) hub_url: String,
    /// The hash of the document that was uploaded; empty where none was. All else that is shown stays as it is while the program runs.
    pub(super) version: String,
    /// What is shown; at least the hub's own.
    pub(super) sources: Vec<Source>,
}

impl Site {
    /// For whoever is signed in.
    pub(super) async fn of_hub(signed: &Signed) -> Result<Self, StoreError> {
        let documents = signed.visit.services.reference_documents.clone();
        let workspace_id = signed.workspace_id();
        let found = blocking::run(move || documents.reference(workspace_id)).await?;
        Ok(Self::new(PATH, signed.visit.base_url(), &signed.visit.services, found))
    }

    /// For everybody: with the document of the workspace whose operators sign in here.
    pub(super) fn public(services: &Services, hub_url: String) -> Result<Self, StoreError> {
        let found = services.reference_documents.reference(services.pages.workspace_id())?;
        Ok(Self::new(PUBLIC_PATH, hub_url, services, found))
    }

    fn new(
        prefix: &'static str,
        hub_url: String,
        services: &Services,
        found: Option<(DocumentSummary, ReadReference)>,
    ) -> Self {
        let (version, reference) = found.map(|(summary, reference)| (summary.text_hash, reference)).unzip();
        // One that is refused is left out: its page says why, and the rest of the reference must not be gone with it.
        let uploaded = reference.and_then(Result::ok).map(uploaded);
        let sources = own(services.sandbox.is_some()).into_iter().chain(uploaded).collect();
        Self { prefix, hub_url, version: version.unwrap_or_default(), sources }
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
