//! A server that decodes what it gets and answers at once: what gRPC itself costs.

use std::{io::Write, net::Ipv4Addr};

use rapport_proto::v1::{
    AppendRequest, AppendResponse, AppendStreamResponse, GetEventRequest, GetEventsRequest, HeadRequest,
    HeadResponse, ReadAllRequest, ReadResponse, ReadStreamRequest, RecordedEvent, SubscribeRequest,
    SubscribeResponse,
    append_stream_response::Result as Answer,
    ledger_server::{Ledger, LedgerServer},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::{
    Empty, StreamExt,
    wrappers::{ReceiverStream, TcpListenerStream},
};
use tonic::{Request, Response, Status, Streaming, transport::Server};

use crate::show::Page;

/// As the real server has them.
const WINDOW_BYTES: (u32, u32) = (1 << 20, 4 << 20);
/// Answers that wait for a slow reader.
const ANSWERS_WAITING_MAX: usize = 64;

struct Noop;

/// Serves until it is stopped; prints `ready grpc=…`.
///
/// # Errors
/// No port is free.
pub(super) async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let mut page = Page::stdout();
    writeln!(page, "ready grpc={}", listener.local_addr()?)?;
    page.finish()?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Server::builder()
        .initial_stream_window_size(WINDOW_BYTES.0)
        .initial_connection_window_size(WINDOW_BYTES.1)
        .add_service(LedgerServer::new(Noop).max_decoding_message_size(64 << 20))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async move {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}

fn answer(request: &AppendRequest) -> AppendResponse {
    let events: usize = request.appends.iter().map(|append| append.events.len()).sum();
    AppendResponse {
        first_position: 1,
        last_position: events as u64,
        revisions: vec![0; request.appends.len()],
        ..AppendResponse::default()
    }
}

#[tonic::async_trait]
impl Ledger for Noop {
    async fn append(&self, request: Request<AppendRequest>) -> Result<Response<AppendResponse>, Status> {
        Ok(Response::new(answer(request.get_ref())))
    }

    type AppendStreamStream = ReceiverStream<Result<AppendStreamResponse, Status>>;

    async fn append_stream(
        &self,
        request: Request<Streaming<AppendRequest>>,
    ) -> Result<Response<Self::AppendStreamStream>, Status> {
        let mut requests = request.into_inner();
        let (answers, outgoing) = mpsc::channel(ANSWERS_WAITING_MAX);
        tokio::spawn(async move {
            while let Some(Ok(request)) = requests.next().await {
                let appended = AppendStreamResponse { result: Some(Answer::Appended(answer(&request))) };
                if answers.send(Ok(appended)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(outgoing)))
    }

    type ReadStreamStream = Empty<Result<ReadResponse, Status>>;

    async fn read_stream(
        &self,
        _: Request<ReadStreamRequest>,
    ) -> Result<Response<Self::ReadStreamStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    type ReadAllStream = Empty<Result<ReadResponse, Status>>;

    async fn read_all(&self, _: Request<ReadAllRequest>) -> Result<Response<Self::ReadAllStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    type SubscribeStream = Empty<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        _: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    async fn get_event(&self, _: Request<GetEventRequest>) -> Result<Response<RecordedEvent>, Status> {
        Err(Status::not_found("this server keeps nothing"))
    }

    type GetEventsStream = Empty<Result<ReadResponse, Status>>;

    async fn get_events(
        &self,
        _: Request<GetEventsRequest>,
    ) -> Result<Response<Self::GetEventsStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    async fn head(&self, _: Request<HeadRequest>) -> Result<Response<HeadResponse>, Status> {
        Ok(Response::new(HeadResponse::default()))
    }
}
