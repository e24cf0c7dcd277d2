//! Real Kafka brokers: a bare one, one with TLS and passwords, one behind a proxy that delays requests.

mod broker;
mod delayed;
mod secured;

pub use broker::{Broker, shared_broker};
pub use delayed::{DelayedBroker, Request, Rule};
pub use secured::{Mechanism, SecuredBroker};

pub(crate) use broker::java;
