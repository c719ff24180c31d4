//! Addresses that come before those with placeholders.

use super::check_url;
use super::paths::CHECK;
use crate::request::{Path, post};

/// Addresses that come before those with placeholders.
pub(in crate::admin) fn paths() -> Vec<Path> {
    vec![Path::below("/admin", CHECK, "POST").route(post().to(check_url::check))]
}
