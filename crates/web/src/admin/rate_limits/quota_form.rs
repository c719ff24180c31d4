//! How much somebody has, as a form takes it: requests, window, burst.

use std::num::NonZeroU32;
use std::time::Duration;

use devhub_domain::rate::{Quota, QuotaError};

use crate::admin::components::Field;
use crate::admin::fields::Fields;
use crate::admin::form_errors::Wrong;
use crate::admin::sentence::sentence;

/// Longest number that anybody means.
const DIGITS_MAX: usize = 10;

/// A quota as it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct TypedQuota {
    limit: String,
    window: String,
    burst: String,
}

/// The fields that it is typed into.
pub(super) struct QuotaFields {
    pub(super) limit: Field,
    pub(super) window: Field,
    pub(super) burst: Field,
}

impl TypedQuota {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self { limit: text("limit"), window: text("window_s"), burst: text("burst") }
    }

    /// A quota as a form shows it.
    pub(super) fn from_quota(quota: &Quota) -> Self {
        Self {
            limit: quota.limit().to_string(),
            window: quota.window().as_secs().to_string(),
            burst: quota.burst().to_string(),
        }
    }

    /// The quota, or what is wrong with it.
    pub(super) fn check(&self, wrong: &mut Vec<Wrong>) -> Option<Quota> {
        let limit = number("limit", &self.limit, wrong);
        let window = number("window_s", &self.window, wrong);
        // Nothing is as much as the limit: what most people mean.
        let burst = if self.burst.is_empty() { limit } else { number("burst", &self.burst, wrong) };
        let (limit, window, burst) = (limit?, window?, burst?);
        let quota = Quota::new(limit, Duration::from_secs(window.get().into()));
        quota.and_then(|quota| quota.with_burst(burst)).map_err(|error| wrong.push(told(error))).ok()
    }

    pub(super) fn fields(&self) -> QuotaFields {
        let field = |name, label: &str, value: &str, help: &str| Field {
            name,
            label: label.to_owned(),
            value: value.to_owned(),
            help: Some(help.to_owned()),
            is_required: true,
            max_length: Some(DIGITS_MAX),
            ..Field::default()
        };
        let burst = field(
            "burst",
            "Burst",
            &self.burst,
            "Requests that pass at once after a pause; as many as above when left out.",
        );
        QuotaFields {
            limit: field("limit", "Requests", &self.limit, "How many in one window."),
            window: field(
                "window_s",
                "Window in seconds",
                &self.window,
                "60 is a minute, 3600 an hour, 86400 a day, which is the longest.",
            ),
            burst: Field { is_required: false, ..burst },
        }
    }
}

fn told(error: QuotaError) -> Wrong {
    match error {
        QuotaError::Window { .. } => ("window_s", "Window must be 1 to 86400 seconds.".to_owned()),
        QuotaError::Burst { .. } => ("burst", sentence(&error.to_string())),
    }
}

/// A number above zero, or what is wrong with it.
pub(super) fn number(name: &'static str, text: &str, wrong: &mut Vec<Wrong>) -> Option<NonZeroU32> {
    let number = text.parse().ok();
    if number.is_none() {
        wrong.push((name, "Enter a whole number, at least 1, without spaces or commas.".to_owned()));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(limit: &str, window: &str, burst: &str) -> Result<(u32, u64, u32), Vec<&'static str>> {
        let [limit, window, burst] = [limit, window, burst].map(str::to_owned);
        let mut wrong = Vec::new();
        let quota = TypedQuota { limit, window, burst }.check(&mut wrong);
        let fields = wrong.into_iter().map(|(field, _)| field).collect();
        quota.map(|quota| (quota.limit().get(), quota.window().as_secs(), quota.burst().get())).ok_or(fields)
    }

    #[test]
    fn a_burst_that_is_left_out_is_the_limit() {
        assert_eq!(checked("100", "60", ""), Ok((100, 60, 100)));
        assert_eq!(checked("100", "60", "20"), Ok((100, 60, 20)));
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        assert_eq!(checked("0", "x", "-1"), Err(vec!["limit", "window_s", "burst"]));
        assert_eq!(checked("1,000", "86401", ""), Err(vec!["limit"]));
        assert_eq!(checked("1", "86401", ""), Err(vec!["window_s"]));
        assert_eq!(checked("1", "86400", "4294967295"), Err(vec!["burst"]));
    }
}
