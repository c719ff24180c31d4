//! When requests to an endpoint with a rate of its own may leave.
//!
//! The decision is the domain's (GCRA), over the monotonic clock. It is taken at the moment when a request leaves, not when it is put
//! into the queue: what waits in between, for a turn or for the node, neither uses up nor saves up any of the rate. `governor` would
//! hold its own clock and could neither look without spending nor take another rate in place.
//!
//! A rate is kept by each node for itself.

use std::collections::HashMap;
use std::time::Duration;

use devhub_domain::id::EndpointId;
use devhub_domain::rate::{Quota, decide};

/// Endpoints from which on those are looked for that need not be remembered.
const SWEEP_MIN: usize = 1_024;

/// What endpoints with a rate have spent of it.
pub(super) struct Paces {
    by_endpoint: HashMap<EndpointId, Pace>,
    sweep_at: usize,
}

struct Pace {
    quota: Quota,
    /// The theoretical arrival time of GCRA; `None` before the first request.
    tat: Option<Duration>,
}

impl Default for Paces {
    fn default() -> Self {
        Self { by_endpoint: HashMap::new(), sweep_at: SWEEP_MIN }
    }
}

impl Paces {
    /// Says what the rate of an endpoint is from now on. What was spent stays spent, as far as the new rate has room for it: the next
    /// request waits for one interval at most, whatever the old one was.
    pub(super) fn set(&mut self, endpoint_id: EndpointId, quota: Option<Quota>, now: Duration) {
        let Some(quota) = quota else {
            self.by_endpoint.remove(&endpoint_id);
            return;
        };
        let pace = self.by_endpoint.entry(endpoint_id).or_insert(Pace { quota, tat: None });
        if pace.quota != quota {
            let full = now.saturating_add(interval(&quota).saturating_mul(quota.burst().get()));
            *pace = Pace { quota, tat: pace.tat.map(|tat| tat.min(full)) };
        }
        if self.by_endpoint.len() >= self.sweep_at {
            // Who has the whole of its rate again is as good as new.
            self.by_endpoint.retain(|id, pace| *id == endpoint_id || pace.tat.is_some_and(|tat| now < tat));
            self.sweep_at = self.by_endpoint.len().saturating_mul(2).max(SWEEP_MIN);
        }
    }

    /// How long until a request may leave, with `ahead` others before it. Zero where there is no rate.
    pub(super) fn wait(&self, endpoint_id: EndpointId, ahead: usize, now: Duration) -> Duration {
        let Some(Pace { quota, tat }) = self.by_endpoint.get(&endpoint_id) else {
            return Duration::ZERO;
        };
        let ahead = interval(quota).saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX));
        let tat = tat.unwrap_or(now).max(now).saturating_add(ahead);
        decide(Some(tat), now, quota, 1).retry_after().unwrap_or_default()
    }

    /// Spends one request of this rate; `false` when none may leave now.
    pub(super) fn spend(&mut self, endpoint_id: EndpointId, quota: &Quota, now: Duration) -> bool {
        // Perhaps it was forgotten while the request waited for something else.
        let pace = self.by_endpoint.entry(endpoint_id).or_insert(Pace { quota: *quota, tat: None });
        let decision = decide(pace.tat, now, quota, 1);
        pace.tat = decision.tat;
        decision.is_allowed()
    }

    /// How many more requests of each endpoint would wait no longer than twice `reach`, and none where the first would wait longer than
    /// once; `ahead` says how many wait before them.
    pub(super) fn rooms(
        &self,
        reach: Duration,
        now: Duration,
        ahead: impl Fn(EndpointId) -> usize,
    ) -> impl Iterator<Item = (EndpointId, usize)> {
        self.by_endpoint.iter().map(move |(id, pace)| {
            let wait = self.wait(*id, ahead(*id), now);
            let rest = reach.saturating_mul(2).saturating_sub(wait).as_nanos();
            let more = usize::try_from(rest / interval(&pace.quota).as_nanos().max(1)).unwrap_or(usize::MAX);
            (*id, if wait > reach { 0 } else { more.saturating_add(1) })
        })
    }
}

/// Time between two requests, to the nanosecond below.
fn interval(quota: &Quota) -> Duration {
    quota.window() / quota.limit().get()
}

#[cfg(test)]
mod tests {
    use devhub_domain::webhooks::SendRate;

    use super::*;

    const SHOP: EndpointId = EndpointId::from_bytes([1; 16]);

    fn quota(rate: &str) -> Quota {
        rate.parse::<SendRate>().unwrap().quota()
    }

    fn paced(rate: &str) -> (Paces, Duration) {
        let quota = quota(rate);
        let mut paces = Paces::default();
        paces.set(SHOP, Some(quota), Duration::ZERO);
        (paces, interval(&quota))
    }

