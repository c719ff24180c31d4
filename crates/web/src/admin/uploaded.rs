//! A form with a file in it, which an operator has sent from a page of ours: see `long_form` for what is guarded.
//!
//! *Threat:* many send files at once, or files of many parts. *Defence:* few are read at a time; the whole and the number of its parts
//! are bounded. *Not defended:* operators who keep the few turns from each other, for as long as a body may take.

use actix_multipart::Multipart;
use actix_web::dev;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use devhub_domain::operators::Role;
use devhub_domain::reference::DocumentError;
use futures_util::TryStreamExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::fields::Fields;
use super::long_form::{Carried, LongForm};
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
pub(super) type Uploaded = LongForm<File>;

/// A document that was chosen.
pub(super) struct File {
    /// Empty when none was chosen.
    pub(super) bytes: Vec<u8>,
    /// Kept until the file was dealt with, by whatever deals with it.
    pub(super) turn: OwnedSemaphorePermit,
}

impl Carried for File {
    fn may_send(signed: &Signed) -> Result<(), Problem> {
        let may = signed.who.operator.role.manages(Role::Admin);
        if may { Ok(()) } else { Err(DocumentError::RoleTooLow.into()) }
    }

    async fn read(visit: &Visit, incoming: Incoming) -> Result<(Fields, Self), Problem> {
        let turn = Turns::of_uploads(&visit.services).take().await?;
        let request = incoming.request().clone();
        let body = incoming.multipart(BODY_BYTES_MAX, visit.services.limits).await?;
        let (fields, bytes) = parts(request.headers(), body).await?;
        Ok((fields, Self { bytes, turn }))
    }
}

/// The fields of a form, and the part that is called `file`.
async fn parts(headers: &HeaderMap, body: Bytes) -> Result<(Fields, Vec<u8>), BodyError> {
    let body: dev::Payload = body.into();
    let mut parts = Multipart::new(headers, body);
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
