//! `Funnel`.

use std::{
    mem,
    sync::{Arc, mpsc},
    thread,
};

use rapport_proto::v1;
use rapport_store::{Rows, TypedRows as _, View};
use rapport_views::{
    answers::{
        AsOf,
        funnel::{FunnelAnswer, FunnelBuilder, FunnelParams},
    },
    rows::{DealHistory, Identity, LeadRow, Symbol},
    table::Filter,
};

use super::{moment, page};
use crate::{door::refusal::Refusal, views::questions::Questions};

/// The funnel as of a moment.
pub(super) async fn answer(
    questions: &Arc<Questions>,
    request: v1::FunnelRequest,
) -> Result<v1::FunnelResponse, Refusal> {
    let as_of = moment::resolve(questions, View::Funnel, request.time.as_ref()).await?;
    let token = page::Token::parse(&request.page_token, as_of)?;
    let store = Arc::clone(&questions.models);
    let work = move || {
        let snapshot = store.rows(View::Funnel)?;
        let mut response = ask(&*snapshot, &request, token.as_of, None)?.response;
        if let Some(meta) = &mut response.meta {
            meta.position = snapshot.position().0;
        }
        page::of_funnel(&mut response, token);
        Ok(response)
    };
    questions.ask(View::Funnel, "answering a funnel", work).await
}

/// The answer, or with a figure what that figure counts.
pub(super) fn ask(
    snapshot: &dyn Rows,
    request: &v1::FunnelRequest,
    as_of: AsOf,
    figure: Option<&str>,
) -> Result<FunnelAnswer, Refusal> {
    let params = FunnelParams::from_request(request, as_of)?;
    let (symbols, definitions) = (snapshot.symbols()?, snapshot.definitions(as_of, "pipeline")?);
    if figure.is_none() && request.measures == [i32::from(v1::FunnelMeasure::Snapshot)] {
        // No figure of the funnel names a customer, so merges of customers do not matter.
        let identity = Identity::default();
        let mut builder = FunnelBuilder::new(params, &symbols, &identity, &definitions, None)?;
        builder.sums(&snapshot.deal_sums(as_of)?);
        return Ok(builder.finish()?);
    }
    let identity = snapshot.identity(as_of)?;
    let mut builder = FunnelBuilder::new(params, &symbols, &identity, &definitions, figure)?;
    let (pipeline, deals, leads) = {
        let params = builder.params();
        (params.pipeline().map(str::to_owned), params.wants_deals(), params.wants_leads())
    };
    if deals {
        let pipeline = pipeline.as_deref().and_then(|code| symbols.get(code));
        builder = count_deals(snapshot, as_of, pipeline, builder)?;
    }
    if leads {
        snapshot.each(&Filter::all(), as_of, |row: LeadRow| builder.lead(&row))?;
    }
    Ok(builder.finish()?)
}

/// Deals handed from one thread to the other at once.
const BATCH_DEALS: usize = 512;
/// Batches on their way: when counting is slower than reading, so much is held.
const BATCHES: usize = 4;

/// Hands every deal to the builder, which counts on a thread of its own while the next ones are read.
fn count_deals<'a>(
    snapshot: &dyn Rows,
    as_of: AsOf,
    pipeline: Option<Symbol>,
    mut builder: FunnelBuilder<'a>,
) -> Result<FunnelBuilder<'a>, Refusal> {
    thread::scope(|scope| {
        let (to_counting, batches) = mpsc::sync_channel::<Vec<DealHistory>>(BATCHES);
        let (give_back, counted) = mpsc::channel();
        let counting = scope.spawn(move || {
            for batch in batches {
                batch.iter().for_each(|history| builder.deal(history));
                // When reading has ended, the room is not needed again.
                let _ = give_back.send(batch);
            }
            builder
        });
        let mut batch = new_batch();
        let mut filled = 0;
        let hand_over = |batch: &mut Vec<DealHistory>| {
            let room = counted.try_recv().unwrap_or_else(|_| new_batch());
            // It fails when counting has panicked, which joining tells.
            let _ = to_counting.send(mem::replace(batch, room));
        };
        let read = snapshot.deal_histories(as_of, pipeline, &mut |history| {
            if let Some(slot) = batch.get_mut(filled) {
                mem::swap(slot, history);
                filled += 1;
            }
            if filled == BATCH_DEALS {
                hand_over(&mut batch);
                filled = 0;
            }
        });
        batch.truncate(filled);
        hand_over(&mut batch);
        drop(to_counting);
        let builder = counting.join().map_err(|_| Refusal::internal("counting deals"))?;
        read?;
        Ok(builder)
    })
}

fn new_batch() -> Vec<DealHistory> {
    vec![DealHistory::default(); BATCH_DEALS]
}
