//! The form of a type as it was sent: a schema and a payload are more than other forms carry.

use devhub_domain::api_keys::Scope;
use devhub_domain::events::{SAMPLE_BYTES_MAX, SCHEMA_BYTES_MAX};

use crate::admin::fields::Fields;
use crate::admin::long_form::{Carried, LongForm};
use crate::admin::signed::Signed;
use crate::admin::visit::Visit;
use crate::problem_body::Problem;
use crate::request::Incoming;

/// Each byte of a text may be sent as three; beside the two there is room for the other fields.
const BODY_BYTES_MAX: usize = 3 * (SCHEMA_BYTES_MAX + SAMPLE_BYTES_MAX) + 16 * 1024;

/// The form of a type.
pub(in crate::admin) type TypeSent = LongForm<Texts>;

/// Everything is in its fields.
pub(in crate::admin) struct Texts;

impl Carried for Texts {
    fn may_send(signed: &Signed) -> Result<(), Problem> {
        Ok(signed.asker().require(Scope::EventTypesWrite)?)
    }

    async fn read(visit: &Visit, incoming: Incoming) -> Result<(Fields, Self), Problem> {
        let body = incoming.long_form(BODY_BYTES_MAX, visit.services.limits).await?;
        Ok((Fields::parse(&body), Self))
    }
}
