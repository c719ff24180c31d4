//! From HTTP to values and back: routes, bodies, query strings, pages.

mod answer;
mod body;
mod if_match;
mod if_none_match;
mod incoming;
mod invalid;
mod page;
mod params;
mod route;
mod text;

pub(crate) use answer::{Reply, no_content, ok, replayed};
pub(crate) use body::{BodyError, is_plain_name, parse, present};
pub(crate) use if_match::IfMatch;
pub(crate) use if_none_match::has_tag;
pub(crate) use incoming::{Demand, Incoming};
pub(crate) use invalid::Invalid;
pub(crate) use page::{PageBody, page_request, period, period_of};
pub(crate) use params::Params;
pub(crate) use route::{Path, Template, delete, get, patch, path_value, post, put};
pub(crate) use text::{Scopes, Text};
