//! How long what waits for an endpoint is kept, as pages say it.

use std::fmt;
use std::time::Duration;

/// A day of retention.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// How long what waits is kept before it expires; `None` without end.
///
/// *Shape:* `for 30 days` or `for ever`, to stand behind “kept”: whoever pauses an endpoint must know how much time that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeptFor(pub(super) Option<Duration>);

impl fmt::Display for KeptFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|kept_for| kept_for.as_secs() / DAY_SECONDS) {
            None => f.write_str("for ever"),
            Some(1) => f.write_str("for 1 day"),
            Some(days) => write!(f, "for {days} days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_said_in_days_or_as_endless() {
        let said = |days: Option<u64>| KeptFor(days.map(|days| Duration::from_secs(days * DAY_SECONDS))).to_string();
        assert_eq!([said(Some(1)), said(Some(30)), said(None)], ["for 1 day", "for 30 days", "for ever"]);
    }
}
