//! The `Views` service: waits until a view is fresh enough, asks it away from the async threads, and answers.
//!
//! What an answer means is decided in `rapport-views`, which rows there are in `rapport-store`.

mod figures;
pub(crate) mod local_views;
mod models;
mod moment;
pub(crate) mod projector;
pub(crate) mod questions;
pub(crate) mod rebuild;
pub(crate) mod trouble;

use std::{cell::Cell, pin::Pin, sync::Arc};

use rapport_proto::v1::{self, views_server::Views};
use rapport_store::View;
use rapport_views::{
    answers::Keeping,
    model::{
        Activity, Asked, Calls, Channels, Classes, Consent, Contacts, Customer, Customers, Definitions,
        Deliveries, Find, Funnel, Gallery, Handover, Leads, Model, Needs, Orders, Paths, Portfolio,
        Potential, Prices, Profit, Pyramid, Receivables, Resistance, Retention, Satisfaction, Scores,
        Snapshots, Staff, Stock, Tickets, Timeline, Today, Value,
    },
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use self::questions::{Questions, Seen};
use crate::door::refusal::Refusal;

/// A view as this process knows it. One that it has not seen yet has nothing, and says why.
fn state_of(questions: &Questions, view: View) -> v1::ViewState {
    let failing = questions.origin.trouble(view);
    let failing = failing.map(|failing| format!("{} (for {} s)", failing.why, failing.since.as_secs()));
    let name = view.name().to_owned();
    let Some(Seen { state, aside }) = questions.origin.seen(view) else {
        let trouble = failing.unwrap_or_else(|| "its store has not answered yet".to_owned());
        return v1::ViewState { view: name, trouble, ..v1::ViewState::default() };
    };
    let aside =
        aside.into_iter().map(|aside| v1::SetAside { position: aside.position.0, reason: aside.reason });
    v1::ViewState {
        view: name,
        position: state.position.0,
        set_aside: state.set_aside,
        rebuilding: state.rebuilding,
        trouble: failing.unwrap_or_default(),
        last_set_aside: aside.collect(),
    }
}

/// Answers one question about a view: waits until the view is fresh enough, then asks its rows away from the async
/// threads.
async fn ask<M: Model>(questions: &Arc<Questions>, request: M::Request) -> Result<M::Response, Refusal> {
    M::check(&request)?;
    let as_of = moment::resolve::<M>(questions, M::time(&request)).await?;
    let is_now = moment::is_now(M::time(&request));
    let shared = Arc::clone(questions);
    let answer = move |request: &M::Request, keeping: Keeping<'_>| {
        let snapshots = Snapshots::of::<M>(|view| shared.models.rows(view))?;
        let kept = Some(keeping).filter(|_| is_now);
        let asked = Asked { kept, ..snapshots.asked(as_of, &shared.zone, &*shared.events) };
        Ok(M::respond(request, snapshots.rows(), &asked)?)
    };
    let (shared, taking) = (Arc::clone(questions), answer.clone());
    let work = move || {
        let is_due = Cell::new(false);
        let response = taking(&request, shared.kept.taking(&is_due))?;
        Ok((response, is_due.get().then_some(request)))
    };
    let (response, due) = questions.ask(M::VIEW, M::NAME, work).await?;
    if let Some(request) = due {
        let shared = Arc::clone(questions);
        // The caller has its answer; an error here is met again by the next question.
        tokio::spawn(async move {
            let renewed = Arc::clone(&shared);
            let renew = move || answer(&request, renewed.kept.renewing());
            let _: Result<M::Response, Refusal> = shared.blocking(M::NAME, renew).await;
            shared.kept.is_renewed();
        });
    }
    Ok(response)
}

/// The service.
pub(crate) struct ViewsService {
    questions: Arc<Questions>,
}

impl ViewsService {
    /// Over what answers them.
    pub(crate) fn new(questions: Arc<Questions>) -> Self {
        Self { questions }
    }
}

#[tonic::async_trait]
impl Views for ViewsService {
    async fn timeline(
        &self,
        request: Request<v1::TimelineRequest>,
    ) -> Result<Response<v1::TimelineResponse>, Status> {
        Ok(Response::new(ask::<Timeline>(&self.questions, request.into_inner()).await?))
    }

    async fn funnel(
        &self,
        request: Request<v1::FunnelRequest>,
    ) -> Result<Response<v1::FunnelResponse>, Status> {
        Ok(Response::new(ask::<Funnel>(&self.questions, request.into_inner()).await?))
    }

