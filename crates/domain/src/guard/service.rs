//! Whether a request passes: token, state, workspace, address, scope, rate, in this order, for every surface that asks.
//!
//! *Threat:* two doors that decide differently, so that a key which one refuses passes at the other; a rate that is spent for somebody
//! else; a guesser of tokens that goes from door to door. *Defence:* one order of checks, after which alone the rate is spent; what
//! fails to authenticate counts against its address, at whichever door. *Not defended:* a surface that gets the address of its caller
//! wrong: see [`super::client_address`].

use std::net::IpAddr;
use std::sync::Arc;

use super::{CredentialError, Presented, Refused, Verdict};
use crate::api_keys::{
    Authenticator, Credentials, Denial, KeySummary, Lookup, Principal, Refusal, ScopeSet, TokenPrefix, Verification,
};
use crate::id::{KeyId, WorkspaceId};
use crate::rate::{Admission, RateLimits, RateRequest, Route};
use crate::secret::Secret;
use crate::store::StoreError;

/// The most that one request may cost: no quota of a sane size is emptied by one, and what is above is a mistake.
pub const COST_MAX: u32 = 1_000_000;

/// What a request is, besides its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// What it asks for; behind a proxy, what the proxy was asked for. `None` when nobody knows: only limits that mean every request bind
    /// it then. The path must be the one that the request is routed by: see [`super::decoded_path`].
    pub route: Option<Route<'a>>,
    /// Where it comes from: see [`super::client_address`].
    pub address: IpAddr,
    /// What its client calls itself, where that is known: told of those who still call with a key that has a successor.
    pub user_agent: Option<&'a str>,
    /// What it needs; empty when any key will do.
    pub required: ScopeSet,
    /// Units of its key's rate that it costs, at most [`COST_MAX`]. 0 only looks: it is admitted however much is spent.
    pub cost: u32,
}

/// What memory says of a request.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives on the stack of one request, and a box would be an allocation")]
pub enum Look {
    /// The request is decided.
    Decided(Verdict),
    /// Memory cannot tell: run [`Reading::run`] where blocking is allowed, and hand the outcome to [`Guard::admit`].
    ReadNeeded(Reading),
}

/// A look into the store that has yet to be taken. Owns what it needs, so that it can be moved to another thread.
#[derive(Debug)]
pub struct Reading {
    authenticator: Arc<Authenticator>,
    token: Secret,
    address: IpAddr,
    required: ScopeSet,
    asked_by: Option<WorkspaceId>,
}

impl Reading {
    /// Decides from the store whose token it is and whether it is accepted. Blocks.
    ///
    /// # Errors
    /// When the store cannot be read: neither yes nor no, so that the request must be refused.
    pub fn run(self) -> Result<Result<Principal, Refusal>, StoreError> {
        let credentials = Credentials { token: self.token.expose(), address: self.address, required: self.required };
        self.authenticator.authenticate_for(self.asked_by, &credentials)
    }
}

/// What a workspace is told of a token that was presented to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Why it is refused; `None` when it is valid.
    pub denial: Option<Denial>,
    /// The key that has it, valid or not; `None` when the workspace has no such key.
    pub key: Option<KeySummary>,
    /// What its limits say; `None` when they were not asked, because an earlier check refused.
    pub admission: Option<Admission>,
}

/// Decides whether requests pass. Clones share everything that is counted.
#[derive(Clone)]
pub struct Guard {
    authenticator: Arc<Authenticator>,
    rates: RateLimits,
    token_prefix: TokenPrefix,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("rates", &self.rates).finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard that asks these; the prefix is what tells a token in a query string.
    pub const fn new(authenticator: Arc<Authenticator>, rates: RateLimits, token_prefix: TokenPrefix) -> Self {
        Self { authenticator, rates, token_prefix }
    }

    /// What this installation's tokens begin with.
    pub const fn token_prefix(&self) -> &TokenPrefix {
        &self.token_prefix
    }

    /// The limits that are asked last.
    pub const fn rates(&self) -> &RateLimits {
        &self.rates
    }

    /// Decides from memory: no read, no write, no lock on the common path. What is decided is counted.
    pub fn look(&self, presented: Result<Presented<'_>, CredentialError>, request: &Request<'_>) -> Look {
        let presented = match presented {
            Ok(presented) => presented,
            Err(error) => return Look::Decided(self.refuse(Refused::Credential(error), request)),
        };
        match self.look_up(None, presented, request) {
            Ok(decided) => Look::Decided(self.admit(decided, request)),
            Err(reading) => Look::ReadNeeded(reading),
        }
    }

