//! What is said about the settings of an endpoint, in both directions.

use std::fmt::Display;

use devhub_domain::secret::Secret;
use devhub_domain::webhooks::{
    Authorities, CustomHeader, CustomValue, EndpointSettings, HeaderName, HeaderText, InFlightMax, NewHeader,
    NewHeaders, NewHeadersError, RequestTimeout, RetrySchedule, SendRate, Setting, SettingsChanges,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openapi::RatePeriodWord;
use crate::request::Invalid;

/// When a failed delivery is tried again.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RetrySchedule)]
pub(super) struct ScheduleBody {
    /// How long to wait before each attempt, the first included. Seconds.
    #[schema(min_items = 1, max_items = 20)]
    delays_s: Vec<u64>,
    /// How far chance moves each delay, in percent of it either way; 15 when absent.
    #[schema(required = false, minimum = 0, maximum = 50)]
    jitter_percent: Option<u64>,
}

/// How many requests an endpoint gets in a time, evenly spread.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SendRate)]
pub(super) struct RateBody {
    /// Requests in each period.
    #[schema(minimum = 1, maximum = 1000)]
    limit: u64,
    /// What it counts in.
    #[schema(value_type = RatePeriodWord)]
    per: String,
}

/// A header that requests carry besides the hub's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHeader)]
pub(super) struct CreateHeader {
    /// Its name, sent as it is spelt here over HTTP/1.1.
    #[schema(min_length = 1, max_length = 64, pattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
    name: String,
    /// What it says. A sensitive header without it keeps what it says already.
    #[schema(min_length = 1, max_length = 1024)]
    value: Option<String>,
    /// Whether what it says is a secret, which is sealed and never shown again. When absent it is one where the name
    /// says so (`X-Api-Key`, `Cookie`, `X-Shop-Token`); `Authorization` always is one.
    #[schema(required = false)]
    is_sensitive: Option<bool>,
}

/// A header that requests carry besides the hub's own.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomHeader)]
pub(super) struct HeaderBody<'a> {
    /// Its name.
    name: &'a str,
    /// What it says; null when that is a secret.
    value: Option<&'a str>,
    /// Whether what it says is a secret.
    is_sensitive: bool,
}

/// How requests to an endpoint are made.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointSettings)]
pub(super) struct SettingsBody<'a> {
    /// The one deadline of a request, from the look-up of the name to the last byte of the answer. Seconds.
    #[schema(minimum = 1, maximum = 30)]
    timeout_s: u64,
    /// When a failed delivery is tried again; null as the hub does.
    #[schema(value_type = Option<ScheduleBody>)]
    retry_schedule: Option<ScheduleBody>,
    /// How many requests it gets in a time; null as many as there are.
    #[schema(value_type = Option<RateBody>)]
    rate: Option<RateBody>,
    /// How many requests are in flight at most; null as many as the hub allows for every endpoint.
    #[schema(minimum = 1, maximum = 1000)]
    in_flight_max: Option<u32>,
    /// What requests carry besides.
    #[schema(value_type = Vec<HeaderBody<'_>>, max_items = 20)]
    headers: Vec<HeaderBody<'a>>,
    /// Certificates in PEM of authorities that are believed about the receiver, besides those that everybody believes; null none.
    #[schema(max_length = 16384)]
    ca_pem: Option<&'a str>,
}

impl<'a> From<&'a EndpointSettings> for SettingsBody<'a> {
    fn from(settings: &'a EndpointSettings) -> Self {
        Self {
            timeout_s: settings.timeout.get().as_secs(),
            retry_schedule: settings.retry_schedule.as_ref().map(ScheduleBody::from),
            rate: settings.rate.map(RateBody::from),
            in_flight_max: settings.in_flight_max.map(|max| max.get().get()),
            headers: settings.headers.iter().map(HeaderBody::from).collect(),
            ca_pem: settings.authorities.as_ref().map(Authorities::pem),
        }
    }
}

impl From<&RetrySchedule> for ScheduleBody {
    fn from(schedule: &RetrySchedule) -> Self {
        let delays_s = schedule.delays().iter().map(|delay| delay.as_secs()).collect();
        Self { delays_s, jitter_percent: Some(schedule.jitter_percent().into()) }
    }
}

impl From<SendRate> for RateBody {
    fn from(rate: SendRate) -> Self {
        Self { limit: rate.limit().get().into(), per: rate.period().as_str().to_owned() }
    }
}

