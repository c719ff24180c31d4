//! Webhooks: endpoints that want events, deliveries that bring them, and the signatures that prove where they come from.

pub mod address;
mod attempt;
mod authorities;
mod backlog;
mod callback_service;
mod circuit;
mod circuit_service;
mod custom_headers;
mod delivery;
mod delivery_filter;
mod delivery_service;
#[cfg(test)]
mod delivery_tests;
mod destination;
mod dispatch;
mod endpoint;
mod endpoint_change_service;
mod endpoint_error;
mod endpoint_import_service;
mod endpoint_input;
mod endpoint_origin;
mod endpoint_service;
mod endpoint_settings;
mod endpoint_test;
mod endpoint_test_service;
mod endpoint_url;
mod expiry;
mod header_name;
mod health_ports;
mod hop;
mod import;
mod interruption;
mod log_service;
pub mod masking;
mod overview_service;
mod ports;
mod reach;
mod recovery_service;
mod report;
mod resend;
mod resend_service;
mod retry;
mod reveal_service;
mod room;
mod rotation;
mod secret_service;
mod send_rate;
mod session;
mod settings_input;
mod shown;
pub mod signature;
mod signing_secret;
mod success_service;
mod tally;
mod tally_service;
mod target;
mod troubled;
mod upkeep_service;
pub mod verify;
mod withholding;

pub use crate::grace::{GRACE_SECONDS_MAX, Grace, GraceError};
pub use attempt::{Answer, Attempt, Directive, Exchange, Failure, FailureKind, Outcome};
pub use authorities::{AUTHORITIES_BYTES_MAX, AUTHORITIES_MAX, Authorities, AuthoritiesError};
pub use backlog::{BACKLOG_COUNT_MAX, Backlog, EndpointBacklog};
pub use callback_service::{CALLBACK_ENDPOINTS_MAX, DrawnCallback, callback_endpoint, callback_url};
pub use circuit::{AfterFailure, Circuit, CircuitRule, Health, PROBE_PAUSE_MAX, RequestFailure};
pub use circuit_service::{HealthStep, Probe};
pub use custom_headers::{CUSTOM_HEADERS_MAX, CustomHeader, CustomHeaders, CustomValue};
pub use delivery::{
    Close, Delivery, DeliveryState, Lease, Recorded, SETBACK_PAUSE, SETBACKS_MAX, Summary, setback_pause,
};
pub use delivery_filter::DeliveryFilter;
pub use delivery_service::{Deliveries, DeliveryError, Leased, RESENDS_MAX};
pub use dispatch::{Dispatcher, NoDispatcher, OutboundHeader, OutboundRequest, Work};
pub use endpoint::{Disabled, Endpoint, EndpointName, EndpointStatus};
pub use endpoint_error::EndpointError;
pub use endpoint_import_service::{EndpointImportOutcome, IMPORT_ENDPOINTS_MAX};
pub use endpoint_input::{DESCRIPTION_CHARS_MAX, EVENT_TYPES_MAX, EndpointChanges, FirstStatus, NewEndpoint};
pub use endpoint_origin::EndpointOrigin;
pub use endpoint_service::{CreatedEndpoint, ENDPOINTS_MAX, EndpointRules, Endpoints};
pub use endpoint_settings::{EndpointSettings, RequestTimeout, RequestTimeoutError, TIMEOUT_MAX, TIMEOUT_MIN};
pub use endpoint_test::{NewTest, TESTS_MAX, TestError, WORKSPACE_TESTS_MAX};
pub use endpoint_test_service::{EndpointTests, ReadyTest};
pub use endpoint_url::{EndpointHost, EndpointUrl, EndpointUrlError, URL_CHARS_MAX, UrlRules};
pub use header_name::{
    HEADER_NAME_CHARS_MAX, HEADER_VALUE_BYTES_MAX, HeaderName, HeaderNameError, HeaderText, HeaderTextError,
};
pub use health_ports::HealthTx;
pub use hop::{HOP_HEADER, HopMark};
pub use import::{
    ENDPOINT_ROWS_MAX, EndpointImportFile, EndpointImportFileError, EndpointLineRefusal, ImportedEndpoint,
    RefusedEndpoint, read_endpoint_import,
};
pub use interruption::{INTERRUPTED_DETAIL, INTERRUPTIONS_MAX};
pub use log_service::{DeliveryLog, LogError};
pub use overview_service::{ENDPOINTS_SUMMED_MAX, WorkspaceDeliveries};
pub use ports::{AuthorityCheck, Claimed, DeliveryTx, EndpointTx, LogTx, TestSender};
pub use reach::{EndpointRevision, Reach, Reached, WhyNot};
pub use recovery_service::{Recovery, SESSION_SILENT_FOR};
pub use report::{ErrorKind, FirstSuccess, KeptHeaders, RESPONSE_HEADER_BYTES_MAX, Report, Timings};
pub use resend::{Resend, ResendError};
pub(crate) use resend_service::resend_within;
pub use retry::{
    ATTEMPTS_MAX, DELAY_MAX, JITTER_PERCENT_MAX, RETRY_AFTER_MAX, RetrySchedule, RetryScheduleError, parse_retry_after,
};
pub use reveal_service::{RevealError, RevealedSecret};
pub use room::Room;
pub use secret_service::{NewSecret, RetiredSecret, RotatedSecret};
pub use send_rate::{
    IN_FLIGHT_MAX, InFlightMax, InFlightMaxError, RatePeriod, RatePeriodError, SEND_RATE_MAX, SendRate, SendRateError,
};
pub use session::Session;
pub use settings_input::{NewHeader, NewHeaders, NewHeadersError, Setting, SettingsChanges};
pub use shown::{ShownAttempt, ShownRequest};
pub use signing_secret::{SECRETS_MAX, SigningSecret, SigningSecretError};
pub use success_service::PlainSuccess;
pub use tally::{Answered, HourAnswered, HourTally, TALLY_HOURS_KEPT};
pub use tally_service::EndpointReport;
pub use target::{EndpointSecret, HeaderOpenError, OpenError, Target};
pub use upkeep_service::Upkeep;
