//! Whose things a key sees, and what it may do with them: one table over every route.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::api_keys::{IssuedKey, NewApiKey, Scope};
use devhub_domain::testing::label;
use serde_json::{Value, json};

use crate::document::document;
use crate::hub::{Answer, Hub, OTHER_WORKSPACE, authorized};

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
    let path = path.replace("{id}", id).replace("{name}", "payment.completed");
    let mut req = TestRequest::default().method(method).uri(&path).insert_header(("if-match", "*"));
    if let Some(body) = told.pointer("/requestBody/content/application~1json/example") {
        req = req.set_json(body);
    }
    hub.send(authorized(req, key)).await
}

/// One thing of each kind in the first workspace.
async fn ids(hub: &Hub, key: &IssuedKey) -> Vec<(&'static str, String)> {
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let endpoint = hub.post("/api/hub/v1/endpoints", key, &endpoint).await.field("id");
    let event = json!({ "event_type": "payment.completed", "payload": 1 });
    let event = hub.post("/api/hub/v1/events", key, &event).await.field("id");
    let delivery = hub.get("/api/hub/v1/deliveries", key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let (own, workspace) = (hub.key("read").key.id.to_string(), key.key.workspace_id.to_string());
    vec![("endpoints", endpoint), ("events", event), ("deliveries", delivery), ("keys", own), ("workspaces", workspace)]
}

#[actix_web::test]
async fn the_things_of_another_workspace_do_not_exist() {
    let hub = Hub::new();
    let owner = hub.key(&all_scopes());
    let stranger = NewApiKey { scopes: all_scopes().parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    let stranger = hub.issue(OTHER_WORKSPACE, stranger);
    let ids = ids(&hub, &owner).await;
    let mut asked = 0;
    for operation in operations().filter(|(_, path, _)| path.contains("{id}")) {
        let noun = operation.1.split('/').nth(4).unwrap();
        let (_, id) = ids.iter().find(|(kind, _)| *kind == noun).unwrap();
        let place = format!("{} {}", operation.0, operation.1);
        let answer = send(&hub, &stranger, operation, id).await;
        assert_eq!(answer.status.as_u16(), 404, "{place}: {}", answer.text);
        asked += 1;
    }
    assert_eq!(asked, 15);
}

#[actix_web::test]
async fn nothing_of_another_workspace_is_listed() {
    let hub = Hub::new();
    let owner = hub.key(&all_scopes());
    ids(&hub, &owner).await;
    let stranger = NewApiKey { scopes: all_scopes().parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    let stranger = hub.issue(OTHER_WORKSPACE, stranger);
    for noun in ["endpoints", "events", "deliveries", "workspaces"] {
        let listed = hub.get(&format!("/api/hub/v1/{noun}"), &stranger).await.json();
        assert_eq!(listed["items"], json!([]), "{noun}");
    }
    let keys = hub.get("/api/hub/v1/keys", &stranger).await.json();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
    assert_eq!(keys["items"][0]["id"], stranger.key.id.to_string());
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
    assert_eq!(refused, 25);
}

#[actix_web::test]
async fn nobody_without_a_key_gets_further_than_the_door() {
    let hub = Hub::new();
    for (method, path, _) in operations() {
        let req = TestRequest::default().method(method.clone()).uri(&path.replace(['{', '}'], ""));
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
        let noun = path.split('/').nth(4).unwrap();
        let id = ids.iter().find(|(kind, _)| *kind == noun).map_or("", |(_, id)| id);
        let mut body = told["requestBody"]["content"]["application/json"]["example"].clone();
        body.as_object_mut().unwrap().insert("workspace_id".to_owned(), json!("wsp_00000000000000000000000000"));
        let req = TestRequest::default().method(method.clone()).uri(&path.replace("{id}", id));
        let answer = hub.send(authorized(req.insert_header(("if-match", "*")).set_json(body), &key)).await;
        assert_eq!(answer.status_and_code(), (422, "body_not_as_expected".to_owned()), "{method} {path}");
        assert_eq!(answer.json()["errors"][0]["field"], "workspace_id", "{method} {path}");
    }
}
