//! Another service that embeds the domain crate: API keys over a store of its own.
//!
//! The service brings a store for two ports, `AuditTx` and `ApiKeyTx` (`shop_store/store.rs`), and gets issuing, authentication and
//! instant revocation. The contract suite at the end of this file is the proof that the store keeps their promises:
//! `cargo test -p devhub-domain --example embed --features testing`.

mod shop_store;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, Credentials, DirectoryLoader, KeyDirectory, Label, LastUseFlusher, NewApiKey, Pepper,
    ScopeSet, TokenHasher, TokenPrefix,
};
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::id::WorkspaceId;
use devhub_domain::time::{SystemClock, Timestamp};
use shop_store::ShopStore;

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Arc::new(ShopStore::default());
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let directory = Arc::new(KeyDirectory::new());
    // A real service keeps the pepper: without it no stored digest can be matched again.
    let hasher = TokenHasher::new(Pepper::generate(&*entropy));
    let workspace = WorkspaceId::generate(Timestamp::default(), &*entropy);

    DirectoryLoader::new(store.clone(), directory.clone()).run()?;
    let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
    let authenticator = Authenticator::new(store.clone(), directory.clone(), hasher, TokenPrefix::default(), clock);

    let issued = keys.issue(Asker::SYSTEM, workspace, NewApiKey::with_label(Label::new("Shop")?))?.commit()?;
    println!("issued  {} with prefix {}", issued.key.id, issued.key.prefix);

    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request = Credentials { token: issued.token.secret().expose(), address, required: ScopeSet::DEFAULT };
    println!("request {:?}", authenticator.authenticate(&request)?.map(|principal| principal.scopes));

    keys.revoke(Asker::SYSTEM, workspace, issued.key.id).commit()?;
    println!("revoked {:?}", authenticator.authenticate(&request)?.map_err(|refusal| refusal.denial.code()));

    println!("wrote   {} last uses", LastUseFlusher::new(store, directory).flush()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ShopStore;

    devhub_domain::api_key_contract_tests!(|| (ShopStore::default(), ()));
}
