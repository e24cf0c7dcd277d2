//! Which models live: whether the events that each is made of are there, how many, and since when.

use std::collections::HashMap;

use rapport_model::Timestamp;
use rapport_proto::{time, v1};
use rapport_store::{ReadError, ReadModels, View};
use rapport_views::{
    answers::AsOf,
    model::sources::{self, Source},
    rows::{EntryRow, Symbol},
    table::{Cell, Field as _, Filter, GroupKey, Measure, Row as _},
};

use crate::door::refusal::Refusal;

/// The events of one type.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    events: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Every model with its events, as known now.
///
/// # Errors
/// The view cannot be read.
pub(super) fn states(models: &dyn ReadModels) -> Result<Vec<v1::ModelState>, Refusal> {
    let found = by_type(models)?;
    let source = |source: &Source, without: &str| {
        let of_types = source.event_types.iter().filter_map(|of_type| found.get(*of_type));
        let all = of_types.fold(Found::default(), |all, one| Found {
            events: all.events.saturating_add(one.events),
            first: all.first.into_iter().chain(one.first).min(),
            last: all.last.max(one.last),
        });
        v1::ModelSource {
            event_types: source.event_types.iter().map(|of_type| (*of_type).to_owned()).collect(),
            events: all.events,
            first: all.first.map(time::to_proto),
            last: all.last.map(time::to_proto),
            without: without.to_owned(),
        }
    };
    let state = |one: &sources::Sources| {
        let from: Vec<v1::ModelSource> = one.lives_from.iter().map(|of| source(of, "")).collect();
        let lives = from.iter().any(|of| of.events > 0);
        let less = one.says_less.iter().map(|(of, without)| source(of, without));
        v1::ModelState { model: one.model.to_owned(), lives, sources: from.into_iter().chain(less).collect() }
    };
    Ok(sources::ALL.iter().map(state).collect())
}

/// What there is of each type: the view of timelines has an entry of every event.
fn by_type(models: &dyn ReadModels) -> Result<HashMap<String, Found>, ReadError> {
    let rows = models.rows(View::Timeline)?;
    let (symbols, mut found) = (rows.symbols()?, HashMap::new());
    rows.group(
        EntryRow::TABLE,
        &Filter::all().and("retracted", vec![false.cell()]),
        AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::MAX },
        &[GroupKey::Column("type")],
        &[Measure::Rows, Measure::First, Measure::Last],
        &mut |keys: &[Cell], measures| {
            let ([of_type], [events, first, last]) = (keys, measures) else { return Ok(()) };
            let Some(of_type) = Symbol::of(of_type) else { return Ok(()) };
            let moment = |micros: &i128| i64::try_from(*micros).ok().map(Timestamp::from_micros);
            let of = Found {
                events: u64::try_from(*events).unwrap_or(u64::MAX),
                first: moment(first),
                last: moment(last),
            };
            found.insert(symbols.text(of_type).to_owned(), of);
            Ok(())
        },
    )?;
    Ok(found)
}
