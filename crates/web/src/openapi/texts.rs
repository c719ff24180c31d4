//! What the document says of domain values that are written as texts.

use std::borrow::Cow;

use devhub_domain::api_keys::{KeyState, KeyStatus, Scope, Transition};
use devhub_domain::audit::Actor;
use devhub_domain::id::{
    DeliveryId, EndpointId, EndpointSecretId, EventId, JobId, KeyId, RateOverrideId, RatePolicyId, SessionId,
    WorkspaceId,
};
use devhub_domain::rate::{MethodSet, Mode, OnBackendError, PATTERN_BYTES_MAX, SubjectKind};
use devhub_domain::resends::{ResendState, WaitingFor};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{
    DeliveryState, Disabled, EndpointOrigin, ErrorKind, FirstStatus, Health, RatePeriod, WhyNot,
};
use devhub_domain::workspaces::{EventChecks, WorkspaceStatus};
use ipnet::IpNet;
use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, Object, SchemaFormat, Type};
use utoipa::openapi::{ArrayBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::request::{Scopes, Text};

/// A domain value that the document describes under a name of its own.
pub(crate) trait Described {
    /// The name of its schema.
    const NAME: &'static str;

    /// What its text looks like.
    fn object() -> Object;
}

impl<T: Described> PartialSchema for Text<T> {
    fn schema() -> RefOr<Schema> {
        T::object().into()
    }
}

impl<T: Described> ToSchema for Text<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

fn text(description: &str, example: &str) -> Object {
    let mut object = Object::with_type(Type::String);
    object.description = Some(description.to_owned());
    object.examples = vec![json!(example)];
    object
}

fn with_pattern(mut object: Object, pattern: &str) -> Object {
    object.pattern = Some(pattern.to_owned());
    object
}

macro_rules! ids {
    ($($alias:ident, $id:ident, $what:literal;)*) => {$(
        #[doc = concat!("The id of ", $what, ".")]
        pub(crate) type $alias = Text<$id>;

        impl Described for $id {
            const NAME: &'static str = stringify!($id);

            fn object() -> Object {
                let example = format!("{}06b6rk0004s4g1s0d5ju9o6m0k", $id::PREFIX);
                let object = text(concat!("The id of ", $what, "; sorts by age."), &example);
                with_pattern(object, &format!("^{}[0-9a-v]{{26}}$", $id::PREFIX))
            }
        }
    )*};
}

ids! {
    KeyIdText, KeyId, "an API key";
    WorkspaceIdText, WorkspaceId, "a workspace";
    EndpointIdText, EndpointId, "a webhook endpoint";
    EndpointSecretIdText, EndpointSecretId, "a secret of an endpoint";
    EventIdText, EventId, "an event, the `webhook-id` that receivers see";
    DeliveryIdText, DeliveryId, "a delivery";
    JobIdText, JobId, "a job that resends deliveries";
    RatePolicyIdText, RatePolicyId, "a rate policy";
    RateOverrideIdText, RateOverrideId, "an override of a rate policy";
    SessionIdText, SessionId, "one run of a node";
}

/// An instant.
pub(crate) type TimeText = Text<Timestamp>;
/// A network.
pub(crate) type NetworkText = Text<IpNet>;
/// Who acted.
pub(crate) type ActorText = Text<Actor>;

impl Described for Timestamp {
    const NAME: &'static str = "Time";

    fn object() -> Object {
        let mut object = text("An instant in UTC, RFC 3339 with microseconds.", "2026-11-24T10:00:00.000000Z");
        object.format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        object
    }
}

impl Described for IpNet {
    const NAME: &'static str = "Network";

    fn object() -> Object {
        text("A network in CIDR notation, IPv4 or IPv6.", "10.0.0.0/8")
    }
}

impl Described for Actor {
    const NAME: &'static str = "Actor";

    fn object() -> Object {
        let object = text("Who acted: a key, an operator, or a word.", "key_06b6rk0004s4g1s0d5ju9o6m0k");
        with_pattern(object, "^(system|command-line|(key|opr)_[0-9a-v]{26})$")
    }
}

/// Types that stand for a text in the document only: the fields themselves are plain texts.
macro_rules! described {
    ($($(#[$doc:meta])* $name:ident as $shown:literal = $object:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $object.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($shown)
            }
        }
    )*};
}

