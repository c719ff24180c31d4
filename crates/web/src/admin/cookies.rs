//! The cookies of the pages: their names and attributes in one place.
//!
//! *Threat:* a script, another site or a neighbouring name of the domain reads or sets the cookie of a session. *Defence:* `HttpOnly`,
//! `SameSite=Lax`, and with encryption `Secure` under a `__Host-` name, which no other name of the domain can set (ASVS 5.0, 3.3.1 to
//! 3.3.4). *Not defended:* without encryption, on the machine itself, other programs there can set it.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::COOKIE;

use super::connection::Connection;

/// One of our cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The token of a session; ends with the browser, and with the session on our side.
    Session,
    /// What the forms of somebody who is not signed in are bound to.
    Guest,
    /// That the password was right, sealed: opens the page that asks for the code, and nothing else.
    PasswordGiven,
    /// What the next page says of the change that led to it.
    Notice,
}

/// How long a notice waits for its page: the page follows at once.
const NOTICE_AGE: Duration = Duration::from_mins(1);

impl Name {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "devhub_session",
            Self::Guest => "devhub_guest",
            Self::PasswordGiven => "devhub_password_given",
            Self::Notice => "devhub_notice",
        }
    }

    fn in_full(self, connection: &Connection) -> String {
        let prefix = if connection.is_https() { "__Host-" } else { "" };
        format!("{prefix}{}", self.as_str())
    }

    /// What the browser sends under this name; `None` when nothing, or when there are two: one of them is not ours.
    pub(super) fn find(self, req: &HttpRequest, connection: &Connection) -> Option<String> {
        let name = self.in_full(connection);
        let lines: Vec<_> =
            req.headers().get_all(COOKIE).map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        // Not decoded, as `HttpRequest::cookies` would: browsers let a neighbour set `%5F_Host-…`, which is another name to them.
        let cookies = lines.iter().flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        let mut named = cookies.filter(|(known, _)| *known == name);
        let found = named.next()?.1.to_owned();
        named.next().is_none().then_some(found)
    }

    /// The cookie with this value.
    pub(super) fn with(self, value: impl Into<String>, connection: &Connection) -> Cookie<'static> {
        let mut cookie = Cookie::build(self.in_full(connection), value.into())
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(connection.is_https());
        if self == Self::Notice {
            cookie = cookie.max_age(NOTICE_AGE.try_into().expect("a minute is a duration"));
        }
        cookie.finish()
    }

    /// What makes the browser forget it.
    pub(super) fn removal(self, connection: &Connection) -> Cookie<'static> {
        let mut cookie = self.with("", connection);
        cookie.make_removal();
        cookie
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HOST;
    use actix_web::test::TestRequest;
    use url::Url;

    use super::*;

    fn request(cookies: &str) -> HttpRequest {
        let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 50_000));
        TestRequest::get()
            .peer_addr(peer)
            .insert_header((HOST, "hub.example.com"))
            .insert_header(("cookie", cookies))
            .to_http_request()
    }

    fn encrypted() -> Connection {
        Connection::of(&request(""), &[], Some(&Url::parse("https://hub.example.com").unwrap()))
    }

    fn plain() -> Connection {
        Connection::of(&request(""), &[], None)
    }

    #[test]
    fn with_encryption_the_cookie_is_bound_to_the_host_and_never_leaves_it_in_the_clear() {
        let cookie = Name::Session.with("value", &encrypted()).to_string();
        assert_eq!(cookie, "__Host-devhub_session=value; HttpOnly; SameSite=Lax; Secure; Path=/");
    }

    #[test]
    fn without_encryption_the_browser_would_not_keep_such_a_cookie() {
        let cookie = Name::Session.with("value", &plain()).to_string();
        assert_eq!(cookie, "devhub_session=value; HttpOnly; SameSite=Lax; Path=/");
    }

    #[test]
    fn a_cookie_without_the_prefix_is_none_where_there_is_encryption() {
        let req = request("devhub_session=planted; __Host-devhub_session=own");
        assert_eq!(Name::Session.find(&req, &encrypted()).unwrap(), "own");
        assert_eq!(Name::Session.find(&request("devhub_session=planted"), &encrypted()), None);
    }

    #[test]
    fn a_name_that_is_only_written_like_ours_is_another() {
        for name in ["%5F_Host-devhub_session", "_%5FHost-devhub_session", "__Host-devhub%5Fsession"] {
            assert_eq!(Name::Session.find(&request(&format!("{name}=planted")), &encrypted()), None, "{name}");
            let both = format!("{name}=planted; __Host-devhub_session=own");
            assert_eq!(Name::Session.find(&request(&both), &encrypted()).unwrap(), "own", "{name}");
        }
    }

    #[test]
    fn a_neighbour_that_is_no_text_hides_none() {
        let value = actix_web::http::header::HeaderValue::from_bytes(b"other=\xff; devhub_session=own").unwrap();
        let req = TestRequest::get().insert_header(("cookie", value)).to_http_request();
        assert_eq!(Name::Session.find(&req, &plain()).unwrap(), "own");
    }

    #[test]
    fn of_two_cookies_with_one_name_none_counts() {
        let req = request("devhub_session=a; devhub_session=b");
        assert_eq!(Name::Session.find(&req, &plain()), None);
    }
}
