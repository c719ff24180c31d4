//! What a header of one's own may be called, and what it may say.
//!
//! *Threat:* a header that ends the request early and begins another (CR, LF), frames the body otherwise than it is, claims another
//! host, or speaks in the name of the hub's own signature.
//! *Defence:* a name is a token and a value is printable ASCII, so that neither can end a line; what frames a message, belongs to a
//! connection, or is written by the hub itself is refused by its name, in whatever case. *Not defended:* what a receiver makes of the rest.

use std::fmt;

use super::masking::is_sensitive_header;
use crate::secret::Secret;

/// Longest name of a header.
pub const HEADER_NAME_CHARS_MAX: usize = 64;

/// Longest value of a header.
pub const HEADER_VALUE_BYTES_MAX: usize = 1_024;

/// Names that are the hub's own, or HTTP's. Lower case.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-event",
    "x-signature",
    "x-timestamp",
];

/// How names begin that are the hub's own, or of proxies. Lower case.
const RESERVED_PREFIXES: &[&str] = &["devhub-", "proxy-", "webhook-", "x-ownpay-"];

/// Names whose values are secrets, whatever the caller says. Lower case.
const ALWAYS_SENSITIVE: &[&str] = &["authorization"];

/// The name of a header, spelt as somebody typed it; two that differ in case only are the same.
///
/// *Shape:* 1 to [`HEADER_NAME_CHARS_MAX`] characters of a token. *Source:* RFC 9110 §5.1 and §5.6.2.
#[derive(Clone, Debug)]
pub struct HeaderName(String);

/// The text cannot be the name of a header of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderNameError {
    /// It is empty or too long.
    #[error("must have 1 to {HEADER_NAME_CHARS_MAX} characters, got {chars}")]
    Length {
        /// How many it has.
        chars: usize,
    },
    /// It has a character that no name may have.
    #[error("must consist of letters, digits and !#$%&'*+-.^_`|~, character {position} is another")]
    Character {
        /// Where the first such character is, counted from 1.
        position: usize,
    },
    /// The name is not free.
    #[error("must not be {name}, which the hub or HTTP itself writes")]
    Reserved {
        /// Which one.
        name: &'static str,
    },
    /// Its beginning is not free.
    #[error("must not begin with {prefix}, as headers do that the hub or a proxy writes")]
    ReservedPrefix {
        /// Which beginning.
        prefix: &'static str,
    },
}

