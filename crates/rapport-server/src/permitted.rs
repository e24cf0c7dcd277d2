//! An answer that ends when the right to it does: a subscription may last for weeks, a token may not.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::HeaderMap,
};
use http_body::{Frame, SizeHint};
use tonic::Status;

type Withdrawn = Pin<Box<dyn Future<Output = Status> + Send>>;

/// The answer; `None` once the right is withdrawn.
pub struct Permitted(Option<(Body, Withdrawn)>);

impl Permitted {
    /// `body` until `withdrawn` says why not.
    pub fn new(body: Body, withdrawn: Withdrawn) -> Self {
        Self(Some((body, withdrawn)))
    }
}

impl HttpBody for Permitted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some((body, withdrawn)) = &mut self.0 else { return Poll::Ready(None) };
        let Poll::Ready(status) = withdrawn.as_mut().poll(context) else {
            return Pin::new(body).poll_frame(context);
        };
        // Drops what made the answers, and with it the requests of a stream.
        self.0 = None;
        let mut trailers = HeaderMap::new();
        Poll::Ready(status.add_header(&mut trailers).ok().map(|()| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(SizeHint::default, |(body, _)| body.size_hint())
    }
}
