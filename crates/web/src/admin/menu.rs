//! The menu: which pages there are, and where one is.

use super::components::{NavItem, NavSection};

/// A page of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    DeveloperHub,
    Workspace,
    Account,
}

/// The sections of the menu, as they stand on the page of `current`.
pub(super) fn sections(current: Place) -> Vec<NavSection> {
    let item = |place, label: &str, href: &str| NavItem {
        label: label.to_owned(),
        href: href.to_owned(),
        is_current: place == current,
    };
    vec![
        NavSection {
            label: "Developers".to_owned(),
            items: vec![item(Place::DeveloperHub, "Developer Hub", "/admin/developer/api-keys")],
        },
        NavSection {
            label: "Settings".to_owned(),
            items: vec![
                item(Place::Workspace, "Workspace", "/admin/workspace"),
                item(Place::Account, "Your account", "/admin/account"),
            ],
        },
    ]
}
