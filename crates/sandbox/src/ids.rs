//! Identifiers as OwnPay's clients know them. *Source:* contract §3.1.
//!
//! *Threat:* whoever knows the token of a checkout can pay, cancel and see it; a token in a log or a metric is given away.
//! *Defence:* 256 random bits, which [`CheckoutToken`] prints nowhere of itself. *Not defended:* the address of the checkout is handed to
//! the payer's browser, and the API tells it to every key of the workspace that may read.

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXUPPER};
use devhub_domain::entropy::{Entropy, random_bytes};
use uuid::{Builder, Uuid};

/// The text is not an identifier of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("id must be {wanted}")]
pub struct IdError {
    wanted: &'static str,
}

macro_rules! uuids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// *Shape:* a random UUID (version 4), printed as 36 characters in lower case; read in either case.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one.
            pub fn generate(entropy: &dyn Entropy) -> Self {
                Self(Builder::from_random_bytes(random_bytes(entropy)).into_uuid())
            }

            /// The identifier with these bytes, as a store keeps them.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes that a store keeps.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // The other notations of a UUID have other lengths: an identifier has one spelling.
                let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
                uuid.map(Self).ok_or(IdError { wanted: "a UUID, such as a810b445-564a-4e20-80a5-f1261d7b328a" })
            }
        }
    )*};
}

uuids! {
    /// Names a payment.
    PaymentId;
    /// Names a refund.
    RefundId;
    /// Names a customer.
    CustomerId;
}

/// The capability of whoever pays: what the address of a checkout ends with.
///
/// *Shape:* 32 random bytes, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckoutToken([u8; 32]);

impl CheckoutToken {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_bytes(entropy))
    }

    /// The token with these bytes, as a store keeps them.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes that a store keeps.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text for the address of the checkout and the API's answer; for nothing that is logged.
    pub fn expose(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for CheckoutToken {
    /// A token does not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[checkout token]")
    }
}

impl FromStr for CheckoutToken {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(IdError { wanted: "64 lower-case hex digits" })
    }
}

/// Names a transaction for merchants and their customers.
///
/// *Shape:* `OP-` and 10 upper-case hex digits, of 5 random bytes: rare enough to be drawn again when one is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrxId([u8; 5]);

impl TrxId {
    /// What every one starts with.
    pub const PREFIX: &'static str = "OP-";

    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_bytes(entropy))
    }

    /// The identifier with these bytes, as a store keeps them.
    pub const fn from_bytes(bytes: [u8; 5]) -> Self {
        Self(bytes)
    }

    /// The 5 bytes that a store keeps.
    pub const fn as_bytes(&self) -> &[u8; 5] {
        &self.0
    }
}

impl fmt::Display for TrxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::PREFIX)?;
        f.write_str(&HEXUPPER.encode(&self.0))
    }
}

impl fmt::Debug for TrxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TrxId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix(Self::PREFIX).and_then(|digits| HEXUPPER.decode(digits.as_bytes()).ok());
        let bytes = digits.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(IdError { wanted: "\"OP-\" followed by 10 upper-case hex digits" })
    }
}
