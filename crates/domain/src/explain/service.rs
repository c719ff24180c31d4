//! The use case of explanations: every check of the authenticator and the rate limits, by their own functions.

use std::net::Ipv6Addr;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::explanation::in_order;
use super::{ExplainError, Explanation, RateReport, RefusalLog, RefusedRequest, Request};
use crate::api_keys::{Authenticator, Check, Denial, Examination, Examined, Input, Presented};
use crate::id::{KeyId, WorkspaceId};
use crate::rate::{Admission, RateLimits, RateRequest, Route, Standing};
use crate::time::Clock;

/// Explains decisions.
#[derive(Clone)]
pub struct Explanations {
    authenticator: Arc<Authenticator>,
    rates: RateLimits,
    refusals: Arc<RefusalLog>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Explanations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explanations").finish_non_exhaustive()
    }
}

impl Explanations {
    /// Explains what these decide.
    pub fn new(authenticator: Arc<Authenticator>, rates: RateLimits, clock: Arc<dyn Clock>) -> Self {
        Self { authenticator, rates, refusals: Arc::default(), clock }
    }

    /// Where refused requests are kept.
    pub fn refusals(&self) -> &RefusalLog {
        &self.refusals
    }

    /// Explains what a request with this key is answered now. Spends and notes nothing. Blocks.
    ///
    /// # Errors
    /// [`ExplainError::KeyNotFound`] also for a key of another workspace, and the store's own.
    pub fn explain(
        &self,
        workspace_id: WorkspaceId,
        id: KeyId,
        request: &Request,
    ) -> Result<Explanation, ExplainError> {
        let now = self.clock.now();
        let (at, cost) = (request.at.unwrap_or(now), request.cost.unwrap_or(NonZeroU32::MIN));
        // The unspecified address, which nobody has: no allow-list but `::/0` holds it.
        let address = request.address.unwrap_or(Ipv6Addr::UNSPECIFIED.into()).to_canonical();
        let required = request.required();
        let presented = Presented { key_id: id, token: request.token.clone(), address, required, at };
        let examined = self.authenticator.examine(workspace_id, &presented)?;
        let Examination { key, token, mut checks } = examined.ok_or(ExplainError::KeyNotFound(id))?;
        let route = request.method.as_deref().zip(request.path.as_deref()).map(|(method, path)| Route { method, path });
        let asked = RateRequest { key_id: key.id, workspace_id, address, route, cost: cost.get() };
        let admission = self.rates.peek(&asked, at.since(now));
        checks.push(rate_check(&admission, cost));
        let (denial, checks) = in_order(checks);
        let report =
            |standing: &Standing| RateReport { standing: *standing, retry_after: standing.decision.retry_after() };
        let rate = admission.standing().map(report);
        Ok(Explanation { key, at, denial, checks, token, rate, refused: None })
    }

    /// Explains what a request is answered now that was refused before; what the key, its workspace and its rate are since then counts.
    ///
    /// # Errors
    /// [`ExplainError::KeyNotFound`], [`ExplainError::RequestNotKept`], and the store's own.
    pub fn explain_refused(
        &self,
        workspace_id: WorkspaceId,
        id: KeyId,
        request_id: &str,
    ) -> Result<Explanation, ExplainError> {
        let Some(refused) = self.refusals.find(request_id, id) else {
            // A key of another workspace does not exist, whatever was asked with it.
            self.explain(workspace_id, id, &Request::default())?;
            return Err(ExplainError::RequestNotKept);
        };
        let explanation = self.explain(workspace_id, id, &as_request(&refused))?;
        Ok(Explanation { refused: Some(refused), ..explanation })
    }
}

/// The same request once more.
fn as_request(refused: &RefusedRequest) -> Request {
    let scopes = match refused.denial {
        Denial::InsufficientScope { required } => Some(required),
        _ => None,
    };
    Request {
        method: Some(refused.method.to_string()),
        path: Some(refused.path.to_string()),
        address: Some(refused.address),
        scopes,
        ..Request::default()
    }
}

fn rate_check(admission: &Admission, cost: NonZeroU32) -> Examined {
    let check = Check::RateLimited;
    let denial = (!admission.is_admitted()).then_some(Denial::RateLimited);
    let inputs = match admission {
        Admission::Exempt => vec![Input::new("network", "exempt")],
        Admission::Unchecked | Admission::Unavailable { .. } => vec![Input::new("limiter", "does not answer")],
        Admission::Decided(Standing { policy, decision, .. }) => {
            let quota = policy.quota();
            vec![
                Input::new("policy", &policy.name()),
                Input::new("limit", &format_args!("{} in {} s", quota.limit(), quota.window().as_secs())),
                Input::new("burst", &quota.burst()),
                Input::new("cost", &cost),
                Input::new("remaining_after", &decision.remaining),
            ]
        }
    };
    Examined { check, denial, inputs }
}
