//! Names and values of one thing.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Badge, Moment};

/// A list of facts. On a narrow screen each value stands below its name.
#[derive(Template)]
#[template(path = "components/facts.html")]
pub(crate) struct Facts {
    /// The facts, in order.
    pub(crate) items: Vec<Fact>,
}

/// One of them.
pub(crate) struct Fact {
    /// What it is.
    pub(crate) name: String,
    /// What it says.
    pub(crate) value: FactValue,
}

/// What a fact says.
pub(crate) enum FactValue {
    /// Any text.
    Text(String),
    /// What machines read.
    Code(String),
    /// Badges side by side.
    Badges(Vec<Badge>),
    /// A state, and why it is so; empty when that needs no words.
    Noted {
        /// The state.
        badge: Badge,
        /// Why.
        note: String,
    },
    /// A moment.
    Moment(Moment),
    /// Another page of ours.
    Link {
        /// Where it leads.
        href: String,
        /// What it says.
        text: String,
    },
}

impl Fact {
    /// A fact that is any text.
    pub(crate) fn text(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, FactValue::Text(text.into()))
    }

    /// A fact.
    pub(crate) fn new(name: &str, value: FactValue) -> Self {
        Self { name: name.to_owned(), value }
    }
}

impl HtmlSafe for Facts {}

#[cfg(test)]
impl super::Sample for Facts {
    const TEMPLATE: &'static str = "components/facts.html";

    fn samples() -> Vec<Self> {
        use super::Tone;

        let badge = |text: &str| Badge { tone: Tone::Warn, text: text.to_owned() };
        let items = vec![
            Fact::text("Timeout", "10 s & <b>no</b> more"),
            Fact::new("Event", FactValue::Code("evt_06b6rk0004s4g1s0d5ju9o6m0k".to_owned())),
            Fact::new("Events", FactValue::Badges(vec![badge("payment.*"), badge("refund.created")])),
            Fact::new("Status", FactValue::Noted { badge: badge("Disabled"), note: "It is gone.".to_owned() }),
            Fact::new("Health", FactValue::Noted { badge: badge("Healthy"), note: String::new() }),
            Fact::new("Created", FactValue::Moment(Moment::samples().remove(0))),
            Fact::new("Page", FactValue::Link { href: "/admin".to_owned(), text: "The <b>hub</b>".to_owned() }),
        ];
        vec![Self { items }]
    }
}
