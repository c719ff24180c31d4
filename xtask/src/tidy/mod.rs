//! `cargo xtask tidy`: the rules of the tree that neither rustc nor clippy knows.
//!
//! Each rule is a function from the files of the tree to complaints, one line each, that say what to change.

mod check;
mod links;
mod migrations;
mod rust_files;
mod slices;
mod source;
mod tree;

pub(crate) use check::command;
