//! Channels computed again: every row asks every event whether it is of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, AttributionModel, payload::Kind};
use rapport_views::model::Channels;

use super::{
    channels_campaigns::{self, Defined, Spent},
    channels_credit::{Buy, Converted, Credits, buys, credits, key, path},
    channels_plans::Done,
    checks::{self, ratio, sum},
    company::{Company, Happened, zone},
    exact::nearest,
    funnel_oracle::count,
    proto,
};

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(zone()).unwrap().timestamp().into()
}

/// Where a month, a quarter or a year begins.
fn begins(period: &str) -> Option<Timestamp> {
    let month = match period.len() {
        4 => 1,
        7 if &period[5..6] == "Q" => 3 * period[6..].parse::<i8>().ok()? - 2,
        7 => period[5..].parse().ok()?,
        _ => return None,
    };
    Some(midnight(Date::new(period[..4].parse().ok()?, month, 1).ok()?))
}

fn quarter(at: Timestamp) -> (String, Timestamp) {
    let day = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date();
    let nth = (day.month() - 1) / 3;
    (format!("{}-Q{}", day.year(), nth + 1), midnight(Date::new(day.year(), 3 * nth + 1, 1).unwrap()))
}

fn aim(aim: i32) -> &'static str {
    ["", "acquire", "develop", "retain"][aim as usize]
}

/// What is asked, with what is left out.
struct Asked<'a> {
    request: &'a v1::ChannelsRequest,
    window: (Timestamp, Timestamp),
    buys: Vec<Buy>,
    spent: Vec<Spent>,
    costs: Vec<(Timestamp, i32, String, i128)>,
    model: AttributionModel,
    half_life: f64,
    lookback: u32,
}

impl Asked<'_> {
    fn has(&self, at: Timestamp) -> bool {
        self.window.0 <= at && at < self.window.1
    }

    fn wants(&self, currency: &str) -> bool {
        self.request.currency.is_empty() || self.request.currency == currency
    }

    /// Of spending and costs those of the period, in the currencies that are asked for.
    fn keep_what_counts(&mut self) {
        let (mut spent, mut costs) = (std::mem::take(&mut self.spent), std::mem::take(&mut self.costs));
        spent.retain(|one| self.has(one.at) && self.wants(&one.currency));
        costs.retain(|(at, _, currency, _)| self.has(*at) && self.wants(currency));
        (self.spent, self.costs) = (spent, costs);
    }

    fn key<'s>(&self, spent: &'s Spent) -> &'s str {
        if self.request.by == 2 { &spent.campaign } else { &spent.channel }
    }

    /// Purchases of the period in a currency.
    fn bought<'s>(&'s self, currency: &'s str) -> impl Iterator<Item = &'s Buy> {
        self.buys.iter().filter(move |buy| buy.currency == currency && self.has(buy.place.0))
    }

    fn currencies(&self) -> Vec<&'static str> {
        let has = |currency: &&&str| {
            self.wants(currency)
                && (self.bought(currency).next().is_some()
                    || self.spent.iter().any(|one| one.currency == **currency)
                    || self.costs.iter().any(|(_, _, code, _)| code == *currency))
        };
        ["CHF", "EUR", "USD", ""].iter().filter(has).copied().collect()
    }
}

