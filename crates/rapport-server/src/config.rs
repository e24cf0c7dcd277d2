//! The configuration of a server: defaults, one TOML file, the environment, the command line; the later wins.

pub(crate) mod error;
pub(crate) mod kafka;

use std::{net::SocketAddr, path::PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use rapport_proto::validate::Limits;

use self::{
    error::ConfigError,
    kafka::{KafkaConfig, KafkaSettings},
};
use crate::door::listening::Listening;

/// A server's configuration, complete. Every key is explained in `docs/configuration.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Where the ledger lives; made when it is not there.
    pub data: PathBuf,
    /// Where gRPC listens; port 0 takes a free one.
    pub grpc: SocketAddr,
    /// Where `/metrics` and `/healthz` are; port 0 takes a free one.
    pub http: SocketAddr,
    /// The chain of certificates for both addresses, PEM; TLS is spoken when it is there.
    pub tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The file of tokens; without it every client may do everything.
    pub tokens: Option<PathBuf>,
    /// Whether an address may be public without TLS and tokens.
    pub unprotected: bool,
    /// Whether the clients tell the recorded clock. Fixed when the ledger is made.
    pub simulated_clock: bool,
    /// The zone of dates without one, such as `Europe/Riga`.
    pub time_zone: String,
    /// Bytes of the largest gRPC message that is read.
    pub message_bytes_max: usize,
    /// Bytes of the largest payload of one event.
    pub payload_bytes_max: usize,
    /// Events of the largest append.
    pub request_events_max: usize,
    /// Bytes of all payloads of the largest append.
    pub request_bytes_max: usize,
    /// Bytes of the appends that wait for the log; more are refused or, on a stream, not read.
    pub queue_bytes_max: usize,
    /// Seconds that a stopping server waits for calls that are under way.
    pub shutdown_timeout_s: u64,
    /// Where the log is published to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kafka: Option<KafkaConfig>,
    /// Whether appends go on although other places have more of this ledger than it has. Said for one start, by a flag
    /// alone.
    #[serde(skip)]
    pub accept_set_back: bool,
}

/// One layer of configuration: a value that it does not have comes from the layer below.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the field of `Config` of that name")]
pub struct Settings {
    pub data: Option<PathBuf>,
    pub grpc: Option<SocketAddr>,
    pub http: Option<SocketAddr>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub tokens: Option<PathBuf>,
    pub unprotected: Option<bool>,
    pub simulated_clock: Option<bool>,
    pub time_zone: Option<String>,
    pub message_bytes_max: Option<usize>,
    pub payload_bytes_max: Option<usize>,
    pub request_events_max: Option<usize>,
    pub request_bytes_max: Option<usize>,
    pub queue_bytes_max: Option<usize>,
    pub shutdown_timeout_s: Option<u64>,
    #[serde(default)]
    pub kafka: KafkaSettings,
}

