//! Refunds. *Source:* wire contract §2.8.

use serde_json::{Value, json};

use super::{get, made, paid, post};
use crate::hub::Hub;

#[actix_web::test]
async fn rule_03_a_refund_is_made_with_201_and_told_whole() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    let answer =
        post(&hub, "/refunds", &key, &json!({ "trx_id": paid["trx_id"], "amount": "4.00", "reason": "broken" })).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let refund = answer.data();
    assert!(refund["id"].is_i64() && refund["transaction_id"].is_i64() && refund["uuid"].is_string(), "{refund}");
    assert_eq!(
        (&refund["amount"], &refund["status"], &refund["reason"]),
        (&"4.00".into(), &"completed".into(), &"broken".into())
    );
    let newest = get(&hub, &format!("/refunds/{}", paid["trx_id"].as_str().unwrap()), &key).await.data();
    assert_eq!(newest, refund);
}

#[actix_web::test]
async fn either_name_takes_a_number_or_a_trx_id() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    let bodies = [
        json!({ "transaction_id": paid["id"], "amount": 1 }),
        json!({ "transaction_id": paid["id"].to_string(), "amount": "1.00" }),
        json!({ "trx_id": paid["id"], "amount": 1.5 }),
        json!({ "transaction_id": paid["trx_id"], "amount": "1" }),
    ];
    for body in bodies {
        assert_eq!(post(&hub, "/refunds", &key, &body).await.status.as_u16(), 201, "{body}");
    }
    // Without an amount, all that is left.
    let rest = post(&hub, "/refunds", &key, &json!({ "trx_id": paid["trx_id"] })).await.data();
    assert_eq!(rest["amount"], "5.50");
}

#[actix_web::test]
async fn what_cannot_be_refunded_is_told_why() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    let of = |amount: Value| json!({ "trx_id": paid["trx_id"], "amount": amount });
    let rows = [
        (of(json!("10.01")), 400, "INVALID_REFUND_PARAMETERS"),
        (of(json!("0")), 400, "INVALID_REFUND_PARAMETERS"),
        (of(json!(-1)), 400, "INVALID_REFUND_PARAMETERS"),
        (of(json!("1.001")), 422, "INVALID_AMOUNT"),
        (of(json!("1e1")), 422, "INVALID_AMOUNT"),
        (of(json!(true)), 422, "INVALID_AMOUNT"),
        (json!({}), 422, "TRANSACTION_ID_REQUIRED"),
        (json!({ "trx_id": "" }), 422, "TRANSACTION_ID_REQUIRED"),
        (json!({ "trx_id": "OP-0000000000" }), 404, "TRANSACTION_NOT_FOUND"),
    ];
    for (body, status, code) in rows {
        assert_eq!(post(&hub, "/refunds", &key, &body).await.failure(), (status, code.to_owned()), "{body}");
    }
}

#[actix_web::test]
async fn nothing_is_left_after_all_of_it_went_back() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    let all = json!({ "trx_id": paid["trx_id"] });
    assert_eq!(post(&hub, "/refunds", &key, &all).await.status.as_u16(), 201);
    assert_eq!(post(&hub, "/refunds", &key, &all).await.failure(), (400, "INVALID_REFUND_PARAMETERS".to_owned()));
    let payment = get(&hub, &format!("/payments/{}", paid["payment_id"].as_str().unwrap()), &key).await.data();
    assert_eq!(payment["status"], "refunded");
}

#[actix_web::test]
async fn a_refund_that_the_gateway_refuses_is_made_all_the_same() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "500.00").await;
    let answer = post(&hub, "/refunds", &key, &json!({ "trx_id": paid["trx_id"], "amount": "402" })).await;
    assert_eq!((answer.status.as_u16(), &answer.data()["status"]), (201, &"failed".into()));
}

#[actix_web::test]
async fn refunds_are_listed_by_status_and_transaction() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    post(&hub, "/refunds", &key, &json!({ "trx_id": paid["trx_id"], "amount": 1 })).await;
    let rows = [
        (String::new(), 1),
        ("?status=completed".to_owned(), 1),
        ("?status=pending".to_owned(), 0),
        (format!("?trx_id={}", paid["trx_id"].as_str().unwrap()), 1),
        (format!("?transaction_id={}", paid["id"]), 1),
        ("?trx_id=OP-0000000000".to_owned(), 0),
    ];
    for (query, count) in rows {
        let answer = get(&hub, &format!("/refunds{query}"), &key).await;
        assert_eq!(
            (answer.data().as_array().unwrap().len(), &answer.json()["meta"]["total"]),
            (count, &count.into()),
            "{query}"
        );
    }
}

#[actix_web::test]
async fn a_transaction_without_a_refund_has_none() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    let answer = get(&hub, &format!("/refunds/{}", paid["trx_id"].as_str().unwrap()), &key).await;
    assert_eq!(answer.failure(), (404, "REFUND_NOT_FOUND".to_owned()));
    assert_eq!(get(&hub, "/refunds/OP-0000000000", &key).await.failure(), (404, "TRANSACTION_NOT_FOUND".to_owned()));
    drop(made(&hub, &key).await);
}

#[actix_web::test]
async fn a_repeated_request_makes_one_refund() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    let body = json!({ "trx_id": paid["trx_id"], "amount": "4.00" });
    let first = hub.post_once("/api/v1/refunds", &key, "refund-1", &body).await;
    let again = hub.post_once("/api/v1/refunds", &key, "refund-1", &body).await;
    assert_eq!((again.text, again.headers.contains_key("idempotent-replayed")), (first.text, true));
    assert_eq!(get(&hub, "/refunds", &key).await.json()["meta"]["total"], 1);
}

#[actix_web::test]
async fn an_amount_that_is_none_is_told_together_with_the_rest() {
    let hub = Hub::with_workspaces();
    let body = json!({ "amount": "1e1", "reason": [] });
    let told = post(&hub, "/refunds", &hub.key("write"), &body).await.complaints();
    let expected =
        [("transaction_id", "TRANSACTION_ID_REQUIRED"), ("amount", "INVALID_AMOUNT"), ("reason", "VALIDATION_FAILED")];
    assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
}
