//! What the directory of keys remembers, and what it never puts back.

use std::net::IpAddr;

use super::directory::{Accepted, Found, Question};
use super::*;
use crate::testing::api_key;
use crate::time::Timestamp;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn check(directory: &KeyDirectory, key: &ApiKey, now: Timestamp) -> Option<Result<Accepted, Denial>> {
    match directory.check(&key.digest, Question { address: HERE, required: ScopeSet::DEFAULT, now, asked_by: None }) {
        Found::Decided(result) => Some(result.map_err(|(_, denial)| denial)),
        Found::Missing | Found::Doubtful => None,
    }
}

fn take_last_uses(directory: &KeyDirectory) -> Vec<LastUse> {
    directory.last_uses(&directory.take_used(10))
}

#[test]
fn an_older_revision_never_replaces_a_newer_one() {
    let directory = KeyDirectory::new();
    let active = api_key(1);
    directory.put(&ApiKey { status: KeyStatus::Revoked, revision: 2, ..active.clone() });
    directory.put(&active);
    assert_eq!(check(&directory, &active, Timestamp::from_seconds(1)), Some(Err(Denial::Revoked)));
}

#[test]
fn a_key_expires_at_its_instant_and_not_before() {
    let directory = KeyDirectory::new();
    let key = ApiKey { expires_at: Some(Timestamp::from_seconds(10)), ..api_key(1) };
    directory.put(&key);
    assert!(check(&directory, &key, Timestamp::from_micros(9_999_999)).unwrap().is_ok());
    assert_eq!(check(&directory, &key, Timestamp::from_seconds(10)), Some(Err(Denial::Expired)));
}

#[test]
fn a_suspended_workspace_is_refused_before_the_address_and_the_scope() {
    let directory = KeyDirectory::new();
    let key = ApiKey { scopes: ScopeSet::EMPTY, allow_list: vec!["10.0.0.0/8".parse().unwrap()], ..api_key(1) };
    directory.put(&key);
    directory.set_suspended(key.workspace_id, true);
    assert_eq!(check(&directory, &key, Timestamp::from_seconds(1)), Some(Err(Denial::WorkspaceSuspended)));
    directory.set_suspended(key.workspace_id, false);
    assert_eq!(check(&directory, &key, Timestamp::from_seconds(1)), Some(Err(Denial::IpNotAllowed)));
}

#[test]
fn a_use_is_listed_once_until_it_is_taken() {
    let directory = KeyDirectory::new();
    let key = api_key(1);
    directory.put(&key);
    for second in [10, 15, 19] {
        check(&directory, &key, Timestamp::from_seconds(second)).unwrap().unwrap();
    }
    let uses = take_last_uses(&directory);
    assert_eq!(uses, [LastUse { key_id: key.id, at: Timestamp::from_seconds(15) }]);
    assert_eq!(take_last_uses(&directory), []);
}

#[test]
fn a_use_while_its_key_changes_is_written_later() {
    let directory = KeyDirectory::new();
    let key = api_key(1);
    directory.put(&key);
    check(&directory, &key, Timestamp::from_seconds(10)).unwrap().unwrap();
    let listed = directory.take_used(10);
    directory.put(&ApiKey { revision: 2, ..key.clone() });
    directory.last_uses(&listed);
    check(&directory, &key, Timestamp::from_seconds(20)).unwrap().unwrap();
    assert_eq!(take_last_uses(&directory), [LastUse { key_id: key.id, at: Timestamp::from_seconds(20) }]);
}

#[test]
fn a_directory_that_lost_its_trust_is_not_declared_whole() {
    let directory = KeyDirectory::new();
    directory.set_trust(Trust::Lost);
    directory.set_whole();
    assert_eq!(directory.trust(), Trust::Lost);
}

#[test]
fn a_refused_request_is_no_use() {
    let directory = KeyDirectory::new();
    let key = ApiKey { status: KeyStatus::Locked, ..api_key(1) };
    directory.put(&key);
    check(&directory, &key, Timestamp::from_seconds(1)).unwrap().unwrap_err();
    assert_eq!(take_last_uses(&directory), []);
}
