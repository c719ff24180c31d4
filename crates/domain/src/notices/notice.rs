//! What there is to tell.

use super::key_notice::{keys_subject, keys_text, spray_subject, spray_text};
use crate::api_keys::{KeyMatter, KeySpray, ToldKey};
use crate::audit::Actor;
use crate::id::{DeliveryId, EndpointId, WorkspaceId};
use crate::time::Timestamp;
use crate::webhooks::SETBACKS_MAX;

/// Something that an operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An endpoint gets nothing any more until somebody enables it again.
    EndpointDisabled {
        /// Whose endpoint.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// Where it is: scheme, host and port.
        url: String,
        /// Why, in one sentence.
        reason: String,
    },
    /// An endpoint failed so often that it is only probed.
    EndpointFailing {
        /// Whose endpoint.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// Where it is: scheme, host and port.
        url: String,
        /// How often it failed in a row.
        failures: u32,
        /// What the latest failure was, in a few words.
        last_error: String,
    },
    /// An endpoint that was only probed gets everything again.
    EndpointRecovered {
        /// Whose endpoint.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// Where it is: scheme, host and port.
        url: String,
        /// When it had begun to fail.
        failing_since: Timestamp,
    },
    /// Deliveries failed at their last attempts.
    DeliveryExhausted {
        /// Whose deliveries.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// Which delivery; the latest where there are several.
        delivery_id: DeliveryId,
        /// How many.
        deliveries: u32,
    },
    /// A delivery could not even be tried, or its result not be written, again and again.
    DeliveryParked {
        /// Whose delivery.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// Which delivery.
        delivery_id: DeliveryId,
    },
    /// Deliveries waited in vain for as long as events are kept, and came to their end.
    DeliveriesExpired {
        /// Whose deliveries.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// How many.
        deliveries: u64,
    },
    /// One change, or a look for keys that expire, told the same of keys.
    KeysChanged {
        /// Whose keys.
        workspace_id: WorkspaceId,
        /// What became of them.
        matter: KeyMatter,
        /// Which keys: at least one.
        keys: Vec<ToldKey>,
        /// Who did it.
        actor: Actor,
        /// When.
        at: Timestamp,
    },
    /// Many tokens came that no key has.
    KeySpray {
        /// Who keeps the installation.
        workspace_id: WorkspaceId,
        /// From where, and how many.
        sprays: Vec<KeySpray>,
    },
}

