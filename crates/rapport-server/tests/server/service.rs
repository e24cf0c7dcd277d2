//! What stands around the services: health, reflection, metrics, and starts that are refused.

use std::net::SocketAddr;

use rapport_server::{Config, Server, StartError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_stream::StreamExt;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::support::{TestServer, config, connect, deal, get_with, note};

async fn get(address: SocketAddr, path: &str) -> String {
    get_with(address, path, String::new()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_are_on() {
    let server = TestServer::start().await;
    let channel = connect(&server.server).await;
    let request = HealthCheckRequest { service: "rapport.v1.Ledger".to_owned() };
    let health = HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner();
    assert_eq!(health.status, 1);

    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let mut answers =
        reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.next().await.unwrap().unwrap().message_response
    else {
        panic!("no list of services")
    };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    assert!(
        names.contains(&"rapport.v1.Ledger".to_owned()) && names.contains(&"rapport.v1.Views".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_happened_and_hold_no_content() {
    let mut server = TestServer::start().await;
    server.append("secret-stream", vec![note("secret-customer")]).await.unwrap();
    server.append("s", vec![deal("", "7", "new")]).await.unwrap_err();
    server.everything().await;
    let http = server.server.http_address();
    let page = get(http, "/metrics").await;
    for line in [
        "rapport_appends_total{outcome=\"appended\"} 1",
        "rapport_appends_total{outcome=\"invalid\"} 1",
        "rapport_append_events_total 1",
        "rapport_read_events_total 1",
        "rapport_head_position 1",
        "rapport_log_poisoned 0",
        "rapport_view_position{view=\"funnel\"}",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("secret"));
    assert!(get(http, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(http, "/other").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_port_harms_nobody() {
    let mut server = TestServer::start().await;
    let mut connection = TcpStream::connect(server.server.grpc_address()).await.unwrap();
    connection.write_all(&[0xff; 4096]).await.unwrap();
    let mut rest = Vec::new();
    // The server hangs up, however it words that.
    let _ = connection.read_to_end(&mut rest).await;
    assert!(server.append("s", vec![note("7")]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_ledger_is_refused_and_the_first_goes_on() {
    let mut first = TestServer::start().await;
    let refused = Server::start(config(first.dir.path())).await.err().unwrap();
    assert!(matches!(refused, StartError::Log(_)), "{refused}");
    assert!(refused.to_string().contains("in use by another"), "{refused}");
    assert!(first.append("s", vec![note("7")]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_on_a_public_or_taken_address_or_with_another_clock() {
    let dir = tempfile::tempdir().unwrap();
    let public = Config { grpc: "0.0.0.0:0".parse().unwrap(), ..config(dir.path()) };
    assert!(matches!(Server::start(public).await.err().unwrap(), StartError::Config(_)));

    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = Config { http: taken.local_addr().unwrap(), ..config(dir.path()) };
    let refused = Server::start(there).await.err().unwrap();
    assert!(matches!(refused, StartError::Listen { flag: "http", .. }), "{refused}");

    Server::start(config(dir.path())).await.unwrap().shutdown().await.unwrap();
    let other_clock = Config { simulated_clock: true, ..config(dir.path()) };
    assert!(matches!(Server::start(other_clock).await.err().unwrap(), StartError::Log(_)));
}
