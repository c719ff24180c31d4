//! Settings of endpoints: how requests are made with them, and what is never told of them.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::EndpointId;
use devhub_domain::page::PageRequest;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::secret::Secret;
use devhub_domain::testing::SeededEntropy;
use devhub_domain::webhooks::{
    Authorities, AuthoritiesError, AuthorityCheck, CustomValue, Deliveries, DeliveryState, Endpoint, EndpointChanges,
    EndpointError, EndpointSettings, HeaderName, HeaderText, NewEndpoint, NewHeader, NewHeaders, OutboundRequest,
    RequestTimeout, RetrySchedule, Setting, SettingsChanges,
};

use crate::hub::{Hub, WORKSPACE, endpoint};

const ME: Asker = Asker::COMMAND_LINE;
const TOKEN: &str = "Bearer 7f6f3f2e1a8c";

fn header(name: &str, value: Option<&str>, is_sensitive: impl Into<Option<bool>>) -> NewHeader {
    let value = value.map(|value| HeaderText::new(Secret::new(value)).unwrap());
    NewHeader { name: HeaderName::new(name).unwrap(), value, is_sensitive: is_sensitive.into() }
}

fn headers(headers: Vec<NewHeader>) -> SettingsChanges {
    SettingsChanges { headers: Setting::Own(NewHeaders::new(headers).unwrap()), ..SettingsChanges::default() }
}

/// A shop that wants its own name and a token with each request.
fn shop_headers() -> SettingsChanges {
    headers(vec![header("X-Shop", Some("12"), false), header("authorization", Some(TOKEN), false)])
}

fn create(hub: &Hub, settings: SettingsChanges) -> Result<Endpoint, EndpointError> {
    let new = NewEndpoint { settings, ..endpoint("https://shop.example/hook", "*") };
    Ok(hub.endpoints.create(ME, WORKSPACE, new)?.commit()?.endpoint)
}

fn update(hub: &Hub, id: EndpointId, settings: SettingsChanges) -> Result<Endpoint, EndpointError> {
    let changes = EndpointChanges { settings, ..EndpointChanges::default() };
    hub.endpoints.update(ME, WORKSPACE, id, changes)?.commit()
}

/// A request for an event that is published now.
fn request(hub: &Hub) -> OutboundRequest {
    hub.publish("payment.completed");
    hub.deliveries.request(&hub.handed_over()).unwrap()
}

fn sent(request: &OutboundRequest) -> Vec<(&str, &str)> {
    request.custom_headers.iter().map(|header| (header.name.as_str(), header.value.expose())).collect()
}

#[test]
fn a_request_carries_the_headers_as_they_were_typed_and_has_the_timeout_of_its_endpoint() {
    let hub = Hub::new();
    hub.open_session();
    let timeout = Setting::Own(RequestTimeout::from_seconds(3).unwrap());
    create(&hub, SettingsChanges { timeout, ..shop_headers() }).unwrap();
    let request = request(&hub);
    assert_eq!(sent(&request), [("X-Shop", "12"), ("authorization", TOKEN)]);
    assert_eq!(request.custom_headers.iter().map(|header| header.is_sensitive).collect::<Vec<_>>(), [false, true]);
    assert_eq!(request.timeout, Duration::from_secs(3));
}

#[test]
fn without_settings_a_request_is_made_as_the_hub_does() {
    let hub = Hub::new();
    hub.open_session();
    hub.create("*");
    let request = request(&hub);
    assert_eq!((request.timeout, request.custom_headers.len()), (Endpoint::TIMEOUT, 0));
    assert_eq!((request.authorities, request.retry_schedule), (None, None));
}

#[test]
fn a_failed_delivery_waits_as_long_as_the_schedule_of_its_endpoint_says() {
    let hub = Hub::new();
    let session = hub.open_session();
    let schedule = RetrySchedule::from_seconds(&[0, 7], Some(0)).unwrap();
    let retry_schedule = Setting::Own(schedule);
    create(&hub, SettingsChanges { retry_schedule, ..SettingsChanges::default() }).unwrap();
    hub.publish("payment.completed");
    assert_eq!(hub.answer(session, &hub.handed_over(), 500), DeliveryState::Waiting);
    let claim = || hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.pop();
    hub.clock.advance(Duration::from_millis(7_004));
    assert!(claim().is_none(), "the attempt took 5 ms");
    hub.clock.advance(Duration::from_millis(1));
    assert_eq!(hub.answer(session, &claim().unwrap(), 500), DeliveryState::Exhausted);
}

