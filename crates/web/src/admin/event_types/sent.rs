//! The form of a type as it was sent: a schema and a payload are more than other forms carry.
//!
//! *Threat:* strangers have the hub keep such bodies for them. *Defence:* who asks is found out before any of it is read, and once more
//! when it is there. *Not defended:* operators who send many at once, for as long as a body may take.

use std::pin::Pin;

use actix_web::{Error, FromRequest, HttpRequest, dev};
use devhub_domain::events::{SAMPLE_BYTES_MAX, SCHEMA_BYTES_MAX};

use crate::admin::signed::{Signed, Submitted};
use crate::admin::visit::Visit;
use crate::problem_body::Problem;
use crate::request::Incoming;

/// Each byte of a text may be sent as three; beside the two there is room for the other fields.
const BODY_BYTES_MAX: usize = 3 * (SCHEMA_BYTES_MAX + SAMPLE_BYTES_MAX) + 16 * 1024;

/// The form of a type, which an operator has sent from a page of ours.
pub(in crate::admin) struct TypeSent(pub(super) Submitted);

impl FromRequest for TypeSent {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let request = req.clone();
        let incoming = Incoming::from_request(req, payload).into_inner();
        Box::pin(async move {
            let incoming = incoming?;
            Signed::of(Visit::of(&request)?, "").await?;
            let visit = Visit::of(&request)?;
            let body = incoming.long_form(BODY_BYTES_MAX, visit.services.limits).await.map_err(Problem::from)?;
            Submitted::of(visit, &request, &body).await.map(Self)
        })
    }
}
