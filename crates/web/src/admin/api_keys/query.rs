//! Which keys are listed, as it stands in the address of the page.

use std::time::Duration;

use devhub_domain::api_keys::{
    ApiKeyFilter, Environment, KeySearch, KeySearchError, KeyState, Scope, Sought, TokenPrefix,
};
use devhub_domain::id::KeyId;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::time::Timestamp;
use url::form_urlencoded;

use crate::admin::next::KEYS;

/// The address of the list.
pub(super) const PATH: &str = KEYS;

/// Keys on one page. Never more than the store gives at once.
const PAGE_SIZE: u64 = 50;

/// For how many days keys may have been unused.
pub(super) const UNUSED_DAYS: [u16; 4] = [30, 90, 180, 365];

/// Within how many days keys may expire.
pub(super) const EXPIRING_DAYS: [u16; 3] = [7, 30, 90];

/// Which keys are listed.
///
/// What somebody has typed into the address and is no filter is passed over: the form below shows what is in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListQuery {
    /// What was searched for, as it was typed.
    pub(super) search: String,
    pub(super) state: Option<KeyState>,
    pub(super) environment: Option<Environment>,
    pub(super) scope: Option<Scope>,
    /// Only keys that nobody has used for so many days.
    pub(super) unused_days: Option<u16>,
    /// Only keys that expire within so many days, or have expired.
    pub(super) expiring_days: Option<u16>,
    pub(super) after: Option<KeyId>,
}

impl ListQuery {
    /// Reads the query string of the list, and of every page that leads back to it.
    ///
    /// Of a token that was pasted only the part is taken that everybody may see: addresses stay in the history of the browser.
    pub(super) fn read(query: &str, prefix: &TokenPrefix) -> Self {
        let typed = Self::parse(query);
        typed.without_secret(prefix).unwrap_or(typed)
    }

    /// Reads what was typed, as it was typed.
    pub(super) fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => value.trim().clone_into(&mut read.search),
                "status" => read.state = KeyState::parse(&value),
                "env" => read.environment = Environment::new(&value).ok(),
                "scope" => read.scope = value.parse().ok(),
                "unused" => read.unused_days = one_of(UNUSED_DAYS, &value),
                "expiring" => read.expiring_days = one_of(EXPIRING_DAYS, &value),
                "after" => read.after = value.parse().ok(),
                _ => {}
            }
        }
        read
    }

    /// Whether anything but the page is chosen.
    pub(super) const fn is_filtered(&self) -> bool {
        !self.search.is_empty()
            || self.state.is_some()
            || self.environment.is_some()
            || self.scope.is_some()
            || self.unused_days.is_some()
            || self.expiring_days.is_some()
    }

    /// What the store is asked for at `now`.
    ///
    /// # Errors
    /// When what was typed cannot be looked for.
    pub(super) fn filter(&self, prefix: &TokenPrefix, now: Timestamp) -> Result<ApiKeyFilter, KeySearchError> {
        let search = if self.search.is_empty() { None } else { Some(KeySearch::new(&self.search, prefix)?) };
        Ok(ApiKeyFilter {
            search,
            state: self.state,
            environment: self.environment.clone(),
            scope: self.scope,
            unused_since: self.unused_days.map(|days| now.minus(of_days(days))),
            expires_before: self.expiring_days.map(|days| now.plus(of_days(days))),
            ..ApiKeyFilter::default()
        })
    }

    /// The same without the secret part of a token; `None` when none was pasted.
    pub(super) fn without_secret(&self, prefix: &TokenPrefix) -> Option<Self> {
        let search = match KeySearch::new(&self.search, prefix).as_ref().map(KeySearch::sought) {
            Ok(Sought::Shown(digits)) => format!("{}{digits}", prefix.as_str()),
            Err(KeySearchError::Secret) => String::new(),
            _ => return None,
        };
        (search != self.search).then(|| Self { search, ..self.clone() })
    }

    /// Which part of the list is wanted.
    pub(super) fn page(&self) -> PageRequest<KeyId> {
        PageRequest { size: PageSize::new(PAGE_SIZE).unwrap_or_default(), after: self.after }
    }

    /// The address of the list with these choices.
    pub(super) fn href(&self) -> String {
        self.append_to(PATH)
    }

    /// An address that leads back to this part of the list.
    pub(super) fn append_to(&self, path: &str) -> String {
        self.append_with(path, [])
    }

    /// The same, with more before it.
    pub(super) fn append_with(&self, path: &str, more: impl IntoIterator<Item = (&'static str, String)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in more.into_iter().chain(self.pairs()) {
            query.append_pair(name, &value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// What is chosen, as an address or a form says it.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let days = |days: Option<u16>| days.map(|days| days.to_string()).unwrap_or_default();
        let pairs = [
            ("q", self.search.clone()),
            ("status", self.state.map_or("", KeyState::as_str).to_owned()),
            ("env", self.environment.as_ref().map_or("", Environment::as_str).to_owned()),
            ("scope", self.scope.map_or("", Scope::as_str).to_owned()),
            ("unused", days(self.unused_days)),
            ("expiring", days(self.expiring_days)),
            ("after", self.after.map(|id| id.to_string()).unwrap_or_default()),
        ];
        pairs.into_iter().filter(|(_, value)| !value.is_empty())
    }
}

/// The number that the text says, if it is offered.
fn one_of<const N: usize>(offered: [u16; N], text: &str) -> Option<u16> {
    text.parse().ok().filter(|days| offered.contains(days))
}

fn of_days(days: u16) -> Duration {
    Duration::from_hours(24 * u64::from(days))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_says_what_is_listed() {
        let query = ListQuery::parse("q=+Woo+Commerce+&status=locked&env=live&unused=90&scope=write");
        let expected = "/admin/developer/api-keys?q=Woo+Commerce&status=locked&env=live&scope=write&unused=90";
        assert_eq!(query.href(), expected);
        assert_eq!(ListQuery::default().href(), "/admin/developer/api-keys");
    }

    #[test]
    fn what_is_no_filter_is_passed_over() {
        assert_eq!(
            ListQuery::parse("status=gone&env=&after=1&x=y&scope=all&unused=31&expiring=-1"),
            ListQuery::default()
        );
    }

    #[test]
    fn a_token_that_was_pasted_does_not_stay_in_the_address() {
        let shortened = |search: &str| {
            let query = ListQuery { search: search.to_owned(), ..ListQuery::default() };
            query.without_secret(&TokenPrefix::default()).map(|query| query.search)
        };
        // The key of the contract's own example, §1.1.
        let token = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
        assert_eq!(shortened(token).as_deref(), Some("op_8ae87c48"));
        assert_eq!(shortened("aae2b54e89c755d768a9db81b820643d3da4257474735ebd").as_deref(), Some(""));
        assert_eq!(shortened("op_8ae87c48"), None);
        assert_eq!(shortened("WooCommerce"), None);
        assert_eq!(shortened(""), None);
    }

    proptest! {
        #[test]
        fn an_address_reads_back_what_it_says(search in "[^\\pC]{0,40}", state in 0..5_usize) {
            let state = ["", "active", "locked", "revoked", "expired"][state];
            let query = ListQuery { search: search.trim().to_owned(), state: KeyState::parse(state), ..ListQuery::default() };
            let href = query.href();
            prop_assert_eq!(ListQuery::parse(href.split_once('?').map_or("", |(_, query)| query)), query);
        }
    }
}
