//! What is carried out once, however often it is asked for.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{ApiKeyError, IssuedKey, NewApiKey, Pepper};
use devhub_domain::id::{KeyId, OperatorId};
use devhub_domain::idempotency::{Answer, Fingerprint, Idempotency, KEPT_FOR, OnceError, OnceRequest, Outcome};
use devhub_domain::page::PageRequest;
use devhub_domain::store::{UnitOfWork, read};
use devhub_domain::time::Clock;
use devhub_domain::tx::Tx;

use crate::hub::{Hub, WORKSPACE, shop, token};

const CALLER: KeyId = KeyId::from_bytes([9; 16]);

fn request(key: &str, body: &str) -> OnceRequest {
    OnceRequest {
        caller: CALLER.into(),
        key: key.parse().unwrap(),
        fingerprint: Fingerprint::of("POST /keys", body.as_bytes()),
    }
}

/// What is kept of an issued key: who it is, and no token.
fn kept(issued: &IssuedKey) -> Answer {
    Answer { status: 201, body: issued.key.id.to_string().into_bytes() }
}

fn once_over(hub: &Hub) -> Idempotency {
    Idempotency::new(hub.store.clone(), Pepper::from_bytes([7; 32]), hub.clock.clone())
}

fn issue_once(hub: &Hub, request: OnceRequest) -> Result<Outcome<IssuedKey>, OnceError<ApiKeyError>> {
    let prepared = hub.keys.issue(Asker::SYSTEM, WORKSPACE, shop()).unwrap();
    once_over(hub).once(request, prepared, kept).commit()
}

fn keys(hub: &Hub) -> usize {
    hub.keys
        .list(WORKSPACE, &devhub_domain::api_keys::ApiKeyFilter::default(), PageRequest::default())
        .unwrap()
        .items
        .len()
}

#[test]
fn a_repeated_request_changes_nothing_and_gets_the_first_answer() {
    let hub = Hub::new();
    let Outcome::Done(issued) = issue_once(&hub, request("a", "{}")).unwrap() else { panic!("it is the first") };
    assert!(hub.authenticate(token(&issued)).is_ok(), "what follows a commit follows this one too");
    let Outcome::Replayed(answer) = issue_once(&hub, request("a", "{}")).unwrap() else { panic!("it is the second") };
    assert_eq!((answer, keys(&hub)), (kept(&issued), 1));
}

#[test]
fn another_request_under_the_same_key_is_refused() {
    let hub = Hub::new();
    issue_once(&hub, request("a", "{}")).unwrap();
    let other = issue_once(&hub, request("a", r#"{"label":"Till"}"#));
    assert!(matches!(other, Err(OnceError::KeyReused)));
    assert_eq!(keys(&hub), 1);
}

#[test]
fn keys_of_two_callers_do_not_meet() {
    let hub = Hub::new();
    issue_once(&hub, request("a", "{}")).unwrap();
    let elsewhere = OnceRequest { caller: KeyId::from_bytes([8; 16]).into(), ..request("a", "{}") };
    assert!(matches!(issue_once(&hub, elsewhere).unwrap(), Outcome::Done(_)));
}

#[test]
fn an_operator_repeats_its_request_as_a_key_does() {
    let hub = Hub::new();
    issue_once(&hub, request("a", "{}")).unwrap();
    let of_operator = OnceRequest { caller: OperatorId::from_bytes([8; 16]).into(), ..request("a", "{}") };
    assert!(matches!(issue_once(&hub, of_operator).unwrap(), Outcome::Done(_)));
    assert!(matches!(issue_once(&hub, of_operator).unwrap(), Outcome::Replayed(_)));
}

#[test]
fn a_request_that_failed_may_be_sent_again() {
    let hub = Hub::new();
    let once = once_over(&hub);
    let unknown = hub.keys.lock(Asker::SYSTEM, WORKSPACE, KeyId::from_bytes([7; 16]));
    let answer = |_: &_| Answer { status: 200, body: Vec::new() };
    let failed = once.once(request("a", ""), unknown, answer).commit();
    assert!(matches!(failed, Err(OnceError::Change(ApiKeyError::NotFound(_)))));
    assert!(matches!(issue_once(&hub, request("a", "{}")).unwrap(), Outcome::Done(_)));
}

#[test]
fn an_answer_is_kept_for_a_day_and_then_removed() {
    let hub = Hub::new();
    issue_once(&hub, request("a", "{}")).unwrap();
    hub.clock.advance(KEPT_FOR.checked_sub(Duration::from_micros(1)).unwrap());
    assert!(matches!(issue_once(&hub, request("a", "{}")).unwrap(), Outcome::Replayed(_)));
    hub.clock.advance(Duration::from_micros(1));
    assert!(matches!(issue_once(&hub, request("a", "other")).unwrap(), Outcome::Done(_)));
    hub.clock.advance(KEPT_FOR + Duration::from_micros(1));
    assert!(!once_over(&hub).purge().unwrap(), "one answer is less than a step");
    assert!(matches!(issue_once(&hub, request("a", "third")).unwrap(), Outcome::Done(_)));
}

#[test]
fn eight_requests_at_once_have_one_effect_and_one_answer() {
    let hub = Hub::new();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| issue_once(&hub, request("a", "{}")).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let answers: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Done(issued) => kept(issued),
            Outcome::Replayed(answer) => answer.clone(),
        })
        .collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!((answers.len(), keys(&hub)), (8, 1));
}

#[test]
fn a_request_that_is_repeated_after_its_key_has_expired_gets_its_answer() {
    let hub = Hub::new();
    let expires_at = Some(hub.clock.now().plus(Duration::from_mins(1)));
    let once = once_over(&hub);
    let issue = || {
        let new = NewApiKey { expires_at, ..shop() };
        let prepared = hub.keys.issue(Asker::SYSTEM, WORKSPACE, new).unwrap();
        once.once(request("a", "{}"), prepared, kept).commit()
    };
    assert!(matches!(issue().unwrap(), Outcome::Done(_)));
    hub.clock.advance(Duration::from_mins(2));
    assert!(matches!(issue().unwrap(), Outcome::Replayed(_)));
}

#[test]
fn what_is_kept_of_a_request_cannot_be_tried_without_the_pepper() {
    let hub = Hub::new();
    issue_once(&hub, request("a", "{}")).unwrap();
    let OnceRequest { caller, key, .. } = request("a", "{}");
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    assert_eq!(read(store, |tx| tx.find_answer(caller, &key)).unwrap(), None);
}
