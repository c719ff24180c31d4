//! Bulk changes of keys on several connections at once: they follow each other, and single changes and uses, and never wait for each
//! other.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, BulkChange, BulkTarget, KeyDirectory, LastUse, Pepper, TokenHasher, Transition,
};
use devhub_domain::id::WorkspaceId;
use devhub_domain::testing::{ManualClock, SeededEntropy, api_key, contract};
use devhub_domain::time::Timestamp;
use devhub_storage::{Database, Options};

use crate::support::{Guard, postgres, put};

const KEYS: u32 = 20;
const ROUNDS: u32 = 10;

/// The same keys in another order for each thread.
fn change(round: u32, transition: Transition) -> BulkChange {
    let ids = (0..KEYS).map(|number| api_key((number * 7 + round) % KEYS + 1).id).collect();
    BulkChange { transition, target: BulkTarget::Keys(ids) }
}

#[test]
fn bulk_changes_single_ones_and_uses_never_wait_for_each_other_on_postgres() {
    let (first, guard) = postgres();
    // Without a server there is one writer, and nobody to wait for.
    let Guard::Server(_) = &guard else { return };
    contract::seed(&first);
    put(&first, |tx| (1..=KEYS).try_for_each(|number| tx.insert_api_key(&api_key(number))));
    let database = Database::open(&guard.url(), Options { writers: 6, ..Options::default() }).unwrap();
    let (hasher, entropy) = (TokenHasher::new(Pepper::from_bytes([7; 32])), Arc::new(SeededEntropy::new(1)));
    let store = Arc::new(database.clone());
    let keys = ApiKeys::new(store, Arc::new(KeyDirectory::new()), hasher, Arc::new(ManualClock::default()), entropy);
    let workspace_id = WorkspaceId::from_bytes(1_u128.to_be_bytes());
    std::thread::scope(|scope| {
        for (thread, transition) in [(0, Transition::Lock), (1, Transition::Unlock), (2, Transition::Lock)] {
            let keys = &keys;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let change = change(thread * 3 + round, transition);
                    let changed = keys.change_many(Asker::COMMAND_LINE, workspace_id, change).unwrap().commit();
                    assert_eq!(changed.unwrap().results.len(), 20);
                }
            });
        }
        scope.spawn(|| {
            for number in (1..=KEYS).rev() {
                keys.lock(Asker::COMMAND_LINE, workspace_id, api_key(number).id).commit().unwrap();
            }
        });
        scope.spawn(|| {
            for round in 0..ROUNDS {
                let at = Timestamp::from_seconds(10 + i64::from(round));
                let uses: Vec<_> = (1..=KEYS).map(|number| LastUse { key_id: api_key(number).id, at }).collect();
                put(&database, |tx| tx.record_last_uses(&uses));
            }
        });
    });
    database.shutdown();
}
