//! What events have in common.

use rapport_model::Timestamp;
use rapport_proto::v1::activity_request::By;

use super::params::ActivityParams;
use crate::{
    answers::{AskError, window::Window},
    calendar::{Every, Periods},
    read::{ReadError, Rows},
    rows::{EntryRow, Identity, ObjectId, Symbol, Symbols},
    table::{CUSTOMER, Cell, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// Days or months that a store can group by, at most.
const PERIODS_MAX: u32 = 1_000;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// A type, an actor or a channel.
    Named(Symbol),
    /// A customer, merges resolved.
    Party(ObjectId),
    /// Where a day or a month begins.
    Since(Timestamp),
}

/// How events are told apart.
#[derive(Debug)]
pub(super) enum Keys {
    /// By a column of texts.
    Column(&'static str),
    Customer,
    Periods(Periods),
}

impl Keys {
    /// # Errors
    /// There are more days or months than a store can group by.
    pub(super) fn read(rows: &dyn Rows, filter: &Filter, params: &ActivityParams) -> Result<Self, AskError> {
        let every = match params.by {
            By::Unspecified | By::Type => return Ok(Self::Column("type")),
            By::Actor => return Ok(Self::Column("actor")),
            By::Channel => return Ok(Self::Column("channel")),
            By::Customer => return Ok(Self::Customer),
            By::Day => Every::Day,
            By::Month => Every::Month,
        };
        let periods = Periods::around(spanned(rows, filter, params)?, every, params.zone.clone());
        if periods.count > PERIODS_MAX {
            let what = if every == Every::Day { "days" } else { "months" };
            let expected = format!(
                "expected at most 1,000 {what} from the first to the last event, found `{}`; give a shorter period, or \
                 ask by month",
                periods.count
            );
            return Err(AskError::Field { field: "by", expected });
        }
        Ok(Self::Periods(periods))
    }

    /// Where periods begin; none where events are told apart by something else.
    pub(super) fn starts(&self) -> Vec<Timestamp> {
        match self {
            Self::Column(_) | Self::Customer => Vec::new(),
            Self::Periods(periods) => periods.starts(),
        }
    }

    /// What a store groups by.
    pub(super) const fn group<'a>(&self, starts: &'a [Timestamp]) -> GroupKey<'a> {
        match self {
            Self::Column(column) => GroupKey::Column(column),
            Self::Customer => GroupKey::Column(CUSTOMER),
            Self::Periods(_) => GroupKey::Since(starts),
        }
    }

    /// Of the cell that a store grouped by.
    pub(super) fn of_cell(&self, cell: &Cell, identity: &Identity) -> Key {
        match self {
            Self::Column(_) => Key::Named(Symbol::of(cell).unwrap_or_default()),
            Self::Customer => Key::Party(identity.canonical(ObjectId::of(cell).unwrap_or_default())),
            Self::Periods(_) => Key::Since(Timestamp::of(cell).unwrap_or(Timestamp::MIN)),
        }
    }

    /// Of an event whose customer resolves merges.
    pub(super) fn of_entry(&self, row: &EntryRow) -> Key {
        match self {
            Self::Column("actor") => Key::Named(row.actor),
            Self::Column("channel") => Key::Named(row.channel),
            Self::Column(_) => Key::Named(row.event_type),
            Self::Customer => Key::Party(row.customer),
            Self::Periods(periods) => Key::Since(periods.start_of(row.occurred_at)),
        }
    }

    /// As answers say it.
    pub(super) fn text(&self, key: Key, rows: &dyn Rows, symbols: &Symbols) -> Result<String, ReadError> {
        Ok(match (key, self) {
            (Key::Named(symbol), _) => symbols.text(symbol).to_owned(),
            (Key::Party(ObjectId::NOBODY), _) => String::new(),
            (Key::Party(party), _) => format!("party:{}", rows.party_name(party)?),
            (Key::Since(start), Self::Periods(periods)) => periods.label(start),
            (Key::Since(_), Self::Column(_) | Self::Customer) => String::new(),
        })
    }
}

/// From the first to the last event that is asked for.
fn spanned(rows: &dyn Rows, filter: &Filter, params: &ActivityParams) -> Result<Window, ReadError> {
    let (by, measures) = ([GroupKey::Column("retracted")], [Measure::First, Measure::Last]);
    let (mut first, mut last) = (i128::MAX, i128::MIN);
    rows.group(EntryRow::TABLE, filter, params.as_of, &by, &measures, &mut |_, measured| {
        if let [begin, end] = measured {
            (first, last) = (first.min(*begin), last.max(*end));
        }
        Ok(())
    })?;
    Ok(match (i64::try_from(first), i64::try_from(last)) {
        (Ok(first), Ok(last)) => {
            Window { from: Timestamp::from_micros(first), to: Timestamp::from_micros(last.saturating_add(1)) }
        }
        _ => Window { from: params.window.from, to: params.window.from },
    })
}