    /// Decides, reading the store where memory cannot tell. Blocks the thread only then.
    ///
    /// # Errors
    /// When the store had to be read and could not be: the request must be refused, and nothing is counted for it.
    pub fn decide(
        &self,
        presented: Result<Presented<'_>, CredentialError>,
        request: &Request<'_>,
    ) -> Result<Verdict, StoreError> {
        match self.look(presented, request) {
            Look::Decided(verdict) => Ok(verdict),
            Look::ReadNeeded(reading) => Ok(self.admit(reading.run()?, request)),
        }
    }

    /// Whose token it is and whether it is accepted, from memory; else the look into the store that is needed. Counts nothing.
    ///
    /// Notes that the key was used, but not when another workspace asks for itself than the key's own.
    ///
    /// # Errors
    /// The reading, when memory cannot tell.
    pub fn look_up(
        &self,
        asked_by: Option<WorkspaceId>,
        presented: Presented<'_>,
        request: &Request<'_>,
    ) -> Result<Result<Principal, Refusal>, Reading> {
        let Request { address, required, .. } = *request;
        let credentials = Credentials { token: presented.expose(), address, required };
        match self.authenticator.look_up_for(asked_by, &credentials) {
            Lookup::Decided(decided) => Ok(decided),
            Lookup::ReadNeeded => {
                let (authenticator, token) =
                    (Arc::clone(&self.authenticator), Secret::new(presented.expose().to_owned()));
                Err(Reading { authenticator, token, address, required, asked_by })
            }
        }
    }

    /// Completes a decision: spends the rate of a key that is accepted, counts a failure against its address.
    ///
    /// Must be called once for each request.
    pub fn admit(&self, decided: Result<Principal, Refusal>, request: &Request<'_>) -> Verdict {
        self.authenticator.note_straggler(&decided, || (request.address, request.user_agent));
        let principal = match decided {
            Ok(principal) => principal,
            Err(refusal) => return self.refuse(Refused::Key(refusal), request),
        };
        let Principal { key_id, workspace_id, .. } = principal;
        let admission = self.weigh((key_id, workspace_id), request);
        let decided = match admission {
            Admission::Unavailable { retry_after } => Err(Refused::Unchecked { key_id, retry_after }),
            admission if admission.is_admitted() => Ok(principal),
            _ => Err(Refused::Key(Refusal { denial: Denial::RateLimited, key_id: Some(key_id) })),
        };
        Verdict { decided, admission: Some(admission), throttled_for: None }
    }

    /// What a workspace is told of a token that was looked up: everything of its own keys, and nothing of the keys of others.
    ///
    /// The rate of a key is spent as by [`Guard::admit`], when it is the workspace's own and accepted. Failures are not counted: who
    /// asks has authenticated, and asks about somebody else. Of a key that is not the workspace's own nothing is noted.
    pub fn verify(
        &self,
        workspace_id: WorkspaceId,
        presented: Presented<'_>,
        decided: Result<Principal, Refusal>,
        request: &Request<'_>,
    ) -> Verified {
        let Verification { denial, key } = self.authenticator.verification(workspace_id, presented.expose(), decided);
        if key.is_some() {
            self.authenticator.note_straggler(&decided, || (request.address, request.user_agent));
        }
        let accepted = key.as_ref().filter(|_| denial.is_none());
        let admission = accepted.map(|key| self.weigh((key.id, key.workspace_id), request));
        let has_rate = admission.as_ref().is_none_or(Admission::is_admitted);
        Verified { denial: denial.or((!has_rate).then_some(Denial::RateLimited)), key, admission }
    }

    /// What the key with this token is; `None` when none has it. Reads nothing: a key that was decided on is in memory.
    pub fn describe(&self, presented: Presented<'_>) -> Option<KeySummary> {
        self.authenticator.describe(presented.expose())
    }

    /// The one place that asks the limits.
    fn weigh(&self, (key_id, workspace_id): (KeyId, WorkspaceId), request: &Request<'_>) -> Admission {
        let Request { route, address, cost, .. } = *request;
        self.rates.decide(&RateRequest { key_id, workspace_id, address, route, cost })
    }

    fn refuse(&self, refused: Refused, request: &Request<'_>) -> Verdict {
        let throttled_for =
            refused.is_failed_authentication().then(|| self.rates.record_failure(request.address)).flatten();
        Verdict { decided: Err(refused), admission: None, throttled_for }
    }
}