#[test]
fn a_header_whose_name_suggests_a_secret_is_one_unless_somebody_says_otherwise() {
    let hub = Hub::new();
    let names = ["X-Api-Key", "cookie", "X-Shop-Token", "X-Shop", "Authorization"];
    let sensitive = |says: Option<bool>| {
        let all = names.iter().map(|name| header(name, Some("12"), says)).collect();
        let created = create(&hub, headers(all)).unwrap();
        created.settings.headers.iter().map(|header| header.value.is_sensitive()).collect::<Vec<_>>()
    };
    assert_eq!(sensitive(None), [true, true, true, false, true]);
    assert_eq!(sensitive(Some(false)), [false, false, false, false, true]);
    assert_eq!(sensitive(Some(true)), [true; 5]);
}

#[test]
fn what_is_absent_stays_and_what_is_default_goes_back() {
    let hub = Hub::new();
    let timeout = Setting::Own(RequestTimeout::from_seconds(3).unwrap());
    let rate = Setting::Own("7/second".parse().unwrap());
    let id = create(&hub, SettingsChanges { timeout, rate, ..shop_headers() }).unwrap().id;
    let changed = update(&hub, id, SettingsChanges { rate: Setting::Default, ..SettingsChanges::default() }).unwrap();
    assert_eq!((changed.settings.rate, changed.settings.timeout.get()), (None, Duration::from_secs(3)));
    assert_eq!(changed.settings.headers.iter().count(), 2);
    let cleared =
        SettingsChanges { headers: Setting::Default, timeout: Setting::Default, ..SettingsChanges::default() };
    assert_eq!(update(&hub, id, cleared).unwrap().settings, EndpointSettings::default());
}

#[test]
fn a_sensitive_header_without_a_value_keeps_what_it_says_also_under_another_spelling() {
    let hub = Hub::new();
    hub.open_session();
    let id = create(&hub, shop_headers()).unwrap().id;
    let kept = headers(vec![header("Authorization", None, true), header("X-Till", Some("3"), false)]);
    update(&hub, id, kept).unwrap();
    assert_eq!(sent(&request(&hub)), [("Authorization", TOKEN), ("X-Till", "3")]);
}

#[test]
fn a_header_without_a_value_where_no_secret_is_kept_is_refused_with_its_place() {
    let hub = Hub::new();
    let id = create(&hub, shop_headers()).unwrap().id;
    let refused = |settings| match update(&hub, id, settings) {
        Err(EndpointError::HeaderValueMissing { position }) => position,
        other => panic!("expected a missing value, got {other:?}"),
    };
    let plain = header("X-Shop", Some("12"), false);
    assert_eq!(refused(headers(vec![plain.clone(), header("X-Till", None, true)])), 1);
    assert_eq!(refused(headers(vec![header("X-Shop", None, true)])), 0, "what was plain is no secret");
    assert_eq!(refused(headers(vec![plain, header("X-Till", None, false)])), 1);
    assert!(matches!(
        create(&hub, headers(vec![header("Authorization", None, true)])),
        Err(EndpointError::HeaderValueMissing { position: 0 })
    ));
}

fn moved(hub: &Hub, id: EndpointId, url: &str, settings: SettingsChanges) -> Result<Endpoint, EndpointError> {
    let changes = EndpointChanges { url: Some(url.to_owned()), settings, ..EndpointChanges::default() };
    hub.endpoints.update(ME, WORKSPACE, id, changes)?.commit()
}

#[test]
fn an_endpoint_that_moves_elsewhere_takes_no_secret_with_it() {
    let hub = Hub::new();
    let id = create(&hub, shop_headers()).unwrap().id;
    let needed = |url, settings| match moved(&hub, id, url, settings) {
        Err(EndpointError::HeaderValuesNeeded { positions }) => positions,
        other => panic!("expected that values are needed, got {other:?}"),
    };
    let unchanged = SettingsChanges::default;
    for url in ["https://echo.example/hook", "https://shop.example:8443/hook", "https://shop.example.evil.example/hook"]
    {
        assert_eq!(needed(url, unchanged()), [1], "{url}");
    }
    let kept = headers(vec![header("AUTHORIZATION", None, true), header("X-Till", Some("3"), false)]);
    assert_eq!(needed("https://echo.example/hook", kept), [0]);
    assert_eq!(hub.endpoints.find(WORKSPACE, id).unwrap().endpoint.revision, 1);
}

