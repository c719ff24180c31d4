//! What a workspace may know of a token.

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Credentials, Denial, LastUseFlusher, ScopeSet, Verification};
use devhub_domain::grace::Grace;
use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Clock as _;

use crate::hub::{HERE, Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

fn verify(hub: &Hub, workspace_id: WorkspaceId, token: &str) -> Verification {
    let credentials = Credentials { token, address: HERE, required: ScopeSet::DEFAULT };
    let decided = hub.authenticator.authenticate_for(Some(workspace_id), &credentials).unwrap();
    hub.authenticator.verification(workspace_id, token, decided)
}

#[test]
fn a_valid_key_is_described() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let Verification { denial, key } = verify(&hub, WORKSPACE, token(&issued));
    let key = key.unwrap();
    assert_eq!((denial, key.id, key.scopes), (None, issued.key.id, ScopeSet::DEFAULT));
    assert_eq!((&*key.label, &*key.environment), ("Shop", "live"));
}

#[test]
fn a_refused_key_is_described_with_the_reason() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    hub.keys.lock(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    let Verification { denial, key } = verify(&hub, WORKSPACE, token(&issued));
    assert_eq!((denial, key.map(|key| key.id)), (Some(Denial::Locked), Some(issued.key.id)));
}

#[test]
fn a_key_of_another_workspace_is_like_one_that_does_not_exist() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let unknown = Verification { denial: Some(Denial::NotFound), key: None };
    assert_eq!(verify(&hub, OTHER_WORKSPACE, token(&issued)), unknown);
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, issued.key.id).commit().unwrap();
    assert_eq!(verify(&hub, OTHER_WORKSPACE, token(&issued)), unknown);
}

#[test]
fn a_text_that_is_no_token_is_malformed_for_everybody() {
    let hub = Hub::new();
    assert_eq!(verify(&hub, WORKSPACE, "hello"), Verification { denial: Some(Denial::Malformed), key: None });
}

#[test]
fn a_key_that_is_not_in_memory_yet_is_described_after_it_was_read() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let node = Hub::over(hub.store.clone());
    assert_eq!(verify(&node, WORKSPACE, token(&issued)).key.unwrap().id, issued.key.id);
}

#[test]
fn a_key_that_was_cut_off_is_described_with_the_end_that_it_has() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let grace = Grace::from_seconds(0).unwrap();
    hub.keys.rotate(Asker::SYSTEM, WORKSPACE, issued.key.id, grace).unwrap().commit().unwrap();
    let Verification { denial, key } = verify(&hub, WORKSPACE, token(&issued));
    assert_eq!(denial, Some(Denial::Expired));
    assert_eq!(key.unwrap().expires_at, Some(hub.clock.now()));
}

#[test]
fn a_use_is_noted_when_the_workspace_of_the_key_asks_and_no_other() {
    let hub = Hub::new();
    let issued = hub.issue(shop());
    let flusher = LastUseFlusher::new(hub.store.clone(), hub.directory.clone());
    let node = Hub::over(hub.store.clone());
    let reading_flusher = LastUseFlusher::new(node.store.clone(), node.directory.clone());
    verify(&hub, OTHER_WORKSPACE, token(&issued));
    verify(&node, OTHER_WORKSPACE, token(&issued));
    assert_eq!((flusher.flush().unwrap(), reading_flusher.flush().unwrap()), (0, 0));
    verify(&hub, WORKSPACE, token(&issued));
    assert_eq!(flusher.flush().unwrap(), 1);
}
