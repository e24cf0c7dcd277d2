//! How requests come in: ports, connections, TLS, tokens and roles, limits, and the refusals that clients see.

pub(crate) mod access;
pub(crate) mod budget;
pub(crate) mod calls;
mod connections;
mod grpc;
mod http;
pub(crate) mod lack;
pub(crate) mod listening;
pub(crate) mod oversize;
mod permitted;
pub(crate) mod ports;
mod protection;
pub(crate) mod refusal;
mod reload;
pub(crate) mod tls;
pub(crate) mod tokens;
