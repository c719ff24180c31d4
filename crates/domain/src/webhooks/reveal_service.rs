//! The use case of showing a secret once more.
//!
//! *Threat:* whoever finds a browser open, or has stolen a session, takes the secrets of all endpoints away unseen.
//! *Defence:* a person only, and only for as long after its password as for other changes of weight (see
//! [`SignIns::again`](crate::operators::SignIns::again), which counts wrong ones as failed sign-ins); each time is in the audit log, in
//! the transaction that shows the secret. A key never: a program that needs the secret was given it, and rotates when it has lost it.
//! *Not defended:* what the person does with it.

use serde_json::json;

use super::endpoint_service::{draft, existing};
use super::{EndpointError, EndpointTx, Endpoints, OpenError};
use crate::access::{Asker, Forbidden};
use crate::api_keys::Scope;
use crate::audit::{Actor, append};
use crate::id::{EndpointId, EndpointSecretId, WorkspaceId};
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, prepare};

/// Why a secret is not shown.
#[derive(Debug, thiserror::Error)]
pub enum RevealError {
    /// Whoever asks is no operator.
    #[error("a secret is shown to a person who signs in: rotate it instead")]
    OperatorsOnly,
    /// The password must be given again first.
    #[error("this needs the password again: it was given more than 10 minutes ago")]
    StepUpNeeded,
    /// The endpoint or the secret is not there, or the operator may not change endpoints.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The secret does not open.
    #[error("the secret cannot be shown: rotate it")]
    Open(#[from] OpenError),
}

impl RevealError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OperatorsOnly => "operators_only",
            Self::StepUpNeeded => "step_up_needed",
            Self::Endpoint(error) => error.code(),
            Self::Open(error) => error.cause.code(),
        }
    }
}

impl From<Forbidden> for RevealError {
    fn from(error: Forbidden) -> Self {
        Self::Endpoint(error.into())
    }
}

impl From<StoreError> for RevealError {
    fn from(error: StoreError) -> Self {
        Self::Endpoint(error.into())
    }
}

/// A secret that is shown once more.
#[derive(Clone, Debug)]
pub struct RevealedSecret {
    /// Which one.
    pub id: EndpointSecretId,
    /// Its text: show it now.
    pub secret: Secret,
}

impl Endpoints {
    /// Shows a secret of an endpoint that still signs to an operator who has just given its password.
    ///
    /// *Repeat:* each call shows it, and is logged.
    ///
    /// # Errors
    /// [`RevealError::OperatorsOnly`] for a key and the command line, [`RevealError::StepUpNeeded`]; [`EndpointError::Forbidden`],
    /// [`EndpointError::NotFound`], [`EndpointError::SecretNotFound`] also for one whose time is over; [`RevealError::Open`], and the
    /// store's own.
    pub fn reveal_secret(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: EndpointId,
        secret_id: EndpointSecretId,
    ) -> Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = RevealedSecret, Error = RevealError> + use<>>
    {
        let now = self.clock.now();
        let sealer = self.sealer.clone();
        let reveal = move |tx: &mut (dyn EndpointTx + 'static)| {
            if !matches!(asker.actor(), Actor::Operator(_)) {
                return Err(RevealError::OperatorsOnly);
            }
            asker.require(Scope::EndpointsWrite)?;
            if !asker.has_stepped_up(now) {
                return Err(RevealError::StepUpNeeded);
            }
            let target = existing(tx, workspace_id, id)?;
            let secret = target.reveal(secret_id, &sealer, now)?.ok_or(EndpointError::SecretNotFound(secret_id))?;
            let detail = json!({ "secret": secret_id.to_string() });
            append(tx, &draft(&target.endpoint, now, &asker, "endpoint.secret_revealed", detail))?;
            Ok(RevealedSecret { id: secret_id, secret })
        };
        prepare(&self.store, Lane::Interactive, reveal, |_| {})
    }
}
