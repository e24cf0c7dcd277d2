//! TLS on both ports, with real certificates and clients of both versions of it.

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use rapport_server::Config;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::ServerName,
        version::{TLS12, TLS13},
    },
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

use crate::support::{TestServer, config, note};
use rapport_proto::v1::{HeadRequest, ledger_client::LedgerClient};

/// An authority, and a certificate of its making in two files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let this = Self { issuer, dir: tempfile::tempdir().unwrap() };
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let cert = CertificateParams::new(names).unwrap().signed_by(&key, &this.issuer).unwrap();
        fs::write(this.file("cert.pem"), cert.pem()).unwrap();
        fs::write(this.file("key.pem"), key.serialize_pem()).unwrap();
        this
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn server(&self) -> TestServer {
        let dir = tempfile::tempdir().unwrap();
        let (tls_cert, tls_key) = (Some(self.file("cert.pem")), Some(self.file("key.pem")));
        let config = Config { tls_cert, tls_key, ..config(dir.path()) };
        TestServer::start_on(dir, config).await
    }

    async fn channel(&self, server: &TestServer) -> Channel {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.issuer.pem()));
        let endpoint = Channel::from_shared(server.server.url()).unwrap().tls_config(tls).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// A bare connection of one version of TLS, that offers one protocol.
    async fn connect(
        &self,
        address: SocketAddr,
        version: &'static SupportedProtocolVersion,
        protocol: &[u8],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let connection = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, connection).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ports_speak_both_versions_of_tls_each_for_its_protocol() {
    let authority = Authority::new();
    let server = authority.server().await;
    let ports = [
        (server.server.grpc_address(), b"h2".as_slice(), b"http/1.1".as_slice()),
        (server.server.http_address(), b"http/1.1", b"h2"),
    ];
    for (address, protocol, other) in ports {
        for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
            let stream = authority.connect(address, version, protocol).await.unwrap();
            let session = stream.get_ref().1;
            assert_eq!(session.protocol_version(), Some(name));
            assert_eq!(session.alpn_protocol(), Some(protocol));
            assert!(authority.connect(address, version, other).await.is_err());
        }
    }
    let mut page = authority.connect(server.server.http_address(), &TLS13, b"http/1.1").await.unwrap();
    page.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    page.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("rapport_head_position"), "{answer}");

    let mut ledger = LedgerClient::new(authority.channel(&server).await);
    ledger.append(crate::support::request("s", vec![note("7")])).await.unwrap();
    assert_eq!(ledger.head(HeadRequest {}).await.unwrap().into_inner().position, 1);
    server.server.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_or_nonsense_hold_up_nobody() {
    let authority = Authority::new();
    let server = authority.server().await;
    let mut others = Vec::new();
    for address in [server.server.grpc_address(), server.server.http_address()] {
        for number in 0..40 {
            let mut other = TcpStream::connect(address).await.unwrap();
            let said: &[u8] = match number % 3 {
                0 => b"",
                // The beginning of a handshake that does not go on.
                1 => b"\x16\x03\x01\x02\x00\x01",
                _ => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            };
            other.write_all(said).await.unwrap();
            others.push(other);
        }
    }
    let quickly = async {
        let mut ledger = LedgerClient::new(authority.channel(&server).await);
        ledger.head(HeadRequest {}).await.unwrap();
        authority.connect(server.server.http_address(), &TLS13, b"http/1.1").await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(5), quickly).await.unwrap();
    // Whoever has not shaken hands does not hold up the end either.
    tokio::time::timeout(Duration::from_secs(8), server.server.shutdown()).await.unwrap().unwrap();
    drop(others);
}
