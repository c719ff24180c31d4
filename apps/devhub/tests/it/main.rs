//! The built program, run as a user runs it: what it prints, what it answers, and how it leaves.

mod backup;
mod configuration;
mod demo;
#[cfg(test)]
mod harness;
mod keys;
mod metrics;
mod serving;
