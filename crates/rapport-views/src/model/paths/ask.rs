//! Asks a store for steps, and answers.

use rapport_proto::v1::{self, paths_request::Of};

use super::{adherence, cases::Cases, params::PathsParams, read::cases, response, said, steps::thing};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{
        figures::{Counted, Figures},
        said::Responses,
    },
    read::Rows,
    rows::StepStatus,
};

/// The variants of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::PathsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::PathsResponse>, AskError> {
    let as_of = asked.as_of;
    let params = PathsParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let cases = cases(rows, &params, (&symbols, &identity))?;
    // Tickets, deals and documents have no definition that could be followed.
    let responses = match params.of {
        Of::Process => Responses::read(rows, &identity, (as_of, asked.zone), &said::INSTRUMENTS)?,
        Of::Unspecified | Of::Tickets | Of::Deals | Of::Documents => Responses::default(),
    };
    let response = response::of(&params, (&cases, &responses), asked.skip, &symbols, &mut figures)?;
    put_events(&cases, &mut figures);
    let objects = figures.hits(rows, &identity, as_of, |_| Vec::new())?;
    Ok(Answered { response, objects })
}

fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["cases" | "closed" | "conformant"]
        | ["steps", _, "cases" | "resting"]
        | ["moves", _, _]
        | ["between", "reached" | "waiting" | "never"]
        | ["causes", _]
        | ["satisfaction", "wholly" | "otherwise"]
        | ["quickest", "quick" | "others"]
        | ["quickest", "quick" | "others", "left_out", _]
        | ["quickest", "quick" | "others", "variants", ..]
        | ["variants", ..] => true,
        ["adherence", _, word] => adherence::is_figure(word),
        _ => false,
    }
}

/// Every event of a case makes it count: the answer has read them all.
fn put_events(cases: &Cases, figures: &mut Figures) {
    match figures.parts().as_slice() {
        [] => {}
        ["causes", _] => {
            let recorded = cases.all.iter().flat_map(|case| case.recorded.iter().map(move |one| (case, one)));
            let deviated = recorded.filter(|(_, one)| one.status != StepStatus::Started);
            let events = deviated.map(|(case, one)| (Counted::event(one.at.1), case.customer, one.at.1));
            let events: Vec<_> = events.collect();
            figures.beside(events);
        }
        _ => {
            let events = cases.all.iter().flat_map(|case| {
                case.positions.iter().map(move |position| (thing(cases, case), case.customer, *position))
            });
            let events: Vec<_> = events.collect();
            figures.beside(events);
        }
    }
}

/// What a case is called.
pub(super) const fn cases_are(of: Of) -> (&'static str, &'static str) {
    match of {
        Of::Unspecified | Of::Tickets => ("ticket", "tickets"),
        Of::Deals => ("deal", "deals"),
        Of::Documents => ("document", "documents"),
        Of::Process => ("case", "cases"),
    }
}
