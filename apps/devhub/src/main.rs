//! `devhub`: a self-hosted Developer Hub in one program.
//!
//! This crate reads the configuration, opens the database, wires the use cases of the domain to their adapters, and is the command
//! line. It decides nothing: rules are in `devhub-domain`, HTTP is in `devhub-web`, SQL in `devhub-storage`, sending in
//! `devhub-delivery`.

mod audit;
mod backup;
mod check;
mod cli;
mod config;
mod connections;
mod control;
mod database_name;
mod deliveries;
mod demo;
mod endpoints;
mod explain;
mod hub;
mod import;
mod imports;
mod jobs;
mod key_events;
mod keys;
mod listen;
mod master_key;
mod merchant;
mod metrics;
mod migrate;
mod nodes;
mod opened;
mod operators;
mod password_input;
mod places;
mod private_file;
mod program;
mod readiness;
mod restored;
mod retention;
mod rules;
mod sandbox;
mod secret_line;
mod serve;
mod shown_mail;
mod shown_node;
mod state_folder;
mod store;
mod telemetry;
mod terminal;
mod tls;
mod upkeep;
mod usage;
mod wire;
mod workspaces;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
