//! What every answer of the checkout says to the browser, whoever has made it.
//!
//! *Threat:* the address of a checkout is all that is needed to pay or cancel: it leaks by `Referer`, by a cache or by a search engine;
//! the page is framed, and its buttons pressed by somebody who sees another page. *Defence:* these headers. *Not defended:* whoever is
//! given the address, and the log of a proxy in front of the hub.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use url::{Host, Url};

use crate::admin;

/// Nothing but our own style and mark: there is no script here to be allowed.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// What every answer says. Not `cross-origin-opener-policy`: a shop that opens the checkout in a window of its own waits for its end.
const HEADERS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Sets them, but for a policy that an answer has already.
pub(super) fn set(headers: &mut HeaderMap, https_only: Option<HeaderValue>) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    if let Some(https_only) = https_only {
        headers.insert(STRICT_TRANSPORT_SECURITY, https_only);
    }
}

/// Sets them on every answer, also on what the web server answers by itself.
pub(super) async fn on_every_answer(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let https_only = admin::https_only(req.request());
    let mut res = next.call(req).await?;
    set(res.headers_mut(), https_only);
    Ok(res)
}

/// The policy of a page whose forms lead on to another site: browsers hold the redirect that answers a form to `form-action` too.
pub(super) fn policy_for(way_back: &Url) -> String {
    // The grammar of policies knows no IPv6 addresses (CSP 3, §2.3.1): the scheme is the closest it can say.
    let source = match way_back.host() {
        Some(Host::Ipv6(_)) | None => format!("{}:", way_back.scheme()),
        Some(_) => way_back.origin().ascii_serialization(),
    };
    format!("{POLICY} {source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_on_to_where_the_merchant_wants_the_payer_and_nowhere_else() {
        let cases = [
            ("https://shop.example/cart?x=1;script-src *", "https://shop.example"),
            ("http://127.0.0.1:8080/cart", "http://127.0.0.1:8080"),
            ("https://bücher.example/", "https://xn--bcher-kva.example"),
            ("http://[::1]:8080/cart", "http:"),
        ];
        for (url, source) in cases {
            let policy = policy_for(&Url::parse(url).unwrap());
            assert_eq!(policy, format!("{POLICY} {source}"), "{url}");
        }
    }
}
