//! The server: gRPC services, configuration, wiring, shutdown.
//!
//! It owns the runtime and the threads; what an event is, where it lies and what it means is decided in the crates
//! below. Begin with [`Server`], which opens everything in order; then `core`, what all calls share; `ledger` and
//! `views` are the services; `projector` carries events from the log into the views; `refusal` is the one place
//! where errors become what clients see; `access` and `tls` are the door.
//!
//! **Invariant:** no payload and no personal data is in any log line, error or metric.

mod access;
mod budget;
mod calls;
mod config;
mod connections;
mod core;
mod grpc;
mod http;
mod kafka_config;
mod ledger;
mod listening;
mod local_views;
mod log_source;
mod metrics;
mod oversize;
mod permitted;
mod ports;
mod project;
mod projector;
mod protection;
mod publisher_metrics;
mod publisher_pages;
mod publishing;
mod questions;
mod refusal;
mod reload;
mod server;
mod set_back;
mod source_metrics;
mod start_error;
mod stopping;
mod tls;
mod tokens;
mod trouble;
mod verify;
mod view_metrics;
mod views;

pub use config::{Config, ConfigError, Settings};
pub use kafka_config::{KafkaConfig, KafkaSettings};
pub use listening::{Lack, Listening};
pub use project::{
    Arrived, KafkaSource, KafkaSourceOptions, OpenSource, PartitionSource, ProjectConfig, ProjectError,
    ProjectServer, ProjectStore, Reading, SetBack, SourceError, Stretch,
};
pub use publisher_pages::serve_publisher_pages;
pub use server::Server;
pub use start_error::{StartError, StopError};
pub use tls::TlsError;
pub use tokens::{NewToken, NewTokenError, Role, TokensError};
pub use verify::{Finding, Verification, VerifyError, verify};