/// What is spent by some, and won and kept.
fn spending(
    asked: &Asked<'_>,
    currency: &str,
    is_in: &dyn Fn(Timestamp) -> bool,
    new: usize,
    kept: usize,
) -> Option<v1::Spending> {
    if currency.is_empty() {
        return None;
    }
    let of = |aim: &str| -> i128 {
        let own = asked.spent.iter().filter(|one| one.currency == currency && is_in(one.at));
        own.filter(|one| one.aim == aim).map(|one| one.amount).sum()
    };
    let allocated = |kind: i32| -> i128 {
        let own =
            asked.costs.iter().filter(|(at, of, code, _)| *of == kind && code == currency && is_in(*at));
        own.map(|(_, _, _, amount)| amount).sum()
    };
    let (won, keeping) = (of("acquire") + allocated(3), of("retain") + allocated(4));
    let each = |whole: i128, n: usize| if n == 0 { None } else { sum(nearest(whole, n as i128)) };
    let ratio_of = (new > 0 && kept > 0 && keeping > 0)
        .then(|| won as f64 * kept as f64 / (new as f64 * keeping as f64));
    Some(v1::Spending {
        acquire: sum(of("acquire")),
        develop: sum(of("develop")),
        retain: sum(of("retain")),
        unsaid: sum(of("")),
        allocated_acquisition: sum(allocated(3)),
        allocated_retention: sum(allocated(4)),
        new_share: ratio(of("acquire"), of("acquire") + of("develop") + of("retain")),
        acquisition_cost: each(won, new),
        retention_cost: each(keeping, kept),
        ratio: ratio_of,
    })
}

fn of_whom<'a>(buys: impl Iterator<Item = &'a Buy>) -> usize {
    buys.filter(|buy| !buy.customer.is_empty()).map(|buy| &buy.customer).collect::<BTreeSet<_>>().len()
}

fn margin(asked: &Asked<'_>, currency: &str) -> (Option<i128>, Option<f64>) {
    let goods: Vec<i128> = asked
        .costs
        .iter()
        .filter(|(_, kind, code, _)| *kind == 1 && code == currency)
        .map(|(_, _, _, amount)| *amount)
        .collect();
    let revenue: i128 =
        asked.bought(currency).filter(|buy| !buy.customer.is_empty()).map(|buy| buy.revenue).sum();
    let goods = (!goods.is_empty()).then(|| goods.iter().sum::<i128>());
    (goods, goods.filter(|_| revenue > 0).map(|goods| 1.0 - goods as f64 / revenue as f64))
}

fn total(asked: &Asked<'_>, currency: &str) -> v1::ChannelTotal {
    let of_customers = || asked.bought(currency).filter(|buy| !buy.customer.is_empty());
    let new = of_whom(of_customers().filter(|buy| buy.previous.is_none()));
    let existing = || of_customers().filter(|buy| buy.since < asked.window.0);
    let revenue: i128 = of_customers().map(|buy| buy.revenue).sum();
    let of_existing: i128 = existing().map(|buy| buy.revenue).sum();
    let priced = |amount: i128| if currency.is_empty() { None } else { sum(amount) };
    let (goods, margin) = margin(asked, currency);
    v1::ChannelTotal {
        currency: currency.to_owned(),
        purchases: count(of_customers().count()),
        purchases_revenue: priced(revenue),
        purchases_without_customer: count(asked.bought(currency).count() - of_customers().count()),
        new_customers: count(new),
        existing_customers: count(of_whom(existing())),
        existing_revenue: priced(of_existing),
        existing_share: ratio(of_existing, revenue),
        goods: goods.and_then(sum),
        margin,
        spending: spending(asked, currency, &|_| true, new, of_whom(existing())),
        ..v1::ChannelTotal::default()
    }
}

fn quarters(asked: &Asked<'_>) -> Vec<v1::ChannelQuarter> {
    let mut all = Vec::new();
    for currency in asked.currencies() {
        let bought = asked.bought(currency).map(|buy| buy.place.0);
        let spent = asked.spent.iter().filter(|one| one.currency == currency).map(|one| one.at);
        let costs = asked.costs.iter().filter(|(_, _, code, _)| code == currency).map(|(at, ..)| *at);
        let starts: BTreeMap<Timestamp, String> =
            bought.chain(spent).chain(costs).map(|at| (quarter(at).1, quarter(at).0)).collect();
        for (start, name) in starts {
            let is_in = |at: Timestamp| quarter(at).1 == start;
            let own = || asked.bought(currency).filter(|buy| is_in(buy.place.0));
            let new = of_whom(own().filter(|buy| buy.previous.is_none()));
            let kept = of_whom(own().filter(|buy| buy.since < start.max(asked.window.0)));
            all.push(v1::ChannelQuarter {
                currency: currency.to_owned(),
                quarter: name,
                new_customers: count(new),
                existing_customers: count(kept),
                spending: spending(asked, currency, &is_in, new, kept),
            });
        }
    }
    all
}

