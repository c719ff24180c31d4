//! How each failure is told on OwnPay's API: its word, its text, its field. The statuses follow from the words.
//!
//! *Threat:* an answer that tells an attacker which keys exist, or what is inside the hub. *Defence:* keys that are unknown, locked or
//! revoked get one answer; what is not the caller's to change is a 500 that says nothing. *Not defended:* that a key has expired is
//! told to whoever holds it, as OwnPay does.
//! *Source:* wire contract §1.5, §2.2, §2.10 to §2.12.

use std::borrow::Cow;

use actix_web::http::header::{HeaderName, HeaderValue};
use devhub_domain::access::Forbidden;
use devhub_domain::api_keys::{ApiKeyError, Denial, Refusal, Scope};
use devhub_domain::guard::{CredentialError, Refused, Verdict};
use devhub_domain::idempotency::OnceError;
use devhub_domain::operators::OperatorError;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{DeliveryError, EndpointError, LogError, TestError};

use super::{Code, Complaint, Failure};
use crate::problem_body::{FieldError, Problem};
use crate::request::BodyError;

/// What nobody but the operator of the hub is told more of.
const RATE_LIMITED: &str = "Rate limit exceeded. Try again later.";

impl From<Verdict> for Failure {
    /// Must be asked of a request that does not pass.
    fn from(verdict: Verdict) -> Self {
        let (Err(refused), Some(said)) = (verdict.decided, verdict.said()) else {
            return Self::new(Code::InternalError, "Something went wrong: tell the operator the request id")
                .caused_by("a request that passes was refused".to_owned());
        };
        let failure = match (verdict.throttled_for, refused) {
            (Some(_), _) => Self::new(Code::RateLimitExceeded, RATE_LIMITED),
            (None, Refused::Credential(error)) => of_credential(error),
            (None, Refused::Key(Refusal { denial, .. })) => of_denial(denial),
            (None, Refused::Unchecked { .. }) => Self::new(Code::LimiterUnavailable, said.detail.clone()),
        };
        said.headers().fold(failure, |failure, (name, value)| {
            let value = HeaderValue::try_from(value).expect("scopes and numbers are visible ASCII");
            failure.with_header(HeaderName::from_static(name), value)
        })
    }
}

fn of_credential(error: CredentialError) -> Failure {
    match error {
        CredentialError::Missing => {
            Failure::new(Code::AuthenticationRequired, "Authentication required. Provide Bearer token.")
        }
        CredentialError::Ambiguous => Failure::new(Code::CredentialAmbiguous, error.to_string()),
        CredentialError::InQuery => Failure::new(Code::CredentialInQuery, error.to_string()),
    }
}

fn of_denial(denial: Denial) -> Failure {
    match denial {
        Denial::Malformed => Failure::new(Code::InvalidApiKeyFormat, "Invalid API key format"),
        Denial::NotFound | Denial::Revoked | Denial::Locked => Failure::new(Code::InvalidApiKey, "Invalid API key"),
        Denial::Expired => Failure::new(Code::ApiKeyExpired, "API key expired"),
        Denial::WorkspaceSuspended => Failure::new(Code::MerchantInactive, "Merchant account is suspended or inactive"),
        Denial::IpNotAllowed => Failure::new(Code::IpNotAllowed, "This API key may not be used from this address"),
        Denial::InsufficientScope { required } => {
            let needed = required.to_string().replace(' ', ", ");
            // Whoever may read or write here is told that keys need more; the others what the method needs.
            let code =
                if required.contains(Scope::Admin) { Code::InsufficientPrivilege } else { Code::InsufficientScope };
            Failure::new(code, format!("Insufficient scope. Required: {needed}"))
        }
        Denial::RateLimited => Failure::new(Code::RateLimitExceeded, RATE_LIMITED),
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::from(&problem)
    }
}

impl From<&Problem> for Failure {
    /// What the hub's own parts say of a request, in OwnPay's words.
    fn from(problem: &Problem) -> Self {
        let code = code_of(problem);
        let complaint = |error: &FieldError| {
            let field = Some(error.field.clone()).filter(|field| !field.is_empty());
            Complaint { code, message: Cow::Owned(error.detail.clone()), field }
        };
        let mut complaints = problem.errors().iter().map(complaint);
        let whole = || Complaint { code, message: Cow::Owned(problem.detail().to_owned()), field: None };
        let first = complaints.next().unwrap_or_else(whole);
        let failure = Self::of(first, complaints.collect()).with_status(problem.status(), code);
        let headers = problem.headers().iter().cloned();
        let failure = headers.fold(failure, |failure, (name, value)| failure.with_header(name, value));
        match problem.cause() {
            Some(cause) => failure.caused_by(cause),
            None => failure,
        }
    }
}