impl HeaderName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`HeaderNameError`], in the order of its variants.
    pub fn new(text: &str) -> Result<Self, HeaderNameError> {
        let chars = text.chars().count();
        if !(1..=HEADER_NAME_CHARS_MAX).contains(&chars) {
            return Err(HeaderNameError::Length { chars });
        }
        if let Some(before) = text.chars().position(|c| !is_token(c)) {
            return Err(HeaderNameError::Character { position: before + 1 });
        }
        let lower = text.to_ascii_lowercase();
        if let Some(name) = RESERVED.iter().find(|name| **name == lower) {
            return Err(HeaderNameError::Reserved { name });
        }
        match RESERVED_PREFIXES.iter().find(|prefix| lower.starts_with(**prefix)) {
            Some(prefix) => Err(HeaderNameError::ReservedPrefix { prefix }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its value is a secret, whatever anybody says.
    pub fn is_always_sensitive(&self) -> bool {
        ALWAYS_SENSITIVE.iter().any(|name| name.eq_ignore_ascii_case(&self.0))
    }

    /// Whether it names a secret where nobody says whether it does, as `X-Api-Key` and `Cookie` do.
    pub fn suggests_secret(&self) -> bool {
        self.is_always_sensitive() || is_sensitive_header(&self.0)
    }

    /// Whether both name the same header.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// Names are compared with their spelling, because a change of it is a change.
impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for HeaderName {}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// The value of a header. Not printed, because it may be a secret.
///
/// *Shape:* 1 to [`HEADER_VALUE_BYTES_MAX`] printable ASCII characters, spaces and tabs, none of the latter two at the ends, where
/// they would be lost on the way. *Source:* RFC 9110 §5.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderText(Secret);

/// The text cannot be the value of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderTextError {
    /// It is empty or too long.
    #[error("must have 1 to {HEADER_VALUE_BYTES_MAX} bytes, got {bytes}")]
    Length {
        /// How many it has.
        bytes: usize,
    },
    /// It has a character that no value may have.
    #[error("must be printable ascii, spaces and tabs, character {position} is not")]
    Character {
        /// Where the first such character is, counted from 1.
        position: usize,
    },
    /// It would not arrive as it is.
    #[error("must not begin or end with a space or a tab")]
    Ends,
}

impl HeaderText {
    /// Checks a value.
    ///
    /// # Errors
    /// [`HeaderTextError`], in the order of its variants.
    pub fn new(text: Secret) -> Result<Self, HeaderTextError> {
        let value = text.expose();
        if !(1..=HEADER_VALUE_BYTES_MAX).contains(&value.len()) {
            return Err(HeaderTextError::Length { bytes: value.len() });
        }
        if let Some(before) = value.chars().position(|c| !matches!(c, ' '..='~' | '\t')) {
            return Err(HeaderTextError::Character { position: before + 1 });
        }
        let is_blank = |c| matches!(c, ' ' | '\t');
        if value.starts_with(is_blank) || value.ends_with(is_blank) {
            Err(HeaderTextError::Ends)
        } else {
            Ok(Self(text))
        }
    }

    /// The text itself.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use crate::webhooks::SigningSecret;
    use crate::webhooks::signature::{SigningInput, signed_headers};

    #[test]
    fn names_that_the_hub_or_http_writes_are_refused_by_name_in_whatever_case() {
        let cases = [
            ("Host", "must not be host, which the hub or HTTP itself writes"),
            ("CONTENT-LENGTH", "must not be content-length, which the hub or HTTP itself writes"),
            ("te", "must not be te, which the hub or HTTP itself writes"),
            ("Proxy-Authorization", "must not begin with proxy-, as headers do that the hub or a proxy writes"),
            ("Webhook-Anything", "must not begin with webhook-, as headers do that the hub or a proxy writes"),
            ("x-OWNPAY-any", "must not begin with x-ownpay-, as headers do that the hub or a proxy writes"),
        ];
        for (name, reason) in cases {
            assert_eq!(HeaderName::new(name).unwrap_err().to_string(), reason);
        }
        assert!(RESERVED.iter().all(|name| HeaderName::new(&name.to_uppercase()).is_err()));
    }

    #[test]
    fn nothing_that_signs_a_request_can_be_a_custom_header() {
        let secrets = [SigningSecret::new(Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")).unwrap()];
        let headers = signed_headers(&SigningInput {
            event_id: "evt_1",
            delivery_id: "dlv_1",
            event_type: "payment.completed",
            attempted_at: Timestamp::default(),
            body: b"{}",
            secrets: &secrets,
        });
        assert_eq!(headers.len(), 10);
        assert!(headers.iter().all(|(name, _)| HeaderName::new(name).is_err()));
    }

    #[test]
    fn a_name_is_a_token_of_at_most_64_characters() {
        let cases = [
            (String::new(), Err(HeaderNameError::Length { chars: 0 })),
            ("a".repeat(64), Ok(())),
            ("a".repeat(65), Err(HeaderNameError::Length { chars: 65 })),
            ("X Shop".to_owned(), Err(HeaderNameError::Character { position: 2 })),
            ("X-Shop:".to_owned(), Err(HeaderNameError::Character { position: 7 })),
            ("X-Shop\r\nHost".to_owned(), Err(HeaderNameError::Character { position: 7 })),
            ("X-Käufer".to_owned(), Err(HeaderNameError::Character { position: 4 })),
            ("X-Shop_1.~".to_owned(), Ok(())),
        ];
        for (text, expected) in cases {
            assert_eq!(HeaderName::new(&text).map(drop), expected, "{text:?}");
        }
    }

    #[test]
    fn a_value_is_printable_ascii_with_spaces_and_tabs_inside() {
        let cases = [
            (String::new(), Err(HeaderTextError::Length { bytes: 0 })),
            ("a".repeat(1_024), Ok(())),
            ("a".repeat(1_025), Err(HeaderTextError::Length { bytes: 1_025 })),
            ("a\tb c".to_owned(), Ok(())),
            ("a\r\nHost: b".to_owned(), Err(HeaderTextError::Character { position: 2 })),
            ("a\0".to_owned(), Err(HeaderTextError::Character { position: 2 })),
            ("Käufer".to_owned(), Err(HeaderTextError::Character { position: 2 })),
            (" a".to_owned(), Err(HeaderTextError::Ends)),
            ("a\t".to_owned(), Err(HeaderTextError::Ends)),
        ];
        for (text, expected) in cases {
            assert_eq!(HeaderText::new(Secret::new(text.as_str())).map(drop), expected, "{text:?}");
        }
    }
}
