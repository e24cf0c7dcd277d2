//! How requests come in: ports, connections, TLS, tokens and roles, limits, and the refusals that clients see.

pub mod access;
pub mod budget;
pub mod calls;
mod connections;
mod grpc;
mod http;
pub mod lack;
pub mod listening;
pub mod oversize;
mod permitted;
pub mod ports;
mod protection;
pub mod refusal;
mod reload;
pub mod tls;
pub mod tokens;
