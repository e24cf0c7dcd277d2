//! What deals are counted by.

use std::collections::HashMap;

use rapport_views::{
    projection::stage_set::{StageSet, StageSets, TrackedState},
    rows::{DealStatus, Symbol},
};
use rusqlite::{Connection, Row};

/// What a deal counts as, and what a stage is first reached in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bin {
    /// Open: by stage and currency, 0 where there is none.
    Open { pipeline: Symbol, stage: Symbol, currency: Symbol },
    /// Closed, by the stages that it reached.
    Closed { pipeline: Symbol, reached: StageSet, won: bool },
    /// In no sum: a stage of a pipeline, 0 for the pipeline itself.
    Stage { pipeline: Symbol, stage: Symbol },
}

/// In the table's `stages`, of deals that were ever won.
const EVERY: &str = "*";

/// Bins and their numbers.
#[derive(Default)]
pub(crate) struct Bins {
    bins: Vec<Bin>,
    numbers: HashMap<Bin, u32>,
    saved: usize,
    /// The stage sets that the bins are by.
    pub sets: StageSets,
}

impl Bins {
    /// Those of a file.
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut bins = Self::default();
        let mut select = connection
            .prepare_cached("SELECT kind, pipeline, stage, currency, stages FROM sum_bin ORDER BY id")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let bin = bins.read(row)?;
            bins.number(bin);
        }
        bins.saved = bins.bins.len();
        Ok(bins)
    }

    /// All, each at its number.
    pub(crate) fn all(&self) -> &[Bin] {
        &self.bins
    }

    /// The number of a bin, given now if it has none.
    pub(crate) fn number(&mut self, bin: Bin) -> u32 {
        if let Some(number) = self.numbers.get(&bin) {
            return *number;
        }
        let number = u32::try_from(self.bins.len()).unwrap_or(u32::MAX);
        self.bins.push(bin);
        self.numbers.insert(bin, number);
        number
    }

    /// The bin that a state counts in, with its amount; `None` when no figure needs it.
    pub(crate) fn of_state(&mut self, state: &TrackedState) -> Option<(u32, i64)> {
        let deal = &state.deal;
        let closed = |won| Bin::Closed { pipeline: deal.pipeline, reached: state.reached, won };
        let bin = match deal.status {
            DealStatus::Open => {
                Bin::Open { pipeline: deal.pipeline, stage: deal.stage, currency: deal.currency }
            }
            DealStatus::Won | DealStatus::Lost
                if [StageSet::NONE, StageSet::WON].contains(&state.reached) =>
            {
                return None;
            }
            DealStatus::Won => closed(true),
            DealStatus::Lost => closed(false),
        };
        let amount = if deal.status == DealStatus::Open { deal.amount_minor_units } else { 0 };
        Some((self.number(bin), amount))
    }

    /// Writes those that are new.
    pub(crate) fn save(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached("INSERT INTO sum_bin VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for (id, bin) in (0_i64..).zip(&self.bins).skip(self.saved) {
            let (kind, pipeline, stage, currency, stages) = match *bin {
                Bin::Open { pipeline, stage, currency } => (0, pipeline, stage, currency, String::new()),
                Bin::Closed { pipeline, reached, won } => (
                    if won { 1 } else { 2 },
                    pipeline,
                    Symbol::default(),
                    Symbol::default(),
                    self.text(reached),
                ),
                Bin::Stage { pipeline, stage } => (3, pipeline, stage, Symbol::default(), String::new()),
            };
            insert.execute((id, kind, pipeline.0, stage.0, currency.0, stages))?;
        }
        self.saved = self.bins.len();
        Ok(())
    }

    fn read(&mut self, row: &Row<'_>) -> rusqlite::Result<Bin> {
        let symbol = |column| row.get(column).map(Symbol);
        let (pipeline, stage, currency) = (symbol(1)?, symbol(2)?, symbol(3)?);
        let kind: u8 = row.get(0)?;
        Ok(match kind {
            0 => Bin::Open { pipeline, stage, currency },
            3 => Bin::Stage { pipeline, stage },
            _ => {
                let reached = self.set(row.get_ref(4)?.as_str()?);
                Bin::Closed { pipeline, reached, won: kind == 1 }
            }
        })
    }

    fn text(&self, reached: StageSet) -> String {
        if reached == StageSet::EVERY {
            return EVERY.to_owned();
        }
        let stages: Vec<String> = self.sets.stages(reached).iter().map(|stage| stage.0.to_string()).collect();
        stages.join(" ")
    }

    fn set(&mut self, text: &str) -> StageSet {
        if text == EVERY {
            return StageSet::EVERY;
        }
        let stages: Vec<Symbol> =
            text.split(' ').filter_map(|stage| stage.parse().ok()).map(Symbol).collect();
        self.sets.of(&stages)
    }
}
