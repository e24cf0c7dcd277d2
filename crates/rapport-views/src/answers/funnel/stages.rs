//! The stages of a pipeline and their order.

use std::cmp::Reverse;

use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::{
    definition::PipelineDefinition,
    weight::{Weight, WeightSource},
};
use crate::rows::{Symbol, Symbols};

/// The number of a stage within its pipeline.
pub(super) type StageIndex = u32;

/// The stages met so far. Those of the definition have the first numbers, in their order.
#[derive(Debug, Default)]
pub(super) struct Stages {
    /// Ordered by symbol. Stages are few and asked for with every span: looking here beats hashing.
    indexes: Vec<(Symbol, StageIndex)>,
    stages: Vec<StageCell>,
    defined: usize,
}

#[derive(Debug)]
struct StageCell {
    code: String,
    name: String,
    probability: Option<f64>,
    first_reached: (Timestamp, Position),
}

/// A stage in its place.
#[derive(Debug, Clone)]
pub(super) struct OrderedStage {
    pub(super) index: StageIndex,
    pub(super) code: String,
    name: String,
    defined_probability: Option<f64>,
}

impl Stages {
    pub(super) fn of_definition(definition: &PipelineDefinition, symbols: &Symbols) -> Self {
        let mut stages = Self::default();
        for stage in &definition.stages {
            let name = if stage.name.is_empty() { &stage.code } else { &stage.name };
            let index = stages.push(stage.code.clone(), name.clone(), stage.probability);
            if let Some(symbol) = symbols.get(&stage.code) {
                stages.know(symbol, index);
            }
        }
        stages.defined = stages.stages.len();
        stages
    }

    fn push(&mut self, code: String, name: String, probability: Option<f64>) -> StageIndex {
        let index = StageIndex::try_from(self.stages.len()).unwrap_or(StageIndex::MAX);
        let first_reached = (Timestamp::MAX, Position(u64::MAX));
        self.stages.push(StageCell { code, name, probability, first_reached });
        index
    }

    /// The number of a stage, given now if it has none.
    pub(super) fn index_of(&mut self, stage: Symbol, symbols: &Symbols) -> StageIndex {
        let known = self.indexes.binary_search_by_key(&stage, |(symbol, _)| *symbol);
        if let Some((_, index)) = known.ok().and_then(|at| self.indexes.get(at)) {
            return *index;
        }
        let code = symbols.text(stage).to_owned();
        let index = self.push(code.clone(), code, None);
        self.know(stage, index);
        index
    }

    fn know(&mut self, stage: Symbol, index: StageIndex) {
        let at = self.indexes.partition_point(|(symbol, _)| *symbol < stage);
        self.indexes.insert(at, (stage, index));
    }

    /// A deal entered a stage.
    pub(super) fn reached(&mut self, stage: StageIndex, at: Timestamp, by: Position) {
        if let Some(cell) = self.stages.get_mut(stage as usize) {
            cell.first_reached = cell.first_reached.min((at, by));
        }
    }

    /// The first stage of the definition, if there is one.
    pub(super) fn first_defined(&self) -> Option<StageIndex> {
        (self.defined > 0).then_some(0)
    }

    /// The defined stages in their order, then the others in the order in which deals first reached them.
    pub(super) fn in_order(&self) -> Vec<OrderedStage> {
        let mut order: Vec<_> = self.stages.iter().enumerate().collect();
        order.sort_by_key(|(index, stage)| match *index < self.defined {
            true => (Reverse(true), *index, None),
            false => (Reverse(false), 0, Some(stage.first_reached)),
        });
        let ordered = order.into_iter().map(|(index, stage)| OrderedStage {
            index: StageIndex::try_from(index).unwrap_or(StageIndex::MAX),
            code: stage.code.clone(),
            name: stage.name.clone(),
            defined_probability: stage.probability,
        });
        ordered.collect()
    }
}

impl OrderedStage {
    /// The defined probability, else the observed one: won among the closed deals that reached the stage.
    pub(super) fn weight(&self, won: u64, closed: u64) -> Option<Weight> {
        self.defined_probability.map(Weight::of_probability).or_else(|| Weight::of_share(won, closed))
    }

    pub(super) fn to_proto(&self, weight: Option<Weight>) -> v1::Stage {
        let source = match weight.map(|weight| weight.source) {
            None => v1::ProbabilitySource::Unspecified,
            Some(WeightSource::Definition) => v1::ProbabilitySource::Definition,
            Some(WeightSource::Observed) => v1::ProbabilitySource::Empirical,
        };
        v1::Stage {
            code: self.code.clone(),
            name: self.name.clone(),
            probability: weight.map(Weight::probability),
            probability_source: source.into(),
        }
    }
}
