//! The pages for people: signing in, API keys, the account, the workspace.
//!
//! A handler takes [`signed::Signed`] or [`signed::Submitted`] (a form of whoever is signed in), or [`guest::Guest`] or
//! [`guest::GuestForm`], calls one use case, and answers through its [`visit::Visit`]: with a page, which is a struct of texts that are
//! ready to be shown, or by sending the browser on. What fails is a [`crate::Problem`], as in the API, and is drawn as a page.

mod about;
mod account;
mod api_keys;
pub(crate) mod assets;
mod audit;
mod browser;
mod coding;
pub(crate) mod components;
mod confirm;
mod confirm_password;
mod connection;
mod cookies;
mod csrf;
mod deliveries;
mod event_types;
mod fields;
mod form_errors;
mod form_id;
mod gateways;
mod grouped;
mod guard;
mod guest;
mod headers;
mod hub_tabs;
mod kept_for;
mod key_names;
mod long_form;
mod menu;
mod moments;
mod next;
mod notice;
mod overview;
mod pages;
mod problem;
mod rate_limits;
mod reference;
mod resends;
mod routes;
mod second_factor;
mod second_factor_change;
mod sentence;
mod settings;
mod setup;
mod sign_in;
mod sign_in_code;
mod sign_in_page;
mod signed;
mod span;
mod switch;
mod turns;
mod uploaded;
mod visit;
mod webhooks;
mod workspace;
mod workspace_form;

pub use about::NodeFacts;
pub(crate) use connection::own_address;
pub(crate) use fields::Fields;
pub(crate) use headers::https_only;
pub use pages::{Pages, People};
pub(crate) use problem::problem_page;
pub(crate) use routes::{root, routes};
pub use settings::MailSettings;
pub(crate) use turns::Turns;
