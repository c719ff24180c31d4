//! What a request to OwnPay's API says: its path, its parameters, its body, its name.
//!
//! Clients differ in what they send where nothing is to be said: no body at all, with the content type of JSON, or `[]`. Fields that
//! nobody knows come with every plugin. *Source:* wire contract, rules 7 to 9, §2.12.

use std::borrow::Cow;

use devhub_domain::guard::decoded_segment;
use devhub_domain::idempotency::{Fingerprint, IdempotencyKey};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::{Code, Complaints, Failure};
use crate::request::{Demand, Incoming, parse};
use crate::services::WebLimits;

/// Longest name of a request. *Source:* wire contract §2.12.
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 64;

/// Items of a page when nobody says how many, and the most that there are. *Source:* wire contract §2.1.
const PER_PAGE_DEFAULT: u64 = 25;
const PER_PAGE_MAX: u64 = 100;

/// Reads a POST: its name, and its body, which is an object where there is one.
pub(crate) async fn demand(incoming: Incoming, limits: WebLimits) -> Result<Demand, Failure> {
    let name = name(&incoming)?;
    let operation = format!("{} {}", incoming.request().method(), target(&incoming));
    let body = incoming.json_or_nothing(limits).await?;
    let named = name.map(|key| (key, Fingerprint::of(&operation, &body)));
    Ok(Demand { named, body })
}

/// The body as a value: what says nothing says what `{}` says.
pub(crate) fn fields<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    let says_nothing = matches!(body.trim_ascii(), b"" | b"[]");
    Ok(parse(if says_nothing { b"{}" } else { body })?)
}

/// The last part of the path, decoded once. A `+` stays one.
pub(crate) fn last_segment(incoming: &Incoming) -> String {
    let path = incoming.request().path().trim_end_matches('/');
    decoded_segment(path.rsplit('/').next().unwrap_or_default()).into_owned()
}

/// Two spellings of one path are one operation.
fn target(incoming: &Incoming) -> String {
    let uri = incoming.request().uri();
    let path = uri.path().trim_end_matches('/');
    uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

fn name(incoming: &Incoming) -> Result<Option<IdempotencyKey>, Failure> {
    let Some(text) = incoming.idempotency_key() else {
        return Ok(None);
    };
    let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let is_name = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len()) && text.as_bytes().iter().all(fits);
    match text.parse() {
        Ok(key) if is_name => Ok(Some(key)),
        _ => {
            let message = "Idempotency-Key must be 1 to 64 letters, digits, _ and -, such as a UUID, and stand once";
            Err(Failure::at(Code::InvalidIdempotencyKey, "Idempotency-Key", message))
        }
    }
}

/// The parameters of a list. Those that nobody knows are passed over, of one that stands twice the last counts, as in PHP.
pub(crate) struct Query<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Query<'r> {
    /// Those of a request.
    pub(crate) fn of(incoming: &'r Incoming) -> Self {
        Self(form_urlencoded::parse(incoming.request().query_string().as_bytes()).collect())
    }

    /// The value of a parameter; `None` when it is absent or empty.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|(known, _)| known == name);
        last.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// The one of these that a parameter names; `None` when it is absent, or names none, which is complained about.
    pub(crate) fn word<T>(
        &self,
        name: &'static str,
        known: impl Iterator<Item = (&'static str, T)> + Clone,
        complaints: &mut Complaints,
    ) -> Option<T> {
        let wanted = self.find(name)?;
        let found = known.clone().find(|(word, _)| *word == wanted).map(|(_, value)| value);
        if found.is_none() {
            let words: Vec<_> = known.map(|(word, _)| word).collect();
            complaints.add(Code::ValidationFailed, name, format!("{name} must be one of {}", words.join(", ")));
        }
        found
    }

    /// Which page is asked for, and how many items it has at most: numbers out of range become the nearest one in it.
    pub(crate) fn page(&self, complaints: &mut Complaints) -> (u64, u64) {
        let page = self.number("page", complaints).unwrap_or(1);
        let per_page = self.number("per_page", complaints).unwrap_or(PER_PAGE_DEFAULT);
        (page.max(1), per_page.clamp(1, PER_PAGE_MAX))
    }

    fn number(&self, name: &'static str, complaints: &mut Complaints) -> Option<u64> {
        let text = self.find(name)?;
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            complaints.add(Code::ValidationFailed, name, format!("{name} must be a whole number"));
            return None;
        }
        if text.starts_with('-') { Some(0) } else { Some(digits.parse().unwrap_or(u64::MAX)) }
    }
}

/// The text of a field; `None` when it is absent or null, which are one, or of another kind, which is complained about.
pub(crate) fn text(
    field: &'static str,
    value: Option<&RawValue>,
    code: Code,
    complaints: &mut Complaints,
) -> Option<String> {
    let text = serde_json::from_str(value?.get()).ok();
    if text.is_none() {
        complaints.add(code, field, format!("{field} must be a text"));
    }
    text
}

/// The same of a field that may be a number too, whose digits are its text: never one that went through a float.
pub(crate) fn text_or_number(
    field: &'static str,
    value: Option<&RawValue>,
    code: Code,
    complaints: &mut Complaints,
) -> Option<String> {
    let raw = value?.get();
    if is_number(raw) {
        return Some(raw.to_owned());
    }
    let text = serde_json::from_str(raw).ok();
    if text.is_none() {
        complaints.add(code, field, format!("{field} must be a text or a number"));
    }
    text
}

/// The same of a field whose text is digits first of all: a number that is written with a point or an exponent has others than it means.
pub(crate) fn text_or_digits(
    field: &'static str,
    value: Option<&RawValue>,
    code: Code,
    complaints: &mut Complaints,
) -> Option<String> {
    let raw = value?.get();
    if is_number(raw) && !raw.bytes().all(|b| b.is_ascii_digit()) {
        complaints.add(code, field, format!("{field} must be a text or a whole number, written in digits alone"));
        return None;
    }
    text_or_number(field, value, code, complaints)
}

fn is_number(raw: &str) -> bool {
    raw.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample<'a> {
        #[serde(borrow, default)]
        amount: Option<&'a RawValue>,
    }

    fn amount(body: &str) -> Option<String> {
        let sample: Sample<'_> = fields(body.as_bytes()).unwrap_or(Sample { amount: None });
        text_or_number("amount", sample.amount, Code::InvalidAmount, &mut Complaints::default())
    }

    #[test]
    fn a_body_that_says_nothing_says_what_an_empty_object_says() {
        for body in ["", " ", "[]", "{}", "{\"logo_url\":1}"] {
            assert!(fields::<Sample<'_>>(body.as_bytes()).is_ok(), "{body}");
        }
        for body in ["[1]", "1", "\"a\"", "null", "{"] {
            assert!(fields::<Sample<'_>>(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_number_is_the_digits_that_were_sent() {
        let rows = [("10.10", "10.10"), ("0.1", "0.1"), ("1e3", "1e3"), ("\"7\"", "7"), ("-1", "-1")];
        for (sent, expected) in rows {
            assert_eq!(amount(&format!("{{\"amount\":{sent}}}")).as_deref(), Some(expected), "{sent}");
        }
        assert_eq!(amount("{\"amount\":0.30000000000000004441}").as_deref(), Some("0.30000000000000004441"));
    }

    #[test]
    fn what_is_neither_text_nor_number_is_none() {
        for sent in ["null", "true", "[]", "{}"] {
            assert_eq!(amount(&format!("{{\"amount\":{sent}}}")), None, "{sent}");
        }
    }
}
