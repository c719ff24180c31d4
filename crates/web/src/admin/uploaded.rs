//! A form with a file in it, which an operator has sent from a page of ours.
//!
//! *Threat:* strangers have the hub keep megabytes for them; the page of another site sends a file. *Defence:* who asks is found out
//! before anything of the body is read, with the role that it takes, and once more when it is there; few are read at a time; the
//! whole and the number of its parts are bounded; nothing of the form is used before its token was compared. *Not defended:* operators
//! who keep the few turns from each other, for as long as a body may take.

use std::pin::Pin;

use actix_multipart::Multipart;
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpRequest, dev};
use devhub_domain::operators::Role;
use devhub_domain::reference::DocumentError;
use futures_util::TryStreamExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::fields::Fields;
use super::signed::Signed;
use super::turns::Turns;
use super::visit::Visit;
use crate::problem_body::Problem;
use crate::request::{BodyError, Incoming};

/// The largest file, or text that was pasted instead. Bytes.
const FILE_BYTES_MAX: usize = devhub_domain::reference::DOCUMENT_BYTES_MAX;

/// The same with what stands around it: the other fields, and the lines between the parts. Browsers send two bytes for the end of
/// each line that is pasted, which may be one of two. Bytes.
const BODY_BYTES_MAX: usize = 2 * FILE_BYTES_MAX + 64 * 1024;

/// Parts of a form: ours have four.
const PARTS_MAX: usize = 8;

/// A form with a document of the reference in it.
pub(super) struct Uploaded {
    pub(super) signed: Signed,
    pub(super) fields: Fields,
    /// Empty when none was chosen.
    pub(super) file: Vec<u8>,
    /// Kept until the file was dealt with, by whatever deals with it.
    pub(super) turn: OwnedSemaphorePermit,
}

impl FromRequest for Uploaded {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let request = req.clone();
        let incoming = Incoming::from_request(req, payload).into_inner();
        Box::pin(async move {
            let incoming = incoming?;
            may_upload(&Signed::of(Visit::of(&request)?, "").await?)?;
            let visit = Visit::of(&request)?;
            let turn = Turns::of_uploads(&visit.services).take().await.map_err(Problem::from)?;
            let limits = visit.services.limits;
            let body = incoming.multipart(BODY_BYTES_MAX, limits).await.map_err(Problem::from)?;
            let (fields, file) = parts(&request, body).await.map_err(Problem::from)?;
            let signed = Signed::of(visit, "").await?;
            signed.note(&request);
            may_upload(&signed)?;
            signed.check_form(fields.text("token"))?;
            Ok(Self { signed, fields, file, turn })
        })
    }
}

/// Nobody has the hub take and read what he may not upload; the use case checks again.
fn may_upload(signed: &Signed) -> Result<(), Problem> {
    let may = signed.who.operator.role.manages(Role::Admin);
    if may { Ok(()) } else { Err(DocumentError::RoleTooLow.into()) }
}

/// The fields of a form, and the part that is called `file`.
async fn parts(req: &HttpRequest, body: Bytes) -> Result<(Fields, Vec<u8>), BodyError> {
    let body: dev::Payload = body.into();
    let mut parts = Multipart::new(req.headers(), body);
    let (mut fields, mut file) = (Vec::new(), Vec::new());
    for _ in 0..PARTS_MAX {
        let Some(mut part) = parts.try_next().await.or(Err(BodyError::Incomplete))? else {
            return Ok((Fields::of(fields), file));
        };
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes(BODY_BYTES_MAX).await;
        let bytes = bytes.ok().and_then(Result::ok).ok_or(BodyError::Incomplete)?;
        if name == "file" {
            file = bytes.to_vec();
        } else {
            fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Err(BodyError::Incomplete)
}
