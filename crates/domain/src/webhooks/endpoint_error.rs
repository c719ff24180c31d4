//! What can go wrong with endpoints.

use super::endpoint_input::{DESCRIPTION_CHARS_MAX, EVENT_TYPES_MAX};
use super::endpoint_service::ENDPOINTS_MAX;
use super::signing_secret::SECRETS_MAX;
use super::{AuthoritiesError, EndpointUrlError, SigningSecretError};
use crate::access::Forbidden;
use crate::id::{EndpointId, EndpointSecretId};
use crate::store::StoreError;

/// What a use case of endpoints can fail with.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The workspace has no such endpoint.
    #[error("no endpoint {0} in this workspace")]
    NotFound(EndpointId),
    /// The endpoint has no such secret.
    #[error("no secret {0} of this endpoint")]
    SecretNotFound(EndpointSecretId),
    /// The secret has no grace that could end.
    #[error("secret {0} is the current one: rotate, and it gets a grace that can be ended")]
    SecretCurrent(EndpointSecretId),
    /// The given secret is the current one already.
    #[error("the secret is the current one already: give another, or have one made")]
    SecretUnchanged,
    /// As many secrets sign for the endpoint as may.
    #[error("an endpoint has at most {SECRETS_MAX} secrets that sign: retire an old one first")]
    TooManySecrets,
    /// Whoever asks lacks `endpoints:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The address is not acceptable.
    #[error(transparent)]
    Url(#[from] EndpointUrlError),
    /// The given secret is not acceptable.
    #[error(transparent)]
    Secret(#[from] SigningSecretError),
    /// An endpoint must want something, and not too much.
    #[error("event_types must name 1 to {EVENT_TYPES_MAX} patterns; use \"*\" for all events")]
    EventTypes,
    /// Payments name the endpoint: it gets their events, and wants none by type.
    #[error(
        "event_types cannot be given: payments name this endpoint as their callback_url, and it gets their events only"
    )]
    CallbackTypes,
    /// The description is too long.
    #[error("description must have at most {DESCRIPTION_CHARS_MAX} characters and no control characters")]
    Description,
    /// A header says nothing, and no secret of its name is kept.
    #[error("must be given: no secret of a sensitive header with this name is kept")]
    HeaderValueMissing {
        /// Which header, counted from 0.
        position: usize,
    },
    /// The address leads to another host, and secrets would go there that were given for the one before.
    #[error("is needed again because the url leads elsewhere")]
    HeaderValuesNeeded {
        /// Which headers, counted from 0: of those that are wanted, or else of those that the endpoint has.
        positions: Vec<usize>,
    },
    /// The certificates of authorities are not acceptable.
    #[error(transparent)]
    Authorities(#[from] AuthoritiesError),
    /// The workspace has as many endpoints as it may.
    #[error("a workspace has at most {ENDPOINTS_MAX} endpoints: delete one first")]
    TooMany,
    /// Somebody else changed the endpoint after the caller had read it.
    #[error(
        "endpoint {id} was changed meanwhile and has revision {current} now: read it again, then repeat the change"
    )]
    RevisionStale {
        /// Which endpoint.
        id: EndpointId,
        /// The revision that it has.
        current: i64,
    },
    /// The store failed.
    #[error("the endpoint store failed")]
    Store(#[from] StoreError),
}

impl EndpointError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "endpoint_not_found",
            Self::SecretNotFound(_) => "endpoint_secret_not_found",
            Self::SecretCurrent(_) => "endpoint_secret_current",
            Self::SecretUnchanged => "endpoint_secret_unchanged",
            Self::TooManySecrets => "too_many_secrets",
            Self::Forbidden(error) => error.code(),
            Self::Url(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::EventTypes => "event_types_invalid",
            Self::CallbackTypes => "callback_event_types",
            Self::Description => "description_invalid",
            Self::HeaderValueMissing { .. } => "header_value_missing",
            Self::HeaderValuesNeeded { .. } => "header_values_needed",
            Self::Authorities(_) => "authorities_invalid",
            Self::TooMany => "too_many_endpoints",
            Self::RevisionStale { .. } => "revision_stale",
            Self::Store(error) => error.code(),
        }
    }
}
