//! How gRPC is served, whatever the services are.

use std::time::Duration;

use axum::middleware::{from_fn_with_state, map_response};
use rapport_proto::DESCRIPTOR_SET;
use tonic::{
    service::{Routes, RoutesBuilder},
    transport::server::Router,
};

use crate::door::{
    access::{self, Access},
    oversize,
};

/// Bytes of one call, and of one connection, that are received before they are asked for.
const WINDOW_BYTES: (u32, u32) = (1 << 20, 4 << 20);
/// Calls of one connection at once.
const CALLS_MAX: u32 = 1_024;
/// A client that does not answer for so long is gone.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The services, with reflection, behind the door.
pub(super) fn router(mut routes: RoutesBuilder, access: Option<&Access>) -> Router {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    reflection().build_v1().ok().map(|service| routes.add_service(service));
    reflection().build_v1alpha().ok().map(|service| routes.add_service(service));
    let routes = routes
        .routes()
        .into_axum_router()
        .layer(map_response(async |answer| oversize::in_our_words::<axum::body::Body>(answer)));
    let routes = match access {
        Some(access) => routes.layer(from_fn_with_state(access.clone(), access::grpc)),
        None => routes,
    };
    tonic::transport::Server::builder()
        .initial_stream_window_size(WINDOW_BYTES.0)
        .initial_connection_window_size(WINDOW_BYTES.1)
        .max_concurrent_streams(CALLS_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .add_routes(Routes::from(routes))
}
