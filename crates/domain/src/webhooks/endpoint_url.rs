//! The address of a webhook endpoint, as its owner types it.
//!
//! *Threat:* an address that means something else than it shows (user info, odd number forms, invisible characters), sends
//! payloads in the clear, or points inside the hub's own network.
//! *Defence:* the text is parsed once by the same rules as browsers have, kept in its normal form, and a literal address is
//! vetted when the endpoint is saved, so that the mistake is named while somebody looks at the form.
//! *Not defended:* what a name resolves to is unknown here; the connector vets it at every send.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use url::{Host, ParseError, Url};

use super::address::{AddressPolicy, AddressRefused};

/// The longest address, as typed and in its normal form: what OwnPay's endpoint record holds (contract §4.1).
pub const URL_CHARS_MAX: usize = 1000;

/// The ending of names that mean the machine itself (RFC 6761).
const LOOPBACK_SUFFIXES: [&str; 1] = [".localhost"];

/// Endings of names that no public resolver answers; a LAN's own does (RFC 6762, ICANN's `.internal`, RFC 8375, common routers).
const PRIVATE_SUFFIXES: [&str; 4] = [".local", ".internal", ".home.arpa", ".localdomain"];

/// The checked address of an endpoint, in its normal form.
///
/// *Shape:* an absolute `https` URL (`http` where [`UrlRules`] allow it) of at most [`URL_CHARS_MAX`] characters, without user
/// info and fragment; host in lower case and ASCII, numeric hosts as plain addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndpointUrl {
    url: Url,
    host: Host<String>,
    port: u16,
}

/// What an installation accepts.
#[derive(Clone, Copy, Debug)]
pub struct UrlRules<'a> {
    /// Whether `http` is accepted: for tests, demos and receivers on a trusted LAN.
    pub allows_http: bool,
    /// Which literal addresses are accepted.
    pub policy: &'a AddressPolicy,
}

/// Where an endpoint is: a name to resolve, or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointHost<'a> {
    /// A name in lower-case ASCII.
    Name(&'a str),
    /// A literal address.
    Address(IpAddr),
}

impl fmt::Display for EndpointHost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// The text cannot be the address of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointUrlError {
    /// It is too long.
    #[error("endpoint url must have at most {URL_CHARS_MAX} characters, got {chars}")]
    TooLong {
        /// How many characters it has.
        chars: usize,
    },
    /// It has a character that a URL parser would drop without a word.
    #[error("endpoint url must not contain spaces or control characters, character {position} is one")]
    Character {
        /// Where the first one is, counted from 1.
        position: usize,
    },
    /// It is not an absolute URL.
    #[error("endpoint url must be absolute, such as https://shop.example/hooks")]
    Malformed(#[source] ParseError),
    /// The scheme is not accepted.
    #[error("endpoint url must use https, got {scheme:?}")]
    Scheme {
        /// The scheme that it has.
        scheme: String,
    },
    /// It names nobody to call.
    #[error("endpoint url must name a host")]
    NoHost,
    /// It carries a user name or a password: it would be shown in lists and logs.
    #[error("endpoint url must not contain a user name or password: use the signature to authenticate requests")]
    UserInfo,
    /// It has a fragment, which is never sent.
    #[error("endpoint url must not contain a fragment: remove \"#\" and what follows")]
    Fragment,
    /// Port 0 cannot be dialled.
    #[error("endpoint url must not use port 0")]
    Port,
    /// The name never means a public host.
    #[error(
        "endpoint url must name a public host, got {name:?}: names that end with {suffix:?} mean {meaning}; use a public name, or add \
         the host or its address to the allow-list"
    )]
    PrivateName {
        /// The name.
        name: String,
        /// How it ends.
        suffix: &'static str,
        /// What names with this ending mean.
        meaning: &'static str,
    },
    /// The host is a literal address that is refused.
    #[error(transparent)]
    Address(AddressRefused),
}

