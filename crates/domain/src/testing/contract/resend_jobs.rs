//! Jobs that resend deliveries: written, found, and what they come by.

use super::endpoint_health::{health, open};
use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::events::Event;
use crate::id::{DeliveryId, EndpointId, EventId, JobId, KeyId};
use crate::page::{PageRequest, PageSize, Period};
use crate::resends::{Progress, ResendJob, ResendState, Skipped};
use crate::testing::{endpoint, event, resend_job};
use crate::time::Timestamp;
use crate::webhooks::{Delivery, DeliveryFilter, DeliveryState, Endpoint, EndpointStatus};

const NOW: Timestamp = Timestamp::from_seconds(100);
const END: DeliveryId = DeliveryId::from_bytes([0xff; 16]);

fn find(store: &Store, job: &ResendJob) -> Option<ResendJob> {
    look(store, |tx| tx.find_resend_job(job.workspace_id, job.id))
}

/// Stores an event with one delivery that was given up.
fn given_up(store: &Store, number: u32, endpoint: &Endpoint) -> Delivery {
    let born = Delivery::born(&event(number), endpoint, None);
    let delivery = Delivery { state: DeliveryState::Exhausted, due_at: None, finished_at: Some(NOW), ..born };
    put(store, |tx| {
        tx.insert_event(&Event { workspace_id: endpoint.workspace_id, ..event(number) })?;
        tx.insert_deliveries(std::slice::from_ref(&delivery))
    });
    delivery
}

/// A job reads back as it was written, whatever its filter and state; another workspace has no such job.
pub fn a_job_reads_back_as_it_was_written(store: &Store) {
    let filter = DeliveryFilter {
        event_id: Some(EventId::from_bytes([1; 16])),
        event_type: "payment.completed".parse().ok(),
        endpoint_id: Some(EndpointId::from_bytes([2; 16])),
        state: Some(DeliveryState::Parked),
        created: Period { from: Some(Timestamp::from_micros(5)), before: Some(NOW) },
    };
    let skipped = Skipped {
        in_flight: 1,
        held: 2,
        endpoint_inactive: 3,
        endpoint_failing: 4,
        too_many_resends: 5,
        unreadable: u64::from(u32::MAX),
    };
    for (number, state) in (1..).zip(ResendState::ALL.into_iter().filter(|state| state.is_over())) {
        let job = ResendJob {
            filter: filter.clone(),
            state,
            cursor: Some(DeliveryId::from_bytes([3; 16])),
            progress: Progress { resent: 9, skipped },
            failure: Some("store_conflict".to_owned()),
            created_by: crate::audit::Actor::Key(KeyId::from_bytes([4; 16])),
            finished_at: Some(NOW),
            ..resend_job(number)
        };
        put(store, |tx| tx.insert_resend_job(&job));
        assert_eq!(find(store, &job), Some(job.clone()));
        assert_eq!(find(store, &ResendJob { workspace_id: workspace_id(2), ..job.clone() }), None);
        expect_conflict(try_put(store, |tx| tx.insert_resend_job(&job)));
    }
    let plain = resend_job(77);
    put(store, |tx| tx.insert_resend_job(&plain));
    assert_eq!(find(store, &plain), Some(plain));
}

/// State, cursor, progress, failure and end of a job change; one that is not there does not.
pub fn a_job_moves_on(store: &Store) {
    put(store, |tx| tx.insert_resend_job(&resend_job(1)));
    let progress = Progress { resent: 5, skipped: Skipped { held: 1, ..Skipped::default() } };
    let cursor = Some(DeliveryId::from_bytes([5; 16]));
    let moved = ResendJob { cursor, progress, ..resend_job(1) }.failed("store_corrupt", NOW);
    put(store, |tx| tx.update_resend_job(&moved));
    assert_eq!(find(store, &moved), Some(moved));
    expect_conflict(try_put(store, |tx| tx.update_resend_job(&resend_job(2))));
}

