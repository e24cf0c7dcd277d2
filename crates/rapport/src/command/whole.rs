//! Collects all pages of an answer.

use prost::Message as _;
use rapport_proto::v1::{
    ActivityRequest, ActivityResponse, CallsRequest, CallsResponse, ChannelsRequest, ChannelsResponse,
    ClassesRequest, ClassesResponse, ConsentRequest, ConsentResponse, ContactsRequest, ContactsResponse,
    CustomerRequest, CustomerResponse, CustomersRequest, CustomersResponse, DefinitionsRequest,
    DefinitionsResponse, DeliveriesRequest, DeliveriesResponse, FindRequest, FindResponse, FunnelRequest,
    FunnelResponse, GalleryRequest, GalleryResponse, HandoverRequest, HandoverResponse, LeadsRequest,
    LeadsResponse, NeedsRequest, NeedsResponse, OrdersRequest, OrdersResponse, PathsRequest, PathsResponse,
    PortfolioRequest, PortfolioResponse, PotentialRequest, PotentialResponse, PricesRequest, PricesResponse,
    ProfitRequest, ProfitResponse, PyramidRequest, PyramidResponse, ReceivablesRequest, ReceivablesResponse,
    ResistanceRequest, ResistanceResponse, RetentionRequest, RetentionResponse, SatisfactionRequest,
    SatisfactionResponse, ScoresRequest, ScoresResponse, StaffRequest, StaffResponse, StockRequest,
    StockResponse, TicketsRequest, TicketsResponse, TodayRequest, TodayResponse, ValueRequest, ValueResponse,
};
use tonic::{Response, Status};

use crate::{client::Client, failure::Refused};

/// Asks for one page after the other. `page_token` and `next` say where the tokens are; `add` adds a page to those before.
async fn all<Q: Clone, A>(
    mut request: Q,
    ask: impl AsyncFn(Q) -> Result<Response<A>, Status>,
    page_token: fn(&mut Q) -> &mut String,
    next: fn(&mut A) -> &mut String,
    add: fn(&mut A, A) -> anyhow::Result<()>,
) -> anyhow::Result<A> {
    let mut whole = ask(request.clone()).await.map_err(Refused::from)?.into_inner();
    while !next(&mut whole).is_empty() {
        *page_token(&mut request) = std::mem::take(next(&mut whole));
        let mut page = ask(request.clone()).await.map_err(Refused::from)?.into_inner();
        std::mem::swap(next(&mut whole), next(&mut page));
        add(&mut whole, page)?;
    }
    Ok(whole)
}

/// All pages of an answer whose list is `rows`; with a page size, the first.
macro_rules! by_rows {
    ($($call:ident: $request:ident -> $response:ident),+ $(,)?) => {
        $(
            pub(super) async fn $call(client: &Client, request: $request) -> anyhow::Result<$response> {
                if request.page_size > 0 {
                    return Ok(client.views().$call(request).await.map_err(Refused::from)?.into_inner());
                }
                let ask = async |request| client.views().$call(request).await;
                let add = |whole: &mut $response, page: $response| {
                    whole.rows.extend(page.rows);
                    whole.rows_left_out = page.rows_left_out;
                    Ok(())
                };
                all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add)
                    .await
            }
        )+
    };
}

