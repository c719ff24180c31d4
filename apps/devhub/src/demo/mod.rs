//! `devhub demo`: the whole story in a temporary folder, over real HTTP, with every request and answer on the terminal.

mod caller;
mod receiver;
mod run;
mod screen;
mod story;

pub(crate) use run::demo;
