//! What an API key, an event, an endpoint, a delivery and a rate limit *is*: rules, use cases and ports, without I/O.
//!
//! The Developer Hub is built of this crate; another service can embed it and bring its own store. Everything that is slow,
//! remote or random stands behind a port: a store runs [`store::Change`]s in transactions, a [`time::Clock`] tells the time, an
//! [`entropy::Entropy`] gives random bytes. Nothing here is async, and nothing here knows HTTP or SQL.
//!
//! A key is issued once, authenticated without a read, and refused from the moment its revocation has returned:
//!
//! ```
//! use std::net::{IpAddr, Ipv4Addr};
//! use std::sync::Arc;
//!
//! use devhub_domain::access::Asker;
//! use devhub_domain::api_keys::{
//!     ApiKeys, Authenticator, Credentials, Denial, KeyDirectory, Label, NewApiKey, Pepper, ScopeSet, TokenHasher, TokenPrefix,
//! };
//! use devhub_domain::id::WorkspaceId;
//! use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Arc::new(MemoryStore::default());
//! let directory = Arc::new(KeyDirectory::new());
//! let clock = Arc::new(ManualClock::default());
//! let entropy = Arc::new(SeededEntropy::new(1));
//! let hasher = TokenHasher::new(Pepper::generate(&*entropy));
//! let workspace = WorkspaceId::from_bytes([1; 16]);
//!
//! let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
//! let authenticator = Authenticator::new(store, directory, hasher, TokenPrefix::default(), clock);
//!
//! let shop = NewApiKey::with_label(Label::new("WooCommerce Plugin")?);
//! let issued = keys.issue(Asker::SYSTEM, workspace, shop)?.commit()?;
//! let request = Credentials {
//!     token: issued.token.secret().expose(),
//!     address: IpAddr::V4(Ipv4Addr::LOCALHOST),
//!     required: ScopeSet::DEFAULT,
//! };
//!
//! let principal = authenticator.authenticate(&request)?.expect("the key was just issued");
//! assert_eq!(principal.key_id, issued.key.id);
//!
//! keys.revoke(Asker::SYSTEM, workspace, issued.key.id).commit()?;
//! let refusal = authenticator.authenticate(&request)?.expect_err("the key was just revoked");
//! assert_eq!(refusal.denial, Denial::Revoked);
//! # Ok(())
//! # }
//! ```

pub mod access;
pub mod api_keys;
pub mod audit;
pub mod causes;
pub mod entropy;
#[cfg(feature = "webhooks")]
pub mod events;
pub mod explain;
pub mod grace;
pub mod guard;
pub mod id;
#[cfg(all(feature = "operators", feature = "webhooks"))]
pub mod idempotency;
mod import;
#[cfg(feature = "operators")]
pub mod installation;
pub mod json;
pub mod latencies;
#[cfg(feature = "webhooks")]
pub mod notices;
#[cfg(feature = "operators")]
pub mod operators;
pub mod page;
pub mod rate;
#[cfg(feature = "operators")]
pub mod reference;
#[cfg(feature = "webhooks")]
pub mod resends;
#[cfg(feature = "webhooks")]
pub mod restores;
#[cfg(feature = "webhooks")]
pub mod retention;
pub mod sealing;
pub mod secret;
pub mod store;
mod tally;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
pub mod time;
#[cfg(all(feature = "operators", feature = "webhooks"))]
pub mod tx;
pub mod usage;
#[cfg(feature = "webhooks")]
pub mod webhooks;
#[cfg(not(feature = "webhooks"))]
#[path = "webhooks/signing.rs"]
pub mod webhooks;
pub mod workspaces;
