//! The tab of API keys: the list, a new key, and what is done to one.

mod generate;
mod issued;
mod list;
mod page;
mod query;
mod status;

pub(super) use generate::generate;
pub(super) use list::show;
#[cfg(test)]
pub(in crate::admin) use page::KeysPage;
pub(super) use status::{ask, change};
