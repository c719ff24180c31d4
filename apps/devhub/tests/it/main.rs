//! The built program, run as a user runs it: what it prints, what it answers, and how it leaves.

mod backup;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod client;
mod configuration;
mod demo;
mod endpoint_import;
mod endpoints;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod https;
mod imports;
#[cfg(test)]
mod key_usage;
mod keys;
#[cfg(test)]
mod loops;
mod metrics;
mod operators;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod restored;
mod serving;
#[cfg(test)]
mod test_sends;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod workspaces;
