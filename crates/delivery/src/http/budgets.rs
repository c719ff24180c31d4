//! How long the steps of connecting may take, so that each failure is told as what it is and not as a deadline that passed.

use std::time::Duration;

/// Longest steps of connecting. The deadline of a request ends all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// The look-up of one name: 5 s, half of the usual deadline.
    pub look_up: Duration,
    /// The wait for one address: 3 s, so that two silent ones leave time for a third.
    pub dial: Duration,
    /// The TLS handshake: 5 s, half of the usual deadline.
    pub handshake: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { look_up: Duration::from_secs(5), dial: Duration::from_secs(3), handshake: Duration::from_secs(5) }
    }
}
