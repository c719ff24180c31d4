//! What became of keys, for whoever wants to be told: endpoints by events, operators by notices.
//!
//! *Threat:* a message to others that carries what opens something, or what somebody's systems keep with a key.
//! *Defence:* what is told of a key has no place for its token, its digest or its metadata. *Not defended:* a label or an owner that
//! says what it should not; both are told.

use ipnet::IpNet;

use super::{ApiKey, Environment, Label, Owner, ScopeSet, Transition};
use crate::audit::Actor;
use crate::id::{EventId, KeyId, WorkspaceId};
use crate::time::Timestamp;

/// What is told of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldKey {
    /// Which key.
    pub id: KeyId,
    /// What people call it.
    pub label: Label,
    /// The eight hex digits that its token shows.
    pub prefix: String,
    /// What it is meant for.
    pub environment: Environment,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When it is refused from; `None` never.
    pub expires_at: Option<Timestamp>,
    /// What took its place.
    pub successor_id: Option<KeyId>,
}

impl From<&ApiKey> for ToldKey {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id,
            label: key.label.clone(),
            prefix: key.prefix.clone(),
            environment: key.environment.clone(),
            owner: key.owner.clone(),
            scopes: key.scopes,
            expires_at: key.expires_at,
            successor_id: key.retirement.map(|retirement| retirement.successor_id),
        }
    }
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMatter {
    /// It is new. Also told of the successor in a rotation.
    Issued,
    /// It has a successor.
    Rotated,
    /// It is refused until it is unlocked.
    Locked,
    /// It is accepted again.
    Unlocked,
    /// It is refused for good.
    Revoked,
    /// It is refused in so many days, or sooner.
    Expiring {
        /// 7 or 1.
        days: u8,
    },
}

impl KeyMatter {
    /// The name of its event and of its notice.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issued => "key.issued",
            Self::Rotated => "key.rotated",
            Self::Locked => "key.locked",
            Self::Unlocked => "key.unlocked",
            Self::Revoked => "key.revoked",
            Self::Expiring { .. } => "key.expiring",
        }
    }
}

impl From<Transition> for KeyMatter {
    fn from(transition: Transition) -> Self {
        match transition {
            Transition::Lock => Self::Locked,
            Transition::Unlock => Self::Unlocked,
            Transition::Revoke => Self::Revoked,
        }
    }
}

/// Many tokens that no key has, from one network in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpray {
    /// From where; `None` for networks together that are too many to be counted by themselves.
    pub network: Option<IpNet>,
    /// When the hour began.
    pub since: Timestamp,
    /// How many tokens, until it was told.
    pub unknown_keys: u64,
}

impl KeySpray {
    /// The name of its event and of its notice.
    pub const NAME: &'static str = "key.spray";
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyNews {
    /// Of a key.
    Key(KeyMatter, ToldKey),
    /// Of tokens that no key has.
    Spray(KeySpray),
}

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTold {
    /// Identifies the event.
    pub id: EventId,
    /// Whose key; for a spray, who keeps the installation.
    pub workspace_id: WorkspaceId,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What.
    pub news: KeyNews,
}

impl KeyTold {
    /// What became of a key.
    pub fn of(id: EventId, (actor, at): (Actor, Timestamp), matter: KeyMatter, key: &ApiKey) -> Self {
        Self { id, workspace_id: key.workspace_id, actor, at, news: KeyNews::Key(matter, key.into()) }
    }

    /// The name of its event and of its notice.
    pub const fn name(&self) -> &'static str {
        match &self.news {
            KeyNews::Key(matter, _) => matter.name(),
            KeyNews::Spray(_) => KeySpray::NAME,
        }
    }

    /// By what a repetition is known, on any node and after any start; `None` for what is told whenever it happens.
    ///
    /// *Shape:* an external id of an event.
    pub fn once(&self) -> Option<String> {
        match &self.news {
            KeyNews::Key(KeyMatter::Expiring { days }, key) => {
                let expiry = key.expires_at.map(Timestamp::as_micros).unwrap_or_default();
                Some(format!("{}.{expiry}.{days}", key.id))
            }
            KeyNews::Key(..) => None,
            KeyNews::Spray(KeySpray { network, since, .. }) => {
                let network = network.map_or_else(|| "others".to_owned(), |network| network.to_string());
                Some(format!("spray.{}.{}", since.as_seconds(), network.replace(':', "_").replace('/', "-")))
            }
        }
    }
}

/// What became of telling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heard {
    /// No endpoint wants to know.
    #[default]
    Nobody,
    /// It was told before: nothing is written.
    Before,
    /// Deliveries wait in the store: call `wake()` on the dispatcher after the commit.
    Waits,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::api_key;

    fn told(news: KeyNews) -> KeyTold {
        let (id, key) = (EventId::from_bytes([1; 16]), api_key(1));
        let at = Timestamp::from_seconds(1);
        KeyTold { id, workspace_id: key.workspace_id, actor: Actor::System, at, news }
    }

    #[test]
    fn nothing_that_is_told_shows_a_digest_or_metadata() {
        let key = ApiKey { metadata: r#"{"shop":"hidden"}"#.parse().unwrap(), ..api_key(1) };
        let printed = format!("{:?}", told(KeyNews::Key(KeyMatter::Issued, (&key).into())));
        assert!(printed.contains("Shop"));
        assert!(!printed.contains("hidden") && !printed.contains("igest"), "{printed}");
    }

    #[test]
    fn an_expiry_is_known_by_its_key_its_instant_and_its_days() {
        let key = ApiKey { expires_at: Some(Timestamp::from_seconds(7)), ..api_key(1) };
        let once = |days, key: &ApiKey| told(KeyNews::Key(KeyMatter::Expiring { days }, key.into())).once();
        assert_eq!(once(7, &key), Some(format!("{}.7000000.7", key.id)));
        assert_ne!(once(7, &key), once(1, &key));
        let later = ApiKey { expires_at: Some(Timestamp::from_seconds(8)), ..key.clone() };
        assert_ne!(once(7, &key), once(7, &later));
        assert_eq!(told(KeyNews::Key(KeyMatter::Locked, (&key).into())).once(), None);
    }

    #[test]
    fn a_spray_is_known_by_its_network_and_hour() {
        let once = |network: Option<&str>| {
            let network = network.map(|text| text.parse().unwrap());
            told(KeyNews::Spray(KeySpray { network, since: Timestamp::from_seconds(3_600), unknown_keys: 9 })).once()
        };
        assert_eq!(once(Some("203.0.113.0/24")).as_deref(), Some("spray.3600.203.0.113.0-24"));
        assert_eq!(once(Some("2001:db8:1::/48")).as_deref(), Some("spray.3600.2001_db8_1__-48"));
        assert_eq!(once(None).as_deref(), Some("spray.3600.others"));
    }
}
