//! What customers said after late orders, and after others.

use hashbrown::HashMap;
use jiff::civil::Date;
use rapport_model::Position;
use rapport_proto::v1;

use super::{
    delivery::{Came, Delivery, Place},
    measures::{Measured, thing},
    params::DeliveriesParams,
    slip::days,
};
use crate::{
    calendar::day,
    model::figures::Figures,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, Instrument, ObjectId, ScoreRow},
    stats::mean::{difference, plain_mean},
    table::{Field as _, Filter},
};

/// Days from an arrival on in which a response may be about it.
const DAYS: i32 = 60;

/// The responses of a customer in their order, each with its day.
type Said = Vec<(Place, Date, f64)>;

/// The responses to one instrument.
#[derive(Debug, Default)]
pub(super) struct Responses {
    instrument: Option<Instrument>,
    of: HashMap<ObjectId, Said>,
}

impl Responses {
    /// Reads the responses to CSAT questions, or to NPS questions where no CSAT question has a response. A response of a person
    /// also counts for the organisation for which the person acts.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &DeliveriesParams,
    ) -> Result<Self, ReadError> {
        for instrument in [Instrument::Csat, Instrument::Nps] {
            let mut of: HashMap<ObjectId, Said> = HashMap::new();
            let filter = Filter::all().and("instrument", vec![instrument.cell()]);
            rows.in_any_order::<ScoreRow>(&filter, params.as_of, |row| {
                let own = identity.canonical(row.customer);
                if own == ObjectId::NOBODY {
                    return;
                }
                let place = (row.occurred_at, row.position);
                let said = (place, day(row.occurred_at, &params.zone), row.value);
                for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
                    of.entry(party).or_default().push(said);
                }
            })?;
            if !of.is_empty() {
                of.values_mut().for_each(|said| said.sort_unstable_by_key(|(place, _, _)| *place));
                return Ok(Self { instrument: Some(instrument), of });
            }
        }
        Ok(Self::default())
    }

    /// The latest one of who got this, so soon after it.
    fn after(&self, delivery: &Delivery, arrived: Date) -> Option<(Position, f64)> {
        let is_after = |day: Date| (0..=DAYS).contains(&days(arrived, day));
        let said = self.of.get(&delivery.customer)?.iter().rev();
        said.into_iter().find(|(_, day, _)| is_after(*day)).map(|(place, _, value)| (place.1, *value))
    }
}

/// Of orders that arrived in full in the period; equal ones in the order of their numbers.
pub(super) fn satisfaction(
    arrived: &[&Delivery],
    responses: &Responses,
    params: &DeliveriesParams,
    figures: &mut Figures,
) -> v1::DeliverySatisfaction {
    let whole = arrived.iter().filter(|one| matches!(one.came, Came::Whole(_)));
    let measured = whole.filter_map(|one| Measured::of(one, params.today));
    let said = measured.filter_map(|one| Some((one, responses.after(one.of, one.arrived)?)));
    let (late, punctual): (Vec<_>, Vec<_>) = said.partition(|(one, _)| one.slip() > 0);
    // A response is evidence for the figures of satisfaction alone.
    if figures.parts().first() == Some(&"satisfaction") {
        let all = late.iter().chain(&punctual);
        let events = all.map(|(one, (position, _))| (thing(one.of), one.of.customer, *position));
        figures.beside(events.collect::<Vec<_>>());
    }
    let mut count = |what, counted: &[(Measured<'_>, (Position, f64))]| {
        figures.count(&["satisfaction", what], counted.iter().map(|(one, _)| thing(one.of)))
    };
    let values = |of: &[(Measured<'_>, (Position, f64))]| {
        let mut values: Vec<f64> = of.iter().map(|(_, (_, value))| *value).collect();
        // Numbers of orders differ between stores, and a sum of floating-point numbers depends on its order.
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (of_late, of_punctual) = (values(&late), values(&punctual));
    let difference = difference(&of_late, &of_punctual);
    let ends = difference.and_then(|difference| difference.interval);
    v1::DeliverySatisfaction {
        instrument: responses.instrument.map_or("", Instrument::word).to_owned(),
        punctual: count("punctual", &punctual),
        punctual_mean: plain_mean(&of_punctual),
        late: count("late", &late),
        late_mean: plain_mean(&of_late),
        difference: difference.map(|difference| difference.value),
        low: ends.map(|(low, _)| low),
        high: ends.map(|(_, high)| high),
    }
}