impl Notice {
    /// The stable name of this kind of notice; an operational event about the same thing has the same.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EndpointDisabled { .. } => "endpoint.disabled",
            Self::EndpointFailing { .. } => "endpoint.failing",
            Self::EndpointRecovered { .. } => "endpoint.recovered",
            Self::DeliveryExhausted { .. } => "delivery.exhausted",
            Self::DeliveryParked { .. } => "delivery.parked",
            Self::DeliveriesExpired { .. } => "deliveries.expired",
            Self::KeysChanged { matter, .. } => matter.name(),
            Self::KeySpray { .. } => KeySpray::NAME,
        }
    }

    /// The workspace whose operators are told.
    pub const fn workspace_id(&self) -> WorkspaceId {
        match self {
            Self::EndpointDisabled { workspace_id, .. }
            | Self::EndpointFailing { workspace_id, .. }
            | Self::EndpointRecovered { workspace_id, .. }
            | Self::DeliveryExhausted { workspace_id, .. }
            | Self::DeliveryParked { workspace_id, .. }
            | Self::DeliveriesExpired { workspace_id, .. }
            | Self::KeysChanged { workspace_id, .. }
            | Self::KeySpray { workspace_id, .. } => *workspace_id,
        }
    }

    /// One line for the subject of a mail.
    pub fn subject(&self) -> String {
        match self {
            Self::EndpointDisabled { url, .. } => format!("Webhook endpoint disabled: {url}"),
            Self::EndpointFailing { url, .. } => format!("Webhook endpoint fails: {url}"),
            Self::EndpointRecovered { url, .. } => format!("Webhook endpoint works again: {url}"),
            Self::DeliveryExhausted { delivery_id, deliveries: 0 | 1, .. } => {
                format!("Webhook delivery {delivery_id} was given up")
            }
            Self::DeliveryExhausted { endpoint_id, deliveries, .. } => {
                format!("{deliveries} webhook deliveries to {endpoint_id} were given up")
            }
            Self::DeliveryParked { delivery_id, .. } => format!("Webhook delivery {delivery_id} was parked"),
            Self::DeliveriesExpired { endpoint_id, deliveries, .. } => {
                format!("Webhook deliveries to {endpoint_id} have expired: {deliveries}")
            }
            Self::KeysChanged { matter, keys, .. } => keys_subject(*matter, keys),
            Self::KeySpray { sprays, .. } => spray_subject(sprays),
        }
    }

    /// What happened and what to do, in plain text.
    pub fn text(&self) -> String {
        match self {
            Self::EndpointDisabled { endpoint_id, url, reason, .. } => format!(
                "The webhook endpoint {endpoint_id} ({url}) was disabled: {reason}.\n\
                 Waiting deliveries are kept. Enable the endpoint again once its receiver works."
            ),
            Self::EndpointFailing { endpoint_id, url, failures, last_error, .. } => format!(
                "The webhook endpoint {endpoint_id} ({url}) failed {failures} times in a row; the last time {last_error}.\n\
                 One request at a time asks from now on whether it is back, and what waits for it is kept. Nothing needs to be done \
                 here: mend the receiver, and everything is sent after the first request that succeeds. Resume the endpoint to try \
                 at once."
            ),
            Self::EndpointRecovered { endpoint_id, url, failing_since, .. } => format!(
                "The webhook endpoint {endpoint_id} ({url}), which had failed since {failing_since}, answered well.\n\
                 What waited for it is being sent. Nothing needs to be done."
            ),
            Self::DeliveryExhausted { endpoint_id, delivery_id, deliveries: 0 | 1, .. } => format!(
                "The delivery {delivery_id} to the endpoint {endpoint_id} failed at its last attempt.\n\
                 It can be resent at any time."
            ),
            Self::DeliveryExhausted { endpoint_id, delivery_id, deliveries, .. } => format!(
                "{deliveries} deliveries to the endpoint {endpoint_id} failed at their last attempts since the notice before; the latest \
                 of them is {delivery_id}.\n\
                 They can be resent at any time."
            ),
            Self::DeliveryParked { endpoint_id, delivery_id, .. } => format!(
                "The delivery {delivery_id} to the endpoint {endpoint_id} was parked: {SETBACKS_MAX} times in a row it could not be \
                 tried, or its result could not be written down. Its receiver may have got it.\n\
                 What is stored of it is probably damaged: the hub's log says why, under its id. Resend it once that is mended."
            ),
            Self::DeliveriesExpired { endpoint_id, deliveries, .. } => format!(
                "Deliveries to the endpoint {endpoint_id} have expired: {deliveries} waited for as long as events are kept, because it \
                 was paused, disabled or only failed, or because nobody decided about them after a restore.\n\
                 They can be resent for a day, then they go with their events: GET /deliveries?state=expired lists them."
            ),
            Self::KeysChanged { matter, keys, actor, at, .. } => keys_text(*matter, keys, (*actor, *at)),
            Self::KeySpray { sprays, .. } => spray_text(sprays),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_says_what_happened_and_what_to_do() {
        let notice = Notice::EndpointDisabled {
            workspace_id: WorkspaceId::from_bytes([0; 16]),
            endpoint_id: EndpointId::from_bytes([0; 16]),
            url: "https://shop.example".to_owned(),
            reason: "the receiver answered 410 Gone".to_owned(),
        };
        assert_eq!(notice.kind(), "endpoint.disabled");
        assert_eq!(notice.subject(), "Webhook endpoint disabled: https://shop.example");
        assert!(notice.text().contains("was disabled: the receiver answered 410 Gone."));
    }

    #[test]
    fn a_parked_delivery_is_told_with_its_id_and_what_to_do() {
        let delivery_id = DeliveryId::from_bytes([3; 16]);
        let notice = Notice::DeliveryParked {
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            endpoint_id: EndpointId::from_bytes([2; 16]),
            delivery_id,
        };
        assert_eq!(notice.kind(), "delivery.parked");
        assert_eq!(notice.subject(), format!("Webhook delivery {delivery_id} was parked"));
        assert!(notice.text().contains("5 times in a row"), "{}", notice.text());
        assert!(notice.text().ends_with("Resend it once that is mended."));
    }

    #[test]
    fn several_deliveries_that_were_given_up_are_one_notice_with_their_number() {
        let exhausted = |deliveries| Notice::DeliveryExhausted {
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            endpoint_id: EndpointId::from_bytes([2; 16]),
            delivery_id: DeliveryId::from_bytes([3; 16]),
            deliveries,
        };
        assert!(exhausted(1).subject().starts_with("Webhook delivery dlv_"));
        assert!(exhausted(17).subject().starts_with("17 webhook deliveries to whe_"));
        assert!(exhausted(17).text().starts_with("17 deliveries"), "{}", exhausted(17).text());
    }

    #[test]
    fn an_endpoint_that_fails_and_one_that_is_back_say_whether_there_is_something_to_do() {
        let (workspace_id, endpoint_id) = (WorkspaceId::from_bytes([1; 16]), EndpointId::from_bytes([2; 16]));
        let (url, last_error) = ("https://shop.example".to_owned(), "the receiver answered 500".to_owned());
        let failing = Notice::EndpointFailing { workspace_id, endpoint_id, url: url.clone(), failures: 10, last_error };
        assert_eq!(failing.subject(), "Webhook endpoint fails: https://shop.example");
        assert!(failing.text().contains("failed 10 times in a row; the last time the receiver answered 500."));
        let failing_since = Timestamp::from_seconds(0);
        let back = Notice::EndpointRecovered { workspace_id, endpoint_id, url, failing_since };
        assert_eq!(back.kind(), "endpoint.recovered");
        assert!(back.text().ends_with("Nothing needs to be done."));
    }
}
