//! Customers. *Source:* wire contract §2.9.

use serde_json::json;

use super::{get, post};
use crate::hub::Hub;

#[actix_web::test]
async fn a_customer_is_added_and_found_by_address_number_and_uuid() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let body = json!({ "name": "Ada", "email": "Ada@Shop.example", "phone": "+8801712345678" });
    let answer = post(&hub, "/customers", &key, &body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let made = answer.data();
    assert_eq!(made.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "uuid"]);
    for identifier in ["ada@shop.example", "ada%40shop.example", made["uuid"].as_str().unwrap()] {
        let found = get(&hub, &format!("/customers/{identifier}"), &key).await.data();
        assert_eq!((&found["id"], &found["email"]), (&made["id"], &"Ada@Shop.example".into()), "{identifier}");
    }
}

#[actix_web::test]
async fn rule_09_a_plus_in_a_path_stays_one_whether_it_is_encoded_or_not() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    post(&hub, "/customers", &key, &json!({ "name": "Ada", "phone": "+8801712345678" })).await;
    for identifier in ["+8801712345678", "%2B8801712345678", "%2b8801712345678/"] {
        let found = get(&hub, &format!("/customers/{identifier}"), &key).await;
        assert_eq!(found.status.as_u16(), 200, "{identifier}");
    }
    // Decoded once, and no more than that.
    for identifier in ["%252B8801712345678", "%208801712345678", "8801712345678"] {
        let answer = get(&hub, &format!("/customers/{identifier}"), &key).await;
        assert_eq!(answer.failure(), (404, "CUSTOMER_NOT_FOUND".to_owned()), "{identifier}");
    }
}

#[actix_web::test]
async fn rule_09_an_address_with_a_plus_is_found_in_both_spellings() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    post(&hub, "/customers", &key, &json!({ "name": "Ada", "email": "ada+shop@shop.example" })).await;
    for identifier in ["ada+shop@shop.example", "ada%2Bshop%40shop.example"] {
        assert_eq!(get(&hub, &format!("/customers/{identifier}"), &key).await.status.as_u16(), 200, "{identifier}");
    }
}

#[actix_web::test]
async fn an_address_belongs_to_one_customer_and_none_to_several() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let body = json!({ "name": "Ada", "email": "ada@shop.example" });
    assert_eq!(post(&hub, "/customers", &key, &body).await.status.as_u16(), 201);
    let taken = post(&hub, "/customers", &key, &json!({ "name": "Eve", "email": " ADA@shop.example" })).await;
    assert_eq!(taken.failure(), (409, "CUSTOMER_EXISTS".to_owned()));
    assert_eq!(taken.json()["errors"][0]["field"], "email");
    for _ in 0..2 {
        assert_eq!(post(&hub, "/customers", &key, &json!({ "name": "Nobody" })).await.status.as_u16(), 201);
    }
}

#[actix_web::test]
async fn what_is_wrong_is_told_by_field() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    let rows = [
        (json!({}), vec![("name", "NAME_REQUIRED")]),
        (json!({ "name": " " }), vec![("name", "NAME_REQUIRED")]),
        (json!({ "name": 7 }), vec![("name", "NAME_REQUIRED")]),
        (
            json!({ "email": "ada", "phone": "none" }),
            vec![("name", "NAME_REQUIRED"), ("email", "VALIDATION_FAILED"), ("phone", "VALIDATION_FAILED")],
        ),
    ];
    for (body, expected) in rows {
        let answer = post(&hub, "/customers", &key, &body).await;
        let expected: Vec<_> = expected.into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect();
        assert_eq!((answer.status.as_u16(), answer.complaints()), (422, expected), "{body}");
    }
}

#[actix_web::test]
async fn a_list_tells_all_of_them_and_what_may_be_shown_to_others() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    post(
        &hub,
        "/customers",
        &key,
        &json!({ "name": "Ada", "email": "ada@shop.example", "phone": 8_801_712_345_678_u64 }),
    )
    .await;
    let answer = get(&hub, "/customers", &key).await;
    let first = answer.data()[0].clone();
    assert_eq!((&first["email"], &first["email_masked"]), (&"ada@shop.example".into(), &"ad***@sh***.example".into()));
    assert_eq!((&first["phone"], &first["phone_masked"]), (&"8801712345678".into(), &"88017****5678".into()));
    assert_eq!(answer.json()["meta"]["total"], 1);
}

#[actix_web::test]
async fn a_number_of_a_telephone_that_was_written_as_another_is_refused() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    for phone in ["8.8e12", "1.5", "-5", "[]"] {
        let answer = hub.post_text("/api/v1/customers", &key, format!("{{\"name\":\"Ada\",\"phone\":{phone}}}")).await;
        assert_eq!(answer.failure(), (422, "VALIDATION_FAILED".to_owned()), "{phone}");
        assert_eq!(answer.json()["errors"][0]["field"], "phone", "{phone}");
    }
    assert_eq!(
        post(&hub, "/customers", &key, &json!({ "name": "Ada", "phone": 8_801_712 })).await.status.as_u16(),
        201
    );
}
