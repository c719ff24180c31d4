//! Many deliveries sent again: chosen by a filter, counted before anything is sent, and watched while it goes on.

mod job;
mod list;
mod new;
mod query;
mod routes;
mod words;

pub(super) use query::ResendQuery;
pub(super) use routes::paths;

#[cfg(test)]
pub(super) use job::JobPage;
#[cfg(test)]
pub(super) use list::JobsPage;
#[cfg(test)]
pub(super) use new::NewPage;
