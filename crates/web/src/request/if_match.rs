//! `If-Match`: which revision the caller has seen of what it wants to change.
//!
//! *Threat:* two operators read the same thing and each writes back the whole of it; the second undoes the first unknowingly.
//! *Defence:* every change says which revision it builds on, and the store compares. *Source:* RFC 9110 §8.8.3, §13.1.1; RFC 6585 §3.

use actix_web::http::header::{HeaderMap, IF_MATCH};
use devhub_domain::store::StoreError;

use crate::blocking;
use crate::problem_body::Problem;

/// Most tags of one header: who keeps more versions than this wants to overwrite all of them.
const TAGS_MAX: usize = 16;

/// What no row ever has: revisions count from 1.
const NO_REVISION: i64 = 0;

/// What may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Whatever is there: `*`.
    Anything,
    /// One of these revisions; tags that are none of ours, and weak ones, are left out, because they match nothing.
    Revisions(Vec<i64>),
}

impl IfMatch {
    /// Reads the header; `None` when it is absent.
    pub(super) fn find(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut lines = headers.get_all(IF_MATCH).map(|value| value.to_str().unwrap_or("?")).peekable();
        if lines.peek().is_none() {
            return Ok(None);
        }
        let list = lines.collect::<Vec<_>>().join(",");
        Self::parse(&list).map(Some).ok_or_else(Problem::if_match_malformed)
    }

    fn parse(list: &str) -> Option<Self> {
        if list.trim() == "*" {
            return Some(Self::Anything);
        }
        let mut revisions = Vec::new();
        let mut rest = list.trim_matches([' ', '\t', ',']);
        for _ in 0..TAGS_MAX {
            let (is_weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |quoted| (true, quoted));
            let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
            if tag.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return None;
            }
            revisions.extend(revision(tag).filter(|_| !is_weak));
            let after = after.trim_start();
            if after.is_empty() {
                return Some(Self::Revisions(revisions));
            }
            rest = after.strip_prefix(',')?.trim_start_matches([' ', '\t', ',']);
        }
        None
    }

    /// The revision that must be there, `None` for any. Asks for the `current` one only when several would do.
    pub(crate) async fn expected<E>(
        self,
        current: impl FnOnce() -> Result<i64, E> + Send + 'static,
    ) -> Result<Option<i64>, E>
    where
        E: From<StoreError> + Send + 'static,
    {
        let revisions = match self {
            Self::Anything => return Ok(None),
            Self::Revisions(revisions) => revisions,
        };
        if let [] | [_] = *revisions {
            return Ok(Some(revisions.first().copied().unwrap_or(NO_REVISION)));
        }
        let current = blocking::run(current).await?;
        Ok(Some(if revisions.contains(&current) { current } else { NO_REVISION }))
    }
}

/// The revision in a tag that we made.
fn revision(tag: &str) -> Option<i64> {
    tag.parse().ok().filter(|revision: &i64| revision.to_string() == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revisions(list: &str) -> Option<Vec<i64>> {
        IfMatch::parse(list).map(|parsed| match parsed {
            IfMatch::Anything => vec![-1],
            IfMatch::Revisions(revisions) => revisions,
        })
    }

    #[test]
    fn a_tag_a_list_of_tags_or_a_star_is_read() {
        let cases: [(&str, &[i64]); 9] = [
            ("*", &[-1]),
            (" * ", &[-1]),
            ("\"7\"", &[7]),
            ("\"7\", \"8\"", &[7, 8]),
            (",\"7\" ,, \"8\",", &[7, 8]),
            ("W/\"7\"", &[]),
            ("\"\"", &[]),
            ("\"07\", \"+7\", \"x\"", &[]),
            ("W/\"7\",\"8\"", &[8]),
        ];
        for (list, expected) in cases {
            assert_eq!(revisions(list).as_deref(), Some(expected), "{list}");
        }
    }

    #[test]
    fn anything_else_is_malformed() {
        let many = vec!["\"1\""; TAGS_MAX + 1].join(",");
        for list in ["", "7", "\"7", "7\"", "\"7\" \"8\"", "*, \"7\"", "w/\"7\"", "\"a b\"", many.as_str()] {
            assert_eq!(IfMatch::parse(list), None, "{list}");
        }
    }
}
