//! The table that every door is held to: token, its place, scope, address and rate, and what is answered.

/// What a key is when it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    Active,
    /// It may be used from 203.0.113.0/24 only.
    Listed,
    /// The store alone knows it.
    NotInMemory,
    /// The store alone knows it, and is not there.
    StoreGone,
    Malformed,
    Unknown,
    Revoked,
    Locked,
    Expired,
    Suspended,
}

/// Where its token stands in the request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Bearer,
    ApiKey,
    Nowhere,
    OtherScheme,
    Twice,
    BothHeaders,
    /// Beside the right one.
    Query,
}

/// A request and its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) place: Place,
    /// The scopes that it needs.
    pub(super) needs: &'static str,
    /// What it asks for. Of `/exports` and all below it each key has 6 units.
    pub(super) path: &'static str,
    /// Where it comes from.
    pub(super) from: &'static str,
    /// Units of the 600 of its key that are spent before.
    pub(super) spent: u32,
    /// Units that it costs.
    pub(super) cost: u32,
    /// Requests from its address that failed to authenticate before.
    pub(super) failures: u32,
    /// The exact code.
    pub(super) code: &'static str,
    pub(super) status: u16,
    /// The code that the caller is told.
    pub(super) said: &'static str,
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// The answer to a request with an active key in the `Authorization` header, which needs `read`.
const fn answer(
    name: &'static str,
    code: &'static str,
    status: u16,
    said: &'static str,
    headers: &'static [(&'static str, &'static str)],
) -> Case {
    let (state, place, needs, from) = (State::Active, Place::Bearer, "read", "203.0.113.7");
    Case {
        name,
        state,
        place,
        needs,
        path: "/orders",
        from,
        spent: 0,
        cost: 1,
        failures: 0,
        code,
        status,
        said,
        headers,
    }
}

