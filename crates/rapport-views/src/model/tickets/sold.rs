//! How many pieces of each product were sold, and how many defects come on a hundred of them.

use hashbrown::HashMap;
use rapport_proto::v1::{self, tickets_request::By};

use super::{
    group::{Group, is_opened},
    measured::Measured,
    params::TicketsParams,
};
use crate::{
    answers::sums::ratio,
    model::{figures::Figures, purchases::Source},
    read::{ReadError, Rows},
    rows::{PurchaseLine, Symbol, TicketKind},
    table::{Field as _, Filter, GroupKey, Measure, Row as _},
};

/// What a hundred pieces are, in thousandths of a piece.
const HUNDRED_MILLI: i128 = 100_000;

/// Thousandths of pieces sold in the period, by product: what came back and what was amended is in them, cancelled orders
/// are not.
#[derive(Debug)]
pub(super) struct Sold(HashMap<Symbol, i128>);

impl Sold {
    /// `None` unless products are compared, where the filters leave out tickets by what pieces do not have, and where
    /// nothing was ever ordered.
    pub(super) fn read(rows: &dyn Rows, params: &TicketsParams) -> Result<Option<Self>, ReadError> {
        if params.by != By::Product || !params.only.is_of_products() {
            return Ok(None);
        }
        if !rows.has_any(PurchaseLine::TABLE, &Filter::all(), params.as_of)? {
            return Ok(None);
        }
        let lines = Source::Orders.lines(params.window);
        let (by, measures) = ([GroupKey::Column("product")], [Measure::Sum("quantity_milli")]);
        let mut sold: HashMap<Symbol, i128> = HashMap::new();
        rows.group(PurchaseLine::TABLE, &lines, params.as_of, &by, &measures, &mut |keys, measured| {
            let ([product], [milli]) = (keys, measured) else { return Ok(()) };
            *sold.entry(Symbol::of(product).unwrap_or_default()).or_default() += *milli;
            Ok(())
        })?;
        Ok(Some(Self(sold)))
    }

    /// Of a product that is named.
    fn of(&self, product: Symbol) -> Option<i128> {
        (product != Symbol::default()).then(|| self.0.get(&product).copied().unwrap_or_default())
    }
}

/// The defects among the tickets of one product that were opened in the period.
pub(super) fn defects(group: &Group<'_>, sold: Option<&Sold>, figures: &mut Figures) -> v1::TicketDefects {
    let is_one = |of: &Measured| is_opened(of, group.params) && of.ticket.kind() == Some(TicketKind::Defect);
    let defects = group.count(figures, &["defects"], group.all, is_one);
    let product =
        group.all.first().map(|of| of.ticket.of_opening(|opening| opening.product)).unwrap_or_default();
    let milli = sold.and_then(|sold| sold.of(product));
    let counted = defects.as_ref().map_or(0, |figure| figure.count);
    v1::TicketDefects {
        defects,
        sold_milli: milli.map(|milli| i64::try_from(milli).unwrap_or(i64::MAX)),
        per_hundred: milli.and_then(|milli| ratio(i128::from(counted) * HUNDRED_MILLI, milli)),
    }
}
