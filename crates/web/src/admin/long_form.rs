//! A form that carries more than others do, which an operator has sent from a page of ours.
//!
//! *Threat:* strangers, and operators who may not change what it is about, have the hub keep such bodies for them; the page of another
//! site sends one. *Defence:* who asks is found out before anything of the body is read, with what it may do, and once more when it is
//! there; every body has its bound; nothing of the form is used before its token was compared. *Not defended:* operators who may, and
//! send many at once, for as long as a body may take.

use std::pin::Pin;

use actix_web::{Error, FromRequest, HttpRequest, dev};

use super::fields::Fields;
use super::signed::Signed;
use super::visit::Visit;
use crate::problem_body::Problem;
use crate::request::Incoming;

/// What a form carries beside its fields, and how it is read.
pub(super) trait Carried: Sized + 'static {
    /// Nobody has the hub take and read what he may not send; the use case checks again.
    ///
    /// # Errors
    /// The operator may not.
    fn may_send(signed: &Signed) -> Result<(), Problem>;

    /// Reads the body, within its bound.
    ///
    /// # Errors
    /// It is too large, too slow, or no form of this kind.
    async fn read(visit: &Visit, incoming: Incoming) -> Result<(Fields, Self), Problem>;
}

/// A long form.
pub(super) struct LongForm<C> {
    pub(super) signed: Signed,
    pub(super) fields: Fields,
    pub(super) carried: C,
}

impl<C: Carried> FromRequest for LongForm<C> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let request = req.clone();
        let incoming = Incoming::from_request(req, payload).into_inner();
        Box::pin(async move {
            let incoming = incoming?;
            C::may_send(&Signed::of(Visit::of(&request)?, "").await?)?;
            let visit = Visit::of(&request)?;
            let (fields, carried) = C::read(&visit, incoming).await?;
            let signed = Signed::of(visit, "").await?;
            signed.note(&request);
            C::may_send(&signed)?;
            signed.check_form(fields.text("token"))?;
            Ok(Self { signed, fields, carried })
        })
    }
}