impl Settings {
    /// The layer that a TOML file is.
    ///
    /// # Errors
    /// The text is not TOML, or has an unknown key or a wrong value.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Ok(toml::from_str(text)?)
    }

    /// This layer over the one below.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            data: self.data.or(below.data),
            grpc: self.grpc.or(below.grpc),
            http: self.http.or(below.http),
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
            tokens: self.tokens.or(below.tokens),
            unprotected: self.unprotected.or(below.unprotected),
            simulated_clock: self.simulated_clock.or(below.simulated_clock),
            time_zone: self.time_zone.or(below.time_zone),
            message_bytes_max: self.message_bytes_max.or(below.message_bytes_max),
            payload_bytes_max: self.payload_bytes_max.or(below.payload_bytes_max),
            request_events_max: self.request_events_max.or(below.request_events_max),
            request_bytes_max: self.request_bytes_max.or(below.request_bytes_max),
            queue_bytes_max: self.queue_bytes_max.or(below.queue_bytes_max),
            shutdown_timeout_s: self.shutdown_timeout_s.or(below.shutdown_timeout_s),
            kafka: self.kafka.over(below.kafka),
        }
    }

    /// The configuration that this layer makes over the defaults.
    ///
    /// # Errors
    /// A server cannot run with it.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let defaults = Config::new(self.data.ok_or(ConfigError::NoData)?);
        let config = Config {
            data: defaults.data,
            grpc: self.grpc.unwrap_or(defaults.grpc),
            http: self.http.unwrap_or(defaults.http),
            tls_cert: self.tls_cert,
            tls_key: self.tls_key,
            tokens: self.tokens,
            unprotected: self.unprotected.unwrap_or(defaults.unprotected),
            simulated_clock: self.simulated_clock.unwrap_or(defaults.simulated_clock),
            time_zone: self.time_zone.unwrap_or(defaults.time_zone),
            message_bytes_max: self.message_bytes_max.unwrap_or(defaults.message_bytes_max),
            payload_bytes_max: self.payload_bytes_max.unwrap_or(defaults.payload_bytes_max),
            request_events_max: self.request_events_max.unwrap_or(defaults.request_events_max),
            request_bytes_max: self.request_bytes_max.unwrap_or(defaults.request_bytes_max),
            queue_bytes_max: self.queue_bytes_max.unwrap_or(defaults.queue_bytes_max),
            shutdown_timeout_s: self.shutdown_timeout_s.unwrap_or(defaults.shutdown_timeout_s),
            kafka: self.kafka.resolve()?,
            accept_set_back: defaults.accept_set_back,
        };
        config.check()?;
        Ok(config)
    }
}

