//! `cargo xtask bench`: cost and speed, as ratios against a limit or a peer in the same run.

mod aims;
mod answer;
mod domain;
mod http;
mod hub;
mod keys;
mod latency;
mod limits;
mod load;
mod measure;
mod pages;
mod pages_behind;
mod publish;
mod report;
mod sandbox;
mod start;
mod suites;
mod webhook_stage;
mod webhooks;

pub(crate) use suites::command;
