//! Asks a store for contacts, classes and promises, and answers.

use hashbrown::HashSet;
use rapport_proto::v1::{self, ClassesMeasure};

use super::{
    classed,
    contact::{ahead, contacts},
    evidence,
    groups::groups,
    measures::measures,
    params::ContactsParams,
    relations::{best_classes, coverage, executives, silence},
    response,
    signals::signals,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{classes::of_customers, figures::Figures, met::Met, occurred::events, purchases::Source},
    read::Rows,
    rows::ObjectId,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ContactsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ContactsResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = ContactsParams::from_request(request, source, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut meta = v1::ViewMeta { as_of: Some(as_of.to_proto()), ..v1::ViewMeta::default() };
    let names = (&symbols, &identity);
    let (all, planned) = contacts(rows, names, &params)?;
    let found =
        of_customers(rows, names, (as_of, asked.zone), (source, params.window), &[ClassesMeasure::Abc])?;
    let classes = best_classes(found.of.iter().filter_map(|((party, _), is)| Some((*party, is.abc?))));
    (meta.definitions, meta.definitions_unreadable) = (found.used, found.unreadable);
    let of_class_a: HashSet<ObjectId> =
        classes.iter().filter(|(_, class)| **class == "A").map(|(party, _)| *party).collect();
    let every: Vec<_> = all.iter().collect();
    let met = Met::read(|_| true, rows, &identity, as_of)?;
    let later = ahead(rows, &identity, &params)?;
    let first_page = v1::ContactsResponse {
        total: Some(measures(&every, &["total"], &mut figures)),
        planned: events(&mut figures, &["planned"], planned.into_iter()),
        ahead: events(&mut figures, &["ahead"], later.into_iter()),
        coverage: coverage(&all, &mut figures),
        classes: classed::classes(&all, &classes, names, &mut figures),
        executives: Some(executives(&all, &of_class_a, names, &mut figures)),
        silence: Some(silence((rows, &met), names, &params, (&mut figures, &mut meta))?),
        signals: Some(signals((rows, &met), names, &params, &mut figures)?),
        ..v1::ContactsResponse::default()
    };
    let groups = groups(&all, &params, (&symbols, &classes), &mut figures);
    let response = response::of(&params, meta, first_page, asked.skip, groups);
    let objects = figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params))?;
    Ok(Answered { response, objects })
}