fn spend(asked: &Asked<'_>) -> Vec<v1::ChannelSpend> {
    let mut all = Vec::new();
    for currency in asked.currencies() {
        let own: Vec<&Spent> = asked.spent.iter().filter(|one| one.currency == currency).collect();
        let whole: i128 = own.iter().map(|one| one.amount).sum();
        let keys: BTreeSet<(&str, usize)> = own
            .iter()
            .map(|one| (asked.key(one), (0..4).find(|nth| aim(*nth) == one.aim).unwrap() as usize))
            .collect();
        let mut rows: Vec<(i128, v1::ChannelSpend)> = Vec::new();
        let mut keys: Vec<(&str, &str)> = keys.iter().map(|(key, nth)| (*key, aim(*nth as i32))).collect();
        keys.sort_unstable();
        for (key, aim) in keys {
            let events: Vec<_> = own.iter().filter(|one| asked.key(one) == key && one.aim == aim).collect();
            let amount: i128 = events.iter().map(|one| one.amount).sum();
            rows.push((
                amount,
                v1::ChannelSpend {
                    currency: currency.to_owned(),
                    key: key.to_owned(),
                    aim: aim.to_owned(),
                    events: count(events.len()),
                    spend: sum(amount),
                    share: ratio(amount, whole),
                },
            ));
        }
        rows.sort_by_key(|(amount, _)| -*amount);
        all.extend(rows.into_iter().map(|(_, row)| row));
    }
    all
}

const MODELS: [AttributionModel; 6] = [
    AttributionModel::First,
    AttributionModel::Last,
    AttributionModel::Linear,
    AttributionModel::UShaped,
    AttributionModel::TimeDecay,
    AttributionModel::Markov,
];

/// The row of conversions that nothing led to.
fn untouched(currency: &str, all: &[Converted], has_models: bool) -> Option<v1::ChannelCredit> {
    let without: Vec<&Converted> = all.iter().filter(|one| one.path.is_empty()).collect();
    let revenue: i128 = without.iter().map(|one| one.revenue).sum();
    let charged = if currency.is_empty() { None } else { sum(revenue) };
    let credit_millionths = 1_000_000 * without.len() as u64;
    let of = |model: AttributionModel| v1::ModelCredit {
        model: model.into(),
        credit_millionths,
        revenue: charged.clone(),
    };
    (!without.is_empty()).then(|| v1::ChannelCredit {
        currency: currency.to_owned(),
        no_touchpoint: true,
        conversions: count(without.len()),
        credit_millionths,
        revenue: charged.clone(),
        models: if has_models { MODELS.map(of).to_vec() } else { Vec::new() },
        ..v1::ChannelCredit::default()
    })
}

