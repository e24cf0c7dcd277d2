//! The way to the database.

use std::{fs::File, io::BufReader, sync::Arc, time::Duration};

use postgres::{
    Client, Config, NoTls,
    config::{Host, SslMode, SslNegotiation},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    failure::PostgresError,
    watched::{Route, Watch},
};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The unit of the system's keep-alives.
const SECOND: Duration = Duration::from_secs(1);
/// The driver's setting when the URL names none.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// Whether a process works on its statement: it waits neither for the client to take its answer nor for a statement.
const IS_AT_WORK: &str = "
SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' FROM pg_stat_activity WHERE pid = $1";

/// Where the database is and how to get there.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// How long it may send nothing before it is asked whether it works.
    keepalive: Duration,
}

impl Server {
    /// From a URL (`postgres://user:password@host/database?sslmode=verify-full`), or from words as libpq has them.
    /// Beside the driver's own parameters it knows `sslmode=verify-full` and `sslrootcert`.
    pub(crate) fn parse(url: &str, keepalive: Duration) -> Result<Self, PostgresError> {
        let mut wanted = Wanted::default();
        let rest = wanted.take(url);
        let mut config: Config = rest.parse().map_err(|error: postgres::Error| {
            // What could not be parsed may be a password: only say what kind of thing it was.
            PostgresError::other(format!(
                "the URL of the database cannot be read ({}); write `postgres://user:password@host:port/database`",
                std::error::Error::source(&error).map_or_else(String::new, ToString::to_string)
            ))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(PostgresError::other(
                "the URL of the database names no host; write `postgres://user:password@host:port/database`",
            ));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("rapport");
        }
        if wanted.verify_full {
            config.ssl_mode(SslMode::Require);
        }
        let tls = if config.get_ssl_mode() == SslMode::Disable {
            None
        } else {
            Some(MakeRustlsConnect::new(wanted.tls()?))
        };
        if config.get_keepalives_idle() == KEEPALIVES_IDLE {
            config
                .keepalives_idle(keepalive)
                .keepalives_interval((keepalive / 4).max(SECOND))
                .keepalives_retries(3);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(2 * keepalive);
        }
        // A notice of a trigger may hold content.
        config.notice_callback(|_| {});
        Ok(Self { config, tls, keepalive })
    }

    /// A new connection. When its server sends nothing for a while and does not work for it, the statement fails.
    pub(crate) fn connect(&self) -> Result<Client, PostgresError> {
        self.connect_until(
            CONNECT_TIMEOUT.max(self.config.get_connect_timeout().copied().unwrap_or_default()),
        )
    }

    fn connect_until(&self, connect_timeout: Duration) -> Result<Client, PostgresError> {
        let is_remote = |host: &Host| matches!(host, Host::Tcp(_));
        if !self.config.get_hosts().iter().all(is_remote) {
            // No network is between this process and a socket of its own machine.
            return Ok(match &self.tls {
                Some(tls) => self.config.connect(tls.clone())?,
                None => self.config.connect(NoTls)?,
            });
        }
        let server = self.clone();
        let watch =
            Watch::new(Arc::new(move |process| server.is_at_work(process)), self.keepalive, connect_timeout);
        let (mode, tls) = (self.config.get_ssl_mode(), self.tls.clone());
        let route = Route { mode, tls, watch: Arc::clone(&watch) };
        let mut client = self.watched_config().connect(route)?;
        let process: i32 = client.query_one("SELECT pg_backend_pid()", &[])?.try_get(0)?;
        watch.is_connected(process);
        Ok(client)
    }

    /// Leaves TLS to [`Route`].
    fn watched_config(&self) -> Config {
        let mut config = self.config.clone();
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        config
    }

    /// Whether the server works for one of its processes, or at least answers; the error says why it must be gone.
    fn is_at_work(&self, process: i32) -> Result<(), String> {
        let asked = self.connect_until(self.keepalive.min(CONNECT_TIMEOUT)).and_then(|mut client| {
            let rows = client.query(IS_AT_WORK, &[&process])?;
            Ok(rows.first().map(|row| row.try_get::<_, Option<bool>>(0)).transpose()?)
        });
        match asked {
            // PostgreSQL hides the state of other users' processes.
            Ok(Some(None | Some(true))) => Ok(()),
            Ok(Some(Some(false)) | None) => {
                Err("it is not at work on what it was asked, so the connection is dead".to_owned())
            }
            Err(error) if error.is_reported() => Ok(()),
            Err(error) => Err(format!("it does not answer on a new connection either ({error})")),
        }
    }
}

/// What the driver does not know.
#[derive(Default)]
struct Wanted {
    verify_full: bool,
    root_certificates: Option<String>,
}

impl Wanted {
    /// Takes our own parameters out of a URL or of a list of words.
    fn take(&mut self, url: &str) -> String {
        if !url.contains("://") {
            let words = url.split_whitespace().filter(|word| !self.takes(word));
            return words.collect::<Vec<_>>().join(" ");
        }
        let Some((place, query)) = url.split_once('?') else { return url.to_owned() };
        let parameters: Vec<&str> = query.split('&').filter(|parameter| !self.takes(parameter)).collect();
        if parameters.is_empty() { place.to_owned() } else { format!("{place}?{}", parameters.join("&")) }
    }

