//! The doors of this crate before one hub, held to the table that every door is held to.

use std::net::SocketAddr;

use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use actix_web::{App, rt, web};
use devhub_domain::api_keys::{IssuedKey, NewApiKey};
use devhub_domain::guard::Guard;
use devhub_domain::testing::contract::guard::{Door, Heard, Knock, World, hold};
use devhub_domain::testing::label;
use devhub_web::{KeyHolder, RequireKey};
use serde_json::{Value, json};

use crate::hub::{Hub, authorized};

/// Where the proxy of these tests asks from.
const PROXY: &str = "10.0.0.5";

/// A hub over what the table has prepared.
fn hub(world: &World) -> Hub {
    let mut hub = Hub::new();
    hub.services.authenticator = world.authenticator.clone();
    hub.services.rates = world.rates.clone();
    hub.services.clock = world.clock.clone();
    hub.services.trusted_proxies = vec![format!("{PROXY}/32").parse().unwrap()];
    hub
}

fn with_headers(req: TestRequest, knock: &Knock) -> TestRequest {
    knock.headers.iter().fold(req, |req, header| req.append_header(header.clone()))
}

fn from(req: TestRequest, address: &str) -> TestRequest {
    req.peer_addr(SocketAddr::new(address.parse().unwrap(), 50_000))
}

/// The answer of an actix application, as the table has it.
async fn heard(res: ServiceResponse) -> Heard {
    let status = if res.status().is_success() { 200 } else { res.status().as_u16() };
    let headers = res.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.collect();
    let body = test::read_body(res).await;
    let code = if status == 200 { Some(String::new()) } else { code_of(&body) };
    Heard { status: Some(status), code, headers: Some(headers), ..Heard::default() }
}

fn code_of(body: &[u8]) -> Option<String> {
    let problem: Value = serde_json::from_slice(body).unwrap();
    problem["code"].as_str().map(str::to_owned)
}

/// An application of somebody else with [`RequireKey`] around its route.
struct Actix(Guard);

impl Door for Actix {
    fn knock(&self, knock: &Knock) -> Option<Heard> {
        let require = RequireKey::new(self.0.clone())
            .with_scopes(knock.required)
            .with_cost(knock.cost)
            .with_trusted_proxies([format!("{PROXY}/32").parse().unwrap()]);
        let answered = async {
            let orders = |holder: KeyHolder| async move { holder.0.workspace_id.to_string() };
            let app = App::new().service(web::scope("").wrap(require).default_service(web::to(orders)));
            let uri = format!("{}?{}", knock.path, knock.query);
            let req = from(with_headers(TestRequest::with_uri(&uri), knock), PROXY);
            let req = req.append_header(("x-forwarded-for", knock.address.to_string()));
            heard(test::call_service(&test::init_service(app).await, req.to_request()).await.map_into_boxed_body())
                .await
        };
        Some(rt::System::new().block_on(answered))
    }
}

/// `/auth/check`, asked by a trusted proxy.
struct Check(Hub);

impl Door for Check {
    fn knock(&self, knock: &Knock) -> Option<Heard> {
        let scope = knock.required.to_string().replace(' ', ",");
        let uri = format!("/auth/check?scope={scope}&cost={}", knock.cost);
        let req = from(with_headers(TestRequest::with_uri(&uri), knock), PROXY)
            .append_header(("x-forwarded-for", knock.address.to_string()))
            .append_header(("x-original-method", knock.method))
            .append_header(("x-original-uri", format!("{}?{}", knock.path, knock.query)));
        let answered = async {
            let app = test::init_service(devhub_web::app(self.0.services.clone())).await;
            heard(test::call_service(&app, req.to_request()).await.map_into_boxed_body()).await
        };
        Some(rt::System::new().block_on(answered))
    }
}

/// `keys/verify`, asked by a service with a key of its own.
struct Verify(Hub, IssuedKey);

impl Door for Verify {
    fn knock(&self, knock: &Knock) -> Option<Heard> {
        // Who asks here does not say what for.
        if knock.path != "/orders" {
            return None;
        }
        let scopes: Vec<_> = knock.required.iter().map(|scope| scope.as_str()).collect();
        let body = json!({
            "token": knock.token.as_ref()?,
            "scopes": scopes,
            "address": knock.address,
            "cost": knock.cost,
        });
        let answer = rt::System::new().block_on(self.0.post("/api/hub/v1/keys/verify", &self.1, &body));
        let told = answer.json();
        match (answer.status.as_u16(), told["code"].as_str().unwrap()) {
            (200, exact) => {
                let remaining = told["rate_limit"]["remaining"].as_u64().map(|units| u32::try_from(units).unwrap());
                Some(Heard { exact: Some(exact.to_owned()), remaining, ..Heard::default() })
            }
            // The service's own key, which is of the suspended workspace too.
            (403, _) => None,
            (status, code) => Some(Heard { status: Some(status), code: Some(code.to_owned()), ..Heard::default() }),
        }
    }
}

#[test]
fn actix_middleware_answers_as_every_door_does() {
    hold(|world| Actix(world.guard()));
}

#[test]
fn the_check_for_proxies_answers_as_every_door_does() {
    hold(|world| Check(hub(world)));
}

#[test]
fn verification_answers_as_every_door_does() {
    hold(|world| {
        let new = NewApiKey { scopes: "keys:read".parse().unwrap(), ..NewApiKey::with_label(label("Door")) };
        Verify(hub(world), world.issue(new))
    });
}

#[actix_web::test]
async fn a_handler_without_its_middleware_knows_nobody() {
    let app = App::new().service(web::resource("/orders").to(|holder: KeyHolder| async move { format!("{holder:?}") }));
    let hub = Hub::new();
    let req = authorized(TestRequest::default().method(Method::GET).uri("/orders"), &hub.key("read"));
    let res = test::call_service(&test::init_service(app).await, req.to_request()).await;
    assert_eq!(res.status().as_u16(), 500);
}
