//! API keys.

use std::time::Duration;

pub use super::key_filters::a_list_agrees_with_its_filter_on_many_keys;
use super::seed::{expect_conflict, look, put, try_put, workspace_id};
use crate::api_keys::{
    ApiKey, ApiKeyFilter, ApiKeyTx, DigestScheme, Environment, KeySearch, KeyState, KeyStatus, LastUse, Owner,
    Retirement, Scope, Stragglers, TokenPrefix,
};
use crate::audit::Actor;
use crate::id::KeyId;
use crate::page::{PageRequest, PageSize};
use crate::store::UnitOfWork;
use crate::testing::{api_key, label};
use crate::time::Timestamp;

/// The instant of every list.
const NOW: Timestamp = Timestamp::from_seconds(1_000);

/// A key comes back as it went in, with every field set.
pub fn a_key_reads_back_as_it_was_written<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let key = ApiKey {
        digest_scheme: DigestScheme::Sha256,
        scopes: Scope::ALL.iter().copied().collect(),
        status: KeyStatus::Locked,
        expires_at: Some(Timestamp::from_micros(2_000_001)),
        allow_list: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        owner: Some(Owner::new("Käufer's team").unwrap()),
        metadata: r#"{"plan":"gold","customer":{"number":17}}"#.parse().unwrap(),
        retirement: Some(Retirement {
            rotated_at: Timestamp::from_micros(1_500_001),
            successor_id: KeyId::from_bytes([8; 16]),
        }),
        created_by: Actor::Key(KeyId::from_bytes([9; 16])),
        last_used_at: Some(Timestamp::from_seconds(5)),
        label: label("Käufer 'quoted' \"shop\""),
        ..api_key(1)
    };
    put(store, |tx| tx.insert_api_key(&key));
    let found = look(store, |tx| tx.find_api_key(workspace_id(1), key.id));
    assert_eq!(found.as_ref(), Some(&key));
    let found = look(store, |tx| tx.find_api_key_by_digest(&key.digest));
    assert_eq!(found, Some(key));
}

/// An update writes what may change of a key, and nothing of what may not.
pub fn an_update_writes_what_may_change<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let changed = ApiKey {
        label: label("Other"),
        scopes: Scope::ALL.iter().copied().collect(),
        environment: Environment::new("test").unwrap(),
        status: KeyStatus::Locked,
        expires_at: Some(Timestamp::from_seconds(9)),
        allow_list: vec!["10.0.0.0/8".parse().unwrap()],
        owner: Some(Owner::new("checkout team").unwrap()),
        metadata: r#"{"plan":"gold"}"#.parse().unwrap(),
        retirement: Some(Retirement { rotated_at: Timestamp::from_seconds(8), successor_id: api_key(2).id }),
        revision: 2,
        ..api_key(1)
    };
    let written = ApiKey { last_used_at: Some(Timestamp::from_seconds(7)), ..changed.clone() };
    put(store, |tx| tx.update_api_key(&written));
    assert_eq!(look(store, |tx| tx.find_api_key(workspace_id(1), api_key(1).id)), Some(changed));
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
        look(store, |tx| tx.list_api_keys(workspace_id(1), &ApiKeyFilter::default(), NOW, page))
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
        let page = look(store, |tx| tx.list_api_keys(workspace_id(number), &filter, NOW, PageRequest::default()));
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

/// A list shows keys in the state that the filter asks for, as it is at that instant.
pub fn a_list_shows_the_state_of_the_moment<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let rows = [
        (KeyStatus::Active, None),
        (KeyStatus::Active, Some(NOW.plus(Duration::from_micros(1)))),
        (KeyStatus::Active, Some(NOW)),
        (KeyStatus::Locked, None),
        (KeyStatus::Locked, Some(NOW)),
        (KeyStatus::Revoked, None),
        (KeyStatus::Revoked, Some(NOW)),
    ];
    put(store, |tx| {
        let mut keys = (1..).zip(&rows);
        keys.try_for_each(|(number, (status, expires_at))| {
            tx.insert_api_key(&ApiKey { status: *status, expires_at: *expires_at, ..api_key(number) })
        })
    });
    let list = |state| listed(store, &ApiKeyFilter { state: Some(state), ..ApiKeyFilter::default() });
    assert_eq!(list(KeyState::Active), [2, 1]);
    assert_eq!(list(KeyState::Expired), [5, 3]);
    assert_eq!(list(KeyState::Locked), [5, 4]);
    assert_eq!(list(KeyState::Revoked), [7, 6]);
    let (status, state) = (Some(KeyStatus::Locked), Some(KeyState::Expired));
    assert_eq!(listed(store, &ApiKeyFilter { status, state, ..ApiKeyFilter::default() }), [5]);
}

/// A list shows keys that are meant for what the filter asks for, to the letter.
pub fn a_list_shows_one_environment<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let environment = |word| Environment::new(word).unwrap();
    put(store, |tx| {
        tx.insert_api_key(&ApiKey { environment: environment("test"), ..api_key(1) })?;
        tx.insert_api_key(&api_key(2))
    });
    let list = |word| listed(store, &ApiKeyFilter { environment: Some(environment(word)), ..ApiKeyFilter::default() });
    assert_eq!((list("test"), list("live"), list("Test")), (vec![1], vec![2], vec![]));
}