fn words(description: &str, words: impl IntoIterator<Item = &'static str>) -> Object {
    let words: Vec<_> = words.into_iter().map(|word| json!(word)).collect();
    let mut object = Object::with_type(Type::String);
    object.description = Some(description.to_owned());
    object.examples = words.iter().take(1).cloned().collect();
    object.enum_values = Some(words);
    object
}

fn bounded(mut object: Object, chars_min: usize, chars_max: usize) -> Object {
    (object.min_length, object.max_length) = (Some(chars_min), Some(chars_max));
    object
}

described! {
    /// One permission.
    ScopeWord as "Scope" = words("One permission.", Scope::ALL.iter().map(|scope| scope.as_str()));
    /// Whether a key is accepted.
    KeyStatusWord as "KeyStatus" = words(
        "Whether a key is accepted; expiry is not a status. `retiring` is accepted until the grace of its rotation ends.",
        [KeyStatus::Active, KeyStatus::Locked, KeyStatus::Revoked].map(KeyStatus::as_str).into_iter().chain(["retiring"]),
    );
    /// What becomes of a request with a key.
    KeyStateWord as "KeyState" = words(
        "The status and the expiry of a key together. One that is locked and has expired is in both states.",
        KeyState::ALL.map(KeyState::as_str),
    );
    /// What can be done to the status of a key.
    KeyTransitionWord as "KeyTransition" = words(
        "What is done to the status of a key. Revoking is final.",
        Transition::ALL.map(Transition::as_str),
    );
    /// What verifying a token found.
    VerificationWord as "VerificationCode" = words(
        "Why a token is refused, or `VALID`. The first reason in this order, `VALID` being the last.",
        [
            "MALFORMED", "NOT_FOUND", "REVOKED", "LOCKED", "EXPIRED", "WORKSPACE_SUSPENDED", "IP_NOT_ALLOWED",
            "INSUFFICIENT_SCOPE", "RATE_LIMITED", "VALID",
        ],
    );
    /// Whether an endpoint gets anything.
    EndpointStatusWord as "EndpointStatus" = words("Whether an endpoint gets anything.", ["active", "paused", "disabled"]);
    /// Where an endpoint comes from.
    EndpointOriginWord as "EndpointOrigin" = words(
        "Where an endpoint comes from: `manual` when somebody made it; `callback` when payments name its address as their `callback_url`: \
         it gets the events of those, and none by type.",
        EndpointOrigin::ALL.map(EndpointOrigin::as_str),
    );
    /// What an endpoint begins as.
    FirstStatusWord as "FirstEndpointStatus" = words(
        "Whether a new endpoint gets anything from the start.",
        FirstStatus::ALL.map(FirstStatus::as_str),
    );
    /// Why an endpoint is disabled.
    DisabledReasonWord as "DisabledReason" = words(
        "Why an endpoint is disabled: its receiver answered 410, asked for it, or only failed for too long.",
        Disabled::ALL.map(Disabled::as_str),
    );
    /// How an endpoint does.
    HealthStateWord as "EndpointHealthState" = words(
        "How an endpoint does: `failing` since its last success but sent everything, `probed` by one request at a time; or its status, when \
         that keeps it from getting anything.",
        Health::WORDS,
    );
    /// In which schemes requests are signed.
    SignatureSchemeWord as "SignatureScheme" = words("How requests are signed.", ["standard-webhooks", "ownpay"]);
    /// Where a delivery stands.
    DeliveryStateWord as "DeliveryState" = words(
        "Where a delivery stands. `held` waits for its endpoint, which is paused or disabled. `withheld` was overdue when the database \
         was restored from a backup, and waits for somebody's decision: it is sent by a resend; `superseded` was withheld, and somebody \
         decided against it. `expired` waited for an endpoint that could be sent nothing, for as long as events are kept. `parked` could not even be tried, again and again, because what is stored of it is damaged.",
        DeliveryState::ALL.map(DeliveryState::as_str),
    );
    /// Where a job stands.
    ResendStateWord as "ResendJobState" = words("Where a job stands.", ResendState::ALL.map(ResendState::as_str));
    /// What a running job waits for.
    WaitingForWord as "ResendJobWaitingFor" = words(
        "What a running job waits for. `room`: as many deliveries that were asked for as may wait at a time have not come back, because \
         their receivers are slow or take few by a rate of their own; it goes on when some of them have.",
        WaitingFor::ALL.map(WaitingFor::as_str),
    );
    /// Why an attempt is no success.
    FailureWord as "Failure" = words(
        "Why an attempt is no success: it was answered with another status or a redirect, or not at all.",
        ErrorKind::words(),
    );
    /// Why an event has no delivery to an endpoint.
    WhyNotWord as "WhyNoDelivery" = words(
        "Why an event has no delivery to an endpoint. `not_named` when payments name the endpoint, and this event is of none that does; \
         `about_itself` when the hub tells by it of this endpoint, which the others are told; \
         `unknown` when nothing that is stored tells.",
        WhyNot::WORDS,
    );
    /// Whether a workspace's keys are accepted.
    WorkspaceStatusWord as "WorkspaceStatus" = words(
        "Whether the keys of a workspace are accepted.",
        [WorkspaceStatus::Active, WorkspaceStatus::Suspended].map(WorkspaceStatus::as_str),
    );
    /// What a rate counts in.
    RatePeriodWord as "RatePeriod" = words(
        "What a rate counts in.",
        [RatePeriod::Second, RatePeriod::Minute].map(RatePeriod::as_str),
    );
    /// Whether a workspace checks what is published in it.
    EventChecksWord as "EventChecks" = words(
        "Whether events are held against their types: `strict`, or `off`.",
        [EventChecks::Off, EventChecks::Strict].map(EventChecks::as_str),
    );
    /// Whom a limit counts.
    SubjectWord as "LimitSubject" = words("Whom a limit counts.", SubjectKind::ALL.iter().map(|kind| kind.as_str()));
    /// What a policy does with what it finds.
    RateModeWord as "RateMode" = words(
        "What a policy does: it refuses what does not fit, counts what it would have refused, or nothing.",
        Mode::ALL.iter().map(|mode| mode.as_str()),
    );
    /// What becomes of requests while the limiter does not answer.
    BackendErrorWord as "OnBackendError" = words(
        "What becomes of requests while the limiter does not answer.",
        OnBackendError::ALL.iter().map(|answer| answer.as_str()),
    );
    /// A method that a policy can mean.
    MethodWord as "RateMethod" = words("A method; `GET` means `HEAD` too.", MethodSet::WORDS);
    /// What callers know a policy by.
    PolicyNameText as "RatePolicyName" = with_pattern(
        bounded(text("What callers know a policy by.", "exports"), 1, 32),
        "^[a-z0-9][a-z0-9_-]*$",
    );
    /// Which requests a policy means.
    PathPatternText as "RatePath" = with_pattern(
        bounded(
            text(
                "Which paths are meant: `*` stands for any one segment, `/**` at the end for any further ones or none.",
                "/api/v1/payments/**",
            ),
            1,
            PATTERN_BYTES_MAX,
        ),
        "^/",
    );
    /// Which policy is meant.
    PolicyRefText as "RatePolicyRef" = with_pattern(
        text("The id of a policy, or `default`, which every key has while no policy of its workspace comes before.", "default"),
        "^(default|rlp_[0-9a-v]{26})$",
    );
    /// Whom a bucket counts.
    BucketSubjectText as "BucketSubject" = bounded(
        text("Whom a bucket counts: the id of a key or of the workspace, or an address or its network.", "203.0.113.7/32"),
        2,
        49,
    );
    /// For whom an override holds.
    OverrideSubjectText as "RateOverrideSubject" = with_pattern(
        text("For whom an override holds: the id of a key, or that of the workspace.", "key_06b6rk0004s4g1s0d5ju9o6m0k"),
        "^(key|wsp)_[0-9a-v]{26}$",
    );
    /// A hash in the audit log.
    HashText as "AuditHash" = with_pattern(
        text("BLAKE3 of a line and, through the line before, of all before it.", &"0".repeat(64)),
        "^[0-9a-f]{64}$",
    );
    /// The name of what happened.
    EventTypeText as "EventTypeName" = with_pattern(
        bounded(text("What happened.", "payment.completed"), 1, 128),
        "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$",
    );
    /// What an endpoint wants.
    EventPatternText as "EventPattern" = with_pattern(
        bounded(text("An event type, a group such as `payment.*`, or `*`.", "payment.*"), 1, 130),
        "^(\\*|[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*(\\.\\*)?)$",
    );
}

impl PartialSchema for Scopes {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Ref::from_schema_name(ScopeWord::name())).into()
    }
}

impl ToSchema for Scopes {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Scopes")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ScopeWord::name().into_owned(), ScopeWord::schema()));
    }
}
