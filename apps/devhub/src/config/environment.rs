//! The environment: the only file that reads it.

use std::collections::HashMap;

use devhub_domain::secret::Secret;

/// What every variable of the configuration starts with.
const PREFIX: &str = "DEVHUB__";
/// Holds the passphrase of backups; not a key of the configuration, because the hub itself never needs it.
const PASSPHRASE: &str = "DEVHUB_BACKUP_PASSPHRASE";

/// The variables that set keys. A value that is not UTF-8 is taken with its bad bytes replaced and fails its key's own check.
pub(crate) fn variables() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

/// The passphrase of backups, when the environment holds one.
pub(crate) fn backup_passphrase() -> Option<Secret> {
    std::env::var_os(PASSPHRASE).and_then(|value| value.into_string().ok()).map(Secret::new)
}

/// The variable that sets a key.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}
