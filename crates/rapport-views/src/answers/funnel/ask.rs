//! The funnel from the rows of a store.

use std::{mem, panic::resume_unwind, sync::mpsc, thread};

use rapport_proto::v1;

use super::{FunnelBuilder, FunnelParams};
use crate::{
    answers::{Answered, AsOf, AskError, Asked},
    read::{ReadError, Rows, TypedRows as _},
    rows::{DealHistory, Identity, LeadRow, Symbol},
    table::Filter,
};

/// The answer, or with a figure what that figure counts.
pub(crate) fn ask(
    request: &v1::FunnelRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::FunnelResponse>, AskError> {
    let (as_of, figure) = (asked.as_of, asked.figure);
    let params = FunnelParams::from_request(request, as_of)?.in_zone(asked.zone);
    let (symbols, definitions) = (rows.symbols()?, rows.definitions(as_of, "pipeline")?);
    if figure.is_none() && request.measures == [i32::from(v1::FunnelMeasure::Snapshot)] {
        // No figure of the funnel names a customer, so merges of customers do not matter.
        let identity = Identity::default();
        let mut builder = FunnelBuilder::new(params, &symbols, &identity, &definitions, None)?;
        builder.sums(&rows.deal_sums(as_of)?);
        return Ok(builder.finish()?);
    }
    let identity = rows.identity(as_of)?;
    let mut builder = FunnelBuilder::new(params, &symbols, &identity, &definitions, figure)?;
    let (pipeline, deals, leads) = {
        let params = builder.params();
        (params.pipeline().map(str::to_owned), params.wants_deals(), params.wants_leads())
    };
    if deals {
        let pipeline = pipeline.as_deref().and_then(|code| symbols.get(code));
        builder = count_deals(rows, as_of, pipeline, builder)?;
    }
    if leads {
        rows.each(&Filter::all(), as_of, |row: LeadRow| builder.lead(&row))?;
    }
    Ok(builder.finish()?)
}

/// Deals handed from one thread to the other at once.
const BATCH_DEALS: usize = 512;
/// Batches on their way: when counting is slower than reading, so much is held.
const BATCHES: usize = 4;

/// Hands every deal to the builder, which counts on a thread of its own while the next ones are read.
fn count_deals<'a>(
    rows: &dyn Rows,
    as_of: AsOf,
    pipeline: Option<Symbol>,
    mut builder: FunnelBuilder<'a>,
) -> Result<FunnelBuilder<'a>, ReadError> {
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
        let read = rows.deal_histories(as_of, pipeline, &mut |history| {
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
        let builder = counting.join().unwrap_or_else(|panic| resume_unwind(panic));
        read?;
        Ok(builder)
    })
}

fn new_batch() -> Vec<DealHistory> {
    vec![DealHistory::default(); BATCH_DEALS]
}
