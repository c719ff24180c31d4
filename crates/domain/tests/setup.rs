//! Setup: an installation is made once and opens with its master key only.

use devhub_domain::installation::{InstallationError, Installed, open_or_install};
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy};

fn open(store: &MemoryStore, key: u8, seed: u64) -> Result<Installed, InstallationError> {
    let sealer = Sealer::new(&MasterKey::from_bytes([key; 32]));
    open_or_install(store, &sealer, &ManualClock::default(), &SeededEntropy::new(seed))
}

#[test]
fn the_first_start_installs_and_the_second_opens_the_same() {
    let store = MemoryStore::default();
    let first = open(&store, 1, 1).unwrap();
    let second = open(&store, 1, 2).unwrap();
    assert!(first.is_new && !second.is_new);
    assert_eq!(first.default_workspace_id, second.default_workspace_id);
    assert_eq!(first.pepper.expose(), second.pepper.expose());
}

#[test]
fn another_master_key_is_refused_with_both_fingerprints() {
    let store = MemoryStore::default();
    open(&store, 1, 1).unwrap();
    let error = open(&store, 2, 1).unwrap_err();
    assert_eq!(error.code(), "wrong_master_key");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("configure the key that this data was made with"), "{cause}");
}
