//! The body of a live log: the next part is made when the one before was taken, so that a slow browser holds one part and no more.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

use super::tail::Tail;

/// A part that is being made, with what makes the next.
type Making = Pin<Box<dyn Future<Output = (Tail, Option<Bytes>)>>>;

/// The body. Dropped when the browser hangs up, and with it the place that the stream has taken.
pub(super) struct TailBody {
    beginning: Option<&'static str>,
    making: Option<Making>,
}

impl TailBody {
    /// A body that begins so.
    pub(super) fn new(beginning: &'static str, tail: Tail) -> Self {
        Self { beginning: Some(beginning), making: Some(Box::pin(tail.next())) }
    }
}

impl MessageBody for TailBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let body = self.get_mut();
        if let Some(beginning) = body.beginning.take() {
            // At once, so that the browser knows that it is heard.
            return Poll::Ready(Some(Ok(Bytes::from_static(beginning.as_bytes()))));
        }
        let Some(making) = &mut body.making else { return Poll::Ready(None) };
        let (tail, part) = ready!(making.as_mut().poll(cx));
        body.making = None;
        if part.is_some() {
            body.making = Some(Box::pin(tail.next()));
        }
        Poll::Ready(part.map(Ok))
    }
}
