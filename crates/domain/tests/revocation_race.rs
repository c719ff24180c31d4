//! Eight threads use a key while it is taken away, on a frozen clock: none is accepted once the call has returned, with a receipt that
//! names the node and misses none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, Credentials, KeyDirectory, NewApiKey, Pepper, Receipt, ScopeSet, TokenHasher, TokenPrefix,
    Trust,
};
use devhub_domain::grace::Grace;
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy, label};

const ROUNDS: usize = 50;
const THREADS: usize = 8;
const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

#[test]
fn a_key_is_accepted_by_nobody_once_its_revocation_has_returned() {
    race(|keys, id| keys.revoke(Asker::SYSTEM, WORKSPACE, id).commit().unwrap().receipt);
}

#[test]
fn a_key_is_accepted_by_nobody_once_its_lock_has_returned() {
    race(|keys, id| keys.lock(Asker::SYSTEM, WORKSPACE, id).commit().unwrap().receipt);
}

#[test]
fn a_key_is_accepted_by_nobody_once_its_rotation_without_a_grace_has_returned() {
    let none = Grace::from_seconds(0).unwrap();
    race(|keys, id| keys.rotate(Asker::SYSTEM, WORKSPACE, id, none).unwrap().commit().unwrap().receipt);
}

fn race(take_away: impl Fn(&ApiKeys, KeyId) -> Option<Receipt>) {
    let store = Arc::new(MemoryStore::default());
    let directory = Arc::new(KeyDirectory::new());
    directory.set_trust(Trust::Whole);
    let clock = Arc::new(ManualClock::default());
    let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
    let entropy = Arc::new(SeededEntropy::new(1));
    let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
    let authenticator = Authenticator::new(store, directory, hasher, TokenPrefix::default(), clock);
    let accepted_late = AtomicUsize::new(0);
    let accepted_early = AtomicUsize::new(0);

    for _ in 0..ROUNDS {
        let new = NewApiKey::with_label(label("Shop"));
        let issued = keys.issue(Asker::SYSTEM, WORKSPACE, new).unwrap().commit().unwrap();
        let has_returned = AtomicBool::new(false);
        let uses = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let token = issued.token.secret().expose();
                    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
                    let request = Credentials { token, address, required: ScopeSet::DEFAULT };
                    for _ in 0..200 {
                        // Read first: only a request that began after the return counts as late.
                        let is_late = has_returned.load(Ordering::SeqCst);
                        let is_accepted = authenticator.authenticate(&request).unwrap().is_ok();
                        let counter = if is_late { &accepted_late } else { &accepted_early };
                        counter.fetch_add(usize::from(is_accepted), Ordering::SeqCst);
                        uses.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            while uses.load(Ordering::SeqCst) < THREADS * 20 {
                std::hint::spin_loop();
            }
            let receipt = take_away(&keys, issued.key.id).expect("what is committed has a receipt");
            has_returned.store(true, Ordering::SeqCst);
            assert_eq!((receipt.nodes.len(), receipt.missing.len()), (1, 0));
        });
    }

    assert!(accepted_early.into_inner() > 0, "the key was used before it was taken away");
    assert_eq!(accepted_late.into_inner(), 0);
}
