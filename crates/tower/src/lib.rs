//! The keys of a Developer Hub as a tower layer: routes of any HTTP service behind them, in the same process.
//!
//! [`RequireKeyLayer`] asks a [`Guard`](devhub_domain::guard::Guard), which is what the hub's own API, its check for reverse proxies and its
//! middleware for actix ask too: a key that is revoked is refused by the next request, wherever it comes. Behind the layer a request has its
//! [`Principal`](devhub_domain::api_keys::Principal) among its extensions.
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use devhub_domain::api_keys::{Scope, ScopeSet};
//! use devhub_domain::guard::Guard;
//! use devhub_tower::{RequireKeyLayer, Work};
//!
//! fn layer(guard: Guard) -> RequireKeyLayer {
//!     // The server puts the peer's address among the extensions; axum calls it `ConnectInfo`.
//!     let peer = |extensions: &http::Extensions| extensions.get::<SocketAddr>().map(SocketAddr::ip);
//!     let blocking = |work: Work| drop(std::thread::spawn(work));
//!     RequireKeyLayer::new(guard, peer, blocking).with_scopes(ScopeSet::from_iter([Scope::Read]))
//! }
//! # let _: fn(Guard) -> RequireKeyLayer = layer;
//! ```

mod blocking;
mod layer;
mod service;

pub use blocking::Work;
pub use layer::RequireKeyLayer;
pub use service::RequireKey;
