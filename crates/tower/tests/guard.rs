//! The layer, held to the table that every door is held to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

use devhub_domain::api_keys::Principal;
use devhub_domain::guard::Guard;
use devhub_domain::testing::contract::guard::{Door, Heard, Knock, hold};
use devhub_tower::RequireKeyLayer;
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;

/// Where the proxy of these tests asks from.
const PROXY: [u8; 4] = [10, 0, 0, 5];

/// Says who asks.
#[derive(Clone)]
struct Orders;

impl Service<Request<()>> for Orders {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, req: Request<()>) -> Self::Future {
        let principal = req.extensions().get::<Principal>().unwrap();
        ready(Ok(Response::new(principal.workspace_id.to_string())))
    }
}

struct Tower(Guard);

impl Door for Tower {
    fn knock(&self, knock: &Knock) -> Option<Heard> {
        let peer = |extensions: &http::Extensions| extensions.get::<SocketAddr>().map(SocketAddr::ip);
        let layer = RequireKeyLayer::new(self.0.clone(), peer, |work| drop(tokio::task::spawn_blocking(work)))
            .with_scopes(knock.required)
            .with_cost(knock.cost)
            .with_trusted_proxies([IpAddr::from(PROXY).into()]);
        let req = Request::builder()
            .method(knock.method)
            .uri(format!("{}?{}", knock.path, knock.query))
            .header("x-forwarded-for", knock.address.to_string())
            .extension(SocketAddr::from((PROXY, 50_000)));
        let req = knock.headers.iter().fold(req, |req, (name, value)| req.header(*name, value)).body(()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let res = runtime.block_on(layer.layer(Orders).call(req)).unwrap();
        let status = res.status().as_u16();
        let headers = res.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let code = res.body().split_once("\"code\":\"").and_then(|(_, rest)| rest.split('"').next());
        Some(Heard {
            status: Some(status),
            code: Some(code.unwrap_or_default().to_owned()),
            headers: Some(headers.collect()),
            ..Heard::default()
        })
    }
}

#[test]
fn the_layer_answers_as_every_door_does() {
    hold(|world| Tower(world.guard()));
}
