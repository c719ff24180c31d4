//! OwnPay's webhook endpoints: what a file may say, what is taken over, and that their secrets go on signing.

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{ImportFormat, REFUSED_MAX};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::events::EventPattern;
use devhub_domain::page::PageRequest;
use devhub_domain::secret::Secret;
use devhub_domain::time::Clock as _;
use devhub_domain::webhooks::verify::{Verifier, look_up};
use devhub_domain::webhooks::{
    ENDPOINTS_MAX, EndpointImportFile, EndpointImportFileError, EndpointImportOutcome, EndpointLineRefusal,
    EndpointOrigin, FirstStatus, SigningSecret, read_endpoint_import,
};

use crate::hub::{Hub, WORKSPACE};

/// What the documented command of the mysql client writes (`docs/guides/ownpay-endpoints.md`).
const MYSQL: &str = include_str!("ownpay-endpoints.tsv");

fn read(text: &str) -> EndpointImportFile {
    read_endpoint_import(text, ImportFormat::of(text)).unwrap()
}

/// A table of one endpoint, with these columns as they should be and `changed` instead.
fn line(changed: &[(&str, &str)]) -> String {
    let columns = [
        ("url", "https://shop.example/hook"),
        ("secret", "0123456789abcdef0123456789abcdef"),
        ("events", "[\"payment.completed\"]"),
        ("status", "active"),
        ("created_at", "2026-11-24 16:00:00"),
    ];
    let value = |name: &str, usual| changed.iter().find(|(column, _)| *column == name).map_or(usual, |(_, text)| *text);
    let values: Vec<&str> = columns.iter().map(|(name, usual)| value(name, usual)).collect();
    format!("{}\n{}\n", columns.map(|(name, _)| name).join("\t"), values.join("\t"))
}

fn import(hub: &Hub, file: &EndpointImportFile) -> EndpointImportOutcome {
    hub.endpoints.import(Asker::COMMAND_LINE, WORKSPACE, file).unwrap().commit().unwrap()
}

fn types(patterns: &[EventPattern]) -> Vec<&str> {
    patterns.iter().map(EventPattern::as_str).collect()
}

fn counts(outcome: &EndpointImportOutcome) -> (usize, usize, usize) {
    (outcome.new.len(), outcome.existing.len(), outcome.refused.len())
}

#[test]
fn what_the_mysql_client_writes_is_read() {
    let EndpointImportFile { endpoints, refused } = read(MYSQL);
    assert_eq!(refused, []);
    let [first, second, third] = &endpoints[..] else { panic!("three endpoints") };
    assert_eq!((first.line, first.url.as_str()), (2, "https://shop.example/?wc-api=ownpay"));
    assert_eq!(types(&first.event_types), ["payment.completed", "payment.failed"]);
    assert_eq!((second.status, types(&second.event_types)), (FirstStatus::Paused, vec!["*"]));
    assert_eq!(types(&third.event_types), ["payment.completed", "refund.completed"], "other spellings, once each");
    assert_eq!((third.secret.expose(), third.created_at.as_deref()), ("two words ~", None));
    assert_eq!([first, second, third].map(|endpoint| endpoint.signs_standard()), [true, false, false]);
}

#[test]
fn every_form_of_a_file_says_the_same() {
    let expected = read(&line(&[])).endpoints;
    let columns = "https://shop.example/hook,0123456789abcdef0123456789abcdef";
    let commas =
        format!("url,secret,events,status,created_at\n{columns},payment.completed,active,2026-11-24 16:00:00\n");
    let json = expected[0].to_entry().to_string();
    for text in [commas, format!("\n{json}\n"), format!("[\n{json}]")] {
        let found = read(&text).endpoints;
        assert_eq!((found[0].to_entry(), found.len()), (expected[0].to_entry(), 1), "{text}");
    }
}

#[test]
fn each_fault_is_told_with_its_line_and_without_its_secret() {
    let long = "s".repeat(129);
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("url", "NULL")], "url is missing"),
        (&[("url", "shop")], "endpoint url must be absolute, such as https://shop.example/hooks"),
        (&[("secret", "")], "secret is missing"),
        (&[("secret", &long)], "webhook secret must have 1 to 128 characters, got 129"),
        (&[("secret", "geheim-ä")], "webhook secret must be printable ascii, character 8 is not"),
        (
            &[("events", "[]")],
            "events is empty, which one of the platform's senders takes for all and another for none",
        ),
        (&[("events", "NULL")], "events is empty"),
        (&[("events", "[\"payment.\"]")], "events must be a list such as [\"payment.completed\",\"refund.*\"]"),
        (&[("events", "[7]")], "events must be a list such as"),
        (&[("status", "retired")], "status must be active or inactive"),
        (&[("created_at", "spring")], "created_at must be a date and a time such as 2026-11-24 10:00:00, or NULL"),
    ];
    for (changed, told) in cases {
        let refused = read(&line(changed)).refused;
        let text = refused[0].refusal.to_string();
        assert_eq!((refused.len(), refused[0].line), (1, 2), "{told}");
        assert!(text.starts_with(told) && !text.contains("geheim"), "{text}");
    }
}

