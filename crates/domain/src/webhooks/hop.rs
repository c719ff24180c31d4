//! The mark by which a hub knows its own requests.
//!
//! *Threat:* an endpoint that leads back to the hub, so that each event it accepts makes it call itself: through a name or a proxy
//! that it does not know for its own, where [`super::address::AddressPolicy`] cannot tell.
//! *Defence:* every request that a hub sends carries its mark, and what answers HTTP refuses a request with the mark of its own
//! installation before anything else. All nodes on one store have the same mark.
//! *Not defended:* a way back on which somebody removes the header, and loops through other programs that make new requests. The mark
//! is no secret: every receiver sees it, and whoever sends it to the hub is refused and no more.

use std::fmt;

use crate::api_keys::Pepper;

/// The header that carries the mark.
pub const HOP_HEADER: &str = "devhub-hop";

/// Keeps the mark apart from whatever else is derived from the pepper.
const CONTEXT: &str = "devhub 2026-11 hop mark";

/// Which installation a request comes from.
///
/// *Shape:* 32 hex digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HopMark([u8; 16]);

impl HopMark {
    /// The mark of the installation that has this pepper, which the mark says nothing about.
    pub fn of(pepper: &Pepper) -> Self {
        let mut mark = [0; 16];
        blake3::Hasher::new_derive_key(CONTEXT).update(pepper.expose()).finalize_xof().fill(&mut mark);
        Self(mark)
    }

    /// Whether a value of [`HOP_HEADER`] is this mark.
    pub fn is(&self, value: &[u8]) -> bool {
        value == self.to_string().as_bytes()
    }
}

impl fmt::Display for HopMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_that_of_one_installation() {
        let (own, other) = (HopMark::of(&Pepper::from_bytes([7; 32])), HopMark::of(&Pepper::from_bytes([8; 32])));
        assert_eq!(own, HopMark::of(&Pepper::from_bytes([7; 32])));
        assert_eq!(own.to_string().len(), 32);
        assert!(own.is(own.to_string().as_bytes()) && !own.is(other.to_string().as_bytes()) && !own.is(b""));
    }
}
