//! `cargo xtask deps`: which crate may depend on which, what may come from outside and where, and where versions stand.
//!
//! The rules are data in [`table`]; everything else reads `cargo metadata` and compares.

mod check;
mod graph;
mod manifest;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use check::command;
