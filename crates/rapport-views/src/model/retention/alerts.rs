//! Valuable customers who may be about to leave: overdue, unhappy, fading or silent.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_proto::{time, v1};

use super::{bought::Customer, params::RetentionParams, rhythm::Rhythm, worth::Worth};
use crate::{
    answers::AskError,
    model::{
        classes::{Cuts, abc},
        descending::heaviest_first,
        figures::{Counted, Figures},
        met::{self, Silence},
        pyramid::{LEVELS, Levels},
        scores::{Score, Scores},
        value,
    },
    read::Rows,
    rows::{Identity, ObjectId, Parties, Symbol, Symbols},
    stats::narrow_or_wide,
};

/// The highest score of a detractor (F. Reichheld, "The One Number You Need to Grow", 2003).
const UNHAPPY_MAX: f64 = 6.0;
/// Who is less likely than this to still buy is fading.
const FADING_BELOW: f64 = 0.5;
/// The levels that make a customer valuable, from the highest: top and large.
const UPPER_LEVELS: usize = 2;

/// A customer of class A, or of one of the upper levels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Valuable {
    standing: Standing,
    rhythm: Option<Rhythm>,
    score: Option<Score>,
    /// The chance that it still buys.
    alive: Option<f64>,
    silence: Option<Silence>,
}

/// Why a customer is valuable.
#[derive(Debug, Clone, Copy)]
struct Standing {
    party: ObjectId,
    value: i128,
    /// None without a positive value.
    class: Option<&'static str>,
    /// None without a purchase in the window of the pyramid.
    level: Option<&'static str>,
}

/// Those of one currency, the highest value first.
#[derive(Debug)]
pub(super) struct Valuables {
    pub(super) code: String,
    of: Vec<Valuable>,
}

impl Standing {
    fn is_class_a(&self) -> bool {
        self.class == Some(abc::CLASSES[0])
    }

    fn is_valuable(&self) -> bool {
        self.is_class_a() || self.level.is_some_and(is_upper)
    }
}

fn is_upper(level: &str) -> bool {
    LEVELS.iter().take(UPPER_LEVELS).any(|upper| *upper == level)
}

impl Valuable {
    fn is_overdue(&self) -> bool {
        self.rhythm.is_some_and(|rhythm| rhythm.is_overdue())
    }

    fn is_unhappy(&self) -> bool {
        self.score.is_some_and(|score| score.value <= UNHAPPY_MAX)
    }

    fn is_fading(&self) -> bool {
        self.alive.is_some_and(|alive| alive < FADING_BELOW)
    }

    fn is_silent(&self) -> bool {
        self.silence.and_then(|silence| silence.is_longer_than_usual()).unwrap_or(false)
    }

    fn has_alert(&self) -> bool {
        self.is_overdue() || self.is_unhappy() || self.is_fading() || self.is_silent()
    }

    fn has_rhythm(&self) -> bool {
        self.rhythm.is_some_and(|rhythm| rhythm.usual_doubled().is_some())
    }

    fn usual_silence(&self) -> Option<f64> {
        self.silence.and_then(|silence| silence.usual_days())
    }

    /// Its row.
    pub(super) fn row(&self, code: &str, rows: &dyn Rows) -> Result<v1::RetentionAlert, AskError> {
        let Standing { party, value, class, level } = self.standing;
        Ok(v1::RetentionAlert {
            customer: format!("party:{}", rows.party_name(party)?),
            currency: code.to_owned(),
            value: Some(sum(value)),
            overdue: self.is_overdue(),
            unhappy: self.is_unhappy(),
            last_purchase: self.rhythm.map(|rhythm| time::to_proto(rhythm.last)),
            recency_days: self.rhythm.map(|rhythm| rhythm.recency_days),
            purchase_days: self.rhythm.map_or(0, |rhythm| rhythm.days),
            gap_median_days: self
                .rhythm
                .and_then(|rhythm| rhythm.usual_doubled())
                .map(|gap| f64::from(gap) / 2.0),
            score: self.score.map(|score| score.value),
            scored_at: self.score.map(|score| time::to_proto(score.at)),
            fading: self.is_fading(),
            silent: self.is_silent(),
            alive: self.alive,
            last_contact: self.silence.map(|silence| time::to_proto(silence.last)),
            silence_days: self.silence.map(|silence| silence.days),
            contact_gap_median_days: self.usual_silence(),
            abc: class.unwrap_or_default().to_owned(),
            level: level.unwrap_or_default().to_owned(),
        })
    }
}

/// A valuable customer who may be about to leave.
#[derive(Debug, Clone)]
pub(in crate::model) struct Leaving {
    pub(in crate::model) party: ObjectId,
    pub(in crate::model) currency: String,
    /// What it was charged in the twelve months before T, in minor units.
    pub(in crate::model) value: i128,
    /// Overdue, unhappy, fading or silent.
    pub(in crate::model) why: Vec<&'static str>,
}

impl Valuables {
    /// Who has an alert, and why.
    pub(super) fn leaving(&self) -> impl Iterator<Item = Leaving> {
        self.alerts().map(|(code, one)| {
            let reasons = [
                ("overdue", one.is_overdue()),
                ("unhappy", one.is_unhappy()),
                ("fading", one.is_fading()),
                ("silent", one.is_silent()),
            ];
            Leaving {
                party: one.standing.party,
                currency: code.to_owned(),
                value: one.standing.value,
                why: reasons.into_iter().filter_map(|(word, is)| is.then_some(word)).collect(),
            }
        })
    }

