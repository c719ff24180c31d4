//! Backup and restore: one encrypted file that holds the database and the master key.

mod archive;
mod create;
mod error;
mod header;
mod restore;

pub(crate) use create::{backup, read_passphrase};
pub(crate) use restore::restore;
