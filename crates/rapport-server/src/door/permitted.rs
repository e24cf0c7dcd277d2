//! A call ends when its token is withdrawn: a subscription may last for weeks, a token may not.

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

type Last = Option<Result<Frame<Bytes>, axum::Error>>;

/// The right to a call, which may be withdrawn in the middle of it.
pub(super) trait Right: Send {
    /// Why the right was withdrawn. The task is woken when that may have changed.
    fn poll_withdrawn(&mut self, context: &mut Context<'_>) -> Poll<Status>;
}

/// What was just polled, unless the right to it is withdrawn. Looked at after the poll: a request that ends because of
/// it is answered with an error of its own, which must not win.
pub(super) fn unless<T>(
    right: &mut dyn Right,
    context: &mut Context<'_>,
    polled: Poll<T>,
) -> Poll<Result<T, Status>> {
    match right.poll_withdrawn(context) {
        Poll::Ready(status) => Poll::Ready(Err(status)),
        Poll::Pending => polled.map(Ok),
    }
}

/// One side of a call, until the right to it is withdrawn.
pub(super) struct Permitted {
    /// `None` once it is withdrawn.
    open: Option<(Body, Box<dyn Right>)>,
    /// What is said then.
    last: fn(&Status) -> Last,
}

impl Permitted {
    /// What a client sends. The service may still work on earlier messages; it reads no further ones.
    pub(super) fn request(body: Body, right: Box<dyn Right>) -> Self {
        Self { open: Some((body, right)), last: |status| Some(Err(axum::Error::new(status.clone()))) }
    }

    /// What it is answered, with the status in the end.
    pub(super) fn answer(body: Body, right: Box<dyn Right>) -> Self {
        let trailers = |status: &Status| {
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).ok().map(|()| Ok(Frame::trailers(trailers)))
        };
        Self { open: Some((body, right)), last: trailers }
    }
}

impl HttpBody for Permitted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some((body, right)) = &mut self.open else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        match unless(right.as_mut(), context, polled) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(frame)) => Poll::Ready(frame),
            Poll::Ready(Err(status)) => {
                self.open = None;
                Poll::Ready((self.last)(&status))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.open.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.open.as_ref().map_or_else(SizeHint::default, |(body, _)| body.size_hint())
    }
}
