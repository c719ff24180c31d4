//! A clock that moves when it is told to.

use std::sync::Mutex;
use std::time::Duration;

use crate::time::{Clock, Timestamp};

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    hands: Mutex<(Timestamp, Duration)>,
}

impl ManualClock {
    /// A clock that shows `now`; its monotonic reading starts at zero.
    pub fn at(now: Timestamp) -> Self {
        Self { hands: Mutex::new((now, Duration::ZERO)) }
    }

    /// Lets time pass on both readings.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.hands.lock().expect("no test panics while it holds the clock");
        *hands = (hands.0.plus(by), hands.1.saturating_add(by));
    }

    /// Sets the wall clock alone, as somebody who corrects the system time does.
    pub fn jump_to(&self, now: Timestamp) {
        self.hands.lock().expect("no test panics while it holds the clock").0 = now;
    }
}

impl Default for ManualClock {
    /// 2026-11-24T10:00:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_seconds(1_795_514_400))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.hands.lock().expect("no test panics while it holds the clock").0
    }

    fn elapsed(&self) -> Duration {
        self.hands.lock().expect("no test panics while it holds the clock").1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_instant_is_the_one_it_says() {
        assert_eq!(ManualClock::default().now().to_string(), "2026-11-24T10:00:00.000000Z");
    }
}
