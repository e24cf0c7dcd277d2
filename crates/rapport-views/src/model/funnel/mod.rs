//! What the funnel shows: a grid a pipeline and measure, the overview over all pipelines, and leads. Grids have the order
//! of the measures in the contract.

mod closed;
mod columns;
mod leads;
mod overview;
mod snapshot;
mod stages;

use rapport_proto::{
    fit,
    v1::{FunnelMeasure, FunnelRequest, FunnelResponse, PipelineFunnel},
};

use super::{Answered, AskError, Asked, Model, Token, fields_of_every_model};
use crate::{
    answers::funnel::ask,
    page::{Grid, Lines, Page, Shown, Words},
    read::Rows,
    view::View,
};

/// Deals by stage, how they move, what is won and lost.
#[derive(Debug, Clone, Copy)]
pub struct Funnel;

impl Model for Funnel {
    type Request = FunnelRequest;
    type Response = FunnelResponse;
    const NAME: &'static str = "funnel";
    const RESPONSE: &'static str = "rapport.v1.FunnelResponse";
    const VIEW: View = View::Funnel;
    const LINES: Lines =
        Lines::Values(["pipeline", "measure", "row", "currency", "quantity", "value", "figure"]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    /// Its rows are those of all lists, pipeline by pipeline.
    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        let mut page = fit::Page::after(token.skip, beside);
        response.meta.iter_mut().for_each(|meta| page.keep(&mut meta.definitions));
        response.pipelines.retain_mut(|pipeline| {
            let before = page;
            page.keep(&mut pipeline.stages);
            page.keep(&mut pipeline.overview);
            page.keep(&mut pipeline.snapshot);
            page.keep(&mut pipeline.conversion);
            pipeline.cohort.iter_mut().for_each(|cohort| page.keep(&mut cohort.steps));
            page.keep(&mut pipeline.balance);
            page.keep(&mut pipeline.time_in_stage);
            page.keep(&mut pipeline.outcomes);
            page.keep(&mut pipeline.competitors);
            page.keep(&mut pipeline.loss_reasons);
            // One without any rows is on the first page.
            page.taken() > before.taken() || (page == before && token.skip == 0)
        });
        if token.skip > 0 {
            response.leads = None;
        }
        response.next_page_token = token.after(&page);
        response.rows_left_out = page.left_out() as u64;
    }

    fn page(request: &FunnelRequest, response: &FunnelResponse) -> Page {
        let wants = |measure| wants(request, measure);
        let mut page = Page::default();
        if wants(FunnelMeasure::Overview) {
            page.grids.push(overview::grid(request, response));
        }
        let mut without_deals = 0;
        for pipeline in &response.pipelines {
            let mut grids = of_pipeline(pipeline, &wants);
            if !grids.is_empty() && grids.iter().all(|grid| grid.is_empty() && grid.notes.is_empty()) {
                without_deals += 1;
                grids.iter_mut().for_each(|grid| grid.shown = Shown::Exports);
            }
            page.grids.extend(grids);
        }
        if let Some(leads) = &response.leads {
            page.grids.push(leads::grid(leads));
        }
        if without_deals > 0 && !wants(FunnelMeasure::Overview) {
            let (one, many) = ("pipeline without such deals", "pipelines without such deals");
            page.notes.push(Words::counted("pipelines_without_deals", without_deals, one, many));
        }
        let leads = response.leads.as_ref();
        if response.pipelines.is_empty() && leads.is_none_or(leads::is_empty) {
            let text = if leads.is_some() { "no deals and no leads by then" } else { "no deals by then" };
            page.notes.push(Words::new("nothing", text));
        }
        page
    }

    fields_of_every_model!();
}

/// Whether a request asks for a measure: the overview only where it is named.
fn wants(request: &FunnelRequest, measure: FunnelMeasure) -> bool {
    let mut named = request.measures();
    let all = request.measures.is_empty() || request.measures().any(|one| one == FunnelMeasure::Unspecified);
    named.any(|one| one == measure) || (all && measure != FunnelMeasure::Overview)
}

/// Makes the grid of a measure.
type ToGrid = fn(&PipelineFunnel) -> Grid;

fn of_pipeline(pipeline: &PipelineFunnel, wants: &dyn Fn(FunnelMeasure) -> bool) -> Vec<Grid> {
    let measures: [(FunnelMeasure, ToGrid); 7] = [
        (FunnelMeasure::Snapshot, snapshot::grid),
        (FunnelMeasure::Conversion, stages::conversion),
        (FunnelMeasure::Balance, stages::balance),
        (FunnelMeasure::TimeInStage, stages::times),
        (FunnelMeasure::Outcomes, closed::outcomes),
        (FunnelMeasure::Competitors, closed::competitors),
        (FunnelMeasure::LossReasons, closed::reasons),
    ];
    let mut grids = Vec::new();
    for (measure, grid) in measures {
        // The cohort stands before the balance.
        if let Some(cohort) = pipeline.cohort.as_ref().filter(|_| measure == FunnelMeasure::Balance) {
            grids.push(stages::cohort(pipeline, cohort).of(&pipeline.pipeline));
        }
        if wants(measure) {
            grids.push(grid(pipeline).of(&pipeline.pipeline));
        }
    }
    grids
}
