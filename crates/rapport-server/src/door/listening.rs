//! Where a process listens, and how the addresses are protected.

use std::{net::SocketAddr, path::PathBuf};

use crate::{config::error::ConfigError, door::lack::Lack};

/// Addresses, TLS and tokens of a server of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// Where gRPC listens; port 0 takes a free one.
    pub grpc: SocketAddr,
    /// Where the pages are; port 0 takes a free one.
    pub http: SocketAddr,
    /// The certificate, PEM.
    pub tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The file of tokens, which says what each client may do.
    pub tokens: Option<PathBuf>,
    /// Whether a public address may be without TLS and tokens.
    pub unprotected: bool,
}

impl Listening {
    /// Whether the process may listen like this.
    ///
    /// # Errors
    /// A public address lacks protection, TLS is half configured, or both addresses are the same.
    pub fn check(&self) -> Result<(), ConfigError> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => return Err(ConfigError::HalfTls { there: "tls_cert", missing: "tls_key" }),
            (None, Some(_)) => return Err(ConfigError::HalfTls { there: "tls_key", missing: "tls_cert" }),
            (Some(_), Some(_)) | (None, None) => {}
        }
        if self.grpc == self.http && self.grpc.port() != 0 {
            return Err(ConfigError::SameAddress(self.grpc));
        }
        match self.exposed() {
            Some((address, lacks)) if !self.unprotected => Err(ConfigError::Public { address, lacks }),
            Some(_) | None => Ok(()),
        }
    }

    /// A public address that is not protected, and what it lacks.
    #[must_use]
    pub fn exposed(&self) -> Option<(SocketAddr, Lack)> {
        let address = [self.grpc, self.http].into_iter().find(|address| !address.ip().is_loopback())?;
        let lacks = match (&self.tls_cert, &self.tokens) {
            (Some(_), Some(_)) => return None,
            (None, None) => Lack::TlsAndTokens,
            (None, Some(_)) => Lack::Tls,
            (Some(_), None) => Lack::Tokens,
        };
        Some((address, lacks))
    }
}
