//! Which keys a filter wants, as a query asks it: the same as [`ApiKeyFilter::wants`](devhub_domain::api_keys::ApiKeyFilter::wants),
//! which the contract suite compares on many keys.

use devhub_domain::api_keys::Scope;

/// Adds the conditions of a filter to a boxed query over keys, and of a page: ids below that of its last key.
macro_rules! wanted {
    ($query:expr, $filter:expr, ($now:expr, $below:expr), $conn:expr) => {{
        use devhub_domain::api_keys::{ApiKeyFilter, KeyState, KeyStatus, Sought, Transition};

        let ApiKeyFilter { status, state, prefix, environment, search, owner, scope, has_successor, .. } = $filter;
        let ApiKeyFilter { unused_since, expires_before, open_to, .. } = $filter;
        let now = $now.as_micros();
        let (active, locked, revoked) =
            (KeyStatus::Active.as_str(), KeyStatus::Locked.as_str(), KeyStatus::Revoked.as_str());
        let mut query = $query;
        if let Some(below) = &$below {
            query = query.filter(dsl::id.lt(below.as_bytes().to_vec()));
        }
        if let Some(status) = status {
            query = query.filter(dsl::status.eq(status.as_str()));
        }
        query = match has_successor {
            None => query,
            Some(true) => query.filter(dsl::successor_id.is_not_null()),
            Some(false) => query.filter(dsl::successor_id.is_null()),
        };
        if let Some(prefix) = prefix {
            query = query.filter(dsl::prefix.eq(prefix));
        }
        if let Some(environment) = environment {
            query = query.filter(dsl::environment.eq(environment.as_str()));
        }
        query = match state {
            None => query,
            Some(KeyState::Active) => query
                .filter(dsl::status.eq(active))
                .filter(dsl::successor_id.is_null())
                .filter(dsl::expires_at_us.is_null().or(dsl::expires_at_us.gt(now))),
            Some(KeyState::Retiring) => query
                .filter(dsl::status.eq(active))
                .filter(dsl::successor_id.is_not_null())
                .filter(dsl::expires_at_us.gt(now))
                .filter(dsl::expires_at_us.gt(dsl::rotated_at_us)),
            Some(KeyState::Expired) => query
                .filter(dsl::status.ne(revoked))
                .filter(dsl::expires_at_us.le(now).or(dsl::expires_at_us.le(dsl::rotated_at_us)).assume_not_null()),
            Some(KeyState::Locked) => query.filter(dsl::status.eq(locked)),
            Some(KeyState::Revoked) => query.filter(dsl::status.eq(revoked)),
        };
        query = match search.as_ref().map(|search| search.sought()) {
            None => query,
            Some(Sought::Shown(shown)) => query.filter(dsl::prefix.eq(shown)),
            Some(Sought::Text { label, shown }) => {
                let in_label = $conn.label_holds(label);
                match shown {
                    None => query.filter(in_label),
                    Some(shown) => query.filter(in_label.or(dsl::prefix.like(format!("{shown}%")))),
                }
            }
        };
        if let Some(owner) = owner {
            query = query.filter(dsl::owner.eq(owner.as_str()));
        }
        if let Some(scope) = scope {
            let [only, first, last, between] = $crate::api_key_filter::places_of(*scope);
            let alone = dsl::scopes.eq(only);
            let among = dsl::scopes.like(first).escape('\\').or(dsl::scopes.like(last).escape('\\'));
            query = query.filter(alone.or(among).or(dsl::scopes.like(between).escape('\\')));
        }
        if let Some(since) = unused_since {
            let since = since.as_micros();
            let never_used = dsl::last_used_at_us.is_null().and(dsl::created_at_us.lt(since));
            query = query.filter(dsl::last_used_at_us.lt(since).or(never_used));
        }
        if let Some(before) = expires_before {
            query = query.filter(dsl::expires_at_us.lt(before.as_micros()));
        }
        match open_to {
            None => query,
            Some(Transition::Lock) => query.filter(dsl::status.eq(active)),
            Some(Transition::Unlock) => query.filter(dsl::status.eq(locked)),
            Some(Transition::Revoke) => query.filter(dsl::status.ne(revoked)),
        }
    }};
}
pub(crate) use wanted;

/// The texts of scope sets that hold this one, as patterns: alone, first, last, and between others. See
/// [`ScopeSet`](devhub_domain::api_keys::ScopeSet).
pub(crate) fn places_of(scope: Scope) -> [String; 4] {
    // Means itself in a pattern, and no other letter.
    let word = scope.as_str().replace('_', "\\_");
    [scope.as_str().to_owned(), format!("{word} %"), format!("% {word}"), format!("% {word} %")]
}
