//! The sandbox's test gateways: the place where those of a platform would stand.

mod edit;
mod list;
mod transactions;
mod words;

pub(super) use edit::{save, show as show_gateway};
pub(super) use list::{PATH, show as show_list};

#[cfg(test)]
pub(super) use edit::GatewayPage;
#[cfg(test)]
pub(super) use list::ListPage;
