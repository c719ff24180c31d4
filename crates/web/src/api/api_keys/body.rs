//! What is said about keys, in both directions.

use devhub_domain::api_keys::{
    ApiKey, ApiKeys, Environment, IssuedKey, KeyChanges, KeyState, Label, Metadata, NewApiKey, Owner, Scope, ScopeSet,
};
use devhub_domain::rate::parse_network;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::rates::{QuotaBody, SetQuota};
use crate::once::Showing;
use crate::openapi::{ActorText, KeyIdText, KeyStatusWord, NetworkText, ScopeWord, TimeText};
use crate::problem_body::Problem;
use crate::request::{Invalid, Reply, Scopes, Text, present};

/// A key to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewKey)]
pub(super) struct IssueKey {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    label: String,
    /// What it may do, nothing that the calling key may not; `read` and `write` when absent.
    #[schema(value_type = Option<Vec<ScopeWord>>, min_items = 1, max_items = 64)]
    scopes: Option<Vec<String>>,
    /// What it is meant for; `live` when absent.
    #[schema(min_length = 1, max_length = 32)]
    environment: Option<String>,
    /// When it stops being accepted: in the future, RFC 3339 with an offset; never when absent.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Networks and addresses that may use it; all when absent or empty.
    #[schema(max_items = 100)]
    allow_list: Option<Vec<String>>,
    /// Who answers for it, such as a team or an address of mail; nobody in particular when absent.
    #[schema(min_length = 1, max_length = 100)]
    owner: Option<String>,
    /// What your own systems keep with it: at most 4,096 bytes as JSON without spaces, in at most 8 levels. Whoever may read the key
    /// reads it, so that it is no place for secrets.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// How often it may ask, instead of the default; needs `limits:write` besides.
    rate_limit: Option<SetQuota>,
}

impl IssueKey {
    pub(super) fn check(self) -> Result<NewApiKey, Problem> {
        let mut invalid = Invalid::default();
        let label = invalid.check("label", Label::new(&self.label));
        let scopes = match &self.scopes {
            Some(words) => check_scopes(words, &mut invalid),
            None => Some(ScopeSet::DEFAULT),
        };
        let environment = self.environment.map_or_else(|| Ok(Environment::default()), |text| Environment::new(&text));
        let environment = invalid.check("environment", environment);
        let expires_at = invalid.check("expires_at", self.expires_at.map(|text| text.parse()).transpose());
        let allow_list = check_networks(&self.allow_list.unwrap_or_default(), &mut invalid);
        let owner = self.owner.and_then(|text| invalid.check("owner", Owner::new(&text)));
        let metadata = self.metadata.and_then(|value| invalid.check("metadata", Metadata::new(value)));
        let rate_limit = self.rate_limit.and_then(|quota| quota.check("rate_limit.", &mut invalid));
        let (Some(label), Some(scopes), Some(environment), Some(expires_at), Some(allow_list)) =
            (label, scopes, environment, expires_at, allow_list)
        else {
            return Err(invalid.into());
        };
        invalid.finish()?;
        let metadata = metadata.unwrap_or_default();
        Ok(NewApiKey { label, scopes, environment, expires_at, allow_list, owner, metadata, rate_limit })
    }
}

/// What shall change of a key; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyChanges)]
pub(super) struct UpdateKey {
    /// What people call it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    label: Option<String>,
    /// What it may do, nothing that the calling key may not.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<ScopeWord>, required = false, min_items = 1, max_items = 64)]
    scopes: Option<Vec<String>>,
    /// What it is meant for.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 32)]
    environment: Option<String>,
    /// When it stops being accepted: in the future, RFC 3339 with an offset; null never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = false, format = DateTime)]
    #[expect(clippy::option_option, reason = "absent and null are two wishes")]
    expires_at: Option<Option<String>>,
    /// Networks and addresses that may use it; empty allows all.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 100)]
    allow_list: Option<Vec<String>>,
    /// Who answers for it; null nobody in particular.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = false, min_length = 1, max_length = 100)]
    #[expect(clippy::option_option, reason = "absent and null are two wishes")]
    owner: Option<Option<String>>,
    /// What your own systems keep with it, in place of all that was there; bounded as when it is issued.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Object, required = false)]
    metadata: Option<Value>,
    /// How often it may ask, instead of the default; null as often as that says. Needs `limits:write` besides.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SetQuota>, required = false)]
    #[expect(clippy::option_option, reason = "absent and null are two wishes")]
    rate_limit: Option<Option<SetQuota>>,
}

impl UpdateKey {
    pub(super) fn check(self, expected_revision: Option<i64>) -> Result<KeyChanges, Problem> {
        let mut invalid = Invalid::default();
        let changes = KeyChanges {
            label: self.label.and_then(|text| invalid.check("label", Label::new(&text))),
            scopes: self.scopes.and_then(|words| check_scopes(&words, &mut invalid)),
            environment: self.environment.and_then(|text| invalid.check("environment", Environment::new(&text))),
            expires_at: self
                .expires_at
                .and_then(|expiry| invalid.check("expires_at", expiry.map(|text| text.parse()).transpose())),
            allow_list: self.allow_list.and_then(|texts| check_networks(&texts, &mut invalid)),
            owner: self.owner.and_then(|owner| invalid.check("owner", owner.map(|text| Owner::new(&text)).transpose())),
            metadata: self.metadata.and_then(|value| invalid.check("metadata", Metadata::new(value))),
            rate_limit: self.rate_limit.and_then(|wanted| match wanted {
                Some(quota) => quota.check("rate_limit.", &mut invalid).map(Some),
                None => Some(None),
            }),
            expected_revision,
        };
        invalid.finish()?;
        Ok(changes)
    }
}

