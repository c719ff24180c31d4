//! The rules of a workspace: named quotas, and which requests each of them binds.

use crate::id::{KeyId, RateOverrideId, RatePolicyId, WorkspaceId};
use crate::time::Timestamp;

use super::{MethodSet, PathPattern, PolicyName, Quota};

/// Most policies of a workspace: each may be compared on every request.
pub const POLICIES_MAX: usize = 100;

/// Most overrides of a workspace: each takes some hundred bytes of memory on every node. A rotation goes past it by the copies
/// that the successor gets.
pub const OVERRIDES_MAX: usize = 100_000;

/// Most overrides of one policy: they go with it, in one transaction that others wait for. Whoever has more keys than that to tell
/// apart overrides the default. A rotation goes past it by one: a key that has leaked must be rotated whatever is full.
pub const POLICY_OVERRIDES_MAX: u64 = 5_000;

/// A closed list of words: as people, the API and the database write them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that people, the API and the database use.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The one with this word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words! {
    /// Whom the buckets of a policy count.
    SubjectKind,
    /// Each key by itself.
    Key = "key",
    /// All keys of the workspace together.
    Workspace = "workspace",
    /// Each address by itself, IPv6 by `/64`.
    Address = "address",
}

words! {
    /// What a policy does with what it finds.
    Mode,
    /// It refuses what does not fit.
    Enforce = "enforce",
    /// It counts what it would have refused, and refuses nothing.
    Shadow = "shadow",
    /// Nothing: it is passed over.
    Off = "off",
}

words! {
    /// What becomes of requests while the limiter does not answer.
    OnBackendError,
    /// They pass: a shop that is refused loses a sale.
    Allow = "allow",
    /// They are refused: what they ask for costs more than a refusal.
    Deny = "deny",
}

/// What people say of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRule {
    /// What callers know it by; of one policy in a workspace.
    pub name: PolicyName,
    /// How much each of its subjects has.
    pub quota: Quota,
    /// What one request takes of that.
    pub cost: std::num::NonZeroU32,
    /// Whom it counts.
    pub subject: SubjectKind,
    /// Which methods it means.
    pub methods: MethodSet,
    /// Which paths it means.
    pub path: PathPattern,
    /// What it does with what it finds.
    pub mode: Mode,
    /// What becomes of requests while the limiter does not answer.
    pub on_backend_error: OnBackendError,
}

/// A policy as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatePolicy {
    /// Its identifier.
    pub id: RatePolicyId,
    /// Whose requests it binds.
    pub workspace_id: WorkspaceId,
    /// Where it stands among the others of its workspace: the smallest is asked first.
    pub position: i64,
    /// What it says.
    pub rule: PolicyRule,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last; to move it is no change of it.
    pub updated_at: Timestamp,
    /// Counts changes, so that two at once do not overwrite each other.
    pub revision: i64,
}

/// Which policy an override overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyRef {
    /// The default of every key, and whatever policy of keys stands in for it because it means every request.
    Default,
    /// This one.
    Of(RatePolicyId),
}

impl PolicyRef {
    /// The word of the default.
    pub const DEFAULT: &'static str = "default";
}

impl std::fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str(Self::DEFAULT),
            Self::Of(id) => id.fmt(f),
        }
    }
}

/// The text names no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy must be the id of a policy, or \"default\"")]
pub struct PolicyRefError;

impl std::str::FromStr for PolicyRef {
    type Err = PolicyRefError;

    fn from_str(text: &str) -> Result<Self, PolicyRefError> {
        if text == Self::DEFAULT {
            return Ok(Self::Default);
        }
        text.parse().map(Self::Of).or(Err(PolicyRefError))
    }
}

/// For whom an override holds. The more special one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverrideSubject {
    /// For one key.
    Key(KeyId),
    /// For everybody of the workspace.
    Workspace(WorkspaceId),
}

/// Another quota of a policy, for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateOverride {
    /// Its identifier.
    pub id: RateOverrideId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Of which policy.
    pub policy: PolicyRef,
    /// For whom.
    pub subject: OverrideSubject,
    /// How much they have.
    pub quota: Quota,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// The revision of the workspace's rules that it came with: a later one of the same subject is greater, whatever was deleted.
    pub revision: i64,
}

/// What a workspace's rules have beside policies and overrides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateState {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Counts all changes of the workspace's policies, overrides and networks.
    pub revision: i64,
    /// Networks whose requests pass unlimited.
    pub exempt_networks: Vec<ipnet::IpNet>,
    /// Counts the changes of that list, from 1.
    pub networks_revision: i64,
    /// How many overrides there are: counting them at each change would take longer the more there are.
    pub override_count: i64,
}

impl RateState {
    /// That of a workspace which has changed nothing yet.
    pub const fn new(workspace_id: WorkspaceId) -> Self {
        Self { workspace_id, revision: 0, exempt_networks: Vec::new(), networks_revision: 1, override_count: 0 }
    }
}

/// The policies and networks of a workspace at one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateSnapshot {
    /// Networks, and which revision this is.
    pub state: RateState,
    /// The policies in their order.
    pub policies: Vec<RatePolicy>,
}