    async fn satisfaction(
        &self,
        request: Request<v1::SatisfactionRequest>,
    ) -> Result<Response<v1::SatisfactionResponse>, Status> {
        Ok(Response::new(ask::<Satisfaction>(&self.questions, request.into_inner()).await?))
    }

    async fn classes(
        &self,
        request: Request<v1::ClassesRequest>,
    ) -> Result<Response<v1::ClassesResponse>, Status> {
        Ok(Response::new(ask::<Classes>(&self.questions, request.into_inner()).await?))
    }

    async fn profit(
        &self,
        request: Request<v1::ProfitRequest>,
    ) -> Result<Response<v1::ProfitResponse>, Status> {
        Ok(Response::new(ask::<Profit>(&self.questions, request.into_inner()).await?))
    }

    async fn orders(
        &self,
        request: Request<v1::OrdersRequest>,
    ) -> Result<Response<v1::OrdersResponse>, Status> {
        Ok(Response::new(ask::<Orders>(&self.questions, request.into_inner()).await?))
    }

    async fn prices(
        &self,
        request: Request<v1::PricesRequest>,
    ) -> Result<Response<v1::PricesResponse>, Status> {
        Ok(Response::new(ask::<Prices>(&self.questions, request.into_inner()).await?))
    }

    async fn receivables(
        &self,
        request: Request<v1::ReceivablesRequest>,
    ) -> Result<Response<v1::ReceivablesResponse>, Status> {
        Ok(Response::new(ask::<Receivables>(&self.questions, request.into_inner()).await?))
    }

    async fn paths(&self, request: Request<v1::PathsRequest>) -> Result<Response<v1::PathsResponse>, Status> {
        Ok(Response::new(ask::<Paths>(&self.questions, request.into_inner()).await?))
    }

    async fn tickets(
        &self,
        request: Request<v1::TicketsRequest>,
    ) -> Result<Response<v1::TicketsResponse>, Status> {
        Ok(Response::new(ask::<Tickets>(&self.questions, request.into_inner()).await?))
    }

    async fn consent(
        &self,
        request: Request<v1::ConsentRequest>,
    ) -> Result<Response<v1::ConsentResponse>, Status> {
        Ok(Response::new(ask::<Consent>(&self.questions, request.into_inner()).await?))
    }

    async fn portfolio(
        &self,
        request: Request<v1::PortfolioRequest>,
    ) -> Result<Response<v1::PortfolioResponse>, Status> {
        Ok(Response::new(ask::<Portfolio>(&self.questions, request.into_inner()).await?))
    }

    async fn potential(
        &self,
        request: Request<v1::PotentialRequest>,
    ) -> Result<Response<v1::PotentialResponse>, Status> {
        Ok(Response::new(ask::<Potential>(&self.questions, request.into_inner()).await?))
    }

    async fn retention(
        &self,
        request: Request<v1::RetentionRequest>,
    ) -> Result<Response<v1::RetentionResponse>, Status> {
        Ok(Response::new(ask::<Retention>(&self.questions, request.into_inner()).await?))
    }

    async fn value(&self, request: Request<v1::ValueRequest>) -> Result<Response<v1::ValueResponse>, Status> {
        Ok(Response::new(ask::<Value>(&self.questions, request.into_inner()).await?))
    }

    async fn pyramid(
        &self,
        request: Request<v1::PyramidRequest>,
    ) -> Result<Response<v1::PyramidResponse>, Status> {
        Ok(Response::new(ask::<Pyramid>(&self.questions, request.into_inner()).await?))
    }

    async fn customer(
        &self,
        request: Request<v1::CustomerRequest>,
    ) -> Result<Response<v1::CustomerResponse>, Status> {
        Ok(Response::new(ask::<Customer>(&self.questions, request.into_inner()).await?))
    }

    async fn customers(
        &self,
        request: Request<v1::CustomersRequest>,
    ) -> Result<Response<v1::CustomersResponse>, Status> {
        Ok(Response::new(ask::<Customers>(&self.questions, request.into_inner()).await?))
    }

    async fn definitions(
        &self,
        request: Request<v1::DefinitionsRequest>,
    ) -> Result<Response<v1::DefinitionsResponse>, Status> {
        Ok(Response::new(ask::<Definitions>(&self.questions, request.into_inner()).await?))
    }

    async fn contacts(
        &self,
        request: Request<v1::ContactsRequest>,
    ) -> Result<Response<v1::ContactsResponse>, Status> {
        Ok(Response::new(ask::<Contacts>(&self.questions, request.into_inner()).await?))
    }

    async fn calls(&self, request: Request<v1::CallsRequest>) -> Result<Response<v1::CallsResponse>, Status> {
        Ok(Response::new(ask::<Calls>(&self.questions, request.into_inner()).await?))
    }

