//! What is a purchase, for every model that asks.
//!
//! Orders are; where a ledger has none, invoices are. What an order is worth are its lines that were placed, returned and
//! amended, each when its event occurred. A cancelled order is none, as of any T from its cancellation on: the filters
//! here leave its lines out, in the store.

use rapport_proto::v1::PurchasesFrom;

use super::figures::Counted;
use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    page::Words,
    read::Rows,
    rows::{InvoiceKind, InvoiceLine, ObjectId, PurchaseLine, PurchaseOp},
    table::{Cell, Dictionary, Field as _, Filter, Row as _, Table},
};

/// Where purchases are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Orders,
    Invoices,
}

impl Source {
    /// What a request asks for in its field `purchases_from`; where it leaves it out, orders if there were any until T, as
    /// believed at K, otherwise invoices if there were any, otherwise orders.
    pub(crate) fn asked(wire: i32, rows: &dyn Rows, as_of: AsOf) -> Result<Self, AskError> {
        let unknown = |_| AnswerError::UnknownValue { field: "purchases_from", value: wire };
        let has_any = |table| rows.has_any(table, &Filter::all(), as_of);
        Ok(match PurchasesFrom::try_from(wire).map_err(unknown)? {
            PurchasesFrom::Orders => Self::Orders,
            PurchasesFrom::Invoices => Self::Invoices,
            PurchasesFrom::Unspecified if has_any(PurchaseLine::TABLE)? => Self::Orders,
            PurchasesFrom::Unspecified if has_any(InvoiceLine::TABLE)? => Self::Invoices,
            PurchasesFrom::Unspecified => Self::Orders,
        })
    }

    /// As answers say it.
    pub(crate) const fn wire(self) -> PurchasesFrom {
        match self {
            Self::Orders => PurchasesFrom::Orders,
            Self::Invoices => PurchasesFrom::Invoices,
        }
    }

    /// What is said below an answer of purchases that are no orders.
    pub(crate) fn note(wire: PurchasesFrom) -> Option<Words> {
        (wire == PurchasesFrom::Invoices)
            .then(|| Words::new("purchases_are_invoices", "purchases are invoices here, and not orders"))
    }

    /// A purchase, as a figure counts it.
    pub(crate) const fn counted(self, purchase: ObjectId) -> Counted {
        match self {
            Self::Orders => Counted::named(Dictionary::Order, purchase),
            Self::Invoices => Counted::named(Dictionary::Invoice, purchase),
        }
    }

    /// The table of lines. Both have `customer`, `product`, `category`, `quantity_milli`, `list_minor_units`,
    /// `net_minor_units`, `currency`, `channel`, `staff` and `branch`.
    pub(crate) fn table(self) -> &'static Table {
        match self {
            Self::Orders => PurchaseLine::TABLE,
            Self::Invoices => InvoiceLine::TABLE,
        }
    }

    /// The column that says of which purchase a line is.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Orders => "order_id",
            Self::Invoices => "invoice_id",
        }
    }

    /// The column that [`Self::is_purchase`] reads.
    pub(crate) const fn op(self) -> &'static str {
        match self {
            Self::Orders => "op",
            Self::Invoices => "kind",
        }
    }

    /// Whether lines with this in the column [`Self::op`] are purchases; the others change what earlier ones are worth.
    pub(crate) fn is_purchase(self, op: &Cell) -> bool {
        *op == match self {
            Self::Orders => PurchaseOp::Placed.cell(),
            Self::Invoices => InvoiceKind::Invoice.cell(),
        }
    }

    /// Whether lines with this in the column [`Self::op`] take back what was bought.
    pub(crate) fn is_return(self, op: &Cell) -> bool {
        *op == match self {
            Self::Orders => PurchaseOp::Returned.cell(),
            Self::Invoices => InvoiceKind::CreditNote.cell(),
        }
    }

    /// The lines of a window that purchases are worth.
    pub(crate) fn lines(self, window: Window) -> Filter {
        match self {
            Self::Orders => standing(self.lines_ever(window)),
            Self::Invoices => self.lines_ever(window),
        }
    }

    /// The same, with the lines of orders that were cancelled since.
    pub(crate) fn lines_ever(self, window: Window) -> Filter {
        let lines = Filter::all().occurred(window.from, window.to);
        match self {
            Self::Orders => {
                let ops = [PurchaseOp::Placed, PurchaseOp::Returned, PurchaseOp::Amended];
                lines.and("op", ops.map(|op| op.cell()).to_vec())
            }
            Self::Invoices => lines,
        }
    }

    /// Of these, the lines that are purchases.
    pub(crate) fn purchases(self, window: Window) -> Filter {
        match self {
            Self::Orders => standing(self.purchases_ever(window)),
            Self::Invoices => self.purchases_ever(window),
        }
    }

    /// The same, with the lines of orders that were cancelled since.
    pub(crate) fn purchases_ever(self, window: Window) -> Filter {
        let lines = Filter::all().occurred(window.from, window.to);
        match self {
            Self::Orders => lines.and("op", vec![PurchaseOp::Placed.cell()]),
            Self::Invoices => lines.and("kind", vec![InvoiceKind::Invoice.cell()]),
        }
    }

    /// Of the lines of a window, those that take back what was bought.
    pub(crate) fn returns(self, window: Window) -> Filter {
        let lines = Filter::all().occurred(window.from, window.to);
        match self {
            Self::Orders => standing(lines.and("op", vec![PurchaseOp::Returned.cell()])),
            Self::Invoices => lines.and("kind", vec![InvoiceKind::CreditNote.cell()]),
        }
    }
}

/// The cancellations of orders, whenever they occurred.
pub(crate) fn cancellations() -> Filter {
    Filter::all().and("op", vec![PurchaseOp::Cancelled.cell()])
}

/// Without those of cancelled orders.
fn standing(lines: Filter) -> Filter {
    lines.without("order_id", PurchaseLine::TABLE, ("op", vec![PurchaseOp::Cancelled.cell()]))
}
