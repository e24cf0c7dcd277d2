//! Events added up by the store, and the events behind the figure that is asked for.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    keys::{Key, Keys},
    params::ActivityParams,
};
use crate::{
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{EntryRow, Identity, Symbols},
    table::{Field as _, Filter, GroupKey, Measure, Row as _},
};

/// What some events are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub(super) events: u64,
    pub(super) two_way: u64,
    pub(super) retracted: u64,
    /// Of the first and of the last of `events`, in microseconds.
    span: Option<(i128, i128)>,
}

impl Sums {
    fn add(&mut self, of: Self) {
        self.events += of.events;
        self.two_way += of.two_way;
        self.retracted += of.retracted;
        self.span = match (self.span, of.span) {
            (Some((first, last)), Some((begin, end))) => Some((first.min(begin), last.max(end))),
            (one, other) => one.or(other),
        };
    }

    /// As answers say it. `name` begins the names of the figures.
    pub(super) fn wire(&self, name: &[&str]) -> v1::ActivityMeasures {
        let figure = |what, count| Some(Figures::named(&[name, &[what]].concat(), count));
        let moment = |micros: i128| {
            i64::try_from(micros).ok().map(|micros| time::to_proto(Timestamp::from_micros(micros)))
        };
        v1::ActivityMeasures {
            events: figure("events", self.events),
            two_way: figure("two_way", self.two_way),
            retracted: figure("retracted", self.retracted),
            first: self.span.and_then(|(first, _)| moment(first)),
            last: self.span.and_then(|(_, last)| moment(last)),
        }
    }
}

/// The sums of each key.
pub(super) fn sums(
    rows: &dyn Rows,
    identity: &Identity,
    (filter, keys): (&Filter, &Keys),
    params: &ActivityParams,
) -> Result<HashMap<Key, Sums>, ReadError> {
    let mut found: HashMap<Key, Sums> = HashMap::new();
    let starts = keys.starts();
    if matches!(keys, Keys::Periods(_)) && starts.is_empty() {
        return Ok(found);
    }
    let by = [keys.group(&starts), GroupKey::Column("retracted"), GroupKey::Column("two_way")];
    let measures = [Measure::Rows, Measure::First, Measure::Last];
    rows.group(EntryRow::TABLE, filter, params.as_of, &by, &measures, &mut |cells, measured| {
        let ([key, retracted, two_way], [n, first, last]) = (cells, measured) else { return Ok(()) };
        let n = u64::try_from(*n).unwrap_or(0);
        let of = match (bool::of(retracted), bool::of(two_way)) {
            (Some(true), _) => Sums { retracted: n, ..Sums::default() },
            (_, two_way) => Sums {
                events: n,
                two_way: if two_way == Some(true) { n } else { 0 },
                span: Some((*first, *last)),
                ..Sums::default()
            },
        };
        found.entry(keys.of_cell(key, identity)).or_default().add(of);
        Ok(())
    })?;
    Ok(found)
}

/// All of them together.
pub(super) fn together<'a>(all: impl Iterator<Item = &'a Sums>) -> Sums {
    all.fold(Sums::default(), |mut sum, of| {
        sum.add(*of);
        sum
    })
}

/// The names that figures of events have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(parts, ["total", what] | ["rows", _, what] if ["events", "two_way", "retracted"].contains(what))
}

/// Finds the events of the figure that is asked for, if it counts events.
pub(super) fn find(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    (filter, keys): (&Filter, &Keys),
    params: &ActivityParams,
    figures: &mut Figures,
) -> Result<(), ReadError> {
    let parts: Vec<String> = figures.parts().iter().map(|part| (*part).to_owned()).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (wanted, what) = match parts.as_slice() {
        ["total", what] => (None, *what),
        ["rows", key, what] => (Some(*key), *what),
        _ => return Ok(()),
    };
    let mut all = Vec::new();
    rows.in_any_order(filter, params.as_of, |row: EntryRow| {
        let is_counted = match what {
            "retracted" => row.retracted,
            "two_way" => !row.retracted && row.two_way,
            _ => !row.retracted,
        };
        if is_counted {
            all.push(EntryRow { customer: identity.canonical(row.customer), ..row });
        }
    })?;
    if let Some(wanted) = wanted {
        let mut texts: HashMap<Key, bool> = HashMap::new();
        for key in all.iter().map(|row| keys.of_entry(row)) {
            if !texts.contains_key(&key) {
                texts.insert(key, keys.text(key, rows, symbols)? == wanted);
            }
        }
        all.retain(|row| texts.get(&keys.of_entry(row)) == Some(&true));
    }
    figures.found(all.iter().map(|row| Counted::event(row.position)).collect());
    figures.beside(all.iter().map(|row| (Counted::event(row.position), row.customer, row.position)));
    Ok(())
}
