//! Case 22: a hub on a restored database sends nothing that is long overdue until somebody decides.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::events::{Event, Payload};
use devhub_domain::id::{EventId, JobId, WorkspaceId};
use devhub_domain::resends::{NewResend, Resends};
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::time::{Clock as _, SystemClock, Timestamp};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Delivery, DeliveryFilter, DeliveryState};
use devhub_storage::{Database, DatabaseUrl, Options};
use serde_json::{Value, json};

use crate::harness::{Home, Hub};

const PASSPHRASE: &str = "correct horse battery staple";
/// These tests ask again and again, as fast as the machine lets them: no limit counts for them.
const SETTINGS: [&str; 6] = [
    "--set",
    "webhooks.allow_http=true",
    "--set",
    "webhooks.allow_networks=127.0.0.0/8",
    "--set",
    "limits.exempt_networks=127.0.0.0/8",
];
const SCOPES: &str = "endpoints:read,endpoints:write,deliveries:read,deliveries:write";

fn serve(home: &Home, folder: &str) -> Hub {
    home.serve(&[&["--data", folder], &SETTINGS[..]].concat())
}

fn listed(hub: &Hub, token: &str, state: &str) -> Vec<Value> {
    let (status, text) = hub.call("GET", &format!("/api/hub/v1/deliveries?state={state}"), Some(token), "");
    assert_eq!(status, 200, "{text}");
    let page: Value = serde_json::from_str(&text).unwrap();
    page["items"].as_array().unwrap().clone()
}

/// How many were sent and wait for their next attempt.
fn tried(hub: &Hub, token: &str) -> usize {
    listed(hub, token, "waiting").iter().filter(|delivery| delivery["attempt_count"] != json!(0)).count()
}

/// An event of `age` ago with a delivery that has waited since, to an endpoint at which nobody listens.
fn waiting_since(tx: &mut dyn Tx, endpoint: &Value, workspace_id: WorkspaceId, age: Duration) {
    let at = SystemClock::new().now().minus(age);
    let mut id = *EventId::lowest_at(at).as_bytes();
    id[15] = 1;
    let event = Event {
        id: EventId::from_bytes(id),
        workspace_id,
        event_type: "payment.completed".parse().unwrap(),
        external_id: None,
        payload: Payload::new(b"{}", 10).unwrap(),
        accepted_at: at,
    };
    let target = tx.find_target(workspace_id, endpoint["id"].as_str().unwrap().parse().unwrap()).unwrap().unwrap();
    tx.insert_event(&event).unwrap();
    tx.insert_deliveries(&[Delivery::born(&event, &target.endpoint, None)]).unwrap();
}

/// A folder `data` as it was yesterday, and a folder `restored` made of its backup; returns a token for both.
fn backed_up_and_restored(home: &Home) -> String {
    let hub = serve(home, "data");
    let token = home.issue_key_for(SCOPES).1;
    let endpoint = json!({ "url": "http://127.0.0.1:1/", "event_types": ["*"] });
    let (_, endpoint) = hub.call("POST", "/api/hub/v1/endpoints", Some(&token), &endpoint.to_string());
    let (_, workspaces) = hub.call("GET", "/api/hub/v1/whoami", Some(&token), "");
    let endpoint: Value = serde_json::from_str(&endpoint).unwrap();
    let whoami: Value = serde_json::from_str(&workspaces).unwrap();
    hub.stop("-TERM");

    let database = open(home);
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    let workspace_id = whoami["workspace_id"].as_str().unwrap().parse().unwrap();
    write(store, Lane::Interactive, |tx| {
        for hours in [20, 30] {
            waiting_since(tx, &endpoint, workspace_id, Duration::from_hours(hours));
        }
        Ok::<_, devhub_domain::store::StoreError>(())
    })
    .unwrap();
    database.shutdown();
    back_up_and_restore(home);
    token
}

fn open(home: &Home) -> Database {
    Database::open(&DatabaseUrl::Sqlite { folder: home.path("data") }, Options::default()).unwrap()
}

/// Makes a folder `restored` of a backup of the folder `data`.
fn back_up_and_restore(home: &Home) {
    let with_passphrase = |arguments: &[&str]| {
        let ended = home.run_with("DEVHUB_BACKUP_PASSPHRASE", PASSPHRASE, arguments);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    };
    with_passphrase(&["backup", "hub.backup", "--data", "data"]);
    with_passphrase(&["restore", "hub.backup", "--into", "restored"]);
}

