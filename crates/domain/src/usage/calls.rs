//! What became of calls with a key, counted by hours.

use std::net::IpAddr;
use std::time::Duration;

use crate::api_keys::Denial;
use crate::id::KeyId;
use crate::time::Timestamp;

/// Addresses that are kept of a key and hour: the last ones. One that many share is told apart from one that wanders.
pub const ADDRESSES_PER_HOUR: usize = 4;

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident: $($variant:ident = $word:literal, $told:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = $told] $variant,)*
        }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: [Self; [$(Self::$variant),*].len()] = [$(Self::$variant),*];

            /// The word in answers and exports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            #[expect(clippy::as_conversions, reason = "a field-less enum has no other constant conversion")]
            const fn position(self) -> usize {
                self as usize
            }
        }
    };
}

kinds! {
    /// How a call was answered.
    AnswerKind:
    Success = "2xx", "The request was carried out.";
    Redirect = "3xx", "Nothing new, or somewhere else.";
    ClientError = "4xx", "The caller's fault, and not 429.";
    TooMany = "429", "Too often.";
    ServerError = "5xx", "Not the caller's fault.";
    Verification = "verifications", "Somebody else's door asked for it: how that answered is not known here.";
}

impl AnswerKind {
    /// The kind of a status.
    pub const fn of_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Redirect,
            429 => Self::TooMany,
            400..=499 => Self::ClientError,
            500.. => Self::ServerError,
            _ => Self::Success,
        }
    }
}

kinds! {
    /// Why a call with a known key was refused. *Source:* keys and limits §2.
    RefusalKind:
    Revoked = "REVOKED", "The key was revoked.";
    Locked = "LOCKED", "The key is locked.";
    Expired = "EXPIRED", "The key's time is over.";
    WorkspaceSuspended = "WORKSPACE_SUSPENDED", "The key's workspace is suspended.";
    IpNotAllowed = "IP_NOT_ALLOWED", "The caller's address is not on the key's allow-list.";
    InsufficientScope = "INSUFFICIENT_SCOPE", "The key lacks a scope that the request needs.";
    RateLimited = "RATE_LIMITED", "The key has used up its rate.";
}

impl RefusalKind {
    /// The kind of a denial; `None` for those of tokens that no key has.
    pub const fn of(denial: Denial) -> Option<Self> {
        match denial {
            Denial::Malformed | Denial::NotFound => None,
            Denial::Revoked => Some(Self::Revoked),
            Denial::Locked => Some(Self::Locked),
            Denial::Expired => Some(Self::Expired),
            Denial::WorkspaceSuspended => Some(Self::WorkspaceSuspended),
            Denial::IpNotAllowed => Some(Self::IpNotAllowed),
            Denial::InsufficientScope { .. } => Some(Self::InsufficientScope),
            Denial::RateLimited => Some(Self::RateLimited),
        }
    }
}

/// One call with a key that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Whose token it was.
    pub key_id: KeyId,
    /// Where it came from; `None` when nobody said.
    pub address: Option<IpAddr>,
    /// How it was answered.
    pub answer: AnswerKind,
    /// Why it was refused; `None` when it was not.
    pub refusal: Option<RefusalKind>,
    /// How long the hub took, from the start of the request to the head of its answer. `None` when the answer is that to another call,
    /// which asked about this key.
    pub took: Option<Duration>,
}

/// How many calls, by what became of them. A refused call is counted by its answer and by its reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    answers: [u64; AnswerKind::ALL.len()],
    refusals: [u64; RefusalKind::ALL.len()],
}

impl CallCounts {
    /// Counts from elsewhere, in the order of [`AnswerKind::ALL`] and [`RefusalKind::ALL`].
    pub const fn new(answers: [u64; AnswerKind::ALL.len()], refusals: [u64; RefusalKind::ALL.len()]) -> Self {
        Self { answers, refusals }
    }

    /// Counts a call.
    pub fn count(&mut self, answer: AnswerKind, refusal: Option<RefusalKind>) {
        let counts = [
            self.answers.get_mut(answer.position()),
            refusal.and_then(|refusal| self.refusals.get_mut(refusal.position())),
        ];
        for count in counts.into_iter().flatten() {
            *count = count.saturating_add(1);
        }
    }

    /// Counts what others have counted.
    pub fn add(&mut self, other: &Self) {
        let own = self.answers.iter_mut().chain(&mut self.refusals);
        for (own, other) in own.zip(other.answers.iter().chain(&other.refusals)) {
            *own = own.saturating_add(*other);
        }
    }

    /// All calls.
    pub fn calls(&self) -> u64 {
        self.answers.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// All refused calls.
    pub fn refused(&self) -> u64 {
        self.refusals.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Calls that were answered so.
    pub fn answered(&self, kind: AnswerKind) -> u64 {
        self.answers.get(kind.position()).copied().unwrap_or_default()
    }

    /// Calls that were refused for this.
    pub fn refused_for(&self, kind: RefusalKind) -> u64 {
        self.refusals.get(kind.position()).copied().unwrap_or_default()
    }
}

/// An address, and when it was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenAddress {
    /// The address.
    pub address: IpAddr,
    /// When. To the second.
    pub at: Timestamp,
}

/// The last addresses, each once.
///
/// *Shape:* stored one after the other: seconds since the epoch in eight bytes, the most significant first, a byte with the length of
/// the address, and its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenAddresses(Vec<SeenAddress>);

impl SeenAddresses {
    /// Notes that an address was seen; beyond `most` of them the one that was not seen for longest goes.
    pub fn note(&mut self, seen: SeenAddress, most: usize) {
        if let Some(known) = self.0.iter_mut().find(|known| known.address == seen.address) {
            known.at = known.at.max(seen.at);
            return;
        }
        if self.0.len() < most {
            self.0.push(seen);
            return;
        }
        let oldest = self.0.iter_mut().min_by_key(|known| known.at);
        if let Some(oldest) = oldest.filter(|oldest| oldest.at <= seen.at) {
            *oldest = seen;
        }
    }

