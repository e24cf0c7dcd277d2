//! The parts of the answer that are on its first page.

use std::{cmp::Ordering, collections::BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    params::PotentialParams,
    segments::Segments,
    valued::{Value, Valued, Worth},
};
use crate::{
    calendar::LAST,
    model::{
        contracts::Contract,
        figures::{Counted, Figures},
        holdings::Holdings,
        sums::sum,
    },
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol},
    stats::share,
    table::{Dictionary, Measure},
};

/// The currencies of an answer, by code.
pub(super) type Currencies = [(String, Symbol)];

/// White space in each currency of the answer.
pub(super) type Weight = [Option<i128>];

/// The highest white space first, in the first currency, then in the next; none comes last.
pub(super) fn by_weight(one: &Weight, other: &Weight) -> Ordering {
    other.cmp(one)
}

pub(super) fn count_of(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// On what the answer rests; it has no rows yet.
pub(super) fn frame(
    params: &PotentialParams,
    segments: &Segments,
    shown: &[&Valued<'_>],
) -> v1::PotentialResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut definitions = segments.used.clone();
    definitions.retain(|used| shown.iter().any(|of| of.segment.code == used.code));
    let mut unreadable = segments.unreadable.clone();
    unreadable.retain(|one| params.segment.as_ref().is_none_or(|asked| *asked == one.code));
    v1::PotentialResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(params.as_of.to_proto()),
            position: 0,
            definitions,
            definitions_unreadable: unreadable,
            missing_sources: Vec::new(),
        }),
        purchases_from: params.source.wire().into(),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        year_from: moment(params.year.from),
        by_default: segments.by_default,
        ..v1::PotentialResponse::default()
    }
}

/// How many purchases name no customer.
pub(super) fn nobodys(rows: &dyn Rows, params: &PotentialParams) -> Result<u64, ReadError> {
    let (filter, measures) = (params.nobodys(), [Measure::Distinct(params.source.id())]);
    let mut purchases = 0;
    rows.group(params.source.table(), &filter, params.as_of, &[], &measures, &mut |_, measured| {
        purchases = measured.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or(0);
        Ok(())
    })?;
    Ok(purchases)
}

