//! The `Views` service: waits until a view is fresh enough, asks it away from the async threads, and answers.
//!
//! What an answer means is decided in `rapport-views`, which rows there are in `rapport-store`.

mod figures;
mod funnel;
mod moment;
mod page;
mod rebuild;
mod satisfaction;
mod timeline;

use std::{pin::Pin, sync::Arc};

use rapport_proto::v1::{self, views_server::Views};
use rapport_store::View;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use crate::core::Core;

/// The service.
pub struct ViewsService {
    core: Arc<Core>,
}

impl ViewsService {
    /// Over the parts of a server.
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[tonic::async_trait]
impl Views for ViewsService {
    async fn timeline(
        &self,
        request: Request<v1::TimelineRequest>,
    ) -> Result<Response<v1::TimelineResponse>, Status> {
        Ok(Response::new(timeline::answer(&self.core, request.into_inner()).await?))
    }

    async fn funnel(
        &self,
        request: Request<v1::FunnelRequest>,
    ) -> Result<Response<v1::FunnelResponse>, Status> {
        Ok(Response::new(funnel::answer(&self.core, request.into_inner()).await?))
    }

    async fn satisfaction(
        &self,
        request: Request<v1::SatisfactionRequest>,
    ) -> Result<Response<v1::SatisfactionResponse>, Status> {
        Ok(Response::new(satisfaction::answer(&self.core, request.into_inner()).await?))
    }

    async fn figure_events(
        &self,
        request: Request<v1::FigureEventsRequest>,
    ) -> Result<Response<v1::FigureEventsResponse>, Status> {
        Ok(Response::new(figures::answer(&self.core, request.into_inner()).await?))
    }

    async fn view_status(
        &self,
        _: Request<v1::ViewStatusRequest>,
    ) -> Result<Response<v1::ViewStatusResponse>, Status> {
        let views = View::ALL.into_iter().map(|view| {
            let state = self.core.store.state(view);
            v1::ViewState {
                view: view.name().to_owned(),
                position: state.position.0,
                set_aside: state.set_aside,
                rebuilding: state.rebuilding,
            }
        });
        // The head after the views: a view is never ahead of it.
        let views = views.collect();
        Ok(Response::new(v1::ViewStatusResponse { views, head_position: self.core.reader.head().position.0 }))
    }

    type RebuildStream = Pin<Box<dyn Stream<Item = Result<v1::RebuildProgress, Status>> + Send>>;

    async fn rebuild(
        &self,
        request: Request<v1::RebuildRequest>,
    ) -> Result<Response<Self::RebuildStream>, Status> {
        Ok(Response::new(Box::pin(rebuild::rebuild(&self.core, &request.into_inner())?)))
    }
}
