//! `If-None-Match`: which answer the caller has already. *Source:* RFC 9110 §13.1.2.

use actix_web::http::header::{HeaderMap, IF_NONE_MATCH};

/// Whether the caller has the answer with this tag, quotes included.
///
/// Compared weakly, because a proxy that compresses weakens the tag.
pub(crate) fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let is_same = |known: &str| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == tag;
    let mut lines = headers.get_all(IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
    lines.any(|line| line.split(',').any(is_same))
}