    /// Those with an alert.
    pub(super) fn alerts(&self) -> impl Iterator<Item = (&str, &Valuable)> {
        self.of.iter().filter(|one| one.has_alert()).map(|one| (self.code.as_str(), one))
    }

    pub(super) fn total(&self, figures: &mut Figures) -> v1::AlertTotal {
        let mut count = |part: &str, is: fn(&Valuable) -> bool| {
            let found =
                self.of.iter().filter(move |one| is(one)).map(|one| Counted::party(one.standing.party));
            figures.count(&["alerts", &self.code, part], found)
        };
        v1::AlertTotal {
            currency: self.code.clone(),
            class_a: count("class_a", |one| one.standing.is_class_a()),
            alerts: count("alerts", Valuable::has_alert),
            overdue: count("overdue", Valuable::is_overdue),
            unhappy: count("unhappy", Valuable::is_unhappy),
            value: Some(sum(self.alerts().map(|(_, one)| one.standing.value).sum())),
            without_rhythm: count("without_rhythm", |one| !one.has_rhythm()),
            valuable: count("valuable", |_| true),
            fading: count("fading", Valuable::is_fading),
            silent: count("silent", Valuable::is_silent),
            without_chance: count("without_chance", |one| one.alive.is_none()),
            without_usual_silence: count("without_usual_silence", |one| one.usual_silence().is_none()),
        }
    }
}

fn sum(sum: i128) -> v1::Sum {
    let (minor_units, minor_units_wide) = narrow_or_wide(Some(sum));
    v1::Sum { minor_units, minor_units_wide }
}

/// The valuable customers of each currency. `customers` are by number.
pub(super) fn valuables(
    rows: &dyn Rows,
    params: &RetentionParams,
    (symbols, identity): (&Symbols, &Identity),
    (customers, worth): (&[Customer], &Worth),
    (cuts, levels): (&Cuts, &Levels),
) -> Result<Vec<Valuables>, AskError> {
    let standing = standing(rows, symbols, worth, (cuts, levels))?;
    let names = (symbols, identity);
    let when = (params.as_of, &params.zone);
    let scores = Scores::nps(rows, identity, params.as_of)?;
    let chances = value::of_customers(rows, names, when, params.source)?;
    let parties: Parties = standing.iter().flat_map(|(_, of)| of).map(|one| one.party).collect();
    let silences = met::silences(|party| parties.contains(party), rows, identity, when)?;
    let rhythm = |party: ObjectId| {
        let place = customers.binary_search_by_key(&party, |one| one.party).ok()?;
        customers.get(place)?.now
    };
    let of_currency = |((code, currency), of): ((&str, Symbol), Vec<Standing>)| Valuables {
        code: code.to_owned(),
        of: of
            .into_iter()
            .map(|standing| Valuable {
                standing,
                rhythm: rhythm(standing.party),
                score: scores.of(standing.party),
                alive: chances.get(&(standing.party, currency)).copied(),
                silence: silences.get(&standing.party).copied(),
            })
            .collect(),
    };
    Ok(standing.into_iter().map(of_currency).collect())
}

/// A currency with its code first, and who is valuable in it.
type ByCurrency<'a> = Vec<((&'a str, Symbol), Vec<Standing>)>;

/// Who is valuable in each currency, by code, the highest value first.
fn standing<'a>(
    rows: &dyn Rows,
    symbols: &'a Symbols,
    worth: &Worth,
    (cuts, levels): (&Cuts, &Levels),
) -> Result<ByCurrency<'a>, AskError> {
    let mut all: BTreeMap<(&str, Symbol), HashMap<ObjectId, i128>> = BTreeMap::new();
    let value = |key: &(ObjectId, Symbol)| worth.values.get(key).map_or(0, |value| value.year);
    // Who is on a level may have been charged nothing in the twelve months.
    let upper = levels.of.iter().filter(|(_, level)| is_upper(level)).map(|(key, _)| key);
    for key in upper.chain(worth.values.keys().filter(|key| value(key) > 0)) {
        let (party, currency) = *key;
        all.entry((symbols.text(currency), currency)).or_default().insert(party, value(key));
    }
    let mut valuable = Vec::with_capacity(all.len());
    for ((code, currency), values) in all {
        let mut values: Vec<(ObjectId, i128)> = values.into_iter().collect();
        values.sort_unstable_by_key(|(party, _)| *party);
        heaviest_first(&mut values, |(_, value)| *value, |(party, _)| rows.party_name(*party))?;
        let descending: Vec<_> = values.iter().map(|(_, value)| *value).collect();
        let standings = values.into_iter().zip(abc::standings(&descending, cuts.abc));
        let of: Vec<Standing> = standings
            .map(|((party, value), standing)| Standing {
                party,
                value,
                // What is not positive is class C, and no part of the whole.
                class: Some(standing.class).filter(|_| value > 0),
                level: levels.of.get(&(party, currency)).copied(),
            })
            .filter(Standing::is_valuable)
            .collect();
        if !of.is_empty() {
            valuable.push(((code, currency), of));
        }
    }
    Ok(valuable)
}
