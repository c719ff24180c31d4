//! The tab of deliveries: the log, and one delivery with its attempts.

mod choices;
mod filter_form;
mod list;
mod page;
mod query;
mod resend;
mod routes;
mod rows;
mod state;
mod tail;
mod tail_body;
mod tails;
mod timeline;

pub(super) use choices::{endpoints, read, read_period, read_state, states, text_field};
pub(super) use list::show as show_list;
pub(super) use page::show as show_delivery;
pub(super) use query::{LogQuery, PATH};
pub(super) use resend::resend;
pub(super) use routes::paths;
pub(super) use rows::{RECENT, find as find_deliveries, table as deliveries_table};
pub(super) use state::label as state_label;
pub(super) use tails::Tails;

#[cfg(test)]
pub(super) use list::LogPage;
#[cfg(test)]
pub(super) use page::DeliveryPage;