impl Config {
    /// The defaults, for the ledger in `data`.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        let limits = Limits::default();
        Self {
            data: data.into(),
            grpc: SocketAddr::from(([127, 0, 0, 1], 7411)),
            http: SocketAddr::from(([127, 0, 0, 1], 7412)),
            tls_cert: None,
            tls_key: None,
            tokens: None,
            unprotected: false,
            simulated_clock: false,
            time_zone: "UTC".to_owned(),
            message_bytes_max: limits.message_bytes_max,
            payload_bytes_max: limits.payload_bytes_max,
            request_events_max: limits.request_events_max,
            request_bytes_max: limits.request_bytes_max,
            queue_bytes_max: 64 << 20,
            shutdown_timeout_s: 10,
            kafka: None,
            accept_set_back: false,
        }
    }

    /// The same on free ports of the loopback: for tests, the demonstration and the benchmark.
    #[must_use]
    pub fn on_free_ports(self) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { grpc: free, http: free, ..self }
    }

    /// Whether a server can run with this.
    ///
    /// # Errors
    /// It cannot.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.zone()?;
        self.listening().check()?;
        let ascending = [
            ("payload_bytes_max", self.payload_bytes_max),
            ("request_bytes_max", self.request_bytes_max),
            ("message_bytes_max", self.message_bytes_max),
            ("queue_bytes_max", self.queue_bytes_max),
        ];
        for (&(small, small_bytes), &(large, large_bytes)) in ascending.iter().zip(ascending.iter().skip(1)) {
            if small_bytes > large_bytes {
                return Err(ConfigError::Limits { small, small_bytes, large, large_bytes });
            }
        }
        Ok(())
    }

    /// Where the server listens and which clients are let in.
    #[must_use]
    pub fn listening(&self) -> Listening {
        Listening {
            grpc: self.grpc,
            http: self.http,
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            tokens: self.tokens.clone(),
            unprotected: self.unprotected,
        }
    }

    /// The zone of dates without one.
    ///
    /// # Errors
    /// The time zone does not exist.
    pub fn zone(&self) -> Result<TimeZone, ConfigError> {
        TimeZone::get(&self.time_zone).map_err(|_| ConfigError::TimeZone(self.time_zone.clone()))
    }

    /// How large appends may be.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            payload_bytes_max: self.payload_bytes_max,
            request_events_max: self.request_events_max,
            request_bytes_max: self.request_bytes_max,
            message_bytes_max: self.message_bytes_max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::lack::Lack;

    #[test]
    fn a_layer_wins_over_the_ones_below_and_defaults_fill_the_rest() {
        let file =
            Settings::from_toml("data = \"a\"\ngrpc = \"127.0.0.1:1\"\ntime_zone = \"Europe/Riga\"").unwrap();
        let flags = Settings { data: Some("b".into()), ..Settings::default() };
        let config = flags.over(file).resolve().unwrap();
        assert_eq!(config.data, PathBuf::from("b"));
        assert_eq!(config.grpc.port(), 1);
        assert_eq!(config.http.port(), 7412);
        assert_eq!(config.time_zone, "Europe/Riga");
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_refused_by_name() {
        let wrong = [
            ("dta = \"x\"", "dta"),
            ("data = \"x\"\ngrpc = \"nowhere\"", "grpc"),
            ("data = \"x\"\ntime_zone = \"Mars/Base\"", "Mars/Base"),
            ("grpc = \"127.0.0.1:1\"", "--data"),
            ("data = \"x\"\npayload_bytes_max = 100000000", "payload_bytes_max"),
        ];
        for (text, expected) in wrong {
            let error = Settings::from_toml(text).and_then(Settings::resolve).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_public_address_is_refused_unless_it_is_protected_or_said_not_to_be() {
        let public = "data = \"x\"\ngrpc = \"ADDRESS\"\n";
        let (tls, tokens) = ("tls_cert = \"c\"\ntls_key = \"k\"\n", "tokens = \"t\"\n");
        for address in ["0.0.0.0:7411", "192.168.1.5:7411", "[::]:7411", "[2001:db8::1]:7411"] {
            let resolve = |more: &str| {
                Settings::from_toml(&(public.replace("ADDRESS", address) + more)).and_then(Settings::resolve)
            };
            let lacks = |more: &str| match resolve(more) {
                Err(ConfigError::Public { lacks, .. }) => Some(lacks),
                other => panic!("{other:?}"),
            };
            assert_eq!(lacks(""), Some(Lack::TlsAndTokens), "{address}");
            assert_eq!(lacks(tls), Some(Lack::Tokens), "{address}");
            assert_eq!(lacks(tokens), Some(Lack::Tls), "{address}");
            assert_eq!(resolve(&[tls, tokens].concat()).unwrap().listening().exposed(), None, "{address}");
            for unprotected in ["", tls, tokens] {
                assert!(resolve(&[unprotected, "unprotected = true"].concat()).is_ok(), "{address}");
            }
        }
        let pages = Settings::from_toml("data = \"x\"\nhttp = \"0.0.0.0:1\"").unwrap().resolve();
        assert!(matches!(pages, Err(ConfigError::Public { .. })));
        let loopback = Settings::from_toml("data = \"x\"\ngrpc = \"[::1]:0\"").unwrap().resolve();
        assert_eq!(loopback.unwrap().listening().exposed(), None);
    }

    #[test]
    fn one_address_for_both_ports_is_refused_with_both_flags() {
        let resolve = |port: u16| {
            let text = format!("data = \"x\"\ngrpc = \"127.0.0.1:{port}\"\nhttp = \"127.0.0.1:{port}\"");
            Settings::from_toml(&text).unwrap().resolve()
        };
        let refused = resolve(7411).unwrap_err().to_string();
        assert_eq!(
            refused,
            "--grpc and --http are both `127.0.0.1:7411`; choose another address for one of them"
        );
        // Free ports are two.
        assert!(resolve(0).is_ok());
    }

    #[test]
    fn half_of_tls_is_refused() {
        for half in ["tls_cert", "tls_key"] {
            let refused = Settings::from_toml(&format!("data = \"x\"\n{half} = \"f\"")).unwrap().resolve();
            assert!(refused.unwrap_err().to_string().starts_with(&format!("`{half}` without")));
        }
    }
}
