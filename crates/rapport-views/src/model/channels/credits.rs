//! The rows of credit, beside what was spent on each.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use rapport_proto::v1;

use super::{
    attribution::{self, Conversion, Credit, MILLION, Row},
    params::ChannelsParams,
    spent::Spent,
    totals::{Code, Parts, code},
};
use crate::{
    answers::sums::sum,
    model::figures::{Counted, Figures},
    rows::Symbols,
    stats::{as_f64, round_half_even},
};

/// Conversions of each currency, in their order.
pub(super) type Found<'a> = BTreeMap<Code, Vec<Conversion<'a>>>;

/// Gives the totals their conversions.
pub(super) fn tell(
    totals: &mut [v1::ChannelTotal],
    (found, spent): (&Found<'_>, &[Spent]),
    params: &ChannelsParams,
    symbols: &Symbols,
    figures: &mut Figures,
) {
    let spent = spending(spent, params, symbols);
    for total in totals {
        let none = Vec::new();
        let all = found.get(&code(&total.currency)).unwrap_or(&none);
        let currency = total.currency.clone();
        let mut count = |what, wanted: fn(&Conversion<'_>) -> bool| {
            let of: Vec<&Conversion<'_>> = all.iter().filter(|one| wanted(one)).collect();
            conversions(&["totals", &currency, what], &of, params, figures, |_| true)
        };
        total.conversions = count("conversions", |_| true);
        total.with_path = count("with_path", |one| !one.path.is_empty());
        total.without_touchpoint = count("without_touchpoint", |one| one.path.is_empty());
        let revenue = all.iter().map(|one| one.purchase.revenue).sum();
        total.revenue = sum(revenue).filter(|_| !currency.is_empty());
        let own = spent.iter().filter(|((of, _), _)| *of == currency).map(|(_, spend)| *spend);
        let spend = own.reduce(|one, other| one + other);
        total.spend = spend.and_then(sum);
        total.return_on_spend = returned(spend, revenue, total.margin);
    }
}

/// What comes back beyond spending, as a multiple of it.
pub(super) fn returned(spend: Option<i128>, revenue: i128, margin: Option<f64>) -> Option<f64> {
    let spend = as_f64(spend.filter(|spend| *spend > 0)?);
    Some((as_f64(revenue) * margin.unwrap_or(1.0) - spend) / spend)
}

/// A figure of conversions, each with the touchpoints of its path that are wanted.
fn conversions(
    name: &[&str],
    of: &[&Conversion<'_>],
    params: &ChannelsParams,
    figures: &mut Figures,
    wanted: impl Fn(&super::touchpoints::Touch) -> bool,
) -> Option<v1::Figure> {
    let thing = |one: &Conversion<'_>| params.source.counted(one.purchase.id);
    if figures.parts() == name {
        let touches = of.iter().flat_map(|one| {
            let path = one.path.iter().filter(|touch| wanted(touch));
            path.map(|touch| (thing(one), one.purchase.customer, touch.place.1))
        });
        figures.beside(touches.collect::<Vec<_>>());
    }
    figures.count(name, of.iter().map(|one| thing(one)))
}

/// What was spent to bring the conversions, by currency and key.
fn spending(spent: &[Spent], params: &ChannelsParams, symbols: &Symbols) -> HashMap<(String, String), i128> {
    let mut all: HashMap<(String, String), i128> = HashMap::new();
    for one in spent.iter().filter(|one| one.is_for_conversions(params)) {
        let [currency, key] = [one.currency, one.key(params)].map(|of| symbols.text(of).to_owned());
        *all.entry((currency, key)).or_default() += i128::from(one.minor_units);
    }
    all
}

/// Of all currencies; what has no touchpoint is at the end of each.
pub(super) fn rows(
    found: &Found<'_>,
    (spent, parts): (&[Spent], &Parts),
    params: &ChannelsParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::ChannelCredit> {
    let spent = spending(spent, params, symbols);
    let mut all = Vec::new();
    for (currency, part) in &parts.totals {
        let none = Vec::new();
        let conversions = found.get(currency).unwrap_or(&none);
        let mut of_it = attribution::rows(conversions, params, symbols);
        let known: HashSet<String> = of_it.iter().map(|row| row.key.clone()).collect();
        let spent_on = spent.keys().filter(|(of, key)| *of == currency.1 && !known.contains(key));
        of_it.extend(spent_on.map(|(_, key)| {
            let models = attribution::untouched((0, 0), params);
            Row { key: key.clone(), models, ..Row::default() }
        }));
        let spend_of = |row: &Row| spent.get(&(currency.1.clone(), row.key.clone())).copied();
        of_it.sort_by(|one, other| {
            let order = |row: &Row| (Reverse(row.credit.0), Reverse(spend_of(row)));
            order(one).cmp(&order(other)).then_with(|| one.key.cmp(&other.key))
        });
        for row in &of_it {
            let spend = spend_of(row);
            all.push(credit(row, (&currency.1, part.margin(), spend), conversions, params, figures, symbols));
        }
        all.extend(without_touchpoint(&currency.1, conversions, params, figures));
    }
    all
}

fn credit(
    row: &Row,
    (currency, margin, spend): (&str, Option<f64>, Option<i128>),
    all: &[Conversion<'_>],
    params: &ChannelsParams,
    figures: &mut Figures,
    symbols: &Symbols,
) -> v1::ChannelCredit {
    let is_priced = !currency.is_empty();
    let of: Vec<&Conversion<'_>> = row.conversions.iter().filter_map(|nth| all.get(*nth)).collect();
    let name = ["credits", currency, &row.key, "conversions"];
    let conversions = conversions(&name, &of, params, figures, |touch| touch.key.text(symbols) == row.key);
    let (credit, revenue): Credit = row.credit;
    let each = spend.filter(|_| credit > 0).map(|spend| round_half_even(spend * MILLION, credit));
    v1::ChannelCredit {
        currency: currency.to_owned(),
        key: row.key.clone(),
        no_touchpoint: false,
        conversions,
        credit_millionths: u64::try_from(credit).unwrap_or_default(),
        revenue: sum(revenue).filter(|_| is_priced),
        spend: spend.and_then(sum),
        cost_per_conversion: each.and_then(sum),
        return_on_spend: returned(spend, revenue, margin),
        models: attribution::of_models(&row.models, is_priced),
    }
}

/// The row of the conversions that no touchpoint led to.
fn without_touchpoint(
    currency: &str,
    all: &[Conversion<'_>],
    params: &ChannelsParams,
    figures: &mut Figures,
) -> Option<v1::ChannelCredit> {
    let of: Vec<&Conversion<'_>> = all.iter().filter(|one| one.path.is_empty()).collect();
    if of.is_empty() {
        return None;
    }
    let is_priced = !currency.is_empty();
    let things = of.iter().map(|one| params.source.counted(one.purchase.id));
    let conversions = figures.count(&["credits", currency, "", "without_touchpoint"], things);
    let revenue = of.iter().map(|one| one.purchase.revenue).sum();
    let credit = MILLION * of.len() as i128;
    Some(v1::ChannelCredit {
        currency: currency.to_owned(),
        no_touchpoint: true,
        conversions,
        credit_millionths: u64::try_from(credit).unwrap_or_default(),
        revenue: sum(revenue).filter(|_| is_priced),
        models: attribution::of_models(&attribution::untouched((credit, revenue), params), is_priced),
        ..v1::ChannelCredit::default()
    })
}

/// What was spent by key and aim: by currency, then the most first.
pub(super) fn spend(
    spent: &[Spent],
    params: &ChannelsParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::ChannelSpend> {
    type Key<'a> = (Code, &'a str, &'static str);
    let mut found: BTreeMap<Key<'_>, Vec<&Spent>> = BTreeMap::new();
    let mut whole: BTreeMap<Code, i128> = BTreeMap::new();
    for one in spent {
        let currency = code(symbols.text(one.currency));
        *whole.entry(currency.clone()).or_default() += i128::from(one.minor_units);
        let key = (currency, symbols.text(one.key(params)), one.aim.word());
        found.entry(key).or_default().push(one);
    }
    let mut rows: Vec<((bool, String), Reverse<i128>, v1::ChannelSpend)> = Vec::new();
    for ((currency, key, aim), events) in found {
        let name = ["spend", &currency.1, key, aim, "events"];
        let things = events.iter().map(|one| Counted::event(one.position));
        if figures.parts() == name {
            let nobody = crate::rows::ObjectId::NOBODY;
            figures.beside(events.iter().map(|one| (Counted::event(one.position), nobody, one.position)));
        }
        let total: i128 = events.iter().map(|one| i128::from(one.minor_units)).sum();
        let row = v1::ChannelSpend {
            currency: currency.1.clone(),
            key: key.to_owned(),
            aim: aim.to_owned(),
            events: figures.count(&name, things),
            spend: sum(total),
            share: crate::answers::sums::ratio(total, whole.get(&currency).copied().unwrap_or(0)),
        };
        rows.push((currency, Reverse(total), row));
    }
    rows.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}