by_rows! {
    channels: ChannelsRequest -> ChannelsResponse,
    classes: ClassesRequest -> ClassesResponse,
    consent: ConsentRequest -> ConsentResponse,
    customers: CustomersRequest -> CustomersResponse,
    contacts: ContactsRequest -> ContactsResponse,
    calls: CallsRequest -> CallsResponse,
    activity: ActivityRequest -> ActivityResponse,
    deliveries: DeliveriesRequest -> DeliveriesResponse,
    leads: LeadsRequest -> LeadsResponse,
    handover: HandoverRequest -> HandoverResponse,
    needs: NeedsRequest -> NeedsResponse,
    orders: OrdersRequest -> OrdersResponse,
    paths: PathsRequest -> PathsResponse,
    prices: PricesRequest -> PricesResponse,
    profit: ProfitRequest -> ProfitResponse,
    receivables: ReceivablesRequest -> ReceivablesResponse,
    staff: StaffRequest -> StaffResponse,
    resistance: ResistanceRequest -> ResistanceResponse,
    scores: ScoresRequest -> ScoresResponse,
    gallery: GalleryRequest -> GalleryResponse,
    stock: StockRequest -> StockResponse,
    tickets: TicketsRequest -> TicketsResponse,
    today: TodayRequest -> TodayResponse,
    value: ValueRequest -> ValueResponse,
}

/// All pages of a funnel.
///
/// # Errors
/// The server's.
pub(super) async fn funnel(client: &Client, request: FunnelRequest) -> anyhow::Result<FunnelResponse> {
    let ask = async |request| client.views().funnel(request).await;
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add_funnel)
        .await
}

/// The first pipeline of a page may be the last one of the page before.
fn add_funnel(whole: &mut FunnelResponse, page: FunnelResponse) -> anyhow::Result<()> {
    let definitions = page.meta.map(|meta| meta.definitions).unwrap_or_default();
    whole.meta.get_or_insert_default().definitions.extend(definitions);
    for pipeline in page.pipelines {
        match whole.pipelines.last_mut().filter(|last| last.pipeline == pipeline.pipeline) {
            // Merging one message into another is to append its lists.
            Some(last) => last.merge(pipeline.encode_to_vec().as_slice())?,
            None => whole.pipelines.push(pipeline),
        }
    }
    whole.rows_left_out = page.rows_left_out;
    Ok(())
}

