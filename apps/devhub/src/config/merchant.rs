//! `server.allowed_origins` and `[sandbox]`: what OwnPay's API is like.

use url::Url;

use super::fields::{Fields, Read};

/// Most origins: each is compared with that of every request from a browser.
const ORIGINS_MAX: usize = 50;

/// Origins whose pages may call OwnPay's API from a browser.
pub(super) fn read_allowed_origins(fields: &mut Fields) -> Read<Vec<String>> {
    let key = "server.allowed_origins";
    let expected = "origins, such as [\"https://shop.example\"]";
    let origins: Vec<String> = fields.parse_list(key, expected)?;
    if origins.len() > ORIGINS_MAX {
        let message = format!("must hold at most {ORIGINS_MAX} origins, got {}", origins.len());
        return fields.note(key, &message);
    }
    match origins.iter().find(|origin| !is_origin(origin)) {
        Some(other) => {
            fields.note(key, &format!("{other:?} is no origin: write it as browsers do, without a slash at the end"))
        }
        None => Ok(origins),
    }
}

/// Whether the sandbox answers.
pub(super) fn read_sandbox(fields: &mut Fields) -> Read<bool> {
    fields.flag("sandbox.enabled")
}

/// As browsers write them: lower case, and without the port that the scheme has anyway.
fn is_origin(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.is_some_and(|url| url.origin().ascii_serialization() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for origin in ["https://shop.example", "http://localhost:3000", "https://[::1]:8443"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in
            ["*", "null", "https://shop.example/", "https://Shop.example", "https://shop.example:443", "ftp://a"]
        {
            assert!(!is_origin(other), "{other}");
        }
    }
}
