//! A browser without scripts: it keeps cookies, follows redirects when asked, and sends the forms of the page that it shows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::{self, TestRequest};
use devhub_domain::access::Asker;
use devhub_domain::operators::{EmailAddress, NewOperator, Operators, Password, PasswordHash, Passwords, Role};
use devhub_domain::secret::Secret;
use devhub_domain::testing::SeededEntropy;

use crate::hub::{Hub, WORKSPACE};

pub(super) const HOST: &str = "localhost:8780";
pub(super) const PASSWORD: &str = "seventeen blue teapots";

/// A hub with an operator of each role, `owner@example.com` and so on, all with [`PASSWORD`].
pub(super) fn hub_with_operators() -> Hub {
    let hub = Hub::with_workspaces();
    for role in Role::ALL {
        add_operator(&hub, role);
    }
    hub
}

pub(super) fn add_operator(hub: &Hub, role: Role) {
    let entropy = Arc::new(SeededEntropy::new(u64::from(role.as_str().as_bytes()[0])));
    let operators = Operators::new(hub.store.clone(), hub.clock.clone(), entropy.clone());
    let email = EmailAddress::new(&email_of(role)).unwrap();
    let new = NewOperator { email, role, password: Some(hash().clone()) };
    operators.add(Asker::COMMAND_LINE, WORKSPACE, new).commit().unwrap();
}

/// The same for everybody: making one takes as long as all the rest of a test.
fn hash() -> &'static PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| {
        let password = Password::new(Secret::new(PASSWORD), &EmailAddress::new("a@example.com").unwrap()).unwrap();
        Passwords::new(Arc::new(SeededEntropy::new(1))).hash(&password).unwrap()
    })
}

pub(super) fn email_of(role: Role) -> String {
    format!("{}@example.com", role.as_str())
}

/// One browser.
pub(super) struct Browser<'h> {
    hub: &'h Hub,
    pub(super) cookies: BTreeMap<String, String>,
    /// Headers that it sends besides.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The page that it shows.
    pub(super) page: Page,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

impl Page {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where it sends the browser.
    pub(super) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.html);
        self.header("location")
    }

    /// The value of a hidden field of its forms.
    pub(super) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.html));
        rest.split('"').next().unwrap().to_owned()
    }

    /// What the forms of the page carry: the first is of the menu on top, which is taken in whatever workspace.
    pub(super) fn token(&self) -> String {
        let (_, rest) = self.html.rsplit_once("name=\"token\" value=\"").expect("the page has a form");
        rest.split('"').next().unwrap().to_owned()
    }

    pub(super) fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }
}

impl<'h> Browser<'h> {
    pub(super) fn new(hub: &'h Hub) -> Self {
        let page = Page { status: StatusCode::OK, headers: HeaderMap::new(), html: String::new() };
        Self { hub, cookies: BTreeMap::new(), headers: vec![("host", HOST.to_owned())], page }
    }

    pub(super) fn hub(&self) -> &'h Hub {
        self.hub
    }

    /// One that has signed in.
    pub(super) async fn signed_in(hub: &'h Hub, role: Role) -> Self {
        let mut browser = Self::new(hub);
        browser.get("/admin/sign-in").await;
        browser.post("/admin/sign-in", &[("email", &email_of(role)), ("password", PASSWORD)]).await;
        assert_eq!(browser.page.location(), "/admin/overview");
        browser
    }

    pub(super) async fn get(&mut self, path: &str) -> &Page {
        self.send(TestRequest::get().uri(path)).await
    }

    /// Sends a form of the page that it shows: with its hidden fields, if it has any.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> &Page {
        let token = self.page.token();
        self.post_raw(path, &[&[("token", token.as_str())], fields].concat()).await
    }

    /// Sends these fields and no others.
    pub(super) async fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> &Page {
        self.send(TestRequest::post().uri(path).set_form(fields)).await
    }

    pub(super) async fn send(&mut self, mut req: TestRequest) -> &Page {
        req = req.peer_addr(SocketAddr::from(([127, 0, 0, 1], 50_000)));
        for (name, value) in &self.headers {
            req = req.insert_header((*name, value.as_str()));
        }
        for (name, value) in &self.cookies {
            req = req.cookie(Cookie::new(name, value));
        }
        let app = test::init_service(devhub_web::app(self.hub.services.clone())).await;
        let res = test::try_call_service(&app, req.to_request()).await.unwrap();
        for cookie in res.response().cookies() {
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        let (status, headers) = (res.status(), res.headers().clone());
        // A stream has no end to wait for.
        let is_stream =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if is_stream { Vec::new() } else { test::read_body(res).await.to_vec() };
        let html = String::from_utf8(body).unwrap();
        self.page = Page { status, headers, html };
        &self.page
    }
}
