//! Who has which products.

use hashbrown::{HashMap, HashSet};

use super::{contracts::Contract, purchases::Source};
use crate::{
    answers::{AsOf, window::Window},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol},
    table::{CUSTOMER, Field as _, GroupKey, Measure},
};

/// Active customers, merges resolved, with their products.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    /// By customer, then product, each once; a product is the empty one where a purchase or contract names none.
    pairs: Vec<(ObjectId, Symbol)>,
    pub(super) buyers: HashSet<ObjectId>,
    pub(super) under_contract: HashSet<ObjectId>,
}

/// One product.
#[derive(Debug, Default)]
pub(super) struct Product {
    pub(super) customers: Vec<ObjectId>,
    /// Purchases of it in the window, also those of nobody.
    pub(super) purchases: u64,
}

impl Holdings {
    pub(super) fn read(
        rows: &dyn Rows,
        (source, window): (Source, Window),
        as_of: AsOf,
        identity: &Identity,
        contracts: &[Contract],
    ) -> Result<Self, ReadError> {
        let mut holdings = Self::default();
        let by = [GroupKey::Column(CUSTOMER), GroupKey::Column("product")];
        let purchases = source.purchases(window);
        rows.group(source.table(), &purchases, as_of, &by, &[], &mut |keys, _| {
            let [customer, product] = keys else { return Ok(()) };
            let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
            if customer != ObjectId::NOBODY {
                holdings.buyers.insert(customer);
                holdings.pairs.push((customer, Symbol::of(product).unwrap_or_default()));
            }
            Ok(())
        })?;
        for contract in contracts.iter().filter(|contract| contract.customer != ObjectId::NOBODY) {
            holdings.under_contract.insert(contract.customer);
            holdings.pairs.push((contract.customer, Symbol::default()));
            holdings.pairs.extend(contract.products.iter().map(|product| (contract.customer, *product)));
        }
        holdings.pairs.sort_unstable();
        holdings.pairs.dedup();
        Ok(holdings)
    }

    /// The customers, each with the products that are named.
    pub(super) fn customers(
        &self,
    ) -> impl Iterator<Item = (ObjectId, impl Iterator<Item = Symbol> + Clone)> + Clone {
        self.pairs.chunk_by(|a, b| a.0 == b.0).filter_map(|own| {
            let products = own.iter().map(|(_, product)| *product);
            Some((own.first()?.0, products.filter(|product| *product != Symbol::default())))
        })
    }

    /// The products, with who has them and how often each was bought.
    pub(super) fn products(
        &self,
        rows: &dyn Rows,
        (source, window): (Source, Window),
        as_of: AsOf,
    ) -> Result<HashMap<Symbol, Product>, ReadError> {
        let mut products: HashMap<Symbol, Product> = HashMap::new();
        for (customer, own) in self.customers() {
            own.for_each(|product| products.entry(product).or_default().customers.push(customer));
        }
        let (by, bought) = ([GroupKey::Column("product")], [Measure::Distinct(source.id())]);
        let purchases = source.purchases(window);
        rows.group(source.table(), &purchases, as_of, &by, &bought, &mut |keys, measured| {
            let product = keys.first().and_then(Symbol::of).filter(|product| *product != Symbol::default());
            if let (Some(product), [purchases]) = (product, measured) {
                products.entry(product).or_default().purchases =
                    u64::try_from(*purchases).unwrap_or_default();
            }
            Ok(())
        })?;
        Ok(products)
    }
}
