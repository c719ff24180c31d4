//! Which keys are listed, as it stands in the address of the page.

use devhub_domain::api_keys::{ApiKeyFilter, Environment, KeySearch, KeySearchError, KeyState, Sought, TokenPrefix};
use devhub_domain::id::KeyId;
use devhub_domain::page::{PageRequest, PageSize};
use url::form_urlencoded;

use crate::admin::next::HOME;

/// The address of the list.
pub(super) const PATH: &str = HOME;

/// Keys on one page. Never more than the store gives at once.
const PAGE_SIZE: u64 = 50;

/// Which keys are listed.
///
/// What somebody has typed into the address and is no filter is passed over: the form below shows what is in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListQuery {
    /// What was searched for, as it was typed.
    pub(super) search: String,
    pub(super) state: Option<KeyState>,
    pub(super) environment: Option<Environment>,
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
                "after" => read.after = value.parse().ok(),
                _ => {}
            }
        }
        read
    }

    /// Whether anything but the page is chosen.
    pub(super) const fn is_filtered(&self) -> bool {
        !self.search.is_empty() || self.state.is_some() || self.environment.is_some()
    }

    /// What the store is asked for.
    ///
    /// # Errors
    /// When what was typed cannot be looked for.
    pub(super) fn filter(&self, prefix: &TokenPrefix) -> Result<ApiKeyFilter, KeySearchError> {
        let search = if self.search.is_empty() { None } else { Some(KeySearch::new(&self.search, prefix)?) };
        Ok(ApiKeyFilter { search, state: self.state, environment: self.environment.clone(), ..ApiKeyFilter::default() })
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
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut append = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        append("q", &self.search);
        append("status", self.state.map_or("", KeyState::as_str));
        append("env", self.environment.as_ref().map_or("", Environment::as_str));
        append("after", &self.after.map(|id| id.to_string()).unwrap_or_default());
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_says_what_is_listed() {
        let query = ListQuery::parse("q=+Woo+Commerce+&status=locked&env=live");
        assert_eq!(query.href(), "/admin/developer/api-keys?q=Woo+Commerce&status=locked&env=live");
        assert_eq!(ListQuery::default().href(), "/admin/developer/api-keys");
    }

    #[test]
    fn what_is_no_filter_is_passed_over() {
        assert_eq!(ListQuery::parse("status=gone&env=&after=1&x=y"), ListQuery::default());
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
