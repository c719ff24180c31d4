//! From HTTP to values and back: routes, bodies, query strings, pages.

mod answer;
mod body;
mod incoming;
mod invalid;
mod page;
mod params;
mod route;
mod text;

pub(crate) use answer::{created, created_with_secret, not_ready, ok};
pub(crate) use body::{BodyError, parse};
pub(crate) use incoming::Incoming;
pub(crate) use invalid::Invalid;
pub(crate) use page::{PageBody, page_request};
pub(crate) use params::Params;
pub(crate) use route::{Template, get, path_id, post, resource};
pub(crate) use text::{Scopes, Text};
