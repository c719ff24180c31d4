//! The parts of the Developer Hub, side by side.

use super::components::{Tab, Tabs};
use super::{deliveries, next, rate_limits, reference, webhooks};

/// A part of the Developer Hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HubTab {
    Keys,
    Reference,
    Webhooks,
    Deliveries,
    RateLimits,
}

/// All of them, as they stand on the page of `current`.
pub(super) fn tabs(current: HubTab) -> Tabs {
    let tab = |tab, label: &str, href: &str| Tab {
        label: label.to_owned(),
        href: href.to_owned(),
        is_current: tab == current,
    };
    let items = vec![
        tab(HubTab::Keys, "API Keys", next::KEYS),
        tab(HubTab::Reference, "Endpoint Reference", reference::PATH),
        tab(HubTab::Webhooks, "Webhooks", webhooks::PATH),
        tab(HubTab::Deliveries, "Deliveries", deliveries::PATH),
        tab(HubTab::RateLimits, "Rate Limits", rate_limits::PATH),
    ];
    Tabs { label: "Developer Hub".to_owned(), items }
}
