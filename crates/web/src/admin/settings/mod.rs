//! The settings: what they are side by side, who administers the hub, how mail leaves it, and how long what is kept.

mod mail;
mod mail_settings;
mod operator_changes;
mod operator_form;
mod operator_password;
mod operators;
mod paths;
mod retention;
mod second_factors;
mod tabs;
mod workspaces;

#[cfg(test)]
pub(super) use mail::MailPage;
pub(super) use mail_settings::Mail;
pub use mail_settings::MailSettings;
#[cfg(test)]
pub(super) use operator_form::OperatorFormPage;
#[cfg(test)]
pub(super) use operator_password::OperatorPasswordPage;
#[cfg(test)]
pub(super) use operators::OperatorsPage;
pub(super) use paths::paths;
#[cfg(test)]
pub(super) use retention::RetentionPage;
pub(super) use tabs::{SettingsTab, tabs};
#[cfg(test)]
pub(super) use workspaces::WorkspacesPage;
