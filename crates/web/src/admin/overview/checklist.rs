//! What to do first, each done when the hub has seen it.

use super::read::Read;
use crate::admin::next::KEYS;
use crate::admin::webhooks;

/// One thing to do.
pub(super) struct Step {
    pub(super) is_done: bool,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) href: String,
}

/// All of them; nothing once all are done.
pub(super) fn checklist(read: &Read) -> Vec<Step> {
    let has_call = read.usage.total.counts.calls() > 0;
    let attempts = |hour: &devhub_domain::webhooks::HourAnswered| hour.answered.successes + hour.answered.failures;
    let has_attempt = read.has_test || read.deliveries.hours.iter().any(|hour| attempts(hour) > 0);
    // Calls are looked for in the time that is shown: who has done the rest has finished, even if that was silent.
    if read.has_keys && read.deliveries.endpoints > 0 && has_attempt {
        return Vec::new();
    }
    let steps = [
        (
            read.has_keys,
            "Create an API key",
            "It is shown once, with the line for .env and a first request.",
            KEYS.to_owned(),
        ),
        (
            has_call,
            "Call the API",
            "With the key, from the first request on its page or the endpoint reference.",
            KEYS.to_owned(),
        ),
        (
            read.deliveries.endpoints > 0,
            "Add a webhook endpoint",
            "The address that is told what happens, and of what.",
            format!("{}/new", webhooks::PATH),
        ),
        (
            has_attempt,
            "Send a test",
            "On the page of the endpoint: you see the whole request and what was answered.",
            webhooks::PATH.to_owned(),
        ),
    ];
    steps.into_iter().map(|(is_done, title, text, href)| Step { is_done, title, text, href }).collect()
}
