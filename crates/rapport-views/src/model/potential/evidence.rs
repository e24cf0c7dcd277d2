//! The figures: their names, and the rows that make things count.

use super::{
    customers::is_listed,
    params::PotentialParams,
    segments::{Condition, Segment},
    valued::Valued,
};
use crate::{
    model::{
        contracts::Contract,
        figures::{Counted, Evidence, Figures},
    },
    read::{ReadError, Rows},
    rows::{AttributeRow, ContractRow, Identity, ObjectId, Symbol, Symbols},
    table::{CURRENCY, CUSTOMER, Dictionary, Field as _, Filter, GroupKey, Row as _},
};

pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["total", "active" | "in_no_segment" | "left_out" | "contracts_left_out"]
            | ["segments", _, "customers" | "not_active"]
            | ["segments", _, "white_space", _]
            | ["products", _, _, "owners" | "missing"]
            | ["products", _, _, "spenders", _]
            | ["customers", _, _, "purchases" | "contracts"]
    )
}

/// The customer of a row's figure, if it has that row.
fn of_row(
    (segment, tag): (&str, &str),
    rows: &dyn Rows,
    params: &PotentialParams,
    shown: &[&Valued<'_>],
) -> Result<Option<ObjectId>, ReadError> {
    let Some(name) = tag.strip_prefix("party:") else { return Ok(None) };
    let Some(party) = rows.number(Dictionary::Party, name)? else { return Ok(None) };
    let of = shown.iter().find(|of| of.segment.code == segment);
    let is_row = of.is_some_and(|of| of.member(party).is_some_and(|member| is_listed(of, member, params)));
    Ok(is_row.then_some(party))
}

/// Finds what the figure that is asked for counts, where the answer does not: purchases and contracts.
pub(super) fn find(
    figures: &mut Figures,
    (rows, identity): (&dyn Rows, &Identity),
    params: &PotentialParams,
    shown: &[&Valued<'_>],
    contracts: &[Contract],
) -> Result<(), ReadError> {
    let parts = figures.parts();
    let found = match parts.as_slice() {
        ["total", "left_out"] => purchases(rows, identity, params, ObjectId::NOBODY)?,
        ["customers", segment, tag, what] => {
            let Some(party) = of_row((segment, tag), rows, params, shown)? else { return Ok(()) };
            if *what == "purchases" {
                purchases(rows, identity, params, party)?
            } else {
                let own = contracts.iter().filter(|contract| contract.customer == party);
                own.map(|contract| Counted::named(Dictionary::Contract, contract.id)).collect()
            }
        }
        _ => return Ok(()),
    };
    figures.found(found);
    Ok(())
}

/// The purchases of a customer, each once for each id that it is recorded under.
fn purchases(
    rows: &dyn Rows,
    identity: &Identity,
    params: &PotentialParams,
    whose: ObjectId,
) -> Result<Vec<Counted>, ReadError> {
    let by = [CUSTOMER, params.source.id()].map(GroupKey::Column);
    let filter = params.source.purchases(params.window);
    let mut purchases = Vec::new();
    rows.group(params.source.table(), &filter, params.as_of, &by, &[], &mut |keys, _| {
        let [customer, purchase] = keys else { return Ok(()) };
        let customer = ObjectId::of(customer).unwrap_or_default();
        if identity.canonical(customer) == whose {
            let purchase = ObjectId::of(purchase).unwrap_or_default();
            purchases.push(params.source.counted(purchase).of(customer));
        }
        Ok(())
    })?;
    Ok(purchases)
}

/// The rows that make the things of a figure count. A customer is in a segment by its purchases, by contracts in force, and
/// by the attributes that the conditions name.
pub(super) fn of(
    figures: &mut Figures,
    params: &PotentialParams,
    shown: &[&Valued<'_>],
    contracts: &[Contract],
    symbols: &Symbols,
) -> Vec<Evidence> {
    let table = params.source.table();
    let bought = |filter, column| Evidence::new(table, filter, column);
    let contracted = |column| Evidence::new(ContractRow::TABLE, Filter::all(), column);
    let symbol = |code: &str| symbols.get(code).unwrap_or_default();
    let of_product = |filter: Filter, code: &str| filter.and("product", vec![symbol(code).cell()]);
    let window = || params.source.purchases(params.window);
    let attributes = |code: &str| {
        let segment = shown.iter().map(|of| of.segment).find(|segment| segment.code == code);
        segment.map(attributes).unwrap_or_default()
    };
    let mut product: Option<Symbol> = None;
    let evidence = match figures.parts().as_slice() {
        ["total", "left_out"] => vec![bought(params.nobodys(), params.source.id())],
        ["total", "contracts_left_out"] | ["customers", .., "contracts"] => vec![contracted("contract_id")],
        ["customers", .., "purchases"] => vec![bought(window(), params.source.id())],
        ["segments", code, "not_active"] => attributes(code),
        ["products", _, code, "owners"] => {
            product = Some(symbol(code));
            vec![bought(of_product(window(), code), CUSTOMER), contracted(CUSTOMER)]
        }
        ["products", _, code, "spenders", currency] => {
            let lines = of_product(params.source.lines(params.year), code);
            vec![bought(lines.and(CURRENCY, vec![symbol(currency).cell()]), CUSTOMER)]
        }
        ["segments" | "products", code, ..] => {
            let mut all = attributes(code);
            all.extend([bought(window(), CUSTOMER), contracted(CUSTOMER)]);
            all
        }
        _ => vec![bought(window(), CUSTOMER), contracted(CUSTOMER)],
    };
    let has = |contract: &&Contract| product.is_none_or(|product| contract.products.contains(&product));
    figures.only("contract_id", contracts.iter().filter(has).map(|contract| contract.id).collect());
    evidence
}

/// The statements about the attributes that make a customer a member.
fn attributes(segment: &Segment) -> Vec<Evidence> {
    let of = |one: &Condition| {
        let filter = Filter::all().and("key", vec![one.key?.cell()]);
        let filter = filter.and("value", one.values.iter().map(|value| value.cell()).collect());
        Some(Evidence::new(AttributeRow::TABLE, filter, CUSTOMER))
    };
    segment.conditions.iter().filter_map(of).collect()
}
