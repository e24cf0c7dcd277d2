//! Decides whether a call is let in: which role the call needs, and whether the token of the caller has that role.
//!
//! Without a file of tokens every call is let in.
//!
//! **Invariant:** a call that is not in [`METHODS`] is refused.

use std::{
    future::poll_fn,
    path::Path,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse,
};
use rapport_model::ErrorClass;
use tokio::sync::watch;
use tokio_stream::{Stream as _, wrappers::WatchStream};
use tonic::Status;

use crate::{
    door::{
        permitted::{Permitted, Right, unless},
        refusal::Refusal,
        reload::Files,
        tokens::{Digest, Role, Tokens, TokensError},
    },
    pages::metrics::Metrics,
    stopping::Stopping,
};

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing: probes have no token.
    Nothing,
    /// A token, whatever it is for.
    Token,
    /// A token with this role.
    Role(Role),
}

impl Need {
    fn roles(&self) -> &[Role] {
        match self {
            Self::Nothing => &[],
            Self::Token => &Role::ALL,
            Self::Role(role) => std::slice::from_ref(role),
        }
    }
}

/// What each call needs. A test holds this against the contract: a new rpc without a line here fails it.
const METHODS: &[(&str, Need)] = &[
    ("/rapport.v1.Ledger/Append", Need::Role(Role::Append)),
    ("/rapport.v1.Ledger/AppendStream", Need::Role(Role::Append)),
    ("/rapport.v1.Ledger/ReadStream", Need::Role(Role::Read)),
    ("/rapport.v1.Ledger/ReadAll", Need::Role(Role::Read)),
    ("/rapport.v1.Ledger/Subscribe", Need::Role(Role::Read)),
    ("/rapport.v1.Ledger/GetEvent", Need::Role(Role::Read)),
    ("/rapport.v1.Ledger/GetEvents", Need::Role(Role::Read)),
    ("/rapport.v1.Ledger/Head", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Timeline", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Funnel", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Satisfaction", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Classes", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Profit", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Orders", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Customer", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Customers", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Prices", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Receivables", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Paths", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Portfolio", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Potential", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Retention", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Value", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Pyramid", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Definitions", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Find", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Deliveries", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Today", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Leads", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Channels", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Activity", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Calls", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Contacts", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Stock", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Gallery", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Scores", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Tickets", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Staff", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Handover", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Consent", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Needs", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Resistance", Need::Role(Role::Read)),
    ("/rapport.v1.Views/FigureEvents", Need::Role(Role::Read)),
    ("/rapport.v1.Views/ViewStatus", Need::Role(Role::Read)),
    ("/rapport.v1.Views/Rebuild", Need::Role(Role::Operate)),
    ("/grpc.health.v1.Health/Check", Need::Nothing),
    ("/grpc.health.v1.Health/Watch", Need::Nothing),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Need::Token),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Need::Token),
];

/// The door.
#[derive(Clone)]
pub(crate) struct Access {
    tokens: Arc<watch::Sender<Tokens>>,
    metrics: Arc<Metrics>,
}

impl Access {
    /// By the file of tokens, and what follows its changes.
    ///
    /// # Errors
    /// The file cannot be read, or holds a fault.
    pub(crate) fn load(path: &Path, metrics: Arc<Metrics>) -> Result<(Self, Files), TokensError> {
        let files = Files::new("tokens", vec![path.to_owned()]);
        let tokens = Arc::new(watch::Sender::new(Tokens::load(path)?));
        Ok((Self { tokens, metrics }, files))
    }

    /// Takes up changes of the file, until the server stops. A client that is no longer in the file is cut off in the
    /// middle of a call.
    pub(crate) fn follow(&self, path: &Path, files: Files, stopping: Stopping) {
        let (tokens, path) = (Arc::clone(&self.tokens), path.to_owned());
        files.follow(stopping, move || {
            let renewed = Tokens::load(&path)?;
            tracing::info!(clients = renewed.count(), "the file of tokens changed");
            tokens.send_replace(renewed);
            Ok::<_, TokensError>(())
        });
    }

    /// The token of a caller that may do what needs this.
    fn admit(&self, headers: &HeaderMap, need: Need) -> Result<Digest, Refusal> {
        let checked = bearer(headers).and_then(|token| {
            let digest = Digest::of(token);
            self.check(&digest, need).map(|()| digest)
        });
        checked.inspect_err(|refusal| {
            let reason = if refusal.class == ErrorClass::Denied { "denied" } else { "unauthenticated" };
            self.metrics.access_refused(reason);
        })
    }

    fn check(&self, token: &Digest, need: Need) -> Result<(), Refusal> {
        let tokens = self.tokens.borrow();
        let Some(client) = tokens.find(token) else { return Err(unknown_token()) };
        if client.has_one_of(need.roles()) { Ok(()) } else { Err(denied(&client.name, need)) }
    }

    /// To call what needs this, until the token is taken out of the file.
    fn right(&self, token: Digest, need: Need) -> Box<dyn Right> {
        let mut tokens = self.tokens.subscribe();
        // It may have gone since the call was let in.
        tokens.mark_changed();
        let told = Box::pin(WatchStream::from_changes(tokens.clone()));
        Box::new(Held { access: self.clone(), token, need, tokens, told })
    }
}

/// The right of a token.
struct Held {
    access: Access,
    token: Digest,
    need: Need,
    tokens: watch::Receiver<Tokens>,
    told: Pin<Box<WatchStream<Tokens>>>,
}

