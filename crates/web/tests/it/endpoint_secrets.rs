//! `/api/hub/v1/endpoints/{id}/secrets`.

use std::time::Duration;

use devhub_domain::api_keys::{IssuedKey, NewApiKey};
use devhub_domain::testing::label;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, OTHER_WORKSPACE};

const ADMIN: &str = "endpoints:read endpoints:write audit:read";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Shop {
    hub: Hub,
    admin: IssuedKey,
    endpoint: String,
}

impl Shop {
    /// A hub with an endpoint, as old as a second.
    async fn open() -> Self {
        let hub = Hub::new();
        let admin = hub.key(ADMIN);
        let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
        let endpoint = hub.post("/api/hub/v1/endpoints", &admin, &body).await.field("id");
        hub.clock.advance(Duration::from_secs(1));
        Self { hub, admin, endpoint }
    }

    fn path(&self) -> String {
        format!("/api/hub/v1/endpoints/{}/secrets", self.endpoint)
    }

    async fn rotate(&self, body: &Value) -> Answer {
        self.hub.post(&self.path(), &self.admin, body).await
    }

    async fn listed(&self) -> Vec<Value> {
        self.hub.get(&self.path(), &self.admin).await.json()["items"].as_array().unwrap().clone()
    }

    async fn retire(&self, id: &Value) -> Answer {
        self.hub.post_text(&format!("{}/{}/retire", self.path(), id.as_str().unwrap()), &self.admin, "").await
    }
}

#[actix_web::test]
async fn a_new_secret_is_shown_once() {
    let shop = Shop::open().await;
    let answer = shop.rotate(&json!({ "grace_s": 3_600 })).await;
    assert!(answer.field("secret").starts_with("whsec_"));
    assert_json_snapshot!(answer.snapshot());
    let listed = shop.hub.get(&shop.path(), &shop.admin).await;
    assert!(!listed.text.contains("whsec_"));
    assert_json_snapshot!(listed.snapshot());
}

#[actix_web::test]
async fn a_secret_is_rotated_by_an_empty_body_with_a_grace_of_a_day() {
    let shop = Shop::open().await;
    let answer = shop.hub.post_text(&shop.path(), &shop.admin, "").await;
    assert_eq!(answer.status.as_u16(), 201);
    let listed = shop.listed().await;
    assert_eq!(listed[0]["expires_at"], json!(null));
    assert_eq!(listed[1]["expires_at"], "2026-11-25T10:00:01.000000Z");
}

#[actix_web::test]
async fn the_secret_before_is_listed_until_its_grace_ends() {
    let shop = Shop::open().await;
    shop.rotate(&json!({ "grace_s": 60 })).await;
    shop.hub.clock.advance(Duration::from_micros(59_999_999));
    assert_eq!(shop.listed().await.len(), 2);
    shop.hub.clock.advance(Duration::from_micros(1));
    let listed = shop.listed().await;
    assert_eq!((listed.len(), &listed[0]["is_current"]), (1, &json!(true)));
}

#[actix_web::test]
async fn a_given_secret_takes_the_place_of_the_current_one() {
    let shop = Shop::open().await;
    let answer = shop.rotate(&json!({ "secret": SECRET })).await;
    assert_eq!(answer.field("secret"), SECRET);
    assert_eq!(answer.json()["signature_schemes"], json!(["standard-webhooks", "ownpay"]));
    let other = shop.rotate(&json!({ "secret": "shop-secret" })).await;
    assert_eq!(other.json()["signature_schemes"], json!(["ownpay"]));
}

#[actix_web::test]
async fn a_new_secret_is_never_shown_again() {
    let shop = Shop::open().await;
    let (body, name) = (json!({ "grace_s": 60 }), "rotate-1");
    let first = shop.hub.post_once(&shop.path(), &shop.admin, name, &body).await;
    let second = shop.hub.post_once(&shop.path(), &shop.admin, name, &body).await;
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(second.field("id"), first.field("id"));
    assert!(!second.text.contains("whsec_"));
    assert_eq!(shop.listed().await.len(), 2, "the second request made nothing");
    assert_json_snapshot!(second.snapshot());
}

#[actix_web::test]
async fn an_old_secret_is_retired_and_the_current_one_is_not() {
    let shop = Shop::open().await;
    shop.rotate(&json!({})).await;
    let listed = shop.listed().await;
    let refused = shop.retire(&listed[0]["id"]).await;
    assert_eq!(refused.status_and_code(), (409, "endpoint_secret_current".to_owned()));
    for _ in 0..2 {
        let retired = shop.retire(&listed[1]["id"]).await;
        assert_eq!(retired.status.as_u16(), 200);
        assert_eq!(retired.json()["expires_at"], "2026-11-24T10:00:01.000000Z");
    }
    assert_eq!(shop.listed().await.len(), 1);
    shop.rotate(&json!({})).await;
    let gone = shop.retire(&listed[1]["id"]).await;
    assert_eq!(gone.status_and_code(), (404, "endpoint_secret_not_found".to_owned()));
}

