//! Calls from the pages of other sites.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;

use crate::hub::{Answer, Hub, request};

const SHOP: &str = "https://shop.example";

fn hub() -> Hub {
    let mut hub = Hub::new();
    hub.services.merchant = hub.services.merchant.clone().with_allowed_origins(vec![SHOP.to_owned()]);
    hub
}

async fn asked(hub: &Hub, origin: &str) -> Answer {
    let req = request(Method::OPTIONS, "/api/v1/webhooks/tests").insert_header(("origin", origin));
    let req: TestRequest = req.insert_header(("access-control-request-method", "POST"));
    hub.send(req.insert_header(("access-control-request-headers", "authorization"))).await
}

#[actix_web::test]
async fn a_browser_that_asks_for_an_allowed_page_is_told_what_it_may() {
    let answer = asked(&hub(), SHOP).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "success": true, "data": {} })));
    assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("Idempotency-Key"));
}

#[actix_web::test]
async fn nobody_is_allowed_by_default_and_no_other_page_ever() {
    for (hub, origin) in [(Hub::new(), SHOP), (hub(), "https://shop.example.evil.example"), (hub(), "null")] {
        let answer = asked(&hub, origin).await;
        assert_eq!(answer.failure(), (405, "METHOD_NOT_ALLOWED".to_owned()), "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
}

#[actix_web::test]
async fn a_page_may_read_failures_too() {
    let req = request(Method::GET, "/api/v1/webhooks/deliveries").insert_header(("origin", SHOP));
    let answer = hub().send(req).await;
    assert_eq!(answer.failure(), (401, "AUTHENTICATION_REQUIRED".to_owned()));
    assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(answer.header("vary"), Some("Origin"));
}

#[actix_web::test]
async fn every_answer_varies_with_the_page_where_some_are_allowed() {
    for origin in [None, Some("https://evil.example"), Some(SHOP)] {
        let req = request(Method::GET, "/api/v1/health");
        let req = origin.into_iter().fold(req, |req, origin| req.insert_header(("origin", origin)));
        assert_eq!(hub().send(req).await.header("vary"), Some("Origin"), "{origin:?}");
    }
    assert_eq!(Hub::new().send(request(Method::GET, "/api/v1/health")).await.header("vary"), None);
}
