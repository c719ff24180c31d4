//! API keys.

use super::seed::{expect_conflict, look, put, try_put, workspace_id};
use crate::api_keys::{ApiKey, ApiKeyFilter, ApiKeyTx, DigestScheme, KeyStatus, LastUse, Scope};
use crate::audit::Actor;
use crate::id::KeyId;
use crate::page::{PageRequest, PageSize};
use crate::store::UnitOfWork;
use crate::testing::api_key;
use crate::time::Timestamp;

/// A key comes back as it went in, with every field set.
pub fn a_key_reads_back_as_it_was_written<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let key = ApiKey {
        digest_scheme: DigestScheme::Sha256,
        scopes: Scope::ALL.iter().copied().collect(),
        status: KeyStatus::Locked,
        expires_at: Some(Timestamp::from_micros(2_000_001)),
        allow_list: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        created_by: Actor::Key(KeyId::from_bytes([9; 16])),
        last_used_at: Some(Timestamp::from_seconds(5)),
        label: crate::testing::label("Käufer 'quoted' \"shop\""),
        ..api_key(1)
    };
    put(store, |tx| tx.insert_api_key(&key));
    let found = look(store, |tx| tx.find_api_key(workspace_id(1), key.id));
    assert_eq!(found.as_ref(), Some(&key));
    let found = look(store, |tx| tx.find_api_key_by_digest(&key.digest));
    assert_eq!(found, Some(key));
}

/// Two keys never share an id or a digest.
pub fn an_id_and_a_digest_are_taken_once<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let same_id = ApiKey { id: api_key(1).id, ..api_key(2) };
    expect_conflict(try_put(store, |tx| tx.insert_api_key(&same_id)));
    let same_digest = ApiKey { digest: api_key(1).digest, ..api_key(2) };
    expect_conflict(try_put(store, |tx| tx.insert_api_key(&same_digest)));
}

/// Another workspace's key is not found by its id.
pub fn a_key_of_another_workspace_is_not_found<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let found = look(store, |tx| tx.find_api_key(workspace_id(2), api_key(1).id));
    assert_eq!(found, None);
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let locked = ApiKey { status: KeyStatus::Locked, revision: 2, ..api_key(1) };
    put(store, |tx| tx.update_api_key(&locked));
    let stale = ApiKey { status: KeyStatus::Active, revision: 2, ..api_key(1) };
    expect_conflict(try_put(store, |tx| tx.update_api_key(&stale)));
    let found = look(store, |tx| tx.find_api_key(workspace_id(1), api_key(1).id));
    assert_eq!(found, Some(locked));
}

/// An update of a key that does not exist is refused.
pub fn an_update_of_an_unknown_key_is_a_conflict<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    expect_conflict(try_put(store, |tx| tx.update_api_key(&ApiKey { revision: 2, ..api_key(1) })));
}

/// Pages go from the newest to the oldest and leave nothing out, whatever is inserted meanwhile.
pub fn pages_are_stable_under_inserts<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    for number in 1..=5 {
        put(store, |tx| tx.insert_api_key(&api_key(number)));
    }
    let list = |after| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        look(store, |tx| tx.list_api_keys(workspace_id(1), &ApiKeyFilter::default(), page))
    };
    let first = list(None);
    put(store, |tx| tx.insert_api_key(&api_key(6)));
    let second = list(first.next);
    let third = list(second.next);
    let ids: Vec<_> = [first.items, second.items, third.items].concat().into_iter().map(|key| key.id).collect();
    assert_eq!(ids, [5, 4, 3, 2, 1].map(|number| api_key(number).id));
    assert_eq!(third.next, None);
}

