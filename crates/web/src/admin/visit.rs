//! One request of a browser, and how it is answered: with a page or by sending it on.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION, USER_AGENT};
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

/// One request of a browser.
pub(super) struct Visit {
    pub(super) services: Data<Services>,
    pub(super) connection: Connection,
    /// What the page before has left to say: forgotten once a page has shown it.
    pub(super) notice: Option<Notice>,
    has_notice: bool,
    session: Option<String>,
    guest: Option<String>,
    password_given: Option<String>,
    client: Client,
    path: String,
    cookies: Vec<Cookie<'static>>,
}

impl Visit {
    /// Looks at a request.
    ///
    /// # Errors
    /// When the application was not configured.
    pub(super) fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let services = services(req)?.clone();
        let connection = Connection::for_pages(req, &services);
        let user_agent = req.headers().get(USER_AGENT).and_then(|text| text.to_str().ok()).unwrap_or_default();
        let client =
            Client { address: client_address(req, &services.trusted_proxies), user_agent: UserAgent::cut(user_agent) };
        let notice = Name::Notice.find(req, &connection);
        Ok(Self {
            session: Name::Session.find(req, &connection),
            guest: Name::Guest.find(req, &connection),
            password_given: Name::PasswordGiven.find(req, &connection),
            has_notice: notice.is_some(),
            notice: notice.and_then(|text| text.parse().ok()),
            services,
            connection,
            client,
            path: req.path().to_owned(),
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

    /// What the browser was given for a right password whose code is missing.
    pub(super) fn password_given(&self) -> Option<&str> {
        self.password_given.as_deref()
    }

    /// The address that is asked for, without its query.
    pub(super) fn path(&self) -> &str {
        &self.path
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
        let is_shown =
            |notice: &Notice| matches!(notice, Notice::SignedOut | Notice::SignInAgain | Notice::WorkspaceLeft);
        let notice = self.notice.filter(is_shown).map(|notice| notice.alert("", self.services.pages.kept_for));
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

    fn answer(mut self, status: StatusCode) -> HttpResponseBuilder {
        // Elsewhere nothing was shown of it.
        if self.has_notice && status == StatusCode::OK {
            self.remove(Name::Notice);
        }
        let mut answer = HttpResponse::build(status);
        for cookie in self.cookies {
            answer.cookie(cookie);
        }
        answer
    }
}

/// What requests are answered with.
///
/// # Errors
/// When the application was not configured.
pub(super) fn services(req: &HttpRequest) -> Result<&Data<Services>, Problem> {
    req.app_data().ok_or_else(|| Problem::internal("the application was not configured with its services"))
}
