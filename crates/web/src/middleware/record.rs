//! What is known of a request while it is answered, for its log line and its problem body.

use actix_web::HttpMessage;
use devhub_domain::api_keys::Denial;
use devhub_domain::id::KeyId;

/// Kept among the request's extensions by [`super::Telemetry`]; absent when an application mounts the routes without it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Record {
    /// Whose key was presented, accepted or not.
    pub(crate) key_id: Option<KeyId>,
    /// Why the key was refused: the exact reason, which the answer may not show.
    pub(crate) denial: Option<Denial>,
}

impl Record {
    /// Notes whose key was presented and, if it was refused, why.
    pub(crate) fn note(req: &impl HttpMessage, key_id: Option<KeyId>, denial: Option<Denial>) {
        if let Some(record) = req.extensions_mut().get_mut::<Self>() {
            record.key_id = key_id;
            record.denial = denial;
        }
    }
}
