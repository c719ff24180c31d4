//! Transactions. *Source:* wire contract §2.1, §2.7.

use std::time::Duration;

use serde_json::json;

use super::{get, paid};
use crate::hub::Hub;

#[actix_web::test]
async fn a_list_is_newest_first_and_tells_where_its_page_stands() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    for amount in ["1.00", "2.00", "3.00"] {
        paid(&hub, &key, amount).await;
        hub.clock.advance(Duration::from_secs(1));
    }
    let answer = get(&hub, "/transactions?per_page=2", &key).await;
    assert_eq!(answer.json()["meta"], json!({ "page": 1, "per_page": 2, "total": 3, "total_pages": 2 }));
    assert_eq!((&answer.data()[0]["amount"], &answer.data()[1]["amount"]), (&"3.00".into(), &"2.00".into()));
    let last = get(&hub, "/transactions?per_page=2&page=9", &key).await;
    assert_eq!((&last.json()["meta"]["page"], &last.data()[0]["amount"]), (&2.into(), &"1.00".into()));
}

#[actix_web::test]
async fn an_empty_list_has_one_page() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read");
    for path in ["/transactions", "/refunds", "/customers"] {
        let answer = get(&hub, path, &key).await.json();
        let meta = json!({ "page": 1, "per_page": 25, "total": 0, "total_pages": 1 });
        assert_eq!((&answer["data"], &answer["meta"]), (&json!([]), &meta), "{path}");
    }
}

#[actix_web::test]
async fn numbers_of_pages_are_brought_into_their_range_and_other_texts_refused() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read");
    let rows = [
        ("page=0&per_page=0", 1),
        ("page=-7&per_page=-1", 1),
        ("per_page=1000", 100),
        ("page=99999999999999999999", 25),
        ("page=&per_page=", 25),
    ];
    for (query, per_page) in rows {
        let meta = get(&hub, &format!("/transactions?{query}"), &key).await.json()["meta"].clone();
        assert_eq!((&meta["page"], &meta["per_page"]), (&1.into(), &per_page.into()), "{query}");
    }
    for query in ["page=one", "per_page=2.5", "page=-"] {
        let answer = get(&hub, &format!("/transactions?{query}"), &key).await;
        assert_eq!(answer.failure(), (422, "VALIDATION_FAILED".to_owned()), "{query}");
    }
}

#[actix_web::test]
async fn a_list_is_narrowed_by_status_gateway_and_days_in_both_forms() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "1.00").await;
    let at = paid["created_at"].as_str().unwrap();
    let day = at.split('T').next().unwrap();
    let rows = [
        ("status=completed".to_owned(), 1),
        ("status=failed".to_owned(), 0),
        ("status=&gateway=".to_owned(), 1),
        ("gateway=test_card".to_owned(), 1),
        ("gateway=stripe".to_owned(), 0),
        (format!("from={day}&to={day}"), 1),
        (format!("from={at}&to={at}"), 1),
        ("to=1969-12-31".to_owned(), 0),
    ];
    for (query, count) in rows {
        let listed = get(&hub, &format!("/transactions?{query}"), &key).await.data();
        assert_eq!(listed.as_array().unwrap().len(), count, "{query}");
    }
    let answer = get(&hub, "/transactions?status=paid&from=yesterday&gateway=a+b", &key).await;
    let fields: Vec<_> = answer.complaints().into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        (answer.status.as_u16(), fields),
        (422, vec!["from".to_owned(), "status".to_owned(), "gateway".to_owned()])
    );
}

#[actix_web::test]
async fn one_is_found_by_its_name_and_by_that_of_its_gateway() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let paid = paid(&hub, &key, "10.00").await;
    for name in ["trx_id", "gateway_trx_id"] {
        let found = get(&hub, &format!("/transactions/{}", paid[name].as_str().unwrap()), &key).await.data();
        assert_eq!(
            (&found["id"], &found["net_amount"], &found["method"]),
            (&paid["id"], &"9.71".into(), &"api".into())
        );
    }
    let unknown = get(&hub, "/transactions/OP-0000000000", &key).await;
    assert_eq!((unknown.failure().0, unknown.field("error").as_str()), (404, "Transaction not found"));
    assert!(get(&hub, "/transactions/77", &key).await.field("error").contains("OP-"));
}
