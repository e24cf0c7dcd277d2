//! What protects the ports of a server: TLS, tokens, or neither.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::{
    door::{access::Access, listening::Listening, reload::Files, tls::Tls},
    pages::metrics::Metrics,
    start_error::StartError,
    stopping::Stopping,
};

/// The parts that are configured.
pub(super) struct Protection {
    tls: Option<Tls>,
    /// Which clients are let in; without it every client is.
    pub access: Option<Access>,
    tokens: Option<Files>,
}

impl Protection {
    /// Reads the certificate and the tokens that the configuration names.
    ///
    /// # Errors
    /// A file cannot be used.
    pub(super) fn load(config: &Listening, metrics: &Arc<Metrics>) -> Result<Self, StartError> {
        let tls = match (&config.tls_cert, &config.tls_key) {
            (Some(cert), Some(key)) => Some(Tls::load(cert, key)?),
            // `Config::check` has refused one without the other.
            _ => None,
        };
        let (access, tokens) = match &config.tokens {
            Some(path) => {
                let (access, files) = Access::load(path, Arc::clone(metrics))?;
                (Some(access), Some(files))
            }
            None => (None, None),
        };
        if let Some((address, lacks)) = config.exposed() {
            tracing::warn!(
                %address,
                "unprotected, without {lacks}: {}", lacks.danger()
            );
        }
        Ok(Self { tls, access, tokens })
    }

    /// What encrypts the gRPC and the HTTP port.
    pub(super) fn acceptors(&self) -> (Option<TlsAcceptor>, Option<TlsAcceptor>) {
        self.tls.as_ref().map(|tls| (tls.grpc.clone(), tls.http.clone())).unzip()
    }

    /// Takes up what changes on disk, until the server stops.
    pub(super) fn follow(self, config: &Listening, stopping: &Stopping) {
        if let Some(tls) = self.tls {
            tls.follow(stopping.clone());
        }
        if let (Some(access), Some(path), Some(files)) = (self.access, &config.tokens, self.tokens) {
            access.follow(path, files, stopping.clone());
        }
    }
}
