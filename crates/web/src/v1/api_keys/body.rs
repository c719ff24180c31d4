//! What is said about keys, in both directions, in OwnPay's words.

use devhub_domain::api_keys::{ApiKey, IssuedKey, Label, NewApiKey, Scope, ScopeSet};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::once::Showing;
use crate::openapi::{KeyIdText, TimeText};
use crate::request::Text;
use crate::v1::input::text;
use crate::v1::{Answer, Code, Complaints, Failure};

/// What a key is called that nobody gives a name. *Source:* wire contract §2.10.
const LABEL_DEFAULT: &str = "Default";
/// What a key may have here. The hub's own scopes are given on the hub's own API alone.
const SCOPES: [Scope; 3] = [Scope::Read, Scope::Write, Scope::Admin];
/// Most words of a list of scopes: some that repeat are no mistake, thousands are.
const SCOPES_MAX: usize = 16;

/// Whether a key is one of OwnPay's. *Threat:* a shop's key that leaks takes away what the hub itself is run with. *Defence:* over this API
/// no key with a scope of the hub's own is there.
pub(super) fn is_ownpays(key: &ApiKey) -> bool {
    ScopeSet::from_iter(SCOPES).covers(key.scopes)
}

/// A key to issue.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMerchantKey)]
pub(super) struct IssueKey<'a> {
    /// What people call it; `Default` when absent.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Option<&'a RawValue>,
    /// The same, as some clients call it.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    label: Option<&'a RawValue>,
    /// Some of `read`, `write` and `admin`, and none that the calling key lacks; `read` and `write` when absent.
    #[serde(borrow)]
    #[schema(value_type = Option<Vec<MerchantScope>>, min_items = 1, max_items = 16)]
    scopes: Option<&'a RawValue>,
}

/// What a key may do on this API.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes words in the document; scopes themselves are the domain's")]
pub(super) enum MerchantScope {
    Read,
    Write,
    Admin,
}

impl IssueKey<'_> {
    pub(super) fn check(&self) -> Result<NewApiKey, Failure> {
        let mut complaints = Complaints::default();
        let (field, named) = if self.name.is_some() { ("name", self.name) } else { ("label", self.label) };
        let name = text(field, named, Code::ValidationFailed, &mut complaints);
        let label = Label::new(name.as_deref().unwrap_or(LABEL_DEFAULT));
        let label = complaints.check(Code::ValidationFailed, field, label);
        let scopes = self.scopes.map_or(Some(ScopeSet::DEFAULT), |raw| scopes(raw.get()));
        if scopes.is_none() {
            complaints.add(Code::InvalidScopes, "scopes", "scopes must be a list with some of read, write and admin");
        }
        complaints.finish()?;
        let (Some(label), Some(scopes)) = (label, scopes) else {
            return Err(Failure::new(Code::ValidationFailed, "the request is not valid"));
        };
        Ok(NewApiKey { scopes, ..NewApiKey::with_label(label) })
    }
}

/// `None` for what is no list of words, for an empty one, and for one with another word.
fn scopes(raw: &str) -> Option<ScopeSet> {
    let words: Vec<String> = serde_json::from_str(raw).ok()?;
    let known = |word: &String| SCOPES.into_iter().find(|scope| scope.as_str() == word);
    let scopes: ScopeSet = words.iter().map(known).collect::<Option<_>>()?;
    Some(scopes).filter(|_| (1..=SCOPES_MAX).contains(&words.len()))
}

/// A key that is accepted, without its token.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantKey)]
pub(super) struct KeyBody<'a> {
    /// What DELETE takes. A text, because the hub's keys have no numbers.
    id: KeyIdText,
    /// What people call it.
    name: &'a str,
    /// The eight hex digits that its token shows; not unique.
    prefix: &'a str,
    /// `active`: others are not listed.
    status: &'static str,
    /// When it was last accepted, to within a few seconds; null before its first use.
    last_used: Option<TimeText>,
    expires_at: Option<TimeText>,
    created_at: TimeText,
}

impl<'a> From<&'a ApiKey> for KeyBody<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            id: Text(key.id),
            name: key.label.as_str(),
            prefix: &key.prefix,
            status: key.status.as_str(),
            last_used: key.last_used_at.map(Text),
            expires_at: key.expires_at.map(Text),
            created_at: Text(key.created_at),
        }
    }
}

/// A key that was just issued: the only answer that shows a token.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedMerchantKey)]
pub(super) struct IssuedKeyBody<'a> {
    /// What requests are sent with: keep it now. Null when the answer is repeated.
    key: Option<&'a str>,
    /// The eight hex digits that it shows.
    prefix: &'a str,
    /// What to do with it.
    warning: &'static str,
}

/// Shows a token once.
pub(super) fn issued(issued: &IssuedKey, showing: Showing) -> Answer {
    let prefix = &issued.key.prefix;
    match showing {
        Showing::First => {
            let key = Some(issued.token.secret().expose());
            let warning = "Store this key securely. It will not be shown again.";
            Answer::created_with_secret(&IssuedKeyBody { key, prefix, warning })
        }
        Showing::Again => {
            let warning = "This key was already shown. If it is lost, revoke it and create another one.";
            Answer::created(&IssuedKeyBody { key: None, prefix, warning })
        }
    }
}

/// What became of a key.
#[derive(Serialize, ToSchema)]
#[schema(as = RevokedMerchantKey)]
pub(super) struct RevokedBody {
    /// `Key revoked`.
    pub(super) message: &'static str,
}