impl<'a> From<&'a CustomHeader> for HeaderBody<'a> {
    fn from(header: &'a CustomHeader) -> Self {
        let value = match &header.value {
            CustomValue::Plain(text) => Some(text.as_str()),
            CustomValue::Sensitive(_) => None,
        };
        Self { name: header.name.as_str(), value, is_sensitive: header.value.is_sensitive() }
    }
}

/// What somebody wants of the settings: of each `None` when it was not named, `Some(None)` when it was null.
#[expect(clippy::option_option, reason = "absent and null are two wishes")]
pub(super) struct WantedSettings {
    pub(super) timeout_s: Option<Option<u64>>,
    pub(super) retry_schedule: Option<Option<ScheduleBody>>,
    pub(super) rate: Option<Option<RateBody>>,
    pub(super) in_flight_max: Option<Option<u64>>,
    pub(super) headers: Option<Option<Vec<CreateHeader>>>,
    pub(super) ca_pem: Option<Option<String>>,
}

impl WantedSettings {
    /// The changes; what is refused is told to `invalid`.
    pub(super) fn check(self, invalid: &mut Invalid) -> SettingsChanges {
        let timeout = self.timeout_s.map(|given| given.map(RequestTimeout::from_seconds));
        let in_flight_max = self.in_flight_max.map(|given| given.map(InFlightMax::new));
        let authorities = self.ca_pem.map(|given| given.map(|pem| Authorities::new(&pem)));
        let schedule = |given: ScheduleBody| RetrySchedule::from_seconds(&given.delays_s, given.jitter_percent);
        SettingsChanges {
            timeout: setting("timeout_s", timeout, invalid),
            retry_schedule: setting("retry_schedule", self.retry_schedule.map(|given| given.map(schedule)), invalid),
            rate: given(self.rate, |rate| check_rate(&rate, invalid)),
            in_flight_max: setting("in_flight_max", in_flight_max, invalid),
            headers: given(self.headers, |headers| check_headers(headers, invalid)),
            authorities: setting("ca_pem", authorities, invalid),
        }
    }
}

#[expect(clippy::option_option, reason = "absent and null are two wishes")]
fn setting<T, E: Display>(
    field: &'static str,
    wanted: Option<Option<Result<T, E>>>,
    invalid: &mut Invalid,
) -> Setting<T> {
    given(wanted, |checked| invalid.check(field, checked))
}

/// What was refused stays as it is: nothing is changed then.
#[expect(clippy::option_option, reason = "absent and null are two wishes")]
fn given<G, T>(wanted: Option<Option<G>>, check: impl FnOnce(G) -> Option<T>) -> Setting<T> {
    match wanted {
        None => Setting::Unchanged,
        Some(None) => Setting::Default,
        Some(Some(value)) => check(value).map_or(Setting::Unchanged, Setting::Own),
    }
}

fn check_rate(rate: &RateBody, invalid: &mut Invalid) -> Option<SendRate> {
    let period = invalid.check("rate.per", rate.per.parse());
    // With any period, so that both fields are told at once.
    let limit = SendRate::new(rate.limit, period.unwrap_or(devhub_domain::webhooks::RatePeriod::Second));
    let rate = invalid.check("rate.limit", limit);
    period.and(rate)
}

fn check_headers(headers: Vec<CreateHeader>, invalid: &mut Invalid) -> Option<NewHeaders> {
    let checked: Vec<_> =
        (0..).zip(headers).map(|(position, header): (usize, _)| check_header(position, header, invalid)).collect();
    let headers: Option<Vec<NewHeader>> = checked.into_iter().collect();
    match NewHeaders::new(headers?) {
        Ok(headers) => Some(headers),
        Err(error) => {
            let field = match error {
                NewHeadersError::TooMany { .. } => "headers".to_owned(),
                NewHeadersError::SameName { position } => format!("headers[{position}].name"),
            };
            invalid.refuse(field, error.to_string());
            None
        }
    }
}

fn check_header(position: usize, header: CreateHeader, invalid: &mut Invalid) -> Option<NewHeader> {
    let CreateHeader { name, value, is_sensitive } = header;
    let name = invalid.check(format!("headers[{position}].name"), HeaderName::new(&name));
    let value = value.map(|value| HeaderText::new(Secret::new(value))).transpose();
    let value = invalid.check(format!("headers[{position}].value"), value);
    Some(NewHeader { name: name?, value: value?, is_sensitive })
}
