//! Finds the one token of a request.
//!
//! *Threat:* a token in a URL, which logs, histories and referrers keep; two tokens of which a proxy and the hub read different
//! ones. *Defence:* a token is read from one `Authorization` or one `X-API-Key` header and nowhere else, anything more is refused by
//! name so that the caller stops sending it. *Not defended:* what logged the URL before it came here.
//! *Source:* RFC 6750 §2 and §3.1, keys and limits §6.

use crate::api_keys::{TokenPrefix, begins_like_token};

/// Parameters that people put tokens into, also mistyped ones and those of other programs: refused with any text.
const QUERY_NAMES: [&str; 4] = ["access_token", "api_key", "key", "token"];

/// Why a request has no token that could be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// There is none, or of another scheme.
    #[error("this request needs a key: send the header \"Authorization: Bearer <token>\"")]
    Missing,
    /// There are several.
    #[error("send one Authorization or X-API-Key header, not several")]
    Ambiguous,
    /// It stands in the query string.
    #[error(
        "a token must not stand in a url, where logs keep it: send it in the Authorization header and revoke this one"
    )]
    InQuery,
}

impl CredentialError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "credential_missing",
            Self::Ambiguous => "credential_ambiguous",
            Self::InQuery => "credential_in_query",
        }
    }
}

/// The token as it was presented.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a>(&'a str);

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Presented(…)")
    }
}

impl<'a> Presented<'a> {
    /// A token that was found by somebody else, such as one in the body of a request to verify it.
    pub const fn token(text: &'a str) -> Self {
        Self(text)
    }

    /// The token among the values of `Authorization` and `X-API-Key`. What is no text is the empty text, which no key has.
    ///
    /// # Errors
    /// [`CredentialError::Missing`] without a header, or with one of another scheme than `Bearer`; [`CredentialError::Ambiguous`] with
    /// more than one header, whatever stands in them.
    pub fn in_headers(
        authorization: impl IntoIterator<Item = &'a [u8]>,
        api_key: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, CredentialError> {
        let (mut authorization, mut api_key) = (authorization.into_iter(), api_key.into_iter());
        let found = match (authorization.next(), api_key.next()) {
            (None, None) => return Err(CredentialError::Missing),
            (Some(_), Some(_)) => return Err(CredentialError::Ambiguous),
            (Some(value), None) => (bearer(value), authorization.next()),
            (None, Some(value)) => (Some(value.trim_ascii()), api_key.next()),
        };
        match found {
            (_, Some(_)) => Err(CredentialError::Ambiguous),
            (None, None) => Err(CredentialError::Missing),
            (Some(token), None) => Ok(Self(std::str::from_utf8(token).unwrap_or_default())),
        }
    }

    /// Refuses a query string that has a token in it, or a parameter with the name of one.
    ///
    /// # Errors
    /// [`CredentialError::InQuery`] then, also when a header has a token besides: whoever sends both goes on to.
    pub fn not_in_query(query: &str, prefix: &TokenPrefix) -> Result<(), CredentialError> {
        if has_token(query, prefix) { Err(CredentialError::InQuery) } else { Ok(()) }
    }

    /// The text, which is a secret.
    pub const fn expose(self) -> &'a str {
        self.0
    }
}

/// What follows the scheme `Bearer`; `None` for another scheme.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(6)?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && token.first().is_none_or(|byte| *byte == b' ');
    is_bearer.then(|| token.trim_ascii())
}

fn has_token(query: &str, prefix: &TokenPrefix) -> bool {
    !query.is_empty()
        && form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
            let is_named = QUERY_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
            // A token alone, without a name, is read as a name.
            (is_named && !value.is_empty()) || begins_like_token(&value, prefix) || begins_like_token(&name, prefix)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, authorization: &[&str], api_key: &[&str]) -> Result<String, CredentialError> {
        Presented::not_in_query(query, &TokenPrefix::default())?;
        let bytes = |value: &&'static str| value.as_bytes();
        let leak = |values: &[&str]| -> Vec<&'static str> { values.iter().map(|v| &*v.to_string().leak()).collect() };
        let (authorization, api_key) = (leak(authorization), leak(api_key));
        let presented = Presented::in_headers(authorization.iter().map(bytes), api_key.iter().map(bytes))?;
        Ok(presented.expose().to_owned())
    }

    fn bearer(values: &[&str]) -> Result<String, CredentialError> {
        found("", values, &[])
    }

    #[test]
    fn a_token_follows_its_scheme_in_any_case_and_any_number_of_spaces() {
        for header in ["Bearer op_1", "bearer op_1", "BEARER op_1", "Bearer    op_1"] {
            assert_eq!(bearer(&[header]).unwrap(), "op_1", "{header}");
        }
    }

    #[test]
    fn a_token_may_stand_alone_in_its_own_header() {
        assert_eq!(found("", &[], &["op_1"]).unwrap(), "op_1");
        assert_eq!(found("", &[], &["  op_1 "]).unwrap(), "op_1");
    }

    #[test]
    fn an_empty_token_is_a_token_that_no_key_has() {
        assert_eq!(bearer(&["Bearer"]).unwrap(), "");
        assert_eq!(found("", &[], &[""]).unwrap(), "");
    }

    #[test]
    fn another_scheme_is_no_credential() {
        for header in ["", "Basic b3A6", "Bearerop_1", "Bear", "op_1"] {
            assert_eq!(bearer(&[header]), Err(CredentialError::Missing), "{header}");
        }
    }

    #[test]
    fn two_headers_are_one_too_many() {
        assert_eq!(bearer(&["Bearer op_1", "Bearer op_1"]), Err(CredentialError::Ambiguous));
        assert_eq!(bearer(&["Basic b3A6", "Bearer op_1"]), Err(CredentialError::Ambiguous));
        assert_eq!(found("", &[], &["op_1", "op_1"]), Err(CredentialError::Ambiguous));
        for authorization in ["Bearer op_1", "Basic b3A6"] {
            assert_eq!(found("", &[authorization], &["op_1"]), Err(CredentialError::Ambiguous), "{authorization}");
        }
    }

    #[test]
    fn a_token_in_the_query_string_is_refused_even_beside_a_header_or_encoded() {
        for query in ["apikey=op_123456789", "a=b&cursor=op_123456789", "x=op%5F123456789", "op_123456789"] {
            assert_eq!(found(query, &["Bearer op_1"], &[]), Err(CredentialError::InQuery), "{query}");
        }
    }

    #[test]
    fn a_parameter_that_is_named_like_a_token_is_refused_with_any_text() {
        for query in ["api_key=a", "a=b&token=op_1", "Access_Token=a", "KEY=a", "%6Bey=a"] {
            assert_eq!(found(query, &["Bearer op_1"], &[]), Err(CredentialError::InQuery), "{query}");
        }
    }

    #[test]
    fn what_only_resembles_a_token_is_let_through() {
        for query in ["key=&token", "cursor=op_12345678", "cursor=xop_123456789", "cursor=OP_123456789"] {
            assert_eq!(found(query, &["Bearer op_1"], &[]).unwrap(), "op_1", "{query}");
        }
    }
}