/// A second job of a workspace is refused until the first is over; another workspace has its own.
pub fn a_workspace_has_one_job_that_is_not_over(store: &Store) {
    let (first, second) = (resend_job(1), resend_job(2));
    let other = ResendJob { workspace_id: workspace_id(2), ..resend_job(3) };
    put(store, |tx| tx.insert_resend_job(&first));
    put(store, |tx| tx.insert_resend_job(&other));
    expect_conflict(try_put(store, |tx| tx.insert_resend_job(&second)));
    let paused = first.paused().unwrap();
    put(store, |tx| tx.update_resend_job(&paused));
    expect_conflict(try_put(store, |tx| tx.insert_resend_job(&second)));
    assert_eq!(look(store, |tx| tx.find_open_resend_job(workspace_id(1))), Some(paused.clone()));
    put(store, |tx| tx.update_resend_job(&paused.clone().done(NOW)));
    assert_eq!(look(store, |tx| tx.find_open_resend_job(workspace_id(1))), None);
    put(store, |tx| tx.insert_resend_job(&second));
    assert_eq!(look(store, |tx| tx.find_open_resend_job(workspace_id(2))), Some(other));
}

/// Jobs are listed newest first, page by page, in their own workspace.
pub fn jobs_are_listed_in_their_workspace(store: &Store) {
    for number in 1..=3 {
        put(store, |tx| tx.insert_resend_job(&resend_job(number).done(NOW)));
    }
    put(store, |tx| tx.insert_resend_job(&ResendJob { workspace_id: workspace_id(2), ..resend_job(4) }));
    let list = |after| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        let page = look(store, |tx| tx.list_resend_jobs(workspace_id(1), page));
        (page.items.iter().map(|job| job.id).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(list(None), (vec![resend_job(3).id, resend_job(2).id], Some(resend_job(2).id)));
    assert_eq!(list(Some(resend_job(2).id)), (vec![resend_job(1).id], None));
}

/// Running jobs of all workspaces are found, in the order of those.
pub fn running_jobs_are_found(store: &Store) {
    let other = ResendJob { workspace_id: workspace_id(2), ..resend_job(1) };
    put(store, |tx| tx.insert_resend_job(&resend_job(2)));
    put(store, |tx| tx.insert_resend_job(&other));
    put(store, |tx| tx.insert_resend_job(&resend_job(3).done(NOW)));
    let ids = |after, limit| -> Vec<JobId> {
        look(store, |tx| tx.list_running_resend_jobs(after, limit)).into_iter().map(|job| job.id).collect()
    };
    assert_eq!(ids(None, 10), [resend_job(2).id, other.id]);
    assert_eq!(ids(None, 1), [resend_job(2).id]);
    assert_eq!(ids(Some(workspace_id(1)), 10), [other.id]);
    assert_eq!(ids(Some(workspace_id(2)), 10), []);
    put(store, |tx| tx.update_resend_job(&other.clone().paused().unwrap()));
    assert_eq!(ids(None, 10), [resend_job(2).id]);
}

/// The newest jobs of a workspace are kept, and one that is not over however old it is.
pub fn old_jobs_are_removed(store: &Store) {
    put(store, |tx| tx.insert_resend_job(&resend_job(1)));
    for number in 2..=5 {
        put(store, |tx| tx.insert_resend_job(&resend_job(number).done(NOW)));
    }
    let other = ResendJob { workspace_id: workspace_id(2), ..resend_job(6) }.done(NOW);
    put(store, |tx| tx.insert_resend_job(&other));
    put(store, |tx| tx.delete_old_resend_jobs(workspace_id(1), 2));
    let page = look(store, |tx| tx.list_resend_jobs(workspace_id(1), PageRequest::default()));
    assert_eq!(page.items.iter().map(|job| job.id).collect::<Vec<_>>(), [5, 4, 1].map(|number| resend_job(number).id));
    assert_eq!(find(store, &other), Some(other));
}

/// A scan goes through all deliveries below its end, oldest first, each once.
pub fn a_scan_sees_every_delivery_once(store: &Store) {
    let endpoint = endpoint(1);
    put(store, |tx| tx.insert_endpoint(&endpoint));
    let mut ids: Vec<_> = (1..=7).map(|number| given_up(store, number, &endpoint).id).collect();
    ids.sort_unstable();
    let last = ids[6];
    let filter = DeliveryFilter { state: Some(DeliveryState::Exhausted), ..DeliveryFilter::default() };
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let scanned = look(store, |tx| tx.scan_deliveries(workspace_id(1), &filter, (after, last), 2));
        seen.extend(scanned.deliveries.iter().map(|delivery| delivery.id));
        assert_eq!(scanned.last, scanned.deliveries.last().map(|delivery| delivery.id));
        after = scanned.last;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids[..6]);
}

