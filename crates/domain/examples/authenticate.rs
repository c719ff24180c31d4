//! Authenticates requests in the process that answers them: no hub, no network, no read.
//!
//! `cargo run -p devhub-domain --no-default-features --example authenticate`

mod shop_store;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, Credentials, DirectoryLoader, KeyDirectory, Label, NewApiKey, Pepper, ScopeSet,
    TokenHasher, TokenPrefix,
};
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::id::WorkspaceId;
use devhub_domain::time::SystemClock;
use shop_store::ShopStore;

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (store, directory) = (Arc::new(ShopStore::default()), Arc::new(KeyDirectory::new()));
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    // Kept sealed by a real service: without its pepper no stored digest can be matched again.
    let hasher = TokenHasher::new(Pepper::generate(&*entropy));
    let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
    DirectoryLoader::new(store.clone(), directory.clone()).run()?;
    let authenticator = Authenticator::new(store, directory, hasher, TokenPrefix::default(), clock);

    let shop = NewApiKey::with_label(Label::new("WooCommerce Plugin")?);
    let issued = keys.issue(Asker::SYSTEM, WorkspaceId::from_bytes([1; 16]), shop)?.commit()?;

    let token = issued.token.secret().expose();
    let request = Credentials { token, address: IpAddr::V4(Ipv4Addr::LOCALHOST), required: ScopeSet::DEFAULT };
    match authenticator.authenticate(&request)? {
        Ok(principal) => println!("200 {} may {}", principal.key_id, principal.scopes),
        Err(refusal) => println!("401 {}", refusal.denial.code()),
    }
    Ok(())
}
