//! The server: gRPC services, configuration, wiring, shutdown.
//!
//! It owns the runtime and the threads; what an event is, where it lies and what it means is decided in the crates
//! below. Begin with [`Server`], which opens everything in order; then `core`, what all calls share; `ledger` and
//! `views` are the services; `projector` carries events from the log into the views; `refusal` is the one place
//! where errors become what clients see.
//!
//! **Invariant:** no payload and no personal data is in any log line, error or metric.

mod budget;
mod calls;
mod config;
mod connections;
mod core;
mod http;
mod kafka_config;
mod ledger;
mod log_source;
mod metrics;
mod oversize;
mod projector;
mod publisher_metrics;
mod publisher_pages;
mod publishing;
mod refusal;
mod server;
mod start_error;
mod stopping;
mod verify;
mod views;

pub use config::{Config, ConfigError, Settings};
pub use kafka_config::{KafkaConfig, KafkaSettings};
pub use publisher_pages::serve_publisher_pages;
pub use server::Server;
pub use start_error::{StartError, StopError};
pub use verify::{Finding, Verification, VerifyError, verify};
