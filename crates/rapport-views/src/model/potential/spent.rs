//! What customers spent on products in twelve months.

use hashbrown::{HashMap, HashSet};

use super::{params::PotentialParams, segments::Segment};
use crate::{
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol, Symbols},
    table::{CURRENCY, CUSTOMER, Field as _, GroupKey, Measure},
};

/// What each customer, merges resolved, spent on a product in one currency.
type Spends = HashMap<ObjectId, i128>;

/// Spend on the products of lists.
#[derive(Debug, Default)]
pub(super) struct Spent {
    by_product: HashMap<(Symbol, Symbol), Spends>,
    /// Those that are asked for, by code.
    pub(super) currencies: Vec<(String, Symbol)>,
}

impl Spent {
    /// Lines of twelve months: what was changed and what came back in them is taken into account.
    pub(super) fn read(
        rows: &dyn Rows,
        params: &PotentialParams,
        segments: &[Segment],
        (symbols, identity): (&Symbols, &Identity),
    ) -> Result<Self, ReadError> {
        let listed = segments.iter().flat_map(|segment| &segment.products);
        let listed: HashSet<Symbol> = listed.filter_map(|product| product.symbol).collect();
        let (source, lines) = (params.source, params.source.lines(params.year));
        let by = [CUSTOMER, "product", CURRENCY].map(GroupKey::Column);
        let measures = [Measure::Sum("net_minor_units")];
        let mut by_product: HashMap<(Symbol, Symbol), Spends> = HashMap::new();
        rows.group(source.table(), &lines, params.as_of, &by, &measures, &mut |keys, measured| {
            let ([customer, product, currency], [net]) = (keys, measured) else { return Ok(()) };
            let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
            let product = Symbol::of(product).unwrap_or_default();
            let currency = Symbol::of(currency).unwrap_or_default();
            if customer != ObjectId::NOBODY && listed.contains(&product) {
                *by_product.entry((product, currency)).or_default().entry(customer).or_default() += net;
            }
            Ok(())
        })?;
        let currencies: HashSet<Symbol> = by_product.keys().map(|(_, currency)| *currency).collect();
        let mut currencies: Vec<(String, Symbol)> =
            currencies.into_iter().map(|one| (symbols.text(one).to_owned(), one)).collect();
        currencies.retain(|(code, _)| !code.is_empty() && params.wants(code));
        currencies.sort_unstable();
        Ok(Self { by_product, currencies })
    }

    /// Of these owners, those who spent more than 0 on a product in a currency, and how much. A line without an amount is 0
    /// in rows, so what adds up to nothing says nothing of what the product is worth.
    pub(super) fn of(
        &self,
        product: Option<Symbol>,
        currency: Symbol,
        owners: &[ObjectId],
    ) -> Vec<(ObjectId, i128)> {
        let spends = product.and_then(|product| self.by_product.get(&(product, currency)));
        let Some(spends) = spends else { return Vec::new() };
        let spent = owners.iter().filter_map(|owner| Some((*owner, *spends.get(owner)?)));
        spent.filter(|(_, net)| *net > 0).collect()
    }
}
