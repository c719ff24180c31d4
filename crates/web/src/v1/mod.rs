//! `/api/v1`: OwnPay's merchant API, as its published clients call it.
//!
//! One file or folder a noun: `routes` (which use case answers), `body` (what goes in and out), `reference` (how the document tells
//! it). The rest is what all of them share: the envelope of answers and failures, who asks, what a request says, and which failure is
//! told in which words. *Source:* the wire contract; where it differs from the rest of the hub, it rules here.

mod api_keys;
mod code;
mod cors;
mod customers;
mod days;
mod deliveries;
mod envelope;
mod failure;
mod health;
mod input;
mod merchant;
mod once;
mod payments;
mod refunds;
mod routes;
mod sandbox;
mod schemas;
mod services;
mod told;
mod transactions;
mod webhook_tests;

pub(crate) use code::{CODES, Code};
pub(crate) use envelope::{Answer, Meta};
pub(crate) use failure::{Complaint, Complaints, Failure};
pub(crate) use merchant::{Merchant, Permission, Reads, ReadsKeys, Writes, WritesKeys};
#[cfg(test)]
pub(crate) use routes::paths;
pub(crate) use routes::{SCOPE, is_below, operations, root};
pub use services::MerchantApi;
