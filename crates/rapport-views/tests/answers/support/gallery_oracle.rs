//! The gallery computed again: every file is asked what happened after it.

use std::{cmp::Reverse, collections::BTreeSet};

use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::model::Gallery;

use super::{
    acting::{Acting, contact_roles},
    checks,
    company::{CUSTOMERS, Company, Happened, companies, customer, hours, orders, zone},
    funnel_oracle::{count, rate},
    proto,
    satisfaction_oracle::student,
};

/// A file, and how many days later what came next.
struct File {
    of: Happened,
    says: v1::ArtifactAttached,
    response: Option<(f64, u32)>,
    order: Option<(String, u32)>,
}

fn days(from: Timestamp, to: Timestamp) -> u32 {
    let day =
        |at: Timestamp| jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date();
    u32::try_from((day(to) - day(from)).get_days()).unwrap()
}

/// Whether something was ordered, and not only returned.
fn is_order(order: &v1::OrderPlaced) -> bool {
    let is_priced = order.lines.iter().any(|line| line.net.is_some());
    order.lines.is_empty()
        || (!is_priced && order.total.is_some())
        || order.lines.iter().any(|line| !line.quantity.starts_with('-'))
}

/// The instrument that is looked for: the first to which a customer responded.
fn instrument(happened: &[Happened]) -> i32 {
    let is_given = |wanted: i32| {
        happened.iter().any(|one| {
            !one.customer.is_empty()
                && matches!(&one.kind, Kind::SurveyAnswered(said) if said.instrument == wanted)
        })
    };
    [2, 1, 3].into_iter().find(|wanted| is_given(*wanted)).unwrap_or(0)
}

fn files(company: &Company, request: &v1::GalleryRequest) -> Vec<File> {
    let (happened, acting) = (company.happened(), Acting::of(company));
    let instrument = instrument(&happened);
    let wanted = company.survivor(&request.customer);
    let given = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
    let (from, to) = (given(&request.period_from), given(&request.period_to));
    let mut files = Vec::new();
    for (nth, of) in happened.iter().enumerate() {
        let Kind::ArtifactAttached(says) = &of.kind else { continue };
        let is_wanted = (request.customer.is_empty() || acting.counts_for(&wanted, of))
            && request.outcome.as_ref().is_none_or(|outcome| *outcome == says.outcome)
            && (request.media_type.is_empty()
                || request.media_type == says.media_type
                || (request.media_type == "image/" && says.media_type.starts_with("image/")))
            && from.is_none_or(|from| of.at >= from)
            && to.is_none_or(|to| of.at < to);
        if !is_wanted {
            continue;
        }
        // What happened is in the order of (when, position).
        let later = || {
            let later = happened.iter().skip(nth + 1);
            later.filter(|one| !of.customer.is_empty() && acting.counts_for(&of.customer, one))
        };
        let response = later().find_map(|one| match &one.kind {
            Kind::SurveyAnswered(said) if said.instrument == instrument => {
                Some((said.value(), days(of.at, one.at)))
            }
            _ => None,
        });
        let order = later().find_map(|one| match &one.kind {
            Kind::OrderPlaced(order) if is_order(order) => {
                Some((format!("order:{}", order.order_id), days(of.at, one.at)))
            }
            _ => None,
        });
        files.push(File { of: of.clone(), says: says.clone(), response, order });
    }
    files.reverse();
    files
}

fn median(mut days: Vec<u32>) -> Option<f64> {
    days.sort_unstable();
    let n = days.len();
    (n > 0).then(|| (f64::from(days[(n - 1) / 2]) + f64::from(days[n / 2])) / 2.0)
}

fn measures(of: &[&File]) -> v1::GalleryMeasures {
    let values: Vec<f64> = of.iter().filter_map(|file| file.response.map(|(value, _)| value)).collect();
    let n = values.len() as f64;
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n);
    let reach = mean.filter(|_| values.len() > 1).map(|mean| {
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        student(values.len() - 1) * (squares / (n - 1.0) / n).sqrt()
    });
    let ordered = of.iter().filter(|file| file.order.is_some()).count();
    let (k, all, z2) = (ordered as f64, of.len() as f64, 1.96_f64 * 1.96);
    let root = (z2 * (4.0 * k * (1.0 - k / all) + z2)).max(0.0).sqrt();
    let end = |side: f64| ((2.0 * k + z2 + side * root) / (2.0 * (all + z2))).clamp(0.0, 1.0);
    let is_any = !of.is_empty();
    v1::GalleryMeasures {
        artifacts: count(of.len()),
        with_response: count(values.len()),
        mean,
        mean_low: mean.zip(reach).map(|(mean, reach)| mean - reach),
        mean_high: mean.zip(reach).map(|(mean, reach)| mean + reach),
        median_days_to_response: median(
            of.iter().filter_map(|file| file.response.map(|(_, days)| days)).collect(),
        ),
        with_order: count(ordered),
        order_share: rate(ordered, of.len()),
        order_low: is_any.then(|| end(-1.0)),
        order_high: is_any.then(|| end(1.0)),
        median_days_to_order: median(
            of.iter().filter_map(|file| file.order.as_ref().map(|(_, days)| *days)).collect(),
        ),
        without_customer: count(of.iter().filter(|file| file.of.customer.is_empty()).count()),
    }
}

