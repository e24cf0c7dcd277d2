//! How content customers are: the latest response of each.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::ProfitParams;
use crate::{
    model::figures::Evidence,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, Instrument, ObjectId, ScoreRow},
    table::{Field as _, Filter, Row as _},
};

/// The latest responses of one instrument.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// Of which; none where nobody responded.
    pub(super) instrument: Option<Instrument>,
    latest: Latest,
}

type Latest = HashMap<ObjectId, (Timestamp, Position, f64)>;

impl Scores {
    /// Until T, whenever they were given. A person's response also counts for the organisation that the person acts for.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &ProfitParams,
    ) -> Result<Self, ReadError> {
        let wanted = params.instrument.map_or(vec![Instrument::Nps, Instrument::Csat], |one| vec![one]);
        let mut found: Vec<_> = wanted.iter().map(|one| (*one, Latest::new())).collect();
        let filter = Filter::all().and("instrument", wanted.iter().map(|one| one.cell()).collect());
        rows.each::<ScoreRow>(&filter, params.as_of, |row| {
            let own = identity.canonical(row.customer);
            let latest = found.iter_mut().find(|(instrument, _)| *instrument == row.instrument);
            let Some((_, latest)) = latest.filter(|_| own != ObjectId::NOBODY) else { return };
            for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
                let one = (row.occurred_at, row.position, row.value);
                let last = latest.entry(party).or_insert(one);
                if (last.0, last.1) < (one.0, one.1) {
                    *last = one;
                }
            }
        })?;
        let used = found.into_iter().find(|(_, latest)| !latest.is_empty());
        Ok(used
            .map_or_else(Self::default, |(instrument, latest)| Self { instrument: Some(instrument), latest }))
    }

    /// What a customer responded last.
    pub(super) fn of(&self, customer: ObjectId) -> Option<f64> {
        self.latest.get(&customer).map(|(_, _, value)| *value)
    }

    /// The rows of the responses.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        let instrument = self.instrument?;
        let filter = Filter::all().and("instrument", vec![instrument.cell()]);
        Some(Evidence { table: ScoreRow::TABLE, filter, column: "customer" })
    }

    /// Whether that is content: no detractor, or one of the top two of five.
    pub(super) fn is_content(&self, response: f64) -> bool {
        match self.instrument {
            Some(Instrument::Nps) => response >= 7.0,
            _ => response >= 4.0,
        }
    }
}