    /// When `count` requests leave that all wait from the beginning, where who has to sleep is woken late by what `late` says of its number.
    fn departures(rate: &str, count: u32, late: impl Fn(u32) -> Duration) -> (Vec<Duration>, Duration) {
        let ((mut paces, interval), quota) = (paced(rate), quota(rate));
        let mut now = Duration::from_secs(1_000);
        let departures = (0..count).map(|number| {
            let wait = paces.wait(SHOP, 0, now);
            now += if wait.is_zero() { wait } else { wait + late(number) };
            assert!(paces.spend(SHOP, &quota, now), "it waited as long as it had to");
            now
        });
        (departures.collect(), interval)
    }

    /// The fewest and the most that leave within any window of `length`, while there are always more.
    fn fewest_and_most(departures: &[Duration], length: Duration) -> (usize, usize) {
        let last = *departures.last().unwrap();
        // The fewest stand in a window that begins just after one has left, the most in one that begins with one.
        let within = |from: Duration, is_open: bool| {
            let inside = |at: &&Duration| (if is_open { **at > from } else { **at >= from }) && **at < from + length;
            departures.iter().filter(inside).count()
        };
        let whole = || departures.iter().filter(|from| **from + length <= last);
        let fewest = whole().map(|from| within(*from, true)).min().unwrap();
        (fewest, whole().map(|from| within(*from, false)).max().unwrap())
    }

    #[test]
    fn a_rate_is_kept_to_a_tenth_in_every_window_of_ten_intervals_or_more() {
        for rate in ["1/second", "7/second", "100/second", "30/minute"] {
            // A timer of a millisecond, and a machine that is busy now and then.
            let late = |number: u32| Duration::from_micros(u64::from(number % 7) * 300);
            let (departures, interval) = departures(rate, 400, late);
            for intervals in [10_u32, 20, 100] {
                let (fewest, most) = fewest_and_most(&departures, interval * intervals);
                let (wanted, tenth) = (usize::try_from(intervals).unwrap(), usize::try_from(intervals / 10).unwrap());
                assert!(
                    fewest >= wanted - tenth && most <= wanted + tenth,
                    "{rate}: {fewest} to {most} in {intervals}"
                );
            }
        }
    }

    #[test]
    fn a_thousand_a_second_is_kept_to_a_tenth_in_every_window_of_100_ms() {
        let late = |number: u32| Duration::from_micros(u64::from(number % 5) * 700);
        let (departures, _) = departures("1000/second", 2_000, late);
        let (fewest, most) = fewest_and_most(&departures, Duration::from_millis(100));
        assert!(fewest >= 90 && most <= 110, "{fewest} to {most}");
    }

    #[test]
    fn after_a_pause_two_leave_at_once_and_no_more() {
        let (mut paces, interval) = paced("7/second");
        let later = Duration::from_hours(1);
        assert_eq!([0, 0, 0].map(|_| paces.spend(SHOP, &quota("7/second"), later)), [true, true, false]);
        assert!(paces.wait(SHOP, 0, later).abs_diff(interval) < Duration::from_micros(1));
    }

    #[test]
    fn who_waits_behind_others_waits_for_them_too() {
        let (mut paces, _) = paced("1/second");
        assert!(paces.spend(SHOP, &quota("1/second"), Duration::ZERO));
        assert_eq!(paces.wait(SHOP, 0, Duration::ZERO), Duration::ZERO);
        assert_eq!(paces.wait(SHOP, 5, Duration::ZERO), Duration::from_secs(5));
        let rooms = |seconds| paces.rooms(Duration::from_secs(seconds), Duration::ZERO, |_| 5).collect::<Vec<_>>();
        assert_eq!([4, 5].map(rooms), [[(SHOP, 0)], [(SHOP, 6)]]);
    }

    #[test]
    fn another_rate_counts_for_the_next_request() {
        let (mut paces, _) = paced("1/minute");
        assert_eq!([0, 0].map(|_| paces.spend(SHOP, &quota("1/minute"), Duration::ZERO)), [true, true]);
        assert_eq!(paces.wait(SHOP, 0, Duration::ZERO), Duration::from_mins(1));
        paces.set(SHOP, Some(quota("10/second")), Duration::ZERO);
        assert_eq!(paces.wait(SHOP, 0, Duration::ZERO), Duration::from_millis(100));
        paces.set(SHOP, None, Duration::ZERO);
        assert_eq!(paces.wait(SHOP, 1_000, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn endpoints_that_have_the_whole_of_their_rate_are_forgotten() {
        let quota = quota("1/second");
        let mut paces = Paces::default();
        let endpoint = |number: u32| EndpointId::from_bytes(u128::from(number).to_be_bytes());
        paces.set(endpoint(0), Some(quota), Duration::ZERO);
        assert!((0..2).all(|_| paces.spend(endpoint(0), &quota, Duration::ZERO)));
        for number in 1..10_000 {
            paces.set(endpoint(number), Some(quota), Duration::ZERO);
        }
        assert!(paces.by_endpoint.len() <= 2 * SWEEP_MIN, "{}", paces.by_endpoint.len());
        assert_eq!(paces.wait(endpoint(0), 0, Duration::ZERO), Duration::from_secs(1), "not who has spent some");
    }
}
