//! The audit log: who changed what, when and from where; whether anybody has changed the log.

mod difference;
mod entry;
mod export;
mod filter_form;
mod list;
mod names;
mod query;
mod trail;
mod verify;
mod words;

pub(super) use entry::show as show_entry;
pub(super) use export::export;
pub(super) use list::{show as show_list, table_of};
pub(super) use query::PATH;
pub(super) use trail::{Found as TrailFound, Trail};
pub(super) use verify::{ask as ask_verify, verify};

#[cfg(test)]
pub(super) use entry::EntryPage;
#[cfg(test)]
pub(super) use list::AuditPage;
#[cfg(test)]
pub(super) use trail::sample as trail_sample;
#[cfg(test)]
pub(super) use verify::VerifyPage;
