//! An invoice, and its payment.

use rapport_proto::v1::{InvoiceIssued, Money, PaymentReceived, invoice_issued, payload::Kind};

use crate::{
    happening::Happening,
    telling::Telling,
    world::{
        calendar::{self, DAY},
        product::{Basket, share},
    },
};

/// Value added tax, in percent.
const TAX_PERCENT: i64 = 21;

/// What a customer is charged for an order.
pub(crate) struct Bill<'a> {
    /// The party id.
    pub customer: &'a str,
    /// The invoice's.
    pub id: String,
    pub order: &'a str,
    /// What its events belong together with.
    pub correlation: &'a str,
    pub basket: &'a Basket,
}

impl Bill<'_> {
    /// The invoice, due in two weeks.
    pub(crate) fn issue(&self, story: &mut Telling, at: i64) {
        let issued = InvoiceIssued {
            invoice_id: self.id.clone(),
            kind: invoice_issued::Kind::Invoice.into(),
            lines: self.basket.lines(),
            total: Some(self.total()),
            tax: Some(self.tax()),
            due: calendar::date(at + 14 * DAY),
            order_id: self.order.to_owned(),
        };
        let happening = Happening::of(self.customer, at, Kind::InvoiceIssued(issued));
        story.tell(happening.part_of(self.correlation));
    }

    /// The payment of the whole.
    pub(crate) fn pay(&self, story: &mut Telling, method: &str, at: i64) {
        let received = PaymentReceived {
            amount: Some(self.total()),
            method: method.to_owned(),
            invoice_ids: vec![self.id.clone()],
            order_id: self.order.to_owned(),
        };
        let happening = Happening::of(self.customer, at, Kind::PaymentReceived(received));
        story.tell(happening.via("bank").part_of(self.correlation));
    }

    fn tax(&self) -> Money {
        share(&self.basket.net(), TAX_PERCENT)
    }

    fn total(&self) -> Money {
        let net = self.basket.net();
        Money { minor_units: net.minor_units + self.tax().minor_units, currency: net.currency }
    }
}
