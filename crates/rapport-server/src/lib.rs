//! The server: gRPC services, configuration, wiring, shutdown.
//!
//! It owns the runtime and the threads; what an event is, where it lies and what it means is decided in the crates
//! below. Begin with [`Server`], which opens everything in order. `door` is how requests come in (ports, TLS, tokens, and
//! `refusal`, the one place where errors become what clients see); `ledger` and `views` are the services, `project` is
//! views fed from a source elsewhere; `pages` is what a process shows over HTTP.
//!
//! **Invariant:** no payload and no personal data is in any log line, error or metric.

mod config;
mod door;
mod ledger;
mod pages;
mod project;
mod server;
mod start_error;
mod stopping;
mod views;

pub use config::{
    Config, Settings,
    error::ConfigError,
    kafka::{KafkaConfig, KafkaSettings},
};
pub use door::{
    lack::Lack,
    listening::Listening,
    tls::TlsError,
    tokens::{NewToken, NewTokenError, Role, TokensError},
};
pub use ledger::verify::{Finding, Verification, VerifyError, verify};
pub use pages::publisher_pages::serve_publisher_pages;
pub use project::{
    kafka_source::{KafkaSource, KafkaSourceOptions},
    parts::{ProjectConfig, ProjectError, ProjectStore},
    service::ProjectServer,
    source::{Arrived, OpenSource, PartitionSource, Reading, SetBack, SourceError, Stretch},
};
pub use server::Server;
pub use start_error::{StartError, StopError};
