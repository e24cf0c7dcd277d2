//! What was disclosed to whom.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{params::ActivityParams, which::narrowed};
use crate::{
    calendar::LAST,
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{DisclosedRow, DisclosedTo, ObjectId},
    table::{Dictionary, Filter},
};

/// Disclosures of an answer at most: they are not paged.
const DISCLOSURES_MAX: usize = 200;

/// Those of the window, by these actors and about these customers: how many to each recipient, the latest of them, and how
/// many more there are. `facts` has the rows; `entries` are of the model's own view, whose numbers figures have.
pub(super) fn disclosures(
    request: &v1::ActivityRequest,
    (facts, entries): (&dyn Rows, &dyn Rows),
    params: &ActivityParams,
    figures: &mut Figures,
) -> Result<v1::ActivityResponse, ReadError> {
    let (symbols, identity) = (facts.symbols()?, facts.identity(params.as_of)?);
    let within = Filter::all().occurred(params.window.from, params.window.to);
    let names = (&symbols, &identity);
    let texts: [(&'static str, &[String]); 1] = [("staff", &request.actors)];
    let mut all: Vec<DisclosedRow> = Vec::new();
    if let Some(filter) = narrowed(within, facts, names, &texts, &request.customers)? {
        facts.in_any_order(&filter, params.as_of, |row: DisclosedRow| {
            all.push(DisclosedRow { customer: identity.canonical(row.customer), ..row });
        })?;
    }
    all.sort_unstable_by_key(|row| std::cmp::Reverse((row.occurred_at, row.position)));
    let mut recipients = Vec::new();
    for to in DisclosedTo::ALL {
        let own: Vec<&DisclosedRow> = all.iter().filter(|row| row.to == *to).collect();
        let name = ["disclosures", to.word()];
        let counted = figures.count(&name, own.iter().map(|row| Counted::event(row.position)));
        if figures.parts() == name {
            for row in &own {
                let customer = facts.party_name(row.customer)?;
                let customer = entries.number(Dictionary::Party, &customer)?.unwrap_or(ObjectId::NOBODY);
                figures.beside([(Counted::event(row.position), customer, row.position)]);
            }
        }
        if !own.is_empty() {
            recipients.push(v1::ActivityRecipient { to: to.word().to_owned(), disclosures: counted });
        }
    }
    let left_out = all.len().saturating_sub(DISCLOSURES_MAX) as u64;
    let row = |row: &DisclosedRow| {
        let party = facts.party_name(row.customer)?;
        Ok(v1::ActivityDisclosure {
            position: row.position.0,
            occurred_at: Some(time::to_proto(row.occurred_at.min(LAST))),
            to: row.to.word().to_owned(),
            answered_as_of: (row.as_of != Timestamp::MAX).then(|| time::to_proto(row.as_of.min(LAST))),
            result_hash: symbols.text(row.result_hash).to_owned(),
            actor: symbols.text(row.staff).to_owned(),
            customer: if party.is_empty() { party } else { format!("party:{party}") },
        })
    };
    let shown = all.iter().take(DISCLOSURES_MAX).map(row).collect::<Result<_, ReadError>>()?;
    Ok(v1::ActivityResponse {
        recipients,
        disclosures: shown,
        disclosures_left_out: left_out,
        ..v1::ActivityResponse::default()
    })
}
