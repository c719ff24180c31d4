//! OwnPay's merchant API, as its published clients call it. Tests whose name begins with `rule_` hold the API to that rule of the wire
//! contract.

mod api_keys;
mod authentication;
mod cors;
mod customers;
mod envelope;
mod health;
mod payments;
mod refunds;
mod shop;
mod transactions;
mod webhooks;

use shop::{get, made, paid, pay, post, request};