#[test]
fn a_repeated_endpoint_and_another_merchant_are_told_by_their_lines() {
    let row = |secret: &str, merchant: u32| format!("https://a.example/\t{secret}\t*\tactive\t{merchant}\n");
    let rows = [row("one", 1), row("one", 1), row("two", 1), row("three", 2)].concat();
    let EndpointImportFile { endpoints, refused } = read(&format!("url\tsecret\tevents\tstatus\tmerchant_id\n{rows}"));
    assert_eq!(endpoints.iter().map(|endpoint| endpoint.line).collect::<Vec<_>>(), [2, 4]);
    let refused: Vec<_> = refused.into_iter().map(|refused| (refused.line, refused.refusal)).collect();
    assert_eq!(refused, [(3, EndpointLineRefusal::Repeated(2)), (5, EndpointLineRefusal::OtherMerchant)]);
}

#[test]
fn another_file_than_was_meant_is_refused_whole() {
    let code = |text: &str| read_endpoint_import(text, ImportFormat::of(text)).unwrap_err();
    assert!(matches!(code(""), EndpointImportFileError::Empty));
    assert!(matches!(code("a,b\n1,2\n"), EndpointImportFileError::ColumnMissing("url")));
    assert!(matches!(code("[{"), EndpointImportFileError::NotJson(_)));
    let many = format!("url,secret,events,status\n{}", "shop,s,*,active\n".repeat(REFUSED_MAX + 1));
    assert!(matches!(code(&many), EndpointImportFileError::TooManyRefused { line: 2, .. }));
}

#[test]
fn what_is_imported_is_sent_events_that_verify_with_the_secret_that_the_receiver_has() {
    let hub = Hub::new();
    hub.open_session();
    assert_eq!(counts(&import(&hub, &read(MYSQL))), (3, 0, 0));
    hub.publish("payment.failed");
    let request = hub.deliveries.request(&hub.handed_over()).unwrap();
    let secret = SigningSecret::new(Secret::new("whsec_Zk3vT9qLw8XcB2mN5pR7sY1uD4fG6hJ0")).unwrap();
    let receiver = Verifier::new(vec![secret]).unwrap();
    assert_eq!(request.url.as_str(), "https://shop.example/?wc-api=ownpay");
    receiver.own_pay(look_up(&request.headers), request.body.as_bytes(), hub.clock.now()).unwrap();
    let listed = hub.endpoints.list(WORKSPACE, PageRequest::default()).unwrap().items;
    let told = listed.iter().find(|endpoint| endpoint.url == request.url).unwrap();
    assert_eq!(told.description, "From OwnPay, made there on 2026-01-02");
}

#[test]
fn an_import_that_is_repeated_changes_nothing_and_a_preview_never_does() {
    let hub = Hub::new();
    let file = read(MYSQL);
    let preview = || counts(&hub.endpoints.preview_import(Asker::COMMAND_LINE, WORKSPACE, &file, 0).unwrap());
    assert_eq!((preview(), preview()), ((3, 0, 0), (3, 0, 0)));
    let first = EndpointImportFile { endpoints: file.endpoints[..1].to_vec(), refused: Vec::new() };
    assert_eq!(counts(&import(&hub, &first)), (1, 0, 0));
    assert_eq!(preview(), (2, 1, 0), "it goes on where it was broken off");
    assert_eq!(counts(&import(&hub, &file)), (2, 1, 0));
    assert_eq!(counts(&import(&hub, &file)), (0, 3, 0));
    let other = read(&MYSQL.replace("two words ~", "three words ~"));
    assert_eq!(counts(&import(&hub, &other)), (1, 2, 0), "another secret is another endpoint");
}

#[test]
fn an_address_that_the_installation_does_not_accept_is_refused_with_its_rule() {
    let hub = Hub::new();
    let [http, inside] = ["http://shop.example/", "https://10.0.0.8/"].map(|url| read(&line(&[("url", url)])));
    let told = |file| import(&hub, file).refused.remove(0).refusal.to_string();
    assert_eq!(told(&http), "endpoint url must use https, got \"http\"");
    assert!(told(&inside).starts_with("address 10.0.0.8 is refused"));
}

#[test]
fn what_a_workspace_has_no_room_for_is_refused_line_by_line() {
    let hub = Hub::new();
    hub.fill(u32::try_from(ENDPOINTS_MAX).unwrap() - 1, EndpointOrigin::Manual);
    let outcome = import(&hub, &read(MYSQL));
    let refused: Vec<_> = outcome.refused.into_iter().map(|refused| (refused.line, refused.refusal)).collect();
    assert_eq!(refused, [(3, EndpointLineRefusal::NoRoom), (4, EndpointLineRefusal::NoRoom)]);
}

/// A long file is looked at in parts.
#[test]
fn a_preview_counts_what_the_parts_before_would_add() {
    let hub = Hub::new();
    let file = read(MYSQL);
    let preview =
        |planned| counts(&hub.endpoints.preview_import(Asker::COMMAND_LINE, WORKSPACE, &file, planned).unwrap());
    assert_eq!(preview(ENDPOINTS_MAX - 2), (2, 0, 1));
    assert_eq!(preview(ENDPOINTS_MAX), (0, 0, 3));
}

#[test]
fn each_import_is_in_the_audit_log_without_its_secret() {
    let hub = Hub::new();
    import(&hub, &read(MYSQL));
    let lines = AuditLog::new(hub.store.clone()).list(WORKSPACE, &AuditFilter::default(), PageRequest::default());
    let lines = lines.unwrap().items;
    assert!(lines.iter().all(|line| line.action == "endpoint.imported") && lines.len() == 3);
    assert!(lines.iter().all(|line| !line.detail.contains("two words") && !line.detail.contains("whsec_")));
}
