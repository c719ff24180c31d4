//! The last refused requests of this process, so that one from the log can be explained.
//!
//! *Threat:* a token in a path that somebody keeps; refusals without end that fill memory. *Defence:* no query string comes here, a
//! part of a path that could be a token is left out, and there is a bound. *Not defended:* whoever has a key makes its workspace's
//! older refusals go by being refused often; the log has them still.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use percent_encoding::percent_decode_str;

use crate::api_keys::{Denial, TokenPrefix, begins_like_token};
use crate::id::KeyId;
use crate::time::Timestamp;

/// Refused requests that are kept: some 2 MiB at most.
pub const REFUSALS_KEPT: usize = 4_096;

/// Characters of a path that are kept.
pub const PATH_CHARS_MAX: usize = 200;

/// How often a part of a path may have been encoded and still be kept.
const ENCODED_TIMES_MAX: usize = 3;

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRequest {
    /// What its answer and the log call it.
    pub request_id: Box<str>,
    /// Whose token it brought.
    pub key_id: KeyId,
    /// Its method.
    pub method: Box<str>,
    /// Its path without the query string, cut at [`PATH_CHARS_MAX`] characters.
    pub path: Box<str>,
    /// Where it came from.
    pub address: IpAddr,
    /// Why it was refused.
    pub denial: Denial,
    /// When.
    pub at: Timestamp,
}

/// Keeps the last refused requests.
#[derive(Debug, Default)]
pub struct RefusalLog(Mutex<VecDeque<RefusedRequest>>);

impl RefusalLog {
    /// Keeps a request; the oldest goes when there are too many.
    pub fn record(&self, refused: RefusedRequest) {
        let mut kept = self.kept();
        if kept.len() >= REFUSALS_KEPT {
            kept.pop_front();
        }
        kept.push_back(refused);
    }

    /// The last request with this id that brought the token of this key.
    ///
    /// Callers may choose ids, so that several requests can have one.
    pub fn find(&self, request_id: &str, key_id: KeyId) -> Option<RefusedRequest> {
        let kept = self.kept();
        kept.iter().rev().find(|kept| kept.key_id == key_id && &*kept.request_id == request_id).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<RefusedRequest>> {
        // Nothing that runs under this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefusedRequest {
    /// A path as it is kept: parts that could be a token are left out, also encoded ones.
    pub fn path_of(path: &str, prefix: &TokenPrefix) -> Box<str> {
        let hidden = |part: &str| could_be_token(part, prefix, ENCODED_TIMES_MAX);
        let parts: Vec<&str> = path.split('/').map(|part| if hidden(part) { "…" } else { part }).collect();
        parts.join("/").chars().take(PATH_CHARS_MAX).collect::<String>().into_boxed_str()
    }
}

/// Whether a token could begin in a part of a path, or would once it is decoded. What is left encoded after that often could be anything.
///
/// Within a word none begins: `/shop_orders` stays, so that the policies for it are found. Unless it goes on as a token does: an address
/// and a token that were joined without a separator are one word.
fn could_be_token(part: &str, prefix: &TokenPrefix, times: usize) -> bool {
    let is_within_word =
        |at: usize| part.as_bytes().get(..at).and_then(<[u8]>::last).is_some_and(u8::is_ascii_alphanumeric);
    let begins = |(at, _): (usize, &str)| {
        let could_be = |rest: &str| begins_like_token(rest, prefix) && (!is_within_word(at) || shows_key(rest, prefix));
        part.get(at..).is_some_and(could_be)
    };
    if part.match_indices(prefix.as_str()).any(begins) {
        return true;
    }
    let decoded = percent_decode_str(part).decode_utf8_lossy();
    decoded != part && (times == 0 || could_be_token(&decoded, prefix, times - 1))
}

/// Whether the prefix is followed by the eight digits that every key has there.
fn shows_key(text: &str, prefix: &TokenPrefix) -> bool {
    let digits = text.strip_prefix(prefix.as_str()).and_then(|body| body.as_bytes().get(..8));
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(number: usize, key: u8) -> RefusedRequest {
        RefusedRequest {
            request_id: number.to_string().into_boxed_str(),
            key_id: KeyId::from_bytes([key; 16]),
            method: "GET".into(),
            path: "/api/v1/payments".into(),
            address: [203, 0, 113, 7].into(),
            denial: Denial::Locked,
            at: Timestamp::from_seconds(1),
        }
    }

    #[test]
    fn the_last_refusals_are_kept_and_the_oldest_go() {
        let log = RefusalLog::default();
        (0..=REFUSALS_KEPT).for_each(|number| log.record(refused(number, 1)));
        let key_id = KeyId::from_bytes([1; 16]);
        assert_eq!(log.find("0", key_id), None);
        assert_eq!(log.find("1", key_id), Some(refused(1, 1)));
        assert_eq!(log.kept().len(), REFUSALS_KEPT);
    }

    #[test]
    fn a_request_is_found_by_its_id_and_its_key() {
        let log = RefusalLog::default();
        log.record(refused(7, 1));
        log.record(RefusedRequest { method: "PUT".into(), ..refused(7, 1) });
        assert_eq!(&*log.find("7", KeyId::from_bytes([1; 16])).unwrap().method, "PUT");
        assert_eq!(log.find("7", KeyId::from_bytes([2; 16])), None);
    }

    #[test]
    fn a_path_is_kept_without_what_could_be_a_token() {
        let path = |text: &str| RefusedRequest::path_of(text, &TokenPrefix::default()).into_string();
        assert_eq!(path("/api/v1/payments/7"), "/api/v1/payments/7");
        assert_eq!(path("/api/v1/op_8ae87c48.aae2/x"), "/api/v1/…/x");
        assert_eq!(path("/x/op%5F8ae87c48.aae2"), "/x/…");
        assert_eq!(path("/x/%6f%70_8ae87c48.aae2/%zz"), "/x/…/%zz");
        assert_eq!(path("/x/%op%5F8ae87c48.aae2"), "/x/…");
        assert_eq!(path("/x/op%255F8ae87c48.aae2"), "/x/…");
        assert_eq!(path("/x/op%25252525255F8ae87c48.aae2"), "/x/…");
        assert_eq!(path("/x/before-op_8ae87c48.aae2"), "/x/…");
        assert_eq!(path("/x/before%2Fop_8ae87c48.aae2"), "/x/…");
        assert_eq!(path("/a%20b"), "/a%20b");
        assert_eq!(path(&"ä".repeat(300)), "ä".repeat(PATH_CHARS_MAX));
    }

    #[test]
    fn a_token_that_was_joined_to_a_word_is_left_out() {
        let path = |text: &str| RefusedRequest::path_of(text, &TokenPrefix::default()).into_string();
        let token = format!("op_8ae87c48.{}", "a".repeat(48));
        assert_eq!(path(&format!("/api/v1/payments{token}")), "/api/v1/…");
        assert_eq!(path(&format!("/api/v1/shop_orders{token}/x")), "/api/v1/…/x");
    }

    #[test]
    fn a_word_that_only_ends_like_the_beginning_of_a_token_is_kept() {
        let path = |text: &str| RefusedRequest::path_of(text, &TokenPrefix::default()).into_string();
        for kept in ["/shop_orders", "/drop_off", "/shop_orders_of_last_week", "/op_orders", "/x/op%5Forders"] {
            assert_eq!(path(kept), kept);
        }
    }
}
