//! What a request asks for, and which requests a rule means: a set of methods, and a pattern of paths.
//!
//! *Threat:* a pattern that takes long to compare; a request that is written in another way and slips past its rule.
//! *Defence:* a pattern is cut into segments once and compared segment by segment, without going back; empty segments, as in
//! `/a//b/`, are passed over on both sides, and `HEAD` is a `GET`. Whoever asks must give the path that it routes by, decoded:
//! [`crate::guard::decoded_path`] does.
//! *Not defended:* a platform behind the hub that tells no case of letters apart: `/Export` is another path here.

use std::fmt;
use std::str::FromStr;

/// Where a payment of OwnPay's API has a second name, by segments, and its first one: whoever writes the other name must not have another
/// rate. Source: wire contract §2.3.
const ALIAS: [&str; 3] = ["api", "v1", "payment-intents"];
const CANONICAL: &str = "payments";

/// Longest pattern. Bytes.
pub const PATTERN_BYTES_MAX: usize = 200;
/// Most segments of a pattern.
const SEGMENTS_MAX: usize = 32;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path that the request was routed by, without the query.
    pub path: &'a str,
}

/// The methods that a rule means; all where none is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(u8);

/// The word is no method that a rule can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("method must be one of {}", MethodSet::WORDS.join(", "))]
pub struct MethodError;

impl MethodSet {
    /// Every method, also those that have no word here.
    pub const ALL: Self = Self(0);

    /// The methods that a rule can name. `GET` means `HEAD` too.
    pub const WORDS: [&'static str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    /// This set and one more method.
    ///
    /// # Errors
    /// [`MethodError`] when the word is none of [`MethodSet::WORDS`].
    pub fn with(self, word: &str) -> Result<Self, MethodError> {
        let position = Self::WORDS.iter().position(|known| *known == word).ok_or(MethodError)?;
        Ok(Self(self.0 | 1 << position))
    }

    /// The words, in the order of [`MethodSet::WORDS`]; none where all are meant.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        (0..).zip(Self::WORDS).filter(move |(position, _)| self.0 & (1_u8 << position) != 0).map(|(_, word)| word)
    }

    /// Whether a method is meant.
    pub fn contains(self, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        self == Self::ALL || self.words().any(|word| word == method)
    }
}

/// A pattern of paths: segments between `/`, of which `*` stands for any one, and `/**` at the end for any further ones or none.
#[derive(Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: Box<str>,
    /// What each segment must be; `None` anything.
    segments: Box<[Option<Box<str>>]>,
    /// Whether more segments may follow.
    is_open: bool,
}

/// The text is no pattern of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathPatternError {
    /// It has too many bytes or segments.
    #[error("path must have at most {PATTERN_BYTES_MAX} bytes and {SEGMENTS_MAX} segments")]
    TooLong,
    /// It does not begin like a path.
    #[error("path must begin with /")]
    NoSlash,
    /// It holds what no path holds.
    #[error("path must be visible ASCII characters without ? and #: give it decoded and without a query")]
    Characters,
    /// A star stands where it means nothing.
    #[error("path may have * as a whole segment only, and ** as the last one only")]
    Star,
}

impl PathPattern {
    /// Whether a path is meant.
    pub fn matches(&self, path: &str) -> bool {
        let mut given = segments(path);
        let all = self.segments.iter().all(|wanted| {
            let given = given.next();
            given.is_some_and(|given| wanted.as_deref().is_none_or(|wanted| wanted == given))
        });
        all && (self.is_open || given.next().is_none())
    }

    /// Whether every path is meant.
    pub fn is_everything(&self) -> bool {
        self.is_open && self.segments.is_empty()
    }

    /// The text that it was made of.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for PathPattern {
    type Err = PathPatternError;

    fn from_str(text: &str) -> Result<Self, PathPatternError> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(PathPatternError::TooLong);
        }
        if !text.starts_with('/') {
            return Err(PathPatternError::NoSlash);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#')) {
            return Err(PathPatternError::Characters);
        }
        let mut wanted: Vec<&str> = segments(text).collect();
        let is_open = wanted.last() == Some(&"**");
        if is_open {
            wanted.pop();
        }
        if wanted.len() > SEGMENTS_MAX {
            return Err(PathPatternError::TooLong);
        }
        if wanted.iter().any(|segment| *segment != "*" && segment.contains('*')) {
            return Err(PathPatternError::Star);
        }
        let segments = wanted.into_iter().map(|segment| (segment != "*").then(|| segment.into())).collect();
        Ok(Self { text: text.into(), segments, is_open })
    }
}

