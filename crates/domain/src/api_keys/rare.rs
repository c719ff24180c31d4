//! What few keys have, kept apart so that the others take no room for it.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::ApiKey;

/// What few keys have.
pub(super) struct Rare {
    /// Networks that may use the key; empty allows all.
    pub(super) allow_list: Vec<IpNet>,
    pub(super) owner: Option<Arc<str>>,
    /// As JSON, which takes less room than its values do.
    pub(super) metadata: Option<Arc<str>>,
}

impl Rare {
    /// `None` when the key has nothing of it.
    pub(super) fn of(key: &ApiKey) -> Option<Self> {
        let owner = key.owner.as_ref().map(|owner| Arc::from(owner.as_str()));
        let metadata = (!key.metadata.members().is_empty()).then(|| Arc::from(key.metadata.to_string()));
        let is_rare = !key.allow_list.is_empty() || owner.is_some() || metadata.is_some();
        is_rare.then(|| Self { allow_list: key.allow_list.clone(), owner, metadata })
    }

    pub(super) fn allows(&self, address: IpAddr) -> bool {
        self.allow_list.is_empty() || self.allow_list.iter().any(|network| network.contains(&address))
    }
}
