//! Every path of rate limits but `/limits` itself.

use super::{buckets, networks, overrides, policies};
use crate::request::Path;

pub(in crate::api) fn paths() -> Vec<Path> {
    [policies::paths(), overrides::paths(), networks::paths(), buckets::paths()].into_iter().flatten().collect()
}
