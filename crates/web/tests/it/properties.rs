//! What holds for every input.

use actix_web::rt::System;
use actix_web::test::TestRequest;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::hub::Hub;

const POSTS: [&str; 3] = ["/api/hub/v1/keys", "/api/hub/v1/endpoints", "/api/hub/v1/events"];
const SCOPES: &str = "read write keys:read keys:write endpoints:read endpoints:write events:write deliveries:read";

/// Bytes that get past the first checks more often than random ones do.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "label",
        "\"label\"",
        "\"payload\"",
        "\"event_type\"",
        "\"url\"",
        "\"event_types\"",
        "\"scopes\"",
        "\"a\"",
        "1",
        "-",
        "e9",
        "null",
        "\u{0}",
        "ä",
        " ",
        "\n",
    ]);
    vec(words, 0..40).prop_map(|words| words.concat().into_bytes())
}

fn status(path: &str, body: Vec<u8>) -> u16 {
    let hub = Hub::new();
    let key = hub.key(SCOPES);
    System::new().block_on(async { hub.post_text(path, &key, body).await.status.as_u16() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_as_a_body_break_the_hub(path in prop::sample::select(&POSTS[..]), body: Vec<u8>) {
        prop_assert!(status(path, body) < 500);
    }

    #[test]
    fn no_broken_json_as_a_body_breaks_the_hub(path in prop::sample::select(&POSTS[..]), body in nearly_json()) {
        prop_assert!(status(path, body) < 500);
    }

    #[test]
    fn no_query_string_breaks_the_hub(query in "[ -~&&[^#\"<>\\\\^`{|} ]]{0,60}") {
        let hub = Hub::new();
        let key = hub.key(SCOPES);
        let path = format!("/api/hub/v1/deliveries?{query}");
        let answer = System::new().block_on(async { hub.get(&path, &key).await });
        prop_assert!(answer.status.as_u16() < 500);
    }

    #[test]
    fn no_authorization_header_breaks_the_hub(value in "[\t -~\u{80}-\u{ff}]{0,80}") {
        let hub = Hub::new();
        let req = TestRequest::get().uri("/api/hub/v1/whoami").insert_header(("authorization", value.into_bytes()));
        let answer = System::new().block_on(async { hub.send(req).await });
        prop_assert_eq!(answer.status.as_u16(), 401);
    }
}
