//! What is said about endpoints, in both directions.

use devhub_domain::events::{EventPattern, subscribed, without_repeats};
use devhub_domain::secret::Secret;
use devhub_domain::webhooks::{
    CreatedEndpoint, Endpoint, EndpointChanges, FirstStatus, Health, NewEndpoint, SigningSecret,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::settings::{CreateHeader, RateBody, ScheduleBody, SettingsBody, WantedSettings};
use crate::once::Showing;
use crate::openapi::{
    DisabledReasonWord, EndpointIdText, EndpointOriginWord, EndpointStatusWord, EventPatternText, FirstStatusWord,
    HealthStateWord, SignatureSchemeWord, TimeText,
};
use crate::problem_body::Problem;
use crate::request::{Invalid, Reply, Text, present};

/// An endpoint to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEndpoint)]
pub(super) struct CreateEndpoint {
    /// Where requests go: https, a public host.
    #[schema(min_length = 1, max_length = 1000)]
    url: String,
    /// What it wants. OwnPay's other names of its events, such as `payment.paid`, stand for those of the catalogue.
    #[schema(value_type = Vec<EventPatternText>, min_items = 1, max_items = 100)]
    event_types: Vec<String>,
    /// What people call it.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// What signs its requests: printable ASCII; one is made when absent. Only one that begins with `whsec_` also signs in the
    /// scheme `standard-webhooks`.
    #[schema(min_length = 1, max_length = 128, pattern = "^[ -~]+$")]
    secret: Option<String>,
    /// The one deadline of a request; 10 when absent. Seconds.
    #[schema(required = false, minimum = 1, maximum = 30)]
    timeout_s: Option<u64>,
    /// When a failed delivery is tried again; as the hub does when absent.
    #[schema(value_type = Option<ScheduleBody>, required = false)]
    retry_schedule: Option<ScheduleBody>,
    /// How many requests it gets in a time; as many as there are when absent.
    #[schema(value_type = Option<RateBody>, required = false)]
    rate: Option<RateBody>,
    /// How many requests are in flight at most; as many as the hub allows when absent, and never more.
    #[schema(required = false, minimum = 1, maximum = 1000)]
    in_flight_max: Option<u64>,
    /// What requests carry besides; no two with the same name, and none that the hub or HTTP itself writes.
    #[schema(value_type = Option<Vec<CreateHeader>>, required = false, max_items = 20)]
    headers: Option<Vec<CreateHeader>>,
    /// One to ten certificates in PEM of authorities that are believed about the receiver, besides those that everybody believes.
    #[schema(required = false, max_length = 16384)]
    ca_pem: Option<String>,
    /// Whether it gets anything from the start: `active` when absent; one that is made `paused` is held back until it is resumed.
    #[schema(value_type = Option<FirstStatusWord>, required = false)]
    status: Option<String>,
}

impl CreateEndpoint {
    pub(super) fn check(self) -> Result<NewEndpoint, Problem> {
        let secret = self.secret.map(Secret::new);
        let wanted = WantedSettings {
            timeout_s: self.timeout_s.map(Some),
            retry_schedule: self.retry_schedule.map(Some),
            rate: self.rate.map(Some),
            in_flight_max: self.in_flight_max.map(Some),
            headers: self.headers.map(Some),
            ca_pem: self.ca_pem.map(Some),
        };
        let mut invalid = Invalid::default();
        let event_types = check_patterns(&self.event_types, &mut invalid).unwrap_or_default();
        let settings = wanted.check(&mut invalid);
        let status = self.status.map_or(Some(FirstStatus::default()), |word| {
            invalid.check("status", FirstStatus::parse(&word).ok_or("must be active or paused"))
        });
        let status = invalid.require(status)?;
        let description = self.description.unwrap_or_default();
        Ok(NewEndpoint { url: self.url, description, event_types, secret, settings, status })
    }
}

/// What shall change of an endpoint; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EndpointChanges)]
#[expect(clippy::option_option, reason = "absent and null are two wishes")]
pub(super) struct UpdateEndpoint {
    /// Where requests go: https, a public host.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 1000)]
    url: Option<String>,
    /// What it wants.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<EventPatternText>, required = false, min_items = 1, max_items = 100)]
    event_types: Option<Vec<String>>,
    /// What people call it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 200)]
    description: Option<String>,
    /// The one deadline of a request; null for 10. Seconds.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u64>, required = false, minimum = 1, maximum = 30)]
    timeout_s: Option<Option<u64>>,
    /// When a failed delivery is tried again; null as the hub does.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ScheduleBody>, required = false)]
    retry_schedule: Option<Option<ScheduleBody>>,
    /// How many requests it gets in a time; null as many as there are.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<RateBody>, required = false)]
    rate: Option<Option<RateBody>>,
    /// How many requests are in flight at most; null as many as the hub allows.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u64>, required = false, minimum = 1, maximum = 1000)]
    in_flight_max: Option<Option<u64>>,
    /// What requests carry besides: all of it, null nothing. A sensitive header without a value keeps the one that it has.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<CreateHeader>>, required = false, max_items = 20)]
    headers: Option<Option<Vec<CreateHeader>>>,
    /// One to ten certificates in PEM of authorities that are believed about the receiver; null none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = false, max_length = 16384)]
    ca_pem: Option<Option<String>>,
}

impl UpdateEndpoint {
    pub(super) fn check(self, expected_revision: Option<i64>) -> Result<EndpointChanges, Problem> {
        let mut invalid = Invalid::default();
        let event_types = self.event_types.and_then(|texts| check_patterns(&texts, &mut invalid));
        let wanted = WantedSettings {
            timeout_s: self.timeout_s,
            retry_schedule: self.retry_schedule,
            rate: self.rate,
            in_flight_max: self.in_flight_max,
            headers: self.headers,
            ca_pem: self.ca_pem,
        };
        let settings = wanted.check(&mut invalid);
        invalid.finish()?;
        let Self { url, description, .. } = self;
        Ok(EndpointChanges { url, description, event_types, settings, expected_revision })
    }
}

fn check_patterns(texts: &[String], invalid: &mut Invalid) -> Option<Vec<EventPattern>> {
    let patterns = invalid.check_all("event_types", texts.iter().map(|text| subscribed(text)));
    patterns.map(without_repeats)
}

/// A receiver of events, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Endpoint)]
pub(super) struct EndpointBody<'a> {
    id: EndpointIdText,
    /// Where requests go.
    #[schema(max_length = 1000)]
    url: &'a str,
    /// What people call it.
    #[schema(max_length = 200)]
    description: &'a str,
    /// What it wants; empty when payments name it.
    #[schema(value_type = Vec<EventPatternText>, max_items = 100)]
    event_types: Vec<&'a str>,
    #[schema(value_type = EndpointOriginWord)]
    origin: &'static str,
    #[schema(value_type = EndpointStatusWord)]
    status: &'static str,
    /// Null unless it is disabled.
    #[schema(value_type = Option<DisabledReasonWord>)]
    disabled_reason: Option<&'static str>,
    #[serde(flatten)]
    settings: SettingsBody<'a>,
    created_at: TimeText,
    /// Counts changes; the `ETag` is this in quotes.
    #[schema(minimum = 1)]
    revision: i64,
}

