//! Contractual churn: what was in force when a window began, and is not when it ends.

use std::collections::BTreeMap;

use rapport_proto::v1::{self, contract_retention::Row};

use super::{churn::churn, contract::Contract, params::RetentionParams};
use crate::{
    model::figures::{Counted, Figures},
    rows::ObjectId,
};

/// Whether one was in force when the window before began, when the window began, and when it ended.
type Seen = (Counted, [bool; 3]);

/// Counts contracts, and customers with a contract.
pub(super) fn contracts(
    all: &[Contract],
    params: &RetentionParams,
    figures: &mut Figures,
) -> v1::ContractRetention {
    let moments = [params.before.from, params.window.from, params.window.to];
    let mut own: Vec<Seen> = Vec::new();
    let mut customers: BTreeMap<ObjectId, [bool; 3]> = BTreeMap::new();
    for contract in all {
        let in_force = moments.map(|moment| contract.is_in_force(moment));
        own.push((contract.counted(), in_force));
        if contract.customer != ObjectId::NOBODY {
            let theirs = customers.entry(contract.customer).or_default();
            theirs.iter_mut().zip(in_force).for_each(|(theirs, own)| *theirs |= own);
        }
    }
    let customers: Vec<Seen> =
        customers.into_iter().map(|(party, in_force)| (Counted::party(party), in_force)).collect();
    let end = params.window.to;
    let begun = all.iter().filter(|one| one.has_begun(end));
    let unknown = all.iter().filter(|one| !one.has_start && (one.terms.is_empty() || one.has_begun(end)));
    let nobodys = begun.clone().filter(|one| one.customer == ObjectId::NOBODY);
    v1::ContractRetention {
        rows: vec![row("contracts", &own, figures), row("customers", &customers, figures)],
        without_customer: figures.count(&["contracts", "without_customer"], nobodys.map(Contract::counted)),
        without_start: figures.count(&["contracts", "without_start"], unknown.map(Contract::counted)),
        contracts: figures.count(&["contracts", "all"], begun.map(Contract::counted)),
    }
}

fn row(of: &str, seen: &[Seen], figures: &mut Figures) -> Row {
    let those = |is: fn(&[bool; 3]) -> bool| {
        seen.iter().filter(move |(_, in_force)| is(in_force)).map(|(counted, _)| *counted)
    };
    let now = churn(
        figures,
        &["contracts", of],
        those(|[_, start, _]| *start),
        those(|[_, start, end]| *start && !end),
    );
    let before = churn(
        figures,
        &["contracts", of, "before"],
        those(|[before, ..]| *before),
        those(|[before, start, _]| *before && !start),
    );
    let rates = now.rate.zip(before.rate);
    Row {
        of: of.to_owned(),
        change_points: rates.map(|(now, before)| now - before),
        change_relative: rates.filter(|(_, before)| *before > 0.0).map(|(now, before)| now / before - 1.0),
        churn: Some(now),
        churn_before: Some(before),
        began: figures.count(&["contracts", of, "began"], those(|[_, start, end]| !start && *end)),
        at_end: figures.count(&["contracts", of, "at_end"], those(|[.., end]| *end)),
    }
}
