//! Bodies of answers that hold all that a list holds: read and written page by page.
//!
//! *Threat:* a list with a million entries whose export fills the memory or holds a thread of the pool for minutes; a part that is taken
//! for the whole.
//! *Defence:* the next page is read when the one before has been taken, so that a body holds one page however long the list is and
//! however slow its reader; a body that cannot go on cuts the connection off. *Not defended:* what changes between two pages.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use devhub_domain::causes::chain;
use devhub_domain::page::Page;

/// A page that is being read.
pub(crate) type Reading<T, Id, E> = Pin<Box<dyn Future<Output = Result<Page<T, Id>, E>>>>;

/// Reads the page after this one.
type Read<T, Id, E> = Box<dyn Fn(Option<Id>) -> Reading<T, Id, E>>;

/// Writes a page; is told whether it is the first.
type Write<T, Id> = Box<dyn Fn(&Page<T, Id>, bool) -> Vec<u8>>;

/// What is read of a list and how it is written.
pub(crate) struct Pages<T, Id, E> {
    /// What it is, for the log.
    pub(crate) what: &'static str,
    /// Reads the page after this one.
    pub(crate) read: Read<T, Id, E>,
    /// Writes a page; says whether it is the first.
    pub(crate) write: Write<T, Id>,
}

struct PagedBody<T, Id, E> {
    pages: Pages<T, Id, E>,
    /// The page that was read before anything was answered.
    first: Option<Page<T, Id>>,
    reading: Option<Reading<T, Id, E>>,
}

impl<T, Id, E> Pages<T, Id, E>
where
    T: Unpin + 'static,
    Id: Unpin + 'static,
    E: std::error::Error + 'static,
{
    /// Begins to answer, with a file that browsers save under this name: a store that cannot be read is still told as a problem.
    pub(crate) async fn answer(
        self,
        after: Option<Id>,
        (media_type, file_name): (&'static str, &'static str),
    ) -> Result<HttpResponse, E> {
        let first = Some((self.read)(after).await?);
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, media_type))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")))
            .body(PagedBody { pages: self, first, reading: None }))
    }
}

impl<T: Unpin, Id: Unpin, E: std::error::Error + 'static> MessageBody for PagedBody<T, Id, E> {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let body = self.get_mut();
        let is_first = body.first.is_some();
        let page = match (body.first.take(), &mut body.reading) {
            (Some(first), _) => first,
            (None, None) => return Poll::Ready(None),
            (None, Some(reading)) => match ready!(reading.as_mut().poll(cx)) {
                Ok(page) => page,
                Err(error) => {
                    body.reading = None;
                    // The connection is cut off, so that nobody takes a part for the whole.
                    tracing::error!(error = chain(&error), export.what = body.pages.what, "an export was cut off");
                    return Poll::Ready(Some(Err(error.into())));
                }
            },
        };
        let bytes = (body.pages.write)(&page, is_first);
        body.reading = page.next.map(|next| (body.pages.read)(Some(next)));
        Poll::Ready(Some(Ok(Bytes::from(bytes))))
    }
}
