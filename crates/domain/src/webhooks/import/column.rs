//! The columns of OwnPay's table of webhook endpoints.

use serde_json::Value;

use crate::import::Column;

/// What a file may tell of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndpointColumn {
    Url,
    Secret,
    Events,
    Status,
    CreatedAt,
    Merchant,
}

impl Column for EndpointColumn {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Url, "url"),
        (Self::Secret, "secret"),
        (Self::Events, "events"),
        (Self::Status, "status"),
        (Self::CreatedAt, "created_at"),
        (Self::Merchant, "merchant_id"),
    ];

    const REQUIRED: &'static [Self] = &[Self::Url, Self::Secret, Self::Events, Self::Status];

    fn is_free_text(self) -> bool {
        false
    }

    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Events => value.is_array(),
            Self::Merchant => value.is_number(),
            _ => false,
        }
    }
}