    fn takes(&mut self, parameter: &str) -> bool {
        match parameter.split_once('=') {
            Some(("sslmode", "verify-full")) => self.verify_full = true,
            Some(("sslrootcert", path)) => self.root_certificates = Some(path.replace("%2F", "/")),
            _ => return false,
        }
        true
    }

    fn tls(&self) -> Result<ClientConfig, PostgresError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| PostgresError::other(format!("TLS cannot be set up: {error}")))?;
        if !self.verify_full && self.root_certificates.is_none() {
            // As everywhere in PostgreSQL: `require` encrypts and does not ask who is there.
            let anybody = Arc::new(Anybody(provider));
            return Ok(builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth());
        }
        Ok(builder.with_root_certificates(self.roots()?).with_no_client_auth())
    }

    fn roots(&self) -> Result<RootCertStore, PostgresError> {
        let mut roots = RootCertStore::empty();
        match self.root_certificates.as_deref() {
            Some(path) if path != "system" => {
                let unreadable = |error: &dyn std::fmt::Display| {
                    PostgresError::other(format!("cannot read the certificates of `sslrootcert`: {error}"))
                };
                let file = File::open(path).map_err(|error| unreadable(&error))?;
                for certificate in CertificateDer::pem_reader_iter(BufReader::new(file)) {
                    let certificate = certificate.map_err(|error| unreadable(&error))?;
                    roots.add(certificate).map_err(|error| unreadable(&error))?;
                }
            }
            Some(_) | None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(PostgresError::other(
                "there are no certificates to trust; name a file of them in `sslrootcert`",
            ));
        }
        Ok(roots)
    }
}

/// Takes any certificate; the handshake itself is checked.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_parameters_are_taken_out_of_the_url() {
        let mut wanted = Wanted::default();
        let url =
            "postgres://me:secret@host/db?sslmode=verify-full&connect_timeout=3&sslrootcert=/etc/ca.pem";
        assert_eq!(wanted.take(url), "postgres://me:secret@host/db?connect_timeout=3");
        assert!(wanted.verify_full);
        assert_eq!(wanted.root_certificates.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(Wanted::default().take("host=h sslmode=verify-full user=me"), "host=h user=me");
        assert_eq!(
            Wanted::default().take("postgres://h/db?sslmode=require"),
            "postgres://h/db?sslmode=require"
        );
    }

    #[test]
    fn a_url_without_a_host_is_refused_and_not_tried_again_and_again() {
        for url in ["postgres://", "postgres://rapport@/rapport", "user=rapport dbname=rapport"] {
            let refused = Server::parse(url, Duration::from_secs(20)).map(drop).unwrap_err().to_string();
            assert!(refused.contains("names no host"), "{url}: {refused}");
        }
        for url in ["postgres://h", "postgres://h/d", "host=h", "hostaddr=127.0.0.1", "host=/run/postgresql"]
        {
            assert!(Server::parse(url, Duration::from_secs(20)).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_its_password() {
        for url in ["postgres://me:secret@host:port/db", "secret", "postgres://me:secret@h/db?secret=1"] {
            let Err(error) = Server::parse(url, Duration::from_secs(20)) else { panic!("{url} was taken") };
            assert!(!error.to_string().contains("me:"), "{error}");
        }
    }
}
