//! The columns of OwnPay's table of keys.

use serde_json::Value;

use crate::import::Column;

/// What a file may tell of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyColumn {
    Label,
    Prefix,
    Sha256,
    Scopes,
    Status,
    ExpiresAt,
    CreatedAt,
    LastUsedAt,
    Merchant,
}

impl Column for KeyColumn {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Label, "name"),
        (Self::Label, "label"),
        (Self::Prefix, "key_prefix"),
        (Self::Sha256, "key_hash"),
        (Self::Scopes, "scopes"),
        (Self::Status, "status"),
        (Self::ExpiresAt, "expires_at"),
        (Self::CreatedAt, "created_at"),
        (Self::LastUsedAt, "last_used_at"),
        (Self::Merchant, "merchant_id"),
    ];

    const REQUIRED: &'static [Self] = &[Self::Label, Self::Prefix, Self::Sha256, Self::Scopes, Self::Status];

    /// A label may be called `NULL`.
    fn is_free_text(self) -> bool {
        self == Self::Label
    }

    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Scopes => value.is_array(),
            Self::Merchant => value.is_number(),
            _ => false,
        }
    }
}
