//! Incentives that were paid out, each traced to the events for which it was earned.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::params::StaffParams;
use crate::{
    answers::{Asked, sums::sum},
    calendar::LAST,
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{IncentiveRow, ObjectId, Symbol, Symbols, storable},
    table::Filter,
    timeline::ask::entry::Entries,
};

/// The kind of their definitions.
const INCENTIVE: &str = "incentive";
/// Schemes of an answer at most.
const SCHEMES_MAX: usize = 500;
/// Events of a payout in an answer at most.
const EVIDENCE_MAX: usize = 100;

/// What an event of the ledger is to a payout.
#[derive(Debug, Clone)]
struct Event {
    position: Position,
    kind: String,
    /// Who recorded it; empty where it is not said.
    actor: String,
    is_retracted: bool,
}

/// The payouts of the period, the latest first.
#[derive(Debug)]
pub(super) struct Payouts {
    rows: Vec<IncentiveRow>,
    /// By the ids as payouts name them.
    events: HashMap<Symbol, Event>,
    /// By code and version.
    published: BTreeSet<(String, u32)>,
}

/// How sound a payout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Traced,
    WithoutEvidence,
    InDoubt,
}

impl Payouts {
    pub(super) fn read(
        rows: &dyn Rows,
        symbols: &Symbols,
        params: &StaffParams,
        asked: &Asked<'_>,
    ) -> Result<Self, ReadError> {
        let of_window = Filter::all().occurred(params.window.from, params.window.to);
        let mut payouts: Vec<IncentiveRow> = rows.all(&of_window, params.as_of)?;
        payouts.sort_unstable_by_key(|row| Reverse((row.occurred_at, row.position)));
        let published = rows.definitions(params.as_of, INCENTIVE)?.into_iter();
        let published = published.map(|one| (one.code, one.version)).collect();
        let events = events(rows, &payouts, symbols, asked)?;
        Ok(Self { rows: payouts, events, published })
    }

