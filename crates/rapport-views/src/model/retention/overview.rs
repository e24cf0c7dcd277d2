//! Who stayed, left, came back and is new.

use hashbrown::HashMap;
use rapport_proto::{time, v1};

use super::{
    bought::{Bought, Customer},
    churn::churn,
    params::RetentionParams,
    worth::Worth,
};
use crate::{
    calendar::last_day_before,
    model::figures::Figures,
    rows::ObjectId,
    stats::kaplan_meier::{Stay, median},
};

const DAY_MICROS: i64 = 86_400_000_000;

/// A customer with whether it was active when the window before began, when the window began, and when it ended.
pub(super) type Seen<'a> = (&'a Customer, [bool; 3]);

/// Those who bought before the window's end.
pub(super) fn seen<'a>(customers: &'a [Customer], params: &RetentionParams) -> Vec<Seen<'a>> {
    let until = customers.iter().filter(|one| one.first.at < params.window.to);
    until.map(|one| (one, one.active(params))).collect()
}

/// Counts customers by whether they were active at the ends of the window.
pub(super) fn overview(
    bought: &Bought,
    customers: &[Customer],
    worth: &Worth,
    params: &RetentionParams,
    figures: &mut Figures,
) -> v1::RetentionOverview {
    let from = params.window.from;
    let seen = seen(customers, params);
    let those = |is: &dyn Fn(&Seen<'_>) -> bool| {
        let found = seen.iter().filter(|one| is(one)).map(|(one, _)| one.counted());
        found.collect::<Vec<_>>().into_iter()
    };
    let more = More::of(worth);
    let mut count =
        |part: &str, is: &dyn Fn(&Seen<'_>) -> bool| figures.count(&["overview", part], those(is));
    v1::RetentionOverview {
        kept: count("kept", &|(_, [_, start, end])| *start && *end),
        developed: count("developed", &|(one, [_, start, end])| *start && *end && more.is_more(one)),
        won_back: count("won_back", &|(one, [_, start, end])| one.first.at < from && !start && *end),
        acquired: count("acquired", &|(one, _)| one.first.at >= from),
        new: count("new", &|(one, [.., end])| one.first.at >= from && *end),
        at_end: count("at_end", &|(_, [.., end])| *end),
        customers: count("customers", &|_| true),
        tenure_median: tenure(&seen, params).map(time::duration_to_proto),
        left_out: figures.count(&["overview", "left_out"], bought.of_nobody(params)),
        churn: Some(churn(
            figures,
            &["overview"],
            those(&|(_, [_, start, _])| *start),
            those(&|(_, [_, start, end])| *start && !end),
        )),
        churn_before: Some(churn(
            figures,
            &["overview", "before"],
            those(&|(_, [before, ..])| *before),
            those(&|(_, [before, start, _])| *before && !start),
        )),
    }
}

/// The median tenure in microseconds: from the first purchase to the last of who is lost; who is active lasts longer.
fn tenure(seen: &[Seen<'_>], params: &RetentionParams) -> Option<i64> {
    let end = last_day_before(params.window.to, &params.zone);
    let stay = |(one, [.., active]): &Seen<'_>| {
        let lasted = |until: i32| i64::from(until - one.first.day) * DAY_MICROS;
        let recency = one.at[2].map_or(0, |rhythm| rhythm.recency_days.cast_signed());
        if *active { Stay::censored(lasted(end)) } else { Stay::ended(lasted(end - recency)) }
    };
    let mut stays: Vec<Stay> = seen.iter().map(stay).collect();
    stays.sort_unstable();
    median(&stays, &[])
}

/// Who bought for more than before.
pub(super) struct More {
    /// Whether a customer was charged more in some currency, and less in some.
    charged: HashMap<ObjectId, (bool, bool)>,
}

impl More {
    pub(super) fn of(worth: &Worth) -> Self {
        let mut charged: HashMap<ObjectId, (bool, bool)> = HashMap::new();
        for ((party, _), value) in &worth.values {
            let (more, less) = charged.entry(*party).or_default();
            *more |= value.within > value.before;
            *less |= value.within < value.before;
        }
        Self { charged }
    }

    /// For more in one currency at least, for less in none; without amounts, more often.
    pub(super) fn is_more(&self, one: &Customer) -> bool {
        let [before, within] = one.purchases;
        self.charged.get(&one.party).map_or(within > before, |(more, less)| *more && !*less)
    }
}
