//! When customers were met: contacts in which both sides took part.
//!
//! A contact with a person is also one with the organisation that the person acts for at T.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_model::{Position, Timestamp};

use super::{
    figures::Evidence,
    retention::{Occasion, Rhythm},
};
use crate::{
    answers::AsOf,
    calendar::day_number,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, TouchRow},
    stats::as_f64,
    table::{CUSTOMER, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// Fewer gaps say nothing about what is usual.
const GAPS_MIN: u32 = 3;
/// After so many days a contact counts half of what it did.
const HALVED_DAYS: f64 = 180.0;
const DAY_MICROS: f64 = 86_400_000_000.0;

/// How long ago the last contact was, beside what is usual: the median of the gaps between days with a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence {
    /// The last contact.
    pub(super) last: Timestamp,
    /// Days from it to T, by the calendar.
    pub(super) days: u32,
    /// Gaps between days with a contact.
    pub(super) gaps: u32,
    /// Twice their median, where there are enough of them.
    usual_doubled: Option<u32>,
}

impl Silence {
    /// Of contacts in order, at the end of a day; `None` of none. `room` is for the gaps.
    pub(super) fn of(met: &[Occasion], on: i32, room: &mut Vec<u32>) -> Option<Self> {
        let rhythm = Rhythm::of(met, on, room)?;
        let gaps = rhythm.days.saturating_sub(1);
        let usual_doubled = rhythm.gap_doubled.filter(|_| gaps >= GAPS_MIN);
        Some(Self { last: rhythm.last, days: rhythm.recency_days, gaps, usual_doubled })
    }

    /// The usual gap in days.
    pub(super) fn usual_days(&self) -> Option<f64> {
        self.usual_doubled.map(|doubled| f64::from(doubled) / 2.0)
    }

    /// Whether it is longer than twice the usual gap; `None` where nothing is usual.
    pub(super) fn is_longer_than_usual(&self) -> Option<bool> {
        self.usual_doubled.map(|doubled| self.days > doubled)
    }
}

/// The contacts that break a silence.
pub(super) fn two_way() -> Filter {
    Filter::all().and("two_way", vec![true.cell()])
}

/// Their rows.
pub(super) fn evidence() -> Evidence {
    Evidence::of_customers_and_organisations(TouchRow::TABLE, two_way())
}

/// When parties were last met, merges resolved.
#[derive(Debug, Default)]
pub(super) struct LastContacts {
    /// Their own contacts.
    pub(super) own: HashMap<ObjectId, Timestamp>,
}

impl LastContacts {
    pub(super) fn read(rows: &dyn Rows, identity: &Identity, as_of: AsOf) -> Result<Self, ReadError> {
        let mut own: HashMap<ObjectId, Timestamp> = HashMap::new();
        let (by, measures) = ([GroupKey::Column(CUSTOMER)], [Measure::Last]);
        rows.group(TouchRow::TABLE, &two_way(), as_of, &by, &measures, &mut |keys, measured| {
            let party = identity.canonical(keys.first().and_then(ObjectId::of).unwrap_or_default());
            let last = measured.first().and_then(|last| i64::try_from(*last).ok());
            if let Some(last) = last.map(Timestamp::from_micros).filter(|_| party != ObjectId::NOBODY) {
                let known = own.entry(party).or_insert(last);
                *known = last.max(*known);
            }
            Ok(())
        })?;
        Ok(Self { own })
    }

    /// With those of organisations.
    pub(super) fn of_both(self, identity: &Identity) -> HashMap<ObjectId, Timestamp> {
        let mut all = self.own;
        let of_organisation =
            |(party, last): (&ObjectId, &Timestamp)| Some((identity.organisation(*party)?, *last));
        let of_organisations: Vec<_> = all.iter().filter_map(of_organisation).collect();
        for (organisation, last) in of_organisations {
            let known = all.entry(organisation).or_insert(last);
            *known = last.max(*known);
        }
        all
    }
}

/// When some parties were met: their contacts that break a silence, each party's in the order in which they occurred, so that
/// what is added up of them is the same whatever order rows come in.
#[derive(Debug, Default)]
pub(super) struct Met(HashMap<ObjectId, Vec<(Timestamp, Position)>>);

