//! What a keeper of buckets must do.

use std::net::IpAddr;
use std::time::Duration;

use super::{Decisions, Limit, LiveBucket, PolicyId, Subject};

/// Keeps buckets and decides over them.
pub trait RateLimiter: Send + Sync {
    /// Decides whether `cost` units fit into all of the limits now, and spends them in all of them if so, else in none.
    ///
    /// Must answer with one decision for each limit, in their order. Decision and spending must be one step: concurrent callers
    /// are admitted as if they came one after another. Each subject must have a bucket of its own under each policy; addresses
    /// may share one by network. A bucket must not be named twice. Must not block on anything slow: every request asks. Of each limit is
    /// taken its own cost, `cost` times. There are at most [`super::LIMITS_MAX`].
    ///
    /// *Time:* `now` is [`crate::time::Clock::elapsed`], of one clock in all calls. A reading may be up to a second older than one
    /// that was used before.
    ///
    /// # Errors
    /// [`LimiterError`] when the buckets are out of reach: nothing is spent then, as far as it can know.
    fn check(&self, limits: &[Limit], now: Duration, cost: u32) -> Result<Decisions, LimiterError>;
}

/// The buckets are out of reach.
#[derive(Debug, thiserror::Error)]
#[error("the buckets of rate limits cannot be reached")]
pub struct LimiterError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Shows buckets to people.
pub trait BucketView: Send + Sync {
    /// The `limit` buckets that are wanted and full again last, latest first. May walk through all of them.
    fn live(&self, now: Duration, limit: usize, wants: &dyn Fn(&LiveBucket) -> bool) -> Vec<LiveBucket>;

    /// Fills a bucket at once; `false` when it is full already. For an address whose network is counted as a whole, that of the network.
    fn reset(&self, subject: Subject, policy_id: PolicyId) -> bool;
}

/// Counts failed authentications by address, IPv6 by `/64`, in bounded memory.
pub trait FailedAuthentications: Send + Sync {
    /// Counts a failed attempt; says how long to wait if there were too many, which must cost nothing more.
    ///
    /// Whoever asks must have let the request fail first: a valid key is never refused for its neighbours.
    fn record(&self, address: IpAddr) -> Option<Duration>;

    /// Says whether another failed attempt would be one too many. Must count nothing.
    fn is_throttled(&self, address: IpAddr) -> bool;
}
