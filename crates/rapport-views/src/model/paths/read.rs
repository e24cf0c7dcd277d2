//! Rows to cases.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1::paths_request::{Of, Outcome};

use super::{
    cases::{At, Case, Cases, End, Recorded, Taken},
    definition::Definition,
    params::PathsParams,
};
use crate::{
    answers::AskError,
    read::{ReadError, Rows, TypedRows as _},
    rows::{
        DealCause, DealStepRow, DocumentRow, DocumentState, Identity, ObjectId, ProcessRow, StepStatus,
        Symbol, Symbols, TicketRow, TicketStep,
    },
    table::{Dictionary, Field as _, Filter, Row},
};

/// What one event says of a case.
struct Said {
    at: At,
    customer: ObjectId,
    /// The step that it is, by name.
    step: Option<Symbol>,
    /// How the case stands afterwards, where the event says it.
    end: Option<End>,
    /// The process, the pipeline, the kind; where the event says it.
    code: Option<Symbol>,
    recorded: Option<Recorded>,
    /// Whether it opens a deal or a ticket.
    is_opening: bool,
}

/// The cases that are asked for, in the order of their first events.
pub(super) fn cases(
    rows: &dyn Rows,
    params: &PathsParams,
    (symbols, identity): (&Symbols, &Identity),
) -> Result<Cases, AskError> {
    let mut reading = Reading { names: Symbols::new(), said: HashMap::new() };
    let dictionary = match params.of {
        Of::Unspecified | Of::Tickets => {
            reading.tickets(rows, params, symbols)?;
            Dictionary::Ticket
        }
        Of::Deals => {
            reading.deals(rows, params, symbols)?;
            Dictionary::Deal
        }
        Of::Documents => {
            reading.documents(rows, params)?;
            Dictionary::Document
        }
        Of::Process => Dictionary::Object,
    };
    let Reading { names, said } = if params.of == Of::Process {
        return of_process(rows, params, (symbols, identity));
    } else {
        reading
    };
    let mut codes: BTreeMap<&str, Symbol> = BTreeMap::new();
    let mut all = Vec::with_capacity(said.len());
    let wanted = params.code.as_deref();
    for (object, mut said) in said {
        said.sort_unstable_by_key(|one| one.at);
        let code = match params.of {
            // A deal that is opened once more is in the pipeline that is named then.
            Of::Deals => said.iter().rev().find_map(|one| one.code),
            Of::Unspecified | Of::Tickets | Of::Documents | Of::Process => {
                said.iter().find_map(|one| one.code)
            }
        };
        if let Some(code) = code {
            codes.insert(symbols.text(code), code);
        }
        let code = code.map_or("", |code| symbols.text(code));
        if wanted.is_none_or(|wanted| wanted == code) {
            match params.of {
                Of::Deals => opening_first(&mut said),
                Of::Unspecified | Of::Tickets => opens_nothing_again(&mut said),
                Of::Documents | Of::Process => {}
            }
            all.extend(case(object, said, identity));
        }
    }
    let codes = codes.into_keys().filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let code = wanted.unwrap_or_default().to_owned();
    let cases =
        Cases { dictionary, names, all, code, codes, last_began: None, definition: Definition::default() };
    known_code(params, &cases)?;
    Ok(chosen(cases, params))
}

