//! Deals closed in the period: outcomes, competitors and reasons agree on which these are.

use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    competitors::Competitors, loss_reasons::LossReasons, outcomes::Outcomes, scope::Scope, visits::Deal,
};
use crate::{answers::tally::Figures, rows::Symbols};

#[derive(Debug, Default)]
pub(super) struct Closed {
    /// Of another period.
    overview: Outcomes,
    outcomes: Outcomes,
    competitors: Competitors,
    loss_reasons: LossReasons,
}

impl Closed {
    pub(super) fn take(&mut self, deal: &Deal<'_>, scope: &Scope) {
        let measures = scope.measures;
        let Some(closing) = deal.closing else {
            if measures.has(FunnelMeasure::Overview) {
                self.overview.take_open(deal, scope.keeps(FunnelMeasure::Overview));
            }
            if measures.has(FunnelMeasure::Outcomes) {
                self.outcomes.take_open(deal, scope.keeps(FunnelMeasure::Outcomes));
            }
            return;
        };
        if measures.has(FunnelMeasure::Overview) && scope.lately.contains(closing.at) {
            self.overview.take_closed(deal, closing, scope.keeps(FunnelMeasure::Overview));
        }
        if !scope.period.contains(closing.at) {
            return;
        }
        if measures.has(FunnelMeasure::Outcomes) {
            self.outcomes.take_closed(deal, closing, scope.keeps(FunnelMeasure::Outcomes));
        }
        if measures.has(FunnelMeasure::Competitors) {
            self.competitors.take(deal, closing, scope);
        }
        if measures.has(FunnelMeasure::LossReasons) && !closing.won {
            self.loss_reasons.take(deal, closing, scope);
        }
    }

    pub(super) fn finish(
        self,
        pipeline: &str,
        scope: &Scope,
        symbols: &Symbols,
        figures: &mut Figures,
        funnel: &mut v1::PipelineFunnel,
    ) {
        let wants = |measure| scope.measures.has(measure);
        if wants(FunnelMeasure::Overview) {
            funnel.overview = self.overview.finish_overview(pipeline, symbols, figures);
        }
        if wants(FunnelMeasure::Outcomes) {
            funnel.outcomes = self.outcomes.finish(pipeline, symbols, figures);
        }
        if wants(FunnelMeasure::Competitors) {
            funnel.competitors = self.competitors.finish(pipeline, symbols, figures);
        }
        if wants(FunnelMeasure::LossReasons) {
            funnel.loss_reasons = self.loss_reasons.finish(pipeline, symbols, figures);
        }
    }
}
