//! The log of deliveries as it grows: a stream that ends with its session.

use std::net::SocketAddr;
use std::pin::Pin;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Cookie;
use actix_web::test;
use devhub_domain::operators::Role;

use super::browser::{Browser, hub_with_operators};
use super::deliveries::publish;
use super::webhooks::endpoint;
use crate::hub::{OTHER_WORKSPACE, WORKSPACE};

const TAIL: &str = "/admin/developer/deliveries/tail";

/// Begins a stream; its body is read part by part.
async fn begun(browser: &Browser<'_>, path: &str) -> actix_web::HttpResponse<BoxBody> {
    let mut req = test::TestRequest::get().uri(path).peer_addr(SocketAddr::from(([127, 0, 0, 1], 50_000)));
    req = req.insert_header(("host", super::browser::HOST)).insert_header(("accept-encoding", "gzip"));
    for (name, value) in &browser.cookies {
        req = req.cookie(Cookie::new(name, value));
    }
    let app = test::init_service(devhub_web::app(browser.hub().services.clone())).await;
    let res = test::try_call_service(&app, req.to_request()).await.unwrap();
    res.into_parts().1.map_into_boxed_body()
}

/// The next part of a stream; `None` at its end. Time passes by itself while nothing else is to do.
async fn part(body: &mut BoxBody) -> Option<String> {
    let next = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_next(cx)).await;
    next.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
}

#[actix_web::test]
async fn new_deliveries_are_told_until_the_session_ends() {
    tokio::time::pause();
    let hub = hub_with_operators();
    endpoint(&hub, "https://shop.example/<b>");
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    hub.clock.advance(std::time::Duration::from_secs(1));
    let res = begun(&browser, &format!("{TAIL}?type=refund.created")).await;
    assert_eq!(res.headers().get("content-type").unwrap(), "text/event-stream; charset=utf-8");
    assert_eq!(res.headers().get("content-encoding").unwrap(), "identity");
    let mut body = res.into_body();
    assert!(part(&mut body).await.unwrap().starts_with("retry: "));
    assert_eq!(part(&mut body).await.unwrap(), ": nothing new\n\n");
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    publish(&hub, WORKSPACE, "refund.created", "{}");
    let told = part(&mut body).await.unwrap();
    assert!(told.starts_with("event: deliveries\n") && told.contains("refund.created"), "{told}");
    assert!(!told.contains("payment.completed") && !told.contains("<b>"), "{told}");
    browser.get("/admin/account").await;
    browser.post("/admin/sign-out", &[]).await;
    assert!(part(&mut body).await.unwrap().starts_with("event: ended"));
    assert_eq!(part(&mut body).await, None);
}

#[actix_web::test]
async fn a_stream_ends_when_its_session_goes_to_another_workspace() {
    tokio::time::pause();
    let hub = hub_with_operators();
    super::workspaces::admit(&hub, Role::Owner, Role::Owner);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get("/admin/developer/deliveries").await.clone();
    let (_, rest) = page.html.split_once("data-tail=\"").unwrap();
    let path = rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let mut body = begun(&browser, &path).await.into_body();
    assert!(part(&mut body).await.unwrap().starts_with("retry: "));
    super::workspaces::switch(&mut browser, OTHER_WORKSPACE).await;
    let told = part(&mut body).await.unwrap();
    assert!(told.starts_with("event: ended") && told.contains("another workspace"), "{told}");
    assert_eq!(part(&mut body).await, None);
    let told = part(&mut begun(&browser, &path).await.into_body()).await.unwrap();
    assert!(told.contains("event: ended"), "a page of the workspace that was left comes back: {told}");
}

#[actix_web::test]
async fn a_stream_begins_with_what_was_there_a_while_ago_and_too_many_are_refused() {
    let hub = hub_with_operators();
    endpoint(&hub, "https://shop.example/");
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    hub.clock.advance(std::time::Duration::from_secs(1));
    publish(&hub, WORKSPACE, "refund.created", "{}");
    hub.clock.advance(std::time::Duration::from_secs(1));
    let browser = Browser::signed_in(&hub, Role::Viewer).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(begun(&browser, TAIL).await.into_body());
    }
    part(&mut streams[0]).await;
    let told = part(&mut streams[0]).await.unwrap();
    assert!(told.contains("refund.created") && told.contains("payment.completed"), "{told}");
    assert_eq!(begun(&browser, TAIL).await.status(), 429);
    streams.clear();
    assert_eq!(begun(&browser, TAIL).await.status(), 200);
}

#[actix_web::test]
async fn a_filter_that_cannot_be_looked_for_is_named() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(&format!("{TAIL}?type=no+type&status=gone")).await;
    assert_eq!(page.status, 422);
    assert!(
        page.says("Type: Event type must be words") && page.says("status: Choose one of the list."),
        "{}",
        page.html
    );
    assert_eq!(begun(&browser, &format!("{TAIL}?endpoint=https")).await.status(), 422);
}

#[actix_web::test]
async fn nobody_who_is_not_signed_in_hears_anything() {
    let hub = hub_with_operators();
    assert_eq!(begun(&Browser::new(&hub), TAIL).await.status(), 303);
}
