//! Addresses that come before those with placeholders.

use super::check_url;
use crate::request::{Path, post};

/// Addresses that come before those with placeholders.
pub(in crate::admin) fn paths() -> Vec<Path> {
    vec![Path::below("/admin", "/admin/developer/webhooks/check-url", "POST").route(post().to(check_url::check))]
}
