//! `Funnel`.

use std::sync::Arc;

use rapport_proto::v1;
use rapport_store::{FunnelSnapshot, View};
use rapport_views::{
    answers::{
        AsOf,
        funnel::{FunnelAnswer, FunnelBuilder, FunnelParams},
    },
    rows::{DefinitionRow, Identity, Symbols},
};

use super::moment;
use crate::{core::Core, refusal::Refusal};

/// The funnel as of a moment.
pub async fn answer(core: &Arc<Core>, request: v1::FunnelRequest) -> Result<v1::FunnelResponse, Refusal> {
    let as_of = moment::resolve(core, View::Funnel, request.time.as_ref()).await?;
    let store = core.store.clone();
    let work = move || {
        let snapshot = store.funnel()?;
        let mut response = ask(&snapshot, &request, as_of, None)?.response;
        if let Some(meta) = &mut response.meta {
            meta.position = snapshot.position().0;
        }
        Ok(response)
    };
    core.blocking("answering a funnel", work).await
}

/// The answer, or with a figure what that figure counts.
pub fn ask(
    snapshot: &FunnelSnapshot,
    request: &v1::FunnelRequest,
    as_of: AsOf,
    figure: Option<&str>,
) -> Result<FunnelAnswer, Refusal> {
    let params = FunnelParams::from_request(request, as_of)?;
    let (t, k) = (as_of.occurred_until, as_of.recorded_until);
    let rows = Rows {
        symbols: snapshot.symbols()?,
        identity: snapshot.identity(t, k)?,
        definitions: snapshot.definitions(t, k, "pipeline")?,
    };
    if figure.is_none() && request.measures == [i32::from(v1::FunnelMeasure::Snapshot)] {
        let mut builder = rows.builder(params, None)?;
        builder.sums(&snapshot.sums(t, k)?);
        return Ok(builder.finish()?);
    }
    let mut builder = rows.builder(params, figure)?;
    let (pipeline, deals, leads) = {
        let params = builder.params();
        (params.pipeline().map(str::to_owned), params.wants_deals(), params.wants_leads())
    };
    let pipeline = pipeline.as_deref().and_then(|code| rows.symbols.get(code));
    if deals {
        snapshot.deal_histories(t, k, pipeline, |history| builder.deal(history))?;
    }
    if leads {
        for row in snapshot.leads(t, k)? {
            builder.lead(&row);
        }
    }
    Ok(builder.finish()?)
}

struct Rows {
    symbols: Symbols,
    identity: Identity,
    definitions: Vec<DefinitionRow>,
}

impl Rows {
    fn builder(&self, params: FunnelParams, figure: Option<&str>) -> Result<FunnelBuilder<'_>, Refusal> {
        Ok(FunnelBuilder::new(params, &self.symbols, &self.identity, &self.definitions, figure)?)
    }
}
