//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1;

use crate::{
    answers::{AsOf, AskError, window::Window},
    model::page_size,
    model::{currency, purchases::Source},
    read::Rows,
    rows::{Identity, ObjectId},
    table::{CUSTOMER, Dictionary, Field as _, Filter},
};

/// Months of spend: a year.
const MONTHS: i32 = 12;

/// A [`v1::PotentialRequest`] whose clocks and ids are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PotentialParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    /// What is bought in it is owned.
    pub(super) window: Window,
    /// The twelve months that end with the window: spend is of these.
    pub(super) year: Window,
    pub(super) currency: Option<String>,
    pub(super) segment: Option<String>,
    pub(super) product: Option<String>,
    /// Merges resolved.
    pub(super) customer: Option<ObjectId>,
    /// Customers a page at most.
    pub(super) page_size: usize,
}

impl PotentialParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong, or the ledger does not know the customer.
    pub(super) fn from_request(
        request: &v1::PotentialRequest,
        (rows, identity): (&dyn Rows, &Identity),
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let year = Window { from: Timestamp::MIN, to: window.to }.last_months(MONTHS, zone);
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(Self {
            source,
            as_of,
            window: if from.is_some() { window } else { window.last_months(MONTHS, zone) },
            year,
            currency: currency::asked(&request.currency, "currency")?,
            segment: given(&request.segment),
            product: given(&request.product),
            customer: given(&request.customer).map(|id| customer(&id, rows, identity)).transpose()?,
            page_size: page_size(request.page_size),
        })
    }

    /// The purchases of the window that name no customer.
    pub(super) fn nobodys(&self) -> Filter {
        self.source.purchases(self.window).and(CUSTOMER, vec![ObjectId::NOBODY.cell()])
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

fn customer(id: &str, rows: &dyn Rows, identity: &Identity) -> Result<ObjectId, AskError> {
    match rows.number(Dictionary::Party, id)? {
        Some(party) => Ok(identity.canonical(party)),
        None => {
            let expected = format!("expected the id of a customer, found `{id}`, which no event has");
            Err(AskError::Field { field: "customer", expected })
        }
    }
}
