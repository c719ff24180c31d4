//! What is said about the secrets of endpoints, in both directions.

use devhub_domain::secret::Secret;
use devhub_domain::webhooks::{EndpointSecret, Grace, NewSecret, RotatedSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::endpoints::signature_schemes;
use crate::once::Showing;
use crate::openapi::{EndpointSecretIdText, SignatureSchemeWord, TimeText};
use crate::problem_body::Problem;
use crate::request::{Invalid, Reply, Text};

/// A secret that shall take the place of the current one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSecret)]
pub(super) struct RotateSecret {
    /// What signs from now on: printable ASCII; one is made when absent. Only one that begins with `whsec_` also signs in the scheme
    /// `standard-webhooks`.
    #[schema(min_length = 1, max_length = 128, pattern = "^[ -~]+$")]
    secret: Option<String>,
    /// How long the secret before signs too; a day when absent. Seconds.
    #[schema(minimum = 0, maximum = 2_592_000)]
    grace_s: Option<u64>,
}

impl RotateSecret {
    pub(super) fn check(self) -> Result<NewSecret, Problem> {
        let secret = self.secret.map(Secret::new);
        let mut invalid = Invalid::default();
        let grace = self.grace_s.map_or(Ok(Grace::DEFAULT), Grace::from_seconds);
        let Some(grace) = invalid.check("grace_s", grace) else {
            return Err(invalid.into());
        };
        Ok(NewSecret { secret, grace })
    }
}

/// A secret of an endpoint, without its text.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointSecret)]
pub(super) struct SecretBody {
    id: EndpointSecretIdText,
    created_at: TimeText,
    /// From when on it signs nothing; null for the current one.
    expires_at: Option<TimeText>,
    /// Whether it is the one that receivers should use.
    is_current: bool,
}

impl From<&EndpointSecret> for SecretBody {
    fn from(secret: &EndpointSecret) -> Self {
        Self {
            id: Text(secret.id),
            created_at: Text(secret.created_at),
            expires_at: secret.expires_at.map(Text),
            is_current: secret.is_current(),
        }
    }
}

/// A secret that was just made: the only answer that shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = RotatedSecret)]
pub(super) struct RotatedSecretBody<'a> {
    #[serde(flatten)]
    kept: SecretBody,
    /// What signs from now on: give it to the receiver. Null when the answer is repeated.
    secret: Option<&'a str>,
    /// Whether the secret was shown before, to whoever sent this request first.
    already_shown: bool,
    /// In which schemes it signs.
    #[schema(value_type = Vec<SignatureSchemeWord>)]
    signature_schemes: &'static [&'static str],
}

/// Shows a secret once.
pub(super) fn rotated(rotated: &RotatedSecret, showing: Showing) -> Reply {
    let signature_schemes = signature_schemes(&rotated.secret);
    let kept = (&rotated.kept).into();
    match showing {
        Showing::First => {
            let secret = Some(rotated.secret.expose());
            Reply::created_with_secret(&RotatedSecretBody { kept, secret, already_shown: false, signature_schemes })
        }
        Showing::Again => {
            Reply::created(&RotatedSecretBody { kept, secret: None, already_shown: true, signature_schemes })
        }
    }
}
