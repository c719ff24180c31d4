//! What a first visit costs: the page as it is compressed, with its style and its scripts.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use actix_web::test::{self, TestRequest};
use devhub_domain::api_keys::NewApiKey;
use devhub_domain::operators::Role;
use devhub_domain::testing::label;
use devhub_domain::usage::{AnswerKind, Call, RefusalKind};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const KEYS: &str = "/admin/developer/api-keys";

/// *Source:* the issue of the pages, "a page ≤ 60 KiB compressed in total".
const FIRST_VISIT_BYTES_MAX: usize = 60 * 1024;

/// A page of the list, with labels of which no two are alike, and a week of calls for each.
fn many_keys(hub: &Hub) -> String {
    let mut last = String::new();
    for number in 0..50_u64 {
        let text = digits_of(number);
        let new = NewApiKey { scopes: "read write admin".parse().unwrap(), ..NewApiKey::with_label(label(&text)) };
        let key_id = hub.issue(WORKSPACE, new).key.id;
        let address = Some([203, 0, 113, 7].into());
        let call = |answer, refusal| Call { key_id, address, answer, refusal, took: Some(Duration::from_millis(5)) };
        hub.services.usage.count(&call(AnswerKind::Success, None));
        for kind in RefusalKind::ALL {
            hub.services.usage.count(&call(AnswerKind::ClientError, Some(kind)));
        }
        last = key_id.to_string();
    }
    hub.services.usage.flush().unwrap();
    last
}

/// Sixty digits that do not compress.
fn digits_of(number: u64) -> String {
    let mut state = number.wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_digit(u32::try_from(state >> 60).unwrap(), 16).unwrap()
    };
    (0..60).map(|_| next()).collect()
}

fn gzipped(html: &str) -> usize {
    // As fast as the program does it, which is larger than it need be.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(html.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

fn files(html: &str) -> BTreeSet<String> {
    let parts = html.split('"').filter(|part| part.starts_with("/admin/static/"));
    parts.map(str::to_owned).collect()
}

async fn file_bytes(hub: &Hub, path: &str, coding: &str) -> usize {
    let app = test::init_service(devhub_web::app(hub.services.clone())).await;
    let req = TestRequest::get().uri(path).insert_header(("accept-encoding", coding)).to_request();
    test::read_body(test::call_service(&app, req).await).await.len()
}

#[actix_web::test]
async fn a_first_visit_of_every_page_is_small() {
    let hub = hub_with_operators();
    let key = many_keys(&hub);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let pages = [
        KEYS.to_owned(),
        format!("{KEYS}/{key}"),
        format!("{KEYS}/{key}?range=24h"),
        format!("{KEYS}/{key}?range=30d"),
        format!("{KEYS}/{key}/rotate"),
        "/admin/developer/webhooks".to_owned(),
        "/admin/developer/webhooks/new".to_owned(),
        "/admin/developer/deliveries".to_owned(),
        "/admin/developer/event-types".to_owned(),
        "/admin/developer/reference/hub".to_owned(),
        "/admin/developer/reference/events".to_owned(),
        "/admin/overview?period=7d".to_owned(),
        "/admin/rate-limits".to_owned(),
        "/admin/rate-limits/policies/new".to_owned(),
        "/admin/audit".to_owned(),
        "/admin/workspace".to_owned(),
        "/admin/settings/operators".to_owned(),
        "/admin/settings/retention".to_owned(),
        "/admin/account".to_owned(),
        "/admin/account/second-factor".to_owned(),
    ];
    for path in pages {
        let page = browser.get(&path).await.clone();
        assert_eq!(page.status, 200, "{path}");
        for coding in ["br", "gzip"] {
            let mut bytes = gzipped(&page.html);
            for file in files(&page.html) {
                bytes += file_bytes(&hub, &file, coding).await;
            }
            assert!(bytes <= FIRST_VISIT_BYTES_MAX, "{path} with {coding}: {bytes}");
        }
    }
}
