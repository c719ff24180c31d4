//! The tab of API keys: the list, a new key, and what is done to one.

mod bulk;
mod edit_form;
mod explain;
mod export;
mod generate;
mod issued;
mod key_page;
mod list;
mod one_key;
mod page;
mod query;
mod retired;
mod rotate;
mod status;
mod usage;
mod week;

pub(super) use bulk::{ask_many, change_many};
pub(super) use explain::{ask_explain, explain};
pub(super) use export::export;
pub(super) use generate::generate;
#[cfg(test)]
pub(in crate::admin) use key_page::KeyPage;
pub(super) use key_page::{save_key, show_key};
pub(super) use list::show;
#[cfg(test)]
pub(in crate::admin) use page::KeysPage;
#[cfg(test)]
pub(in crate::admin) use rotate::RotatePage;
pub(super) use rotate::{ask as ask_rotate, rotate};
pub(super) use status::{ask, change};
pub(super) use usage::{answer_ink, moved_usage};
