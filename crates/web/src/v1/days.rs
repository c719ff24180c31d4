//! `from` and `to` of lists: a day, or an instant. *Source:* wire contract §2.7.

use std::time::Duration;

use devhub_domain::time::Timestamp;

use super::input::Query;
use super::{Code, Complaints};

const DAY: Duration = Duration::from_hours(24);
const MICROSECOND: Duration = Duration::from_micros(1);

/// The instants that a list begins with and ends before. Both ends that are asked for belong to it; days are those of UTC.
pub(super) fn days(query: &Query<'_>, complaints: &mut Complaints) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut read = |name: &'static str| {
        let read = query.find(name).map(moment);
        if read == Some(None) {
            let message = format!("{name} must be a day such as 2026-11-24, or an instant of RFC 3339 with an offset");
            complaints.add(Code::ValidationFailed, name, message);
        }
        read.flatten()
    };
    let (from, to) = (read("from"), read("to"));
    (from.map(|moment| moment.begins_at), to.map(|moment| moment.ends_before))
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    begins_at: Timestamp,
    ends_before: Timestamp,
}

fn moment(text: &str) -> Option<Moment> {
    if let Ok(day) = format!("{text}T00:00:00Z").parse::<Timestamp>() {
        return Some(Moment { begins_at: day, ends_before: day.plus(DAY) });
    }
    // The `+` of an offset that was not encoded has become a space.
    let at: Timestamp = text.replace(' ', "+").parse().ok()?;
    Some(Moment { begins_at: at, ends_before: at.plus(MICROSECOND) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        moment(text).map(|moment| (moment.begins_at.to_string(), moment.ends_before.to_string()))
    }

    #[test]
    fn a_day_is_all_of_it_and_an_instant_itself() {
        let told = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(read("2026-11-24"), told("2026-11-24T00:00:00.000000Z", "2026-11-25T00:00:00.000000Z"));
        let noon = told("2026-11-24T12:00:00.000000Z", "2026-11-24T12:00:00.000001Z");
        for text in ["2026-11-24T12:00:00Z", "2026-11-24T18:00:00+06:00", "2026-11-24T18:00:00 06:00"] {
            assert_eq!(read(text), noon, "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in ["yesterday", "2026-02-30", "24.11.2026", "2026-11-24T12:00:00", "1764000000"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
