//! Endpoints.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::events::EventPattern;
use crate::page::{PageRequest, PageSize};
use crate::testing::{endpoint, endpoint_secret, endpoint_settings};
use crate::time::Timestamp;
use crate::webhooks::{Disabled, Endpoint, EndpointName, EndpointSettings, EndpointStatus};

/// An endpoint comes back as it went in, with every field set.
pub fn an_endpoint_reads_back_as_it_was_written(store: &Store) {
    let patterns: [EventPattern; 2] = ["payment.*".parse().unwrap(), "refund.completed".parse().unwrap()];
    let endpoint = Endpoint {
        description: "Käufer 'shop'".to_owned(),
        event_types: patterns.to_vec(),
        status: EndpointStatus::Disabled(Disabled::Gone),
        settings: endpoint_settings(),
        created_at: Timestamp::from_micros(1_000_001),
        ..endpoint(1)
    };
    put(store, |tx| tx.insert_endpoint(&endpoint));
    let found = look(store, |tx| tx.find_target(workspace_id(1), endpoint.id)).unwrap();
    assert_eq!(found.endpoint, endpoint);
    assert!(look(store, |tx| tx.find_target(workspace_id(2), endpoint.id)).is_none());
}

/// Ids of endpoints are unique.
pub fn an_id_is_taken_once(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    expect_conflict(try_put(store, |tx| tx.insert_endpoint(&endpoint(1))));
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let paused = Endpoint { status: EndpointStatus::Paused, revision: 2, ..endpoint(1) };
    put(store, |tx| tx.update_endpoint(&paused));
    expect_conflict(try_put(store, |tx| tx.update_endpoint(&paused)));
    let found = look(store, |tx| tx.find_target(workspace_id(1), endpoint(1).id)).unwrap();
    assert_eq!(found.endpoint, paused);
}

/// Settings are written with an update, come with the targets of the next event, and go back to the defaults.
pub fn settings_are_changed_and_go_back_to_their_defaults(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let targets = |store: &Store| put(store, |tx| tx.list_targets(workspace_id(1)))[0].endpoint.clone();
    assert_eq!(targets(store).settings, EndpointSettings::default());
    for (revision, settings) in [(2, endpoint_settings()), (3, EndpointSettings::default())] {
        let changed = Endpoint { settings, revision, ..endpoint(1) };
        put(store, |tx| tx.update_endpoint(&changed));
        assert_eq!(targets(store), changed);
        assert_eq!(look(store, |tx| tx.list_endpoints(workspace_id(1), PageRequest::default())).items, [changed]);
    }
}

/// A deleted endpoint is found, because its deliveries name it, but neither listed, counted nor sent to; its secrets are gone.
pub fn a_deleted_endpoint_is_found_and_not_listed(store: &Store) {
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_endpoint(&endpoint(2))?;
        tx.insert_endpoint_secret(&endpoint_secret(1))
    });
    assert_eq!(look(store, |tx| tx.list_targets(workspace_id(1))).len(), 2);
    let deleted = Endpoint { status: EndpointStatus::Deleted, revision: 2, ..endpoint(1) };
    put(store, |tx| {
        tx.update_endpoint(&deleted)?;
        tx.delete_endpoint_secrets(deleted.id)
    });
    let found = look(store, |tx| tx.find_target(workspace_id(1), deleted.id)).unwrap();
    assert_eq!((&found.endpoint, found.secrets()), (&deleted, &[][..]));
    assert_eq!(look(store, |tx| tx.count_endpoints(workspace_id(1))), 1);
    let listed = look(store, |tx| tx.list_endpoints(workspace_id(1), PageRequest::default()));
    assert_eq!(listed.items, [endpoint(2)]);
    let names = look(store, |tx| tx.list_endpoint_names(workspace_id(1), 10));
    assert_eq!(names.iter().map(|name| name.id).collect::<Vec<_>>(), [endpoint(2).id]);
    let targets = look(store, |tx| tx.list_targets(workspace_id(1)));
    assert_eq!(targets.iter().map(|target| target.endpoint.id).collect::<Vec<_>>(), [endpoint(2).id]);
}

/// Endpoints are counted and listed in their workspace, newest first, page by page.
pub fn endpoints_are_listed_in_their_workspace(store: &Store) {
    put(store, |tx| {
        for number in 1..=3 {
            tx.insert_endpoint(&endpoint(number))?;
        }
        tx.insert_endpoint(&Endpoint { workspace_id: workspace_id(2), ..endpoint(4) })
    });
    assert_eq!(look(store, |tx| tx.count_endpoints(workspace_id(1))), 3);
    let list = |after| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        look(store, |tx| tx.list_endpoints(workspace_id(1), page))
    };
    let first = list(None);
    assert_eq!(first.items, [endpoint(3), endpoint(2)]);
    let second = list(first.next);
    assert_eq!((second.items, second.next), (vec![endpoint(1)], None));
    let name = |number| EndpointName { id: endpoint(number).id, url: endpoint(number).url };
    let names = |limit| look(store, |tx| tx.list_endpoint_names(workspace_id(1), limit));
    assert_eq!((names(10), names(2)), (vec![name(3), name(2), name(1)], vec![name(3), name(2)]));
}
