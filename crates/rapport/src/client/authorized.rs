//! A connection on which every call carries the client's token.

use std::task::{Context, Poll};

use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{HeaderValue, Request, Response, header::AUTHORIZATION},
    },
    transport::{Channel, Error, channel::ResponseFuture},
};

/// The connection; without a token it changes nothing.
#[derive(Clone)]
pub(crate) struct Authorized {
    channel: Channel,
    bearer: Option<HeaderValue>,
}

impl Authorized {
    /// With what to send as `authorization`.
    pub(crate) const fn new(channel: Channel, bearer: Option<HeaderValue>) -> Self {
        Self { channel, bearer }
    }

    /// Whether calls carry a token.
    pub(crate) const fn has_token(&self) -> bool {
        self.bearer.is_some()
    }
}

impl Service<Request<Body>> for Authorized {
    type Response = Response<Body>;
    type Error = Error;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> ResponseFuture {
        if let Some(bearer) = &self.bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer.clone());
        }
        self.channel.call(request)
    }
}