/// Those of the process that is asked for; otherwise of the one with most cases, of two alike the first by code.
fn of_process(
    rows: &dyn Rows,
    params: &PathsParams,
    (symbols, identity): (&Symbols, &Identity),
) -> Result<Cases, AskError> {
    let mut by_process: HashMap<Symbol, Reading> = HashMap::new();
    rows.each::<ProcessRow>(&Filter::all(), params.as_of, |row| {
        let new = || Reading { names: Symbols::new(), said: HashMap::new() };
        by_process.entry(row.process).or_insert_with(new).put_process(&row, symbols);
    })?;
    let mut codes: Vec<(&str, Symbol)> = by_process.keys().map(|code| (symbols.text(*code), *code)).collect();
    codes.sort_unstable();
    let most = codes.iter().rev().max_by_key(|(_, code)| by_process.get(code).map_or(0, |of| of.said.len()));
    let code = params.code.clone().or_else(|| most.map(|(code, _)| (*code).to_owned())).unwrap_or_default();
    let process = codes.iter().find(|(text, _)| *text == code).and_then(|(_, code)| by_process.remove(code));
    let codes = codes.into_iter().map(|(code, _)| code.to_owned()).collect();
    let dictionary = Dictionary::Object;
    let Reading { names, said } =
        process.unwrap_or_else(|| Reading { names: Symbols::new(), said: HashMap::new() });
    let begins = said.values().flatten().map(|one| one.at.0).min().unwrap_or_default();
    let definition = Definition::of(rows, &code, begins, (params.as_of, &params.zone))?;
    let last = definition.steps.last().and_then(|step| names.get(&step.code));
    let all = said.into_iter().filter_map(|(object, mut said)| {
        said.sort_unstable_by_key(|one| one.at);
        let mut case = case(object, said, identity)?;
        if case.steps.iter().any(|taken| Some(taken.step) == last) {
            case.end = End::Closed;
        }
        Some(case)
    });
    let all = all.collect();
    let cases = Cases { dictionary, names, all, code, codes, last_began: None, definition };
    known_code(params, &cases)?;
    Ok(chosen(cases, params))
}

/// Refuses a code that there is not, where there are others.
fn known_code(params: &PathsParams, cases: &Cases) -> Result<(), AskError> {
    let Some(code) = params.code.as_ref().filter(|code| !cases.codes.contains(code)) else { return Ok(()) };
    let known: Vec<String> = cases.codes.iter().take(10).map(|code| format!("`{code}`")).collect();
    let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
    let what = match params.of {
        Of::Unspecified | Of::Tickets | Of::Documents => "kind of document",
        Of::Deals => "pipeline",
        Of::Process => "process",
    };
    let expected = format!("expected a {what} that events name ({known}), found `{code}`");
    Err(AskError::Field { field: "code", expected })
}

/// Moves the opening that was recorded first before everything else. A later opening stays where it is: the deal goes on.
fn opening_first(said: &mut [Said]) {
    let openings = said.iter().enumerate().filter(|(_, one)| one.is_opening);
    let Some((place, _)) = openings.min_by_key(|(_, one)| one.at.1) else { return };
    for (nth, one) in said.iter_mut().enumerate() {
        one.is_opening = nth == place;
    }
    if let Some(before) = said.get_mut(..=place) {
        before.rotate_right(1);
    }
}

/// The first opening of a ticket opens nothing again, also where it is dated after a solution, and stays where it is.
fn opens_nothing_again(said: &mut [Said]) {
    if let Some(first) = said.iter_mut().find(|one| one.is_opening) {
        first.end = None;
    }
    said.iter_mut().for_each(|one| one.is_opening = false);
}

/// Of the period and with the outcome that are asked for.
fn chosen(mut cases: Cases, params: &PathsParams) -> Cases {
    cases.last_began = cases.all.iter().map(|case| case.begins.0).max();
    cases.all.retain(|case| {
        params.window.contains(case.begins.0)
            && match params.outcome {
                Outcome::Unspecified => true,
                Outcome::Open => !case.is_closed(),
                Outcome::Closed => case.is_closed(),
                Outcome::Won => case.end == End::Won,
                Outcome::Lost => case.end == End::Lost,
            }
    });
    cases.all.sort_unstable_by_key(|case| (case.begins, case.object));
    cases
}

/// A case of what is said of it, in order; none of nothing.
fn case(object: ObjectId, said: Vec<Said>, identity: &Identity) -> Option<Case> {
    let begins = said.iter().map(|one| one.at).min()?;
    let named = said.iter().map(|one| one.customer).find(|party| *party != ObjectId::NOBODY);
    let mut case = Case {
        object,
        customer: named.map_or(ObjectId::NOBODY, |party| identity.canonical(party)),
        begins,
        steps: Vec::new(),
        end: End::Open,
        recorded: Vec::new(),
        positions: Vec::with_capacity(said.len()),
    };
    for one in said {
        case.end = one.end.unwrap_or(case.end);
        case.positions.push(one.at.1);
        // An opening that was told with a later time began with what came first.
        let at = if one.is_opening { begins } else { one.at };
        case.steps.extend(one.step.map(|step| Taken { at, step }));
        case.recorded.extend(one.recorded);
    }
    Some(case)
}

