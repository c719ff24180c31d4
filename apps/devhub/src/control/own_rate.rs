//! The rate of a single key as people type it.

use std::num::NonZeroU32;
use std::time::Duration;

use devhub_domain::rate::Quota;

/// What is not understood.
const SHAPE: &str = "a rate limit is a number of requests and a window, such as 600/1m, 10/1s or 5000/1h";

/// The quota of a text such as `600/1m`; its burst is the number.
///
/// # Errors
/// In words for people.
pub(super) fn own_rate(text: &str) -> Result<Quota, String> {
    let (limit, window) = text.split_once('/').ok_or(SHAPE)?;
    let limit: NonZeroU32 = limit.parse().or(Err(SHAPE))?;
    let (count, seconds_each) = [("s", 1), ("m", 60), ("h", 3_600)]
        .into_iter()
        .find_map(|(unit, seconds)| window.strip_suffix(unit).map(|count| (count, seconds)))
        .ok_or(SHAPE)?;
    let count: u32 = count.parse().or(Err(SHAPE))?;
    let window = Duration::from_secs(u64::from(count) * seconds_each);
    Quota::new(limit, window).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_window() {
        for (text, limit, seconds) in [("600/1m", 600, 60), ("10/30s", 10, 30), ("1/24h", 1, 86_400)] {
            let quota = own_rate(text).unwrap();
            assert_eq!((quota.limit().get(), quota.window().as_secs(), quota.burst().get()), (limit, seconds, limit));
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "600", "0/1m", "600/m", "600/1d", "-1/1m", "600/0s", "600/25h", "600/ 1m"] {
            assert!(own_rate(text).is_err(), "{text}");
        }
    }
}
