//! Rate limits: what a quota is, whether a request still fits into it, and whom the limits bind.
//!
//! The decision is a pure function over one stored number, so that live traffic, `explain`, shadow mode, the live view of
//! buckets and other services all ask the same code, and looking costs nothing.

mod applied_service;
mod bucket_service;
mod ceiling;
mod counts;
mod decision;
mod error;
mod faults;
mod limit;
mod load_service;
mod name;
mod networks;
mod override_service;
mod policy;
mod policy_service;
mod policy_usage;
mod ports;
mod quota;
mod rate_policy;
mod route;
mod rulebook;
mod ruleset;
mod service;
mod usage_service;

pub use applied_service::{AppliedLimit, LimitOrigin};
pub use bucket_service::{BUCKETS_SHOWN_MAX, RateBuckets, ShownBucket};
pub use ceiling::Ceiling;
pub use counts::PolicyCounts;
pub use decision::{Bucket, Decision, Decisions, Each, LIMITS_MAX, Outcome, decide, decide_all};
pub use error::RateError;
pub use faults::LimiterFaults;
pub use limit::{Limit, LiveBucket, Owner, PolicyId, Subject};
pub use load_service::RulebookLoader;
pub use name::{PolicyName, PolicyNameError};
pub use networks::{
    EXEMPT_BYTES_MAX, EXEMPT_NETWORKS_MAX, LineFault, NetworkFault, parse_lines, parse_network, parse_networks,
};
pub(crate) use override_service::{KeyRate, copy_key_rates, drop_key_rates, write_key_rate};
pub use override_service::{NewOverride, RateOverrides};
pub use policy::{DEFAULT_PER_MINUTE, FAILED_AUTHENTICATIONS_PER_MINUTE, Policy};
pub use policy_service::RatePolicies;
pub use policy_usage::{PolicyHour, PolicyUsage};
pub use ports::{BucketView, FailedAuthentications, LimiterError, OverrideTx, PolicyHoursTx, RateLimiter, RateTx};
pub use quota::{BURST_REFILL_MAX, Quota, QuotaError, WINDOW_MAX, WINDOW_MIN};
pub use rate_policy::{
    Mode, OVERRIDES_MAX, OnBackendError, OverrideSubject, POLICIES_MAX, POLICY_OVERRIDES_MAX, PolicyRef,
    PolicyRefError, PolicyRule, RateOverride, RatePolicy, RateSnapshot, RateState, SubjectKind,
};
pub use route::{MethodError, MethodSet, PATTERN_BYTES_MAX, PathPattern, PathPatternError, Route};
pub use rulebook::Rulebook;
pub use service::{Admission, RateLimits, RateRequest, RateRules, Standing};
pub use usage_service::RateUsage;
