//! What customers said last: the latest response of each to an instrument, whenever it was given until T.
//!
//! A response of a person is also one of the organisation that the person acts for at T: an organisation says nothing
//! itself, its people do.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::figures::Evidence;
use crate::{
    answers::AsOf,
    read::{ReadError, Rows},
    rows::{Identity, Instrument, ObjectId, ScoreRow},
    table::{CUSTOMER, Field as _, Filter, Row as _, field},
};

/// The latest responses to one instrument, merges resolved.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// The instrument; `None` where nobody responded.
    pub(super) instrument: Option<Instrument>,
    latest: Latest,
}

/// A response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub(super) value: f64,
    pub(super) at: Timestamp,
    position: Position,
}

type Latest = HashMap<ObjectId, Score>;

impl Scores {
    /// To the questions of NPS.
    pub(super) fn nps(rows: &dyn Rows, identity: &Identity, as_of: AsOf) -> Result<Self, ReadError> {
        Self::of_first(&[Instrument::Nps], rows, identity, as_of)
    }

    /// To the first of these instruments that anybody responded to.
    pub(super) fn of_first(
        wanted: &[Instrument],
        rows: &dyn Rows,
        identity: &Identity,
        as_of: AsOf,
    ) -> Result<Self, ReadError> {
        let mut found: Vec<_> = wanted.iter().map(|one| (*one, Latest::new())).collect();
        let columns = [CUSTOMER, "instrument", "value"];
        rows.pick(ScoreRow::TABLE, &columns, &responses(wanted), as_of, &mut |beginning, cells| {
            let [customer, instrument, value] = cells else { return Ok(()) };
            let own = identity.canonical(field(ScoreRow::TABLE, CUSTOMER, customer)?);
            let instrument: Instrument = field(ScoreRow::TABLE, "instrument", instrument)?;
            let value = field(ScoreRow::TABLE, "value", value)?;
            let latest = found.iter_mut().find(|(one, _)| *one == instrument);
            let Some((_, latest)) = latest.filter(|_| own != ObjectId::NOBODY) else { return Ok(()) };
            let one = Score { value, at: beginning.at, position: beginning.position };
            for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
                let last = latest.entry(party).or_insert(one);
                if (last.at, last.position) < (one.at, one.position) {
                    *last = one;
                }
            }
            Ok(())
        })?;
        let used = found.into_iter().find(|(_, latest)| !latest.is_empty());
        Ok(used
            .map_or_else(Self::default, |(instrument, latest)| Self { instrument: Some(instrument), latest }))
    }

    /// What a customer responded last.
    pub(super) fn of(&self, customer: ObjectId) -> Option<Score> {
        self.latest.get(&customer).copied()
    }
}

/// The rows of the responses to an instrument.
pub(super) fn evidence(instrument: Instrument) -> Evidence {
    Evidence::of_customers_and_organisations(ScoreRow::TABLE, responses(&[instrument]))
}

fn responses(to: &[Instrument]) -> Filter {
    Filter::all().and("instrument", to.iter().map(|one| one.cell()).collect())
}
