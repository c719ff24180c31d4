//! The tab of deliveries: the log, and one delivery with its attempts.

mod filter_form;
mod list;
mod page;
mod query;
mod resend;
mod rows;
mod state;
mod tail;
mod tail_body;
mod tails;
mod timeline;

use crate::request::{Path, get};

/// Paths that come before those with placeholders.
pub(super) fn paths() -> Vec<Path> {
    vec![Path::below("/admin", tail::PATH, "GET").route(get().to(tail::show))]
}

pub(super) use list::show as show_list;
pub(super) use page::show as show_delivery;
pub(super) use query::{LogQuery, PATH};
pub(super) use resend::resend;
pub(super) use rows::{RECENT, find as find_deliveries, table as deliveries_table};
pub(super) use state::label as state_label;

pub(super) use tails::Tails;

#[cfg(test)]
pub(super) use list::LogPage;
#[cfg(test)]
pub(super) use page::DeliveryPage;
