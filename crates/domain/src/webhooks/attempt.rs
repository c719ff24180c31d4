//! One attempt: a request that left, and what came back.

use std::time::Duration;

use crate::id::{DeliveryId, EndpointSecretId};
use crate::time::Timestamp;

/// What a sender reports of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// When it began: the `webhook-timestamp` that was signed.
    pub started_at: Timestamp,
    /// How long it took, from the look-up of the name to the last byte read.
    pub duration: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered.
    Answered(Answer),
    /// It did not.
    Failed(Failure),
}

/// What a receiver answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status, 100 to 999.
    pub status: u16,
    /// How long it asked to be left alone: `Retry-After`, already parsed; `None` when absent or junk.
    pub retry_after: Option<Duration>,
    /// What it asked for in the header `webhook-delivery`.
    pub directive: Option<Directive>,
    /// The start of its body, at most 4 KiB.
    pub body_excerpt: Vec<u8>,
}

/// What a receiver can ask for in the header `webhook-delivery`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Send nothing any more.
    Disable,
    /// Do not try this delivery again.
    Abort,
}

/// Why a receiver did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What happened, for the operator: at most 500 characters, no secrets.
    pub detail: String,
}

/// What kind of failure kept a receiver from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The address is not allowed; the request never left.
    Blocked,
    /// The name did not resolve.
    Dns,
    /// No connection.
    Connect,
    /// No trusted encrypted connection.
    Tls,
    /// The one deadline over everything passed.
    Timeout,
    /// The answer was no HTTP, or ended in the middle.
    Protocol,
}

impl FailureKind {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }

    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Blocked, Self::Dns, Self::Connect, Self::Tls, Self::Timeout, Self::Protocol];

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A recorded attempt. Headers and signatures are not kept: they are made again for display from the secrets named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// Which attempt, counted from 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took; milliseconds.
    pub duration_ms: u32,
    /// What was answered; `None` when nothing was.
    pub status: Option<u16>,
    /// Why nothing was answered.
    pub failure: Option<FailureKind>,
    /// What happened, for the operator.
    pub detail: Option<String>,
    /// The start of the answer's body, at most 4 KiB.
    pub body_excerpt: Vec<u8>,
    /// The secrets that signed it, oldest first.
    pub secret_ids: Vec<EndpointSecretId>,
}
