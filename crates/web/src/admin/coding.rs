//! In which coding somebody takes a file.
//!
//! *Source:* RFC 9110 §12.5.3. actix's own negotiation takes the first of those that a caller takes equally well, and browsers name gzip
//! first.

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};

/// How the bytes of an answer are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

/// The smallest first: which one is sent to whoever takes several equally well.
const ORDER: [Coding; 3] = [Coding::Brotli, Coding::Gzip, Coding::Identity];

/// Most codings that are read of a header; there are some ten names in all.
const CODINGS_READ_MAX: usize = 32;

impl Coding {
    /// The word in headers; `None` where nothing is to be said.
    pub(super) const fn token(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    const fn word(self) -> &'static str {
        match self.token() {
            Some(token) => token,
            None => "identity",
        }
    }
}

/// The coding that a caller takes best of those that there are. Whoever says nothing may be a tool that can read none; whoever takes
/// nothing at all is sent the file as it is, which is of more use than an error.
pub(super) fn chosen(headers: &HeaderMap, is_there: impl Fn(Coding) -> bool) -> Coding {
    let accepted = headers.get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let accepted: Vec<(&str, u16)> =
        accepted.flat_map(|line| line.split(',')).take(CODINGS_READ_MAX).filter_map(parse).collect();
    let mut best = (Coding::Identity, 0);
    for coding in ORDER.into_iter().filter(|coding| is_there(*coding)) {
        let quality = quality(&accepted, coding);
        if quality > best.1 {
            best = (coding, quality);
        }
    }
    best.0
}

/// How well a coding is taken, in thousandths. One that is not named is taken as `*` says; the file as it is only when it is named, so
/// that whatever is named is wanted more.
fn quality(accepted: &[(&str, u16)], coding: Coding) -> u16 {
    let named = |word: &str| {
        let found = accepted.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        found.map(|(_, quality)| *quality)
    };
    let others = || named("*").filter(|_| coding != Coding::Identity);
    named(coding.word()).or_else(others).unwrap_or_default()
}

/// A coding and its quality, such as `br;q=0.8`; `None` for what cannot be read.
fn parse(element: &str) -> Option<(&str, u16)> {
    let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
    let name = name.trim();
    let quality = match parameters.trim().split_once('=') {
        None if parameters.trim().is_empty() => 1_000,
        Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => thousandths(value.trim())?,
        _ => return None,
    };
    (!name.is_empty()).then_some((name, quality))
}

/// `0` to `1` with at most three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_written_so = matches!(whole, "0" | "1") && rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let value: u16 = is_written_so.then(|| format!("{whole}{rest:0<3}").parse().ok()).flatten()?;
    (value <= 1_000).then_some(value)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn of(lines: &[&str]) -> Coding {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap());
        }
        chosen(&headers, |_| true)
    }

    #[test]
    fn the_best_is_chosen_and_of_equals_the_smallest() {
        let cases = [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("GZIP", Coding::Gzip),
            ("br;q=0.5, gzip;q=0.501", Coding::Gzip),
            ("br ; Q = 1.000 , gzip", Coding::Brotli),
            ("*", Coding::Brotli),
            ("br;q=0, *;q=0.1", Coding::Gzip),
            ("identity;q=0.5, br;q=0.4", Coding::Identity),
            ("deflate", Coding::Identity),
            ("gzip;q=0.001", Coding::Gzip),
            ("", Coding::Identity),
        ];
        for (accepted, expected) in cases {
            assert_eq!(of(&[accepted]), expected, "{accepted}");
        }
        assert_eq!(of(&["deflate", "br"]), Coding::Brotli);
        assert_eq!(of(&[]), Coding::Identity);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        for accepted in ["br;q=2", "br;q=0.1234", "br;q=-1", "br;q=", "br;level=9", ";q=1", "br;q=1.5", "br;q=ö"] {
            assert_eq!(of(&[accepted]), Coding::Identity, "{accepted}");
        }
        assert_eq!(of(&["br;q=x, gzip"]), Coding::Gzip);
    }

    #[test]
    fn what_is_not_there_is_not_chosen() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("br, gzip;q=0.1"));
        assert_eq!(chosen(&headers, |coding| coding != Coding::Brotli), Coding::Gzip);
    }
}
