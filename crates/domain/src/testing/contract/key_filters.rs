//! Filters of keys: what a store makes of one is what [`ApiKeyFilter::wants`] says, key by key.

use super::seed::{look, put, workspace_id};
use crate::api_keys::{
    ApiKey, ApiKeyFilter, ApiKeyTx, Environment, KeySearch, KeyState, KeyStatus, Owner, Retirement, Scope, ScopeSet,
    TokenPrefix, Transition,
};
use crate::entropy::random_bytes;
use crate::id::KeyId;
use crate::page::{PageRequest, PageSize};
use crate::store::UnitOfWork;
use crate::testing::{SeededEntropy, api_key, label};
use crate::time::Timestamp;

/// The instant of every list; the instants of keys and filters lie around it.
const NOW: i64 = 10;
const KEYS: u32 = 300;
const FILTERS: u32 = 400;

const STATUSES: [KeyStatus; 3] = [KeyStatus::Active, KeyStatus::Locked, KeyStatus::Revoked];
/// With a letter that ASCII lacks: only the case of ASCII letters is passed over.
const LABELS: [&str; 5] = ["WooCommerce Plugin", "a_b 100%", "0000001", "axb", "ÄPFEL"];
const WORDS: [&str; 8] = ["plugin", "_", "%", "00000", "op_00000011", "0000012", "äpfel", "Äpf"];
/// Some that are part of each other's texts, or would be if their characters meant anything else.
const SCOPES: [Scope; 5] = [Scope::Read, Scope::Write, Scope::KeysRead, Scope::EventsWrite, Scope::EventTypesWrite];

/// A list and a count bring exactly the keys that the filter wants, whatever is set of it.
pub fn a_list_agrees_with_its_filter_on_many_keys<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>) {
    let dice = Dice(SeededEntropy::new(77));
    let keys: Vec<_> = (1..=KEYS).map(|number| dice.key(number)).collect();
    put(store, |tx| keys.iter().try_for_each(|key| tx.insert_api_key(key)));
    let (now, mut found) = (Timestamp::from_seconds(NOW), 0);
    for _ in 0..FILTERS {
        let filter = dice.filter();
        let wanted = keys.iter().rev().filter(|key| key.workspace_id == workspace_id(1) && filter.wants(key, now));
        let wanted: Vec<_> = wanted.map(|key| key.id).collect();
        assert_eq!(listed(store, &filter, now), wanted, "{filter:?}");
        let count = |within| look(store, |tx| tx.count_api_keys(workspace_id(1), &filter, now, within));
        assert_eq!(count((None, usize::MAX)), wanted.len(), "{filter:?}");
        assert_eq!(count((None, 2)), wanted.len().min(2), "{filter:?}");
        let middle = api_key(KEYS / 2).id;
        assert_eq!(count((Some(middle), 1_000)), wanted.iter().filter(|id| **id < middle).count(), "{filter:?}");
        found += wanted.len();
    }
    assert!(found > 1_000, "the filters find something: {found}");
}

/// Every page of a list.
fn listed<T: ApiKeyTx + ?Sized>(store: &dyn UnitOfWork<T>, filter: &ApiKeyFilter, now: Timestamp) -> Vec<KeyId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { size: PageSize::MAX, after };
        let page = look(store, |tx| tx.list_api_keys(workspace_id(1), filter, now, page));
        ids.extend(page.items.iter().map(|key| key.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

/// Chooses, the same in every run.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, count: usize) -> usize {
        let bytes: [u8; 2] = random_bytes(&self.0);
        usize::from(u16::from_be_bytes(bytes)) % count
    }

    fn of<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One in five: most of a filter is not set.
    fn rarely<T>(&self, value: impl FnOnce() -> T) -> Option<T> {
        (self.below(5) == 0).then(value)
    }

    fn instant(&self) -> Timestamp {
        Timestamp::from_seconds(self.of(&[0, 5, 9, NOW, 11, 15, 20]))
    }

    fn environment(&self) -> Environment {
        Environment::new(self.of(&["live", "test", "Test"])).unwrap()
    }

    fn owner(&self) -> Owner {
        Owner::new(self.of(&["checkout team", "Checkout team", "anna@shop.example"])).unwrap()
    }

    fn key(&self, number: u32) -> ApiKey {
        let scopes = (0..=self.below(3)).map(|_| self.of(&SCOPES)).collect::<ScopeSet>();
        let is_known = self.below(2) == 0;
        ApiKey {
            workspace_id: workspace_id(self.of(&[1, 1, 1, 2])),
            label: label(self.of(&LABELS)),
            scopes,
            owner: (self.below(2) == 0).then(|| self.owner()),
            environment: self.environment(),
            status: self.of(&STATUSES),
            expires_at: is_known.then(|| self.instant()),
            // A rotation sets an end to every key.
            retirement: (is_known && self.below(2) == 0)
                .then(|| Retirement { rotated_at: self.instant(), successor_id: api_key(1).id }),
            created_at: self.instant(),
            last_used_at: (self.below(2) == 0).then(|| self.instant()),
            ..api_key(number)
        }
    }

    fn filter(&self) -> ApiKeyFilter {
        ApiKeyFilter {
            status: self.rarely(|| self.of(&STATUSES)),
            has_successor: self.rarely(|| self.below(2) == 0),
            state: self.rarely(|| self.of(&KeyState::ALL)),
            prefix: (self.below(40) == 0).then(|| api_key(7).prefix),
            environment: self.rarely(|| self.environment()),
            search: self.rarely(|| KeySearch::new(self.of(&WORDS), &TokenPrefix::default()).unwrap()),
            owner: self.rarely(|| self.owner()),
            scope: self.rarely(|| self.of(&SCOPES)),
            unused_since: self.rarely(|| self.instant()),
            expires_before: self.rarely(|| self.instant()),
            open_to: self.rarely(|| self.of(&Transition::ALL)),
        }
    }
}
