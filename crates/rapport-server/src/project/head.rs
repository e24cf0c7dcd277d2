//! `Head` of the ledger whose views a projector service has, so that clients know their time zone and the last
//! position. All other calls of `Ledger` are refused: only a ledger answers them.

use std::pin::Pin;

use rapport_proto::v1::{self, ledger_server::Ledger};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::progress::Progress;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The service.
pub(super) struct HeadService {
    pub progress: Progress,
    pub time_zone: String,
}

fn elsewhere() -> Status {
    Status::unimplemented(
        "this address is a projector's: it answers questions about its views and has no ledger's events; ask the ledger, at \
         the address that `rapport serve` prints as `ready grpc=…`",
    )
}

#[tonic::async_trait]
impl Ledger for HeadService {
    async fn head(&self, _: Request<v1::HeadRequest>) -> Result<Response<v1::HeadResponse>, Status> {
        let report = self.progress.report();
        Ok(Response::new(v1::HeadResponse {
            position: report.head.unwrap_or_default().0,
            time_zone: self.time_zone.clone(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..v1::HeadResponse::default()
        }))
    }

    async fn append(&self, _: Request<v1::AppendRequest>) -> Result<Response<v1::AppendResponse>, Status> {
        Err(elsewhere())
    }

    type AppendStreamStream = Answers<v1::AppendStreamResponse>;

    async fn append_stream(
        &self,
        _: Request<Streaming<v1::AppendRequest>>,
    ) -> Result<Response<Self::AppendStreamStream>, Status> {
        Err(elsewhere())
    }

    type ReadStreamStream = Answers<v1::ReadResponse>;

    async fn read_stream(
        &self,
        _: Request<v1::ReadStreamRequest>,
    ) -> Result<Response<Self::ReadStreamStream>, Status> {
        Err(elsewhere())
    }

    type ReadAllStream = Answers<v1::ReadResponse>;

    async fn read_all(
        &self,
        _: Request<v1::ReadAllRequest>,
    ) -> Result<Response<Self::ReadAllStream>, Status> {
        Err(elsewhere())
    }

    type SubscribeStream = Answers<v1::SubscribeResponse>;

    async fn subscribe(
        &self,
        _: Request<v1::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Err(elsewhere())
    }

    async fn get_event(
        &self,
        _: Request<v1::GetEventRequest>,
    ) -> Result<Response<v1::RecordedEvent>, Status> {
        Err(elsewhere())
    }

    type GetEventsStream = Answers<v1::ReadResponse>;

    async fn get_events(
        &self,
        _: Request<v1::GetEventsRequest>,
    ) -> Result<Response<Self::GetEventsStream>, Status> {
        Err(elsewhere())
    }
}
