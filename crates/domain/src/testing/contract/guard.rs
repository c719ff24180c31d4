//! What every door must do that lets keys in: one table of requests and answers.
//!
//! [`hold`] asks a door all of them. A door is whatever decides over requests by a [`Guard`]: the guard itself in another service,
//! middleware, a layer, `keys/verify`, `/auth/check`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::guard_cases::{CASES, Case, Place, State};
use crate::access::Asker;
use crate::api_keys::{
    ApiKeys, Authenticator, IssuedKey, KeyDirectory, NewApiKey, Pepper, ScopeSet, TokenHasher, TokenPrefix, Trust,
};
use crate::guard::{CredentialError, Guard, Presented, Request};
use crate::id::{RatePolicyId, WorkspaceId};
use crate::rate::{
    FAILED_AUTHENTICATIONS_PER_MINUTE, MethodSet, Mode, OnBackendError, PolicyRule, Quota, RateLimits, RatePolicy,
    RateRules, RateSnapshot, RateState, Rulebook, SubjectKind,
};
use crate::store::{Lane, UnitOfWork};
use crate::testing::{ManualClock, MemoryFailures, MemoryLimiter, MemoryStore, SeededEntropy, label};
use crate::time::{Clock as _, Timestamp};
use crate::tx::Tx;

/// The workspace of every key.
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

/// The headers that are compared.
const HEADERS: [&str; 5] =
    ["retry-after", "www-authenticate", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

/// A request, as a door is asked.
#[derive(Clone, Debug)]
pub struct Knock {
    /// The method of the request.
    pub method: &'static str,
    /// Its path.
    pub path: &'static str,
    /// Its query string.
    pub query: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// The one token of the request; `None` when there is none or more than one.
    pub token: Option<String>,
    /// Where it comes from.
    pub address: IpAddr,
    /// What it needs.
    pub required: ScopeSet,
    /// What it costs.
    pub cost: u32,
}

/// What a door answers. What it does not tell is `None` and not compared.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The exact code.
    pub exact: Option<String>,
    /// The status of HTTP; 200 stands for every 2xx.
    pub status: Option<u16>,
    /// The code that the caller is told; the empty text when it passes.
    pub code: Option<String>,
    /// The headers.
    pub headers: Option<BTreeMap<String, String>>,
    /// Units that remain, where they are told otherwise than by headers.
    pub remaining: Option<u32>,
}

/// A way to ask.
pub trait Door {
    /// Asks; `None` when such a request cannot be asked here.
    fn knock(&self, knock: &Knock) -> Option<Heard>;
}

