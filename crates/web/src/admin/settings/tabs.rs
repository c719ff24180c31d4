//! The parts of the settings, side by side.

use super::paths::{GENERAL, MAIL, OPERATORS, RETENTION, WORKSPACES};
use crate::admin::components::{Tab, Tabs};

/// A part of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum SettingsTab {
    General,
    Operators,
    Workspaces,
    Mail,
    Retention,
}

/// All of them, as they stand on the page of `current`.
pub(in crate::admin) fn tabs(current: SettingsTab) -> Tabs {
    let tab = |tab, label: &str, href: &str| Tab {
        label: label.to_owned(),
        href: href.to_owned(),
        is_current: tab == current,
    };
    let items = vec![
        tab(SettingsTab::General, "General", GENERAL),
        tab(SettingsTab::Operators, "Operators", OPERATORS),
        tab(SettingsTab::Workspaces, "Workspaces", WORKSPACES),
        tab(SettingsTab::Mail, "Mail", MAIL),
        tab(SettingsTab::Retention, "Retention", RETENTION),
    ];
    Tabs { label: "Settings".to_owned(), items }
}
