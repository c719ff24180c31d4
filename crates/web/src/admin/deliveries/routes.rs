//! Addresses that come before those with placeholders.

use super::tail;
use crate::request::{Path, get};

/// Addresses that come before those with placeholders.
pub(in crate::admin) fn paths() -> Vec<Path> {
    vec![Path::below("/admin", tail::PATH, "GET").route(get().to(tail::show))]
}
