//! The `Ledger` service. The modules below decide about calls; this one only passes the calls on.

mod append;
pub(crate) mod core;
pub(crate) mod log_source;
pub(crate) mod publishing;
mod read;
mod references;
pub(crate) mod set_back;
mod subscribe;
pub(crate) mod verify;

use std::{pin::Pin, sync::Arc};

use rapport_proto::v1::{self, ledger_server::Ledger};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use self::core::Core;

/// The service.
pub(crate) struct LedgerService {
    core: Arc<Core>,
}

impl LedgerService {
    /// Over the parts of a server.
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Ledger for LedgerService {
    async fn append(
        &self,
        request: Request<v1::AppendRequest>,
    ) -> Result<Response<v1::AppendResponse>, Status> {
        Ok(Response::new(append::append(&self.core, request.into_inner()).await?))
    }

    type AppendStreamStream = Answers<v1::AppendStreamResponse>;

    async fn append_stream(
        &self,
        requests: Request<Streaming<v1::AppendRequest>>,
    ) -> Result<Response<Self::AppendStreamStream>, Status> {
        Ok(Response::new(Box::pin(append::append_stream(&self.core, requests.into_inner()))))
    }

    type ReadStreamStream = Answers<v1::ReadResponse>;

    async fn read_stream(
        &self,
        request: Request<v1::ReadStreamRequest>,
    ) -> Result<Response<Self::ReadStreamStream>, Status> {
        Ok(Response::new(Box::pin(read::stream(&self.core, request.into_inner())?)))
    }

    type ReadAllStream = Answers<v1::ReadResponse>;

    async fn read_all(
        &self,
        request: Request<v1::ReadAllRequest>,
    ) -> Result<Response<Self::ReadAllStream>, Status> {
        Ok(Response::new(Box::pin(read::all(&self.core, request.into_inner())?)))
    }

    type SubscribeStream = Answers<v1::SubscribeResponse>;

    async fn subscribe(
        &self,
        request: Request<v1::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Ok(Response::new(Box::pin(subscribe::subscribe(&self.core, request.into_inner())?)))
    }

    async fn get_event(
        &self,
        request: Request<v1::GetEventRequest>,
    ) -> Result<Response<v1::RecordedEvent>, Status> {
        Ok(Response::new(read::event(&self.core, request.into_inner()).await?))
    }

    type GetEventsStream = Answers<v1::ReadResponse>;

    async fn get_events(
        &self,
        request: Request<v1::GetEventsRequest>,
    ) -> Result<Response<Self::GetEventsStream>, Status> {
        Ok(Response::new(Box::pin(read::events(&self.core, request.into_inner())?)))
    }

    async fn head(&self, _: Request<v1::HeadRequest>) -> Result<Response<v1::HeadResponse>, Status> {
        Ok(Response::new(read::head(&self.core)))
    }
}
