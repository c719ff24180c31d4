//! The event catalogue: what can be told, what it looks like, who wants it, and what a workspace adds to it.

mod change;
mod form;
mod list;
mod page;
mod routes;
mod sent;
mod typed;
mod wanting;

use routes::{NEW, below, type_name};
pub(super) use routes::{PATH, page_of, paths};

#[cfg(test)]
pub(super) use {form::TypeFormPage, list::CatalogPage, page::EventTypePage};
