//! What deliveries are chosen by, wherever that is done: fields, and how they are read.

use std::fmt::Display;
use std::str::FromStr;

use devhub_domain::page::Period;
use devhub_domain::webhooks::{DeliveryState, EndpointName};
use devhub_domain::workspaces::{TimeZone, instant_in};

use super::state;
use crate::admin::components::{Field, FieldKind, Select};
use crate::admin::form_errors::Wrong;
use crate::admin::sentence::sentence;
use crate::admin::webhooks::short_address;

/// Most endpoints that are offered to be chosen from: nobody reads through more, and each makes the page longer.
pub(in crate::admin) const OFFERED_MAX: usize = 100;

/// A field for a text that is looked for.
pub(in crate::admin) fn text_field(name: &'static str, label: &str, value: &str, placeholder: &str) -> Field {
    Field {
        name,
        label: label.to_owned(),
        kind: FieldKind::Search,
        value: value.to_owned(),
        placeholder: placeholder.to_owned(),
        max_length: Some(128),
        ..Field::default()
    }
}

/// A field for a day and a time of it, which browsers let people choose.
pub(super) fn moment_field(name: &'static str, label: &str, value: &str) -> Field {
    // Browsers show nothing of what is written in another way.
    let typed = value.replacen(' ', "T", 1);
    let value = if typed.len() == DAY_CHARS { format!("{typed}T00:00") } else { typed };
    Field { name, label: label.to_owned(), kind: FieldKind::Moment, value, ..Field::default() }
}

/// The first [`OFFERED_MAX`] endpoints, the chosen one also where it is none of them; `every` says that none is chosen.
pub(in crate::admin) fn endpoints(every: &str, chosen: &str, known: &[EndpointName]) -> Select {
    let offered = known.iter().take(OFFERED_MAX);
    let named: Vec<_> = offered.map(|name| (name.id.to_string(), short_address(name.url.as_str()))).collect();
    let is_other = !chosen.is_empty() && named.iter().all(|(id, _)| id != chosen);
    let other = is_other.then_some((chosen, chosen));
    let named = named.iter().map(|(id, url)| (id.as_str(), url.as_str()));
    let options: Vec<_> = [("", every)].into_iter().chain(other).chain(named).collect();
    Select::new("endpoint", "Endpoint", &options, chosen)
}

/// Where deliveries stand; `every` says that nothing is chosen.
pub(in crate::admin) fn states(every: &str, chosen: &str) -> Select {
    let states = DeliveryState::ALL.map(|state| (state.as_str(), state::label(state)));
    let options: Vec<_> = [("", every)].into_iter().chain(states).collect();
    Select::new("status", "Status", &options, chosen)
}

/// What was typed, if anything was.
pub(in crate::admin) fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Reads from when to when, in the time of the workspace; what is wrong is noted at its field. Each is a name and what was typed.
pub(in crate::admin) fn read_period(
    (from, first): (&'static str, &str),
    (before, end): (&'static str, &str),
    zone: &TimeZone,
    wrong: &mut Vec<Wrong>,
) -> Period {
    let mut instant = |name, text: &str| {
        let instant = instant_in(&to_second(said(text)?), zone);
        if instant.is_none() {
            wrong.push((name, WHEN.to_owned()));
        }
        instant
    };
    let period = Period { from: instant(from, first), before: instant(before, end) };
    if period.from.zip(period.before).is_some_and(|(from, before)| before <= from) {
        wrong.push((before, "Choose a time after the first one.".to_owned()));
    }
    period
}

const WHEN: &str = "Type a day and a time, such as 2027-01-31 16:05.";

/// How long a day alone is: `2027-01-31`.
const DAY_CHARS: usize = 10;
/// A day and a minute of it.
const MINUTE_CHARS: usize = 16;

/// A day alone is its beginning; what browsers write between day and time is a space.
fn to_second(text: &str) -> String {
    let text = text.replacen('T', " ", 1);
    match text.len() {
        DAY_CHARS => format!("{text} 00:00:00"),
        MINUTE_CHARS => format!("{text}:00"),
        _ => text,
    }
}

/// Reads what may be left empty; what is wrong with it is noted at its field.
pub(in crate::admin) fn read<T>(name: &'static str, text: &str, wrong: &mut Vec<Wrong>) -> Option<T>
where
    T: FromStr<Err: Display>,
{
    said(text)?.parse().map_err(|error: T::Err| wrong.push((name, sentence(&error.to_string())))).ok()
}

/// The same of a state.
pub(in crate::admin) fn read_state(text: &str, wrong: &mut Vec<Wrong>) -> Option<DeliveryState> {
    let state = DeliveryState::parse(said(text)?);
    if state.is_none() {
        wrong.push(("status", "Choose one of the list.".to_owned()));
    }
    state
}
