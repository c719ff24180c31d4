//! Finds the one token of a request.
//!
//! *Threat:* a token in a URL, which logs, histories and referrers keep; two tokens of which a proxy and the hub read different
//! ones. *Defence:* a token is read from one `Authorization` header and nowhere else, anything more is refused by name so that
//! the caller stops sending it. *Not defended:* what logged the URL before it came here.
//! *Source:* RFC 6750 §2 and §3.1, keys and limits §6.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use devhub_domain::api_keys::TokenPrefix;
use url::form_urlencoded;

/// Shortest text that is taken for a token. *Source:* OwnPay wire contract §1.1.
const TOKEN_BYTES_MIN: usize = 12;
/// Parameters that people put tokens into, also mistyped ones and those of other programs: refused with any text.
const QUERY_NAMES: [&str; 4] = ["access_token", "api_key", "key", "token"];

/// Why a request has no token that could be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CredentialError {
    /// There is none, or of another scheme.
    #[error("this request needs a key: send the header \"Authorization: Bearer <token>\"")]
    Missing,
    /// There are several.
    #[error("send one Authorization header, not several")]
    Ambiguous,
    /// It stands in the query string.
    #[error(
        "a token must not stand in a url, where logs keep it: send it in the Authorization header and revoke this one"
    )]
    InQuery,
}

impl CredentialError {
    /// A stable word for answers, logs and metrics.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Missing => "credential_missing",
            Self::Ambiguous => "credential_ambiguous",
            Self::InQuery => "credential_in_query",
        }
    }
}

/// The token as it was presented. What is no text is the empty text, which no key has.
pub(super) fn find<'r>(req: &'r HttpRequest, prefix: &TokenPrefix) -> Result<&'r str, CredentialError> {
    if has_token(req.query_string(), prefix) {
        return Err(CredentialError::InQuery);
    }
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let header = headers.next().ok_or(CredentialError::Missing)?;
    if headers.next().is_some() {
        return Err(CredentialError::Ambiguous);
    }
    let (scheme, token) = header.as_bytes().split_at_checked(6).ok_or(CredentialError::Missing)?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && token.first().is_none_or(|byte| *byte == b' ');
    if !is_bearer {
        return Err(CredentialError::Missing);
    }
    Ok(std::str::from_utf8(token.trim_ascii()).unwrap_or_default())
}

fn has_token(query: &str, prefix: &TokenPrefix) -> bool {
    !query.is_empty()
        && form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
            let is_named = QUERY_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
            // A token alone, without a name, is read as a name.
            (is_named && !value.is_empty()) || is_token(&value, prefix) || is_token(&name, prefix)
        })
}

fn is_token(text: &str, prefix: &TokenPrefix) -> bool {
    text.len() >= TOKEN_BYTES_MIN && text.starts_with(prefix.as_str())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn found(target: &str, headers: &[&'static str]) -> Result<String, CredentialError> {
        let mut req = TestRequest::with_uri(target);
        for value in headers {
            req = req.append_header((AUTHORIZATION, *value));
        }
        find(&req.to_http_request(), &TokenPrefix::default()).map(str::to_owned)
    }

    #[test]
    fn a_token_follows_its_scheme_in_any_case_and_any_number_of_spaces() {
        for header in ["Bearer op_1", "bearer op_1", "BEARER op_1", "Bearer    op_1"] {
            assert_eq!(found("/", &[header]).unwrap(), "op_1", "{header}");
        }
    }

    #[test]
    fn an_empty_token_is_a_token_that_no_key_has() {
        assert_eq!(found("/", &["Bearer"]).unwrap(), "");
    }

    #[test]
    fn another_scheme_is_no_credential() {
        for header in ["", "Basic b3A6", "Bearerop_1", "Bear", "op_1"] {
            assert_eq!(found("/", &[header]), Err(CredentialError::Missing), "{header}");
        }
    }

    #[test]
    fn two_headers_are_one_too_many() {
        assert_eq!(found("/", &["Bearer op_1", "Bearer op_1"]), Err(CredentialError::Ambiguous));
        assert_eq!(found("/", &["Basic b3A6", "Bearer op_1"]), Err(CredentialError::Ambiguous));
    }

    #[test]
    fn a_token_in_the_query_string_is_refused_even_beside_a_header_or_encoded() {
        for target in ["/?apikey=op_123456789", "/?a=b&cursor=op_123456789", "/?x=op%5F123456789", "/?op_123456789"] {
            assert_eq!(found(target, &["Bearer op_1"]), Err(CredentialError::InQuery), "{target}");
        }
    }

    #[test]
    fn a_parameter_that_is_named_like_a_token_is_refused_with_any_text() {
        for target in ["/?api_key=a", "/?a=b&token=op_1", "/?Access_Token=a", "/?KEY=a", "/?%6Bey=a"] {
            assert_eq!(found(target, &["Bearer op_1"]), Err(CredentialError::InQuery), "{target}");
        }
    }

    #[test]
    fn what_only_resembles_a_token_is_let_through() {
        for target in ["/?key=&token", "/?cursor=op_12345678", "/?cursor=xop_123456789", "/?cursor=OP_123456789"] {
            assert_eq!(found(target, &["Bearer op_1"]).unwrap(), "op_1", "{target}");
        }
    }
}
