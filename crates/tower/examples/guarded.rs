//! A service on hyper whose routes need a key.
//!
//! `cargo run -p devhub-tower --example guarded_tower` prints an address, a token, and a command that asks with it. The hub behind it is in
//! memory; a real service brings a store of its own, as the example `embed` of the domain crate does, or opens the hub's.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, DirectoryLoader, KeyDirectory, Label, NewApiKey, Pepper, Principal, Scope, ScopeSet,
    TokenHasher, TokenPrefix,
};
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::guard::Guard;
use devhub_domain::id::WorkspaceId;
use devhub_domain::rate::{RateLimits, RateRules};
use devhub_domain::testing::{MemoryFailures, MemoryLimiter, MemoryStore};
use devhub_domain::time::{SystemClock, Timestamp};
use devhub_tower::RequireKeyLayer;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tower_layer::Layer as _;
use tower_service::Service;

/// What the layer stands around: it knows who asks, and needs not ask whether it may.
#[derive(Clone)]
struct Orders;

impl Service<Request<Incoming>> for Orders {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, req: Request<Incoming>) -> Self::Future {
        let holder = req.extensions().get::<Principal>().map(|principal| principal.key_id.to_string());
        ready(Ok(Response::new(format!("the orders of {}\n", holder.unwrap_or_default()))))
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (guard, token) = guard()?;
    let peer = |extensions: &http::Extensions| extensions.get::<SocketAddr>().map(SocketAddr::ip);
    let readers = RequireKeyLayer::new(guard, peer, |work| drop(tokio::task::spawn_blocking(work)))
        .with_scopes(ScopeSet::from_iter([Scope::Read]));
    let service = readers.layer(Orders);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    println!("curl -i -H 'Authorization: Bearer {token}' http://{address}/orders");
    loop {
        let (stream, peer) = listener.accept().await?;
        let service = service.clone();
        let answer = service_fn(move |mut req: Request<Incoming>| {
            req.extensions_mut().insert(peer);
            service.clone().call(req)
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        // That a client hangs up is no concern of a service.
        tokio::spawn(async move { drop(connection.await) });
    }
}

/// A hub in memory and the token of a key in it.
fn guard() -> Result<(Guard, String), Box<dyn std::error::Error>> {
    let store = Arc::new(MemoryStore::default());
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let (directory, prefix) = (Arc::new(KeyDirectory::new()), TokenPrefix::default());
    let hasher = TokenHasher::new(Pepper::generate(&*entropy));
    let workspace = WorkspaceId::generate(Timestamp::default(), &*entropy);
    DirectoryLoader::new(store.clone(), directory.clone()).run()?;
    let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
    let authenticator = Authenticator::new(store, directory, hasher, prefix.clone(), clock.clone());

    let rules = RateRules::default();
    let failures = Arc::new(MemoryFailures::new(rules.failed_authentications, clock.clone()));
    let rates = RateLimits::new(rules, Arc::new(MemoryLimiter::default()), failures, clock);

    let issued = keys.issue(Asker::SYSTEM, workspace, NewApiKey::with_label(Label::new("Shop")?))?.commit()?;
    Ok((Guard::new(Arc::new(authenticator), rates, prefix), issued.token.secret().expose().to_owned()))
}
