//! Why a server cannot be reached, in words that say what to do.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use tonic::{
    Status,
    transport::{ClientTlsConfig, Endpoint, Uri},
};

use crate::client::server_args::{CONNECT_TIMEOUT, ServerArgs};

/// What to tell about a connection that did not come about.
pub(crate) fn why(server: &ServerArgs, host: &str, error: &(dyn Error + 'static)) -> String {
    let (url, flag) = (server.url.as_str(), server.flag);
    if let Some(error) = tls_error(error) {
        return of_tls(url, host, error);
    }
    let cause = root_cause(error);
    if url.starts_with("https://") {
        // A server without TLS does not know what to do with a handshake.
        let broke_off = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|error| {
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
        });
        if broke_off {
            return no_tls(url);
        }
        if cause.contains("HTTP/2 was not negotiated") {
            return no_grpc(url);
        }
    }
    format!(
        "cannot reach the server at {url}; start one with `rapport serve --data DIR`, or name another with {flag} \
         ({cause})"
    )
}

/// Why a call has no answer of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// What is there speaks something else.
    OtherProtocol,
    /// The connection ended before the answer; by which fault, as the system says it.
    Closed(String),
    /// The connection ended, and the next one was refused.
    Gone,
    /// Nothing came back for so long that the connection was given up.
    Silent,
}

/// `None` for what a server answered.
pub(crate) fn unanswered(status: &Status) -> Option<Unanswered> {
    // An HTTP server that knows nothing of gRPC.
    if status.message().contains("grpc-status") {
        return Some(Unanswered::OtherProtocol);
    }
    // Only what this side noticed has a source.
    let error = status.source()?;
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    if causes(error).filter_map(|cause| cause.downcast_ref()).any(is_refused) {
        return Some(Unanswered::Gone);
    }
    // So hyper says it.
    if causes(error).any(|cause| cause.to_string().contains("keep-alive timed out")) {
        return Some(Unanswered::Silent);
    }
    let cause = root_cause(error);
    // So h2 reports that the bytes are not frames.
    let is_no_http2 = cause.contains("error detected") && !cause.contains("not a result of an error");
    Some(if is_no_http2 { Unanswered::OtherProtocol } else { Unanswered::Closed(cause) })
}

/// What to tell about a call whose answer did not come, or not to its end.
pub(crate) fn broken_off(status: &Status) -> Option<String> {
    let cause = match unanswered(status)? {
        Unanswered::OtherProtocol => return None,
        Unanswered::Closed(cause) => cause,
        Unanswered::Gone => "no new connection is taken either".to_owned(),
        Unanswered::Silent => "nothing came back any more".to_owned(),
    };
    Some(format!(
        "the connection to the server was lost before the answer was complete ({cause}); see that the server runs, and \
         try again"
    ))
}

fn of_tls(url: &str, host: &str, error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(error) => of_certificate(url, host, error),
        TlsError::InvalidMessage(_) => no_tls(url),
        TlsError::AlertReceived(AlertDescription::NoApplicationProtocol)
        | TlsError::NoApplicationProtocol => no_grpc(url),
        // rustls adds kinds of errors; each says what is wrong.
        error => format!("TLS with the server at {url} failed: {error}; the server's log may say more"),
    }
}

fn of_certificate(url: &str, host: &str, error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => format!(
            "the certificate of the server at {url} comes from an authority that is not trusted here; name that \
             authority with --ca FILE, or RAPPORT_CA"
        ),
        CertificateError::NotValidForNameContext { presented, .. } => format!(
            "the certificate of the server at {url} is for {}, not for `{host}`; use a name of the certificate in \
             --server, or have one made for `{host}`",
            if presented.is_empty() { "no name".to_owned() } else { presented.join(", ") }
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "the certificate of the server at {url} has expired; renew it there (or set the clock of this machine)"
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "the certificate of the server at {url} is not valid yet; set the clock of this machine, or of the one \
             where it was made"
        ),
        // rustls adds kinds of errors; each says what is wrong.
        error => format!(
            "the certificate of the server at {url} cannot be used ({error}); docs/security.md shows how to make one"
        ),
    }
}

fn no_tls(url: &str) -> String {
    let plain = url.replacen("https://", "http://", 1);
    format!("what is at {url} does not speak TLS; if it is a ledger without a certificate, use {plain}")
}

fn no_grpc(url: &str) -> String {
    format!(
        "what is at {url} is not a ledger's gRPC address; `rapport serve` prints its own address as `ready grpc=…`"
    )
}

/// Whether the other side of an address that was taken for plain HTTP speaks TLS.
pub(crate) async fn speaks_tls(uri: &Uri) -> bool {
    let url = format!("https://{}", uri.authority().map_or("", |authority| authority.as_str()));
    let Ok(endpoint) = Endpoint::from_shared(url) else { return false };
    // No authority is trusted: that it shows a certificate at all is the answer.
    let tls = ClientTlsConfig::new().timeout(CONNECT_TIMEOUT);
    let Ok(endpoint) = endpoint.connect_timeout(CONNECT_TIMEOUT).tls_config(tls) else { return false };
    match endpoint.connect().await {
        Ok(_) => true,
        Err(error) => tls_error(&error).is_some_and(|error| !matches!(error, TlsError::InvalidMessage(_))),
    }
}

fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    causes(error).find_map(|cause| {
        let within = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        within.and_then(|error| error.downcast_ref()).or_else(|| cause.downcast_ref())
    })
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
