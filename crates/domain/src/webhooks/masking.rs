//! What a log must not show of headers.
//!
//! *Threat:* a log is read by more people than a secret is given to: a cookie, a token or a whole signature in it is a secret that has
//! leaked. *Defence:* values are masked before they are kept or shown, by the words that names of secrets are made of. *Not defended:*
//! a secret under a name that says nothing of it, and what a receiver writes into its body.

use std::borrow::Cow;

/// What stands for what is not shown.
pub const MASK: &str = "…";

/// Characters of a signature that are shown: enough to tell two apart, and far too few to use one.
const SIGNATURE_CHARS_SHOWN: usize = 6;

/// Parts of names whose values are secrets.
const SECRET_WORDS: [&str; 10] =
    ["auth", "cookie", "credential", "csrf", "key", "passw", "secret", "session", "signature", "token"];

/// Whether a header holds what must not be shown, by its name in whatever case.
pub fn is_sensitive_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // It says how to authenticate, which is what somebody looks for who gets a 401.
    name != "www-authenticate" && SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The value of a header of a request as it may be shown: signatures shortened, other secrets left out.
pub fn shown_header<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if !is_sensitive_header(name) {
        return Cow::Borrowed(value);
    }
    if name.to_ascii_lowercase().ends_with("signature") {
        return Cow::Owned(value.split(' ').map(shortened).collect::<Vec<_>>().join(" "));
    }
    Cow::Borrowed(MASK)
}

/// A signature with what tells its scheme, `v1,` or `sha256=`, and its first characters.
fn shortened(signature: &str) -> String {
    let scheme = signature.find([',', '=']).map_or(0, |at| at + 1);
    // The padding at the end of base64 ends no scheme.
    let (scheme, digits) =
        signature.split_at_checked(scheme).filter(|(_, rest)| rest.len() > 1).unwrap_or(("", signature));
    let shown: String = digits.chars().take(SIGNATURE_CHARS_SHOWN).collect();
    format!("{scheme}{shown}{MASK}")
}

/// An address without the user name and the password that may stand before its host.
pub(super) fn without_user_info(address: &str) -> Cow<'_, str> {
    // Some clients read a backslash as a slash.
    let is_slash = |c: char| matches!(c, '/' | '\\');
    let Some(start) = address.find(is_slash).filter(|at| {
        let before = address.get(..*at).unwrap_or_default();
        let after = address.get(at + 1..).unwrap_or_default();
        (before.is_empty() || before.ends_with(':')) && after.starts_with(is_slash)
    }) else {
        return Cow::Borrowed(address);
    };
    let (scheme, rest) = address.split_at(start + 2);
    let end = rest.find(|c| is_slash(c) || matches!(c, '?' | '#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}{host}{path}")),
        None => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_shown_by_its_beginning() {
        let cases = [
            ("webhook-signature", "v1,tZ1I4/hDygAJgO5TYx= v1,bmED0YkXIwCHhhZjbH=", "v1,tZ1I4/… v1,bmED0Y…"),
            ("X-Signature", "sha256=e1202d2376daf8d5", "sha256=e1202d…"),
            ("X-OwnPay-Signature", "e1202d2376daf8d5", "e1202d…"),
            ("X-Own-Signature", "tZ1I4/hDygAJ=", "tZ1I4/…"),
        ];
        for (name, value, shown) in cases {
            assert_eq!(shown_header(name, value), shown, "{name}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_at_all_and_the_rest_whole() {
        for name in ["Authorization", "X-Api-Key", "Cookie", "x-shop-token", "X-Password"] {
            assert_eq!(shown_header(name, "s3cret"), MASK, "{name}");
        }
        for name in ["webhook-id", "X-OwnPay-Event", "content-type", "WWW-Authenticate"] {
            assert_eq!(shown_header(name, "plain"), "plain", "{name}");
        }
    }

    #[test]
    fn an_address_loses_its_user_name_and_password() {
        let cases = [
            ("https://user:pass@shop.example/a?b=c@d", "https://shop.example/a?b=c@d"),
            ("//user@shop.example", "//shop.example"),
            ("https:\\\\a@b@shop.example\\x", "https:\\\\shop.example\\x"),
            ("https://shop.example/@user", "https://shop.example/@user"),
            ("/login?next=//a@b", "/login?next=//a@b"),
            ("", ""),
        ];
        for (given, shown) in cases {
            assert_eq!(without_user_info(given), shown, "{given}");
        }
    }
}
