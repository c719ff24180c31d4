//! Every code that a problem can have: with which status, what it means, what to do.
//!
//! `docs/errors.md` and the document of the API are made of this table, and a problem whose code is missing here fails every test that
//! meets it.

use crate::problem_entry::{BAD_REQUEST, CatalogEntry, entry};
use crate::rate_problem::RATE_CATALOG;

/// Every code of the API, by status.
pub(crate) fn catalog() -> Vec<CatalogEntry> {
    let mut entries = [CATALOG, RATE_CATALOG].concat();
    entries.sort_by_key(|entry| (entry.status, entry.code));
    entries
}

/// The codes of the API but for those of rate limits, by status.
pub(crate) const CATALOG: &[CatalogEntry] = &[
    entry(
        400,
        BAD_REQUEST,
        "The request is no HTTP that can be answered.",
        "Mend the request; another 4xx may carry this code too.",
    ),
    entry(400, "body_incomplete", "The body ended too early.", "Send it again."),
    entry(400, "body_not_json", "The body is no JSON.", "Look at the position in `errors`."),
    entry(400, "credential_ambiguous", "There are several Authorization or X-API-Key headers.", "Send one."),
    entry(
        400,
        "credential_in_query",
        "A token stands in the URL, where logs keep it.",
        "Send it in the Authorization header, and revoke this one.",
    ),
    entry(
        400,
        "idempotency_key_invalid",
        "The Idempotency-Key is no key, or stands twice.",
        "Send one of 1 to 255 visible ASCII characters, such as a UUID.",
    ),
    entry(
        400,
        "if_match_malformed",
        "If-Match is no list of ETags.",
        "Send the ETag of the answer that you have read, in its quotes.",
    ),
    entry(
        400,
        "original_request_ambiguous",
        "The proxy says in several headers, or in none that can be read, what it was asked.",
        "Have the proxy set X-Original-Method and X-Original-URI, or X-Forwarded-Method and X-Forwarded-Uri, and remove the others.",
    ),
    entry(
        400,
        "path_ambiguous",
        "The path can be read in two ways, so that nobody knows which limits mean it.",
        "Send it without `.` and `..`, encoded slashes, backslashes, fragments, and `%` that encode nothing.",
    ),
    entry(401, "credential_missing", "The request has no key.", "Send `Authorization: Bearer <token>`."),
    entry(
        401,
        "invalid_token",
        "The token is not accepted.",
        "Use the token of an active key; why this one is none, its administrator sees.",
    ),
    entry(
        403,
        "installation_only",
        "This is of the whole installation, and the key is of another workspace than its first one.",
        "Ask with a key of the first workspace.",
    ),
    entry(
        403,
        "insufficient_scope",
        "The key may not do this.",
        "Use a key with the scope that WWW-Authenticate names.",
    ),
    entry(
        403,
        "ip_not_allowed",
        "The key may not be used from this address.",
        "Change the key's allow_list, or call from another address.",
    ),
    entry(
        403,
        "proxy_not_trusted",
        "The path answers reverse proxies that the hub trusts, and the request comes from somewhere else.",
        "Add the proxy's address to `server.trusted_proxies`, or set `server.auth_check`.",
    ),
    entry(
        403,
        "scopes_too_wide",
        "A key would give away scopes that it lacks.",
        "Ask for scopes that the calling key has.",
    ),
    entry(403, "workspace_suspended", "The workspace of the key is suspended.", "Ask the operator of the hub."),
    entry(
        404,
        "attempt_not_found",
        "The delivery has no such attempt.",
        "Take the number from the list of its attempts.",
    ),
    entry(404, "delivery_not_found", "The workspace has no such delivery.", "Take the id from a list of deliveries."),
    entry(
        404,
        "endpoint_not_found",
        "The workspace has no such endpoint, or it was deleted.",
        "Take the id from the list of endpoints.",
    ),
    entry(
        404,
        "endpoint_secret_not_found",
        "The endpoint has no such secret, or it was removed after its time was over.",
        "Take the id from the list of the endpoint's secrets.",
    ),
    entry(404, "event_not_found", "The workspace has no such event.", "Take the id from a list of events."),
    entry(
        404,
        "event_type_not_found",
        "The catalogue has no such event type.",
        "Take the name from the list of event types.",
    ),
    entry(404, "key_not_found", "The workspace has no such key.", "Take the id from the list of keys."),
    entry(
        404,
        "request_not_kept",
        "The request is not among the last ones that were refused with this key.",
        "Say what the request was instead: method, path, address.",
    ),
    entry(
        404,
        "resend_job_not_found",
        "The workspace has no such job, or it was one of the oldest.",
        "Take the id from the list of jobs.",
    ),
    entry(404, "route_not_found", "No path is called so.", "Compare it with the paths of `/openapi.json`."),
    entry(404, "workspace_not_found", "This is not the workspace of the key.", "Take the id from `whoami`."),
    entry(405, "method_not_allowed", "The path exists, for other methods.", "Use one that Allow names."),
    entry(408, "body_too_slow", "The body did not arrive in time.", "Send it at once, or send less."),
    entry(409, "delivery_in_flight", "The delivery is being sent at this moment.", "Wait for its outcome."),
    entry(
        409,
        "endpoint_inactive",
        "The endpoint of the delivery is paused, disabled or deleted.",
        "Resume the endpoint first.",
    ),
    entry(
        409,
        "endpoint_secret_current",
        "The secret is the current one of its endpoint.",
        "Rotate first; the secret before can then be retired.",
    ),
    entry(
        409,
        "endpoint_test_under_way",
        "The endpoint is being tested at this moment.",
        "Wait for the answer of that test.",
    ),
    entry(409, "event_type_built_in", "The event type comes with the hub.", "Choose another name."),
    entry(409, "event_type_taken", "The workspace has an event type with this name.", "Change that one."),
    entry(
        409,
        "external_id_reused",
        "The external_id belongs to an event with another type or payload.",
        "Give each event its own external_id.",
    ),
    entry(409, "import_prefix_unknown", "This hub takes no tokens of OwnPay.", "Set keys.token_prefix = \"op_\"."),
    entry(409, "key_expired", "The key has expired, and its successor would have too.", "Issue a new key."),
    entry(409, "key_retiring", "The key was rotated, and may only be narrowed.", "Change its successor_id."),
    entry(409, "key_revoked", "The key is revoked, which is final.", "Issue a new key."),
    entry(409, "resend_job_open", "Another job of the workspace is not over.", "Wait for its end, or cancel it."),
    entry(409, "resend_job_over", "The job has come to its end.", "Begin a new one."),
    entry(409, "store_conflict", "Another request changed the same thing first.", "Send the request again."),
    entry(409, "too_many_endpoints", "The workspace has as many endpoints as it may.", "Delete one first."),
    entry(409, "too_many_event_types", "The workspace has as many event types as it may.", "Delete one first."),
    entry(
        409,
        "too_many_resends",
        "The delivery was resent as often as it may be.",
        "Publish a new event with the same payload.",
    ),
    entry(409, "too_many_secrets", "As many secrets sign for the endpoint as may.", "Retire an old one first."),
    entry(
        412,
        "revision_stale",
        "Somebody else changed it after you had read it.",
        "Read it again, then repeat the change with the new ETag.",
    ),
    entry(413, "body_too_large", "The body is larger than it may be.", "Send at most as many bytes as `detail` says."),
    entry(
        413,
        "payload_too_large",
        "The payload is larger than it may be.",
        "Send at most as many bytes as `detail` says.",
    ),
    entry(414, "uri_too_long", "The URL is longer than it may be.", "Send at most as many bytes as `detail` says."),
    entry(
        415,
        "content_encoding_unsupported",
        "The body is compressed.",
        "Send it as it is, without Content-Encoding.",
    ),
    entry(
        415,
        "content_type_unsupported",
        "The body does not say that it is JSON.",
        "Send `Content-Type: application/json`.",
    ),
    entry(
        422,
        "allow_list_too_long",
        "The allow_list has too many networks.",
        "Name wider networks, or use several keys.",
    ),
    entry(422, "authorities_invalid", "A certificate in ca_pem cannot be trusted.", "Look at `errors`."),
    entry(
        422,
        "body_not_as_expected",
        "A field of the body is unknown, missing, repeated or of another type.",
        "Look at `errors`.",
    ),
    entry(
        422,
        "body_too_deep",
        "The arrays and objects of the body stand too deep inside each other.",
        "Flatten it to at most as many levels as `detail` says.",
    ),
    entry(422, "bulk_filter_empty", "The filter of a bulk change sets nothing.", "Set something of it."),
    entry(422, "bulk_too_large", "A bulk change names too many keys.", "Name at most 100, or use a filter."),
    entry(422, "callback_event_types", "Payments name the endpoint: it has no types.", "Leave event_types out."),
    entry(422, "description_invalid", "The description is too long or has control characters.", "Shorten it."),
    entry(
        422,
        "endpoint_secret_unchanged",
        "The secret is the current one already.",
        "Give another, or have one made.",
    ),
    entry(
        422,
        "endpoint_url_address",
        "The URL names an address that may not be reached.",
        "Use a public address, or have the operator allow this one.",
    ),
    entry(422, "endpoint_url_character", "The URL has a space or a control character.", "Encode it."),
    entry(422, "endpoint_url_fragment", "The URL has a fragment, which is never sent.", "Remove `#` and what follows."),
    entry(
        422,
        "endpoint_url_malformed",
        "The URL is none, or not absolute.",
        "Write it like `https://shop.example/hooks`.",
    ),
    entry(422, "endpoint_url_no_host", "The URL names no host.", "Name one."),
    entry(422, "endpoint_url_port", "The URL names port 0.", "Name the port of the receiver, or none."),
    entry(
        422,
        "endpoint_url_private_name",
        "The URL names a host that is not public.",
        "Use a public name, or have the operator allow its address.",
    ),
    entry(
        422,
        "endpoint_url_scheme",
        "The URL does not use https.",
        "Use https; plain http must be allowed by the operator.",
    ),
    entry(422, "endpoint_url_too_long", "The URL is too long.", "Shorten it."),
    entry(
        422,
        "endpoint_url_user_info",
        "The URL has a user name or a password.",
        "Remove it: requests are authenticated by their signature.",
    ),
    entry(422, "event_type_reserved", "Events of this type come from the hub itself.", "Publish another type."),
    entry(422, "event_type_unknown", "The workspace is strict, and has no such event type.", "Create it first."),
    entry(
        422,
        "event_types_invalid",
        "The endpoint would want nothing, or too much.",
        "Name 1 to 100 patterns; `*` is all events.",
    ),
    entry(
        422,
        "expiry_passed",
        "The key would expire before it could be used.",
        "Set expires_at in the future, or null.",
    ),
    entry(422, "header_value_missing", "A header has no value, and none is kept.", "Give its value."),
    entry(
        422,
        "header_values_needed",
        "The address leads to another host, and sensitive headers were given for the one before.",
        "Give the values of the headers that `errors` names, or leave these headers out.",
    ),
    entry(
        422,
        "idempotency_key_reused",
        "The Idempotency-Key was used for another request.",
        "Use a new key for a new request, and the same one only for the same bytes.",
    ),
    entry(422, "import_too_long", "More keys are imported at once than may be.", "Import them in several parts."),
    entry(
        422,
        "import_unreadable",
        "The file of keys is another one than was meant.",
        "Change what detail names, then import it again.",
    ),
    entry(422, "payload_empty", "The payload is empty.", "Send a JSON value."),
    entry(422, "payload_not_json", "The payload is no JSON in UTF-8.", "Send a JSON value."),
    entry(422, "payload_refused", "The payload does not satisfy the schema of its type.", "Look at `errors`."),
    entry(
        422,
        "payload_too_deep",
        "The arrays and objects of the payload stand too deep inside each other.",
        "Flatten it to at most as many levels as `detail` says.",
    ),
    entry(
        422,
        "resend_filter_empty",
        "The filter would match everything that was ever sent.",
        "Name at least one field of it.",
    ),
    entry(422, "sample_refused", "The sample does not satisfy the schema.", "Look at `errors`."),
    entry(422, "schema_invalid", "The schema is none that is understood.", "Look at `errors`."),
    entry(422, "scopes_empty", "The key could do nothing.", "Name at least one scope."),
    entry(
        422,
        "too_many_deliveries",
        "The events of one call go to too many endpoints together.",
        "Publish fewer of them at once.",
    ),
    entry(
        422,
        "validation_failed",
        "Fields or parameters are not what they must be.",
        "Look at `errors`: each names a field and what to change.",
    ),
    entry(
        422,
        "webhook_secret_character",
        "The secret has a character that is not printable ASCII.",
        "Use another secret, or have one made.",
    ),
    entry(422, "webhook_secret_length", "The secret is empty or too long.", "Use another secret, or have one made."),
    entry(
        428,
        "precondition_required",
        "The change does not say which revision it builds on.",
        "Read first, and send the ETag of that answer as If-Match; `*` overwrites whatever is there.",
    ),
    entry(429, "cost_above_burst", "The request costs more than ever fits.", "Raise the burst, or ask less."),
    entry(429, "rate_limited", "Too many requests came before this one.", "Wait for the seconds in Retry-After."),
    entry(
        429,
        "too_many_endpoint_tests",
        "As many endpoints are being tested as may be at once, of the workspace or in all.",
        "Wait for the seconds in Retry-After.",
    ),
    entry(
        431,
        "headers_too_large",
        "There are more header lines, or more bytes of them, than there may be.",
        "Send at most as many as `detail` says.",
    ),
    entry(500, "internal_error", "Something went wrong inside the hub.", "Tell the operator the `request_id`."),
    entry(
        503,
        "endpoint_test_cut_off",
        "The hub stopped before the receiver of a test answered.",
        "Test again after the seconds in Retry-After.",
    ),
    entry(
        503,
        "store_unavailable",
        "The hub cannot reach its store at the moment.",
        "Wait for the seconds in Retry-After, then send the request again.",
    ),
    entry(
        508,
        "loop_detected",
        "The request was sent by this hub itself: an endpoint leads back to it.",
        "Point the endpoint at its receiver.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_problem_catalog::PAGE_CATALOG;

    #[test]
    fn the_tables_are_in_order_and_name_no_code_twice() {
        for table in [CATALOG, RATE_CATALOG, PAGE_CATALOG] {
            assert!(table.is_sorted_by_key(|entry| (entry.status, entry.code)));
        }
        let mut codes: Vec<_> = catalog().iter().chain(PAGE_CATALOG).map(|entry| entry.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), catalog().len() + PAGE_CATALOG.len());
    }
}
