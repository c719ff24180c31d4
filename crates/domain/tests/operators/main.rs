//! The use cases of operators on the memory store: manage, sign in, change the password, sessions, setup, and the settings of a workspace.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit_log;
mod change_password;
mod first_owner;
mod hub;
mod manage;
mod memberships;
mod second_factor;
mod sessions;
mod settings;
mod sign_in;
mod workspaces;
