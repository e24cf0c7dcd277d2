//! The orders that are late, the worst first.

use jiff::civil::Date;
use rapport_proto::v1;

use super::{
    delivery::{Came, Delivery, Promised},
    measures::Measured,
    params::DeliveriesParams,
    slip::days,
};
use crate::{
    read::Rows,
    rows::{ObjectId, Symbols},
    table::Dictionary,
};

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Late<'a> {
    of: &'a Delivery,
    /// As a tag.
    object: String,
    promised: Promised,
    slip: i32,
}

/// Of the orders of the period, those that arrived late.
pub(super) fn late<'a>(
    arrived: &[&'a Delivery],
    rows: &dyn Rows,
    params: &DeliveriesParams,
) -> Result<Vec<Late<'a>>, crate::read::ReadError> {
    let measured = arrived.iter().filter_map(|one| Measured::of(one, params.today));
    let late = measured.filter(|one| one.slip() > 0).map(|one| (one.of, one.promised, one.slip()));
    in_order(late, rows)
}

/// Those that are overdue, with the days since the last commitment.
pub(super) fn overdue<'a>(
    overdue: &[&'a Delivery],
    rows: &dyn Rows,
    params: &DeliveriesParams,
) -> Result<Vec<Late<'a>>, crate::read::ReadError> {
    let promised = overdue.iter().filter_map(|one| Some((*one, one.promised?)));
    let late = promised.map(|(one, promised)| (one, promised, days(promised.last, params.today)));
    in_order(late, rows)
}

fn in_order<'a>(
    late: impl Iterator<Item = (&'a Delivery, Promised, i32)>,
    rows: &dyn Rows,
) -> Result<Vec<Late<'a>>, crate::read::ReadError> {
    let mut all = Vec::new();
    for (of, promised, slip) in late {
        let order = rows.name(Dictionary::Order, of.order)?;
        all.push(Late { of, object: format!("{}{order}", Dictionary::Order.tag_prefix()), promised, slip });
    }
    all.sort_unstable_by(|one, other| other.slip.cmp(&one.slip).then_with(|| one.object.cmp(&other.object)));
    Ok(all)
}

impl Late<'_> {
    pub(super) fn row<E>(
        &self,
        symbols: &Symbols,
        name: &mut impl FnMut(ObjectId) -> Result<String, E>,
    ) -> Result<v1::LateOrder, E> {
        let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let customer = match self.of.customer {
            ObjectId::NOBODY => String::new(),
            customer => format!("party:{}", name(customer)?),
        };
        Ok(v1::LateOrder {
            object: self.object.clone(),
            customer,
            requested: text(self.of.requested),
            first_committed: self.promised.first.to_string(),
            last_committed: self.promised.last.to_string(),
            arrived: text(self.of.arrived()),
            // Neither list has what is not late.
            slip_days: u32::try_from(self.slip).unwrap_or(0),
            reschedules: self.promised.again,
            reason: symbols.text(self.promised.reason).to_owned(),
            in_full: matches!(self.of.came, Came::Whole(_)),
        })
    }
}
