//! What callers want of an endpoint's settings, and what becomes of those that it has.

use super::custom_headers::{CUSTOM_HEADERS_MAX, open, seal};
use super::{
    Authorities, CustomHeader, CustomHeaders, CustomValue, EndpointError, EndpointSettings, HeaderName, HeaderText,
    InFlightMax, RequestTimeout, RetrySchedule, SendRate,
};
use crate::entropy::Entropy;
use crate::id::EndpointId;
use crate::sealing::{Sealed, Sealer};

/// What shall become of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// It stays as it is.
    #[default]
    Unchanged,
    /// The hub's own value counts.
    Default,
    /// This one counts.
    Own(T),
}

impl<T: Clone> Setting<T> {
    fn over(&self, current: Option<&T>) -> Option<T> {
        match self {
            Self::Unchanged => current.cloned(),
            Self::Default => None,
            Self::Own(value) => Some(value.clone()),
        }
    }
}

/// What shall become of an endpoint's settings; of a new endpoint, which has the defaults.
#[derive(Clone, Debug, Default)]
pub struct SettingsChanges {
    /// The one deadline of a request.
    pub timeout: Setting<RequestTimeout>,
    /// When a failed delivery is tried again.
    pub retry_schedule: Setting<RetrySchedule>,
    /// How many requests it gets in a time.
    pub rate: Setting<SendRate>,
    /// How many requests are in flight at most.
    pub in_flight_max: Setting<InFlightMax>,
    /// What requests carry besides: all of it.
    pub headers: Setting<NewHeaders>,
    /// Who is believed about the receiver.
    pub authorities: Setting<Authorities>,
}

/// A header that an endpoint shall have.
#[derive(Clone, Debug)]
pub struct NewHeader {
    /// Its name.
    pub name: HeaderName,
    /// What it says; `None` keeps the secret that a sensitive header with this name says already.
    pub value: Option<HeaderText>,
    /// Whether what it says is a secret, which is never shown again; `None` as its name suggests. `Authorization` always is one.
    pub is_sensitive: Option<bool>,
}

/// Headers that an endpoint shall have: at most [`CUSTOM_HEADERS_MAX`], and no two with the same name.
#[derive(Clone, Debug)]
pub struct NewHeaders(Vec<NewHeader>);

/// The headers do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewHeadersError {
    /// There are too many.
    #[error("must be at most {CUSTOM_HEADERS_MAX} headers, got {count}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// One has the name of another.
    #[error("must not be the name of another header: names that differ in case only are the same")]
    SameName {
        /// Which one, counted from 0.
        position: usize,
    },
}

impl NewHeaders {
    /// Checks headers together.
    ///
    /// # Errors
    /// [`NewHeadersError::TooMany`], then [`NewHeadersError::SameName`] for the first one whose name stood before.
    pub fn new(headers: Vec<NewHeader>) -> Result<Self, NewHeadersError> {
        if headers.len() > CUSTOM_HEADERS_MAX {
            return Err(NewHeadersError::TooMany { count: headers.len() });
        }
        let is_again = |(at, header): &(usize, &NewHeader)| {
            headers.iter().take(*at).any(|earlier| earlier.name.is_same(&header.name))
        };
        match headers.iter().enumerate().find(is_again) {
            Some((position, _)) => Err(NewHeadersError::SameName { position }),
            None => Ok(Self(headers)),
        }
    }
}

/// [`SettingsChanges`] whose secrets are sealed for their endpoint: nothing random is left to do.
#[derive(Clone, Debug)]
pub(super) struct SealedChanges {
    changes: SettingsChanges,
    /// Of the headers that are wanted, in their order.
    headers: Vec<(HeaderName, Wanted)>,
}

#[derive(Clone, Debug)]
enum Wanted {
    Plain(String),
    Secret(HeaderText, Sealed),
    Kept,
    Missing,
}

impl SettingsChanges {
    /// Seals what is secret.
    pub(super) fn sealed(self, endpoint_id: EndpointId, sealer: &Sealer, entropy: &dyn Entropy) -> SealedChanges {
        let wanted = |header: &NewHeader| {
            let is_sensitive = match header.is_sensitive {
                Some(is_sensitive) => is_sensitive || header.name.is_always_sensitive(),
                None => header.name.suggests_secret(),
            };
            let wanted = match &header.value {
                Some(text) if is_sensitive => {
                    Wanted::Secret(text.clone(), seal(endpoint_id, &header.name, text, sealer, entropy))
                }
                Some(text) => Wanted::Plain(text.secret().expose().to_owned()),
                None if is_sensitive => Wanted::Kept,
                None => Wanted::Missing,
            };
            (header.name.clone(), wanted)
        };
        let headers = match &self.headers {
            Setting::Own(NewHeaders(headers)) => headers.iter().map(wanted).collect(),
            Setting::Unchanged | Setting::Default => Vec::new(),
        };
        SealedChanges { changes: self, headers }
    }
}