/// The rows of credit of a currency.
fn of_credit(
    asked: &Asked<'_>,
    currency: &str,
    all: &[Converted],
    has_models: bool,
) -> Vec<v1::ChannelCredit> {
    let priced = |amount: i128| if currency.is_empty() { None } else { sum(amount) };
    let own = credits(all, asked.model, asked.half_life);
    let by_model: Vec<(AttributionModel, Credits)> = if has_models {
        MODELS.map(|model| (model, credits(all, model, asked.half_life))).to_vec()
    } else {
        Vec::new()
    };
    let counts =
        |one: &&Spent| one.currency == currency && (asked.request.conversions == 2 || one.aim == "acquire");
    let spent: Vec<&Spent> = asked.spent.iter().filter(counts).collect();
    let keys: BTreeSet<&str> =
        own.keys().map(String::as_str).chain(spent.iter().map(|one| asked.key(one))).collect();
    let mut rows = Vec::new();
    for key in keys {
        let (credit, revenue) = own.get(key).copied().unwrap_or_default();
        let on_it: Vec<i128> =
            spent.iter().filter(|one| asked.key(one) == key).map(|one| one.amount).collect();
        let spend = (!on_it.is_empty()).then(|| on_it.iter().sum::<i128>());
        let models = by_model.iter().map(|(model, credits)| {
            let (credit, revenue) = credits.get(key).copied().unwrap_or_default();
            v1::ModelCredit {
                model: (*model).into(),
                credit_millionths: credit as u64,
                revenue: priced(revenue),
            }
        });
        let in_path = |one: &&Converted| one.path.iter().any(|(_, of)| of == key);
        let back = margin(asked, currency).1.unwrap_or(1.0);
        let row = v1::ChannelCredit {
            currency: currency.to_owned(),
            key: key.to_owned(),
            conversions: count(all.iter().filter(in_path).count()),
            credit_millionths: credit as u64,
            revenue: priced(revenue),
            spend: spend.and_then(sum),
            cost_per_conversion: spend
                .filter(|_| credit > 0)
                .and_then(|spend| sum(nearest(spend * 1_000_000, credit))),
            return_on_spend: spend
                .filter(|spend| *spend > 0)
                .map(|spend| revenue as f64 * back / spend as f64 - 1.0),
            models: models.collect(),
            ..v1::ChannelCredit::default()
        };
        rows.push((-credit, spend.map_or(i128::MAX, |spend| -spend), row));
    }
    rows.sort_by_key(|(credit, spend, _)| (*credit, *spend));
    let mut rows: Vec<v1::ChannelCredit> = rows.into_iter().map(|(_, _, row)| row).collect();
    rows.extend(untouched(currency, all, has_models));
    rows
}

/// Fills in the totals, and gives the rows of credit.
fn credit(
    asked: &Asked<'_>,
    (company, happened): (&Company, &[Happened]),
    totals: &mut [v1::ChannelTotal],
    has_models: bool,
) -> Vec<v1::ChannelCredit> {
    let mut rows = Vec::new();
    for total in totals {
        let currency = total.currency.clone();
        let is_conversion = |buy: &&Buy| {
            !buy.customer.is_empty() && (asked.request.conversions == 2 || buy.previous.is_none())
        };
        let all: Vec<Converted> = asked
            .bought(&currency)
            .filter(is_conversion)
            .map(|buy| path(company, happened, buy, asked.lookback, asked.request.by == 2))
            .collect();
        let with_path = all.iter().filter(|one| !one.path.is_empty()).count();
        total.conversions = count(all.len());
        total.with_path = count(with_path);
        total.without_touchpoint = count(all.len() - with_path);
        let revenue = all.iter().map(|one| one.revenue).sum();
        total.revenue = if currency.is_empty() { None } else { sum(revenue) };
        let counts = |one: &&Spent| {
            one.currency == currency && (asked.request.conversions == 2 || one.aim == "acquire")
        };
        let spent: Vec<i128> = asked.spent.iter().filter(counts).map(|one| one.amount).collect();
        let spend: i128 = spent.iter().sum();
        total.spend = if spent.is_empty() { None } else { sum(spend) };
        let back = revenue as f64 * margin(asked, &currency).1.unwrap_or(1.0);
        total.return_on_spend = (spend > 0).then(|| back / spend as f64 - 1.0);
        rows.extend(of_credit(asked, &currency, &all, has_models));
    }
    rows
}

fn spent(happened: &[Happened], defined: &Defined<'_>) -> Vec<Spent> {
    let of = |one: &Happened| {
        let Kind::CampaignSpendRecorded(spent) = &one.kind else { return None };
        let amount = spent.amount.as_ref()?;
        let own =
            if spent.aim == 0 { defined.get(&spent.campaign_id).map_or(0, |of| of.aim) } else { spent.aim };
        Some(Spent {
            at: begins(&spent.period).unwrap_or(one.at),
            currency: amount.currency.clone(),
            channel: spent.channel.clone(),
            campaign: spent.campaign_id.clone(),
            aim: aim(own).to_owned(),
            amount: amount.minor_units.into(),
        })
    };
    happened.iter().filter_map(of).collect()
}