struct Reading {
    names: Symbols,
    said: HashMap<ObjectId, Vec<Said>>,
}

impl Reading {
    fn put(&mut self, object: ObjectId, said: Said) {
        // Older ledgers may hold events that name no object: validation did not refuse them then.
        if object == ObjectId::NOBODY {
            return;
        }
        self.said.entry(object).or_default().push(said);
    }

    /// Stages; what happened where no ticket has one.
    fn tickets(&mut self, rows: &dyn Rows, params: &PathsParams, symbols: &Symbols) -> Result<(), ReadError> {
        let moves = Filter::all().and("step", vec![TicketStep::Moved.cell()]);
        let has_stages = rows.has_any(TicketRow::TABLE, &moves, params.as_of)?;
        rows.each::<TicketRow>(&Filter::all(), params.as_of, |row| {
            let step = match (has_stages, row.step) {
                (true, TicketStep::Moved) => Some(symbols.text(row.stage)),
                (
                    true,
                    TicketStep::Opened | TicketStep::Responded | TicketStep::Resolved | TicketStep::Reopened,
                ) => None,
                (false, step) => Some(step.word()),
            };
            let end = match row.step {
                TicketStep::Resolved => Some(End::Closed),
                TicketStep::Opened | TicketStep::Reopened => Some(End::Open),
                TicketStep::Moved | TicketStep::Responded => None,
            };
            let step = step.map(|step| self.names.intern(step));
            let is_opening = row.step == TicketStep::Opened;
            let of = said(row.occurred_at, row.position, row.customer);
            self.put(row.ticket, Said { step, end, is_opening, ..of });
        })
    }

    fn deals(&mut self, rows: &dyn Rows, params: &PathsParams, symbols: &Symbols) -> Result<(), ReadError> {
        rows.each::<DealStepRow>(&Filter::all(), params.as_of, |row| {
            let (step, end) = match row.cause {
                DealCause::Opened | DealCause::Moved => (symbols.text(row.stage), Some(End::Open)),
                DealCause::Won => ("won", Some(End::Won)),
                DealCause::Lost => ("lost", Some(End::Lost)),
                DealCause::TermsChanged => ("", None),
            };
            let step = (!step.is_empty()).then(|| self.names.intern(step));
            let is_opening = row.cause == DealCause::Opened;
            let code = is_opening.then_some(row.pipeline);
            let of = said(row.occurred_at, row.position, row.customer);
            self.put(row.deal, Said { step, end, code, is_opening, ..of });
        })
    }

    fn documents(&mut self, rows: &dyn Rows, params: &PathsParams) -> Result<(), ReadError> {
        rows.each::<DocumentRow>(&Filter::all(), params.as_of, |row| {
            let end = match row.state {
                DocumentState::Signed | DocumentState::Archived => End::Closed,
                DocumentState::Unsaid
                | DocumentState::Draft
                | DocumentState::Review
                | DocumentState::Sent => End::Open,
            };
            let step = Some(self.names.intern(row.state.word())).filter(|step| *step != Symbol::default());
            let code = Some(row.kind).filter(|kind| *kind != Symbol::default());
            let of = said(row.occurred_at, row.position, row.customer);
            self.put(row.document, Said { step, end: Some(end), code, ..of });
        })
    }

    fn put_process(&mut self, row: &ProcessRow, symbols: &Symbols) {
        let name = self.names.intern(symbols.text(row.step));
        let step = match row.status {
            StepStatus::Done | StepStatus::Deviated => Some(name),
            StepStatus::Started | StepStatus::Skipped => None,
        };
        let at = (row.occurred_at, row.position);
        let recorded = Some(Recorded { at, step: name, status: row.status, due: row.due, cause: row.cause });
        let of = said(row.occurred_at, row.position, row.customer);
        self.put(row.object, Said { step, recorded, ..of });
    }
}

const fn said(occurred_at: Timestamp, position: Position, customer: ObjectId) -> Said {
    let at = (occurred_at, position);
    Said { at, customer, step: None, end: None, code: None, recorded: None, is_opening: false }
}
