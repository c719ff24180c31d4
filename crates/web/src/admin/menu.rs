//! The menu: which pages there are, and where one is.

use devhub_sandbox::Sandbox;

use super::components::{NavItem, NavSection};
use super::gateways;
use super::next::{HOME, KEYS};

/// A page of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    DeveloperHub,
    Gateways,
    Audit,
    Settings,
    Account,
}

/// The sections of the menu, as they stand on the page of `current`. Those of the sandbox are there where it is on.
pub(super) fn sections(current: Place, sandbox: Option<&Sandbox>) -> Vec<NavSection> {
    let item = |place, label: &str, href: &str| NavItem {
        label: label.to_owned(),
        href: href.to_owned(),
        is_current: place == current,
    };
    let gateways = sandbox.map(|_| item(Place::Gateways, "Payment gateways", gateways::PATH));
    let overview = item(Place::Overview, "Overview", HOME);
    let hub = item(Place::DeveloperHub, "Developer Hub", KEYS);
    vec![
        NavSection { label: "Developers".to_owned(), items: [overview, hub].into_iter().chain(gateways).collect() },
        NavSection { label: "Security".to_owned(), items: vec![item(Place::Audit, "Audit log", "/admin/audit")] },
        NavSection {
            label: "Settings".to_owned(),
            items: vec![
                item(Place::Settings, "Settings", "/admin/workspace"),
                item(Place::Account, "Your account", "/admin/account"),
            ],
        },
    ]
}