fn code_of(problem: &Problem) -> Code {
    match problem.code() {
        "body_incomplete" => Code::BodyIncomplete,
        "body_not_json" => Code::InvalidJson,
        "body_not_as_expected" | "body_too_deep" | "validation_failed" => Code::ValidationFailed,
        "body_too_large" => Code::BodyTooLarge,
        "body_too_slow" => Code::BodyTooSlow,
        "content_encoding_unsupported" | "content_type_unsupported" => Code::UnsupportedMediaType,
        "headers_too_large" => Code::HeadersTooLarge,
        "idempotency_key_invalid" => Code::InvalidIdempotencyKey,
        "limiter_unavailable" => Code::LimiterUnavailable,
        "loop_detected" => Code::LoopDetected,
        "method_not_allowed" => Code::MethodNotAllowed,
        "rate_limited" => Code::RateLimitExceeded,
        "route_not_found" => Code::NotFound,
        "store_conflict" => Code::Conflict,
        "store_unavailable" => Code::DatabaseUnavailable,
        "uri_too_long" => Code::UriTooLong,
        _ if problem.status().is_server_error() => Code::InternalError,
        _ => Code::BadRequest,
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Problem::from(error).into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Forbidden> for Failure {
    fn from(error: Forbidden) -> Self {
        Self::new(Code::InsufficientScope, format!("Insufficient scope. Required: {}", error.required))
    }
}

impl<E> From<OnceError<E>> for Failure
where
    Self: From<E>,
{
    fn from(error: OnceError<E>) -> Self {
        match error {
            OnceError::KeyReused => {
                let text = "This Idempotency-Key was already used for another request: use a new one";
                Self::at(Code::IdempotencyKeyReused, "Idempotency-Key", text)
            }
            OnceError::Change(error) => error.into(),
        }
    }
}

impl From<ApiKeyError> for Failure {
    fn from(error: ApiKeyError) -> Self {
        match error {
            // A revoked key cannot be revoked for OwnPay's clients: it is not there.
            ApiKeyError::NotFound(_) | ApiKeyError::Revoked(_) => {
                Self::new(Code::KeyNotFound, "API key not found or already revoked")
            }
            ApiKeyError::Forbidden(error) => error.into(),
            ApiKeyError::ScopesTooWide(lacking) => {
                let text = format!("An API key cannot give scopes that it lacks: {lacking}");
                Self::at(Code::InsufficientPrivilege, "scopes", text)
            }
            ApiKeyError::NoScopes => Self::at(Code::InvalidScopes, "scopes", error.to_string()),
            // Of nothing that is asked for here: whoever meets one is told what the hub would say.
            ApiKeyError::Retiring { .. }
            | ApiKeyError::Expired(_)
            | ApiKeyError::ImportPrefix(_)
            | ApiKeyError::ImportTooLong
            | ApiKeyError::ExpiryPassed
            | ApiKeyError::AllowListTooLong
            | ApiKeyError::BulkTooLarge
            | ApiKeyError::BulkFilterEmpty
            | ApiKeyError::RevisionStale { .. }
            | ApiKeyError::Rate(_) => Self::new(Code::Conflict, error.to_string()),
            ApiKeyError::Store(error) => error.into(),
        }
    }
}

impl From<OperatorError> for Failure {
    /// Operators are only looked for.
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<TestError> for Failure {
    fn from(error: TestError) -> Self {
        match error {
            TestError::Forbidden(error) => error.into(),
            TestError::TooMany | TestError::TooManyOfWorkspace => {
                Self::new(Code::RateLimitExceeded, error.to_string()).retry_after(5)
            }
            TestError::NotFound(_) | TestError::UnderWay(_) | TestError::Ended => {
                Self::new(Code::WebhookTestFailed, format!("Webhook test failed: {error}"))
            }
            // What the hub keeps does not open: no receiver can mend that.
            TestError::Open(_) | TestError::OpenHeader(_) => Self::internal(&error),
            TestError::Store(error) => error.into(),
        }
    }
}

impl From<EndpointError> for Failure {
    /// Endpoints are only listed.
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<DeliveryError> for Failure {
    /// Deliveries are only listed.
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<LogError> for Failure {
    /// Attempts are only listed, of deliveries that were found.
    fn from(error: LogError) -> Self {
        match error {
            LogError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::id::EndpointSecretId;
    use devhub_domain::sealing::SealError;
    use devhub_domain::webhooks::OpenError;

    use super::*;

    #[test]
    fn a_secret_that_does_not_open_is_the_hubs_own_failure_and_told_to_its_operator_alone() {
        let error = OpenError { secret_id: EndpointSecretId::from_bytes([1; 16]), cause: SealError::Damaged };
        let failure = Failure::from(TestError::Open(error));
        assert_eq!(failure.code(), "INTERNAL_ERROR");
        assert!(failure.cause().unwrap().contains("does not open"), "{:?}", failure.cause());
    }
}
