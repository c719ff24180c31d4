//! Where else than to the hub itself a page may send requests.
//!
//! *Threat:* a document that somebody uploads opens the policy of a page to whatever it likes. *Defence:* only origins of https, as the
//! parser of addresses writes them, with nothing in them that would end a source of the policy; few; on the page of that document's
//! operations alone. *Not defended:* a document that names a server of somebody else: who pastes a key sees where it goes.

use url::Url;

/// Origins of a document that a page may ask.
const ORIGINS_MAX: usize = 4;

/// Put into the extensions of an answer: origins that its page may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::admin) struct ConnectTo(Vec<String>);

impl ConnectTo {
    /// Those of these addresses that may be asked.
    pub(super) fn new<'a>(urls: impl Iterator<Item = &'a str>) -> Self {
        let mut origins: Vec<String> = Vec::new();
        for origin in urls.filter_map(origin) {
            if origins.len() < ORIGINS_MAX && !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        Self(origins)
    }

    /// Whether a page with these may send a request there.
    pub(super) fn allows(&self, url: &str) -> bool {
        origin(url).is_some_and(|origin| self.0.contains(&origin))
    }

    /// The policy with these in it.
    pub(in crate::admin) fn widen(&self, policy: &str) -> String {
        let own = "connect-src 'self'";
        policy.replace(own, &[own].into_iter().chain(self.0.iter().map(String::as_str)).collect::<Vec<_>>().join(" "))
    }
}

fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    let is_source = |byte: u8| byte.is_ascii_alphanumeric() || b".-:/[]".contains(&byte);
    (is_plain && origin.bytes().all(is_source)).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_of_https_widen_the_policy_and_few() {
        let urls = [
            "https://Pay.example/api/v1",
            "https://pay.example:443/other",
            "http://pay.example",
            "https://*.example",
            "https://x; script-src *",
            "https://a:b@c.example",
            "data:text/html,x",
            "https://1.example",
            "https://2.example:8443",
            "https://3.example",
            "https://4.example",
        ];
        let connect = ConnectTo::new(urls.into_iter());
        assert_eq!(
            connect.widen("default-src 'none'; connect-src 'self'; base-uri 'none'"),
            "default-src 'none'; connect-src 'self' https://pay.example https://1.example https://2.example:8443 \
             https://3.example; base-uri 'none'"
        );
        assert!(connect.allows("https://pay.example/x") && !connect.allows("https://4.example/"));
    }
}
