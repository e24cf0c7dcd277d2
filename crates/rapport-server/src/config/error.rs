//! Why a server cannot run with a configuration.

use std::net::SocketAddr;

use crate::door::lack::Lack;

/// A configuration that a server cannot run with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not TOML, or has an unknown key or a wrong value.
    #[error("{0}")]
    File(#[from] toml::de::Error),
    /// No directory.
    #[error(
        "where does the ledger live? name its directory with --data DIR, RAPPORT_DATA or `data` in the file"
    )]
    NoData,
    /// Not a zone of the IANA database.
    #[error("`time_zone`: `{0}` is not a time zone; expected a name such as `Europe/Riga` or `UTC`")]
    TimeZone(String),
    /// Every client could read and write everything.
    #[error(
        "refusing to listen on the public address `{address}` without {lacks}: {}; give --tls-cert, --tls-key and \
         --tokens (docs/security.md), or listen on 127.0.0.1 or [::1]; use --unprotected only in networks where \
         every client may do everything", .lacks.danger()
    )]
    Public {
        /// The address.
        address: SocketAddr,
        /// What is missing.
        lacks: Lack,
    },
    /// One address cannot serve both.
    #[error("--grpc and --http are both `{0}`; choose another address for one of them")]
    SameAddress(SocketAddr),
    /// Half of what TLS needs.
    #[error("`{there}` without `{missing}`: TLS needs a certificate and its key; give both, or neither")]
    HalfTls {
        /// What is configured.
        there: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// The part about Kafka.
    #[error("kafka: {0}")]
    Kafka(#[from] rapport_kafka::OptionsError),
    /// Limits that exclude each other.
    #[error(
        "`{small}` ({small_bytes}) must not be above `{large}` ({large_bytes}); raise the one or lower the other"
    )]
    Limits {
        /// The limit that is too large.
        small: &'static str,
        /// Its value.
        small_bytes: usize,
        /// The limit that it exceeds.
        large: &'static str,
        /// Its value.
        large_bytes: usize,
    },
}
