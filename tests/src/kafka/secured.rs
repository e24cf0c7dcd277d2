//! A broker with TLS and passwords, as an organisation runs it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rdkafka::ClientConfig;

use super::broker::{Broker, new_folder};
use crate::port::{Port, arbitrary};

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself, under TLS.
    Plain,
    /// A proof that one knows it: SCRAM-SHA-512.
    Scram,
}

impl Mechanism {
    /// As Kafka writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram => "SCRAM-SHA-512",
        }
    }

    /// The one user that the broker knows by it.
    #[must_use]
    pub fn user(self) -> &'static str {
        match self {
            Self::Plain => "plain-user",
            Self::Scram => "scram-user",
        }
    }
}

/// A broker with a second listener, SASL over TLS; the first one is as ever.
#[derive(Debug)]
pub struct SecuredBroker {
    /// The broker itself; its [`Broker::bootstrap`] is the listener without TLS and password.
    pub broker: Broker,
    bootstrap: String,
    authority: PathBuf,
    password: String,
}

impl Broker {
    /// Starts a broker that also listens with TLS and passwords.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_secured() -> Result<SecuredBroker> {
        SecuredBroker::start()
    }
}

impl SecuredBroker {
    pub(super) fn start() -> Result<Self> {
        let folder = new_folder()?;
        let (port, password) = (Port::claim()?, format!("{:016x}", arbitrary()));
        let (bootstrap, authority) = (port.address(), folder.join("authority.pem"));
        certify(&authority, &folder.join("broker.pem"))?;
        let settings = include_str!("../../kafka/secured.properties")
            .replace("OUTER_ADDRESS", &bootstrap)
            .replace("PASSWORD", &password);
        let (mechanism, user) = (Mechanism::Scram.name(), Mechanism::Scram.user());
        let scram = format!("{mechanism}=[name={user},password={password}]");
        let broker = Broker::start_in(folder, vec![port], &settings, &["--add-scram", &scram])?;
        Ok(Self { broker, bootstrap, authority, password })
    }

    /// Where clients with TLS and a password find it, `127.0.0.1:PORT`.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The certificate, in PEM, that a client must trust.
    #[must_use]
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// The password of both users.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Settings of an rdkafka client.
    #[must_use]
    pub fn client_config(&self, mechanism: Mechanism) -> ClientConfig {
        let mut config = self.broker.client_config();
        config
            .set("bootstrap.servers", &self.bootstrap)
            .set("security.protocol", "sasl_ssl")
            .set("ssl.ca.location", self.authority.to_string_lossy())
            .set("sasl.mechanisms", mechanism.name())
            .set("sasl.username", mechanism.user())
            .set("sasl.password", &self.password);
        config
    }

    /// A properties file with the same for a Java client.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn java_properties(&self, mechanism: Mechanism) -> Result<PathBuf> {
        let module = match mechanism {
            Mechanism::Plain => "plain.PlainLoginModule",
            Mechanism::Scram => "scram.ScramLoginModule",
        };
        let (name, user, password) = (mechanism.name(), mechanism.user(), &self.password);
        let text = format!(
            "security.protocol=SASL_SSL\n\
             ssl.truststore.type=PEM\n\
             ssl.truststore.location={}\n\
             sasl.mechanism={name}\n\
             sasl.jaas.config=org.apache.kafka.common.security.{module} required \
             username=\"{user}\" password=\"{password}\";\n",
            self.authority.display(),
        );
        let file = self.authority.with_file_name(format!("client-{user}.properties"));
        fs::write(&file, text)?;
        Ok(file)
    }
}

/// Writes an authority's certificate, and the broker's key with the certificate that the authority gives it.
fn certify(authority: &Path, broker: &Path) -> Result<()> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // A certificate whose issuer has its own name would count as signed by itself.
    params.distinguished_name.push(DnType::CommonName, "the authority of a test");
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    fs::write(authority, issuer.pem())?;
    fs::write(broker, key.serialize_pem() + &certificate.pem())?;
    Ok(())
}
