//! What there is to tell.

use crate::id::{DeliveryId, EndpointId, WorkspaceId};
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
        /// Where it points, without query string.
        url: String,
        /// Why, in one sentence.
        reason: String,
    },
    /// A delivery failed at its last attempt.
    DeliveryExhausted {
        /// Whose delivery.
        workspace_id: WorkspaceId,
        /// Which endpoint.
        endpoint_id: EndpointId,
        /// Which delivery.
        delivery_id: DeliveryId,
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
}

impl Notice {
    /// The stable name of this kind of notice, as in the operational event of the same name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EndpointDisabled { .. } => "endpoint.disabled",
            Self::DeliveryExhausted { .. } => "delivery.exhausted",
            Self::DeliveryParked { .. } => "delivery.parked",
        }
    }

    /// The workspace whose operators are told.
    pub const fn workspace_id(&self) -> WorkspaceId {
        match self {
            Self::EndpointDisabled { workspace_id, .. }
            | Self::DeliveryExhausted { workspace_id, .. }
            | Self::DeliveryParked { workspace_id, .. } => *workspace_id,
        }
    }

    /// One line for the subject of a mail.
    pub fn subject(&self) -> String {
        match self {
            Self::EndpointDisabled { url, .. } => format!("Webhook endpoint disabled: {url}"),
            Self::DeliveryExhausted { delivery_id, .. } => format!("Webhook delivery {delivery_id} was given up"),
            Self::DeliveryParked { delivery_id, .. } => format!("Webhook delivery {delivery_id} was parked"),
        }
    }

    /// What happened and what to do, in plain text.
    pub fn text(&self) -> String {
        match self {
            Self::EndpointDisabled { endpoint_id, url, reason, .. } => format!(
                "The webhook endpoint {endpoint_id} ({url}) was disabled: {reason}.\n\
                 Waiting deliveries are kept. Enable the endpoint again once its receiver works."
            ),
            Self::DeliveryExhausted { endpoint_id, delivery_id, .. } => format!(
                "The delivery {delivery_id} to the endpoint {endpoint_id} failed at its last attempt.\n\
                 It can be resent at any time."
            ),
            Self::DeliveryParked { endpoint_id, delivery_id, .. } => format!(
                "The delivery {delivery_id} to the endpoint {endpoint_id} was parked: {SETBACKS_MAX} times in a row it could not be \
                 tried, or its result could not be written down. Its receiver may have got it.\n\
                 What is stored of it is probably damaged: the hub's log says why, under its id. Resend it once that is mended."
            ),
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
            url: "https://shop.example/hook".to_owned(),
            reason: "the receiver answered 410 Gone".to_owned(),
        };
        assert_eq!(notice.kind(), "endpoint.disabled");
        assert_eq!(notice.subject(), "Webhook endpoint disabled: https://shop.example/hook");
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
}
