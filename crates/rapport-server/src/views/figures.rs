//! `FigureEvents`: what a figure counts, a page at a time.

use std::sync::Arc;

use rapport_proto::{fit, time, v1};
use rapport_store::{ReadError, Rows};
use rapport_views::{
    answers::{FigureHit, ObjectKind},
    model::{
        Activity, Asked, Calls, Channels, Classes, Consent, Contacts, Customer, Customers, Deliveries,
        Funnel, Gallery, Handover, Leads, Model, Needs, Orders, Paths, Portfolio, Potential, Prices, Profit,
        Pyramid, Receivables, Resistance, Retention, Satisfaction, Scores, Snapshots, Staff, Stock, Tickets,
        Today, Token, Value, check_page_size,
    },
    rows::{Symbol, Symbols},
};

use super::moment;
use crate::{door::refusal::Refusal, views::questions::Questions};

const PAGE_SIZE: u32 = 100;

/// The objects that a figure counts.
pub(super) async fn answer(
    questions: &Arc<Questions>,
    mut request: v1::FigureEventsRequest,
) -> Result<v1::FigureEventsResponse, Refusal> {
    use v1::figure_events_request::View as Of;
    if request.figure.is_empty() {
        return Err(Refusal::field("figure", "expected `Figure.figure` of an answer"));
    }
    match request.view.take() {
        Some(Of::Funnel(of)) => list::<Funnel>(questions, of, request).await,
        Some(Of::Satisfaction(of)) => list::<Satisfaction>(questions, of, request).await,
        Some(Of::Classes(of)) => list::<Classes>(questions, of, request).await,
        Some(Of::Profit(of)) => list::<Profit>(questions, of, request).await,
        Some(Of::Orders(of)) => list::<Orders>(questions, of, request).await,
        Some(Of::Prices(of)) => list::<Prices>(questions, of, request).await,
        Some(Of::Receivables(of)) => list::<Receivables>(questions, of, request).await,
        Some(Of::Portfolio(of)) => list::<Portfolio>(questions, of, request).await,
        Some(Of::Potential(of)) => list::<Potential>(questions, of, request).await,
        Some(Of::Retention(of)) => list::<Retention>(questions, of, request).await,
        Some(Of::Value(of)) => list::<Value>(questions, of, request).await,
        Some(Of::Pyramid(of)) => list::<Pyramid>(questions, of, request).await,
        Some(Of::Paths(of)) => list::<Paths>(questions, of, request).await,
        Some(Of::Customer(of)) => list::<Customer>(questions, of, request).await,
        Some(Of::Customers(of)) => list::<Customers>(questions, of, request).await,
        Some(Of::Deliveries(of)) => list::<Deliveries>(questions, of, request).await,
        Some(Of::Today(of)) => list::<Today>(questions, of, request).await,
        Some(Of::Channels(of)) => list::<Channels>(questions, of, request).await,
        Some(Of::Tickets(of)) => list::<Tickets>(questions, of, request).await,
        Some(Of::Leads(of)) => list::<Leads>(questions, of, request).await,
        Some(Of::Staff(of)) => list::<Staff>(questions, of, request).await,
        Some(Of::Handover(of)) => list::<Handover>(questions, of, request).await,
        Some(Of::Scores(of)) => list::<Scores>(questions, of, request).await,
        Some(Of::Gallery(of)) => list::<Gallery>(questions, of, request).await,
        Some(Of::Stock(of)) => list::<Stock>(questions, of, request).await,
        Some(Of::Consent(of)) => list::<Consent>(questions, of, request).await,
        Some(Of::Needs(of)) => list::<Needs>(questions, of, request).await,
        Some(Of::Resistance(of)) => list::<Resistance>(questions, of, request).await,
        Some(Of::Contacts(of)) => list::<Contacts>(questions, of, request).await,
        Some(Of::Calls(of)) => list::<Calls>(questions, of, request).await,
        Some(Of::Activity(of)) => list::<Activity>(questions, of, request).await,
        None => Err(Refusal::field("view", "expected the request that the figure was in the answer to")),
    }
}

async fn list<M: Model>(
    questions: &Arc<Questions>,
    of: M::Request,
    request: v1::FigureEventsRequest,
) -> Result<v1::FigureEventsResponse, Refusal> {
    check_page_size(request.page_size)?;
    let as_of = moment::resolve::<M>(questions, M::time(&of)).await?;
    let token = Token::parse(&request.page_token, as_of)?;
    let shared = Arc::clone(questions);
    let work = move || {
        let snapshots = Snapshots::of::<M>(|view| shared.models.rows(view))?;
        let figure = Some(request.figure.as_str());
        let asked = Asked { figure, ..snapshots.asked(token.as_of, &shared.zone, &*shared.events) };
        let hits = M::answer(&of, snapshots.rows(), &asked)?.objects;
        page(snapshots.rows(), &hits, &request, token)
    };
    questions.ask(M::VIEW, "listing a figure", work).await
}

fn page(
    rows: &dyn Rows,
    hits: &[FigureHit],
    request: &v1::FigureEventsRequest,
    token: Token,
) -> Result<v1::FigureEventsResponse, Refusal> {
    let size = if request.page_size == 0 { PAGE_SIZE } else { request.page_size } as usize;
    // Only products are named by symbols.
    let has_products = hits.iter().any(|hit| hit.kind == ObjectKind::Product);
    let symbols = if has_products { rows.symbols()? } else { Symbols::new() };
    let mut objects = Vec::with_capacity(size);
    for hit in hits.iter().skip(token.skip).take(size) {
        objects.push(v1::FigureObject {
            object: name(rows, &symbols, hit)?,
            customer: rows.party_name(hit.customer)?,
            positions: hit.positions.clone(),
            positions_left_out: 0,
        });
    }
    let as_of = v1::AsOf {
        occurred_until: Some(time::to_proto(token.as_of.occurred_until)),
        recorded_until: Some(time::to_proto(token.as_of.recorded_until)),
    };
    let meta = v1::ViewMeta { as_of: Some(as_of), position: rows.position().0, ..v1::ViewMeta::default() };
    let mut answer = v1::FigureEventsResponse {
        meta: Some(meta),
        objects,
        total: hits.len() as u64,
        next_page_token: String::new(),
    };
    of_objects(&mut answer, token);
    Ok(answer)
}

/// As answers name it.
fn name(rows: &dyn Rows, symbols: &Symbols, hit: &FigureHit) -> Result<String, ReadError> {
    Ok(match hit.kind {
        ObjectKind::Named(dictionary) => {
            format!("{}{}", dictionary.tag_prefix(), rows.name(dictionary, hit.object)?)
        }
        ObjectKind::Party => format!("party:{}", rows.party_name(hit.object)?),
        ObjectKind::Product => {
            let symbol = u32::try_from(hit.object.0).map(Symbol).unwrap_or_default();
            format!("product:{}", symbols.text(symbol))
        }
        // What is counted is the event itself, by position.
        ObjectKind::Event => format!("event:{}", hit.object.0),
    })
}

/// Leaves of a page of objects what has room in an answer.
fn of_objects(answer: &mut v1::FigureEventsResponse, token: Token) {
    answer.objects.iter_mut().for_each(fit::object);
    let mut page = fit::Page::after(0, 0);
    page.keep(&mut answer.objects);
    let end = token.skip + page.taken();
    let more = (end as u64) < answer.total;
    answer.next_page_token = if more { Token { skip: end, ..token }.text() } else { String::new() };
}
