//! The layer, held to the table that every door is held to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use devhub_domain::api_keys::{Authenticator, KeyDirectory, NewApiKey, Pepper, Principal, TokenHasher, TokenPrefix};
use devhub_domain::guard::Guard;
use devhub_domain::testing::contract::guard::{Door, Heard, Knock, World, hold};
use devhub_domain::testing::label;
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

/// The guard of a world before anything of its store is in memory, so that every token has to be read.
fn unread(world: &World) -> Guard {
    let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
    let (store, directory) = (world.store.clone(), Arc::new(KeyDirectory::new()));
    let authenticator = Authenticator::new(store, directory, hasher, TokenPrefix::default(), world.clock.clone());
    Guard::new(Arc::new(authenticator), world.rates.clone(), TokenPrefix::default())
}

#[test]
fn work_that_is_dropped_is_told_like_a_store_that_is_gone() {
    let world = World::new();
    let key = world.issue(NewApiKey::with_label(label("Shop")));
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let layer = RequireKeyLayer::new(unread(&world), |_| None, drop)
        .on_store_error(move |error| hears.lock().unwrap().push(error.code()));
    let req = Request::builder().header("authorization", format!("Bearer {}", key.token.secret().expose()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let res = runtime.block_on(layer.layer(Orders).call(req.body(()).unwrap())).unwrap();
    assert_eq!(res.status(), 503);
    assert_eq!(*told.lock().unwrap(), ["store_unavailable"]);
}
