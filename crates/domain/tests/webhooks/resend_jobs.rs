//! Jobs that resend all that a filter matches.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::{EndpointId, JobId, KeyId, SessionId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize, Period};
use devhub_domain::resends::{
    NewResend, Pace, RESENT_WAITING_MAX, ResendJob, ResendJobError, ResendState, Skipped, WaitingFor,
};
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::testing::resend_job;
use devhub_domain::time::{Clock as _, Timestamp};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Circuit, Delivery, DeliveryFilter, DeliveryState, Health};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

fn delivered() -> DeliveryFilter {
    DeliveryFilter { state: Some(DeliveryState::Delivered), ..DeliveryFilter::default() }
}

/// A hub with so many deliveries that were delivered.
fn with_delivered(count: usize) -> (Hub, SessionId) {
    let hub = Hub::new();
    hub.create("*");
    let session = hub.open_session();
    for _ in 0..count {
        hub.publish("payment.completed");
        hub.answer(session, &hub.handed_over(), 204);
    }
    (hub, session)
}

fn begin(hub: &Hub, filter: DeliveryFilter) -> ResendJob {
    let estimate = hub.resends().estimate(WORKSPACE, &filter).unwrap();
    hub.resends().create(Asker::SYSTEM, WORKSPACE, NewResend { filter, estimate }).unwrap().commit().unwrap().job
}

/// Sends what is due, and has the receiver take it; says how many.
fn send_all(hub: &Hub, session: SessionId) -> usize {
    let work = hub.deliveries.claim(session, Vec::new(), 1_000).commit().unwrap().work;
    for work in &work {
        hub.answer(session, work, 204);
    }
    work.len()
}

fn all(hub: &Hub) -> Vec<Delivery> {
    let mut page = PageRequest { size: PageSize::MAX, after: None };
    let mut all = Vec::new();
    loop {
        let found = hub.deliveries.list(WORKSPACE, &DeliveryFilter::default(), page).unwrap();
        all.extend(found.items);
        page.after = found.next;
        if page.after.is_none() {
            return all;
        }
    }
}

fn find(hub: &Hub, id: JobId) -> ResendJob {
    hub.resends().find(WORKSPACE, id).unwrap().job
}

#[test]
fn case_19_each_delivery_is_resent_once_with_progress_and_across_a_restart() {
    let (hub, session) = with_delivered(120);
    let job = begin(&hub, delivered());
    assert_eq!((job.state, job.estimate), (ResendState::Running, 120));
    let mut resent = Vec::new();
    while find(&hub, job.id).state == ResendState::Running {
        // Every step is another hub's, which knows nothing but what is stored.
        hub.resends().step().unwrap();
        resent.push(find(&hub, job.id).progress.resent);
        send_all(&hub, session);
    }
    assert_eq!(resent, [50, 100, 120, 120]);
    let done = find(&hub, job.id);
    assert_eq!((done.state, done.progress.skipped), (ResendState::Done, Skipped::default()));
    assert_eq!(done.finished_at, Some(hub.clock.now()));
    assert!(all(&hub).iter().all(|delivery| (delivery.attempts, delivery.resends) == (2, 1)));
}

#[test]
fn case_19_a_job_keeps_few_deliveries_waiting() {
    let (hub, session) = with_delivered(300);
    let job = begin(&hub, delivered());
    let mut pace = Pace::More;
    while pace == Pace::More {
        pace = hub.resends().step().unwrap();
    }
    assert_eq!(pace, Pace::Waiting);
    assert_eq!(find(&hub, job.id).progress.resent, 200);
    assert_eq!(send_all(&hub, session), RESENT_WAITING_MAX);
    assert_eq!(hub.resends().step().unwrap(), Pace::More);
}

#[test]
fn case_19_a_live_delivery_comes_before_what_a_job_has_not_fed_yet() {
    let (hub, session) = with_delivered(120);
    begin(&hub, delivered());
    hub.resends().step().unwrap();
    *hub.dispatcher.session.lock().unwrap() = None;
    let live = hub.publish("payment.completed").id;
    hub.clock.advance(Duration::from_millis(20));
    hub.resends().step().unwrap();
    let claimed = hub.deliveries.claim(session, Vec::new(), 1_000).commit().unwrap().work;
    let position = claimed.iter().position(|work| work.delivery.event_id == live).unwrap();
    assert!(position <= 50, "behind one step at most, not behind the whole job: {position} of {}", claimed.len());
}

