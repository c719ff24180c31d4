//! Somebody who is not signed in: the pages of sign-in and setup.
//!
//! *Threat:* another site's page signs the browser in as somebody else, who then reads what is typed here. *Defence:* these forms are
//! bound to a cookie of their own, as those of a session are to its. *Not defended:* see `connection` and `csrf`.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev};
use devhub_domain::operators::SessionToken;

use super::cookies::Name;
use super::csrf;
use super::fields::Fields;
use super::visit::Visit;
use crate::problem_body::Problem;
use crate::request::Incoming;

/// Somebody who is not signed in, as far as this page is concerned.
pub(super) struct Guest {
    pub(super) visit: Visit,
    token: SessionToken,
}

impl Guest {
    fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let mut visit = Visit::of(req)?;
        if let Some(token) = visit.guest().and_then(SessionToken::parse) {
            return Ok(Self { visit, token });
        }
        let token = SessionToken::generate(&*visit.services.entropy);
        visit.set(Name::Guest, token.to_secret().expose());
        Ok(Self { visit, token })
    }

    /// What the forms of this page carry.
    pub(super) fn form_token(&self) -> String {
        csrf::masked(&self.token.csrf(), &*self.visit.services.entropy)
    }
}

impl FromRequest for Guest {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

/// A form of somebody who is not signed in, sent from a page of ours.
pub(super) struct GuestForm {
    pub(super) guest: Guest,
    pub(super) fields: Fields,
}

impl FromRequest for GuestForm {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let parts = Guest::of(req).and_then(|guest| Ok((guest, Incoming::from_request(req, payload).into_inner()?)));
        Box::pin(async move {
            let (guest, incoming) = parts?;
            let fields = Fields::parse(&incoming.form(guest.visit.services.limits).await?);
            if guest.token.has_csrf(csrf::unmasked(fields.text("token")).expose()) {
                Ok(Self { guest, fields })
            } else {
                Err(Problem::form_expired())
            }
        })
    }
}
