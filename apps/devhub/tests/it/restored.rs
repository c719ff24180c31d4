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

/// A workspace with a token for it and an endpoint at which nobody listens.
struct Receiver {
    workspace_id: WorkspaceId,
    token: String,
    endpoint: Value,
}

impl Receiver {
    /// In the workspace that is named, or in the first.
    fn make(home: &Home, hub: &Hub, workspace: Option<&str>) -> Self {
        let issue = ["keys", "issue", "--label", "Shop", "--scope", SCOPES, "--data", "data"];
        let elsewhere = workspace.map(|id| ["--workspace", id]);
        let token = home.succeed(&[&issue[..], elsewhere.as_ref().map_or(&[], |option| &option[..])].concat());
        let token = token.trim().to_owned();
        let endpoint = json!({ "url": "http://127.0.0.1:1/", "event_types": ["*"] });
        let (_, endpoint) = hub.call("POST", "/api/hub/v1/endpoints", Some(&token), &endpoint.to_string());
        let (_, whoami) = hub.call("GET", "/api/hub/v1/whoami", Some(&token), "");
        let whoami: Value = serde_json::from_str(&whoami).unwrap();
        let workspace_id = whoami["workspace_id"].as_str().unwrap().parse().unwrap();
        Self { workspace_id, token, endpoint: serde_json::from_str(&endpoint).unwrap() }
    }
}

/// Two overdue deliveries of each, in the folder `data`, on which no hub may run.
fn make_overdue(home: &Home, receivers: &[&Receiver]) {
    let database = open(home);
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    write(store, Lane::Interactive, |tx| {
        for (Receiver { workspace_id, endpoint, .. }, number) in receivers.iter().zip(0..) {
            // Apart, since the id of an event is its time.
            for hours in [20 + number, 30 + number] {
                waiting_since(tx, endpoint, *workspace_id, Duration::from_hours(hours));
            }
        }
        Ok::<_, devhub_domain::store::StoreError>(())
    })
    .unwrap();
    database.shutdown();
}

/// A folder `data` as it was yesterday, and a folder `restored` made of its backup; returns a token for both.
fn backed_up_and_restored(home: &Home) -> String {
    let hub = serve(home, "data");
    let receiver = Receiver::make(home, &hub, None);
    hub.stop("-TERM");
    make_overdue(home, &[&receiver]);
    back_up_and_restore(home);
    receiver.token
}

/// A folder `data` with a receiver in each of two workspaces, on which no hub runs.
fn two_receivers(home: &Home) -> [Receiver; 2] {
    serve(home, "data").stop("-TERM");
    let second_id = home.second_workspace();
    let hub = serve(home, "data");
    let receivers = [None, Some(second_id.as_str())].map(|workspace| Receiver::make(home, &hub, workspace));
    hub.stop("-TERM");
    receivers
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
    (token, begin_job(home, whoami["workspace_id"].as_str().unwrap().parse().unwrap()))
}

/// A job that runs in a workspace of the folder `data`, on which no hub may.
fn begin_job(home: &Home, workspace_id: WorkspaceId) -> JobId {
    let database = open(home);
    let resends =
        Resends::new(Arc::new(database.clone()), Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let filter = DeliveryFilter { state: Some(DeliveryState::Delivered), ..DeliveryFilter::default() };
    let new = NewResend { filter, estimate: 0 };
    let job = resends.create(Asker::COMMAND_LINE, workspace_id, new).unwrap().commit().unwrap().job;
    database.shutdown();
    job.id
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
fn case_22_what_was_overdue_in_every_workspace_is_counted_and_sent() {
    let home = Home::new();
    let receivers = two_receivers(&home);
    make_overdue(&home, &receivers.each_ref());
    back_up_and_restore(&home);
    let hub = serve(&home, "restored");
    assert!(hub.greeting.contains("4 deliveries wait for a decision since a restore"), "{}", hub.greeting);
    let withheld = ["deliveries", "withheld", "--data", "restored"];
    assert_eq!(home.succeed(&withheld), "4 deliveries waiting for a decision\n");
    let said = home.succeed(&["deliveries", "release", "--data", "restored"]);
    assert_eq!(said.lines().filter(|line| line.contains("sends 2 deliveries")).count(), 2, "{said}");
    for Receiver { token, .. } in &receivers {
        while tried(&hub, token) < 2 {
            std::thread::yield_now();
        }
    }
    assert_eq!(home.succeed(&withheld), "0 deliveries waiting for a decision\n");
}

#[test]
fn case_22_what_was_overdue_in_another_workspace_than_the_first_is_given_up_without_a_running_hub() {
    let home = Home::new();
    let receivers = two_receivers(&home);
    make_overdue(&home, &[&receivers[1]]);
    assert_eq!(home.succeed(&["deliveries", "withhold", "--data", "data"]), "2 deliveries withheld\n");
    assert_eq!(home.succeed(&["deliveries", "close", "--data", "data"]), "2 deliveries given up\n");
}

#[test]
fn a_job_that_is_not_over_keeps_no_other_workspace_from_its_own() {
    let home = Home::new();
    let receivers = two_receivers(&home);
    make_overdue(&home, &receivers.each_ref());
    let job_id = begin_job(&home, receivers[0].workspace_id);
    home.succeed(&["deliveries", "withhold", "--data", "data"]);
    let release = ["deliveries", "release", "--data", "data"];
    let ended = home.run(&release);
    assert_eq!((ended.code, ended.stdout.matches("sends 2 deliveries").count()), (3, 1), "{}", ended.stdout);
    let said = format!(": job {job_id} is not over: wait for its end, or cancel it\n");
    assert!(ended.stderr.starts_with("warning: ") && ended.stderr.ends_with(&said), "{}", ended.stderr);
    // Nothing more can begin.
    let ended = home.run(&release);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("no job has begun: "), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches(" is not over").count(), 2, "of each workspace: {}", ended.stderr);
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
