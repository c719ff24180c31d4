//! How large the head of a request may be.
//!
//! *Threat:* heads that cost memory and time in everything that reads them, before anybody has authenticated. *Defence:* a head past
//! these limits is refused by name before a route is looked for. They lie below those of the server itself, which refuses without a
//! word: 96 lines and 128 KiB with HTTP/1.1, so that a client close to the limit learns which one it is.
//! *Not defended:* the memory of a head while it arrives, which the server's own limits bound.

use actix_web::dev::RequestHead;
use actix_web::http::Uri;

/// Most header lines. The server takes 96 at most; browsers behind two proxies send some 40.
pub(crate) const HEADER_LINES_MAX: usize = 64;
/// Most bytes of all header lines together, as HTTP/1.1 writes them.
pub(crate) const HEADER_BYTES_MAX: usize = 32 * 1024;
/// Longest target, its query included. Our longest links have some 1 KiB.
pub(crate) const URI_BYTES_MAX: usize = 8 * 1024;

/// What HTTP/1.1 adds to the name and value of each line: colon, space, line break. Counted for HTTP/2 too, which is near enough to
/// the 32 that RFC 9113 counts.
const LINE_OVERHEAD: usize = 4;

/// Why a head is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    /// Too many lines.
    #[error("a request must have at most {HEADER_LINES_MAX} header lines, got {lines}")]
    TooManyHeaders {
        /// How many there are.
        lines: usize,
    },
    /// Too many bytes.
    #[error("the headers of a request must have at most {HEADER_BYTES_MAX} bytes, got {bytes}")]
    HeadersTooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// The target is too long.
    #[error("the url of a request must have at most {URI_BYTES_MAX} bytes, got {bytes}")]
    UriTooLong {
        /// How many it has.
        bytes: usize,
    },
}

impl HeadError {
    /// A stable word for answers, logs and metrics.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::TooManyHeaders { .. } | Self::HeadersTooLarge { .. } => "headers_too_large",
            Self::UriTooLong { .. } => "uri_too_long",
        }
    }
}

/// Passes a head that is within the limits.
pub(crate) fn check(head: &RequestHead) -> Result<(), HeadError> {
    let bytes = target_bytes(&head.uri);
    if bytes > URI_BYTES_MAX {
        return Err(HeadError::UriTooLong { bytes });
    }
    let (mut lines, mut bytes) = (0, 0);
    for (name, value) in head.headers() {
        lines += 1;
        bytes += name.as_str().len() + value.len() + LINE_OVERHEAD;
    }
    if lines > HEADER_LINES_MAX {
        return Err(HeadError::TooManyHeaders { lines });
    }
    if bytes > HEADER_BYTES_MAX {
        return Err(HeadError::HeadersTooLarge { bytes });
    }
    Ok(())
}

/// With HTTP/2 the host stands in the target and not among the headers.
fn target_bytes(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    authority + uri.path_and_query().map_or(0, |path| path.as_str().len())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn checked(req: &TestRequestParts) -> Result<(), HeadError> {
        let mut built = TestRequest::with_uri(&req.uri);
        for (name, value) in &req.headers {
            built = built.append_header((name.as_str(), value.as_str()));
        }
        check(built.to_http_request().head())
    }

    struct TestRequestParts {
        uri: String,
        headers: Vec<(String, String)>,
    }

    fn with_headers(count: usize, value: &str) -> TestRequestParts {
        let headers = (0..count).map(|number| (format!("x-{number:04}"), value.to_owned())).collect();
        TestRequestParts { uri: "/".to_owned(), headers }
    }

    #[test]
    fn headers_at_the_limit_pass_and_one_line_more_does_not() {
        assert_eq!(checked(&with_headers(64, "a")), Ok(()));
        assert_eq!(checked(&with_headers(65, "a")), Err(HeadError::TooManyHeaders { lines: 65 }));
    }

    #[test]
    fn lines_of_one_name_are_counted_each() {
        let headers = vec![("x-same".to_owned(), "a".to_owned()); 65];
        let parts = TestRequestParts { uri: "/".to_owned(), headers };
        assert_eq!(checked(&parts), Err(HeadError::TooManyHeaders { lines: 65 }));
    }

    #[test]
    fn bytes_at_the_limit_pass_and_one_more_does_not() {
        // Six bytes of name and four of the line stand beside each value.
        assert_eq!(checked(&with_headers(2, &"a".repeat(16_384 - 10))), Ok(()));
        let large = with_headers(1, &"a".repeat(32_768 - 9));
        assert_eq!(checked(&large), Err(HeadError::HeadersTooLarge { bytes: 32_769 }));
    }

    #[test]
    fn a_target_at_the_limit_passes_and_one_byte_more_does_not() {
        let target =
            |bytes: usize| TestRequestParts { uri: format!("/{}", "a".repeat(bytes - 1)), headers: Vec::new() };
        assert_eq!(checked(&target(8_192)), Ok(()));
        assert_eq!(checked(&target(8_193)), Err(HeadError::UriTooLong { bytes: 8_193 }));
    }
}