#[test]
fn an_endpoint_that_moves_elsewhere_may_have_its_secrets_given_anew_or_lose_them() {
    let hub = Hub::new();
    let one = create(&hub, shop_headers()).unwrap().id;
    assert!(moved(&hub, one, "https://other.example/hook", shop_headers()).is_ok());
    let other = create(&hub, shop_headers()).unwrap().id;
    let without = SettingsChanges { headers: Setting::Default, ..SettingsChanges::default() };
    assert!(moved(&hub, other, "https://other.example/hook", without).is_ok());
}

#[test]
fn another_path_at_the_same_receiver_keeps_the_secrets() {
    let hub = Hub::new();
    hub.open_session();
    let id = create(&hub, shop_headers()).unwrap().id;
    moved(&hub, id, "https://Shop.Example:443/hooks/2?a=1", SettingsChanges::default()).unwrap();
    assert_eq!(sent(&request(&hub)), [("X-Shop", "12"), ("authorization", TOKEN)]);
}

#[test]
fn the_same_secret_once_more_is_no_change() {
    let hub = Hub::new();
    let id = create(&hub, shop_headers()).unwrap().id;
    assert_eq!(update(&hub, id, shop_headers()).unwrap().revision, 1);
    let other = headers(vec![header("X-Shop", Some("12"), false), header("authorization", Some("Bearer b"), true)]);
    assert_eq!(update(&hub, id, other).unwrap().revision, 2);
}

#[test]
fn what_a_sensitive_header_says_is_sealed_and_in_no_log() {
    let hub = Hub::new();
    hub.open_session();
    let created = create(&hub, shop_headers()).unwrap();
    let changed = update(&hub, created.id, headers(vec![header("authorization", Some("Bearer b"), true)])).unwrap();
    let sealed = changed.settings.headers.iter().next().unwrap();
    assert!(matches!(&sealed.value, CustomValue::Sensitive(sealed) if !sealed.as_bytes().ends_with(b"Bearer b")));
    let request = request(&hub);
    assert!(!format!("{request:?} {changed:?}").contains("Bearer"));
    let log = AuditLog::new(hub.store.clone());
    let lines = log.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items;
    assert_eq!(
        lines.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(),
        ["endpoint.updated", "endpoint.created"]
    );
    assert!(!lines.iter().any(|line| line.detail.contains("Bearer")));
    let detail: serde_json::Value = serde_json::from_str(&lines[0].detail).unwrap();
    let told = |when: &str, position: usize| detail[when]["settings"]["headers"][position].clone();
    assert_eq!(told("before", 0), serde_json::json!({ "name": "X-Shop", "value": "12" }));
    assert_ne!(told("before", 1)["sealed"], told("after", 0)["sealed"], "that it changed is told");
}

#[test]
fn a_header_that_does_not_open_is_told_with_its_code() {
    let hub = Hub::new();
    hub.open_session();
    create(&hub, shop_headers()).unwrap();
    hub.publish("payment.completed");
    let elsewhere = std::sync::Arc::new(Sealer::new(&MasterKey::from_bytes([4; 32])));
    let schedule = std::sync::Arc::new(RetrySchedule::DEFAULT);
    let entropy = std::sync::Arc::new(SeededEntropy::new(1));
    let deliveries = Deliveries::new(hub.store.clone(), elsewhere, schedule, hub.clock.clone(), entropy);
    assert_eq!(deliveries.request(&hub.handed_over()).unwrap_err().code(), "wrong_master_key");
}

/// Trusts no certificate.
struct Nobody;

impl AuthorityCheck for Nobody {
    fn check(&self, _authorities: &Authorities) -> Result<(), AuthoritiesError> {
        Err(AuthoritiesError::Untrustworthy { position: 1, reason: "the test says so".to_owned() })
    }
}

#[test]
fn certificates_that_cannot_be_trusted_are_refused_when_they_are_saved() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let authorities = Setting::Own(Authorities::new(pem).unwrap());
    let settings = SettingsChanges { authorities, ..SettingsChanges::default() };
    assert_eq!(update(&hub, id, settings.clone()).unwrap().settings.authorities.unwrap().pem(), pem);
    let hub = Hub { endpoints: hub.endpoints.clone().with_authority_check(std::sync::Arc::new(Nobody)), ..hub };
    for refused in [update(&hub, id, settings.clone()), create(&hub, settings)] {
        assert!(matches!(
            refused,
            Err(EndpointError::Authorities(AuthoritiesError::Untrustworthy { position: 1, .. }))
        ));
    }
}