/// The segments of a path or a pattern, by their first names: so a rule means both, whichever it was written for.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let plain = || path.split('/').filter(|segment| !segment.is_empty());
    let is_alias = plain().take(ALIAS.len()).eq(ALIAS);
    let is_second_name = move |position| is_alias && position + 1 == ALIAS.len();
    plain().enumerate().map(move |(position, segment)| if is_second_name(position) { CANONICAL } else { segment })
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_segment_and_two_at_the_end_are_the_rest() {
        // (pattern, paths that it means, paths that it does not)
        let cases: [(&str, &[&str], &[&str]); 7] = [
            ("/**", &["/", "/a", "/a/b/c"], &[]),
            ("/", &["/", "//"], &["/a"]),
            ("/a/b", &["/a/b", "/a/b/", "//a//b"], &["/a", "/a/b/c", "/A/b", "/a/bc"]),
            ("/a/*", &["/a/b", "/a/*"], &["/a", "/a/", "/a/b/c"]),
            ("/a/*/c", &["/a/b/c"], &["/a/c", "/a/b/b/c"]),
            ("/a/**", &["/a", "/a/", "/a/b", "/a/b/c"], &["/", "/ab", "/b/a"]),
            ("/*/b/**", &["/a/b", "/a/b/c"], &["/b", "/a/c"]),
        ];
        for (text, meant, others) in cases {
            let pattern: PathPattern = text.parse().unwrap();
            let found = |paths: &[&str]| paths.iter().map(|path| pattern.matches(path)).collect::<Vec<_>>();
            assert_eq!(found(meant), vec![true; meant.len()], "{text}");
            assert_eq!(found(others), vec![false; others.len()], "{text}");
        }
        assert!("/**".parse::<PathPattern>().unwrap().is_everything());
        assert!(!"/*".parse::<PathPattern>().unwrap().is_everything());
    }

    #[test]
    fn a_rule_for_payments_or_for_intents_means_both_names() {
        for text in ["/api/v1/payments/**", "/api/v1/payment-intents/**", "/api/v1/*/**"] {
            let pattern: PathPattern = text.parse().unwrap();
            for path in ["/api/v1/payments", "/api/v1/payment-intents", "//api/v1//payment-intents/7"] {
                assert!(pattern.matches(path), "{text} {path}");
            }
            // The same word elsewhere is another thing.
            for path in ["/api/v2/payment-intents", "/shop/api/v1/payment-intents"] {
                assert!(!pattern.matches(path), "{text} {path}");
            }
            assert_eq!(pattern.as_str(), text);
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let long = format!("/{}", "a".repeat(PATTERN_BYTES_MAX));
        let deep = "/a".repeat(SEGMENTS_MAX + 1);
        let cases = [
            ("", PathPatternError::NoSlash),
            ("a", PathPatternError::NoSlash),
            ("/a?b", PathPatternError::Characters),
            ("/a b", PathPatternError::Characters),
            ("/ä", PathPatternError::Characters),
            ("/a*", PathPatternError::Star),
            ("/**/a", PathPatternError::Star),
            ("/***", PathPatternError::Star),
            (&long, PathPatternError::TooLong),
            (&deep, PathPatternError::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PathPattern>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_set_of_methods_is_all_or_what_it_names() {
        let reads = MethodSet::ALL.with("GET").unwrap();
        let both = reads.with("DELETE").unwrap();
        assert_eq!(["GET", "HEAD", "POST", "BREW"].map(|method| reads.contains(method)), [true, true, false, false]);
        assert_eq!(both.words().collect::<Vec<_>>(), ["GET", "DELETE"]);
        assert!(MethodSet::ALL.contains("BREW"));
        assert_eq!(MethodSet::ALL.with("get"), Err(MethodError));
    }

    #[test]
    fn a_long_path_against_many_stars_is_compared_in_one_walk() {
        let pattern: PathPattern = "/*".repeat(SEGMENTS_MAX).parse().unwrap();
        assert!(!pattern.matches(&"/a".repeat(100_000)));
    }
}
