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

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;

    impl Entropy for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    /// *Source:* contract §3.1; RFC 9562 §5.4.
    #[test]
    fn ids_have_the_shapes_that_clients_know() {
        assert_eq!(PaymentId::generate(&Ones).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(TrxId::generate(&Ones).to_string(), "OP-FFFFFFFFFF");
        assert_eq!(CheckoutToken::generate(&Ones).expose(), "f".repeat(64));
    }

    #[test]
    fn ids_read_back_what_they_print() {
        let id = PaymentId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        let trx_id = TrxId::from_bytes([1, 2, 3, 0xab, 0xcd]);
        assert_eq!(trx_id.to_string().parse(), Ok(trx_id));
        let token = CheckoutToken::from_bytes([0xab; 32]);
        assert_eq!(token.expose().parse(), Ok(token));
    }

    #[test]
    fn other_spellings_are_refused() {
        for bad in ["", "a810b445564a4e2080a5f1261d7b328a", "{a810b445-564a-4e20-80a5-f1261d7b328a}", "77"] {
            assert!(bad.parse::<PaymentId>().is_err(), "{bad}");
        }
        for bad in ["", "OP-", "OP-0a1b2c3d4e", "OP_0A1B2C3D4E", "op-0A1B2C3D4E", "OP-0A1B2C3D4", "OP-0A1B2C3D4E5F"] {
            assert!(bad.parse::<TrxId>().is_err(), "{bad}");
        }
        for bad in [String::new(), "A".repeat(64), "a".repeat(63), "a".repeat(66), "g".repeat(64)] {
            assert!(bad.parse::<CheckoutToken>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        assert_eq!(format!("{:?}", CheckoutToken::from_bytes([0xab; 32])), "[checkout token]");
    }
}
