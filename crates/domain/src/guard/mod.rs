//! The door: whether a request passes, decided in one place for every surface that asks.
//!
//! The hub's own API, `keys/verify`, `/auth/check`, the middleware for actix and the layer for tower differ in how a request comes to
//! them and how its answer leaves. What is a token, whose address counts, in which order a key is checked, when its rate is spent and
//! which headers tell of it stand here. A suite in `testing::contract::guard` holds all of them to one table.

mod credential;
mod forwarded;
mod identity;
mod path;
mod service;
mod verdict;

pub use credential::{CredentialError, Presented};
pub use forwarded::client_address;
pub use identity::{Identity, IdentityHeader};
pub use path::{PathError, decoded_path, decoded_segment};
pub use service::{COST_MAX, Guard, Look, Reading, Request, Verified};
pub use verdict::{Refused, Said, Verdict};
