//! A service on actix whose routes need a key.
//!
//! `cargo run -p devhub-web --example guarded` prints an address, a token, and a command that asks with it. The hub behind it is in
//! memory; a real service brings a store of its own, as the example `embed` of the domain crate does, or opens the hub's.

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, DirectoryLoader, KeyDirectory, Label, NewApiKey, Pepper, Scope, ScopeSet, TokenHasher,
    TokenPrefix,
};
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::guard::Guard;
use devhub_domain::id::WorkspaceId;
use devhub_domain::rate::{RateLimits, RateRules};
use devhub_domain::testing::{MemoryFailures, MemoryLimiter, MemoryStore};
use devhub_domain::time::{SystemClock, Timestamp};
use devhub_web::{KeyHolder, RequireKey};

/// What the middleware stands around: it knows who asks, and needs not ask whether it may.
async fn orders(holder: KeyHolder) -> String {
    format!("the orders of {}\n", holder.0.key_id)
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (guard, token) = guard()?;
    let app = move || {
        let readers = RequireKey::new(guard.clone()).with_scopes(ScopeSet::from_iter([Scope::Read]));
        App::new().service(web::resource("/orders").wrap(readers).to(orders))
    };
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0")?;
    for address in server.addrs() {
        println!("listening on http://{address}");
        println!("curl -i -H 'Authorization: Bearer {token}' http://{address}/orders");
    }
    Ok(server.run().await?)
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
