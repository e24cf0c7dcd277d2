//! Calls that end when the right to them does: a subscription may last for weeks, a token may not.

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
type Last = Option<Result<Frame<Bytes>, axum::Error>>;

/// One side of a call, until the right to it is withdrawn.
pub struct Permitted {
    /// `None` once it is withdrawn.
    open: Option<(Body, Withdrawn)>,
    /// What is said then.
    last: fn(&Status) -> Last,
}

impl Permitted {
    /// What a client sends. Whoever reads it may be at work on what came before, and goes no further.
    pub fn request(body: Body, withdrawn: Withdrawn) -> Self {
        Self { open: Some((body, withdrawn)), last: |status| Some(Err(axum::Error::new(status.clone()))) }
    }

    /// What it is answered, with the status in the end.
    pub fn answer(body: Body, withdrawn: Withdrawn) -> Self {
        let trailers = |status: &Status| {
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).ok().map(|()| Ok(Frame::trailers(trailers)))
        };
        Self { open: Some((body, withdrawn)), last: trailers }
    }
}

impl HttpBody for Permitted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some((body, withdrawn)) = &mut self.open else { return Poll::Ready(None) };
        let Poll::Ready(status) = withdrawn.as_mut().poll(context) else {
            return Pin::new(body).poll_frame(context);
        };
        self.open = None;
        Poll::Ready((self.last)(&status))
    }

    fn is_end_stream(&self) -> bool {
        self.open.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.open.as_ref().map_or_else(SizeHint::default, |(body, _)| body.size_hint())
    }
}
