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
use url::Url;

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
    // The grammar of policies knows neither IPv6 addresses nor hosts of other characters than these (CSP 3, §2.3.1), and URLs allow `;`,
    // `,` and `*` in a host, which begin another directive, another policy, or mean every host: the scheme is the closest it can say.
    let is_sayable = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let source = match way_back.host_str() {
        Some(host) if is_sayable(host) => way_back.origin().ascii_serialization(),
        _ => format!("{}:", way_back.scheme()),
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
            ("https://a;sandbox/", "https:"),
            ("https://a,default-src/", "https:"),
            ("https://*/cart", "https:"),
            ("https://*.example:8443/cart", "https:"),
            ("https://shop_1.example/cart", "https:"),
            ("https://shop.example:8443/cart", "https://shop.example:8443"),
        ];
        for (url, source) in cases {
            let policy = policy_for(&Url::parse(url).unwrap());
            assert_eq!(policy, format!("{POLICY} {source}"), "{url}");
        }
    }
}
