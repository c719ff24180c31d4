//! The event catalogue: what can be told, what it looks like, and who wants it.

mod list;
mod page;
mod routes;
mod wanting;

pub(super) use routes::{PATH, page_of, paths};

#[cfg(test)]
pub(super) use {list::CatalogPage, page::EventTypePage};