/// A search finds parts of labels in whatever case and the beginning of what a token shows, and no character means anything but itself.
pub fn a_search_finds_parts_of_labels_and_starts_of_tokens<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let labels = ["WooCommerce Plugin", "100% Käufer", "a_b", "back\\slash", "it's \"quoted\"", "axb", "0000000"];
    put(store, |tx| {
        let mut keys = (1..).zip(labels);
        keys.try_for_each(|(number, text)| tx.insert_api_key(&ApiKey { label: label(text), ..api_key(number) }))
    });
    put(store, |tx| tx.insert_api_key(&ApiKey { prefix: "8ae87c48".to_owned(), ..api_key(9) }));
    let rows: [(&str, &[u32]); 14] = [
        ("plugin", &[1]),
        ("WOOCOMMERCE", &[1]),
        ("Käufer", &[2]),
        ("%", &[2]),
        ("_", &[3]),
        ("a_B", &[3]),
        ("\\", &[4]),
        ("'s \"q", &[5]),
        ("plug%", &[]),
        ("8ae", &[9]),
        ("op_8AE87C48.aae2b54e89c755d768a9db81", &[9]),
        ("op_8ae87c4", &[9]),
        ("ae87c48", &[]),
        ("0000000", &[7, 6, 5, 4, 3, 2, 1]),
    ];
    for (text, expected) in rows {
        let search = KeySearch::new(text, &TokenPrefix::default()).ok();
        assert_eq!(listed(store, &ApiKeyFilter { search, ..ApiKeyFilter::default() }), expected, "{text}");
    }
}

/// What a search finds in one workspace is not shown in another, and goes from page to page like any list.
pub fn a_search_keeps_to_its_workspace_and_its_page<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    put(store, |tx| {
        tx.insert_api_key(&ApiKey { workspace_id: workspace_id(2), ..api_key(4) })?;
        (1..=3).try_for_each(|number| tx.insert_api_key(&api_key(number)))
    });
    let search = KeySearch::new("shop", &TokenPrefix::default()).ok();
    let filter = ApiKeyFilter { search, ..ApiKeyFilter::default() };
    let page = |after| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        look(store, |tx| tx.list_api_keys(workspace_id(1), &filter, NOW, page))
    };
    let first = page(None);
    assert_eq!(first.next, Some(api_key(2).id));
    assert_eq!(page(first.next).items, [api_key(1)]);
}

/// Numbers of the keys of workspace 1 that a filter wants.
fn listed<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>, filter: &ApiKeyFilter) -> Vec<u32> {
    let page = look(store, |tx| tx.list_api_keys(workspace_id(1), filter, NOW, PageRequest::default()));
    let number = |key: ApiKey| (1..=9).find(|number| api_key(*number).id == key.id).unwrap();
    page.items.into_iter().map(number).collect()
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
    let scanned = look(store, |tx| tx.scan_readable_api_keys(Some(api_key(1).id), 1));
    assert_eq!(scanned.keys.iter().map(|key| key.id).collect::<Vec<_>>(), [api_key(2).id]);
    assert_eq!((scanned.unreadable.len(), scanned.last), (0, Some(api_key(2).id)));
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

/// Calls with a rotated key add up; with the latest come its address and its program, and a key that does not exist is passed over.
pub fn stragglers_add_up<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let key_id = api_key(1).id;
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    assert_eq!(look(store, |tx| tx.find_stragglers(key_id)), None);
    let counted = |calls, second, user_agent: Option<&str>| Stragglers {
        key_id,
        calls,
        last_at: Some(Timestamp::from_seconds(second)),
        last_address: Some("2001:db8::7".parse().unwrap()),
        last_user_agent: user_agent.map(str::to_owned),
    };
    let unknown = Stragglers { key_id: api_key(2).id, ..counted(1, 1, None) };
    put(store, |tx| tx.add_stragglers(&[unknown.clone(), counted(2, 20, Some("shop/1.0"))]));
    put(store, |tx| tx.add_stragglers(&[counted(3, 10, None)]));
    assert_eq!(look(store, |tx| tx.find_stragglers(key_id)), Some(counted(5, 20, Some("shop/1.0"))));
    put(store, |tx| tx.add_stragglers(&[counted(1, 30, None)]));
    assert_eq!(look(store, |tx| tx.find_stragglers(key_id)), Some(counted(6, 30, None)));
    assert_eq!(look(store, |tx| tx.find_stragglers(unknown.key_id)), None);
}

/// A list tells rotated keys apart, and knows those that had no grace whatever the clock says.
pub fn a_list_shows_what_retires<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let rotated = |number, rotated_at, expires_at| ApiKey {
        retirement: Some(Retirement { rotated_at: Timestamp::from_seconds(rotated_at), successor_id: api_key(9).id }),
        expires_at: Some(Timestamp::from_seconds(expires_at)),
        ..api_key(number)
    };
    let keys = [
        api_key(1),
        rotated(2, 900, 1_001),
        rotated(3, 900, 1_000),
        rotated(4, 2_000, 2_000),
        ApiKey { status: KeyStatus::Locked, ..rotated(5, 900, 1_001) },
    ];
    for key in &keys {
        put(store, |tx| tx.insert_api_key(key));
    }
    let filters = [
        ApiKeyFilter { has_successor: Some(true), ..ApiKeyFilter::default() },
        ApiKeyFilter { has_successor: Some(false), ..ApiKeyFilter::default() },
    ];
    let states = KeyState::ALL.map(|state| ApiKeyFilter { state: Some(state), ..ApiKeyFilter::default() });
    for filter in filters.into_iter().chain(states) {
        let page = look(store, |tx| tx.list_api_keys(workspace_id(1), &filter, NOW, PageRequest::default()));
        let mut wanted: Vec<_> = keys.iter().filter(|key| filter.wants(key, NOW)).map(|key| key.id).collect();
        wanted.reverse();
        assert_eq!(page.items.iter().map(|key| key.id).collect::<Vec<_>>(), wanted, "{filter:?}");
    }
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