/// A scan and a count see what the filter wants, in their own workspace.
pub fn a_scan_sees_what_its_filter_wants(store: &Store) {
    let (one, two) = (endpoint(1), endpoint(2));
    let elsewhere = Endpoint { workspace_id: workspace_id(2), ..endpoint(3) };
    for endpoint in [&one, &two, &elsewhere] {
        put(store, |tx| tx.insert_endpoint(endpoint));
    }
    let (first, second) = (given_up(store, 1, &one), given_up(store, 2, &two));
    let foreign = Event { workspace_id: workspace_id(2), ..event(3) };
    put(store, |tx| tx.insert_deliveries(&[Delivery::born(&foreign, &elsewhere, None)]));
    let of = |filter: &DeliveryFilter| {
        let scanned = look(store, |tx| tx.scan_deliveries(workspace_id(1), filter, (None, END), 10));
        let count = look(store, |tx| tx.count_deliveries(workspace_id(1), filter, END, 10));
        assert_eq!(scanned.deliveries.len(), count);
        scanned.deliveries.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    let all = DeliveryFilter::default();
    let mut both = [first.id, second.id];
    both.sort_unstable();
    assert_eq!(of(&all), both);
    assert_eq!(of(&DeliveryFilter { endpoint_id: Some(one.id), ..all.clone() }), [first.id]);
    assert_eq!(of(&DeliveryFilter { event_type: "payment.completed".parse().ok(), ..all.clone() }), both);
    assert_eq!(of(&DeliveryFilter { event_type: "payment.failed".parse().ok(), ..all.clone() }), []);
    assert_eq!(of(&DeliveryFilter { state: Some(DeliveryState::Delivered), ..all.clone() }), []);
    assert_eq!(look(store, |tx| tx.count_deliveries(workspace_id(1), &all, END, 1)), 1);
    assert_eq!(look(store, |tx| tx.count_deliveries(workspace_id(1), &all, both[1], 10)), 1);
}

/// What somebody has asked for is not counted while the circuit of its endpoint is open: it may be long until it goes.
pub fn what_somebody_asked_for_is_not_counted_while_its_endpoint_is_probed(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let resent = given_up(store, 1, &endpoint(1)).resent(NOW).unwrap();
    put(store, |tx| tx.update_resent(&resent));
    let count = || look(store, |tx| tx.count_resent(workspace_id(1), 10));
    put(store, |tx| tx.put_health(&health(1)));
    assert_eq!(count(), 1, "it fails, and is sent everything all the same");
    put(store, |tx| tx.put_health(&open(1)));
    assert_eq!(count(), 0);
    put(store, |tx| tx.delete_health(endpoint(1).id));
    assert_eq!(count(), 1);
}

/// What somebody has asked for is counted while it waits or is sent, but not for an endpoint that gets nothing.
pub fn what_somebody_asked_for_is_counted_until_it_comes_back(store: &Store) {
    let (active, paused) = (endpoint(1), endpoint(2));
    put(store, |tx| tx.insert_endpoint(&active));
    put(store, |tx| tx.insert_endpoint(&paused));
    let before = [given_up(store, 1, &active), given_up(store, 2, &active), given_up(store, 3, &paused)];
    let count = |limit| look(store, |tx| tx.count_resent(workspace_id(1), limit));
    assert_eq!(count(10), 0);
    for delivery in &before {
        put(store, |tx| tx.update_resent(&delivery.clone().resent(NOW).unwrap()));
    }
    assert_eq!((count(10), count(2)), (3, 2));
    put(store, |tx| {
        tx.update_endpoint(&Endpoint { status: EndpointStatus::Paused, revision: 2, ..paused.clone() })?;
        tx.insert_session(&crate::testing::session(7))
    });
    let claimed = put(store, |tx| tx.claim_due(crate::testing::session(7).id, NOW, &crate::webhooks::Room::of(1)))
        .work
        .remove(0)
        .delivery;
    assert_eq!(count(10), 2, "what is being sent has not come back");
    let back = Delivery { state: DeliveryState::Exhausted, lease: None, resend: None, attempts: 1, ..claimed };
    assert!(put(store, |tx| tx.record_delivery(crate::testing::session(7).id, &back)));
    assert_eq!(count(10), 1);
}
