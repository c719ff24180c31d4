//! What a key was used for is counted when its request is answered; what was refused is kept for a while, to be explained.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use devhub_domain::api_keys::TokenPrefix;
use devhub_domain::explain::{Explanations, RefusedRequest};
use devhub_domain::time::Clock;
use devhub_domain::usage::{AnswerKind, Call, KeyUsage, RefusalKind};

use super::{Record, RequestId};
use crate::metrics::known_method;

/// Where it is counted and kept.
pub(super) struct UsageLog {
    pub(super) usage: KeyUsage,
    pub(super) explanations: Explanations,
    pub(super) token_prefix: TokenPrefix,
}

impl UsageLog {
    /// Counts a request that brought a token. One whose handler panicked is not known here any more, and not counted.
    pub(super) fn note(
        &self,
        clock: &dyn Clock,
        req: &HttpRequest,
        id: &RequestId,
        (record, status): (&Record, StatusCode),
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
        let answer = AnswerKind::of_status(status.as_u16());
        self.usage.count(&Call { key_id, address: Some(address), answer, refusal });
        if let Some(denial) = record.denial {
            self.explanations.refusals().record(RefusedRequest {
                request_id: id.as_str().into(),
                key_id,
                method: known_method(req.method()).into(),
                path: RefusedRequest::path_of(req.path(), &self.token_prefix),
                address,
                denial,
                at: clock.now(),
            });
        }
    }
}