/// The scopes with these words. A wrong one is named by its position and not repeated: it may be a token in the wrong place.
pub(in crate::api) fn check_scopes(words: &[String], invalid: &mut Invalid) -> Option<ScopeSet> {
    if words.len() > SCOPES_MAX {
        invalid.refuse("scopes", format!("scopes must have at most {SCOPES_MAX} words"));
        return None;
    }
    let scopes = invalid.check_all("scopes", words.iter().map(|word| word.parse::<Scope>().or(Err(known_scopes()))))?;
    Some(scopes.into_iter().collect())
}

/// Most words of a list of scopes: some four times as many as there are, so that one that repeats a few is no mistake.
const SCOPES_MAX: usize = 64;

pub(super) fn known_scopes() -> String {
    format!("must be one of {}", Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "))
}

fn check_networks(texts: &[String], invalid: &mut Invalid) -> Option<Vec<IpNet>> {
    invalid.check_all("allow_list", texts.iter().map(|text| parse_network(text)))
}

/// An API key, without its token.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub(super) struct KeyBody<'a> {
    id: KeyIdText,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    label: &'a str,
    /// The eight hex digits that its token shows; not unique.
    prefix: &'a str,
    /// What it may do.
    scopes: Scopes,
    /// What it is meant for.
    #[schema(min_length = 1, max_length = 32)]
    environment: &'a str,
    #[schema(value_type = KeyStatusWord)]
    status: &'static str,
    /// From this instant on it is refused; null never expires.
    expires_at: Option<TimeText>,
    /// Networks that may use it; empty allows all.
    #[schema(max_items = 100)]
    allow_list: Vec<NetworkText>,
    /// Who answers for it; null nobody in particular.
    #[schema(min_length = 1, max_length = 100)]
    owner: Option<&'a str>,
    /// What your own systems keep with it.
    #[schema(value_type = Object)]
    metadata: &'a Map<String, Value>,
    created_at: TimeText,
    created_by: ActorText,
    /// When it was last accepted, to within a few seconds; null before its first use.
    last_used_at: Option<TimeText>,
    /// Counts changes; the `ETag` is this in quotes.
    #[schema(minimum = 1)]
    revision: i64,
    /// When the grace of its rotation ends, which is its `expires_at` then; null while it has no successor.
    retires_at: Option<TimeText>,
    /// The key that took its place.
    successor_id: Option<KeyIdText>,
}

impl<'a> From<&'a ApiKey> for KeyBody<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            id: Text(key.id),
            label: key.label.as_str(),
            prefix: &key.prefix,
            scopes: Scopes(key.scopes),
            environment: key.environment.as_str(),
            status: KeyState::of_status(key).as_str(),
            expires_at: key.expires_at.map(Text),
            allow_list: key.allow_list.iter().copied().map(Text).collect(),
            owner: key.owner.as_ref().map(Owner::as_str),
            metadata: key.metadata.members(),
            created_at: Text(key.created_at),
            created_by: Text(key.created_by),
            last_used_at: key.last_used_at.map(Text),
            revision: key.revision,
            retires_at: key.expires_at.filter(|_| key.retirement.is_some()).map(Text),
            successor_id: key.retirement.map(|retirement| Text(retirement.successor_id)),
        }
    }
}

/// An API key as it is shown, with the rate that it has by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyDetails)]
pub(super) struct KeyDetailsBody<'a> {
    #[serde(flatten)]
    key: KeyBody<'a>,
    /// How often it may ask by itself; null as often as the policies of the workspace say.
    rate_limit: Option<QuotaBody>,
}

impl<'a> KeyDetailsBody<'a> {
    pub(super) fn new(key: &'a ApiKey, keys: &ApiKeys) -> Self {
        Self { key: key.into(), rate_limit: keys.own_rate_of(key.id).as_ref().map(QuotaBody::from) }
    }
}

/// A key that was just issued: the only answer that shows a token.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedKey)]
pub(super) struct IssuedKeyBody<'a> {
    #[serde(flatten)]
    key: KeyBody<'a>,
    /// What requests are sent with: keep it now. Null when the answer is repeated.
    token: Option<&'a str>,
    /// Whether the token was shown before, to whoever sent this request first.
    already_shown: bool,
}

/// Shows a token once.
pub(super) fn issued(issued: &IssuedKey, showing: Showing) -> Reply {
    let key = (&issued.key).into();
    match showing {
        Showing::First => {
            let token = Some(issued.token.secret().expose());
            Reply::created_with_secret(&IssuedKeyBody { key, token, already_shown: false })
        }
        Showing::Again => Reply::created(&IssuedKeyBody { key, token: None, already_shown: true }),
    }
}
