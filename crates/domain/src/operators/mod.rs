//! Operators: the people who administer the hub.

mod operator;
mod ports;
mod service;

pub use operator::{EmailAddress, EmailAddressError, Operator, Role};
pub use ports::OperatorTx;
pub use service::{OperatorError, Operators};
