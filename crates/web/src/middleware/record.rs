//! What is known of a request while it is answered, for its log line and the headers of its answer.

use std::net::IpAddr;

use actix_web::HttpMessage;
use devhub_domain::api_keys::Denial;
use devhub_domain::id::{KeyId, OperatorId};
use devhub_domain::rate::Standing;

/// Kept among the request's extensions by [`super::Telemetry`]; absent when an application mounts the routes without it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Record {
    /// Whose key was presented, accepted or not.
    pub(crate) key_id: Option<KeyId>,
    /// Where the request came from; `None` where no key was asked for.
    pub(crate) address: Option<IpAddr>,
    /// Which operator asked; `None` where no page did.
    pub(crate) operator_id: Option<OperatorId>,
    /// Why the key was refused: the exact reason, which the answer may not show.
    pub(crate) denial: Option<Denial>,
    /// Where the key stands with its rate limit; `None` when none was asked.
    pub(crate) standing: Option<Standing>,
}

/// What a reverse proxy was asked, when it asked whether that may pass: kept among the extensions of the proxy's own request.
pub(crate) struct Asked {
    /// One of the methods that are counted.
    pub(crate) method: &'static str,
    /// Without query string.
    pub(crate) path: Box<str>,
}

impl Record {
    /// Notes this of a request.
    pub(crate) fn note(self, req: &impl HttpMessage) {
        if let Some(record) = req.extensions_mut().get_mut::<Self>() {
            *record = self;
        }
    }
}
