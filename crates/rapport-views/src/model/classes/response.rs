//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, ClassesMeasure},
};

use super::{
    cuts::Cuts,
    params::{CLASSES, ClassesParams},
    purchases::{Item, Object},
    ranked::{Currency, Ranked},
};
use crate::{
    calendar::LAST,
    model::figures::{Counted, Figures},
    stats::{as_f64, narrow_or_wide, share},
};

/// The answer with the rows that are on the page.
pub(super) fn of<E>(
    params: &ClassesParams,
    cuts: &Cuts,
    currencies: &[Currency],
    skip: usize,
    figures: &mut Figures,
    name: &mut impl FnMut(Object) -> Result<String, E>,
) -> Result<v1::ClassesResponse, E> {
    let mut response = frame(params, cuts);
    let totals = currencies.iter().map(|currency| total(currency, figures));
    let totals: Vec<_> = totals.collect();
    let classes: Vec<_> = currencies.iter().flat_map(|currency| counts(currency, params, figures)).collect();
    if skip == 0 {
        (response.totals, response.classes) = (totals, classes);
    }

    let mut page = fit::Page::beside(&response);
    let wanted = || {
        let all = currencies.iter().flat_map(|of| of.ranked.iter().map(move |one| (of, one)));
        all.filter(|(_, one)| one.is_wanted(params.only)).skip(skip)
    };
    for (currency, one) in wanted().take(params.page_size) {
        let row = row(currency, one, params, tag(one.item.object, name)?);
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (wanted().count() - response.rows.len()) as u64;
    Ok(response)
}

fn frame(params: &ClassesParams, cuts: &Cuts) -> v1::ClassesResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let whole = Some(&params.periods).filter(|_| params.measures.xyz);
    let any = whole.filter(|periods| periods.count > 0);
    v1::ClassesResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(params.as_of.to_proto()),
            position: 0,
            definitions: cuts.used.clone(),
            definitions_unreadable: cuts.unreadable.clone(),
            missing_sources: Vec::new(),
        }),
        purchases_from: params.source.wire().into(),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        periods: whole.map_or(0, |periods| periods.count),
        periods_from: any.and_then(|periods| moment(periods.window.from)),
        periods_to: any.and_then(|periods| moment(periods.window.to)),
        ..v1::ClassesResponse::default()
    }
}

fn total(of: &Currency, figures: &mut Figures) -> v1::ClassesTotal {
    let objects = of.ranked.iter().map(counted);
    let buyers = of.ranked.iter().filter(|one| one.item.orders > 0).map(counted);
    let (value_minor_units, value_minor_units_wide) = of.value(of.ranked.iter().map(|one| &one.item));
    let (left_out_minor_units, left_out_minor_units_wide) = of.value(of.left_out.iter());
    let left_out = of.left_out.map_or(0, |item| item.orders);
    v1::ClassesTotal {
        currency: of.code.clone(),
        objects: figures.count(&["totals", &of.code, "objects"], objects),
        buyers: figures.count(&["totals", &of.code, "buyers"], buyers),
        value_minor_units,
        value_minor_units_wide,
        left_out: Some(Figures::named(&["totals", &of.code, "left_out"], left_out)),
        left_out_minor_units,
        left_out_minor_units_wide,
    }
}

/// A row a class that has anything in it.
fn counts(of: &Currency, params: &ClassesParams, figures: &mut Figures) -> Vec<v1::ClassCount> {
    let mut counts = Vec::new();
    for (measure, classes) in CLASSES.iter().filter(|(measure, _)| params.measures.has(*measure)) {
        let all = of.ranked.iter().filter(|one| one.class(*measure).is_some()).count() as u64;
        for class in *classes {
            let members = || of.ranked.iter().filter(|one| one.class(*measure) == Some(*class));
            let n = members().count() as u64;
            if n == 0 {
                continue;
            }
            let (value_minor_units, value_minor_units_wide) = of.value(members().map(|one| &one.item));
            let positive = members().map(|one| one.item.net.max(0)).sum();
            let parts = ["classes", key(*measure), &of.code, class];
            counts.push(v1::ClassCount {
                measure: (*measure).into(),
                currency: of.code.clone(),
                name: (*class).to_owned(),
                objects: figures.count(&parts, members().map(counted)),
                share_of_objects: share(n, all),
                value_minor_units,
                value_minor_units_wide,
                share_of_value: of.share(positive),
            });
        }
    }
    counts
}

fn counted(one: &Ranked) -> Counted {
    match one.item.object {
        Object::Party(party) => Counted::party(party),
        Object::Product(code) => Counted::product(code),
    }
}

/// As figures write it.
fn key(measure: ClassesMeasure) -> &'static str {
    match measure {
        ClassesMeasure::Abc => "abc",
        ClassesMeasure::Xyz => "xyz",
        ClassesMeasure::Rfm => "rfm",
        ClassesMeasure::Purchases | ClassesMeasure::Unspecified => "",
    }
}

impl Currency {
    /// The value of all, as answers have it.
    fn value<'a>(&self, items: impl Iterator<Item = &'a Item>) -> (Option<i64>, String) {
        narrow_or_wide((!self.code.is_empty()).then(|| items.map(|item| item.net).sum()))
    }

    /// A part of the positive values.
    fn share(&self, part: i128) -> Option<f64> {
        (self.positive > 0).then(|| as_f64(part) / as_f64(self.positive))
    }
}

fn row(of: &Currency, one: &Ranked, params: &ClassesParams, tag: String) -> v1::ClassRow {
    let item = &one.item;
    let (value_minor_units, value_minor_units_wide) = of.value([item].into_iter());
    let positive = one.abc.filter(|_| item.net > 0);
    let even = Some(item.evenness).filter(|_| one.xyz.is_some());
    let bought = one.bought.filter(|_| params.measures.rfm);
    v1::ClassRow {
        currency: of.code.clone(),
        purchases: Some(Figures::named(&["rows", &of.code, &tag, "purchases"], item.orders)),
        object: tag,
        value_minor_units,
        value_minor_units_wide,
        last_purchase: one.bought.and(item.last).map(time::to_proto),
        abc: one.abc.map_or_else(String::new, |standing| standing.class.to_owned()),
        share: positive.and_then(|_| of.share(item.net)),
        share_before: positive.and_then(|standing| of.share(standing.before)),
        xyz: one.xyz.unwrap_or_default().to_owned(),
        mean: even.and_then(|even| even.mean(params.periods.count)),
        variation: even.and_then(|even| even.variation(params.periods.count)),
        recency_days: bought.map(|bought| bought.recency_days),
        recency: one.scores.recency,
        frequency: one.scores.frequency,
        monetary: one.scores.monetary,
        segment: one.segment.unwrap_or_default().to_owned(),
    }
}

fn tag<E>(object: Object, name: &mut impl FnMut(Object) -> Result<String, E>) -> Result<String, E> {
    let kind = match object {
        Object::Party(_) => "party",
        Object::Product(_) => "product",
    };
    Ok(format!("{kind}:{}", name(object)?))
}
