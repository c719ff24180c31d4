//! A node on the memory store, and what its tests say again and again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, Credentials, Denial, IssuedKey, KeyDirectory, NewApiKey, Pepper, Principal, ScopeSet,
    TokenHasher, TokenPrefix,
};
use devhub_domain::id::WorkspaceId;
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy, label};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
pub(crate) const OTHER_WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([2; 16]);
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(crate) struct Hub {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) directory: Arc<KeyDirectory>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) keys: ApiKeys,
    pub(crate) authenticator: Arc<Authenticator>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::default()))
    }

    /// A node over a store that may hold keys already; its directory is empty.
    pub(crate) fn over(store: Arc<MemoryStore>) -> Self {
        let directory = Arc::new(KeyDirectory::new());
        let clock = Arc::new(ManualClock::default());
        let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
        let entropy = Arc::new(SeededEntropy::new(1));
        let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy);
        let prefix = TokenPrefix::default();
        let authenticator =
            Arc::new(Authenticator::new(store.clone(), directory.clone(), hasher, prefix, clock.clone()));
        Self { store, directory, clock, keys, authenticator }
    }

    pub(crate) fn issue(&self, new: NewApiKey) -> IssuedKey {
        self.keys.issue(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap()
    }

    pub(crate) fn authenticate(&self, token: &str) -> Result<Principal, Denial> {
        let credentials = Credentials { token, address: HERE, required: ScopeSet::DEFAULT };
        self.authenticator.authenticate(&credentials).unwrap().map_err(|refusal| refusal.denial)
    }
}

pub(crate) fn shop() -> NewApiKey {
    NewApiKey::with_label(label("Shop"))
}

pub(crate) fn token(issued: &IssuedKey) -> &str {
    issued.token.secret().expose()
}
