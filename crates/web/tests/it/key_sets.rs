//! `/api/hub/v1/keys` in numbers: filters, changes of many keys, exports.

use actix_web::http::Method;
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{IssuedKey, NewApiKey, Owner, Transition};
use devhub_domain::testing::label;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, authorized, request, token};

const KEYS: &str = "/api/hub/v1/keys";
const BULK: &str = "/api/hub/v1/keys/bulk";
const EXPORT: &str = "/api/hub/v1/keys/export";
const ADMIN: &str = "keys:read keys:write";

fn owned(hub: &Hub, name: &str, owner: &str) -> IssuedKey {
    let owner = Owner::new(owner).ok();
    hub.issue(WORKSPACE, NewApiKey { owner, ..NewApiKey::with_label(label(name)) })
}

/// The labels on a page of the list.
async fn listed(hub: &Hub, admin: &IssuedKey, query: &str) -> Vec<String> {
    let answer = hub.get(&format!("{KEYS}?{query}"), admin).await;
    assert_eq!(answer.status.as_u16(), 200, "{query}: {}", answer.text);
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.iter().map(|key| key["label"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn each_filter_shows_what_it_says() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let body = json!({
        "label": "Till", "scopes": ["keys:read"], "environment": "test", "owner": "checkout team",
        "expires_at": "2030-01-01T00:00:00Z", "metadata": { "customer": 17 },
    });
    assert_eq!(hub.post(KEYS, &admin, &body).await.field("owner"), "checkout team");
    let rows = [
        ("state=expired", 0),
        ("search=tiL", 1),
        ("environment=test", 1),
        ("environment=Test", 0),
        ("owner=checkout%20team", 1),
        ("owner=checkout", 0),
        ("scope=keys:write", 1),
        ("scope=keys:read", 2),
        ("expires_before=2030-01-01T00:00:00Z", 0),
        ("expires_before=2030-01-01T00:00:01Z&state=active", 1),
        ("unused_since=2100-01-01T00:00:00Z&search=till", 1),
        ("unused_since=1970-01-01T00:00:00Z", 0),
    ];
    for (query, expected) in rows {
        assert_eq!(listed(&hub, &admin, query).await.len(), expected, "{query}");
    }
}

#[actix_web::test]
async fn what_is_no_filter_is_told_and_no_secret_repeated() {
    let hub = Hub::new();
    let secret = "aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
    let query = format!("state=gone&scope=keys&owner=&unused_since=spring&search={secret}");
    let answer = hub.get(&format!("{KEYS}?{query}"), &hub.key(ADMIN)).await;
    assert!(!answer.text.contains(secret));
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn owner_and_metadata_are_changed_and_bounded() {
    let hub = Hub::new();
    let admin = hub.key("read write keys:read keys:write");
    let id = owned(&hub, "Shop", "Anna").key.id;
    let change = |body: Value| {
        let req = request(Method::PATCH, &format!("{KEYS}/{id}")).insert_header(("if-match", "*")).set_json(&body);
        hub.send(authorized(req, &admin))
    };
    let changed = change(json!({ "owner": null, "metadata": { "plan": ["gold"] } })).await.json();
    assert_eq!((&changed["owner"], &changed["metadata"]), (&Value::Null, &json!({ "plan": ["gold"] })));
    let deep = json!({ "metadata": { "a": [[[[[[[[1]]]]]]]] } });
    for (body, told) in [
        (json!({ "metadata": null }), "metadata must be a JSON object"),
        (json!({ "metadata": [1] }), "metadata must be a JSON object"),
        (deep, "metadata must have at most 8 levels of objects and arrays"),
        (json!({ "owner": "x".repeat(101) }), "owner must be 1 to 100 characters without control characters"),
    ] {
        let answer = change(body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["detail"]), (422, &json!(told)));
    }
}

#[actix_web::test]
async fn verifying_a_token_tells_the_metadata_of_its_key() {
    let hub = Hub::new();
    let metadata = r#"{"customer":17}"#.parse().unwrap();
    let shop = hub.issue(WORKSPACE, NewApiKey { metadata, ..NewApiKey::with_label(label("Shop")) });
    let body = json!({ "token": token(&shop) });
    let verified = hub.post("/api/hub/v1/keys/verify", &hub.key("keys:read"), &body).await.json();
    assert_eq!(verified["key"]["metadata"], json!({ "customer": 17 }));
}

#[actix_web::test]
async fn many_keys_are_revoked_at_once_and_refused_by_the_next_request() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let [first, second] = ["One", "Two"].map(|name| owned(&hub, name, "Anna"));
    let body = json!({ "action": "revoke", "filter": { "owner": "Anna" }, "dry_run": true });
    let preview = hub.post(BULK, &admin, &body).await.json();
    assert_eq!((&preview["changed"], &preview["dry_run"]), (&json!(2), &json!(true)));
    assert_eq!(hub.get("/api/hub/v1/whoami", &first).await.status.as_u16(), 200);
    let body = json!({ "action": "revoke", "filter": { "owner": "Anna" } });
    let changed = hub.post(BULK, &admin, &body).await.json();
    assert_eq!((&changed["changed"], &changed["receipt"]["missing"]), (&json!(2), &json!([])));
    assert_eq!((&changed["receipt"]["nodes"][0]["node"], &preview["receipt"]), (&json!("local"), &Value::Null));
    for key in [&first, &second] {
        assert_eq!(hub.get("/api/hub/v1/whoami", key).await.status.as_u16(), 401);
    }
    assert_eq!(hub.post(BULK, &admin, &body).await.json()["results"], json!([]));
}

#[actix_web::test]
async fn what_becomes_of_each_key_is_told() {
    let hub = Hub::new();
    let (admin, shop) = (hub.key(ADMIN), hub.key("read"));
    let stranger = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    hub.services.keys.lock(Asker::COMMAND_LINE, WORKSPACE, shop.key.id).commit().unwrap();
    let ids = [admin.key.id, shop.key.id, stranger.key.id].map(|id| id.to_string());
    let body = json!({ "action": Transition::Unlock.as_str(), "ids": ids });
    let told = hub.post(BULK, &admin, &body).await.json();
    let outcome =
        |id: &String| told["results"].as_array().unwrap().iter().find(|one| one["id"] == **id).unwrap().clone();
    assert_eq!(outcome(&ids[0])["outcome"], "unchanged");
    assert_eq!(
        outcome(&ids[1]),
        json!({ "id": ids[1], "outcome": "refused", "status": null, "code": "scopes_too_wide" })
    );
    assert_eq!(outcome(&ids[2])["code"], "key_not_found");
    assert_eq!((&told["unchanged"], &told["refused"], &told["next_cursor"]), (&json!(1), &json!(2), &Value::Null));
    assert_eq!(hub.get("/api/hub/v1/whoami", &stranger).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn a_change_of_many_keys_is_carried_out_once() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let shop = owned(&hub, "Shop", "Anna");
    let body = json!({ "action": "lock", "filter": { "owner": "Anna" } });
    let send = || {
        let req = request(Method::POST, BULK).insert_header(("idempotency-key", "night-1")).set_json(&body);
        hub.send(authorized(req, &admin))
    };
    let first = send().await;
    hub.services.keys.unlock(Asker::COMMAND_LINE, WORKSPACE, shop.key.id).commit().unwrap();
    let again = send().await;
    // The receipt is of the one moment in which the change was made.
    let mut kept = first.json();
    kept["receipt"] = Value::Null;
    assert_eq!((&first.json()["changed"], again.json()), (&json!(1), kept));
    assert_eq!(hub.get("/api/hub/v1/whoami", &shop).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn a_change_of_many_keys_that_makes_no_sense_is_refused() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let id = admin.key.id.to_string();
    let rows = [
        (json!({ "action": "delete", "ids": [id] }), "action"),
        (json!({ "action": "lock" }), "ids"),
        (json!({ "action": "lock", "ids": [] }), "ids"),
        (json!({ "action": "lock", "ids": [id], "filter": {} }), "ids"),
        (json!({ "action": "lock", "ids": ["key_1"] }), "ids[0]"),
        (json!({ "action": "lock", "ids": [id], "cursor": id }), "cursor"),
        (json!({ "action": "lock", "filter": { "scope": "all" } }), "filter.scope"),
        (json!({ "action": "lock", "filter": {} }), "filter"),
    ];
    for (body, field) in rows {
        let answer = hub.post(BULK, &admin, &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    let reader = hub.post(BULK, &hub.key("keys:read"), &json!({ "action": "lock", "ids": [id] })).await;
    assert_eq!(reader.status_and_code(), (403, "insufficient_scope".to_owned()));
}

#[actix_web::test]
async fn a_formula_in_a_label_is_a_text_in_the_export() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let evil = owned(&hub, "=HYPERLINK(\"http://evil.example\",\"Shop\")", "@anna");
    let answer = hub.get(&format!("{EXPORT}?format=csv&owner=%40anna"), &admin).await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"api-keys.csv\""));
    let lines: Vec<_> = answer.text.split("\r\n").collect();
    assert_eq!(lines.len(), 3, "a line of names, one key, and the end");
    assert!(lines[0].starts_with("id,label,prefix,owner,environment,status,scopes,"));
    let expected = format!(
        "{},\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"Shop\"\")\",{},'@anna,live,active,read write,",
        evil.key.id, evil.key.prefix
    );
    assert!(lines[1].starts_with(&expected), "{}", lines[1]);
}

#[actix_web::test]
async fn an_export_names_the_status_as_the_list_does() {
    let hub = Hub::new();
    let admin = hub.key("keys:read keys:write read write");
    let old = owned(&hub, "Old shop", "@anna");
    let rotated = hub.post(&format!("{KEYS}/{}/rotate", old.key.id), &admin, &json!({ "grace_s": 3_600 })).await;
    assert_eq!(rotated.status.as_u16(), 201, "{}", rotated.text);
    let csv = hub.get(&format!("{EXPORT}?format=csv&status=retiring"), &admin).await.text;
    let listed = hub.get(&format!("{EXPORT}?status=retiring"), &admin).await.json();
    assert_eq!(listed[0]["status"], "retiring");
    assert!(csv.lines().nth(1).unwrap().contains(",live,retiring,"), "{csv}");
}

#[actix_web::test]
async fn an_export_holds_every_key_and_no_secret() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let keys: Vec<_> = (0..250).map(|number| owned(&hub, &format!("Shop {number}"), "Anna")).collect();
    let csv = hub.get(&format!("{EXPORT}?format=csv"), &admin).await.text;
    assert_eq!(csv.lines().count(), 252);
    let json = hub.get(&format!("{EXPORT}?owner=Anna"), &admin).await;
    assert_eq!(json.json().as_array().unwrap().len(), 250);
    let listed = hub.get(&format!("{KEYS}?owner=Anna"), &admin).await.json();
    assert_eq!(json.json()[0], listed["items"][0], "the same as the list shows");
    for key in &keys {
        let secret = token(key).split_once('.').unwrap().1;
        assert!(!csv.contains(secret) && !json.text.contains(secret));
    }
    assert!(!csv.contains(&data_encoding::HEXLOWER.encode(&keys[0].key.digest.0)));
}

#[actix_web::test]
async fn an_export_of_nothing_is_whole_and_one_of_another_workspace_is_empty() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    assert_eq!(hub.get(&format!("{EXPORT}?search=Other"), &admin).await.json(), json!([]));
    assert_eq!(hub.get(&format!("{EXPORT}?search=Other&format=csv"), &admin).await.text.lines().count(), 1);
    assert_eq!(hub.get(&format!("{EXPORT}?format=xml"), &admin).await.status.as_u16(), 422);
    assert_eq!(hub.get(EXPORT, &hub.key("read")).await.status.as_u16(), 403);
}