impl Met {
    /// Of these parties, merges resolved; those who were never met are not among them.
    pub(super) fn read(
        is_of: impl Fn(ObjectId) -> bool,
        rows: &dyn Rows,
        identity: &Identity,
        as_of: AsOf,
    ) -> Result<Self, ReadError> {
        let mut of: HashMap<ObjectId, Vec<(Timestamp, Position)>> = HashMap::new();
        rows.pick(TouchRow::TABLE, &[CUSTOMER], &two_way(), as_of, &mut |beginning, cells| {
            let customer = cells.first().and_then(ObjectId::of).unwrap_or_default();
            for party in of_both(identity, customer).filter(|party| is_of(*party)) {
                of.entry(party).or_default().push((beginning.at, beginning.position));
            }
            Ok(())
        })?;
        of.values_mut().for_each(|met| met.sort_unstable());
        Ok(Self(of))
    }

    /// The contacts of a party.
    pub(super) fn of(&self, party: ObjectId) -> &[(Timestamp, Position)] {
        self.0.get(&party).map(Vec::as_slice).unwrap_or_default()
    }

    /// How long each has been silent, of those who are asked for.
    pub(super) fn silences(
        &self,
        is_of: impl Fn(ObjectId) -> bool,
        (as_of, zone): (AsOf, &TimeZone),
    ) -> HashMap<ObjectId, Silence> {
        let (today, mut room) = (day_number(as_of.bounded().occurred_until, zone), Vec::new());
        let silence = |(party, met): (&ObjectId, &Vec<(Timestamp, Position)>)| {
            let occasions = met.iter().map(|(at, _)| Occasion { at: *at, day: day_number(*at, zone) });
            let occasions: Vec<Occasion> = occasions.collect();
            Some((*party, Silence::of(&occasions, today, &mut room)?))
        };
        self.0.iter().filter(|(party, _)| is_of(**party)).filter_map(silence).collect()
    }

    /// How strong the relation with each is at T: Σ 2^(−days since / 180). The measure is Rapport's own.
    pub(super) fn strengths(&self, as_of: AsOf) -> HashMap<ObjectId, f64> {
        let until = as_of.bounded().occurred_until;
        let strength = |(party, met): (&ObjectId, &Vec<(Timestamp, Position)>)| {
            (*party, strength(met.iter().map(|(at, _)| *at), until))
        };
        self.0.iter().map(strength).collect()
    }
}

/// How long each of these customers has been silent; those who were never met are not among them.
pub(super) fn silences(
    is_of: impl Fn(ObjectId) -> bool,
    rows: &dyn Rows,
    identity: &Identity,
    (as_of, zone): (AsOf, &TimeZone),
) -> Result<HashMap<ObjectId, Silence>, ReadError> {
    Ok(Met::read(is_of, rows, identity, as_of)?.silences(|_| true, (as_of, zone)))
}

/// How strong the relation with each customer is at T, merges resolved.
pub(super) fn strengths(
    rows: &dyn Rows,
    identity: &Identity,
    as_of: AsOf,
) -> Result<HashMap<ObjectId, f64>, ReadError> {
    Ok(Met::read(|_| true, rows, identity, as_of)?.strengths(as_of))
}

/// The strength of a relation with one customer, of contacts in the order in which they occurred.
pub(super) fn strength(met: impl Iterator<Item = Timestamp>, until: Timestamp) -> f64 {
    let since = |at: Timestamp| as_f64(i128::from(until.as_micros()) - i128::from(at.as_micros()));
    met.map(|at| (-since(at) / DAY_MICROS / HALVED_DAYS).exp2()).sum()
}

/// Who is met in a contact that is recorded under a party: that party, and the organisation that it acts for.
pub(super) fn of_both(identity: &Identity, recorded: ObjectId) -> impl Iterator<Item = ObjectId> {
    let own = identity.canonical(recorded);
    let own = Some(own).filter(|own| *own != ObjectId::NOBODY);
    own.into_iter().chain(own.and_then(|own| identity.organisation(own)))
}