#[actix_web::test]
async fn an_eleventh_secret_is_refused() {
    let shop = Shop::open().await;
    for _ in 0..9 {
        assert_eq!(shop.rotate(&json!({})).await.status.as_u16(), 201);
    }
    let refused = shop.rotate(&json!({})).await;
    assert_eq!(refused.status_and_code(), (409, "too_many_secrets".to_owned()));
    assert_eq!(shop.listed().await.len(), 10);
}

#[actix_web::test]
async fn secrets_are_paged_newest_first() {
    let shop = Shop::open().await;
    shop.rotate(&json!({})).await;
    shop.rotate(&json!({})).await;
    let whole = shop.listed().await;
    let first = shop.hub.get(&format!("{}?limit=2", shop.path()), &shop.admin).await;
    assert_eq!(first.json()["items"], json!(whole[..2]));
    let next = format!("{}?cursor={}", shop.path(), first.field("next_cursor"));
    assert_eq!(shop.hub.get(&next, &shop.admin).await.json()["items"], json!(whole[2..]));
}

#[actix_web::test]
async fn what_the_rules_refuse_is_named_and_not_repeated() {
    let shop = Shop::open().await;
    let cases = [
        ("grace_s", "validation_failed", json!({ "grace_s": 2_592_001 })),
        ("grace_s", "body_not_as_expected", json!({ "grace_s": -1 })),
        ("secret", "webhook_secret_length", json!({ "secret": "" })),
        ("secret", "webhook_secret_character", json!({ "secret": "geheim-ä" })),
        ("id", "body_not_as_expected", json!({ "id": "whs_1" })),
    ];
    for (field, code, body) in cases {
        let answer = shop.rotate(&body).await;
        assert_eq!(answer.status_and_code(), (422, code.to_owned()), "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
        assert!(!answer.text.contains("geheim"), "{}", answer.text);
    }
    assert_eq!(shop.listed().await.len(), 1);
}

#[actix_web::test]
async fn secrets_of_another_workspace_or_endpoint_do_not_exist() {
    let shop = Shop::open().await;
    shop.rotate(&json!({})).await;
    let before = shop.listed().await;
    let old = before[1]["id"].as_str().unwrap();
    let scopes = ADMIN.parse().unwrap();
    let stranger = shop.hub.issue(OTHER_WORKSPACE, NewApiKey { scopes, ..NewApiKey::with_label(label("Other")) });
    let retire = format!("{}/{old}/retire", shop.path());
    let answers = [
        shop.hub.get(&shop.path(), &stranger).await,
        shop.hub.post(&shop.path(), &stranger, &json!({})).await,
        shop.hub.post_text(&retire, &stranger, "").await,
    ];
    for answer in answers {
        assert_eq!(answer.status_and_code(), (404, "endpoint_not_found".to_owned()));
    }
    let body = json!({ "url": "https://till.example/hook", "event_types": ["*"] });
    let till = shop.hub.post("/api/hub/v1/endpoints", &shop.admin, &body).await.field("id");
    for id in [old, "whs_1"] {
        let elsewhere = format!("/api/hub/v1/endpoints/{till}/secrets/{id}/retire");
        let answer = shop.hub.post_text(&elsewhere, &shop.admin, "").await;
        assert_eq!(answer.status_and_code(), (404, "endpoint_secret_not_found".to_owned()), "{id}");
    }
    assert_eq!(shop.listed().await, before);
}

#[actix_web::test]
async fn a_rotation_counts_the_revision_up_and_is_in_the_audit_log() {
    let shop = Shop::open().await;
    shop.rotate(&json!({ "secret": SECRET })).await;
    let old = shop.listed().await[1]["id"].clone();
    shop.retire(&old).await;
    let found = shop.hub.get(&format!("/api/hub/v1/endpoints/{}", shop.endpoint), &shop.admin).await;
    assert_eq!(found.header("etag"), Some("\"3\""));
    let log = shop.hub.get(&format!("/api/hub/v1/audit?subject={}", shop.endpoint), &shop.admin).await;
    let lines = log.json()["items"].as_array().unwrap().clone();
    let actions: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["endpoint.secret_retired", "endpoint.secret_rotated", "endpoint.created"]);
    assert_eq!(lines[1]["detail"]["previous"], old);
    assert!(!log.text.contains("whsec_"));
}
