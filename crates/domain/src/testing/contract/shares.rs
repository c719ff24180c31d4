//! What workspaces share: a claim keeps to what each has room for.

use super::deliveries::{endpoint_of, waiting};
use super::seed::{Store, look, put, workspace_id};
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;
use crate::webhooks::{Endpoint, Room};

const NOW: Timestamp = Timestamp::from_seconds(100);

/// A workspace that has its share is passed over, and one with room for few gets those; what others bring is as much as before.
pub fn a_claim_brings_no_more_of_a_workspace_than_it_has_room_for(store: &Store) {
    let own = [1, 2].map(|number| endpoint_of(store, number));
    let other = Endpoint { workspace_id: workspace_id(2), ..endpoint(3) };
    put(store, |tx| tx.insert_endpoint(&other));
    for (number, endpoint) in (0..).zip([&own[0], &own[0], &own[1], &own[1], &other, &other]) {
        waiting(store, number, endpoint, Timestamp::from_seconds(i64::from(number)));
    }
    put(store, |tx| tx.insert_session(&session(7)));
    let claim = |room: &Room| {
        let work = put(store, |tx| tx.claim_due(session(7).id, NOW, room)).work;
        work.iter().map(|work| work.delivery.event_id).collect::<Vec<_>>()
    };
    let events = |numbers: &[u32]| numbers.iter().map(|number| event(*number).id).collect::<Vec<_>>();
    let few = |count| Room { fewer_of_workspace: [(own[0].workspace_id, count)].into(), ..Room::of(10) };
    assert_eq!(claim(&Room { per_workspace: 1, ..few(0) }), events(&[4]));
    // What a claim brings before it comes to the end of all endpoints counts after that too.
    let from_the_middle = Room { after: Some(own[0].id), per_endpoint: 2, ..few(3) };
    assert_eq!(claim(&from_the_middle), events(&[2, 3, 5, 0]));
}

/// Endpoints of one workspace are one workspace's, however many; those of another are not.
pub fn workspaces_with_endpoints_are_told_apart(store: &Store) {
    let has_several = || look(store, |tx| tx.has_several_workspaces());
    assert!(!has_several());
    endpoint_of(store, 1);
    endpoint_of(store, 2);
    assert!(!has_several());
    put(store, |tx| tx.insert_endpoint(&Endpoint { workspace_id: workspace_id(2), ..endpoint(3) }));
    assert!(has_several());
}
