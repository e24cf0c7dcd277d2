//! TLS 1.2 and 1.3 for both ports, with a certificate that is renewed on disk while the server runs.
//!
//! Connections that are open keep the certificate with which they began.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::{door::reload::Files, stopping::Stopping};

/// TLS as the two ports need it.
pub(crate) struct Tls {
    /// HTTP/2.
    pub grpc: TlsAcceptor,
    /// HTTP/1.1.
    pub http: TlsAcceptor,
    certificate: Arc<Certificate>,
    files: Files,
}

impl Tls {
    /// With a chain of certificates, the server's own first, and its key; both PEM.
    ///
    /// # Errors
    /// A file cannot be read or used, or the key is another certificate's.
    pub(crate) fn load(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files::new("certificate", vec![cert.to_owned(), key.to_owned()]);
        let current = RwLock::new(Arc::new(certified(cert, key)?));
        let certificate = Arc::new(Certificate { cert: cert.to_owned(), key: key.to_owned(), current });
        let grpc = acceptor(&certificate, b"h2")?;
        let http = acceptor(&certificate, b"http/1.1")?;
        Ok(Self { grpc, http, certificate, files })
    }

    /// Takes up certificates that are renewed on disk, until the server stops.
    pub(crate) fn follow(self, stopping: Stopping) {
        let certificate = self.certificate;
        self.files.follow(stopping, move || certificate.load_again());
    }
}

/// The certificate of this moment, and where it comes from.
struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    fn load_again(&self) -> Result<(), TlsError> {
        let renewed = Arc::new(certified(&self.cert, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("cert", &self.cert).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn acceptor(certificate: &Arc<Certificate>, protocol: &[u8]) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::<Certificate>::clone(certificate));
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certified(cert: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let read =
        |path: &Path| fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source });
    let (chain_pem, key_pem) = (read(cert)?, read(key)?);
    // What the parser says of a key's file may hold bytes of it.
    let chain = CertificateDer::pem_slice_iter(&chain_pem)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::NoCertificate { path: cert.to_owned() })?;
    let key_der =
        PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| TlsError::NoKey { path: key.to_owned() })?;
    CertifiedKey::from_der(chain, key_der, &ring::default_provider()).map_err(|source| match source {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::OtherKey { cert: cert.to_owned(), key: key.to_owned() }
        }
        source => TlsError::Unusable { cert: cert.to_owned(), key: key.to_owned(), source },
    })
}

/// TLS cannot be spoken with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The system does not give it.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No certificate in the file.
    #[error(
        "`{}` holds no certificate in PEM; expected the server's own first, then those that vouch for it",
        .path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// No key in the file.
    #[error(
        "`{}` holds no private key in PEM that can be read; expected PKCS#8, PKCS#1 or SEC1, not encrypted",
        .path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The two belong to different certificates.
    #[error(
        "the key `{}` is not that of the first certificate in `{}`; give the two that were made together",
        .key.display(), .cert.display()
    )]
    OtherKey {
        /// The chain.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A kind of key or certificate that is not known.
    #[error(
        "`{}` with the key `{}` cannot be used; ECDSA P-256 and P-384, Ed25519 and RSA from 2048 bits can",
        .cert.display(), .key.display()
    )]
    Unusable {
        /// The chain.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
    /// A fault of the program.
    #[error("TLS cannot be set up; report this")]
    Setup(#[source] rustls::Error),
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        (cert.pem(), key.serialize_pem())
    }

    #[test]
    fn files_that_cannot_be_used_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        let ((cert_a, key_a), (_, key_b)) = (pair(), pair());
        let refused = |cert_text: &str, key_text: &str| {
            fs::write(&cert, cert_text).unwrap();
            fs::write(&key, key_text).unwrap();
            Tls::load(&cert, &key).err().unwrap().to_string()
        };
        assert!(Tls::load(&cert, &key).err().unwrap().to_string().contains("cannot read"));
        assert!(refused("", &key_a).contains("holds no certificate"));
        assert!(refused(&key_a, &key_a).contains("holds no certificate"));
        assert!(refused(&cert_a, "").contains("holds no private key"));
        assert!(refused(&cert_a, &cert_a).contains("holds no private key"));
        assert!(refused(&cert_a, &key_b).contains("is not that of"));
        assert!(!refused(&cert_a, &key_a.replace("PRIVATE", "PUBLIC")).contains("MI"));
        fs::write(&key, &key_a).unwrap();
        Tls::load(&cert, &key).unwrap();
    }
}