/// The clock stands at 1795514400, and a unit comes back every tenth of a second.
#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    answer("an active key passes", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "599"), ("x-ratelimit-reset", "1795514401")]),
    Case { place: Place::ApiKey, ..answer("a key passes in its own header", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "599"), ("x-ratelimit-reset", "1795514401")]) },
    Case { needs: "", ..answer("a key passes where nothing is needed", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "599"), ("x-ratelimit-reset", "1795514401")]) },
    Case { state: State::NotInMemory, ..answer("a key passes that memory does not have", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "599"), ("x-ratelimit-reset", "1795514401")]) },
    Case { state: State::Listed, ..answer("a listed address passes", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "599"), ("x-ratelimit-reset", "1795514401")]) },
    Case { from: "192.0.2.1", ..answer("an exempt network is told of no limit", "VALID", 200, "", &[]) },
    Case { cost: 10, ..answer("a request may cost more", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "590"), ("x-ratelimit-reset", "1795514401")]) },
    Case { spent: 600, cost: 0, ..answer("a request that costs nothing looks", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795514460")]) },
    Case { spent: 599, ..answer("the last unit passes", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795514460")]) },
    Case { place: Place::Nowhere, ..answer("no token", "CREDENTIAL_MISSING", 401, "credential_missing", &[("www-authenticate", "Bearer realm=\"devhub\"")]) },
    Case { place: Place::OtherScheme, ..answer("another scheme", "CREDENTIAL_MISSING", 401, "credential_missing", &[("www-authenticate", "Bearer realm=\"devhub\"")]) },
    Case { place: Place::Twice, ..answer("two tokens", "CREDENTIAL_AMBIGUOUS", 400, "credential_ambiguous", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_request\"")]) },
    Case { place: Place::BothHeaders, ..answer("two places", "CREDENTIAL_AMBIGUOUS", 400, "credential_ambiguous", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_request\"")]) },
    Case { place: Place::Query, ..answer("a token in the query string", "CREDENTIAL_IN_QUERY", 400, "credential_in_query", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_request\"")]) },
    Case { state: State::Malformed, ..answer("malformed, in one answer with the others", "MALFORMED", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Unknown, ..answer("not found, in one answer with the others", "NOT_FOUND", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Revoked, ..answer("revoked, in one answer with the others", "REVOKED", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Locked, ..answer("locked, in one answer with the others", "LOCKED", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Expired, ..answer("expired, in one answer with the others", "EXPIRED", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Revoked, place: Place::ApiKey, ..answer("a revoked key in its own header", "REVOKED", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Suspended, ..answer("a suspended workspace", "WORKSPACE_SUSPENDED", 403, "workspace_suspended", &[]) },
    Case { state: State::Listed, from: "198.51.100.7", ..answer("an address that is not listed", "IP_NOT_ALLOWED", 403, "ip_not_allowed", &[]) },
    Case { needs: "write", ..answer("a scope that the key lacks", "INSUFFICIENT_SCOPE", 403, "insufficient_scope", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"insufficient_scope\", scope=\"write\"")]) },
    Case { needs: "read write", ..answer("one of two scopes", "INSUFFICIENT_SCOPE", 403, "insufficient_scope", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"insufficient_scope\", scope=\"read write\"")]) },
    Case { spent: 600, ..answer("nothing remains", "RATE_LIMITED", 429, "rate_limited", &[("retry-after", "1"), ("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795514460")]) },
    Case { spent: 300, cost: 600, ..answer("less remains than it costs", "RATE_LIMITED", 429, "rate_limited", &[("retry-after", "30"), ("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "300"), ("x-ratelimit-reset", "1795514430")]) },
    Case { cost: 601, ..answer("it costs more than there ever is", "RATE_LIMITED", 429, "cost_above_burst", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "600"), ("x-ratelimit-reset", "1795514400")]) },
    Case { state: State::Revoked, needs: "write", from: "198.51.100.7", ..answer("revoked comes before the address", "REVOKED", 401, "invalid_token", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"invalid_token\"")]) },
    Case { state: State::Listed, needs: "write", from: "198.51.100.7", ..answer("the address comes before the scope", "IP_NOT_ALLOWED", 403, "ip_not_allowed", &[]) },
    Case { needs: "write", spent: 600, ..answer("the scope comes before the rate", "INSUFFICIENT_SCOPE", 403, "insufficient_scope", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"insufficient_scope\", scope=\"write\"")]) },
    Case { state: State::Unknown, failures: 60, ..answer("an address that failed too often waits", "NOT_FOUND", 429, "rate_limited", &[("retry-after", "1")]) },
    Case { failures: 60, ..answer("a valid key is never refused for its neighbours", "VALID", 200, "", &[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "599"), ("x-ratelimit-reset", "1795514401")]) },
    Case { needs: "write", failures: 60, ..answer("a key with a lacking scope is no failure", "INSUFFICIENT_SCOPE", 403, "insufficient_scope", &[("www-authenticate", "Bearer realm=\"devhub\", error=\"insufficient_scope\", scope=\"write\"")]) },
    Case { path: "/exports", ..answer("a rule of its own", "VALID", 200, "", &[("x-ratelimit-limit", "6"), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "1795514410")]) },
    Case { path: "/exports/7", ..answer("a rule for all below", "VALID", 200, "", &[("x-ratelimit-limit", "6"), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "1795514410")]) },
    Case { path: "/%65xports", ..answer("an encoded letter is the letter", "VALID", 200, "", &[("x-ratelimit-limit", "6"), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "1795514410")]) },
    Case { path: "//exports", ..answer("a doubled slash is one", "VALID", 200, "", &[("x-ratelimit-limit", "6"), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "1795514410")]) },
    Case { path: "/exports//7", ..answer("a doubled slash below is one", "VALID", 200, "", &[("x-ratelimit-limit", "6"), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "1795514410")]) },
    Case { path: "/exports/", ..answer("a slash at the end is none", "VALID", 200, "", &[("x-ratelimit-limit", "6"), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "1795514410")]) },
    Case { path: "/x/../exports", ..answer("a way back", "PATH_AMBIGUOUS", 400, "path_ambiguous", &[]) },
    Case { path: "/x/%2e%2e/exports", ..answer("an encoded way back", "PATH_AMBIGUOUS", 400, "path_ambiguous", &[]) },
    Case { path: "/./exports", ..answer("a way that leads nowhere", "PATH_AMBIGUOUS", 400, "path_ambiguous", &[]) },
    Case { path: "/x%2fexports", ..answer("an encoded slash", "PATH_AMBIGUOUS", 400, "path_ambiguous", &[]) },
    Case { path: "/exports%zz", ..answer("an escape of nothing", "PATH_AMBIGUOUS", 400, "path_ambiguous", &[]) },
    Case { state: State::StoreGone, ..answer("nobody passes while the store is gone", "STORE_GONE", 503, "store_unavailable", &[("retry-after", "1")]) },
];
