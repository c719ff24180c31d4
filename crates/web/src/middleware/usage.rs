//! What a key was used for is counted when its request is answered, with how long that took; what was refused is kept for a while, to be
//! explained.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest};
use devhub_domain::api_keys::TokenPrefix;
use devhub_domain::explain::{Explanations, RefusedRequest};
use devhub_domain::time::Clock;
use devhub_domain::usage::{AnswerKind, Call, KeyUsage, RefusalKind};

use super::{Asked, Record, RequestId};
use crate::metrics::known_method;

/// Where it is counted and kept.
pub(super) struct UsageLog {
    pub(super) usage: KeyUsage,
    pub(super) explanations: Explanations,
    pub(super) token_prefix: TokenPrefix,
}

impl UsageLog {
    /// Counts a request that brought a token. That of a reverse proxy stands for the one that the proxy was asked. One whose handler
    /// panicked is not known here any more, and not counted.
    pub(super) fn note(
        &self,
        clock: &dyn Clock,
        req: &HttpRequest,
        id: &RequestId,
        (record, status, took): (&Record, StatusCode, Duration),
    ) {
        let Some(address) = record.address else {
            return;
        };
        let Some(key_id) = record.key_id else {
            if let Some(denial) = record.denial {
                self.usage.count_unknown(address, denial);
            }
            return;
        };
        let refusal = record.denial.and_then(RefusalKind::of);
        let extensions = req.extensions();
        let asked = extensions.get::<Asked>();
        let answer = asked.map_or_else(|| AnswerKind::of_status(status.as_u16()), |_| AnswerKind::Verification);
        self.usage.count(&Call { key_id, address: Some(address), answer, refusal, took: Some(took) });
        if let Some(denial) = record.denial {
            let own = || (known_method(req.method().as_str()), req.match_info().as_str());
            let (method, path) = asked.map_or_else(own, |asked| (asked.method, &*asked.path));
            self.explanations.refusals().record(RefusedRequest {
                request_id: id.as_str().into(),
                key_id,
                method: method.into(),
                path: RefusedRequest::path_of(path, &self.token_prefix),
                address,
                denial,
                at: clock.now(),
            });
        }
    }
}
