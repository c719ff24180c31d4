//! The pages, as a browser without scripts uses them.

mod account;
mod audit;
mod browser;
mod changed_by_others;
mod checkout;
mod checkout_address;
mod confirm_password;
mod connection;
mod csrf;
mod deliveries;
mod gateways;
mod key_sets;
mod key_usage;
mod keys;
mod overview;
mod rate_limits;
mod roles;
mod rotation;
mod secrets;
mod setup;
mod sign_in;
mod tests_of_endpoints;
mod webhooks;
mod weight;
mod workspace;
