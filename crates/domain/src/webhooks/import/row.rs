//! One endpoint, checked.

use serde_json::{Value, json};

use super::column::EndpointColumn;
use super::refusal::EndpointLineRefusal;
use crate::events::{EventPattern, subscribed, without_repeats};
use crate::import::Fields;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::webhooks::{EVENT_TYPES_MAX, EndpointUrl, FirstStatus, SigningSecret};
use crate::workspaces::{TimeZone, instant_in};

/// Characters of a date, with which every time of a file begins.
const DATE_CHARS: usize = 10;

/// An endpoint of OwnPay that can be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedEndpoint {
    /// Where it stands in its file.
    pub line: u64,
    /// Where requests go; whether the hub accepts it is asked when it is taken over.
    pub url: EndpointUrl,
    /// What signs its requests: the whole text, as its receiver has it.
    pub secret: Secret,
    /// What it wants; not empty.
    pub event_types: Vec<EventPattern>,
    /// Whether it gets anything: what was inactive is paused.
    pub status: FirstStatus,
    /// When OwnPay made it, as the file writes it; `None` where the file does not say.
    pub created_at: Option<String>,
}

impl ImportedEndpoint {
    /// The endpoint as an entry of a JSON file, which reads back as it.
    ///
    /// What it holds is as secret as the file that it came from: for a place where the file could go.
    pub fn to_entry(&self) -> Value {
        json!({
            "url": self.url.as_str(),
            "secret": self.secret.expose(),
            "events": self.event_types.iter().map(EventPattern::as_str).collect::<Vec<_>>(),
            "status": word(self.status),
            "created_at": self.created_at,
        })
    }

    /// Whether requests are signed in both schemes; a secret of another shape than the standard one signs in OwnPay's alone.
    pub fn signs_standard(&self) -> bool {
        SigningSecret::new(self.secret.clone()).is_ok_and(|secret| secret.signs_standard())
    }

    /// What people are told of where it comes from. Its own instant begins with the import: what was accepted here before, it never met.
    pub(in crate::webhooks) fn description(&self) -> String {
        let date: Option<String> = self.created_at.as_ref().map(|at| at.chars().take(DATE_CHARS).collect());
        date.map_or_else(|| "From OwnPay".to_owned(), |date| format!("From OwnPay, made there on {date}"))
    }
}

/// Checks what a file tells of an endpoint.
pub(super) fn check(line: u64, fields: &Fields<EndpointColumn>) -> Result<ImportedEndpoint, EndpointLineRefusal> {
    let secret = Secret::new(fields.require(EndpointColumn::Secret)?);
    SigningSecret::new(secret.clone())?;
    Ok(ImportedEndpoint {
        line,
        url: EndpointUrl::from_stored(fields.require(EndpointColumn::Url)?.trim())?,
        secret,
        event_types: event_types(fields.find(EndpointColumn::Events).unwrap_or_default())?,
        status: status(fields.require(EndpointColumn::Status)?).ok_or(EndpointLineRefusal::Status)?,
        created_at: fields.find(EndpointColumn::CreatedAt).map(time).transpose()?,
    })
}

/// A JSON list, as OwnPay keeps it, or words with commas between, as people write it.
fn event_types(text: &str) -> Result<Vec<EventPattern>, EndpointLineRefusal> {
    let words: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).ok().ok_or(EndpointLineRefusal::Events)?
    } else {
        text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    };
    let patterns: Result<Vec<_>, _> = words.iter().map(|word| subscribed(word.trim())).collect();
    let patterns = without_repeats(patterns.ok().ok_or(EndpointLineRefusal::Events)?);
    match patterns.len() {
        0 => Err(EndpointLineRefusal::EventsEmpty),
        1..=EVENT_TYPES_MAX => Ok(patterns),
        _ => Err(EndpointLineRefusal::Events),
    }
}

fn status(text: &str) -> Option<FirstStatus> {
    FirstStatus::ALL.into_iter().find(|status| word(*status) == text)
}

/// OwnPay's word for it.
const fn word(status: FirstStatus) -> &'static str {
    match status {
        FirstStatus::Active => "active",
        FirstStatus::Paused => "inactive",
    }
}

fn time(text: &str) -> Result<String, EndpointLineRefusal> {
    let is_time = text.parse::<Timestamp>().is_ok() || instant_in(text, &TimeZone::utc()).is_some();
    if is_time { Ok(text.to_owned()) } else { Err(EndpointLineRefusal::Time) }
}