    async fn activity(
        &self,
        request: Request<v1::ActivityRequest>,
    ) -> Result<Response<v1::ActivityResponse>, Status> {
        Ok(Response::new(ask::<Activity>(&self.questions, request.into_inner()).await?))
    }

    async fn deliveries(
        &self,
        request: Request<v1::DeliveriesRequest>,
    ) -> Result<Response<v1::DeliveriesResponse>, Status> {
        Ok(Response::new(ask::<Deliveries>(&self.questions, request.into_inner()).await?))
    }

    async fn today(&self, request: Request<v1::TodayRequest>) -> Result<Response<v1::TodayResponse>, Status> {
        Ok(Response::new(ask::<Today>(&self.questions, request.into_inner()).await?))
    }

    async fn leads(&self, request: Request<v1::LeadsRequest>) -> Result<Response<v1::LeadsResponse>, Status> {
        Ok(Response::new(ask::<Leads>(&self.questions, request.into_inner()).await?))
    }

    async fn staff(&self, request: Request<v1::StaffRequest>) -> Result<Response<v1::StaffResponse>, Status> {
        Ok(Response::new(ask::<Staff>(&self.questions, request.into_inner()).await?))
    }

    async fn handover(
        &self,
        request: Request<v1::HandoverRequest>,
    ) -> Result<Response<v1::HandoverResponse>, Status> {
        Ok(Response::new(ask::<Handover>(&self.questions, request.into_inner()).await?))
    }

    async fn needs(&self, request: Request<v1::NeedsRequest>) -> Result<Response<v1::NeedsResponse>, Status> {
        Ok(Response::new(ask::<Needs>(&self.questions, request.into_inner()).await?))
    }

    async fn resistance(
        &self,
        request: Request<v1::ResistanceRequest>,
    ) -> Result<Response<v1::ResistanceResponse>, Status> {
        Ok(Response::new(ask::<Resistance>(&self.questions, request.into_inner()).await?))
    }

    async fn channels(
        &self,
        request: Request<v1::ChannelsRequest>,
    ) -> Result<Response<v1::ChannelsResponse>, Status> {
        Ok(Response::new(ask::<Channels>(&self.questions, request.into_inner()).await?))
    }

    async fn stock(&self, request: Request<v1::StockRequest>) -> Result<Response<v1::StockResponse>, Status> {
        Ok(Response::new(ask::<Stock>(&self.questions, request.into_inner()).await?))
    }

    async fn gallery(
        &self,
        request: Request<v1::GalleryRequest>,
    ) -> Result<Response<v1::GalleryResponse>, Status> {
        Ok(Response::new(ask::<Gallery>(&self.questions, request.into_inner()).await?))
    }

    async fn scores(
        &self,
        request: Request<v1::ScoresRequest>,
    ) -> Result<Response<v1::ScoresResponse>, Status> {
        Ok(Response::new(ask::<Scores>(&self.questions, request.into_inner()).await?))
    }

    async fn find(&self, request: Request<v1::FindRequest>) -> Result<Response<v1::FindResponse>, Status> {
        Ok(Response::new(ask::<Find>(&self.questions, request.into_inner()).await?))
    }

    async fn figure_events(
        &self,
        request: Request<v1::FigureEventsRequest>,
    ) -> Result<Response<v1::FigureEventsResponse>, Status> {
        Ok(Response::new(figures::answer(&self.questions, request.into_inner()).await?))
    }

    async fn view_status(
        &self,
        request: Request<v1::ViewStatusRequest>,
    ) -> Result<Response<v1::ViewStatusResponse>, Status> {
        let (questions, wants_models) = (Arc::clone(&self.questions), request.into_inner().models);
        let work = move || {
            let views = questions.views.iter().map(|view| state_of(&questions, *view)).collect();
            let models = if wants_models { models::states(&*questions.models)? } else { Vec::new() };
            // The head after the views, so that it is not before a view that follows it.
            Ok(v1::ViewStatusResponse { views, head_position: questions.origin.head().0, models })
        };
        Ok(Response::new(self.questions.blocking("looking at the views", work).await?))
    }

    type RebuildStream = Pin<Box<dyn Stream<Item = Result<v1::RebuildProgress, Status>> + Send>>;

    async fn rebuild(
        &self,
        request: Request<v1::RebuildRequest>,
    ) -> Result<Response<Self::RebuildStream>, Status> {
        Ok(Response::new(Box::pin(rebuild::rebuild(&self.questions, &request.into_inner())?)))
    }
}
