//! Jobs that resend deliveries, on both databases: across a restart, and past damaged rows.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::id::{DeliveryId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::resends::{NewResend, ResendJob, ResendState, Resends, Skipped};
use devhub_domain::testing::{ManualClock, SeededEntropy, contract, endpoint, event};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, DeliveryFilter, DeliveryState};
use devhub_storage::{Database, Options};

use crate::support::{Guard, execute_on, look, on_each, put};

const COUNT: usize = 130;

fn workspace_id() -> WorkspaceId {
    endpoint(1).workspace_id
}

fn filter() -> DeliveryFilter {
    DeliveryFilter { state: Some(DeliveryState::Exhausted), ..DeliveryFilter::default() }
}

/// A database with deliveries that were given up.
fn with_given_up(open: fn() -> (Database, Guard)) -> (Database, Guard) {
    let (database, guard) = open();
    contract::seed(&database);
    let given_up = |number| Delivery {
        state: DeliveryState::Exhausted,
        due_at: None,
        attempts: 9,
        finished_at: Some(Timestamp::from_seconds(2)),
        ..Delivery::born(&event(number), &endpoint(1), None)
    };
    put(&database, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        for number in (1..).take(COUNT) {
            tx.insert_event(&event(number))?;
            tx.insert_deliveries(&[given_up(number)])?;
        }
        Ok(())
    });
    (database, guard)
}

fn resends(database: &Database) -> Resends {
    let entropy = Arc::new(SeededEntropy::new(1));
    Resends::new(Arc::new(database.clone()), Arc::new(ManualClock::default()), entropy)
}

fn begin(database: &Database) -> ResendJob {
    let estimate = resends(database).estimate(workspace_id(), &filter()).unwrap();
    let new = NewResend { filter: filter(), estimate };
    resends(database).create(Asker::SYSTEM, workspace_id(), new).unwrap().commit().unwrap().job
}

fn find(database: &Database, job: &ResendJob) -> ResendJob {
    resends(database).find(workspace_id(), job.id).unwrap().job
}

fn reopened(database: Database, guard: &Guard) -> Database {
    database.shutdown();
    Database::open(&guard.url(), Options { writers: 1, ..Options::default() }).unwrap()
}

/// Those that were asked for, each once, because a list names each once.
fn asked_for(database: &Database) -> Vec<DeliveryId> {
    let mut page = PageRequest { size: PageSize::MAX, after: None };
    let mut found = Vec::new();
    loop {
        let listed = look(database, |tx| tx.list_deliveries(workspace_id(), &DeliveryFilter::default(), page)).unwrap();
        let resent = listed.items.iter().filter(|delivery| delivery.resend.is_some());
        found.extend(resent.map(|delivery| delivery.id));
        page.after = listed.next;
        if page.after.is_none() {
            return found;
        }
    }
}

fn case_19_a_job_goes_on_where_it_was_after_a_restart(open: fn() -> (Database, Guard)) {
    let (mut database, guard) = with_given_up(open);
    let job = begin(&database);
    assert_eq!(job.estimate, 130);
    let mut resent = Vec::new();
    while find(&database, &job).state == ResendState::Running {
        resends(&database).step().unwrap();
        database = reopened(database, &guard);
        let progress = find(&database, &job).progress;
        assert_eq!(u64::try_from(asked_for(&database).len()).unwrap(), progress.resent, "one is there with the other");
        resent.push(progress.resent);
    }
    assert_eq!(resent, [50, 100, 130, 130]);
    assert_eq!(find(&database, &job).state, ResendState::Done);
}

fn case_19_eight_that_take_the_same_steps_resend_each_delivery_once(open: fn() -> (Database, Guard)) {
    let (database, _guard) = with_given_up(open);
    let job = begin(&database);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while find(&database, &job).state == ResendState::Running {
                    resends(&database).step().unwrap();
                }
            });
        }
    });
    assert_eq!(find(&database, &job).progress.resent, 130);
    assert_eq!(asked_for(&database).len(), COUNT);
}

fn a_damaged_delivery_is_counted_and_does_not_stop_the_others(open: fn() -> (Database, Guard)) {
    let (database, guard) = with_given_up(open);
    execute_on(
        &guard,
        "UPDATE deliveries SET event_type = 'not a type' WHERE id = (SELECT id FROM deliveries ORDER BY id LIMIT 1)",
    );
    let job = begin(&database);
    while find(&database, &job).state == ResendState::Running {
        resends(&database).step().unwrap();
    }
    let progress = find(&database, &job).progress;
    assert_eq!((progress.resent, progress.skipped), (129, Skipped { unreadable: 1, ..Skipped::default() }));
}

on_each! {
    case_19_a_job_goes_on_where_it_was_after_a_restart
    case_19_eight_that_take_the_same_steps_resend_each_delivery_once
    a_damaged_delivery_is_counted_and_does_not_stop_the_others
}
