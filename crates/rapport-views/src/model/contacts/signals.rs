//! How soon there is a contact after a sign that something changes at a customer.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::params::ContactsParams;
use crate::{
    model::{
        figures::{Counted, Figures},
        met::Met,
        occurred::count,
    },
    page::{Grid, GridCell, GridColumn, Unit, Words},
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, SignalRow, Symbols},
    stats::kaplan_meier::{self, Stay},
    table::Filter,
};

/// Kinds shown at most.
const SHOWN: usize = 20;

/// A contact: when, and its event.
type Place = (Timestamp, Position);

/// A sign, and the first contact afterwards.
struct Signal {
    row: SignalRow,
    first: Option<Place>,
}

/// Of the signs of the period.
pub(super) fn signals(
    (rows, met): (&dyn Rows, &Met),
    (symbols, identity): (&Symbols, &Identity),
    params: &ContactsParams,
    figures: &mut Figures,
) -> Result<v1::ContactSignals, ReadError> {
    let mut all = read((rows, met), identity, params)?;
    all.sort_unstable_by_key(|signal| signal.row.position);
    if figures.parts().first() == Some(&"signals") {
        let events = all.iter().flat_map(|signal| {
            let (thing, customer) = (Counted::event(signal.row.position), signal.row.customer);
            let positions = [Some(signal.row.position), signal.first.map(|(_, position)| position)];
            positions.into_iter().flatten().map(move |position| (thing, customer, position))
        });
        figures.beside(events.collect::<Vec<_>>());
    }
    let mut by_key: BTreeMap<&str, Vec<&Signal>> = BTreeMap::new();
    for signal in &all {
        by_key.entry(symbols.text(signal.row.key)).or_default().push(signal);
    }
    let until = params.as_of.bounded().occurred_until;
    let whole = counted(&all.iter().collect::<Vec<_>>(), until, None, figures);
    let mut kinds: Vec<_> = by_key.into_iter().collect();
    // Equal ones stay in the order of their keys.
    kinds.sort_by_key(|(_, of)| Reverse(of.len()));
    Ok(v1::ContactSignals {
        recorded: whole.recorded,
        answered: whole.answered,
        waiting: whole.waiting,
        median: whole.median,
        kinds_left_out: kinds.len().saturating_sub(SHOWN) as u64,
        kinds: kinds.iter().take(SHOWN).map(|(key, of)| counted(of, until, Some(*key), figures)).collect(),
    })
}

/// Signs with the first contact after each: one at the same moment is how it was heard of, and no response to it.
fn read(
    (rows, met): (&dyn Rows, &Met),
    identity: &Identity,
    params: &ContactsParams,
) -> Result<Vec<Signal>, ReadError> {
    let mut all = Vec::new();
    let filter = Filter::all().occurred(params.window.from, params.window.to);
    rows.in_any_order(&filter, params.as_of, |row: SignalRow| {
        let customer = identity.canonical(row.customer);
        if customer != ObjectId::NOBODY {
            let of = met.of(customer);
            let first = of.get(of.partition_point(|(at, _)| *at <= row.occurred_at)).copied();
            all.push(Signal { row: SignalRow { customer, ..row }, first });
        }
    })?;
    Ok(all)
}

/// Of some signs: of all, or of those of one key.
fn counted(
    of: &[&Signal],
    until: Timestamp,
    key: Option<&str>,
    figures: &mut Figures,
) -> v1::ContactSignalKind {
    let stay = |signal: &&Signal| {
        let since = |to: Timestamp| to.as_micros().saturating_sub(signal.row.occurred_at.as_micros());
        match signal.first {
            Some((at, _)) => Stay::ended(since(at)),
            None => Stay::censored(since(until)),
        }
    };
    let mut stays: Vec<Stay> = of.iter().map(stay).collect();
    stays.sort_unstable();
    let mut figure = |what, is_in: fn(&Signal) -> bool| {
        let name: Vec<&str> = ["signals", what].into_iter().chain(key).collect();
        let those = of.iter().filter(|signal| is_in(signal));
        figures.count(&name, those.map(|signal| Counted::event(signal.row.position)))
    };
    v1::ContactSignalKind {
        key: key.unwrap_or_default().to_owned(),
        recorded: figure("recorded", |_| true),
        answered: figure("answered", |signal| signal.first.is_some()),
        waiting: figure("waiting", |signal| signal.first.is_none()),
        median: kaplan_meier::median(&stays, &[]).map(time::duration_to_proto),
    }
}

/// All signs, and by what changes.
pub(super) fn grids(response: &v1::ContactsResponse) -> [Grid; 2] {
    let columns = || {
        [
            GridColumn::new("recorded", "signs", Unit::Count),
            GridColumn::new("answered", "contact afterwards", Unit::Count),
            GridColumn::new("waiting", "none yet", Unit::Count),
            GridColumn::new("median", "median until then", Unit::Duration),
        ]
    };
    let title = "signs of change at customers, until the first contact afterwards";
    let mut all = Grid::new("signals", title).columns(columns());
    let begin = GridColumn::new("key", "change", Unit::Code).most();
    let mut kinds =
        Grid::new("signal", "signs by what changes").columns([begin].into_iter().chain(columns()));
    let Some(of) = &response.signals else { return [all, kinds] };
    let cells = [
        GridCell::figure(of.recorded.as_ref()),
        GridCell::figure(of.answered.as_ref()),
        GridCell::figure(of.waiting.as_ref()),
        GridCell::length(of.median.as_ref()),
    ];
    if count(of.recorded.as_ref()) == 0 {
        all.row_aside(cells);
    } else {
        all.row(cells);
        if of.median.is_none() {
            all.note(Words::new("no_median", "no median: fewer than half had a contact"));
        }
    }
    for kind in &of.kinds {
        kinds.row([
            GridCell::text(&kind.key),
            GridCell::figure(kind.recorded.as_ref()),
            GridCell::figure(kind.answered.as_ref()),
            GridCell::figure(kind.waiting.as_ref()),
            GridCell::length(kind.median.as_ref()),
        ]);
    }
    if of.kinds_left_out > 0 {
        kinds.note(Words::counted("kinds_left_out", of.kinds_left_out, "more change", "more changes"));
    }
    [all, kinds]
}
