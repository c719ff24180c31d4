//! The id that names a request in its answer and in the log.

use std::cell::RefCell;
use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use data_encoding::HEXLOWER;
use devhub_domain::entropy::{Entropy, random_bytes};

/// Where the id comes in and goes out.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a caller.
const LENGTH_MAX: usize = 64;
/// Ids drawn at once: one call to the system's random source costs more than all the rest of an id.
const POOL_IDS: usize = 64;

/// Names one request.
///
/// *Shape:* 1 to 64 of `A-Z a-z 0-9 _ -` when the caller chose it, else 32 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().expect("a request id is ASCII")
    }

    /// The value of the answer's header; shares the text.
    pub(crate) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }

    fn from_caller(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(X_REQUEST_ID)?;
        let is_plain = value.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        (is_plain && (1..=LENGTH_MAX).contains(&value.len())).then(|| Self(value.clone()))
    }

    fn from_random(bytes: [u8; 16]) -> Self {
        let mut text = [0; 32];
        HEXLOWER.encode_mut(&bytes, &mut text);
        Self(HeaderValue::from_bytes(&text).expect("hex digits are a header value"))
    }
}

/// Makes request ids for one worker.
pub(super) struct RequestIds {
    entropy: Arc<dyn Entropy>,
    pool: RefCell<Vec<[u8; 16]>>,
}

impl RequestIds {
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, pool: RefCell::new(Vec::with_capacity(POOL_IDS)) }
    }

    /// The caller's id when it is one, else a new one.
    pub(super) fn choose(&self, headers: &HeaderMap) -> RequestId {
        RequestId::from_caller(headers).unwrap_or_else(|| RequestId::from_random(self.draw()))
    }

    fn draw(&self) -> [u8; 16] {
        let mut pool = self.pool.borrow_mut();
        if pool.is_empty() {
            let drawn: [u8; 16 * POOL_IDS] = random_bytes(&*self.entropy);
            pool.extend_from_slice(drawn.as_chunks().0);
        }
        pool.pop().expect("the pool was just filled")
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::SeededEntropy;

    use super::*;

    fn chosen(presented: Option<&'static str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(text) = presented {
            headers.insert(X_REQUEST_ID, HeaderValue::from_static(text));
        }
        RequestIds::new(Arc::new(SeededEntropy::new(1))).choose(&headers).as_str().to_owned()
    }

    #[test]
    fn an_id_of_the_caller_is_taken_over() {
        assert_eq!(chosen(Some("Order_77-a")), "Order_77-a");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        for odd in ["", "a b", "a=b", "\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            let id = chosen(Some(odd));
            assert_eq!(id.len(), 32, "{odd}");
            assert!(id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{id}");
        }
    }

    #[test]
    fn no_two_requests_get_the_same_id() {
        let ids = RequestIds::new(Arc::new(SeededEntropy::new(1)));
        let drawn: std::collections::HashSet<_> = (0..1_000).map(|_| ids.draw()).collect();
        assert_eq!(drawn.len(), 1_000);
    }
}
