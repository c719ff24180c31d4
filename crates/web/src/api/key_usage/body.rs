//! What is told of the usage of keys.

use std::net::IpAddr;

use devhub_domain::time::Timestamp;
use devhub_domain::usage::{
    AnswerKind, CallCounts, KeyTotal, RefusalKind, SeenAddress, UnknownAttempts, UsagePoint, UsageReport,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::{KeyIdText, NetworkText, TimeText};
use crate::request::Text;

/// What became of the calls with a key.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyUsage)]
pub(super) struct UsageBody {
    key_id: KeyIdText,
    /// When the first step begins.
    from: TimeText,
    /// When the last step ends.
    to: TimeText,
    /// `hour` or `day`, which is one of UTC.
    step: &'static str,
    /// In the whole time.
    total: CountsBody,
    /// The last addresses that calls came from, the latest first.
    #[schema(max_items = 8)]
    last_addresses: Vec<SeenAddressBody>,
    /// In each step that had calls, oldest first.
    #[schema(max_items = 2208)]
    items: Vec<PointBody>,
}

/// What became of the calls in one step.
#[derive(Serialize, ToSchema)]
#[schema(as = UsagePoint)]
pub(super) struct PointBody {
    /// When it begins.
    from: TimeText,
    #[serde(flatten)]
    counts: CountsBody,
    /// The last addresses that calls came from, the latest first.
    #[schema(max_items = 8)]
    last_addresses: Vec<SeenAddressBody>,
}

/// An address, and when it was last seen.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenAddress)]
pub(super) struct SeenAddressBody {
    /// The address.
    #[schema(value_type = String, min_length = 2, max_length = 45)]
    address: Text<IpAddr>,
    /// To the second.
    at: TimeText,
}

/// How many calls, by what became of them.
#[derive(Serialize, ToSchema)]
#[schema(as = CallCounts)]
pub(super) struct CountsBody {
    /// All calls: those that the hub answered itself, and verifications.
    #[schema(minimum = 0)]
    calls: u64,
    answers: AnswersBody,
    /// Asked for by somebody else's door, whose answer is not known here.
    #[schema(minimum = 0)]
    verifications: u64,
    /// Calls that were refused, verifications included; all are among `calls`.
    #[schema(minimum = 0)]
    refused: u64,
    refusals: RefusalsBody,
}

/// Calls by the status of their answer.
#[derive(Serialize, ToSchema)]
#[schema(as = AnswerCounts)]
struct AnswersBody {
    #[serde(rename = "2xx")]
    #[schema(minimum = 0)]
    success: u64,
    #[serde(rename = "3xx")]
    #[schema(minimum = 0)]
    redirect: u64,
    /// Without 429.
    #[serde(rename = "4xx")]
    #[schema(minimum = 0)]
    client_error: u64,
    #[serde(rename = "429")]
    #[schema(minimum = 0)]
    too_many: u64,
    #[serde(rename = "5xx")]
    #[schema(minimum = 0)]
    server_error: u64,
}

/// Refused calls by the reason.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = RefusalCounts)]
struct RefusalsBody {
    #[schema(minimum = 0)]
    revoked: u64,
    #[schema(minimum = 0)]
    locked: u64,
    #[schema(minimum = 0)]
    expired: u64,
    #[schema(minimum = 0)]
    workspace_suspended: u64,
    #[schema(minimum = 0)]
    ip_not_allowed: u64,
    #[schema(minimum = 0)]
    insufficient_scope: u64,
    #[schema(minimum = 0)]
    rate_limited: u64,
}

/// What became of the calls with one of the keys of the workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyTotal)]
pub(super) struct KeyTotalBody<'a> {
    key_id: KeyIdText,
    /// What people call it.
    label: &'a str,
    /// The eight hex digits that its token shows; not unique.
    prefix: &'a str,
    #[serde(flatten)]
    counts: CountsBody,
}

/// Attempts from one network in one hour with tokens that no key has.
#[derive(Serialize, ToSchema)]
#[schema(as = UnknownAttempts)]
pub(super) struct UnknownAttemptsBody {
    /// When the hour begins.
    from: TimeText,
    /// IPv4 by `/24`, IPv6 by `/48`; null for the networks beyond the first 1,024 of the hour, together.
    network: Option<NetworkText>,
    /// Tokens that no key has.
    #[schema(minimum = 0)]
    unknown: u64,
    /// Texts that cannot be tokens.
    #[schema(minimum = 0)]
    malformed: u64,
}

impl From<&CallCounts> for CountsBody {
    fn from(counts: &CallCounts) -> Self {
        Self {
            calls: counts.calls(),
            answers: AnswersBody {
                success: counts.answered(AnswerKind::Success),
                redirect: counts.answered(AnswerKind::Redirect),
                client_error: counts.answered(AnswerKind::ClientError),
                too_many: counts.answered(AnswerKind::TooMany),
                server_error: counts.answered(AnswerKind::ServerError),
            },
            verifications: counts.answered(AnswerKind::Verification),
            refused: counts.refused(),
            refusals: RefusalsBody {
                revoked: counts.refused_for(RefusalKind::Revoked),
                locked: counts.refused_for(RefusalKind::Locked),
                expired: counts.refused_for(RefusalKind::Expired),
                workspace_suspended: counts.refused_for(RefusalKind::WorkspaceSuspended),
                ip_not_allowed: counts.refused_for(RefusalKind::IpNotAllowed),
                insufficient_scope: counts.refused_for(RefusalKind::InsufficientScope),
                rate_limited: counts.refused_for(RefusalKind::RateLimited),
            },
        }
    }
}

impl From<&SeenAddress> for SeenAddressBody {
    fn from(seen: &SeenAddress) -> Self {
        Self { address: Text(seen.address), at: Text(seen.at) }
    }
}

impl From<&UsagePoint> for PointBody {
    fn from(point: &UsagePoint) -> Self {
        Self {
            from: Text(point.from),
            counts: (&point.counts).into(),
            last_addresses: point.addresses.iter().map(Into::into).collect(),
        }
    }
}

impl From<&UsageReport> for UsageBody {
    fn from(report: &UsageReport) -> Self {
        Self {
            key_id: Text(report.key.id),
            from: Text(report.hours.from()),
            to: Text(report.hours.before()),
            step: report.hours.step().as_str(),
            total: (&report.total).into(),
            last_addresses: report.addresses.iter().map(Into::into).collect(),
            items: report.points.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a KeyTotal> for KeyTotalBody<'a> {
    fn from(total: &'a KeyTotal) -> Self {
        Self {
            key_id: Text(total.key.id),
            label: total.key.label.as_str(),
            prefix: &total.key.prefix,
            counts: (&total.counts).into(),
        }
    }
}

impl From<&UnknownAttempts> for UnknownAttemptsBody {
    fn from(attempts: &UnknownAttempts) -> Self {
        Self {
            from: Text(start_of(attempts)),
            network: attempts.network.map(Text),
            unknown: attempts.unknown,
            malformed: attempts.malformed,
        }
    }
}

/// When the hour of attempts begins.
pub(super) fn start_of(attempts: &UnknownAttempts) -> Timestamp {
    Timestamp::from_seconds(attempts.hour.saturating_mul(3_600))
}
