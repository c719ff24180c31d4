//! An explanation says what the request then gets.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    Check, Credentials, Denial, IssuedKey, NewApiKey, Principal, Scope, ScopeSet, TokenOwner,
};
use devhub_domain::explain::{CheckOutcome, ExplainError, Explanation, Explanations, RefusedRequest, Request};
use devhub_domain::rate::{Policy, Quota, RateLimits, RateRequest, RateRules};
use devhub_domain::secret::Secret;
use devhub_domain::testing::{MemoryFailures, MemoryLimiter};
use proptest::prelude::*;

use crate::hub::{HERE, Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

struct Door {
    hub: Hub,
    rates: RateLimits,
    explanations: Explanations,
}

impl Door {
    fn new(per_minute: u32, exempt: &[&str]) -> Self {
        let hub = Hub::new();
        let default = Policy::default_per_key(Quota::per_minute(NonZeroU32::new(per_minute).unwrap()));
        let exempt_networks = exempt.iter().map(|network| network.parse().unwrap()).collect();
        let rules = RateRules { default, exempt_networks, ..RateRules::default() };
        let failures = MemoryFailures::new(rules.failed_authentications, hub.clock.clone());
        let limiter = Arc::new(MemoryLimiter::default());
        let rates = RateLimits::new(rules, limiter, Arc::new(failures), hub.clock.clone());
        let explanations = Explanations::new(hub.authenticator.clone(), rates.clone(), hub.clock.clone());
        Self { hub, rates, explanations }
    }

    /// What a real request gets, and spends.
    fn ask(&self, token: &str, address: IpAddr, required: ScopeSet) -> Option<Denial> {
        let credentials = Credentials { token, address, required };
        match self.hub.authenticator.authenticate(&credentials).unwrap() {
            Err(refusal) => Some(refusal.denial),
            Ok(principal) => {
                let Principal { key_id, workspace_id, .. } = principal;
                let request = RateRequest { key_id, workspace_id, address, route: None, cost: 1 };
                (!self.rates.decide(&request).is_admitted()).then_some(Denial::RateLimited)
            }
        }
    }

    fn explain(&self, key: &IssuedKey, request: &Request) -> Explanation {
        self.explanations.explain(WORKSPACE, key.key.id, request).unwrap()
    }
}

fn from(address: IpAddr) -> Request {
    Request { address: Some(address), ..Request::default() }
}

fn outcome(explanation: &Explanation, check: Check) -> CheckOutcome {
    explanation.checks.iter().find(|explained| explained.check == check).unwrap().outcome
}

#[test]
fn every_check_is_told_in_order() {
    let door = Door::new(600, &[]);
    let key = door.hub.issue(shop());
    let explanation = door.explain(&key, &from(HERE));
    assert_eq!(explanation.denial, None);
    let checks: Vec<_> = explanation.checks.iter().map(|explained| explained.check).collect();
    assert_eq!(checks, Check::ALL);
    assert!(explanation.checks.iter().all(|explained| explained.outcome == CheckOutcome::Passed));
}

#[test]
fn what_comes_after_the_first_failure_is_not_reached() {
    let door = Door::new(600, &[]);
    let key = door.hub.issue(shop());
    door.hub.keys.lock(Asker::SYSTEM, WORKSPACE, key.key.id).commit().unwrap();
    let explanation = door.explain(&key, &from(HERE));
    assert_eq!(explanation.denial, Some(Denial::Locked));
    assert_eq!(outcome(&explanation, Check::Revoked), CheckOutcome::Passed);
    assert_eq!(outcome(&explanation, Check::Locked), CheckOutcome::Failed);
    assert_eq!(outcome(&explanation, Check::RateLimited), CheckOutcome::NotReached);
}

#[test]
fn an_explanation_spends_nothing_and_is_no_use() {
    let door = Door::new(1, &[]);
    let key = door.hub.issue(shop());
    for _ in 0..3 {
        assert_eq!(door.explain(&key, &from(HERE)).denial, None);
    }
    assert_eq!(door.hub.keys.find(WORKSPACE, key.key.id).unwrap().last_used_at, None);
    assert_eq!(door.ask(token(&key), HERE, ScopeSet::EMPTY), None);
    let refused = door.explain(&key, &from(HERE));
    assert_eq!(refused.denial, Some(Denial::RateLimited));
    assert_eq!(refused.rate.unwrap().retry_after, Some(Duration::from_mins(1)));
}

#[test]
fn a_request_of_tomorrow_meets_the_expiry_and_a_full_bucket() {
    let door = Door::new(1, &[]);
    let now = devhub_domain::time::Clock::now(&*door.hub.clock);
    let expires_at = Some(now.plus(Duration::from_hours(48)));
    let key = door.hub.issue(NewApiKey { expires_at, ..shop() });
    assert_eq!(door.ask(token(&key), HERE, ScopeSet::EMPTY), None);
    let at = |hours| Request { at: Some(now.plus(Duration::from_hours(hours))), ..from(HERE) };
    assert_eq!(door.explain(&key, &at(24)).denial, None);
    assert_eq!(door.explain(&key, &at(48)).denial, Some(Denial::Expired));
}

#[test]
fn a_mistyped_token_is_told_from_one_of_another_key() {
    let door = Door::new(600, &[]);
    let (key, other) = (door.hub.issue(shop()), door.hub.issue(shop()));
    let with = |token: &str| Request { token: Some(Secret::new(token.to_owned())), ..from(HERE) };
    let own = door.explain(&key, &with(token(&key)));
    assert_eq!((own.denial, own.token.unwrap().owner), (None, TokenOwner::ThisKey));
    let mistyped = token(&key).replacen(|c: char| c.is_ascii_digit(), "f", 1);
    let mistyped = door.explain(&key, &with(&mistyped));
    assert_eq!(mistyped.denial, Some(Denial::NotFound));
    assert!(!mistyped.token.unwrap().has_valid_checksum);
    let swapped = door.explain(&key, &with(token(&other)));
    assert_eq!((swapped.key.id, swapped.token.unwrap().owner), (other.key.id, TokenOwner::OtherKey));
    assert_eq!(door.explain(&key, &with("hello")).denial, Some(Denial::Malformed));
}

#[test]
fn a_token_of_another_workspace_is_that_of_no_key() {
    let door = Door::new(600, &[]);
    let key = door.hub.issue(shop());
    let stranger = door.hub.keys.issue(Asker::COMMAND_LINE, OTHER_WORKSPACE, shop()).unwrap().commit().unwrap();
    let request = Request { token: Some(stranger.token.secret().clone()), ..from(HERE) };
    let explanation = door.explain(&key, &request);
    assert_eq!((explanation.denial, explanation.token.unwrap().owner), (Some(Denial::NotFound), TokenOwner::Nobody));
    let refused = door.explanations.explain(WORKSPACE, stranger.key.id, &from(HERE));
    assert!(matches!(refused, Err(ExplainError::KeyNotFound(_))), "{refused:?}");
}

#[test]
fn a_method_needs_its_scope_on_the_platform() {
    let door = Door::new(600, &[]);
    let key = door.hub.issue(NewApiKey { scopes: ScopeSet::from_iter([Scope::Read]), ..shop() });
    let request = |method: &str, path: &str| Request {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        ..from(HERE)
    };
    assert_eq!(door.explain(&key, &request("GET", "/api/v1/payments")).denial, None);
    let refused = door.explain(&key, &request("POST", "/api/v1/payments")).denial;
    assert_eq!(refused, Some(Denial::InsufficientScope { required: ScopeSet::from_iter([Scope::Write]) }));
}

#[test]
fn a_refused_request_is_explained_as_things_are_now() {
    let door = Door::new(600, &[]);
    let key = door.hub.issue(shop());
    let refused = RefusedRequest {
        request_id: "r1".into(),
        key_id: key.key.id,
        method: "GET".into(),
        path: "/api/v1/payments".into(),
        address: HERE,
        denial: Denial::Locked,
        at: devhub_domain::time::Clock::now(&*door.hub.clock),
    };
    door.explanations.refusals().record(refused.clone());
    let explanation = door.explanations.explain_refused(WORKSPACE, key.key.id, "r1").unwrap();
    assert_eq!((explanation.denial, explanation.refused), (None, Some(refused)));
    let gone = door.explanations.explain_refused(WORKSPACE, key.key.id, "r2");
    assert!(matches!(gone, Err(ExplainError::RequestNotKept)), "{gone:?}");
    let hidden = door.explanations.explain_refused(OTHER_WORKSPACE, key.key.id, "r1");
    assert!(matches!(hidden, Err(ExplainError::KeyNotFound(_))), "{hidden:?}");
}

const ADDRESSES: [&str; 4] = ["203.0.113.7", "203.0.113.200", "2001:db8::7", "127.0.0.1"];
const NETWORKS: [&str; 4] = ["203.0.113.0/25", "203.0.113.7/32", "2001:db8::/32", "127.0.0.0/8"];

fn scopes() -> impl Strategy<Value = ScopeSet> {
    prop::sample::subsequence(vec![Scope::Read, Scope::Write, Scope::KeysRead], 1..=3)
        .prop_map(|scopes| scopes.into_iter().collect())
}

/// A key in some state, and requests with it.
#[derive(Clone, Debug)]
struct Case {
    scopes: ScopeSet,
    allow_list: Vec<&'static str>,
    expires_in_s: Option<u64>,
    /// 0 leaves it active, 1 locks, 2 revokes.
    status: u8,
    is_suspended: bool,
    per_minute: u32,
    exempt: Vec<&'static str>,
    /// Seconds that pass, address, what is needed, and whether the token is damaged: 0 not, 1 mistyped, 2 no token at all.
    requests: Vec<(u64, &'static str, ScopeSet, u8)>,
}

prop_compose! {
    fn case()(
        scopes in scopes(),
        allow_list in prop::sample::subsequence(NETWORKS.to_vec(), 0..=3),
        expires_in_s in prop::option::of(1_u64..100),
        status in prop_oneof![6 => Just(0_u8), 1 => Just(1), 1 => Just(2)],
        is_suspended in prop::bool::weighted(0.1),
        per_minute in 1_u32..5,
        exempt in prop::sample::subsequence(NETWORKS.to_vec(), 0..=1),
        requests in prop::collection::vec(
            (0_u64..40, prop::sample::select(ADDRESSES.to_vec()), scopes(), prop_oneof![8 => Just(0_u8), 1 => Just(1), 1 => Just(2)]),
            1..12,
        ),
    ) -> Case {
        Case { scopes, allow_list, expires_in_s, status, is_suspended, per_minute, exempt, requests }
    }
}

fn presented(key: &IssuedKey, damage: u8) -> String {
    match damage {
        0 => token(key).to_owned(),
        1 => format!("{}0", token(key)),
        _ => "hello".to_owned(),
    }
}

fn prepared(case: &Case) -> (Door, IssuedKey) {
    let door = Door::new(case.per_minute, &case.exempt);
    let now = devhub_domain::time::Clock::now(&*door.hub.clock);
    let allow_list = case.allow_list.iter().map(|network| network.parse().unwrap()).collect();
    let expires_at = case.expires_in_s.map(|seconds| now.plus(Duration::from_secs(seconds)));
    let key = door.hub.issue(NewApiKey { scopes: case.scopes, allow_list, expires_at, ..shop() });
    match case.status {
        0 => {}
        1 => drop(door.hub.keys.lock(Asker::SYSTEM, WORKSPACE, key.key.id).commit().unwrap()),
        _ => drop(door.hub.keys.revoke(Asker::SYSTEM, WORKSPACE, key.key.id).commit().unwrap()),
    }
    door.hub.directory.set_trust(devhub_domain::api_keys::Trust::Whole);
    door.hub.directory.set_suspended(WORKSPACE, case.is_suspended);
    (door, key)
}

proptest! {
    #[test]
    fn an_explanation_says_what_the_request_then_gets(case in case()) {
        let (door, key) = prepared(&case);
        for (pause, address, required, damage) in &case.requests {
            door.hub.clock.advance(Duration::from_secs(*pause));
            let (address, token) = (address.parse().unwrap(), presented(&key, *damage));
            let presented = Secret::new(token.clone());
            let request = Request { scopes: Some(*required), token: Some(presented), ..from(address) };
            let told = door.explain(&key, &request);
            let failed = told.checks.iter().find(|explained| explained.outcome == CheckOutcome::Failed);
            prop_assert_eq!(failed.map(|explained| explained.check.code()), told.denial.map(Denial::code));
            prop_assert_eq!(told.denial, door.ask(&token, address, *required));
        }
    }
}
