//! What the pages are given besides what the API needs.

use std::sync::Arc;

use devhub_domain::id::WorkspaceId;
use devhub_domain::notices::MailTests;
use devhub_domain::operators::{OperatorSessions, Operators, SecondFactors, Setup, SignIns};
use devhub_domain::retention::KeptEvents;
use tokio::sync::Semaphore;
use url::Url;

use super::about::NodeFacts;
use super::assets::Assets;
use super::deliveries::Tails;
use super::kept_for::KeptFor;
use super::reference::KeptAnswers;
use super::settings::{Mail, MailSettings};

/// Searches at once: fewer than there are connections that read, so that nobody else waits for them.
const SEARCHES_MAX: usize = 2;

/// Documents that are uploaded at once: each is held and read in memory.
const UPLOADS_MAX: usize = 2;

/// Names that are looked up at once for people who type addresses: each may take seconds.
const LOOK_UPS_MAX: usize = 4;

/// Who may use the pages, and how people come to be among them. Clones share everything.
#[derive(Clone)]
pub struct People {
    /// Those who give their password.
    pub sign_ins: SignIns,
    /// Those who give a code after it.
    pub second_factors: SecondFactors,
    /// Those who are signed in.
    pub sessions: OperatorSessions,
    /// All that there are.
    pub operators: Operators,
    /// The first one.
    pub setup: Setup,
}

/// What the pages are drawn and answered with. Clones share everything.
#[derive(Clone)]
pub struct Pages {
    pub(super) workspace_id: WorkspaceId,
    pub(super) sign_ins: SignIns,
    pub(super) second_factors: SecondFactors,
    pub(super) sessions: OperatorSessions,
    pub(super) operators: Operators,
    pub(super) setup: Setup,
    pub(super) public_url: Option<Url>,
    /// How long what waits for an endpoint is kept.
    pub(super) kept_for: KeptFor,
    /// Tells how far back events reach; `None` where nobody is told.
    pub(super) kept_events: Option<KeptEvents>,
    /// How mail leaves the hub; `None` where it does not.
    pub(super) mail: Option<Mail>,
    /// The node that draws them; `None` where nobody is told.
    pub(super) node: Option<NodeFacts>,
    pub(super) assets: Arc<Assets>,
    /// Whether nobody goes on without a second factor.
    pub(super) is_second_factor_required: bool,
    /// Whether everybody may read the endpoint reference.
    pub(super) is_reference_public: bool,
    /// Turns of searches that are carried out at once.
    pub(super) searches: Arc<Semaphore>,
    /// Turns of documents that are uploaded at once.
    pub(super) uploads: Arc<Semaphore>,
    /// Turns of names that are looked up at once.
    pub(super) look_ups: Arc<Semaphore>,
    /// What strangers are answered with, where the reference is public.
    pub(super) kept_answers: Arc<KeptAnswers>,
    /// Places of live logs.
    pub(super) tails: Tails,
}

impl Pages {
    /// The pages of the workspace whose operators sign in here.
    pub fn new(workspace_id: WorkspaceId, people: People) -> Self {
        let People { sign_ins, second_factors, sessions, operators, setup } = people;
        let (assets, searches) = (Arc::new(Assets::new()), Arc::new(Semaphore::new(SEARCHES_MAX)));
        let (public_url, kept_for, tails) = (None, KeptFor(None), Tails::default());
        let look_ups = Arc::new(Semaphore::new(LOOK_UPS_MAX));
        Self {
            workspace_id,
            sign_ins,
            second_factors,
            sessions,
            operators,
            setup,
            public_url,
            kept_for,
            kept_events: None,
            mail: None,
            node: None,
            assets,
            is_second_factor_required: false,
            is_reference_public: false,
            searches,
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            look_ups,
            kept_answers: Arc::default(),
            tails,
        }
    }

    /// The workspace of the installation itself.
    pub(crate) const fn workspace_id(&self) -> WorkspaceId {
        self.workspace_id
    }

    /// The files that pages are shown with.
    pub(crate) fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The use case of setup, whose token the application shows where its own people look.
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The same under an address that the hub is known by outside: forms of its origin are the hub's own, and when it is https,
    /// so are connections to it.
    #[must_use]
    pub fn with_public_url(self, public_url: Url) -> Self {
        Self { public_url: Some(public_url), ..self }
    }

    /// The same where events, and what waits for an endpoint, are kept for so long; without it, it is said that they are kept for ever.
    #[must_use]
    pub fn with_retention(self, kept_events: KeptEvents) -> Self {
        Self { kept_for: KeptFor(kept_events.kept_for()), kept_events: Some(kept_events), ..self }
    }

    /// The same where mail leaves the hub by these settings, and can be tested.
    #[must_use]
    pub fn with_mail(self, settings: MailSettings, tests: MailTests) -> Self {
        Self { mail: Some(Mail { settings, tests, turn: Arc::new(Semaphore::new(1)) }), ..self }
    }

    /// Lets nobody do anything before a second factor is on.
    #[must_use]
    pub fn with_required_second_factor(self) -> Self {
        Self { is_second_factor_required: true, ..self }
    }

    /// The same where the general page tells of the node that draws it.
    #[must_use]
    pub fn with_node(self, node: NodeFacts) -> Self {
        Self { node: Some(node), ..self }
    }

    /// The same where everybody may read the endpoint reference.
    #[must_use]
    pub fn with_public_reference(self) -> Self {
        Self { is_reference_public: true, ..self }
    }
}
