//! Asks a store for decisions, preferences, messages and contact policies, and answers.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    decided::{self, decided},
    groups::BY,
    judge::{Court, Topic},
    overview::overview,
    params::ConsentParams,
    policy::Policies,
    preferences::Preferences,
    purpose::Purpose,
    response::{put_rows, violations},
    sent::{self, sent},
    verdicts::Now,
    whose::Whose,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::figures::{Evidence, Figures},
    read::Rows,
    rows::{AddressedRow, ConsentRow},
    table::{CUSTOMER, Row as _},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ConsentRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ConsentResponse>, AskError> {
    let as_of = asked.as_of;
    let params = ConsentParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let whose = Whose::of(rows, &request.customer, as_of)?;
    let symbols = rows.symbols()?;
    let purpose = Purpose::of(&params.purpose, &symbols);
    let topic = Topic::of(&params, &symbols);
    let policies = Policies::read(rows, &params)?;
    let preferences = Preferences::read(rows, &params, &whose)?;
    let decided = decided(rows, &params, &purpose, &whose)?;
    let sent = sent(rows, &params, &purpose, &whose, &symbols)?;
    let court = Court {
        params: &params,
        symbols: &symbols,
        decided: &decided,
        preferences: &preferences,
        policies: &policies,
    };
    let mut used: BTreeSet<usize> = policies.at(params.until).into_iter().collect();
    let judged = court.judge(&sent, &mut used);

    let mut response = v1::ConsentResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(as_of.to_proto()),
            definitions: policies.used(&used, &params.purpose),
            definitions_unreadable: policies.unreadable.clone(),
            ..v1::ViewMeta::default()
        }),
        purpose: params.purpose.clone(),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::ConsentResponse::default()
    };
    let added_up = violations(&judged, &sent, &symbols, &mut figures);
    let is_first = asked.skip == 0;
    response.violations = is_first.then_some(added_up);
    if let Some(customer) = whose.customer {
        response.customer = format!("party:{}", rows.party_name(customer)?);
        let now = Now::of(&court, customer, &sent);
        let limits = now.limits(&mut figures);
        if is_first {
            response.limits = Some(limits);
            response.verdicts = now.verdicts(rows, topic)?;
        }
    } else {
        let (decided, overview) = overview(&court, topic, &mut figures);
        if is_first {
            (response.decided, response.overview) = (decided, overview);
        }
    }
    put_rows(&mut response, judged, asked.skip, &params, (rows, &symbols))?;
    let objects = figures.hits(rows, &whose.identity, as_of, |parts| match parts {
        ["decided"] | ["overview", ..] => {
            let filters = decided::filters(&purpose, &whose.filter()).into_iter();
            filters.map(|filter| Evidence::new(ConsentRow::TABLE, filter, CUSTOMER)).collect()
        }
        _ => {
            let filter = sent::filter(&params, &purpose, &whose);
            vec![Evidence::new(AddressedRow::TABLE, filter, CUSTOMER)]
        }
    })?;
    Ok(Answered { response, objects })
}

fn moment(moment: Timestamp) -> Option<prost_types::Timestamp> {
    Some(time::to_proto(moment.min(LAST)))
}

fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["decided" | "messages" | "violations" | "nobody" | "without_purpose" | "month"] => true,
        [
            "overview",
            _,
            "granted" | "withdrawn" | "objected" | "expired" | "other_topics" | "not_a_channel"
            | "no_decision",
        ] => true,
        ["groups", by, _, "messages" | "violations"] => BY.contains(by),
        _ => false,
    }
}
