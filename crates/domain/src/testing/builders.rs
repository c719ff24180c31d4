//! Values for tests that care about one of their fields only.

use std::net::Ipv4Addr;
use std::num::NonZeroU32;

use crate::api_keys::{ApiKey, DigestScheme, Environment, KeyDigest, KeyStatus, Label, Metadata, ScopeSet};
use crate::audit::Actor;
use crate::events::{Event, EventPattern, OwnType, Payload, TypeDescription};
use crate::id::{
    DeliveryId, EndpointId, EndpointSecretId, EventId, JobId, KeyId, OperatorId, OperatorSessionId, RateOverrideId,
    RatePolicyId, SessionId, WorkspaceId,
};
use crate::operators::{Client, EmailAddress, Operator, OperatorSession, Role, SessionDigest, UserAgent};
use crate::rate::{
    MethodSet, Mode, OnBackendError, OverrideSubject, PolicyRef, PolicyRule, Quota, RateOverride, RatePolicy,
    SubjectKind,
};
use crate::resends::{Progress, ResendJob, ResendState};
use crate::sealing::Sealed;
use crate::time::Timestamp;
use crate::webhooks::address::AddressPolicy;
use crate::webhooks::{
    Authorities, CustomHeaders, DeliveryFilter, DeliveryState, Endpoint, EndpointOrigin, EndpointSecret,
    EndpointSettings, EndpointStatus, EndpointUrl, InFlightMax, RequestTimeout, RetrySchedule, Session, UrlRules,
};

/// A 16-byte id that is greater for a greater number.
fn id(number: u32) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// The label with this text.
///
/// # Panics
/// When the text is no label.
pub fn label(text: &str) -> Label {
    Label::new(text).expect("tests use valid labels")
}

/// An active key of workspace 1 with OwnPay's default scopes; each number gives other ids and digests.
pub fn api_key(number: u32) -> ApiKey {
    ApiKey {
        id: KeyId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        label: label("Shop"),
        prefix: format!("{number:08x}"),
        digest: KeyDigest(*blake3::hash(&number.to_be_bytes()).as_bytes()),
        digest_scheme: DigestScheme::Token,
        scopes: ScopeSet::DEFAULT,
        environment: Environment::default(),
        status: KeyStatus::Active,
        expires_at: None,
        allow_list: Vec::new(),
        owner: None,
        metadata: Metadata::default(),
        retirement: None,
        created_at: Timestamp::from_seconds(1),
        created_by: Actor::System,
        last_used_at: None,
        revision: 1,
    }
}

