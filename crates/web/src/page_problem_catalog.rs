//! The codes of the pages alone; see [`crate::problem_catalog`].

use crate::problem_entry::{CatalogEntry, entry};

/// The codes that only pages have, by status: they stand in the log, and in no document of the API.
pub(crate) const PAGE_CATALOG: &[CatalogEntry] = &[
    entry(
        403,
        "connection_not_encrypted",
        "A page was asked for on a connection that is not encrypted.",
        "Open it by https, or on the hub's own machine.",
    ),
    entry(403, "cross_site_request", "A form came from a page of another site.", "Send it from the hub's own page."),
    entry(
        403,
        "form_expired",
        "A form did not come from the page that the browser was shown last.",
        "Reload the page and send it again.",
    ),
    entry(
        403,
        "operator_works_elsewhere",
        "The operator works in other workspaces too, and this would reach into them.",
        "Ask somebody who manages it in each of them.",
    ),
    entry(
        403,
        "operators_only",
        "Secrets are shown to people who sign in, and to no program.",
        "Sign in, or rotate the secret.",
    ),
    entry(
        403,
        "own_second_factor",
        "An operator's own second factor is not reset by itself, which would need no code.",
        "Turn it off on the page of the account, with a code or a recovery code.",
    ),
    entry(
        403,
        "role_too_low",
        "The operator's role does not allow this.",
        "Ask an operator with the role that the answer names.",
    ),
    entry(403, "step_up_needed", "The operator gave the password too long ago for this.", "Give it again."),
    entry(404, "checkout_not_found", "No payment has this address.", "Look whether the whole address was copied."),
    entry(404, "email_unknown", "Nobody of the hub has this mail address.", "Add the person with a first password."),
    entry(404, "gateway_not_found", "The sandbox has no such gateway.", "Take it from the list of gateways."),
    entry(404, "operator_not_found", "The workspace has no such operator.", "Take the id from the list of operators."),
    entry(404, "reference_document_not_found", "The workspace has uploaded no document.", "Upload one first."),
    entry(
        404,
        "session_not_found",
        "The operator has no such session; it may have ended.",
        "Look at the list of sessions.",
    ),
    entry(
        409,
        "email_taken",
        "An operator with this mail address exists.",
        "Use another address, or change that operator.",
    ),
    entry(
        409,
        "key_changed",
        "The key is in another state than the page has shown.",
        "Look at the list, then choose again.",
    ),
    entry(409, "last_owner", "The workspace would be left without an owner.", "Make another operator an owner first."),
    entry(
        409,
        "only_workspace",
        "Whoever leaves this workspace would work nowhere.",
        "Have an owner or admin remove you.",
    ),
    entry(409, "operators_too_many", "The workspace has as many operators as it may.", "Remove one first."),
    entry(409, "workspace_name_taken", "A workspace with this name exists.", "Choose another name."),
    entry(
        409,
        "workspace_switched",
        "The form was opened in another workspace than the one that the session works in by now.",
        "Switch back, or do it anew where the session is.",
    ),
    entry(409, "workspaces_too_many", "The hub has as many workspaces as it may.", "Use one that there is."),
    entry(
        422,
        "reference_document_refused",
        "The uploaded document cannot be read.",
        "Correct it where the answer says.",
    ),
    entry(422, "sign_in_wrong", "Mail address or password is wrong.", "Try again."),
    entry(429, "sign_in_throttled", "Too many sign-ins have failed.", "Wait for the seconds in Retry-After."),
    entry(
        503,
        "sign_in_busy",
        "Too many passwords are being checked at this moment.",
        "Try again after the seconds in Retry-After.",
    ),
];