/// All pages of satisfaction.
///
/// # Errors
/// The server's.
pub(super) async fn satisfaction(
    client: &Client,
    request: SatisfactionRequest,
) -> anyhow::Result<SatisfactionResponse> {
    let ask = async |request| client.views().satisfaction(request).await;
    let add = |whole: &mut SatisfactionResponse, page: SatisfactionResponse| {
        whole.scores.extend(page.scores);
        whole.trend.extend(page.trend);
        whole.rolling.extend(page.rolling);
        whole.attributes.extend(page.attributes);
        whole.companies.extend(page.companies);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

/// All pages of one customer.
///
/// # Errors
/// The server's.
pub(super) async fn customer(client: &Client, request: CustomerRequest) -> anyhow::Result<CustomerResponse> {
    let ask = async |request| client.views().customer(request).await;
    let add = |whole: &mut CustomerResponse, page: CustomerResponse| {
        whole.owners.extend(page.owners);
        whole.deals.extend(page.deals);
        whole.tickets.extend(page.tickets);
        whole.agreements.extend(page.agreements);
        whole.documents.extend(page.documents);
        whole.contracts.extend(page.contracts);
        whole.needs.extend(page.needs);
        whole.responses.extend(page.responses);
        whole.consents.extend(page.consents);
        whole.purchases.extend(page.purchases);
        whole.classes.extend(page.classes);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

/// All pages of a portfolio; with a page size, the first.
///
/// # Errors
/// The server's.
pub(super) async fn portfolio(
    client: &Client,
    request: PortfolioRequest,
) -> anyhow::Result<PortfolioResponse> {
    if request.page_size > 0 {
        return Ok(client.views().portfolio(request).await.map_err(Refused::from)?.into_inner());
    }
    let ask = async |request| client.views().portfolio(request).await;
    let add = |whole: &mut PortfolioResponse, page: PortfolioResponse| {
        whole.products.extend(page.products);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

/// All pages of potential; with a page size, the first.
///
/// # Errors
/// The server's.
pub(super) async fn potential(
    client: &Client,
    request: PotentialRequest,
) -> anyhow::Result<PotentialResponse> {
    if request.page_size > 0 {
        return Ok(client.views().potential(request).await.map_err(Refused::from)?.into_inner());
    }
    let ask = async |request| client.views().potential(request).await;
    let add = |whole: &mut PotentialResponse, page: PotentialResponse| {
        whole.customers.extend(page.customers);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

/// All pages of retention; with a page size, the first.
///
/// # Errors
/// The server's.
pub(super) async fn retention(
    client: &Client,
    request: RetentionRequest,
) -> anyhow::Result<RetentionResponse> {
    if request.page_size > 0 {
        return Ok(client.views().retention(request).await.map_err(Refused::from)?.into_inner());
    }
    let ask = async |request| client.views().retention(request).await;
    let add = |whole: &mut RetentionResponse, page: RetentionResponse| {
        whole.alerts.extend(page.alerts);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

/// All pages of a pyramid; with a page size, the first.
///
/// # Errors
/// The server's.
pub(super) async fn pyramid(client: &Client, request: PyramidRequest) -> anyhow::Result<PyramidResponse> {
    if request.page_size > 0 {
        return Ok(client.views().pyramid(request).await.map_err(Refused::from)?.into_inner());
    }
    let ask = async |request| client.views().pyramid(request).await;
    let add = |whole: &mut PyramidResponse, page: PyramidResponse| {
        whole.candidates.extend(page.candidates);
        whole.customers.extend(page.customers);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

/// The first page of those who are found: it is as long as was asked for.
///
/// # Errors
/// The server's.
pub(super) async fn find(client: &Client, request: FindRequest) -> anyhow::Result<FindResponse> {
    Ok(client.views().find(request).await.map_err(Refused::from)?.into_inner())
}

/// All pages of definitions.
///
/// # Errors
/// The server's.
pub(super) async fn definitions(
    client: &Client,
    request: DefinitionsRequest,
) -> anyhow::Result<DefinitionsResponse> {
    let ask = async |request| client.views().definitions(request).await;
    let add = |whole: &mut DefinitionsResponse, page: DefinitionsResponse| {
        whole.definitions.extend(page.definitions);
        whole.rows_left_out = page.rows_left_out;
        Ok(())
    };
    all(request, ask, |request| &mut request.page_token, |answer| &mut answer.next_page_token, add).await
}

#[cfg(test)]
mod tests {
    use rapport_proto::v1::{CohortFunnel, PipelineFunnel, Stage, cohort_funnel::Step};

    use super::*;

    #[test]
    fn a_pipeline_that_goes_on_on_the_next_page_is_one_pipeline() {
        let pipeline = |code: &str, stages: &[&str], steps: &[&str]| PipelineFunnel {
            pipeline: code.to_owned(),
            stages: stages
                .iter()
                .map(|code| Stage { code: (*code).to_owned(), ..Stage::default() })
                .collect(),
            cohort: Some(CohortFunnel {
                steps: steps
                    .iter()
                    .map(|stage| Step { stage: (*stage).to_owned(), ..Step::default() })
                    .collect(),
                immature: true,
                ..CohortFunnel::default()
            }),
            ..PipelineFunnel::default()
        };
        let page = |pipelines, rows_left_out| FunnelResponse {
            pipelines,
            rows_left_out,
            ..FunnelResponse::default()
        };
        let mut whole = page(vec![pipeline("a", &["1"], &[]), pipeline("b", &["1", "2"], &["1"])], 4);
        add_funnel(&mut whole, page(vec![pipeline("b", &[], &["2"]), pipeline("c", &["1"], &[])], 0))
            .unwrap();
        let expected = vec![
            pipeline("a", &["1"], &[]),
            pipeline("b", &["1", "2"], &["1", "2"]),
            pipeline("c", &["1"], &[]),
        ];
        assert_eq!((whole.pipelines, whole.rows_left_out), (expected, 0));
    }
}