impl SealedChanges {
    /// What becomes of the settings that an endpoint has.
    ///
    /// # Errors
    /// [`EndpointError::HeaderValueMissing`] for a header without a value where none is kept.
    pub(super) fn over(
        &self,
        endpoint_id: EndpointId,
        current: &EndpointSettings,
        sealer: &Sealer,
    ) -> Result<EndpointSettings, EndpointError> {
        let changes = &self.changes;
        let headers = match changes.headers {
            Setting::Unchanged => current.headers.clone(),
            Setting::Default => CustomHeaders::default(),
            Setting::Own(_) => self.headers_over(endpoint_id, &current.headers, sealer)?,
        };
        Ok(EndpointSettings {
            timeout: changes.timeout.over(Some(&current.timeout)).unwrap_or_default(),
            retry_schedule: changes.retry_schedule.over(current.retry_schedule.as_ref()),
            rate: changes.rate.over(current.rate.as_ref()),
            in_flight_max: changes.in_flight_max.over(current.in_flight_max.as_ref()),
            headers,
            authorities: changes.authorities.over(current.authorities.as_ref()),
        })
    }

    /// Checks that an endpoint that moves elsewhere takes no secret with it. Whoever may change an endpoint may not read what its
    /// sensitive headers say, and would read it at an address of their own.
    ///
    /// # Errors
    /// [`EndpointError::HeaderValuesNeeded`] with each sensitive header that is not given anew.
    pub(super) fn take_no_secret_along(&self, current: &CustomHeaders) -> Result<(), EndpointError> {
        let is_kept = |name| current.find(name).is_some_and(|header| header.value.is_sensitive());
        let positions: Vec<_> = match self.changes.headers {
            Setting::Default => Vec::new(),
            Setting::Unchanged => places(current.iter(), |header| header.value.is_sensitive()),
            Setting::Own(_) => {
                places(self.headers.iter(), |(name, wanted)| matches!(wanted, Wanted::Kept) && is_kept(name))
            }
        };
        if positions.is_empty() { Ok(()) } else { Err(EndpointError::HeaderValuesNeeded { positions }) }
    }

    fn headers_over(
        &self,
        endpoint_id: EndpointId,
        current: &CustomHeaders,
        sealer: &Sealer,
    ) -> Result<CustomHeaders, EndpointError> {
        let header = |(position, (name, wanted)): (usize, &(HeaderName, Wanted))| {
            let kept = current.find(name).and_then(|header| match &header.value {
                CustomValue::Sensitive(kept) => Some(kept),
                CustomValue::Plain(_) => None,
            });
            let value = match (wanted, kept) {
                (Wanted::Plain(text), _) => CustomValue::Plain(text.clone()),
                // The same secret once more is no change, although it was sealed anew.
                (Wanted::Secret(text, _), Some(kept))
                    if open(endpoint_id, name, kept, sealer).is_ok_and(|secret| secret == *text.secret()) =>
                {
                    CustomValue::Sensitive(kept.clone())
                }
                (Wanted::Secret(_, fresh), _) => CustomValue::Sensitive(fresh.clone()),
                (Wanted::Kept, Some(kept)) => CustomValue::Sensitive(kept.clone()),
                (Wanted::Kept | Wanted::Missing, _) => return Err(EndpointError::HeaderValueMissing { position }),
            };
            Ok(CustomHeader { name: name.clone(), value })
        };
        self.headers.iter().enumerate().map(header).collect::<Result<Vec<_>, _>>().map(CustomHeaders::checked)
    }
}

/// Where those stand that are meant, counted from 0.
fn places<T>(all: impl Iterator<Item = T>, is_meant: impl Fn(T) -> bool) -> Vec<usize> {
    all.enumerate().filter_map(|(position, one)| is_meant(one).then_some(position)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn header(name: &str) -> NewHeader {
        NewHeader { name: HeaderName::new(name).unwrap(), value: None, is_sensitive: Some(true) }
    }

    #[test]
    fn headers_are_at_most_twenty_and_no_two_have_the_same_name() {
        let many = |count| (0..count).map(|number| header(&format!("X-{number}"))).collect::<Vec<_>>();
        assert!(NewHeaders::new(many(20)).is_ok());
        assert_eq!(NewHeaders::new(many(21)).unwrap_err(), NewHeadersError::TooMany { count: 21 });
        let twice = vec![header("X-Shop"), header("X-Till"), header("x-shop")];
        assert_eq!(NewHeaders::new(twice).unwrap_err(), NewHeadersError::SameName { position: 2 });
    }

    #[test]
    fn what_is_wanted_does_not_print_its_secrets() {
        let value = HeaderText::new(Secret::new("geheim")).ok();
        let headers = Setting::Own(NewHeaders::new(vec![NewHeader { value, ..header("X-Shop") }]).unwrap());
        let changes = SettingsChanges { headers, ..SettingsChanges::default() };
        assert!(!format!("{changes:?}").contains("geheim"));
    }
}