impl EndpointUrlError {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "endpoint_url_too_long",
            Self::Character { .. } => "endpoint_url_character",
            Self::Malformed(_) => "endpoint_url_malformed",
            Self::Scheme { .. } => "endpoint_url_scheme",
            Self::NoHost => "endpoint_url_no_host",
            Self::UserInfo => "endpoint_url_user_info",
            Self::Fragment => "endpoint_url_fragment",
            Self::Port => "endpoint_url_port",
            Self::PrivateName { .. } => "endpoint_url_private_name",
            Self::Address(_) => "endpoint_url_address",
        }
    }
}

impl EndpointUrl {
    /// Checks what somebody typed.
    ///
    /// # Errors
    /// The first rule that the text breaks, in the order of [`EndpointUrlError`]'s variants.
    pub fn parse(text: &str, rules: &UrlRules<'_>) -> Result<Self, EndpointUrlError> {
        let url = Self::from_stored(text)?;
        if !url.is_https() && !rules.allows_http {
            return Err(EndpointUrlError::Scheme { scheme: "http".to_owned() });
        }
        match url.host() {
            EndpointHost::Address(address) => {
                rules.policy.check(address, url.port()).map_err(EndpointUrlError::Address)?;
            }
            EndpointHost::Name(name) => check_name(name, url.port(), rules.policy)?,
        }
        Ok(url)
    }

    /// Reads an address back that was checked when it was saved.
    ///
    /// Asks for the shape only: the rules may have become stricter since, and the connector applies today's.
    ///
    /// # Errors
    /// The first rule of shape that the text breaks.
    pub fn from_stored(text: &str) -> Result<Self, EndpointUrlError> {
        check_length(text)?;
        if let Some(before) = text.chars().position(|c| c.is_control() || c.is_whitespace()) {
            return Err(EndpointUrlError::Character { position: before + 1 });
        }
        let url = Url::parse(text).map_err(|error| match error {
            ParseError::EmptyHost => EndpointUrlError::NoHost,
            error => EndpointUrlError::Malformed(error),
        })?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(EndpointUrlError::Scheme { scheme: url.scheme().to_owned() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointUrlError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(EndpointUrlError::Fragment);
        }
        let host = url.host().ok_or(EndpointUrlError::NoHost)?.to_owned();
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(EndpointUrlError::Port)?;
        // Percent-encoding and punycode make the normal form longer than what was typed.
        check_length(url.as_str())?;
        Ok(Self { url, host, port })
    }

    /// The whole address, in its normal form.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whom requests reach: scheme, host and port, and nothing that could be a secret. Whoever knows the rest may call the receiver:
    /// a path or a query is often all that authenticates.
    ///
    /// *Shape:* `https://shop.example:8443`, without the port that the scheme has anyway.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether requests go over TLS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whom to resolve or dial.
    pub fn host(&self) -> EndpointHost<'_> {
        match &self.host {
            Host::Domain(name) => EndpointHost::Name(name),
            Host::Ipv4(address) => EndpointHost::Address((*address).into()),
            Host::Ipv6(address) => EndpointHost::Address((*address).into()),
        }
    }

