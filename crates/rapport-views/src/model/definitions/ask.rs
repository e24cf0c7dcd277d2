//! Asks a store for the rows of definitions, and says of each whether it holds.

use std::collections::{BTreeSet, HashMap};

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    definition::{self, KINDS},
    time,
    v1::{
        Definition, DefinitionState as State, DefinitionsRequest, DefinitionsResponse, ViewMeta,
        payload::Kind,
    },
};

use crate::{
    answers::{
        Answered, AsOf, AskError, Asked,
        definition::{InEffect, first_fault, in_effect, order},
    },
    read::{LATEST, ReadError, Rows, TypedRows as _},
    rows::{DefinitionRow, storable},
    table::{Cell, Filter},
    timeline::ask::entry::Entries,
};

/// The rows of the page that begins after those that are skipped.
pub(super) fn ask(
    request: &DefinitionsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<DefinitionsResponse>, AskError> {
    let until = asked.as_of.bounded().occurred_until;
    let versions = versions(request, rows, asked.as_of)?;
    let mut definitions: Vec<Definition> = versions
        .chunk_by(|one, other| (&one.kind, &one.code) == (&other.kind, &other.code))
        .flat_map(|versions| of_one_code(versions, until))
        .filter(|one| request.earlier || one.state() != State::Earlier)
        .collect();
    definitions.extend(defaults(request, &definitions));
    // Stable: versions of a code stay in their order, and its default comes last.
    definitions.sort_by(|one, other| (&one.kind, &one.code).cmp(&(&other.kind, &other.code)));

    let all = definitions.len();
    let size = if request.page_size == 0 { usize::MAX } else { request.page_size as usize };
    let mut definitions: Vec<_> = definitions.into_iter().skip(asked.skip).take(size).collect();
    let rows_left_out = all.saturating_sub(asked.skip).saturating_sub(definitions.len()) as u64;
    put_approvers(&mut definitions, rows, asked)?;
    if !request.bodies {
        for one in &mut definitions {
            (one.body, one.left_out) = (String::new(), String::new());
        }
    }
    let meta = ViewMeta { as_of: Some(asked.as_of.to_proto()), ..ViewMeta::default() };
    let response = DefinitionsResponse {
        meta: Some(meta),
        definitions,
        rows_left_out,
        ..DefinitionsResponse::default()
    };
    Ok(Answered { response, objects: Vec::new() })
}

/// The versions that are asked for and known at K, and at T in effect or published, by kind, code and [`order`].
fn versions(
    request: &DefinitionsRequest,
    rows: &dyn Rows,
    as_of: AsOf,
) -> Result<Vec<DefinitionRow>, ReadError> {
    let mut filter = Filter::all();
    for (column, wanted) in [("kind", &request.kind), ("code", &request.code)] {
        if !wanted.is_empty() {
            filter = filter.and(column, vec![Cell::Text(storable(wanted).into())]);
        }
    }
    // One that is published later may take effect earlier.
    let mut versions: Vec<DefinitionRow> = rows.all(&filter, AsOf { occurred_until: LATEST, ..as_of })?;
    let until = as_of.bounded().occurred_until;
    versions.retain(|row| row.effective_from <= until || row.occurred_at <= until);
    versions.sort_by(|one, other| {
        (&one.kind, &one.code, order(one)).cmp(&(&other.kind, &other.code, order(other)))
    });
    Ok(versions)
}

/// The versions of one code, the latest first.
fn of_one_code(versions: &[DefinitionRow], until: Timestamp) -> Vec<Definition> {
    let upcoming = versions.partition_point(|row| row.effective_from <= until);
    let (effective, upcoming) = versions.split_at_checked(upcoming).unwrap_or((versions, &[]));
    let effective: Vec<_> = effective.iter().collect();
    let read = |row: &DefinitionRow| definition::check(&row.kind, &row.body);
    let kind = effective.first().map_or("", |row| row.kind.as_str());
    let InEffect { holds, unreadable } = in_effect(&effective, |body| definition::check(kind, body));
    let last = holds.map(|(row, _)| row.position);
    let faulty: HashMap<Position, String> =
        unreadable.into_iter().map(|(row, faults)| (row.position, first_fault(&faults))).collect();

    let upcoming = upcoming.iter().rev().map(|row| {
        let fault = read(row).err().map(|faults| first_fault(&faults));
        version(row, State::Upcoming, fault.unwrap_or_default())
    });
    let effective = effective.iter().rev().map(|row| match faulty.get(&row.position) {
        Some(fault) => version(row, State::Unreadable, fault.clone()),
        None if last == Some(row.position) => version(row, State::InForce, String::new()),
        None => version(row, State::Earlier, String::new()),
    });
    upcoming.chain(effective).collect()
}

fn version(row: &DefinitionRow, state: State, fault: String) -> Definition {
    let left_out = definition::kind(&row.kind).filter(|_| fault.is_empty());
    Definition {
        kind: row.kind.clone(),
        code: row.code.clone(),
        version: row.version,
        state: state.into(),
        effective_from: Some(time::to_proto(row.effective_from)),
        published_at: Some(time::to_proto(row.occurred_at)),
        approver: String::new(),
        position: row.position.0,
        body: row.body.clone(),
        left_out: left_out.map_or_else(|| "{}".to_owned(), |kind| kind.left_out_of(&row.body)),
        fault,
    }
}

/// What holds of the codes that are asked for and that no version in force defines.
fn defaults(request: &DefinitionsRequest, definitions: &[Definition]) -> Vec<Definition> {
    let is_asked = |wanted: &str, name: &str| wanted.is_empty() || wanted == name;
    let kinds = KINDS.iter().filter(|kind| is_asked(&request.kind, kind.name));
    let all = kinds.flat_map(|kind| kind.unpublished.iter().map(move |(code, body)| (kind, *code, *body)));
    let wanted = all.filter(|(kind, code, _)| {
        let holds =
            |one: &Definition| one.state() == State::InForce && one.kind == kind.name && one.code == *code;
        is_asked(&request.code, code) && !definitions.iter().any(holds)
    });
    let default = wanted.map(|(kind, code, body)| Definition {
        kind: kind.name.to_owned(),
        code: code.to_owned(),
        state: State::Default.into(),
        body: kind.whole(body),
        left_out: kind.left_out_of(body),
        ..Definition::default()
    });
    default.collect()
}

/// Reads who approved each definition from its event, as it is believed at K.
fn put_approvers(
    definitions: &mut [Definition],
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<(), ReadError> {
    let positions: BTreeSet<_> =
        definitions.iter().filter(|one| one.position > 0).map(|one| Position(one.position)).collect();
    let events = Entries::of(rows, asked.events, positions, asked.as_of.recorded_until)?;
    for one in definitions.iter_mut().filter(|one| one.position > 0) {
        let at = one.published_at.as_ref().and_then(time::from_proto).unwrap_or_default();
        events.with_believed((at, Position(one.position)), |believed| {
            if let Kind::DefinitionPublished(published) = believed.kind {
                one.approver.clone_from(&published.approver);
            }
        })?;
    }
    Ok(())
}
