//! The settings: what they are side by side, and who administers the hub.

mod operator_changes;
mod operator_form;
mod operator_password;
mod operators;
mod paths;
mod tabs;

#[cfg(test)]
pub(super) use operator_form::OperatorFormPage;
#[cfg(test)]
pub(super) use operator_password::OperatorPasswordPage;
#[cfg(test)]
pub(super) use operators::OperatorsPage;
pub(super) use paths::paths;
pub(super) use tabs::{SettingsTab, tabs};
