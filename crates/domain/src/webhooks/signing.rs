//! Webhooks for those who only sign or verify them: the signatures that prove where events come from.
//!
//! It stands in for the whole slice where the feature `webhooks` is off.

pub mod signature;
mod signing_secret;
pub mod verify;

pub use signing_secret::{SECRETS_MAX, SigningSecret, SigningSecretError};
