//! The score of a company: the mean of its contacts' means, so a contact with many responses counts no more than
//! another.

use std::collections::BTreeMap;

use rapport_model::Position;
use rapport_proto::v1;

use super::{params::name_of, response::Respondent, series::Series};
use crate::{
    answers::tally::{Figures, Tally},
    rows::{Identity, ObjectId},
    stats::mean::plain_mean,
};

/// What one contact answered to one question, by position.
#[derive(Default)]
struct Contact {
    values: Vec<f64>,
    positions: Vec<Position>,
}

/// By company, then in the order of the series.
pub(super) fn scores(
    series: &[Series<'_>],
    identity: &Identity,
    name_of_party: impl Fn(ObjectId) -> String,
    keep: bool,
    figures: &mut Figures,
) -> Vec<v1::CompanyScore> {
    let mut rows = Vec::new();
    for each in series {
        for (company, contacts) in contacts_of(each, identity) {
            rows.push((name_of_party(company), each, contacts));
        }
    }
    // Stable: the series keep their order within a company.
    rows.sort_by(|(a, _, _), (b, _, _)| a.cmp(b));
    let to_proto = |(company, series, contacts): (String, &Series<'_>, BTreeMap<ObjectId, Contact>)| {
        // By their first responses: a sum of floating-point numbers depends on the order.
        let mut contacts: Vec<_> = contacts.into_iter().collect();
        contacts.sort_by_key(|(_, contact)| contact.positions.first().copied());
        let means: Vec<_> = contacts
            .iter()
            .map(|(_, contact)| contact)
            .filter_map(|contact| plain_mean(&contact.values))
            .collect();
        let mut tally = Tally::default();
        for (contact, responses) in &contacts {
            tally.add(keep, || Respondent::Customer(*contact).hit(&responses.positions));
        }
        let instrument = name_of(series.instrument);
        let parts = ["companies", &company, instrument, series.question, "contacts"];
        v1::CompanyScore {
            contacts: figures.write(&parts, tally),
            instrument: instrument.to_owned(),
            question: series.question.to_owned(),
            mean: plain_mean(&means).unwrap_or_default(),
            company,
        }
    };
    rows.into_iter().map(to_proto).collect()
}

/// Responses that count and are of no company's contact.
pub(super) fn left_out(series: &[Series<'_>], identity: &Identity) -> u64 {
    let counted = series.iter().flat_map(|each| &each.counted);
    counted.filter(|response| identity.organisation(response.customer).is_none()).count() as u64
}

fn contacts_of(series: &Series<'_>, identity: &Identity) -> BTreeMap<ObjectId, BTreeMap<ObjectId, Contact>> {
    let mut companies: BTreeMap<ObjectId, BTreeMap<ObjectId, Contact>> = BTreeMap::new();
    for response in &series.counted {
        let Some(company) = identity.organisation(response.customer) else { continue };
        let contact = companies.entry(company).or_default().entry(response.customer).or_default();
        contact.values.push(response.value_on(series.scale));
        contact.positions.push(response.row.position);
    }
    companies
}