impl Right for Held {
    fn poll_withdrawn(&mut self, context: &mut Context<'_>) -> Poll<Status> {
        // Only wakes the task. Waiting tasks are told one after the other, and this call may end because of an earlier
        // one.
        while let Poll::Ready(Some(_)) = self.told.as_mut().poll_next(context) {}
        // The sender is in `access`, so this cannot fail.
        if !self.tokens.has_changed().unwrap_or(true) {
            return Poll::Pending;
        }
        self.tokens.mark_unchanged();
        match self.access.check(&self.token, self.need) {
            Ok(()) => Poll::Pending,
            Err(refusal) => Poll::Ready(refusal.into()),
        }
    }
}

/// Lets a gRPC call in, or answers it.
pub(crate) async fn grpc(State(access): State<Access>, request: Request, next: Next) -> Response<Body> {
    let known = METHODS.iter().find(|(path, _)| *path == request.uri().path());
    // A caller without a token does not learn which methods exist.
    let need = known.map_or(Need::Token, |(_, need)| *need);
    if need == Need::Nothing {
        return next.run(request).await;
    }
    let token = match access.admit(request.headers(), need) {
        Ok(token) => token,
        Err(refusal) => return Status::from(refusal).into_http(),
    };
    if known.is_none() {
        return Status::unimplemented("this server has no such call").into_http();
    }
    let right = || access.right(token, need);
    let request = request.map(|body| Body::new(Permitted::request(body, right())));
    let mut right = right();
    // A call may wait long for its first answer.
    let mut answer = pin!(next.run(request));
    let answer = poll_fn(|context| {
        let polled = answer.as_mut().poll(context);
        unless(right.as_mut(), context, polled)
    });
    match answer.await {
        Ok(answer) => answer.map(|body| Body::new(Permitted::answer(body, right))),
        Err(status) => status.into_http(),
    }
}

/// Lets a reader of metrics in, or answers it.
pub(crate) async fn metrics(State(access): State<Access>, request: Request, next: Next) -> Response<Body> {
    match access.admit(request.headers(), Need::Role(Role::Read)) {
        Ok(_) => next.run(request).await,
        Err(refusal) if refusal.class == ErrorClass::Denied => {
            (StatusCode::FORBIDDEN, refusal.message + "\n").into_response()
        }
        Err(refusal) => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            (StatusCode::UNAUTHORIZED, challenge, refusal.message + "\n").into_response()
        }
    }
}

/// The token in `authorization: Bearer TOKEN`.
fn bearer(headers: &HeaderMap) -> Result<&[u8], Refusal> {
    let value = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes().trim_ascii());
    let (scheme, token) =
        value.and_then(|value| value.split_at_checked("Bearer ".len())).ok_or_else(no_token)?;
    if scheme.eq_ignore_ascii_case(b"Bearer ") { Ok(token.trim_ascii()) } else { Err(no_token()) }
}

fn no_token() -> Refusal {
    Refusal::new(
        ErrorClass::Unauthenticated,
        "NO_TOKEN",
        "this server wants a token, and none came; send `authorization: Bearer TOKEN` (`rapport`: --token-file FILE, \
         or RAPPORT_TOKEN)",
    )
}

fn unknown_token() -> Refusal {
    Refusal::new(
        ErrorClass::Unauthenticated,
        "UNKNOWN_TOKEN",
        "this server does not know the token that came; check that it is whole, or ask the operator of the server for a \
         new one",
    )
}

fn denied(client: &str, need: Need) -> Refusal {
    let roles = need.roles().iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ");
    Refusal::new(
        ErrorClass::Denied,
        "ROLE_MISSING",
        format!(
            "client `{client}` lacks the role {roles}; the operator of the server grants it in the file of tokens"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::HeaderValue;
    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;

    fn calls(descriptors: &[u8]) -> BTreeSet<String> {
        let set = FileDescriptorSet::decode(descriptors).unwrap();
        let of_file = set.file.iter().flat_map(|file| {
            file.service.iter().flat_map(|service| {
                let path = format!("/{}.{}", file.package(), service.name());
                service.method.iter().map(move |method| format!("{path}/{}", method.name()))
            })
        });
        of_file.collect()
    }

    #[test]
    fn every_call_that_a_server_answers_has_its_role_and_nothing_else_has() {
        let served = [
            rapport_proto::DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let served: BTreeSet<_> = served.into_iter().flat_map(calls).collect();
        let listed: BTreeSet<_> = METHODS.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(served, listed, "left: the contract, right: METHODS; decide which role a new call needs");
        assert_eq!(METHODS.len(), listed.len());
    }

    #[test]
    fn only_health_is_open() {
        for (path, need) in METHODS {
            assert_eq!(*need == Need::Nothing, path.starts_with("/grpc.health."), "{path}");
        }
    }

    #[test]
    fn a_bearer_token_is_taken_and_nothing_else() {
        let header = |value: &'static [u8]| {
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap())])
        };
        for value in [b"Bearer abc".as_slice(), b"bearer abc", b" BEARER   abc "] {
            assert_eq!(bearer(&header(value)).unwrap(), b"abc");
        }
        assert!(bearer(&HeaderMap::new()).is_err());
        for value in
            [b"".as_slice(), b"Bearer", b"Basic abc", b"Bearerabc", b"abc", b"\xc4\x80\xc4\x80\xc4\x80\xc4"]
        {
            assert!(bearer(&header(value)).is_err(), "{value:?}");
        }
    }
}
