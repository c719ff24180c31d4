//! The one path that a request means, out of the text that it was asked with.
//!
//! *Threat:* a path that is written in another way and slips past the rule that means it, such as `/%65xports`, `//exports` or
//! `/x/../exports`, while what stands behind the door understands it all the same. *Defence:* a path is decoded once, as whatever routes
//! does, and what two readers may read in two ways is refused: an encoded slash, a backslash, a fragment, `.` and `..`. These are not
//! removed, because frameworks route by them as they stand while proxies remove them, and a rule would be missed at one of both; clients
//! remove them before they send. *Not defended:* a service that decodes twice, takes `;` for the end of a segment, or tells no case of
//! letters apart.
//! *Source:* RFC 3986 §2.4, §5.2.4, §6.2.2.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Why nobody knows which path is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path of this request can be read in two ways: send it without {0}")]
pub struct PathError(&'static str);

impl PathError {
    /// A stable word for answers, logs and metrics.
    pub const CODE: &'static str = "path_ambiguous";
}

/// The path that is meant by one that stands in a request, without its query string; empty segments become none.
///
/// What is no UTF-8 becomes U+FFFD, which no rule names.
///
/// # Errors
/// [`PathError`] when it can be read in two ways, or holds `%` without two hexadecimal digits.
pub fn decoded_path(path: &str) -> Result<Cow<'_, str>, PathError> {
    let is_escape =
        |after: &str| after.as_bytes().first_chunk::<2>().is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if !path.split('%').skip(1).all(is_escape) {
        return Err(PathError("a % that two hexadecimal digits do not follow"));
    }
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    // What is decoded may hold `#`; what is not must not, since it would end the path.
    if path.contains('#') {
        return Err(PathError("a fragment"));
    }
    let slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
    if slashes(&decoded) != slashes(path) || decoded.contains('\\') {
        return Err(PathError("an encoded slash or a backslash"));
    }
    if decoded.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(PathError("the segments . and .."));
    }
    if !decoded.contains("//") {
        return Ok(decoded);
    }
    let mut single = String::with_capacity(decoded.len());
    for character in decoded.chars() {
        if character != '/' || !single.ends_with('/') {
            single.push(character);
        }
    }
    Ok(Cow::Owned(single))
}

/// What one segment of a path means, out of the text that stands between two slashes: each `%` and its two digits decoded once.
///
/// A `+` stays one, since it stands for a space in forms alone; a `%` that no digits follow stays as it is; what is no UTF-8 becomes
/// U+FFFD. May hold `/`, which was encoded. *Source:* RFC 3986 §2.4.
pub fn decoded_segment(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_that_is_written_in_another_way_is_the_same_path() {
        for (written, meant) in [
            ("/exports", "/exports"),
            ("/exports/", "/exports/"),
            ("/%65xports", "/exports"),
            ("/%65%78%70%6F%72%74%73", "/exports"),
            ("//exports", "/exports"),
            ("/a///b//", "/a/b/"),
            ("/%2565xports", "/%65xports"),
            ("/a%3Fb%23c", "/a?b#c"),
            ("/...", "/..."),
            ("/.well-known", "/.well-known"),
            ("/%C3%A4", "/ä"),
            ("/%FF", "/\u{fffd}"),
            ("", ""),
        ] {
            assert_eq!(decoded_path(written).as_deref(), Ok(meant), "{written}");
        }
    }

    #[test]
    fn what_two_readers_read_in_two_ways_is_refused() {
        for written in [
            "/x/../exports",
            "/x/%2e%2E/exports",
            "/x/.%2e/exports",
            "/./exports",
            "/exports/..",
            "/exports/.",
            "/x%2Fexports",
            "/x%2fexports",
            "/x\\exports",
            "/x%5Cexports",
            "/exports#x",
            "/exports%",
            "/exports%6",
            "/exports%6g",
            "/exports%+6",
        ] {
            assert!(decoded_path(written).is_err(), "{written}");
        }
    }

    proptest! {
        #[test]
        fn a_path_is_found_however_its_characters_are_encoded(path in "(/[a-z0-9~_-]{1,9}){1,4}", encoded: u64) {
            let written: String = path
                .char_indices()
                .map(|(at, character)| match character {
                    '/' => "/".to_owned(),
                    _ if encoded >> (at % 64) & 1 == 1 => format!("%{:02x}", u32::from(character)),
                    _ => character.to_string(),
                })
                .collect();
            prop_assert_eq!(decoded_path(&written).unwrap().into_owned(), path);
        }

        #[test]
        fn nothing_makes_it_panic(path in ".{0,60}") {
            drop(decoded_path(&path));
        }
    }
}
