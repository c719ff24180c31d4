//! How a request that needs a key was judged, as one word.

use devhub_domain::api_keys::Denial;
use devhub_domain::guard::{self, CredentialError, Refused};

/// How a request that needs a key was judged; each such request has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    CredentialMissing,
    CredentialAmbiguous,
    CredentialInQuery,
    Malformed,
    NotFound,
    Revoked,
    Locked,
    Expired,
    WorkspaceSuspended,
    IpNotAllowed,
    InsufficientScope,
    RateLimited,
    /// The key had to be read, and the store failed.
    StoreFailed,
}

impl Verdict {
    pub(super) const ALL: [Self; 14] = [
        // What nearly every request is, found first.
        Self::Valid,
        Self::CredentialMissing,
        Self::CredentialAmbiguous,
        Self::CredentialInQuery,
        Self::Malformed,
        Self::NotFound,
        Self::Revoked,
        Self::Locked,
        Self::Expired,
        Self::WorkspaceSuspended,
        Self::IpNotAllowed,
        Self::InsufficientScope,
        Self::RateLimited,
        Self::StoreFailed,
    ];

    /// The word of the label `code`: that of [`Denial::code`] where there is one.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::CredentialMissing => "CREDENTIAL_MISSING",
            Self::CredentialAmbiguous => "CREDENTIAL_AMBIGUOUS",
            Self::CredentialInQuery => "CREDENTIAL_IN_QUERY",
            Self::Malformed => "MALFORMED",
            Self::NotFound => "NOT_FOUND",
            Self::Revoked => "REVOKED",
            Self::Locked => "LOCKED",
            Self::Expired => "EXPIRED",
            Self::WorkspaceSuspended => "WORKSPACE_SUSPENDED",
            Self::IpNotAllowed => "IP_NOT_ALLOWED",
            Self::InsufficientScope => "INSUFFICIENT_SCOPE",
            Self::RateLimited => "RATE_LIMITED",
            Self::StoreFailed => "STORE_FAILED",
        }
    }
}

impl From<Denial> for Verdict {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Malformed => Self::Malformed,
            Denial::NotFound => Self::NotFound,
            Denial::Revoked => Self::Revoked,
            Denial::Locked => Self::Locked,
            Denial::Expired => Self::Expired,
            Denial::WorkspaceSuspended => Self::WorkspaceSuspended,
            Denial::IpNotAllowed => Self::IpNotAllowed,
            Denial::InsufficientScope { .. } => Self::InsufficientScope,
            Denial::RateLimited => Self::RateLimited,
        }
    }
}

impl From<CredentialError> for Verdict {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Missing => Self::CredentialMissing,
            CredentialError::Ambiguous => Self::CredentialAmbiguous,
            CredentialError::InQuery => Self::CredentialInQuery,
        }
    }
}

impl From<&guard::Verdict> for Verdict {
    fn from(verdict: &guard::Verdict) -> Self {
        match verdict.decided {
            Ok(_) => Self::Valid,
            Err(Refused::Key(refusal)) => refusal.denial.into(),
            Err(Refused::Unchecked { .. }) => Self::RateLimited,
            Err(Refused::Credential(error)) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::api_keys::ScopeSet;

    use super::*;

    #[test]
    fn a_denial_is_counted_under_its_own_code() {
        let denials = [
            Denial::Malformed,
            Denial::NotFound,
            Denial::Revoked,
            Denial::Locked,
            Denial::Expired,
            Denial::WorkspaceSuspended,
            Denial::IpNotAllowed,
            Denial::InsufficientScope { required: ScopeSet::default() },
            Denial::RateLimited,
        ];
        assert_eq!(denials.map(|denial| Verdict::from(denial).code()), denials.map(Denial::code));
    }

    #[test]
    fn a_credential_that_is_none_is_counted_under_its_own_code() {
        let errors = [CredentialError::Missing, CredentialError::Ambiguous, CredentialError::InQuery];
        let codes = errors.map(|error| error.code().to_uppercase());
        assert_eq!(errors.map(|error| Verdict::from(error).code()), codes.each_ref().map(String::as_str));
    }
}
