//! The sandbox as its users meet it: each rule of the contract that is decided here is a test that names its number.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod callbacks;
mod checkouts;
mod customers;
mod gateways;
mod journeys;
mod once;
mod payloads;
mod payments;
mod refunds;
mod support;
mod time_outs;

mod memory {
    devhub_sandbox::contract_tests!(|| (devhub_sandbox::testing::MemorySandbox::default(), ()));
}
