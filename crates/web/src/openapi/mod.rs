//! The document of the API: OpenAPI 3.1, made of the bodies' own types and of one short description beside each noun's routes.
//!
//! Built with utoipa's builders, not its `path` attributes: nearly every operation can fail in the same fifteen ways, which is one
//! table here and would be fifteen lines above each handler.

mod document;
mod merchant;
mod operation;
mod parameters;
mod responses;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use document::{Served, document};
pub(crate) use merchant::{any_text, day, meta_example, text_schema, words_schema};
pub(crate) use operation::Operation;
pub(crate) use parameters::{filter, header_parameter, if_none_match, instant};
pub(crate) use texts::{
    ActorText, BackendErrorWord, BucketSubjectText, DeliveryIdText, DeliveryStateWord, DisabledReasonWord,
    EndpointIdText, EndpointOriginWord, EndpointSecretIdText, EndpointStatusWord, EventChecksWord, EventIdText,
    EventPatternText, EventTypeText, FailureWord, FirstStatusWord, HashText, HealthStateWord, JobIdText, KeyIdText,
    KeyStateWord, KeyStatusWord, KeyTransitionWord, MethodWord, NetworkText, OverrideSubjectText, PathPatternText,
    PolicyNameText, PolicyRefText, RateModeWord, RateOverrideIdText, RatePeriodWord, RatePolicyIdText, ResendStateWord,
    ScopeWord, SessionIdText, SignatureSchemeWord, SubjectWord, TimeText, VerificationWord, WaitingForWord, WhyNotWord,
    WorkspaceIdText, WorkspaceStatusWord,
};
