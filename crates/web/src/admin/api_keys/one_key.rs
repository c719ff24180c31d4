//! The key that an address names, and what a page shows of it.

use actix_web::HttpRequest;
use devhub_domain::api_keys::ApiKey;
use devhub_domain::id::KeyId;

use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;

/// The id in the address.
///
/// # Errors
/// What is no id names no key.
pub(super) fn key_id(req: &HttpRequest) -> Result<KeyId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("key_not_found", "key"))
}

/// The key with this id, of the operator's workspace.
///
/// # Errors
/// When there is none, and the store's own.
pub(super) async fn find(signed: &Signed, id: KeyId) -> Result<ApiKey, Problem> {
    let (keys, workspace_id) = (signed.visit.services.keys.clone(), signed.workspace_id());
    Ok(blocking::run(move || keys.find(workspace_id, id)).await?)
}

/// What everybody may see of its token.
pub(super) fn shown_prefix(signed: &Signed, key: &ApiKey) -> String {
    format!("{}{}••••", signed.visit.services.token_prefix.as_str(), key.prefix)
}