/// A list shows one workspace, and of it what the filter asks for.
pub fn a_list_shows_what_its_filter_asks_for<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| {
        tx.insert_api_key(&api_key(1))?;
        tx.insert_api_key(&ApiKey { status: KeyStatus::Revoked, ..api_key(2) })?;
        tx.insert_api_key(&ApiKey { workspace_id: workspace_id(2), ..api_key(3) })
    });
    let list_all = |number, filter: ApiKeyFilter| {
        let page = look(store, |tx| tx.list_api_keys(workspace_id(number), &filter, PageRequest::default()));
        page.items.into_iter().map(|key| key.id).collect::<Vec<_>>()
    };
    let list = |number, status| list_all(number, ApiKeyFilter { status, ..ApiKeyFilter::default() });
    let with_prefix = |prefix: &str| ApiKeyFilter { prefix: Some(prefix.to_owned()), ..ApiKeyFilter::default() };
    assert_eq!(list(1, None), [api_key(2).id, api_key(1).id]);
    assert_eq!(list(1, Some(KeyStatus::Revoked)), [api_key(2).id]);
    assert_eq!(list(1, Some(KeyStatus::Locked)), []);
    assert_eq!(list(2, None), [api_key(3).id]);
    assert_eq!(list_all(1, with_prefix(&api_key(2).prefix)), [api_key(2).id]);
    assert_eq!(list_all(1, with_prefix(&api_key(3).prefix)), []);
}

/// A scan goes through every workspace in ascending order and ends.
pub fn a_scan_sees_every_key_once<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| {
        tx.insert_api_key(&api_key(2))?;
        tx.insert_api_key(&ApiKey { workspace_id: workspace_id(2), ..api_key(3) })?;
        tx.insert_api_key(&api_key(1))
    });
    let first = look(store, |tx| tx.scan_api_keys(None, 2));
    assert_eq!(first.iter().map(|key| key.id).collect::<Vec<_>>(), [api_key(1).id, api_key(2).id]);
    let second = look(store, |tx| tx.scan_api_keys(Some(api_key(2).id), 2));
    assert_eq!(second.iter().map(|key| key.id).collect::<Vec<_>>(), [api_key(3).id]);
    assert_eq!(look(store, |tx| tx.scan_api_keys(Some(api_key(3).id), 2)), []);
}

/// The instant of the last use moves forward only; unknown keys are passed over.
pub fn a_last_use_never_moves_back<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let unknown = LastUse { key_id: api_key(2).id, at: Timestamp::from_seconds(9) };
    let used = |seconds| LastUse { key_id: api_key(1).id, at: Timestamp::from_seconds(seconds) };
    put(store, |tx| tx.record_last_uses(&[used(20), unknown]));
    put(store, |tx| tx.record_last_uses(&[used(10)]));
    let found = look(store, |tx| tx.find_api_key(workspace_id(1), api_key(1).id)).unwrap();
    assert_eq!(found.last_used_at, Some(Timestamp::from_seconds(20)));
    assert_eq!(found.revision, 1, "a use is no change that somebody could overwrite");
}

/// A change of a key and a use of it do not overwrite each other.
pub fn an_update_keeps_the_last_use<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    put(store, |tx| tx.record_last_uses(&[LastUse { key_id: api_key(1).id, at: Timestamp::from_seconds(20) }]));
    put(store, |tx| tx.update_api_key(&ApiKey { status: KeyStatus::Locked, revision: 2, ..api_key(1) }));
    let found = look(store, |tx| tx.find_api_key(workspace_id(1), api_key(1).id)).unwrap();
    assert_eq!((found.status, found.last_used_at), (KeyStatus::Locked, Some(Timestamp::from_seconds(20))));
}

/// Changes of one key at once follow each other: each finds the revision that the one before it left.
pub fn eight_threads_change_one_key_one_after_the_other<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    put(store, |tx| {
                        let key = tx.find_api_key(workspace_id(1), api_key(1).id)?.expect("the key is there");
                        tx.update_api_key(&ApiKey { revision: key.revision + 1, ..key })
                    });
                }
            });
        }
    });
    let found = look(store, |tx| tx.find_api_key(workspace_id(1), api_key(1).id)).unwrap();
    assert_eq!(found.revision, 41);
}
