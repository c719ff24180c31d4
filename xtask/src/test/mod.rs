//! `cargo xtask test`: everything that must hold before a change goes in, in one command, here and on the server.

mod checks;
mod run;
#[cfg(test)]
mod scratch;
mod steps;

pub(crate) use run::command;
#[cfg(test)]
pub(crate) use scratch::Scratch;
