//! The figures: their names, and the rows that make things count.

use super::params::PortfolioParams;
use crate::{
    answers::window::Window,
    model::{
        contracts::Contract,
        figures::{Evidence, Figures},
    },
    read::{ReadError, Rows},
    rows::{ContractRow, ObjectId, Symbol, Symbols},
    table::{CURRENCY, CUSTOMER, Field as _, Filter, GroupKey, Row as _},
};

pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["customers", "active" | "buyers" | "under_contract" | "left_out" | "contracts_left_out"]
            | ["distribution", _, "customers"]
            | ["products", _, "customers" | "purchases"]
            | ["pairs", _, _, "customers"]
            | ["growth", _, "purchases" | "cross_sell" | "up_sell"]
            | ["retention", _, "customers" | "expanded" | "contracted" | "churned"]
    )
}

/// Purchases that are counted by the store: read when they are asked for.
pub(super) fn purchases(
    figures: &mut Figures,
    rows: &dyn Rows,
    params: &PortfolioParams,
    symbols: &Symbols,
) -> Result<(), ReadError> {
    let filter = match figures.parts().as_slice() {
        ["customers", "left_out"] => nobodys(params),
        ["products", code, "purchases"] => {
            match symbols.get(code).filter(|code| *code != Symbol::default()) {
                Some(code) => of_products(params, vec![code]),
                None => return Ok(()),
            }
        }
        _ => return Ok(()),
    };
    let mut purchases = Vec::new();
    let by = [GroupKey::Column(params.source.id())];
    rows.group(params.source.table(), &filter, params.as_of, &by, &[], &mut |keys, _| {
        purchases.extend(keys.first().and_then(ObjectId::of).map(|one| params.source.counted(one)));
        Ok(())
    })?;
    figures.found(purchases);
    Ok(())
}

/// The purchases of the window that name no customer.
pub(super) fn nobodys(params: &PortfolioParams) -> Filter {
    params.source.purchases(params.window).and(CUSTOMER, vec![ObjectId::NOBODY.cell()])
}

fn of_products(params: &PortfolioParams, products: Vec<Symbol>) -> Filter {
    let products = products.iter().map(|product| product.cell()).collect();
    params.source.purchases(params.window).and("product", products)
}

/// The rows that make the things of a figure count. Of contracts these are the events of those in force that have one of
/// the figure's products.
pub(super) fn evidence(
    figures: &mut Figures,
    params: &PortfolioParams,
    contracts: &[Contract],
    symbols: &Symbols,
) -> Vec<Evidence> {
    let table = params.source.table();
    let bought = |filter, column| Evidence::new(table, filter, column);
    let contracted = |column| Evidence::new(ContractRow::TABLE, Filter::all(), column);
    let symbol = |code: &str| symbols.get(code).unwrap_or_default();
    let purchases = params.source.purchases(params.window);
    let mut products: Option<Vec<Symbol>> = None;
    let evidence = match figures.parts().as_slice() {
        ["customers", "buyers"] => vec![bought(purchases, CUSTOMER)],
        ["customers", "left_out"] => vec![bought(nobodys(params), params.source.id())],
        ["customers", "under_contract"] => vec![contracted(CUSTOMER)],
        ["customers", "contracts_left_out"] => vec![contracted("contract_id")],
        ["products", code, "purchases"] => {
            vec![bought(of_products(params, vec![symbol(code)]), params.source.id())]
        }
        ["products", codes @ .., "customers"] | ["pairs", codes @ .., "customers"] => {
            let codes: Vec<Symbol> = codes.iter().map(|code| symbol(code)).collect();
            products = Some(codes.clone());
            vec![bought(of_products(params, codes), CUSTOMER), contracted(CUSTOMER)]
        }
        ["growth", code, _] => {
            vec![bought(purchases.and(CURRENCY, vec![symbol(code).cell()]), params.source.id())]
        }
        ["retention", code, _] => {
            let both = Window { from: params.before.from, to: params.window.to };
            let lines = params.source.lines(both).and(CURRENCY, vec![symbol(code).cell()]);
            vec![bought(lines, CUSTOMER)]
        }
        _ => vec![bought(purchases, CUSTOMER), contracted(CUSTOMER)],
    };
    let has = |contract: &&Contract| {
        products.as_ref().is_none_or(|products| contract.products.iter().any(|one| products.contains(one)))
    };
    figures.only("contract_id", contracts.iter().filter(has).map(|contract| contract.id).collect());
    evidence
}
