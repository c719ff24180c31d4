//! What keys are used for: calls and refusals by key and hour, and attempts with tokens that no key has by network and hour.
//!
//! Counted in memory where requests are answered, written every few seconds, kept for as long as the policy says. Never a token.

mod calls;
mod network;
mod pending;
mod ports;
mod report;
mod service;
mod spray_service;
mod timed;
mod week;
mod workspace_hours;

pub use calls::{ADDRESSES_PER_HOUR, AnswerKind, Call, CallCounts, KeyHour, RefusalKind, SeenAddress, SeenAddresses};
pub use network::{NETWORKS_PER_HOUR, NetworkTotal, UnknownAttempts, UnknownAttemptsId, UnknownTotals, network_of};
pub use ports::UsageTx;
pub use report::{ADDRESSES_SHOWN, Hours, HoursError, KeyTotal, POINTS_MAX, Step, UsagePoint, UsageReport};
pub use service::{KeyUsage, USAGE_KEPT_DEFAULT, USAGE_REMOVED_MAX};
pub use spray_service::{KeySprays, SprayRule};
pub use timed::{TimedCalls, TimedHour};
pub use week::{KeyDay, KeyWeek, WEEK_DAYS};
pub use workspace_hours::{WorkspaceHoursTx, WorkspaceUsage};
