//! Pages of lists: `limit` and `cursor` in, `items` and `next_cursor` out.

use std::fmt::Display;
use std::str::FromStr;

use devhub_domain::page::{Page, PageRequest, PageSize, PageSizeError, Period};
use serde::Serialize;

use super::{Invalid, Params};

/// A page of a list.
#[derive(Serialize)]
pub(crate) struct PageBody<T> {
    items: Vec<T>,
    /// Opaque to callers: an id today.
    next_cursor: Option<String>,
}

impl<T> PageBody<T> {
    /// Renders each item.
    pub(crate) fn new<'a, E, Id: Display>(page: &'a Page<E, Id>, render: impl Fn(&'a E) -> T) -> Self {
        Self::of(page.items.iter().map(render).collect(), page.next.as_ref())
    }

    /// A page of what was rendered already.
    pub(crate) fn of(items: Vec<T>, next: Option<impl Display>) -> Self {
        Self { items, next_cursor: next.map(|next| next.to_string()) }
    }
}

/// The part of a list that is asked for; complains where `limit` or `cursor` are none.
pub(crate) fn page_request<Id: FromStr + Display>(params: &Params<'_>, invalid: &mut Invalid) -> PageRequest<Id> {
    let size = params.find("limit").map(|text| text.parse().or(Err(PageSizeError)).and_then(PageSize::new));
    let after = params.find("cursor").map(|text| cursor(text).ok_or("cursor must be a next_cursor of this list"));
    PageRequest {
        size: size.and_then(|size| invalid.check("limit", size)).unwrap_or_default(),
        after: after.and_then(|after| invalid.check("cursor", after)),
    }
}

/// The instants between two parameters; complains where they are none, or leave nothing between them.
pub(crate) fn period(params: &Params<'_>, invalid: &mut Invalid, from: &'static str, before: &'static str) -> Period {
    period_of("", invalid, (from, params.find(from)), (before, params.find(before)))
}

/// The same between two texts, each with its name; complaints put `within` before that.
pub(crate) fn period_of(
    within: &str,
    invalid: &mut Invalid,
    (from, first): (&str, Option<&str>),
    (before, end): (&str, Option<&str>),
) -> Period {
    let mut instant =
        |name: &str, text: Option<&str>| text.and_then(|text| invalid.check(format!("{within}{name}"), text.parse()));
    let period = Period { from: instant(from, first), before: instant(before, end) };
    if let (Some(first), Some(end)) = (period.from, period.before)
        && first >= end
    {
        invalid.refuse(format!("{within}{before}"), format!("{before} must be later than {from}"));
    }
    period
}

/// The item that a cursor names. Each has one text: a number with zeros before it is none.
fn cursor<Id: FromStr + Display>(text: &str) -> Option<Id> {
    text.parse().ok().filter(|id: &Id| id.to_string() == text)
}