/// A `payment.completed` event of workspace 1.
///
/// # Panics
/// Never: its parts are valid.
pub fn event(number: u32) -> Event {
    Event {
        id: EventId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        event_type: "payment.completed".parse().expect("a valid type"),
        external_id: None,
        payload: Payload::new(format!(r#"{{"number":{number}}}"#).as_bytes(), 1_000).expect("valid JSON"),
        accepted_at: Timestamp::from_seconds(1),
    }
}

/// An event type `order.paid` of workspace 1, whose payloads name an order.
///
/// # Panics
/// Never: its parts are valid.
pub fn own_type() -> OwnType {
    OwnType {
        workspace_id: WorkspaceId::from_bytes(id(1)),
        name: "order.paid".parse().expect("a valid type"),
        description: TypeDescription::new("An order was paid.").expect("a valid description"),
        schema: r#"{"type":"object","required":["order"],"properties":{"order":{"type":"integer"}}}"#.to_owned(),
        sample: Payload::new(br#"{"order":77}"#, 1_000).expect("valid JSON"),
        is_archived: false,
        created_at: Timestamp::from_seconds(1),
        updated_at: Timestamp::from_seconds(1),
        revision: 1,
    }
}

/// An active endpoint of workspace 1 that wants everything.
///
/// # Panics
/// Never: its parts are valid.
pub fn endpoint(number: u32) -> Endpoint {
    let rules = UrlRules { allows_http: false, policy: &AddressPolicy::default() };
    Endpoint {
        id: EndpointId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        url: EndpointUrl::parse(&format!("https://shop-{number}.example/hook"), &rules).expect("a valid address"),
        description: String::new(),
        event_types: vec![EventPattern::all()],
        origin: EndpointOrigin::Manual,
        status: EndpointStatus::Active,
        settings: EndpointSettings::default(),
        created_at: Timestamp::from_seconds(1),
        revision: 1,
    }
}

/// Settings of which none is the default. What is secret in them does not open, and the certificate is none.
///
/// # Panics
/// Never: their parts are valid.
pub fn endpoint_settings() -> EndpointSettings {
    let stored = "X-Shop:Shop 'one': a;b\nAuthorization;AAr/";
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    EndpointSettings {
        timeout: RequestTimeout::from_seconds(30).expect("within its bounds"),
        retry_schedule: Some(RetrySchedule::from_seconds(&[0, 60, 86_400], Some(50)).expect("within its bounds")),
        rate: Some("30/minute".parse().expect("within its bounds")),
        in_flight_max: Some(InFlightMax::new(1_000).expect("within its bounds")),
        headers: CustomHeaders::from_stored(stored).expect("valid headers"),
        authorities: Some(Authorities::new(pem).expect("it has the shape of a certificate")),
    }
}

/// A secret of endpoint 1 that has no end and does not open.
pub fn endpoint_secret(number: u32) -> EndpointSecret {
    EndpointSecret {
        id: EndpointSecretId::from_bytes(id(number)),
        endpoint_id: EndpointId::from_bytes(id(1)),
        number,
        sealed: Sealed::from_bytes(number.to_be_bytes().to_vec()),
        created_at: Timestamp::from_seconds(1),
        expires_at: None,
    }
}

/// A session that has not beaten yet.
pub fn session(number: u32) -> Session {
    Session { id: SessionId::from_bytes(id(number)), started_at: Timestamp::from_seconds(1), beats: 0 }
}

/// A job that resends what was given up, and has just begun.
pub fn resend_job(number: u32) -> ResendJob {
    ResendJob {
        id: JobId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        filter: DeliveryFilter { state: Some(DeliveryState::Exhausted), ..DeliveryFilter::default() },
        state: ResendState::Running,
        ends_before: DeliveryId::from_bytes([0xff; 16]),
        cursor: None,
        estimate: 7,
        progress: Progress::default(),
        failure: None,
        created_at: Timestamp::from_seconds(1),
        created_by: Actor::System,
        finished_at: None,
    }
}

/// A developer of workspace 1 without a password.
///
/// # Panics
/// Never: the address is valid.
pub fn operator(number: u32) -> Operator {
    Operator {
        id: OperatorId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        home_id: WorkspaceId::from_bytes(id(1)),
        email: EmailAddress::new(&format!("operator-{number}@example.com")).expect("a valid address"),
        role: Role::Developer,
        password: None,
        created_at: Timestamp::from_seconds(1),
        revision: 1,
    }
}

/// The same operator as workspace 2 knows it, where it works since the second 5 and is a viewer.
pub fn member(number: u32) -> Operator {
    let created_at = Timestamp::from_seconds(5);
    Operator { workspace_id: WorkspaceId::from_bytes(id(2)), role: Role::Viewer, created_at, ..operator(number) }
}

/// A session of operator 1 that has just begun; each number gives other ids and digests.
pub fn operator_session(number: u32) -> OperatorSession {
    OperatorSession {
        id: OperatorSessionId::from_bytes(id(number)),
        digest: SessionDigest(*blake3::hash(&number.to_be_bytes()).as_bytes()),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        operator_id: OperatorId::from_bytes(id(1)),
        created_at: Timestamp::from_seconds(1_000),
        last_seen_at: Timestamp::from_seconds(1_000),
        client: Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: UserAgent::cut("Browser") },
    }
}

/// A policy of workspace 1 for everything that each key asks; each number gives another id, name and position.
///
/// # Panics
/// Never: name and path are valid.
pub fn rate_policy(number: u32) -> RatePolicy {
    let units = |count| NonZeroU32::new(count).expect("not zero");
    RatePolicy {
        id: RatePolicyId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        position: number.into(),
        rule: PolicyRule {
            name: format!("policy-{number}").parse().expect("a valid name"),
            quota: Quota::per_minute(units(60)),
            cost: units(1),
            subject: SubjectKind::Key,
            methods: MethodSet::ALL,
            path: "/**".parse().expect("a valid path"),
            mode: Mode::Enforce,
            on_backend_error: OnBackendError::Allow,
        },
        created_at: Timestamp::from_seconds(1),
        updated_at: Timestamp::from_seconds(1),
        revision: 1,
    }
}

/// Ten a minute for a key, instead of the default; each number gives another id and another key.
///
/// # Panics
/// Never: ten is not zero.
pub fn rate_override(number: u32) -> RateOverride {
    RateOverride {
        id: RateOverrideId::from_bytes(id(number)),
        workspace_id: WorkspaceId::from_bytes(id(1)),
        policy: PolicyRef::Default,
        subject: OverrideSubject::Key(KeyId::from_bytes(id(number))),
        quota: Quota::per_minute(NonZeroU32::new(10).expect("not zero")),
        created_at: Timestamp::from_seconds(1),
        updated_at: Timestamp::from_seconds(1),
        revision: i64::from(number),
    }
}
