//! One request of a browser, and how it is answered: with a page or by sending it on.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, USER_AGENT, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;
use devhub_domain::operators::{Client, UserAgent};

use super::assets::AssetLinks;
use super::components::Plain;
use super::connection::Connection;
use super::cookies::Name;
use super::notice::Notice;
use crate::client_address::client_address;
use crate::problem_body::Problem;
use crate::services::Services;

/// Nothing but our own files, and no text of a page is ever run. *Source:* ASVS 5.0, 3.4.3 and 3.4.6.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer of the pages says. Not `no-referrer`: browsers would then send forms without their origin.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// How long browsers ask for nothing but https once they have seen it: a year. *Source:* ASVS 5.0, 3.4.1.
const HTTPS_ONLY: &str = "max-age=31536000";

/// One request of a browser.
pub(super) struct Visit {
    pub(super) services: Data<Services>,
    pub(super) connection: Connection,
    /// What the page before has left to say: said by this answer, and forgotten.
    pub(super) notice: Option<Notice>,
    has_notice: bool,
    session: Option<String>,
    guest: Option<String>,
    client: Client,
    cookies: Vec<Cookie<'static>>,
}

impl Visit {
    /// Looks at a request.
    ///
    /// # Errors
    /// When the application was not configured.
    pub(super) fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let services = req.app_data::<Data<Services>>();
        let services =
            services.ok_or_else(|| Problem::internal("the application was not configured with its services"))?.clone();
        let connection = Connection::of(req, &services.trusted_proxies, services.pages.public_url.as_ref());
        let user_agent = req.headers().get(USER_AGENT).and_then(|text| text.to_str().ok()).unwrap_or_default();
        let client =
            Client { address: client_address(req, &services.trusted_proxies), user_agent: UserAgent::cut(user_agent) };
        let notice = Name::Notice.find(req, &connection);
        Ok(Self {
            session: Name::Session.find(req, &connection),
            guest: Name::Guest.find(req, &connection),
            has_notice: notice.is_some(),
            notice: notice.and_then(|text| text.parse().ok()),
            services,
            connection,
            client,
            cookies: Vec::new(),
        })
    }

    /// The token of a session, as the browser shows it.
    pub(super) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// What forms are bound to whose sender is not signed in.
    pub(super) fn guest(&self) -> Option<&str> {
        self.guest.as_deref()
    }

    /// Where the browser is.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Has the answer set a cookie.
    pub(super) fn set(&mut self, name: Name, value: impl Into<String>) {
        self.cookies.push(name.with(value, &self.connection));
    }

    /// Has the answer remove a cookie.
    pub(super) fn remove(&mut self, name: Name) {
        self.cookies.push(name.removal(&self.connection));
    }

    /// The addresses of the static files.
    pub(super) fn links(&self) -> AssetLinks {
        self.services.pages.assets.links()
    }

    /// What stands around a page of somebody who is not signed in.
    pub(super) fn plain(&self, title: impl Into<String>) -> Plain {
        let notice = self.notice.filter(|notice| *notice == Notice::SignedOut).map(|notice| notice.alert(""));
        Plain { title: title.into(), assets: self.links(), notice }
    }

    /// What addresses of the hub begin with, for programs: as it is known outside, else as this browser has reached it.
    pub(super) fn base_url(&self) -> String {
        let public_url = self.services.pages.public_url.as_ref();
        public_url.map_or_else(|| self.connection.to_url(), |url| url.origin().ascii_serialization())
    }

    /// Answers with a page.
    ///
    /// # Errors
    /// When the page cannot be drawn.
    pub(super) fn page(self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
        let html = page.render().map_err(Problem::internal)?;
        Ok(self.answer(status).insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(html))
    }

    /// Sends the browser on to another of our pages, which it asks for by GET.
    pub(super) fn see_other(self, path: &str) -> HttpResponse {
        self.answer(StatusCode::SEE_OTHER).insert_header((LOCATION, path)).finish()
    }

    /// The same, and the page there says what has happened.
    pub(super) fn see_other_with(mut self, path: &str, notice: Notice) -> HttpResponse {
        self.has_notice = false;
        self.set(Name::Notice, notice.to_string());
        self.see_other(path)
    }

    /// Sends on whoever is no visitor yet.
    pub(super) fn send_on(path: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(StatusCode::SEE_OTHER);
        for header in HEADERS {
            answer.insert_header(header);
        }
        answer.insert_header((LOCATION, path)).finish()
    }

    fn answer(mut self, status: StatusCode) -> HttpResponseBuilder {
        if self.has_notice {
            self.remove(Name::Notice);
        }
        let mut answer = HttpResponse::build(status);
        for header in HEADERS {
            answer.insert_header(header);
        }
        if self.connection.is_https() {
            answer.insert_header((STRICT_TRANSPORT_SECURITY, HTTPS_ONLY));
        }
        for cookie in self.cookies {
            answer.cookie(cookie);
        }
        answer
    }
}
