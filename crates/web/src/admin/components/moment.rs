//! A moment, in the time of the workspace, with UTC at hand.

use askama::Template;
use askama::filters::HtmlSafe;

/// A moment.
#[derive(Clone, Debug, Template)]
#[template(path = "components/moment.html")]
pub(crate) struct Moment {
    /// As machines read it: `2026-11-29T15:51:33Z`.
    pub(crate) iso_utc: String,
    /// As people of the workspace read it: `2026-11-29 21:51`.
    pub(crate) shown: String,
    /// As a log says it, to compare with one: `2026-11-29 15:51:33 UTC`.
    pub(crate) utc: String,
}

impl HtmlSafe for Moment {}

#[cfg(test)]
impl super::Sample for Moment {
    const TEMPLATE: &'static str = "components/moment.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            iso_utc: "2026-11-29T15:51:33Z".to_owned(),
            shown: "2026-11-29 21:51".to_owned(),
            utc: "2026-11-29 15:51:33 UTC".to_owned(),
        }]
    }
}
