//! The configuration: what is in force, where it came from, and what is wrong with it.
//!
//! `config/default.toml` is embedded: it holds every key there is, with its manual. A file, the environment and the command line
//! change it, in this order. Everything is checked at the start and all problems are told at once, so that nobody meets them one
//! by one. This module is the only place that reads the environment.

mod arguments;
mod database;
mod environment;
mod error;
mod fields;
mod keys;
mod layers;
mod limits;
mod listing;
mod log;
mod mail;
mod merchant;
mod metrics;
mod nodes;
mod page_address;
mod security;
mod server;
mod settings;
#[cfg(test)]
mod tests;
mod warnings;
mod webhooks;

pub(crate) use arguments::{ConfigArguments, Override};
pub(crate) use database::DatabaseSettings;
pub(crate) use environment::{backup_passphrase, variables};
pub(crate) use error::ConfigError;
pub(crate) use limits::LimitSettings;
pub(crate) use listing::Line;
pub(crate) use log::{LogFormat, LogSettings};
pub(crate) use page_address::PagesRefuse;
pub(crate) use security::SecuritySettings;
pub(crate) use server::ServerSettings;
pub(crate) use settings::Settings;
pub(crate) use webhooks::WebhookSettings;