/// A folder `data` in which a job runs; returns a token for it and the id of the job.
fn with_running_job(home: &Home) -> (String, JobId) {
    let hub = serve(home, "data");
    let token = home.issue_key_for(SCOPES).1;
    let (_, whoami) = hub.call("GET", "/api/hub/v1/whoami", Some(&token), "");
    let whoami: Value = serde_json::from_str(&whoami).unwrap();
    hub.stop("-TERM");
    let database = open(home);
    let resends =
        Resends::new(Arc::new(database.clone()), Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let filter = DeliveryFilter { state: Some(DeliveryState::Delivered), ..DeliveryFilter::default() };
    let workspace_id = whoami["workspace_id"].as_str().unwrap().parse().unwrap();
    let new = NewResend { filter, estimate: 0 };
    let job = resends.create(Asker::COMMAND_LINE, workspace_id, new).unwrap().commit().unwrap().job;
    database.shutdown();
    (token, job.id)
}

#[test]
fn case_22_a_job_that_was_under_way_in_a_backup_is_paused_and_named() {
    let home = Home::new();
    let (token, job_id) = with_running_job(&home);
    back_up_and_restore(&home);

    let hub = serve(&home, "restored");
    let said = format!("{job_id} had been running and is paused since the restore");
    assert!(hub.greeting.contains(&said), "{}", hub.greeting);
    let (status, text) = hub.call("GET", &format!("/api/hub/v1/deliveries/resends/{job_id}"), Some(&token), "");
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &shown["state"]), (200, &json!("paused")));
}

#[test]
fn a_job_that_is_paused_because_overdue_deliveries_are_withheld_is_named() {
    let home = Home::new();
    let (_, job_id) = with_running_job(&home);
    let said = home.succeed(&["deliveries", "withhold", "--data", "data"]);
    assert!(said.starts_with("0 deliveries withheld\n"), "{said}");
    assert!(said.contains(&format!("{job_id} had been running and is paused since the restore")), "{said}");
}

#[test]
fn case_22_what_was_overdue_in_a_backup_waits_for_a_decision_and_is_sent_by_it() {
    let home = Home::new();
    let token = backed_up_and_restored(&home);
    let hub = serve(&home, "restored");
    assert!(hub.greeting.contains("2 deliveries wait for a decision since a restore"), "{}", hub.greeting);
    assert!(!home.path("restored/hub.restored").exists());
    let withheld = listed(&hub, &token, "withheld");
    assert_eq!(withheld.iter().map(|delivery| &delivery["attempt_count"]).collect::<Vec<_>>(), [&json!(0), &json!(0)]);
    assert_eq!(listed(&hub, &token, "waiting"), Vec::<Value>::new());
    hub.stop("-TERM");

    // A second start is no restore, and changes nothing of the decision.
    let hub = serve(&home, "restored");
    assert!(hub.greeting.contains("2 deliveries wait for a decision"), "{}", hub.greeting);
    let said = home.succeed(&["deliveries", "release", "--data", "restored"]);
    assert!(said.starts_with("job_") && said.contains("sends 2 deliveries"), "{said}");
    while tried(&hub, &token) < 2 {
        std::thread::yield_now();
    }
    assert_eq!(
        home.succeed(&["deliveries", "withheld", "--data", "restored"]),
        "0 deliveries waiting for a decision\n"
    );
}

#[test]
fn case_22_what_waits_for_a_decision_is_given_up_by_it() {
    let home = Home::new();
    let token = backed_up_and_restored(&home);
    let hub = serve(&home, "restored");
    assert_eq!(home.succeed(&["deliveries", "close", "--data", "restored"]), "2 deliveries given up\n");
    let superseded = listed(&hub, &token, DeliveryState::Closed(devhub_domain::webhooks::Close::Superseded).as_str());
    assert_eq!(superseded.len(), 2);
    assert!(superseded[0]["finished_at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let ended = home.run(&["deliveries", "release", "--data", "restored"]);
    assert!(ended.stderr.contains("no delivery waits for a decision"), "{}", ended.stderr);
}

#[test]
fn case_22_what_was_overdue_after_a_mere_downtime_is_sent() {
    let home = Home::new();
    let token = backed_up_and_restored(&home);
    let hub = serve(&home, "data");
    assert!(!hub.greeting.contains("decision"), "{}", hub.greeting);
    while tried(&hub, &token) < 2 {
        std::thread::yield_now();
    }
}
