//! The tab of webhooks: endpoints, and what is done with them.

mod attempt;
mod catalog;
mod check_url;
mod create;
mod curl;
mod edit;
mod endpoint;
mod form;
mod health;
mod list;
mod paths;
mod picker;
mod rotate;
mod routes;
mod secret_page;
mod secrets;
mod settings;
mod snippets;
mod status;
mod test_send;
mod timing_bar;
mod words;

pub(super) use attempt::AttemptView;
pub(super) use create::{create, show_new};
pub(super) use edit::{edit, show_edit};
pub(super) use endpoint::show as show_endpoint;
pub(super) use list::show as show_list;
pub(super) use paths::{PATH, page_of};
pub(super) use picker::group_of;
pub(super) use rotate::{rotate, show_rotate};
pub(super) use routes::paths;
pub(super) use secrets::{ask as ask_secret, change as change_secret, changes as secret_changes};
pub(super) use status::{ask, change, changes};
pub(super) use test_send::{show_test, test};
pub(super) use words::{disabled_note, health_badge, health_note, result_badge, short_address, status_badge, took_ms};

#[cfg(test)]
pub(super) use endpoint::EndpointPage;
#[cfg(test)]
pub(super) use form::FormPage;
#[cfg(test)]
pub(super) use list::ListPage;
#[cfg(test)]
pub(super) use picker::EventPicker;
#[cfg(test)]
pub(super) use rotate::RotatePage;
#[cfg(test)]
pub(super) use secret_page::SecretPage;
#[cfg(test)]
pub(super) use snippets::Snippets;
#[cfg(test)]
pub(super) use test_send::TestPage;
