//! What is read of customers: the lists, who is in which segment, what they own and spend.

use jiff::tz::TimeZone;

use super::{facts::Facts, params::PotentialParams, segments::Segments, spent::Spent, valued::Valued};
use crate::{
    answers::AskError,
    model::{
        contracts::{self, Contract},
        holdings::Holdings,
    },
    read::Rows,
    rows::{Identity, Symbols},
};

/// All that an answer is made of.
pub(super) struct Known {
    pub(super) contracts: Vec<Contract>,
    pub(super) holdings: Holdings,
    pub(super) segments: Segments,
    facts: Facts,
    pub(super) spent: Spent,
}

impl Known {
    /// Reads it; a segment or a product that is asked for must be on a list.
    pub(super) fn read(
        rows: &dyn Rows,
        params: &PotentialParams,
        (symbols, identity): (&Symbols, &Identity),
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let as_of = params.as_of;
        let contracts = contracts::in_force(rows, as_of, zone, identity, symbols)?;
        let holdings = Holdings::read(rows, (params.source, params.window), as_of, identity, &contracts)?;
        let segments = Segments::of(rows, as_of, symbols, &holdings)?;
        segments.check(params)?;
        let facts = Facts::read(rows, &segments.all, as_of, identity)?;
        let spent = Spent::read(rows, params, &segments.all, (symbols, identity))?;
        Ok(Self { contracts, holdings, segments, facts, spent })
    }

    /// Each segment with its customers.
    pub(super) fn valued(&self) -> impl Iterator<Item = Valued<'_>> {
        self.segments.all.iter().map(|segment| Valued::of(segment, &self.holdings, &self.facts, &self.spent))
    }
}