#[test]
fn case_19_a_job_is_paused_goes_on_and_is_cancelled() {
    let (hub, _) = with_delivered(120);
    let job = begin(&hub, delivered());
    hub.resends().step().unwrap();
    hub.resends().pause(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap();
    assert_eq!(hub.resends().step().unwrap(), Pace::Idle);
    assert_eq!(find(&hub, job.id).progress.resent, 50);
    hub.resends().resume(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap();
    hub.resends().step().unwrap();
    let cancelled = hub.resends().cancel(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap().job;
    assert_eq!((cancelled.state, cancelled.progress.resent), (ResendState::Cancelled, 100));
    assert_eq!(hub.resends().step().unwrap(), Pace::Idle);
    let refused = hub.resends().resume(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap_err();
    assert_eq!(refused.to_string(), format!("job {} is over: it was cancelled", job.id));
    assert_eq!(all(&hub).iter().filter(|delivery| delivery.resend.is_some()).count(), 100);
}

#[test]
fn what_is_published_after_a_job_began_is_none_of_its_business() {
    let (hub, session) = with_delivered(2);
    let job = begin(&hub, delivered());
    hub.clock.advance(Duration::from_millis(1));
    hub.publish("payment.completed");
    hub.answer(session, &hub.handed_over(), 204);
    while hub.resends().step().unwrap() == Pace::More {}
    assert_eq!(find(&hub, job.id).progress.resent, 2);
}

#[test]
fn what_cannot_be_resent_is_skipped_and_counted_by_reason() {
    let (hub, _) = with_delivered(1);
    hub.publish("payment.completed");
    let paused = hub.create("payment.failed").endpoint.id;
    hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, paused).commit().unwrap();
    hub.publish("payment.failed");
    let created = DeliveryFilter {
        created: Period { from: Some(Timestamp::from_seconds(0)), before: None },
        ..DeliveryFilter::default()
    };
    let job = begin(&hub, created);
    while hub.resends().step().unwrap() == Pace::More {}
    let progress = find(&hub, job.id).progress;
    assert_eq!((progress.matched(), progress.resent), (4, 1));
    assert_eq!(progress.skipped, Skipped { in_flight: 2, endpoint_inactive: 1, ..Skipped::default() });
}

fn open_circuit(hub: &Hub, endpoint_id: EndpointId) {
    let now = hub.clock.now();
    let health = Health {
        endpoint_id,
        workspace_id: WORKSPACE,
        failures: 10,
        failing_since: now,
        failed_at: now,
        last_error: "the receiver answered 500".to_owned(),
        circuit: Some(Circuit { opened_at: now, pause: Duration::from_secs(30), probe_at: now }),
    };
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    write(store, Lane::Interactive, |tx| tx.put_health(&health)).unwrap();
}

#[test]
fn a_receiver_that_is_dead_does_not_hold_up_a_job() {
    let (hub, _) = with_delivered(300);
    let dead = all(&hub)[0].endpoint_id;
    let job = begin(&hub, delivered());
    while hub.resends().step().unwrap() == Pace::More {}
    assert_eq!(hub.resends().step().unwrap(), Pace::Waiting);
    assert_eq!(hub.resends().find(WORKSPACE, job.id).unwrap().waiting_for, Some(WaitingFor::Room));
    let paused = hub.resends().pause(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap();
    assert_eq!(paused.waiting_for, None, "for somebody, and its state says so");
    let resumed = hub.resends().resume(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap();
    assert_eq!(resumed.waiting_for, Some(WaitingFor::Room));
    open_circuit(&hub, dead);
    while hub.resends().step().unwrap() == Pace::More {}
    let done = find(&hub, job.id);
    assert_eq!((done.state, done.progress.resent), (ResendState::Done, 200));
    assert_eq!(done.progress.skipped, Skipped { endpoint_failing: 100, ..Skipped::default() });
    hub.clock.advance(Duration::from_millis(1));
    let next = begin(&hub, delivered());
    while hub.resends().step().unwrap() == Pace::More {}
    assert_eq!(find(&hub, next.id).state, ResendState::Done);
}

#[test]
fn a_workspace_has_one_job_at_a_time() {
    let (hub, _) = with_delivered(1);
    let resends = hub.resends();
    let create = |workspace_id| {
        let new = NewResend { filter: delivered(), estimate: 1 };
        resends.create(Asker::SYSTEM, workspace_id, new).unwrap().commit()
    };
    let first = create(WORKSPACE).unwrap().job;
    assert!(matches!(create(WORKSPACE), Err(ResendJobError::AnotherOpen(id)) if id == first.id));
    create(OTHER_WORKSPACE).unwrap();
    resends.cancel(Asker::SYSTEM, WORKSPACE, first.id).commit().unwrap();
    create(WORKSPACE).unwrap();
}

#[test]
fn a_filter_that_would_match_everything_is_refused() {
    let hub = Hub::new();
    let new = NewResend { filter: DeliveryFilter::default(), estimate: 0 };
    assert!(matches!(hub.resends().create(Asker::SYSTEM, WORKSPACE, new), Err(ResendJobError::FilterEmpty)));
    let refused = hub.resends().estimate(WORKSPACE, &DeliveryFilter::default()).unwrap_err();
    assert_eq!(refused.code(), "resend_filter_empty");
}

#[test]
fn the_audit_log_tells_who_began_stopped_and_ended_a_job() {
    let (hub, _) = with_delivered(1);
    let key = Asker::key(KeyId::from_bytes([9; 16]), ScopeSet::from_iter([Scope::DeliveriesWrite]));
    let id = begin(&hub, delivered()).id;
    hub.resends().pause(key, WORKSPACE, id).commit().unwrap();
    hub.resends().pause(key, WORKSPACE, id).commit().unwrap();
    hub.resends().resume(key, WORKSPACE, id).commit().unwrap();
    hub.resends().cancel(key, WORKSPACE, id).commit().unwrap();
    let filter = AuditFilter { subject: Some(id.to_string()), ..AuditFilter::default() };
    let log = AuditLog::new(hub.store.clone()).list(WORKSPACE, &filter, PageRequest::default()).unwrap();
    let told: Vec<_> = log.items.iter().map(|entry| (entry.action.as_str(), entry.actor == key.actor())).collect();
    let by_key = ["resend_job.cancelled", "resend_job.resumed", "resend_job.paused"].map(|action| (action, true));
    assert_eq!(told, [by_key.as_slice(), &[("resend_job.created", false)]].concat());
}

#[test]
fn nobody_changes_a_job_without_deliveries_write() {
    let (hub, _) = with_delivered(1);
    let id = begin(&hub, delivered()).id;
    let viewer = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::DeliveriesRead]));
    let resends = hub.resends();
    let refused = [
        resends.pause(viewer, WORKSPACE, id).commit(),
        resends.resume(viewer, WORKSPACE, id).commit(),
        resends.cancel(viewer, WORKSPACE, id).commit(),
    ];
    let refused = refused.map(|outcome| outcome.unwrap_err().code());
    assert_eq!(refused, ["insufficient_scope"; 3]);
    let new = NewResend { filter: delivered(), estimate: 1 };
    let refused = hub.resends().create(viewer, OTHER_WORKSPACE, new).err().unwrap();
    assert_eq!(refused.code(), "insufficient_scope");
}

#[test]
fn a_job_of_another_workspace_does_not_exist() {
    let (hub, _) = with_delivered(1);
    let id = begin(&hub, delivered()).id;
    let refused = hub.resends().cancel(Asker::SYSTEM, OTHER_WORKSPACE, id).commit().unwrap_err();
    assert!(matches!(refused, ResendJobError::NotFound(_)));
    assert!(matches!(hub.resends().find(OTHER_WORKSPACE, id), Err(ResendJobError::NotFound(_))));
}

/// A hundred workspaces whose receivers are slow would else hide the others for as long.
#[test]
fn every_workspace_has_its_turn_however_many_have_a_job() {
    let hub = Hub::new();
    let job =
        |number: u8| ResendJob { workspace_id: WorkspaceId::from_bytes([number; 16]), ..resend_job(u32::from(number)) };
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    write(store, Lane::Background, |tx| (1..=201).try_for_each(|number| tx.insert_resend_job(&job(number)))).unwrap();
    hub.resends().step().unwrap();
    let states =
        (1..=201).map(|number| hub.resends().find(job(number).workspace_id, job(number).id).unwrap().job.state);
    assert!(states.into_iter().all(|state| state == ResendState::Done));
}
