//! One attempt: a request that left, and what came back.

use std::time::Duration;

use super::{KeptHeaders, Report, Timings};
use crate::id::{DeliveryId, EndpointSecretId};
use crate::time::Timestamp;

/// What a sender reports of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// When it began: the `webhook-timestamp` that was signed.
    pub started_at: Timestamp,
    /// How long it took, from the look-up of the name to the last byte read.
    pub duration: Duration,
    /// How long its steps took.
    pub timings: Timings,
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
    /// Its headers, as far as they are kept.
    pub headers: KeptHeaders,
    /// The start of its body, at most 4 KiB.
    pub body_excerpt: Vec<u8>,
    /// Bytes of its body that were read, at most some more than 16 KiB.
    pub body_bytes_read: u32,
    /// Whether its body has more than the excerpt.
    pub is_body_cut: bool,
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
    /// The head of the answer was larger than it may be.
    TooLarge,
    /// The node that was sending it ended: it may have been sent.
    Interrupted,
}

impl FailureKind {
    /// The word that people and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "forbidden_address",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::TooLarge => "too_large",
            Self::Interrupted => "interrupted",
        }
    }

    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Blocked,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Protocol,
        Self::TooLarge,
        Self::Interrupted,
    ];

    /// What earlier releases called [`FailureKind::Blocked`], and what stores go on writing, so that a release of before reads it.
    pub const BLOCKED_WORD: &str = "blocked";

    /// The kind with this word, or with the one of before.
    pub fn parse(word: &str) -> Option<Self> {
        if word == Self::BLOCKED_WORD {
            return Some(Self::Blocked);
        }
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word that stores write.
    pub const fn stored_word(self) -> &'static str {
        match self {
            Self::Blocked => Self::BLOCKED_WORD,
            kind => kind.as_str(),
        }
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
    /// What else is known of it.
    pub report: Report,
}