    /// Notes all that another has seen.
    pub fn add(&mut self, other: &Self, most: usize) {
        other.0.iter().for_each(|seen| self.note(*seen, most));
    }

    /// The addresses, the latest first.
    pub fn latest(&self) -> Vec<SeenAddress> {
        let mut latest = self.0.clone();
        latest.sort_by_key(|seen| (std::cmp::Reverse(seen.at), seen.address));
        latest
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 13);
        for SeenAddress { address, at } in &self.0 {
            bytes.extend(at.as_seconds().to_be_bytes());
            match address {
                IpAddr::V4(address) => {
                    bytes.push(4);
                    bytes.extend(address.octets());
                }
                IpAddr::V6(address) => {
                    bytes.push(16);
                    bytes.extend(address.octets());
                }
            }
        }
        bytes
    }

    /// What was stored; `None` when it is none.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut all = Vec::new();
        while let Some((seconds, rest)) = bytes.split_first_chunk::<8>() {
            let (length, rest) = rest.split_first()?;
            let (address, rest) = rest.split_at_checked(usize::from(*length))?;
            let address = match length {
                4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
                16 => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
                _ => return None,
            };
            all.push(SeenAddress { address, at: Timestamp::from_seconds(i64::from_be_bytes(*seconds)) });
            bytes = rest;
        }
        bytes.is_empty().then_some(Self(all))
    }
}

impl FromIterator<SeenAddress> for SeenAddresses {
    fn from_iter<T: IntoIterator<Item = SeenAddress>>(seen: T) -> Self {
        Self(seen.into_iter().collect())
    }
}

/// What became of the calls with a key in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHour {
    /// Which key.
    pub key_id: KeyId,
    /// Which hour, counted from the epoch.
    pub hour: i64,
    /// How many.
    pub counts: CallCounts,
    /// The last [`ADDRESSES_PER_HOUR`] that they came from.
    pub addresses: SeenAddresses,
}

impl KeyHour {
    /// An hour without calls.
    pub fn empty(key_id: KeyId, hour: i64) -> Self {
        Self { key_id, hour, counts: CallCounts::default(), addresses: SeenAddresses::default() }
    }

    /// Counts what another of the same key and hour has counted.
    pub fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.addresses.add(&other.addresses, ADDRESSES_PER_HOUR);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(address: &str, at: i64) -> SeenAddress {
        SeenAddress { address: address.parse().unwrap(), at: Timestamp::from_seconds(at) }
    }

    #[test]
    fn a_status_has_its_kind() {
        let cases = [(101, "2xx"), (204, "2xx"), (304, "3xx"), (404, "4xx"), (429, "429"), (499, "4xx"), (503, "5xx")];
        for (status, kind) in cases {
            assert_eq!(AnswerKind::of_status(status).as_str(), kind, "{status}");
        }
    }

    #[test]
    fn a_refusal_has_the_code_of_its_denial() {
        let denials = [Denial::Revoked, Denial::Locked, Denial::Expired, Denial::IpNotAllowed, Denial::RateLimited];
        for denial in denials {
            assert_eq!(RefusalKind::of(denial).unwrap().as_str(), denial.code());
        }
        assert_eq!(RefusalKind::of(Denial::NotFound), None);
    }

    #[test]
    fn a_refused_call_is_one_call() {
        let mut counts = CallCounts::default();
        counts.count(AnswerKind::Success, None);
        counts.count(AnswerKind::TooMany, Some(RefusalKind::RateLimited));
        assert_eq!((counts.calls(), counts.refused()), (2, 1));
        assert_eq!((counts.answered(AnswerKind::TooMany), counts.refused_for(RefusalKind::RateLimited)), (1, 1));
    }

    #[test]
    fn the_address_that_was_not_seen_for_longest_goes() {
        let mut addresses = SeenAddresses::default();
        for (address, at) in [("203.0.113.1", 1), ("203.0.113.2", 2), ("203.0.113.1", 3), ("2001:db8::1", 4)] {
            addresses.note(seen(address, at), 2);
        }
        assert_eq!(addresses.latest(), [seen("2001:db8::1", 4), seen("203.0.113.1", 3)]);
        addresses.note(seen("203.0.113.9", 2), 2);
        assert_eq!(addresses.latest().len(), 2);
        assert_eq!(addresses.latest()[1], seen("203.0.113.1", 3));
    }

    #[test]
    fn addresses_that_cannot_be_read_are_none() {
        let good: SeenAddresses = [seen("203.0.113.1", 1), seen("2001:db8::1", 2)].into_iter().collect();
        let bytes = good.to_bytes();
        assert_eq!(SeenAddresses::from_bytes(&bytes), Some(good));
        for wrong in [&bytes[..bytes.len() - 1], &bytes[..3], &[0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5]] {
            assert_eq!(SeenAddresses::from_bytes(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_reads_back(all in prop::collection::vec((any::<IpAddr>(), any::<i32>()), 0..8)) {
            let all: SeenAddresses = all
                .into_iter()
                .map(|(address, at)| SeenAddress { address, at: Timestamp::from_seconds(at.into()) })
                .collect();
            prop_assert_eq!(SeenAddresses::from_bytes(&all.to_bytes()), Some(all));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            SeenAddresses::from_bytes(&bytes);
        }
    }
}
