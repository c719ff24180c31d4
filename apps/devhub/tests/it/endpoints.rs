//! Endpoints of a running hub.

use crate::harness::Home;

#[test]
fn certificates_that_cannot_be_trusted_are_refused_when_an_endpoint_is_saved() {
    let home = Home::new();
    let hub = home.serve(&["--data", "data"]);
    let (_, token) = home.issue_key_for("endpoints:write");
    let pem = r"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let body = format!(r#"{{"url":"https://shop.example/hook","event_types":["*"],"ca_pem":"{pem}"}}"#);
    let (status, text) = hub.call("POST", "/api/hub/v1/endpoints", Some(&token), &body);
    assert_eq!(status, 422, "{text}");
    assert!(text.contains("\"authorities_invalid\"") && text.contains("\"ca_pem\""), "{text}");
    assert!(text.contains("certificate 1 cannot be trusted"), "{text}");
}
