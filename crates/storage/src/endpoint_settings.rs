//! The columns of an endpoint that say how requests to it are made.

use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{
    Authorities, CustomHeaders, EndpointSettings, InFlightMax, RequestTimeout, RetrySchedule,
};
use diesel::prelude::*;

use crate::row::Row;
use crate::schema::endpoints;

/// What is null is as the hub does it.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = endpoints, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct SettingsRow {
    timeout_ms: i64,
    retry_schedule: Option<String>,
    rate: Option<String>,
    in_flight_max: Option<i64>,
    headers: Option<String>,
    authorities_pem: Option<String>,
}

impl From<&EndpointSettings> for SettingsRow {
    fn from(settings: &EndpointSettings) -> Self {
        Self {
            timeout_ms: i64::try_from(settings.timeout.as_millis()).unwrap_or(i64::MAX),
            retry_schedule: settings.retry_schedule.as_ref().map(RetrySchedule::to_stored),
            rate: settings.rate.map(|rate| rate.to_string()),
            in_flight_max: settings.in_flight_max.map(|max| max.get().get().into()),
            headers: settings.headers.to_stored(),
            authorities_pem: settings.authorities.as_ref().map(|authorities| authorities.pem().to_owned()),
        }
    }
}

impl SettingsRow {
    /// How long its texts are.
    pub(crate) fn stored_bytes(&self) -> usize {
        [&self.headers, &self.authorities_pem].into_iter().flatten().map(String::len).sum()
    }

    pub(crate) fn into_settings(self, row: Row<'_>) -> Result<EndpointSettings, StoreError> {
        let timeout = u64::try_from(self.timeout_ms).ok().and_then(|millis| RequestTimeout::from_millis(millis).ok());
        let in_flight_max = |max: i64| u64::try_from(max).ok().and_then(|max| InFlightMax::new(max).ok());
        Ok(EndpointSettings {
            timeout: row.value("timeout_ms", timeout)?,
            retry_schedule: self
                .retry_schedule
                .map(|schedule| row.value("retry_schedule", RetrySchedule::from_stored(&schedule)))
                .transpose()?,
            rate: self.rate.map(|rate| row.text("rate", &rate)).transpose()?,
            in_flight_max: self.in_flight_max.map(|max| row.value("in_flight_max", in_flight_max(max))).transpose()?,
            headers: self
                .headers
                .map(|headers| row.value("headers", CustomHeaders::from_stored(&headers)))
                .transpose()?
                .unwrap_or_default(),
            authorities: self
                .authorities_pem
                .map(|pem| row.value("authorities_pem", Authorities::new(&pem).ok()))
                .transpose()?,
        })
    }
}
