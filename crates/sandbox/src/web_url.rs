//! The addresses that a merchant gives with a payment. *Source:* contract §2.5, §3.7.
//!
//! *Threat:* a link that runs a script, or leads the payer elsewhere than the merchant said.
//! *Defence:* `http` and `https` only, parsed once by the rules of browsers; they are set by the merchant's authenticated call and by
//! nothing that the payer's browser sends. *Not defended:* `http` is accepted, and so is any host: shops under development are somewhere on
//! a LAN, and it is the payer's browser that goes there. Who delivers to a `callback_url` vets its address as that of any endpoint.

use std::fmt;

use devhub_domain::webhooks::{URL_CHARS_MAX as ENDPOINT_CHARS_MAX, callback_url};
use url::Url;

use crate::ids::PaymentId;

/// The longest address, in its normal form.
pub const URL_CHARS_MAX: usize = 2_000;

/// An absolute `http` or `https` address in its normal form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebUrl(Url);

/// The text is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebUrlError {
    /// It is no absolute address of the web.
    #[error("must be an absolute http or https address, such as https://shop.example/paid")]
    Malformed,
    /// It is too long.
    #[error("must have at most {URL_CHARS_MAX} characters")]
    TooLong,
    /// No endpoint can have it, so that nobody would ever be told there.
    #[error(
        "must have at most {ENDPOINT_CHARS_MAX} characters, no user name or password, no fragment (\"#\" and what follows), \
         and a port other than 0"
    )]
    NotCallable,
}

impl WebUrl {
    /// Checks what a merchant sent; also reads what a store has kept.
    ///
    /// # Errors
    /// [`WebUrlError`] when it is no address of the web, or too long.
    pub fn parse(text: &str) -> Result<Self, WebUrlError> {
        if text.len() > URL_CHARS_MAX {
            return Err(WebUrlError::TooLong);
        }
        // A parser drops what is invisible without a word; the merchant would get back another text than it sent.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(WebUrlError::Malformed);
        }
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or(WebUrlError::Malformed)?;
        // Percent-encoding makes it longer, and a store must be able to read back what it was given.
        if url.as_str().len() > URL_CHARS_MAX { Err(WebUrlError::TooLong) } else { Ok(Self(url)) }
    }

    /// Checks a `callback_url`: what no endpoint can have is refused when it is given, and not passed over at each event. One of before
    /// is still read back by [`WebUrl::parse`].
    ///
    /// # Errors
    /// As for [`WebUrl::parse`], and [`WebUrlError::NotCallable`].
    pub fn parse_callback(text: &str) -> Result<Self, WebUrlError> {
        let url = Self::parse(text)?;
        if callback_url(url.as_str()).is_ok() { Ok(url) } else { Err(WebUrlError::NotCallable) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address with `payment_id` and `status` set: existing ones replaced, the rest of the query and the fragment kept.
    ///
    /// *Shape:* not bounded by [`URL_CHARS_MAX`], since the two are added. *Source:* contract rule 17, §3.7.
    pub fn with_outcome(&self, payment_id: PaymentId, status: &str) -> String {
        let mut url = self.0.clone();
        let is_ours = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            url::form_urlencoded::parse(name.as_bytes())
                .next()
                .is_some_and(|(name, _)| name == "payment_id" || name == "status")
        };
        // The other pairs stay as they are spelt: reading and writing them anew would change `%20` into `+`.
        let others = self.0.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_ours(pair));
        let id = format!("payment_id={payment_id}");
        let status = format!("status={status}");
        let pairs: Vec<_> = others.chain([id.as_str(), status.as_str()]).collect();
        url.set_query(Some(&pairs.join("&")));
        url.into()
    }
}

impl fmt::Debug for WebUrl {
    /// The query of a merchant's address may hold the key of an order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebUrl({})", self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a810b445-564a-4e20-80a5-f1261d7b328a";

    fn back(text: &str) -> String {
        WebUrl::parse(text).unwrap().with_outcome(ID.parse().unwrap(), "completed")
    }

    /// *Source:* contract §3.7.
    #[test]
    fn rule_17_the_way_back_sets_payment_id_and_status_and_keeps_the_rest() {
        let ours = format!("payment_id={ID}&status=completed");
        let rows = [
            ("https://shop.example/paid", format!("https://shop.example/paid?{ours}")),
            ("https://shop.example/?wc-api=ownpay", format!("https://shop.example/?wc-api=ownpay&{ours}")),
            ("https://shop.example/paid?", format!("https://shop.example/paid?{ours}")),
            ("https://shop.example/?status=x&a=1&payment_id=2&status=y", format!("https://shop.example/?a=1&{ours}")),
            ("https://shop.example/?pay%6Dent_id=2&b", format!("https://shop.example/?b&{ours}")),
            (
                "https://shop.example/?q=a%20b+c%26d&statuses=1#top",
                format!("https://shop.example/?q=a%20b+c%26d&statuses=1&{ours}#top"),
            ),
        ];
        for (text, wanted) in rows {
            assert_eq!(back(text), wanted, "{text}");
        }
    }

    /// *Source:* contract §2.5.
    #[test]
    fn http_and_localhost_are_accepted_and_other_schemes_are_not() {
        for good in
            ["http://localhost", "http://127.0.0.1:8080/a", "https://shop.example", "HTTPS://SHOP.example/a?b#c"]
        {
            assert!(WebUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/paid",
            "shop.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://shop.example",
            "https://",
            "https:// shop.example",
            "https://shop.example/\n",
            "//shop.example",
        ] {
            assert_eq!(WebUrl::parse(bad), Err(WebUrlError::Malformed), "{bad:?}");
        }
        let long = |chars: usize| format!("https://shop.example/{}", "a".repeat(chars - 21));
        assert!(WebUrl::parse(&long(URL_CHARS_MAX)).is_ok());
        assert_eq!(WebUrl::parse(&long(URL_CHARS_MAX + 1)), Err(WebUrlError::TooLong));
        assert_eq!(WebUrl::parse(&format!("https://shop.example/{}", "ä".repeat(900))), Err(WebUrlError::TooLong));
    }

    #[test]
    fn a_callback_url_that_no_endpoint_can_have_is_refused() {
        let long = format!("https://shop.example/{}", "a".repeat(1_500));
        for bad in [
            &long,
            "https://user:pass@shop.example/",
            "https://user@shop.example/",
            "https://shop.example:0/",
            "https://shop.example/#a",
        ] {
            assert!(WebUrl::parse(bad).is_ok(), "{bad}");
            assert_eq!(WebUrl::parse_callback(bad), Err(WebUrlError::NotCallable), "{bad}");
        }
        for good in ["http://localhost:8080/hook", "https://shop.example/?wc-api=ownpay"] {
            assert!(WebUrl::parse_callback(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_kept_reads_back() {
        for text in ["https://shop.example/ä b".replace(' ', "%20"), "https://shop.example/\"<>`{}|^".to_owned()] {
            let url = WebUrl::parse(&text).unwrap();
            assert_eq!(WebUrl::parse(url.as_str()), Ok(url));
        }
    }

    #[test]
    fn the_query_is_not_printed() {
        let url = WebUrl::parse("https://shop.example:8443/paid?key=wc_order_secret").unwrap();
        assert_eq!(format!("{url:?}"), "WebUrl(https://shop.example:8443)");
    }
}