/// What stands behind a door: a hub in memory, and one key in it.
pub struct World {
    /// Every key.
    pub store: Arc<MemoryStore>,
    /// What says whose token it is.
    pub authenticator: Arc<Authenticator>,
    /// What is asked last.
    pub rates: RateLimits,
    /// Stands still.
    pub clock: Arc<ManualClock>,
    /// The use cases.
    pub keys: ApiKeys,
    directory: Arc<KeyDirectory>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl World {
    /// A hub whose keys have 600 units a minute and 6 of them for exports, and nothing is limited that comes from 192.0.2.0/24.
    pub fn new() -> Self {
        let (store, directory) = (Arc::new(MemoryStore::default()), Arc::new(KeyDirectory::new()));
        directory.set_trust(Trust::Whole);
        let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
        let (hasher, prefix) = (TokenHasher::new(Pepper::from_bytes([7; 32])), TokenPrefix::default());
        let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
        let authenticator = Authenticator::new(store.clone(), directory.clone(), hasher, prefix, clock.clone());
        let rules = RateRules { exempt_networks: vec!["192.0.2.0/24".parse().unwrap()], ..RateRules::default() };
        let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), clock.clone());
        let rates = RateLimits::new(rules, Arc::new(MemoryLimiter::default()), Arc::new(failures), clock.clone())
            .with_rulebook(Arc::new(rulebook()));
        Self { store, authenticator: Arc::new(authenticator), rates, clock, keys, directory }
    }

    /// The guard that the door asks.
    pub fn guard(&self) -> Guard {
        Guard::new(self.authenticator.clone(), self.rates.clone(), TokenPrefix::default())
    }

    /// A key with these scopes.
    pub fn issue(&self, new: NewApiKey) -> IssuedKey {
        self.keys.issue(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap()
    }

    /// Brings the key of a case into its state, and says with which token it is asked for.
    fn token(&self, state: State) -> String {
        let new = NewApiKey { scopes: "read".parse().unwrap(), ..NewApiKey::with_label(label("Shop")) };
        let expires_at = Some(self.clock.now().plus(Duration::from_mins(1)));
        let key = self.issue(match state {
            State::Expired => NewApiKey { expires_at, ..new },
            State::Listed => NewApiKey { allow_list: vec!["203.0.113.0/24".parse().unwrap()], ..new },
            _ => new,
        });
        let id = key.key.id;
        match state {
            State::Malformed => return "op_12345678".to_owned(),
            State::Unknown => return format!("op_00000000.{}", "0".repeat(48)),
            State::Revoked => drop(self.keys.revoke(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap()),
            State::Locked => drop(self.keys.lock(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap()),
            State::Expired => self.clock.advance(Duration::from_mins(1)),
            State::Suspended => self.directory.set_suspended(WORKSPACE, true),
            State::NotInMemory => self.directory.set_trust(Trust::Lost),
            State::StoreGone => {
                self.directory.set_trust(Trust::Lost);
                self.break_store();
            }
            State::Active | State::Listed => {}
        }
        key.token.secret().expose().to_owned()
    }

    /// Makes every later transaction fail: a body that panics poisons the lock of the memory store.
    fn break_store(&self) {
        let store: &dyn UnitOfWork<dyn Tx> = &*self.store;
        let body =
            AssertUnwindSafe(|| store.write(Lane::Background, &mut |_| panic!("this transaction breaks the store")));
        drop(catch_unwind(body));
    }

    /// Spends units of the key with this token, and lets so many requests from the address fail.
    fn spend(&self, token: &str, case: &Case) {
        let address = address(case.from);
        let request = |cost| Request { route: None, address, user_agent: None, required: ScopeSet::EMPTY, cost };
        for cost in [case.spent].into_iter().filter(|cost| *cost > 0) {
            assert!(self.guard().decide(Ok(Presented::token(token)), &request(cost)).unwrap().is_admitted());
        }
        for _ in 0..case.failures {
            assert!(!self.guard().decide(Err(CredentialError::Missing), &request(1)).unwrap().is_admitted());
        }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Asks the door that `make` builds before a hub every case, each time before a new hub.
pub fn hold<D: Door>(make: impl Fn(&World) -> D) {
    let mut asked = 0;
    for case in CASES {
        let world = World::new();
        let door = make(&world);
        let token = world.token(case.state);
        world.spend(&token, case);
        if let Some(heard) = door.knock(&knock(case, &token)) {
            compare(case, &heard);
            asked += 1;
        }
    }
    assert!(asked * 2 > CASES.len(), "only {asked} of {} cases can be asked", CASES.len());
}

/// 6 a minute for each key and `/exports/**`.
fn rulebook() -> Rulebook {
    let at = Timestamp::from_seconds(0);
    let rule = PolicyRule {
        name: "exports".parse().unwrap(),
        quota: Quota::per_minute(6.try_into().unwrap()),
        cost: NonZeroU32::MIN,
        subject: SubjectKind::Key,
        methods: MethodSet::ALL,
        path: "/exports/**".parse().unwrap(),
        mode: Mode::Enforce,
        on_backend_error: OnBackendError::Allow,
    };
    let id = RatePolicyId::from_bytes([1; 16]);
    let policy =
        RatePolicy { id, workspace_id: WORKSPACE, position: 1, rule, created_at: at, updated_at: at, revision: 1 };
    let state = RateState { revision: 1, ..RateState::new(WORKSPACE) };
    let rulebook = Rulebook::new();
    rulebook.put(&RateSnapshot { state, policies: vec![policy] });
    rulebook
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn knock(case: &Case, token: &str) -> Knock {
    let bearer = ("authorization", format!("Bearer {token}"));
    let api_key = ("x-api-key", token.to_owned());
    let (headers, query, is_one) = match case.place {
        Place::Bearer => (vec![bearer], String::new(), true),
        Place::ApiKey => (vec![api_key], String::new(), true),
        Place::Nowhere => (Vec::new(), String::new(), false),
        Place::OtherScheme => (vec![("authorization", "Basic b3A6".to_owned())], String::new(), false),
        Place::Twice => (vec![bearer.clone(), bearer], String::new(), false),
        Place::BothHeaders => (vec![bearer, api_key], String::new(), false),
        Place::Query => (vec![bearer], format!("api_key={token}"), false),
    };
    Knock {
        method: "GET",
        path: case.path,
        query,
        headers,
        token: is_one.then(|| token.to_owned()),
        address: address(case.from),
        required: case.needs.parse().unwrap(),
        cost: case.cost,
    }
}

fn compare(case: &Case, heard: &Heard) {
    let name = case.name;
    let expected = |header: &str| case.headers.iter().find(|(known, _)| *known == header).map(|(_, value)| *value);
    if let Some(exact) = &heard.exact {
        assert_eq!(exact, case.code, "{name}: exact code");
    }
    if let Some(status) = heard.status {
        assert_eq!(status, case.status, "{name}: status");
    }
    if let Some(code) = &heard.code {
        assert_eq!(code, case.said, "{name}: code");
    }
    if let Some(remaining) = heard.remaining {
        assert_eq!(Some(&*remaining.to_string()), expected("x-ratelimit-remaining"), "{name}: remaining");
    }
    for header in HEADERS.iter().filter(|_| heard.headers.is_some()) {
        let told = heard.headers.as_ref().and_then(|headers| headers.get(*header));
        assert_eq!(told.map(String::as_str), expected(header), "{name}: {header}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Said, decoded_path};
    use crate::rate::Route;

    /// The guard itself, as a service asks it that embeds the domain.
    struct Embedded(Guard);

    impl Door for Embedded {
        fn knock(&self, knock: &Knock) -> Option<Heard> {
            let values = |wanted| {
                let found = knock.headers.iter().filter(move |(name, _)| *name == wanted);
                found.map(|(_, value)| value.as_bytes())
            };
            let presented = Presented::not_in_query(&knock.query, self.0.token_prefix())
                .and_then(|()| Presented::in_headers(values("authorization"), values("x-api-key")));
            let Knock { method, path, address, required, cost, .. } = *knock;
            let path = match decoded_path(path) {
                Ok(path) => path,
                Err(error) => {
                    let Said { status, code, .. } = error.into();
                    let (status, code, headers) = (Some(status), Some(code.to_owned()), Some(BTreeMap::new()));
                    return Some(Heard { status, code, headers, ..Heard::default() });
                }
            };
            let route = Some(Route { method, path: &path });
            let request = Request { route, address, user_agent: None, required, cost };
            let Ok(verdict) = self.0.decide(presented, &request) else {
                return Some(Heard { exact: Some("STORE_GONE".to_owned()), ..Heard::default() });
            };
            let said = verdict.said();
            let told = said.iter().flat_map(|said| said.headers()).chain(verdict.rate_headers());
            Some(Heard {
                exact: Some(verdict.code().to_owned()),
                status: Some(said.as_ref().map_or(200, |said| said.status)),
                code: Some(said.as_ref().map_or_else(String::new, |said| said.code.to_owned())),
                headers: Some(told.map(|(name, value)| (name.to_owned(), value)).collect()),
                remaining: None,
            })
        }
    }

    #[test]
    fn a_service_that_embeds_the_guard_answers_as_every_door_does() {
        hold(|world| Embedded(world.guard()));
    }
}
