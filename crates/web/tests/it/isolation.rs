//! Whose things a key sees, and what it may do with them: one table over every route.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::api_keys::{IssuedKey, NewApiKey, Scope};
use devhub_domain::store::{Lane, UnitOfWork};
use devhub_domain::testing::label;
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus, WorkspaceTx};
use serde_json::{Value, json};

use crate::document::document;
use crate::hub::{Answer, Hub, OTHER_WORKSPACE, WORKSPACE, authorized};

/// The id of a secret of an endpoint, as far as its shape goes.
const SECRET: &str = "whs_00000000000000000000000000";

/// Every operation that needs a key: method, path, and what the document says of it.
fn operations() -> impl Iterator<Item = (Method, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/api/hub/v1/"));
    paths.flat_map(|(path, item)| {
        let method = |name: &String| Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
        item.as_object().unwrap().iter().map(move |(name, told)| (method(name), path.as_str(), told))
    })
}

fn all_scopes() -> String {
    Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// Sends the example of the document, to the thing with this id.
async fn send(hub: &Hub, key: &IssuedKey, (method, path, told): (Method, &str, &Value), id: &str) -> Answer {
    let path = path
        .replace("{id}", id)
        .replace("{secret_id}", SECRET)
        .replace("{name}", "payment.completed")
        .replace("{number}", "1");
    let mut req = TestRequest::default().method(method).uri(&path).insert_header(("if-match", "*"));
    if let Some(body) = told.pointer("/requestBody/content/application~1json/example") {
        req = req.set_json(body);
    }
    hub.send(authorized(req, key)).await
}

/// One thing of each kind in the first workspace.
async fn ids(hub: &Hub, key: &IssuedKey) -> Vec<(&'static str, String)> {
    let (name, created_at) = (WorkspaceName::new("Main").unwrap(), Timestamp::from_seconds(1));
    let workspace = Workspace {
        id: WORKSPACE,
        name,
        status: WorkspaceStatus::Active,
        created_at,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
    };
    let store: &dyn UnitOfWork<dyn WorkspaceTx> = &*hub.store;
    store.write(Lane::Interactive, &mut |tx| tx.insert_workspace(&workspace)).unwrap();
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let endpoint = hub.post("/api/hub/v1/endpoints", key, &endpoint).await.field("id");
    let event = json!({ "event_type": "payment.completed", "payload": 1 });
    let event = hub.post("/api/hub/v1/events", key, &event).await.field("id");
    let delivery = hub.get("/api/hub/v1/deliveries", key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let own = hub.key("read").key.id.to_string();
    let job = hub.post("/api/hub/v1/deliveries/resends", key, &json!({ "filter": { "state": "exhausted" } })).await;
    let policy = json!({ "name": "spare", "limit": 1000, "window_s": 60, "path": "/nowhere" });
    let policy = hub.post("/api/hub/v1/limits/policies", key, &policy).await.field("id");
    let made = json!({ "policy": policy, "subject": own, "limit": 1000, "window_s": 60 });
    let made = hub.post("/api/hub/v1/limits/overrides", key, &made).await.field("id");
    vec![
        ("limits/policies", policy),
        ("limits/overrides", made),
        ("deliveries/resends", job.field("id")),
        ("endpoints", endpoint),
        ("events", event),
        ("deliveries", delivery),
        ("keys", own),
        ("workspaces", WORKSPACE.to_string()),
    ]
}

/// A key of the other workspace that may do everything there.
fn stranger(hub: &Hub) -> IssuedKey {
    let new = NewApiKey { scopes: all_scopes().parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    hub.issue(OTHER_WORKSPACE, new)
}

/// What the owner sees of its things, of what was sent, and of who changed what.
async fn seen(hub: &Hub, owner: &IssuedKey, ids: &[(&str, String)]) -> Vec<String> {
    let secrets = ids.iter().filter(|(noun, _)| *noun == "endpoints").map(|(_, id)| format!("endpoints/{id}/secrets"));
    let things = ids.iter().map(|(noun, id)| format!("{noun}/{id}")).chain(secrets);
    let lists = ["keys", "endpoints", "events", "deliveries", "deliveries/resends", "limits/policies", "audit"]
        .map(str::to_owned);
    let mut seen = Vec::new();
    for path in things.chain(lists) {
        let answer = hub.get(&format!("/api/hub/v1/{path}"), owner).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
        seen.push(answer.text);
    }
    seen
}

#[actix_web::test]
async fn the_things_of_another_workspace_do_not_exist() {
    let hub = Hub::new();
    let owner = hub.key(&all_scopes());
    let stranger = stranger(&hub);
    let ids = ids(&hub, &owner).await;
    let before = seen(&hub, &owner, &ids).await;
    let mut asked = 0;
    for operation in operations().filter(|(_, path, _)| path.contains("{id}")) {
        // So much is asked that it would be held against the rate of a key.
        hub.clock.advance(Duration::from_mins(1));
        let noun = noun(operation.1);
        let (_, id) = ids.iter().find(|(kind, _)| *kind == noun).unwrap();
        let place = format!("{} {}", operation.0, operation.1);
        let answer = send(&hub, &stranger, operation, id).await;
        assert_eq!(answer.status_and_code(), (404, not_found(noun).to_owned()), "{place}");
        assert_eq!(seen(&hub, &owner, &ids).await, before, "{place} changed something");
        asked += 1;
    }
    assert_eq!(asked, 38);
}

/// What a path names things of: all before the first placeholder.
fn noun(path: &str) -> &str {
    path.strip_prefix("/api/hub/v1/").unwrap().split("/{").next().unwrap()
}

/// The code of a thing that does not exist: of that noun, and not that of a path that nobody serves.
fn not_found(noun: &str) -> &'static str {
    match noun {
        "keys" => "key_not_found",
        "endpoints" => "endpoint_not_found",
        "events" => "event_not_found",
        "deliveries" => "delivery_not_found",
        "deliveries/resends" => "resend_job_not_found",
        "limits/policies" => "rate_policy_not_found",
        "limits/overrides" => "rate_override_not_found",
        "workspaces" => "workspace_not_found",
        _ => panic!("no code for {noun}"),
    }
}

#[actix_web::test]
async fn nothing_of_another_workspace_is_listed() {
    let hub = Hub::new();
    let owner = hub.key(&all_scopes());
    ids(&hub, &owner).await;
    let stranger = stranger(&hub);
    for noun in
        ["endpoints", "events", "deliveries", "deliveries/resends", "workspaces", "limits/policies", "limits/overrides"]
    {
        let listed = hub.get(&format!("/api/hub/v1/{noun}"), &stranger).await.json();
        assert_eq!(listed["items"], json!([]), "{noun}");
    }
    // The one thing there is the stranger's key, and its log knows of nothing else.
    for (noun, field) in [("keys", "id"), ("audit", "subject")] {
        let listed = hub.get(&format!("/api/hub/v1/{noun}"), &stranger).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{noun}");
        assert_eq!(listed["items"][0][field], stranger.key.id.to_string(), "{noun}");
    }
}

#[actix_web::test]
async fn a_filter_that_names_a_thing_of_another_workspace_finds_nothing() {
    let hub = Hub::new();
    let owner = hub.key(&all_scopes());
    let ids = ids(&hub, &owner).await;
    let stranger = stranger(&hub);
    let of = |noun| &ids.iter().find(|(kind, _)| *kind == noun).unwrap().1;
    let filters = [
        format!("deliveries?endpoint_id={}", of("endpoints")),
        format!("deliveries?event_id={}", of("events")),
        format!("audit?subject={}", of("endpoints")),
    ];
    for filter in filters {
        let path = format!("/api/hub/v1/{filter}");
        assert_eq!(hub.get(&path, &stranger).await.json()["items"], json!([]), "{filter}");
        assert_eq!(hub.get(&path, &owner).await.json()["items"].as_array().unwrap().len(), 1, "{filter}");
    }
}

#[actix_web::test]
async fn a_key_without_the_scope_is_refused_on_every_route_that_needs_one() {
    let hub = Hub::new();
    let key = hub.key("read write admin");
    let mut refused = 0;
    for operation in operations() {
        let told = operation.2["description"].as_str().unwrap();
        let needed = told.split("Needs the scope `").nth(1).and_then(|rest| rest.split('`').next());
        let place = format!("{} {}", operation.0, operation.1);
        let answer = send(&hub, &key, operation, "x").await;
        let Some(needed) = needed else {
            assert_ne!(answer.status.as_u16(), 403, "{place}");
            continue;
        };
        assert_eq!(answer.status_and_code(), (403, "insufficient_scope".to_owned()), "{place}");
        assert!(answer.field("detail").contains(needed), "{place}");
        refused += 1;
    }
    assert_eq!(refused, 69);
}

#[actix_web::test]
async fn nobody_without_a_key_gets_further_than_the_door() {
    let hub = Hub::new();
    for (method, path, _) in operations() {
        let req = TestRequest::default().method(method.clone()).uri(&path.replace(['{', '}'], ""));
        // There are more routes than failures that an address has in a minute.
        hub.clock.advance(Duration::from_secs(1));
        let answer = hub.send(req).await;
        assert_eq!(answer.status_and_code(), (401, "credential_missing".to_owned()), "{method} {path}");
    }
}

#[actix_web::test]
async fn parameters_that_nobody_knows_are_refused_on_every_route() {
    let hub = Hub::new();
    let key = hub.key(&all_scopes());
    for (method, path, told) in operations().filter(|(_, path, _)| !path.contains('{')) {
        let uri = format!("{path}?verbose=1");
        let answer = send(&hub, &key, (method.clone(), &uri, told), "").await;
        assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()), "{method} {path}");
        assert_eq!(answer.json()["errors"][0]["field"], "verbose", "{method} {path}");
    }
}

#[actix_web::test]
async fn fields_that_nobody_may_set_are_refused_by_name_in_every_body() {
    let hub = Hub::new();
    let key = hub.key(&all_scopes());
    let ids = ids(&hub, &key).await;
    for (method, path, told) in operations().filter(|(_, _, told)| told.get("requestBody").is_some()) {
        let noun = noun(path);
        let id = ids.iter().find(|(kind, _)| *kind == noun).map_or("", |(_, id)| id);
        let mut body = told["requestBody"]["content"]["application/json"]["example"].clone();
        body.as_object_mut().unwrap().insert("workspace_id".to_owned(), json!("wsp_00000000000000000000000000"));
        let uri = path.replace("{id}", id).replace("{secret_id}", SECRET).replace("{name}", "order.paid");
        let req = TestRequest::default().method(method.clone()).uri(&uri);
        let answer = hub.send(authorized(req.insert_header(("if-match", "*")).set_json(body), &key)).await;
        assert_eq!(answer.status_and_code(), (422, "body_not_as_expected".to_owned()), "{method} {path}");
        assert_eq!(answer.json()["errors"][0]["field"], "workspace_id", "{method} {path}");
    }
}
