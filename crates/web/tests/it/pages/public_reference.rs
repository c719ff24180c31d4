//! The endpoint reference for everybody: what strangers read, and that it is made and sent once.

use std::io::Read as _;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{self, TestRequest};
use devhub_domain::access::Asker;
use flate2::read::GzDecoder;

use super::browser::{Browser, HOST, hub_with_operators};
use super::reference::{TEXT, keep};
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

fn public_hub() -> Hub {
    let mut hub = hub_with_operators();
    hub.services.pages = hub.services.pages.with_public_reference();
    keep(&hub, WORKSPACE, TEXT);
    hub
}

/// What a program is answered that sends these headers.
async fn ask(hub: &Hub, method: Method, path: &str, headers: &[(&'static str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
    let app = test::init_service(devhub_web::app(hub.services.clone())).await;
    let mut req = TestRequest::default().method(method).uri(path).insert_header(("host", HOST));
    for header in headers {
        req = req.insert_header(*header);
    }
    let res = test::call_service(&app, req.to_request()).await;
    let (status, headers) = (res.status().as_u16(), res.headers().clone());
    (status, headers, test::read_body(res).await.to_vec())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn strangers_find_nothing_where_the_reference_is_not_public() {
    let hub = hub_with_operators();
    keep(&hub, WORKSPACE, TEXT);
    for path in PUBLIC {
        assert_eq!(Browser::new(&hub).get(path).await.status, 404, "{path}");
    }
}

const PUBLIC: [&str; 9] = [
    "/llms.txt",
    "/reference",
    "/reference/hub",
    "/reference/hub.md",
    "/reference/platform.md",
    "/reference/platform/listOrders",
    "/reference/authentication",
    "/reference/events",
    "/reference/errors",
];

#[actix_web::test]
async fn everybody_reads_a_public_reference_and_nothing_else() {
    let hub = public_hub();
    keep(&hub, OTHER_WORKSPACE, &TEXT.replace("Lists orders", "Lists secrets"));
    let strict = Browser::new(&hub).get("/admin/sign-in").await.header("content-security-policy").to_owned();
    for path in PUBLIC {
        let mut stranger = Browser::new(&hub);
        let page = stranger.get(path).await;
        assert_eq!((page.status.as_u16(), page.header("set-cookie")), (200, ""), "{path}");
        assert_eq!(page.header("content-security-policy"), strict, "{path}");
        assert!(!page.says("Lists secrets") && !page.says("rules of this workspace</a>"), "{path}: {}", page.html);
    }
    let llms = Browser::new(&hub).get("/llms.txt").await.html.clone();
    assert!(llms.contains("/reference/platform.md)") && llms.contains("/reference/hub.md)"), "{llms}");
    assert_eq!(Browser::new(&hub).get("/reference/document").await.status, 404);
}

#[actix_web::test]
async fn what_somebody_has_already_is_not_sent_again() {
    let hub = public_hub();
    for path in PUBLIC {
        let (status, first, body) = ask(&hub, Method::GET, path, &[]).await;
        let tag = header(&first, "etag");
        assert!(status == 200 && !body.is_empty() && tag.starts_with('"'), "{path}: {tag}");
        assert_eq!(
            [header(&first, "cache-control"), header(&first, "vary")],
            ["no-cache", "Accept-Encoding"],
            "{path}"
        );
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let (status, again, body) = ask(&hub, Method::GET, path, &[("if-none-match", &known)]).await;
            assert_eq!((status, body.len(), header(&again, "etag")), (304, 0, tag), "{path} {known}");
            for name in ["cache-control", "vary", "content-security-policy"] {
                assert_eq!(header(&again, name), header(&first, name), "{path} {name}");
            }
        }
        let (status, head, _) = ask(&hub, Method::HEAD, path, &[]).await;
        assert_eq!((status, header(&head, "etag")), (200, tag), "{path}");
        assert_eq!(header(&head, "content-type"), header(&first, "content-type"), "{path}");
        let (status, ..) = ask(&hub, Method::HEAD, path, &[("if-none-match", tag)]).await;
        assert_eq!(status, 304, "{path}");
    }
}

#[actix_web::test]
async fn each_coding_is_another_answer_of_the_same_text() {
    let hub = public_hub();
    for path in PUBLIC {
        let (_, plain_headers, plain) = ask(&hub, Method::GET, path, &[]).await;
        let (_, headers, zipped) = ask(&hub, Method::GET, path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!([header(&plain_headers, "content-encoding"), header(&headers, "content-encoding")], ["", "gzip"]);
        assert_ne!(header(&plain_headers, "etag"), header(&headers, "etag"), "{path}");
        let mut text = Vec::new();
        GzDecoder::new(zipped.as_slice()).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain, "{path}");
    }
}

#[actix_web::test]
async fn another_document_shows_at_once_and_the_first_one_again_is_the_same() {
    let hub = public_hub();
    for path in ["/reference/platform.md", "/reference/platform", "/llms.txt"] {
        keep(&hub, WORKSPACE, TEXT);
        let (_, first, _) = ask(&hub, Method::GET, path, &[]).await;
        keep(&hub, WORKSPACE, &TEXT.replace("Corner", "Market"));
        let (status, second, body) = ask(&hub, Method::GET, path, &[("if-none-match", header(&first, "etag"))]).await;
        let told = String::from_utf8(body).unwrap();
        assert!(status == 200 && told.contains("Market") && !told.contains("Corner"), "{path}: {told}");
        assert_ne!(header(&first, "etag"), header(&second, "etag"), "{path}");
        keep(&hub, WORKSPACE, TEXT);
        let (status, ..) = ask(&hub, Method::GET, path, &[("if-none-match", header(&first, "etag"))]).await;
        assert_eq!(status, 304, "{path}");
    }
    hub.services.reference_documents.remove(Asker::COMMAND_LINE, WORKSPACE, None).commit().unwrap();
    let (status, headers, _) = ask(&hub, Method::GET, "/reference/platform.md", &[("if-none-match", "*")]).await;
    assert_eq!((status, header(&headers, "etag")), (404, ""));
}

/// A browser takes the policy of the answer that says that nothing has changed.
#[actix_web::test]
async fn a_page_may_send_requests_where_its_document_says_also_when_it_is_kept() {
    let hub = public_hub();
    keep(&hub, WORKSPACE, &format!("{TEXT}servers:\n  - url: https://pay.example/v1\n"));
    let path = "/reference/platform/listOrders";
    let (_, first, _) = ask(&hub, Method::GET, path, &[]).await;
    let (status, again, _) = ask(&hub, Method::GET, path, &[("if-none-match", header(&first, "etag"))]).await;
    assert_eq!(status, 304);
    for headers in [first, again] {
        let policy = header(&headers, "content-security-policy");
        assert!(policy.contains("connect-src 'self' https://pay.example;"), "{policy}");
    }
}

#[actix_web::test]
async fn a_search_is_answered_as_what_is_there_now_and_is_no_page() {
    let hub = public_hub();
    let text = |body: Vec<u8>| String::from_utf8(body).unwrap();
    let (_, _, all) = ask(&hub, Method::GET, "/reference/platform", &[]).await;
    let (_, _, found) = ask(&hub, Method::GET, "/reference/platform?q=orders", &[]).await;
    let (_, _, none) = ask(&hub, Method::GET, "/reference/platform?q=nothing-has-this", &[]).await;
    assert!(text(found).contains("Corner &#60;b&#62;: ") && text(none).contains("No operation matches"));
    let (_, _, same) = ask(&hub, Method::GET, "/reference/platform?other=1", &[]).await;
    assert_eq!(text(same), text(all));
    keep(&hub, WORKSPACE, &TEXT.replace("Corner", "Market"));
    let (_, _, found) = ask(&hub, Method::GET, "/reference/platform?q=orders", &[]).await;
    let found = text(found);
    assert!(found.contains("Market &#60;b&#62;: ") && !found.contains("Corner"), "{found}");
}

#[actix_web::test]
async fn the_hub_is_named_as_whoever_asks_has_reached_it() {
    let hub = public_hub();
    let mut browser = Browser::new(&hub);
    assert!(browser.get("/llms.txt").await.says("http://localhost:8780/reference/hub.md"));
    browser.headers = vec![("host", "127.0.0.1:8780".to_owned())];
    assert!(browser.get("/llms.txt").await.says("http://127.0.0.1:8780/reference/hub.md"));
}