    fn definition(&self, row: &IncentiveRow, symbols: &Symbols) -> &'static str {
        if row.version == 0 {
            "version_not_said"
        } else if self.published.contains(&(symbols.text(row.scheme).to_owned(), row.version)) {
            "published"
        } else {
            "missing"
        }
    }

    fn state(&self, row: &IncentiveRow, id: Symbol, symbols: &Symbols) -> &'static str {
        match self.events.get(&id) {
            None => "missing",
            Some(event) if event.is_retracted => "retracted",
            Some(event) if !event.actor.is_empty() && event.actor != symbols.text(row.staff) => "of_another",
            Some(_) => "known",
        }
    }

    fn sound(&self, row: &IncentiveRow, symbols: &Symbols) -> Sound {
        if row.evidence.is_empty() {
            Sound::WithoutEvidence
        } else if row.evidence.iter().all(|id| self.state(row, *id, symbols) == "known") {
            Sound::Traced
        } else {
            Sound::InDoubt
        }
    }

    /// How many there are, and how sound they are.
    pub(super) fn counts(&self, symbols: &Symbols, figures: &mut Figures) -> v1::StaffPayouts {
        if matches!(figures.parts().first(), Some(&"payouts" | &"schemes")) {
            let events = self.rows.iter().map(|row| (thing(row), ObjectId::NOBODY, row.position));
            figures.beside(events.collect::<Vec<_>>());
        }
        let mut count = |what, is_in: &dyn Fn(&IncentiveRow) -> bool| {
            figures.count(&["payouts", what], self.rows.iter().filter(|row| is_in(row)).map(thing))
        };
        v1::StaffPayouts {
            payouts: count("payouts", &|_| true),
            traced: count("traced", &|row| self.sound(row, symbols) == Sound::Traced),
            without_evidence: count("without_evidence", &|row| {
                self.sound(row, symbols) == Sound::WithoutEvidence
            }),
            in_doubt: count("in_doubt", &|row| self.sound(row, symbols) == Sound::InDoubt),
            undefined: count("undefined", &|row| self.definition(row, symbols) != "published"),
        }
    }

    /// By scheme, version and currency; and how many more there are.
    pub(super) fn schemes(&self, symbols: &Symbols, figures: &mut Figures) -> (Vec<v1::StaffScheme>, u64) {
        let mut by: BTreeMap<(&str, u32, &str), Vec<&IncentiveRow>> = BTreeMap::new();
        for row in &self.rows {
            let key = (symbols.text(row.scheme), row.version, symbols.text(row.currency));
            by.entry(key).or_default().push(row);
        }
        let scheme = |((scheme, version, currency), of): ((&str, u32, &str), Vec<&IncentiveRow>)| {
            let amount: i128 = of.iter().filter_map(|row| row.bonus_minor_units).map(i128::from).sum();
            let parts = ["schemes", scheme, &version.to_string(), currency];
            v1::StaffScheme {
                scheme: scheme.to_owned(),
                version,
                currency: currency.to_owned(),
                payouts: figures.count(&parts, of.iter().map(|row| thing(row))),
                amount: if currency.is_empty() { None } else { sum(amount) },
                definition: of.first().map_or("", |row| self.definition(row, symbols)).to_owned(),
            }
        };
        let mut all: Vec<v1::StaffScheme> = by.into_iter().map(scheme).collect();
        let left_out = all.len().saturating_sub(SCHEMES_MAX) as u64;
        all.truncate(SCHEMES_MAX);
        (all, left_out)
    }

    /// The definitions that payouts were paid by.
    pub(super) fn used(&self, symbols: &Symbols) -> Vec<v1::DefinitionUse> {
        let used: BTreeSet<(&str, u32)> = self
            .rows
            .iter()
            .filter(|row| self.definition(row, symbols) == "published")
            .map(|row| (symbols.text(row.scheme), row.version))
            .collect();
        let wire = |(code, version): (&str, u32)| v1::DefinitionUse {
            kind: INCENTIVE.to_owned(),
            code: code.to_owned(),
            version,
        };
        used.into_iter().map(wire).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// As rows, from one on.
    pub(super) fn listed(&self, skip: usize, symbols: &Symbols) -> impl Iterator<Item = v1::StaffListed> {
        self.rows.iter().skip(skip).map(|row| v1::StaffListed {
            key: symbols.text(row.staff).to_owned(),
            of: None,
            payout: Some(self.payout(row, symbols)),
        })
    }

    fn payout(&self, row: &IncentiveRow, symbols: &Symbols) -> v1::StaffPayout {
        let evidence = row.evidence.iter().take(EVIDENCE_MAX).map(|id| {
            let event = self.events.get(id);
            v1::StaffEvidence {
                event_id: symbols.text(*id).to_owned(),
                state: self.state(row, *id, symbols).to_owned(),
                position: event.map_or(0, |event| event.position.0),
                r#type: event.map_or("", |event| event.kind.as_str()).to_owned(),
            }
        });
        let currency = symbols.text(row.currency);
        v1::StaffPayout {
            position: row.position.0,
            at: Some(time::to_proto(row.occurred_at.min(LAST))),
            scheme: symbols.text(row.scheme).to_owned(),
            version: row.version,
            definition: self.definition(row, symbols).to_owned(),
            metric: symbols.text(row.metric).to_owned(),
            value: row.value,
            currency: currency.to_owned(),
            amount: row
                .bonus_minor_units
                .filter(|_| !currency.is_empty())
                .and_then(|bonus| sum(bonus.into())),
            evidence: evidence.collect(),
            evidence_left_out: row.evidence.len().saturating_sub(EVIDENCE_MAX) as u64,
        }
    }
}

fn thing(row: &IncentiveRow) -> Counted {
    Counted::event(row.position)
}

/// Looks up the events that payouts name, as believed at K.
fn events(
    rows: &dyn Rows,
    payouts: &[IncentiveRow],
    symbols: &Symbols,
    asked: &Asked<'_>,
) -> Result<HashMap<Symbol, Event>, ReadError> {
    let known = asked.as_of.recorded_until;
    let ids: BTreeSet<Symbol> = payouts.iter().flat_map(|row| row.evidence.iter().copied()).collect();
    let mut events: HashMap<Symbol, Event> = HashMap::new();
    for id in ids {
        let found = asked.events.event_by_id(symbols.text(id)).map_err(ReadError::Source)?;
        let recorded = |one: &v1::RecordedEvent| one.recorded_at.as_ref().and_then(time::from_proto);
        let Some(found) = found.filter(|one| recorded(one).unwrap_or(Timestamp::MIN) <= known) else {
            continue;
        };
        let actor = found.actor.map(|actor| storable(&actor.id).into_owned()).unwrap_or_default();
        let position = Position(found.position);
        events.insert(id, Event { position, kind: found.r#type, actor, is_retracted: false });
    }
    let positions: BTreeSet<Position> = events.values().map(|event| event.position).collect();
    let entries = Entries::of(rows, asked.events, positions, known)?;
    for event in events.values_mut() {
        event.is_retracted = entries.is_retracted(event.position)?;
    }
    Ok(events)
}