/// Costs of goods, of winning and of keeping.
fn costs(happened: &[Happened]) -> impl Iterator<Item = (Timestamp, i32, String, i128)> + '_ {
    happened.iter().filter_map(|one| match &one.kind {
        Kind::CostAllocated(cost) if [1, 3, 4].contains(&cost.kind) => {
            let amount = cost.amount.as_ref().unwrap();
            Some((one.at, cost.kind, amount.currency.clone(), amount.minor_units.into()))
        }
        _ => None,
    })
}

fn meta(company: &Company, is_defined: bool) -> v1::ViewMeta {
    let mut meta = checks::meta(company);
    if is_defined {
        let (kind, code) = ("attribution".to_owned(), "default".to_owned());
        meta.definitions = vec![v1::DefinitionUse { kind, code, version: 3 }];
    }
    meta
}

/// The answer, without the names of its figures.
pub(crate) fn answer(company: &Company, request: &v1::ChannelsRequest) -> v1::ChannelsResponse {
    let happened = company.happened();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let (from, buys) = buys(&happened, request.purchases_from);
    let is_defined = happened.iter().any(|one| matches!(one.kind, Kind::DefinitionPublished(_)));
    let (model, half_life, lookback) =
        if is_defined { (AttributionModel::TimeDecay, 14.0, 200) } else { (AttributionModel::Last, 7.0, 90) };
    let defined = channels_campaigns::defined(&happened);
    let mut asked = Asked {
        request,
        window,
        buys,
        spent: spent(&happened, &defined),
        costs: costs(&happened).collect(),
        model: if request.model == 0 { model } else { request.model() },
        half_life: request.half_life_days.unwrap_or(half_life),
        lookback: request.lookback_days.unwrap_or(lookback),
    };
    asked.keep_what_counts();
    let mut response = v1::ChannelsResponse {
        meta: Some(meta(company, is_defined)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        purchases_from: from,
        model: asked.model.into(),
        half_life_days: asked.half_life,
        lookback_days: asked.lookback,
        ..v1::ChannelsResponse::default()
    };
    let asks = |measure: i32| {
        request.measures.is_empty() || request.measures.contains(&0) || request.measures.contains(&measure)
    };
    let (is_credited, has_models, is_spent) = (asks(1) || asks(2), asks(2), asks(3));
    if is_credited || is_spent {
        response.totals = asked.currencies().into_iter().map(|currency| total(&asked, currency)).collect();
    }
    if is_credited {
        let from = Timestamp::from_micros(window.0.as_micros() - i64::from(asked.lookback) * super::DAY);
        let of_nobody = happened.iter().filter(|one| {
            one.customer.is_empty()
                && from <= one.at
                && one.at < window.1
                && key(one, request.by == 2).is_some()
        });
        response.touchpoints_without_customer = count(of_nobody.count());
        response.credits = credit(&asked, (company, &happened), &mut response.totals, has_models);
        if request.by == 2 {
            let done = Done {
                happened: &happened,
                spent: &asked.spent,
                credits: &response.credits,
                window,
                currency: &request.currency,
            };
            response.plans = done.plans(&|currency| margin(&asked, currency).1.unwrap_or(1.0));
        }
    }
    if is_spent {
        response.spend = spend(&asked);
        response.quarters = quarters(&asked);
    }
    if asks(4) {
        let within: Vec<&Happened> = happened.iter().filter(|one| asked.has(one.at)).collect();
        let bought: Vec<&Buy> =
            asked.buys.iter().filter(|buy| asked.has(buy.place.0) && asked.wants(&buy.currency)).collect();
        channels_campaigns::tell(&mut response, &within, (&defined, &bought, &asked.spent));
    }
    response
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ChannelsRequest) -> v1::ChannelsResponse {
    company.ask::<Channels>(request, None, 0).unwrap().response
}