fn groups(files: &[File], by: &str, key: fn(&v1::ArtifactAttached) -> &str) -> Vec<v1::GalleryGroup> {
    let keys: BTreeSet<&str> = files.iter().map(|file| key(&file.says)).collect();
    let group = |wanted: &str| -> (usize, v1::GalleryGroup) {
        let own: Vec<&File> = files.iter().filter(|file| key(&file.says) == wanted).collect();
        let group = v1::GalleryGroup { by: by.to_owned(), key: wanted.to_owned(), of: Some(measures(&own)) };
        (own.len(), group)
    };
    let mut groups: Vec<_> = keys.into_iter().map(group).collect();
    groups.sort_by_key(|(n, _)| Reverse(*n));
    groups.into_iter().map(|(_, group)| group).collect()
}

pub(crate) fn answer(company: &Company, request: &v1::GalleryRequest) -> v1::GalleryResponse {
    let files = files(company, request);
    let end = Timestamp::from_micros(company.as_of.occurred_until.as_micros() + 1);
    let to = request.period_to.as_ref().and_then(time::from_proto).map_or(end, |to| to.min(end));
    let from = request.period_from.as_ref().and_then(time::from_proto).map(|from| from.min(to));
    let mut by = groups(&files, "outcome", |says| says.outcome.as_str());
    by.extend(groups(&files, "media_type", |says| says.media_type.as_str()));
    let tag = |name: &str| if name.is_empty() { String::new() } else { format!("party:{name}") };
    let row = |file: &File| v1::GalleryRow {
        position: file.of.position,
        attached: proto(file.of.at),
        customer: tag(&file.of.customer),
        sha256: file.says.sha256.clone(),
        media_type: file.says.media_type.clone(),
        outcome: file.says.outcome.clone(),
        staff: file.of.actor.to_owned(),
        linked_to: file.says.linked_to.clone(),
        response: file.response.map(|(value, _)| value),
        days_to_response: file.response.map(|(_, days)| days),
        order: file.order.clone().map(|(order, _)| order).unwrap_or_default(),
        days_to_order: file.order.as_ref().map(|(_, days)| *days),
    };
    v1::GalleryResponse {
        meta: Some(checks::meta(company)),
        period_from: from.and_then(proto),
        period_to: proto(to),
        customer: tag(&company.survivor(&request.customer)),
        instrument: ["", "nps", "csat", "ces"][instrument(&company.happened()) as usize].to_owned(),
        total: Some(measures(&files.iter().collect::<Vec<_>>())),
        groups: by,
        rows: files.iter().map(row).collect(),
        ..v1::GalleryResponse::default()
    }
}

prop_compose! {
    fn artifacts()(
        hash in prop::sample::select(vec!["ab", "cd"]),
        media_type in prop::sample::select(vec!["image/jpeg", "image/png", "application/pdf", ""]),
        outcome in prop::sample::select(vec!["liked", "peeled", ""]),
        linked_to in prop::sample::select(vec!["", "01890a5d-ac96-774b-bcce-b302099a8057"]),
    ) -> Kind {
        Kind::ArtifactAttached(v1::ArtifactAttached {
            sha256: hash.repeat(32),
            media_type: media_type.to_owned(),
            outcome: outcome.to_owned(),
            linked_to: linked_to.to_owned(),
            ..v1::ArtifactAttached::default()
        })
    }
}

fn responses(instruments: std::ops::Range<i32>) -> impl Strategy<Value = Kind> {
    (instruments, 1..=5_u8).prop_map(|(instrument, value)| {
        Kind::SurveyAnswered(v1::SurveyAnswered {
            instrument,
            value: Some(value.into()),
            ..Default::default()
        })
    })
}

/// Companies with files.
pub(crate) fn filing() -> impl Strategy<Value = Company> {
    let kinds = |instruments| prop_oneof![6 => artifacts(), 4 => responses(instruments), 3 => orders(), 1 => contact_roles(CUSTOMERS)];
    prop_oneof![3 => companies(kinds(1..5), 60).boxed(), 1 => companies(kinds(3..4), 60).boxed()]
}

prop_compose! {
    /// `named` are those whom an event names.
    fn drawn()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        whose in prop::option::weighted(0.3, 1..CUSTOMERS),
        outcome in prop::option::weighted(0.2, prop::sample::select(vec!["", "liked"])),
        media_type in prop::sample::select(vec!["", "", "", "image/", "image/png", "image"]),
    ) -> v1::GalleryRequest {
        v1::GalleryRequest {
            customer: whose.map(customer).unwrap_or_default(),
            outcome: outcome.map(str::to_owned),
            media_type: media_type.to_owned(),
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            ..v1::GalleryRequest::default()
        }
    }
}

/// A company and a question about it: nobody is asked for who is never named.
pub(crate) fn asked_about() -> impl Strategy<Value = (Company, v1::GalleryRequest)> {
    (filing(), drawn()).prop_map(|(company, mut request)| {
        if !company.named().contains(&request.customer) {
            request.customer.clear();
        }
        (company, request)
    })
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::GalleryRequest) -> v1::GalleryResponse {
    company.ask::<Gallery>(request, None, 0).unwrap().response
}