    /// The port to dial: the one that is written, else 443 or 80 as the scheme says. Never 0.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

fn check_length(text: &str) -> Result<(), EndpointUrlError> {
    let chars = text.chars().count();
    if chars > URL_CHARS_MAX { Err(EndpointUrlError::TooLong { chars }) } else { Ok(()) }
}

/// Refuses names that mean the hub, or an inside host everywhere. Names of the LAN pass once an address is allow-listed at all that
/// they could have: what they resolve to is vetted at send.
fn check_name(name: &str, port: u16, policy: &AddressPolicy) -> Result<(), EndpointUrlError> {
    if policy.allows_name(name, port) {
        return Ok(());
    }
    policy.check_own_name(name, port).map_err(EndpointUrlError::Address)?;
    let bare = name.strip_suffix('.').unwrap_or(name);
    let refused = |suffix, meaning| EndpointUrlError::PrivateName { name: name.to_owned(), suffix, meaning };
    if let Some(suffix) = ending(bare, &LOOPBACK_SUFFIXES) {
        return match policy.check(IpAddr::V4(Ipv4Addr::LOCALHOST), port) {
            Ok(()) => Ok(()),
            Err(own @ AddressRefused::Own { .. }) => Err(EndpointUrlError::Address(own)),
            Err(_forbidden) => Err(refused(suffix, "the hub's own machine")),
        };
    }
    match ending(bare, &PRIVATE_SUFFIXES) {
        Some(suffix) if !policy.allows_addresses_at(port) => Err(refused(suffix, "a private network")),
        _ => Ok(()),
    }
}

/// How a name ends, or what it is: `localhost` ends with `.localhost`.
fn ending(name: &str, suffixes: &[&'static str]) -> Option<&'static str> {
    suffixes.iter().copied().find(|suffix| name.ends_with(suffix) || suffix.strip_prefix('.') == Some(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The normal form, or the message.
    fn checked(text: &str, allows_http: bool, allow: &[&str]) -> Result<String, String> {
        let policy = AddressPolicy::new(allow.iter().map(|network| network.parse().unwrap()).collect());
        let rules = UrlRules { allows_http, policy: &policy };
        EndpointUrl::parse(text, &rules).map(|url| url.as_str().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_is_kept_in_its_normal_form() {
        let cases = [
            ("https://shop.example/hooks?a=1", "https://shop.example/hooks?a=1"),
            ("HTTPS://Shop.Example:443", "https://shop.example/"),
            ("https://shop.example:8443/a/../b", "https://shop.example:8443/b"),
            // RFC 3492 spells bücher so.
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("https://93.184.215.14/", "https://93.184.215.14/"),
            ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ];
        for (text, expected) in cases {
            assert_eq!(checked(text, false, &[]).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn each_rule_names_what_to_change() {
        let absolute = "endpoint url must be absolute, such as https://shop.example/hooks";
        let user_info =
            "endpoint url must not contain a user name or password: use the signature to authenticate requests";
        let spaces = "endpoint url must not contain spaces or control characters, character";
        let fragment = "endpoint url must not contain a fragment: remove \"#\" and what follows";
        let cases = [
            ("http://shop.example/", "endpoint url must use https, got \"http\"".to_owned()),
            ("ftp://shop.example/", "endpoint url must use https, got \"ftp\"".to_owned()),
            ("javascript:alert(1)", "endpoint url must use https, got \"javascript\"".to_owned()),
            ("shop.example/hooks", absolute.to_owned()),
            ("", absolute.to_owned()),
            ("https://shop.example:99999/", absolute.to_owned()),
            ("https://", "endpoint url must name a host".to_owned()),
            ("https://?a=1", "endpoint url must name a host".to_owned()),
            ("https://user@shop.example/", user_info.to_owned()),
            ("https://:word@shop.example/", user_info.to_owned()),
            ("https://shop.example/#", fragment.to_owned()),
            ("https://shop.example/#top", fragment.to_owned()),
            ("https://shop.example:0/", "endpoint url must not use port 0".to_owned()),
            (" https://shop.example/", format!("{spaces} 1 is one")),
            ("https://shop.exa\nmple/", format!("{spaces} 17 is one")),
        ];
        for (text, message) in cases {
            assert_eq!(checked(text, false, &[]), Err(message), "{text:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_1000_characters_also_in_its_normal_form() {
        let of_length = |chars: usize| format!("https://shop.example/{}", "a".repeat(chars - 21));
        assert_eq!(checked(&of_length(1000), false, &[]), Ok(of_length(1000)));
        let too_long = |chars| Err(format!("endpoint url must have at most 1000 characters, got {chars}"));
        assert_eq!(checked(&of_length(1001), false, &[]), too_long(1001));
        // Each é becomes %C3%A9.
        assert_eq!(checked(&format!("https://shop.example/{}", "é".repeat(200)), false, &[]), too_long(1221));
    }

    #[test]
    fn a_literal_address_is_vetted_whatever_form_it_takes() {
        let cases = [
            ("https://127.0.0.1/", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://2130706433/", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://0177.0.0.1/", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://0x7f.1/", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://127.1./", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://１２７.0.0.1/", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://%31%32%37.0.0.1/", "127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://0/", "0.0.0.0 is refused: this network 0.0.0.0/8"),
            ("https://169.254.169.254/latest", "169.254.169.254 is refused: cloud metadata 169.254.169.254/32"),
            ("https://[::1]/", "::1 is refused: loopback ::1/128"),
            ("https://[::ffff:7f00:1]/", "::ffff:127.0.0.1 is refused: loopback 127.0.0.0/8"),
            ("https://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1 is refused: nat64 64:ff9b::/96"),
        ];
        for (text, expected) in cases {
            let refused = checked(text, false, &[]).unwrap_err();
            assert!(refused.starts_with(&format!("address {expected};")), "{text}: {refused}");
        }
    }

    #[test]
    fn names_that_mean_an_inside_host_need_an_allow_list() {
        let refused = |name: &str, rule: &str| {
            Err(format!(
                "endpoint url must name a public host, got {name:?}: names that end with {rule}; use a public name, or add the host or \
                 its address to the allow-list"
            ))
        };
        let machine = "\".localhost\" mean the hub's own machine";
        let network = |suffix: &str| format!("{suffix:?} mean a private network");
        let loopback: &[&str] = &["127.0.0.1/32"];
        let lan: &[&str] = &["10.0.0.0/8"];
        let cases = [
            ("http://localhost:8080/", &[][..], refused("localhost", machine)),
            ("http://LOCALHOST./", &[], refused("localhost.", machine)),
            ("http://shop.localhost/", lan, refused("shop.localhost", machine)),
            ("http://localhost.localdomain/", &[], refused("localhost.localdomain", &network(".localdomain"))),
            ("http://localhost:8080/", loopback, Ok("http://localhost:8080/".to_owned())),
            ("http://127.0.0.1:8080/", loopback, Ok("http://127.0.0.1:8080/".to_owned())),
            ("http://nas.local/", &[], refused("nas.local", &network(".local"))),
            ("http://nas.home.arpa/", &[], refused("nas.home.arpa", &network(".home.arpa"))),
            ("http://metadata.google.internal/", &[], refused("metadata.google.internal", &network(".internal"))),
            ("http://nas.local/", lan, Ok("http://nas.local/".to_owned())),
            ("http://notlocalhost.example/", &[], Ok("http://notlocalhost.example/".to_owned())),
        ];
        for (text, allow, expected) in cases {
            assert_eq!(checked(text, true, allow), expected, "{text} {allow:?}");
        }
    }

    #[test]
    fn an_address_tells_whom_to_dial() {
        let name = EndpointUrl::from_stored("https://shop.example/hooks").unwrap();
        assert_eq!((name.host(), name.port(), name.is_https()), (EndpointHost::Name("shop.example"), 443, true));
        let literal = EndpointUrl::from_stored("http://[::1]:8080/").unwrap();
        assert_eq!((literal.host().to_string(), literal.port(), literal.is_https()), ("::1".to_owned(), 8080, false));
    }

    #[test]
    fn an_origin_has_neither_path_nor_query_nor_a_port_that_goes_without_saying() {
        let cases = [
            ("https://Shop.Example:443/hooks/s3cret?token=s3cret", "https://shop.example"),
            ("https://shop.example:8443/", "https://shop.example:8443"),
            ("http://[::1]:8080/a", "http://[::1]:8080"),
            ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ];
        for (text, origin) in cases {
            assert_eq!(EndpointUrl::from_stored(text).unwrap().origin(), origin);
        }
    }

    proptest! {
        #[test]
        fn an_accepted_address_reads_back_as_it_prints(rest in ".{0,60}") {
            if let Ok(url) = EndpointUrl::from_stored(&format!("https://{rest}")) {
                prop_assert_eq!(EndpointUrl::from_stored(url.as_str()), Ok(url.clone()));
                prop_assert_ne!((url.port(), url.host().to_string()), (0, String::new()));
            }
        }
    }
}
