//! Open deals of customers. They are rows of another view, so that customers meet by their names.

use hashbrown::HashMap;

use crate::{
    answers::AsOf,
    read::{ReadError, Rows},
    rows::{DealStatus, Identity, ObjectId, Symbol, Symbols},
    table::Dictionary,
};

/// Of a customer in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Open {
    pub(super) deals: u64,
    /// Minor units.
    pub(super) value: i128,
}

/// By customer, merges resolved, and currency.
#[derive(Debug, Default)]
pub(super) struct OpenDeals {
    pub(super) of: HashMap<(ObjectId, Symbol), Open>,
    /// How many, in all currencies.
    pub(super) by_customer: HashMap<ObjectId, u64>,
    /// Open deals of customers of whom nothing else is known here, and those of nobody.
    pub(super) of_others: u64,
}

/// The open deals at (T, K), in the numbers of `facts`.
pub(super) fn open_deals(
    funnel: &dyn Rows,
    facts: &dyn Rows,
    (symbols, identity): (&mut Symbols, &Identity),
    as_of: AsOf,
) -> Result<OpenDeals, ReadError> {
    let texts = funnel.symbols()?;
    let mut all: HashMap<(ObjectId, Symbol), Open> = HashMap::new();
    funnel.deal_histories(as_of, None, &mut |deal| {
        let Some(last) = deal.spans.last().filter(|span| span.status == DealStatus::Open) else { return };
        let open = all.entry((deal.customer, last.currency)).or_default();
        open.deals += 1;
        open.value += i128::from(last.amount_minor_units);
    })?;
    let mut found = OpenDeals::default();
    let mut numbers: HashMap<ObjectId, Option<ObjectId>> = HashMap::new();
    for ((customer, currency), open) in all {
        let party = match numbers.get(&customer) {
            Some(known) => *known,
            None if customer == ObjectId::NOBODY => None,
            None => {
                let number = facts.number(Dictionary::Party, &funnel.party_name(customer)?)?;
                numbers.insert(customer, number);
                number
            }
        };
        // A currency that the facts do not know gets a number beside theirs.
        let currency = symbols.intern(texts.text(currency));
        let Some(party) = party else {
            found.of_others += open.deals;
            continue;
        };
        let party = identity.canonical(party);
        let of = found.of.entry((party, currency)).or_default();
        of.deals += open.deals;
        of.value += open.value;
    }
    Ok(found)
}

impl OpenDeals {
    /// Leaves those of customers who are known at (T, K). The number of a customer says only that they are known at
    /// some moment.
    pub(super) fn of_known(&mut self, is_known: impl Fn(ObjectId) -> bool) {
        self.of.retain(|(party, _), open| {
            let keeps = is_known(*party);
            self.of_others += if keeps { 0 } else { open.deals };
            keeps
        });
        for ((party, _), open) in &self.of {
            *self.by_customer.entry(*party).or_default() += open.deals;
        }
    }
}
