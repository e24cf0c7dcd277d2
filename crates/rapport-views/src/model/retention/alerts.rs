//! Valuable customers who may be about to leave: of class A, and not heard of for long, or unhappy.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::{bought::Customer, params::RetentionParams, rhythm::Rhythm, worth::Worth};
use crate::{
    answers::AskError,
    model::{
        classes::{Cuts, abc},
        descending::heaviest_first,
        figures::{Counted, Figures},
    },
    read::{Rows, TypedRows as _},
    rows::{Identity, Instrument, ObjectId, ScoreRow, Symbols},
    stats::narrow_or_wide,
    table::{Field as _, Filter},
};

/// The highest score of a detractor (F. Reichheld, "The One Number You Need to Grow", 2003).
const UNHAPPY_MAX: f64 = 6.0;

/// A customer of class A.
#[derive(Debug, Clone, Copy)]
pub(super) struct Valuable {
    party: ObjectId,
    value: i128,
    rhythm: Option<Rhythm>,
    score: Option<(f64, Timestamp)>,
}

/// Those of one currency, the highest value first.
#[derive(Debug)]
pub(super) struct ClassA {
    pub(super) code: String,
    of: Vec<Valuable>,
}

impl Valuable {
    fn is_overdue(&self) -> bool {
        self.rhythm.is_some_and(|rhythm| rhythm.is_overdue())
    }

    fn is_unhappy(&self) -> bool {
        self.score.is_some_and(|(score, _)| score <= UNHAPPY_MAX)
    }

    fn has_alert(&self) -> bool {
        self.is_overdue() || self.is_unhappy()
    }

    fn has_rhythm(&self) -> bool {
        self.rhythm.is_some_and(|rhythm| rhythm.usual_doubled().is_some())
    }

    /// Its row.
    pub(super) fn row(&self, code: &str, rows: &dyn Rows) -> Result<v1::RetentionAlert, AskError> {
        Ok(v1::RetentionAlert {
            customer: format!("party:{}", rows.party_name(self.party)?),
            currency: code.to_owned(),
            value: Some(sum(self.value)),
            overdue: self.is_overdue(),
            unhappy: self.is_unhappy(),
            last_purchase: self.rhythm.map(|rhythm| time::to_proto(rhythm.last)),
            recency_days: self.rhythm.map(|rhythm| rhythm.recency_days),
            purchase_days: self.rhythm.map_or(0, |rhythm| rhythm.days),
            gap_median_days: self
                .rhythm
                .and_then(|rhythm| rhythm.usual_doubled())
                .map(|gap| f64::from(gap) / 2.0),
            score: self.score.map(|(score, _)| score),
            scored_at: self.score.map(|(_, at)| time::to_proto(at)),
        })
    }
}

impl ClassA {
    /// Those with an alert.
    pub(super) fn alerts(&self) -> impl Iterator<Item = (&str, &Valuable)> {
        self.of.iter().filter(|one| one.has_alert()).map(|one| (self.code.as_str(), one))
    }

    pub(super) fn total(&self, figures: &mut Figures) -> v1::AlertTotal {
        let mut count = |part: &str, is: fn(&Valuable) -> bool| {
            let found = self.of.iter().filter(move |one| is(one)).map(|one| Counted::party(one.party));
            figures.count(&["alerts", &self.code, part], found)
        };
        v1::AlertTotal {
            currency: self.code.clone(),
            class_a: count("class_a", |_| true),
            alerts: count("alerts", Valuable::has_alert),
            overdue: count("overdue", Valuable::is_overdue),
            unhappy: count("unhappy", Valuable::is_unhappy),
            value: Some(sum(self.alerts().map(|(_, one)| one.value).sum())),
            without_rhythm: count("without_rhythm", |one| !one.has_rhythm()),
        }
    }
}

fn sum(sum: i128) -> v1::Sum {
    let (minor_units, minor_units_wide) = narrow_or_wide(Some(sum));
    v1::Sum { minor_units, minor_units_wide }
}

/// The customers of class A in each currency. `customers` are by number.
pub(super) fn class_a(
    rows: &dyn Rows,
    params: &RetentionParams,
    (symbols, identity): (&Symbols, &Identity),
    (customers, worth): (&[Customer], &Worth),
    cuts: &Cuts,
) -> Result<Vec<ClassA>, AskError> {
    let scores = latest_scores(rows, params, identity)?;
    let rhythm = |party: ObjectId| {
        let place = customers.binary_search_by_key(&party, |one| one.party).ok()?;
        customers.get(place)?.now
    };
    let mut classes = Vec::new();
    for (code, all) in worth.by_currency(symbols) {
        // What is not positive is class C, and no part of the whole.
        let positive =
            all.into_iter().map(|(party, value)| (party, value.year)).filter(|(_, value)| *value > 0);
        let mut all: Vec<_> = positive.collect();
        heaviest_first(&mut all, |(_, value)| *value, |(party, _)| rows.party_name(*party))?;
        let values: Vec<_> = all.iter().map(|(_, value)| *value).collect();
        let standings = abc::standings(&values, cuts.abc);
        let best = all.into_iter().zip(standings).filter(|(_, standing)| standing.class == abc::CLASSES[0]);
        let valuable = |((party, value), _)| {
            let (rhythm, score) = (rhythm(party), scores.get(&party));
            Valuable { party, value, rhythm, score: score.map(|(score, (at, _))| (*score, *at)) }
        };
        let of: Vec<Valuable> = best.map(valuable).collect();
        if !of.is_empty() {
            classes.push(ClassA { code: code.to_owned(), of });
        }
    }
    Ok(classes)
}

type Latest = HashMap<ObjectId, (f64, (Timestamp, Position))>;

/// What each customer last responded to an NPS question.
fn latest_scores(rows: &dyn Rows, params: &RetentionParams, identity: &Identity) -> Result<Latest, AskError> {
    let mut latest = Latest::new();
    rows.each(&scores(), params.as_of, |row: ScoreRow| {
        if row.customer == ObjectId::NOBODY {
            return;
        }
        let said = (row.value, (row.occurred_at, row.position));
        let known = latest.entry(identity.canonical(row.customer)).or_insert(said);
        if known.1 < said.1 {
            *known = said;
        }
    })?;
    Ok(latest)
}

/// The responses that alerts look at.
pub(super) fn scores() -> Filter {
    Filter::all().and("instrument", vec![Instrument::Nps.cell()])
}