impl<'a> From<&'a Endpoint> for EndpointBody<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self {
            id: Text(endpoint.id),
            url: endpoint.url.as_str(),
            description: &endpoint.description,
            event_types: endpoint.event_types.iter().map(EventPattern::as_str).collect(),
            origin: endpoint.origin.as_str(),
            status: endpoint.status.as_str(),
            disabled_reason: endpoint.status.disabled_reason().map(|reason| reason.as_str()),
            settings: (&endpoint.settings).into(),
            created_at: Text(endpoint.created_at),
            revision: endpoint.revision,
        }
    }
}

/// An endpoint in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedEndpoint)]
pub(super) struct ListedEndpointBody<'a> {
    #[serde(flatten)]
    endpoint: EndpointBody<'a>,
    #[schema(value_type = HealthStateWord)]
    health: &'static str,
}

impl<'a> From<&'a (Endpoint, Option<Health>)> for ListedEndpointBody<'a> {
    fn from((endpoint, health): &'a (Endpoint, Option<Health>)) -> Self {
        Self { endpoint: endpoint.into(), health: Health::word(endpoint.status, health.as_ref()) }
    }
}

/// An endpoint that was just created: the only answer that shows a secret.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedEndpoint)]
pub(super) struct CreatedEndpointBody<'a> {
    #[serde(flatten)]
    endpoint: EndpointBody<'a>,
    /// What signs its requests: give it to the receiver now. Null when the answer is repeated.
    secret: Option<&'a str>,
    /// Whether the secret was shown before, to whoever sent this request first.
    already_shown: bool,
    /// In which schemes requests are signed: told here, so that nobody waits for headers that a secret of another shape never gives.
    #[schema(value_type = Vec<SignatureSchemeWord>)]
    signature_schemes: &'static [&'static str],
}

/// In which schemes a secret signs that a use case has accepted.
pub(in crate::api) fn signature_schemes(secret: &Secret) -> &'static [&'static str] {
    let signing = SigningSecret::new(secret.clone()).expect("the use case accepts no other secret");
    if signing.signs_standard() { &["standard-webhooks", "ownpay"] } else { &["ownpay"] }
}

/// Shows a secret once.
pub(super) fn created(created: &CreatedEndpoint, showing: Showing) -> Reply {
    let signature_schemes = signature_schemes(&created.secret);
    let endpoint = (&created.endpoint).into();
    match showing {
        Showing::First => {
            let secret = Some(created.secret.expose());
            Reply::created_with_secret(&CreatedEndpointBody {
                endpoint,
                secret,
                already_shown: false,
                signature_schemes,
            })
        }
        Showing::Again => {
            Reply::created(&CreatedEndpointBody { endpoint, secret: None, already_shown: true, signature_schemes })
        }
    }
}