pub(super) fn total(
    holdings: &Holdings,
    all: &[Valued<'_>],
    contracts: &[Contract],
    left_out: u64,
    figures: &mut Figures,
) -> v1::PotentialTotal {
    let active: BTreeSet<ObjectId> = holdings.customers().map(|(customer, _)| customer).collect();
    let of_none = active.iter().filter(|one| all.iter().all(|of| of.member(**one).is_none()));
    let nobodys = contracts.iter().filter(|contract| contract.customer == ObjectId::NOBODY);
    let nobodys = nobodys.map(|contract| Counted::named(Dictionary::Contract, contract.id));
    v1::PotentialTotal {
        active: figures.count(&["total", "active"], active.iter().copied().map(Counted::party)),
        in_no_segment: figures.count(&["total", "in_no_segment"], of_none.copied().map(Counted::party)),
        left_out: Some(Figures::named(&["total", "left_out"], left_out)),
        contracts_left_out: figures.count(&["total", "contracts_left_out"], nobodys),
    }
}

/// Those that are asked for, in their order.
pub(super) fn segments(
    shown: &[&Valued<'_>],
    currencies: &Currencies,
    figures: &mut Figures,
) -> Vec<v1::PotentialSegment> {
    let mut rows: Vec<(Vec<Option<i128>>, v1::PotentialSegment)> =
        shown.iter().map(|of| segment(of, currencies, figures)).collect();
    rows.sort_by(|(a, one), (b, other)| by_weight(a, b).then_with(|| one.segment.cmp(&other.segment)));
    rows.into_iter().map(|(_, row)| row).collect()
}

fn segment(
    of: &Valued<'_>,
    currencies: &Currencies,
    figures: &mut Figures,
) -> (Vec<Option<i128>>, v1::PotentialSegment) {
    let code = of.segment.code.as_str();
    let owned: u64 = of.members.iter().map(|member| member.owned.len() as u64).sum();
    let (customers, products) = (of.members.len() as u64, of.segment.products.len() as u64);
    let parties = of.members.iter().map(|member| Counted::party(member.party));
    let mut row = v1::PotentialSegment {
        segment: code.to_owned(),
        name: of.segment.name.clone(),
        version: of.segment.version,
        products: of.segment.products.iter().map(|product| product.code.clone()).collect(),
        customers: figures.count(&["segments", code, "customers"], parties),
        not_active: of.not_active.as_ref().and_then(|others| {
            figures.count(&["segments", code, "not_active"], others.iter().copied().map(Counted::party))
        }),
        owned,
        mean_penetration: share(owned, customers * products),
        white_space: Vec::new(),
    };
    let mut weight = Vec::with_capacity(currencies.len());
    for (nth, (currency, _)) in currencies.iter().enumerate() {
        let worth = |member| of.white_space(member, nth);
        let all = of.members.iter().filter_map(worth).map(|worth: Worth| worth.sum).reduce(|a, b| a + b);
        weight.push(all);
        let Some(all) = all else { continue };
        let with = of.members.iter().filter(|member| worth(member).is_some());
        row.white_space.push(v1::SegmentWhiteSpace {
            currency: currency.clone(),
            sum: sum(all),
            customers: figures.count(
                &["segments", code, "white_space", currency],
                with.map(|member| Counted::party(member.party)),
            ),
            valued: count_of(of.valued(nth)),
        });
    }
    (weight, row)
}

/// Those of the segments that are asked for, in their order.
pub(super) fn products(
    shown: &[&Valued<'_>],
    params: &PotentialParams,
    currencies: &Currencies,
    figures: &mut Figures,
) -> Vec<v1::PotentialProduct> {
    let mut rows: Vec<(Vec<Option<i128>>, v1::PotentialProduct)> = Vec::new();
    for of in shown {
        for (place, listed) in of.segment.products.iter().enumerate() {
            if params.product.as_ref().is_none_or(|asked| *asked == listed.code) {
                rows.extend(product(of, place, currencies, figures));
            }
        }
    }
    rows.sort_by(|(a, one), (b, other)| {
        let key = |row: &v1::PotentialProduct| (row.product.clone(), row.segment.clone());
        by_weight(a, b).then_with(|| key(one).cmp(&key(other)))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

fn product(
    of: &Valued<'_>,
    place: usize,
    currencies: &Currencies,
    figures: &mut Figures,
) -> Option<(Vec<Option<i128>>, v1::PotentialProduct)> {
    let (listed, product) = (of.segment.products.get(place)?, of.products.get(place)?);
    let (segment, code) = (of.segment.code.as_str(), listed.code.as_str());
    let missing = of.without(place).count();
    let worth = |value: &Value| value.median.map(|median| median * missing as i128);
    let mut values = Vec::new();
    for ((currency, _), value) in currencies.iter().zip(&product.values) {
        let spenders = value.spenders.iter().copied().map(Counted::party);
        let spenders = figures.count(&["products", segment, code, "spenders", currency], spenders);
        values.extend((!value.spenders.is_empty()).then(|| v1::ProductValue {
            currency: currency.clone(),
            spenders,
            median: value.median.and_then(sum),
            white_space: worth(value).and_then(sum),
        }));
    }
    let owners = product.owners.iter().copied().map(Counted::party);
    let row = v1::PotentialProduct {
        segment: segment.to_owned(),
        product: code.to_owned(),
        owners: figures.count(&["products", segment, code, "owners"], owners),
        missing: figures
            .count(&["products", segment, code, "missing"], of.without(place).map(Counted::party)),
        attach_share: share(product.owners.len() as u64, of.members.len() as u64),
        values,
    };
    Some((product.values.iter().map(worth).collect(), row))
}
