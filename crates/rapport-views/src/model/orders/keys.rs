//! What rows are of, and to which rows a line belongs.

use rapport_model::Timestamp;

use crate::{
    answers::AsOf,
    model::purchases::Source,
    read::{ReadError, Rows},
    rows::{ObjectId, PaymentRow, Symbol},
    table::{Cell, Field as _, Filter, GroupKey, Row as _},
};

/// What a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// The period that begins then.
    Period(Timestamp),
    /// A text of the lines, or a method of payment.
    Text(Symbol),
    /// No payment.
    Unpaid,
}

/// By what a store groups lines, and the rows that a group belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys<'a> {
    /// The beginnings of periods.
    Periods(&'a [Timestamp]),
    /// A column with texts.
    Column(&'static str),
    /// The column with the purchase, and how purchases were paid: a purchase that was paid in two ways has two rows.
    Payment(&'static str, &'a Methods),
}

impl Keys<'_> {
    pub(super) const fn group_key(&self) -> GroupKey<'_> {
        match self {
            Self::Periods(starts) => GroupKey::Since(starts),
            Self::Column(column) | Self::Payment(column, _) => GroupKey::Column(column),
        }
    }

    /// The rows of a group.
    pub(super) fn each(&self, cell: &Cell, mut take: impl FnMut(Key)) {
        match self {
            Self::Periods(_) => {
                if let Some(start) = Timestamp::of(cell) {
                    take(Key::Period(start));
                }
            }
            Self::Column(_) => take(Key::Text(Symbol::of(cell).unwrap_or_default())),
            Self::Payment(_, methods) => {
                let methods = methods.of_purchase(ObjectId::of(cell).unwrap_or_default());
                match methods {
                    [] => take(Key::Unpaid),
                    methods => methods.iter().for_each(|(_, method)| take(Key::Text(*method))),
                }
            }
        }
    }
}

/// How purchases were paid: by purchase, then method, each pair once.
#[derive(Debug, Default)]
pub(super) struct Methods(Vec<(ObjectId, Symbol)>);

impl Methods {
    /// Of all payments until T that name a purchase, whenever they came: a purchase of December may be paid in January.
    pub(super) fn read(rows: &dyn Rows, source: Source, as_of: AsOf) -> Result<Self, ReadError> {
        let by = [GroupKey::Column(source.id()), GroupKey::Column("method")];
        let mut paid = Vec::new();
        rows.group(PaymentRow::TABLE, &Filter::all(), as_of, &by, &[], &mut |keys, _| {
            if let [purchase, method] = keys
                && let Some(purchase) = ObjectId::of(purchase).filter(|one| *one != ObjectId::NOBODY)
            {
                paid.push((purchase, Symbol::of(method).unwrap_or_default()));
            }
            Ok(())
        })?;
        paid.sort_unstable();
        Ok(Self(paid))
    }

    fn of_purchase(&self, purchase: ObjectId) -> &[(ObjectId, Symbol)] {
        let begin = self.0.partition_point(|(one, _)| *one < purchase);
        let end = self.0.partition_point(|(one, _)| *one <= purchase);
        self.0.get(begin..end).unwrap_or_default()
    }

    /// Whether a purchase is in a row.
    pub(super) fn are(&self, purchase: ObjectId, key: Key) -> bool {
        match (self.of_purchase(purchase), key) {
            ([], key) => key == Key::Unpaid,
            (methods, Key::Text(method)) => methods.iter().any(|(_, one)| *one == method),
            (_, Key::Unpaid | Key::Period(_)) => false,
        }
    }
}
