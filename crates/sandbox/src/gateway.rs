//! The test gateways: where a platform's real ones would stand.

use std::fmt;
use std::str::FromStr;

use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Timestamp;

use crate::outcome::Outcome;
use crate::words::words;

/// The longest name.
const NAME_CHARS_MAX: usize = 64;

words! {
    /// What kind of gateway one is: `gateway_type` in payloads. *Source:* contract §4.3.
    GatewayKind {
        /// Talks to a service.
        Api = "api",
        /// A person looks at a proof.
        Manual = "manual",
        /// A bank transfer.
        Bank = "bank",
        /// A mobile wallet.
        Mfs = "mfs",
        /// Moves no money.
        Test = "test",
        /// Nobody knows.
        Unknown = "unknown",
    }
}

/// The name of a gateway, also of one that is not there.
///
/// *Shape:* 1 to 64 of `a-z 0-9 _ -`; read in either case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayName(String);

/// The text is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gateway must be 1 to {NAME_CHARS_MAX} letters, digits, \"_\" or \"-\"")]
pub struct GatewayNameError;

impl GatewayName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GatewayName {
    type Err = GatewayNameError;

    fn from_str(text: &str) -> Result<Self, GatewayNameError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(GatewayNameError)
        }
    }
}

impl fmt::Display for GatewayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GatewayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A gateway that comes with the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestGateway {
    /// Its name: a [`GatewayName`].
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What kind it is.
    pub kind: GatewayKind,
    /// What it keeps of each payment, in hundredths of a percent.
    pub fee_basis_points: u16,
}

impl TestGateway {
    /// Its name as a checked text.
    pub fn to_name(&self) -> GatewayName {
        GatewayName(self.name.to_owned())
    }

    /// The one with this name.
    pub fn find(name: &GatewayName) -> Option<&'static Self> {
        TEST_GATEWAYS.iter().find(|gateway| gateway.name == name.as_str())
    }
}

/// The gateways of every workspace, in the order in which they are shown.
pub const TEST_GATEWAYS: &[TestGateway] = &[
    TestGateway { name: "test_card", title: "Test card", kind: GatewayKind::Test, fee_basis_points: 290 },
    TestGateway { name: "test_wallet", title: "Test wallet", kind: GatewayKind::Mfs, fee_basis_points: 150 },
    TestGateway { name: "test_bank", title: "Test bank transfer", kind: GatewayKind::Bank, fee_basis_points: 50 },
];

/// What a workspace has set of a gateway, as a store keeps it. One that was never changed has no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySetting {
    /// Whose setting.
    pub workspace_id: WorkspaceId,
    /// Of which gateway.
    pub name: GatewayName,
    /// Whether payers can choose it.
    pub is_on: bool,
    /// How payments through it end; `None`: by their amount.
    pub outcome: Option<Outcome>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes; the first state that is stored is 1.
    pub revision: i64,
}

/// A gateway as a workspace has set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// What comes with the sandbox.
    pub gateway: &'static TestGateway,
    /// Whether payers can choose it.
    pub is_on: bool,
    /// How payments through it end; `None`: by their amount.
    pub outcome: Option<Outcome>,
    /// When that was last changed; `None`: never.
    pub updated_at: Option<Timestamp>,
    /// Counts changes; 0 when there was none.
    pub revision: i64,
}

impl Gateway {
    /// A gateway with what was set of it, if anything was: else it is on, and amounts say how payments end.
    pub(crate) fn new(gateway: &'static TestGateway, setting: Option<&GatewaySetting>) -> Self {
        Self {
            gateway,
            is_on: setting.is_none_or(|setting| setting.is_on),
            outcome: setting.and_then(|setting| setting.outcome),
            updated_at: setting.map(|setting| setting.updated_at),
            revision: setting.map_or(0, |setting| setting.revision),
        }
    }
}

/// What shall change of a gateway; `None` leaves as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GatewayChanges {
    /// Whether payers can choose it.
    pub is_on: Option<bool>,
    /// How payments through it end; `Some(None)`: by their amount.
    pub outcome: Option<Option<Outcome>>,
}
