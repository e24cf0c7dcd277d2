//! Paths computed again, from texts: each case is a list of lines that is looked through once for each figure.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        self,
        document_state_changed::State,
        paths_request::{Of, Outcome},
        payload::Kind,
        process_step_recorded::Status,
    },
};
use rapport_views::model::Paths;

use super::{
    checks::{self, ratio},
    company::{Company, Happened},
    exact::product_limit_median,
    funnel_oracle::count,
    paths_adherence::{adherence, defined},
    paths_compared::quickest,
    proto,
};

/// What is said of a case, in order.
type Line = (Timestamp, u64, &'static str, Option<String>);

/// One case: when it began, its steps, whether it ended and how.
#[derive(Debug, Clone, Default)]
pub(super) struct Case {
    pub(super) begins: Timestamp,
    /// Of a process: its last event, and whose it is.
    pub(super) last: Timestamp,
    pub(super) customer: String,
    pub(super) steps: Vec<(Timestamp, String)>,
    pub(super) end: &'static str,
    pub(super) lines: Vec<(Timestamp, Status, String, String, String)>,
}

fn of(request: &v1::PathsRequest) -> Of {
    if request.of() == Of::Unspecified { Of::Tickets } else { request.of() }
}

/// The case that an event is about and its line: a step, or what ends or begins it.
fn line(of: Of, kind: &Kind, staged: bool) -> Option<(String, &'static str, Option<String>)> {
    let stage = |id: &String, what, stage: &String| {
        // Of tickets alone a stage without a name is a step.
        Some((id.clone(), what, Some(stage.clone()).filter(|stage| of == Of::Tickets || !stage.is_empty())))
    };
    let plain =
        |id: &String, what: &'static str, end| Some((id.clone(), end, (!staged).then(|| what.to_owned())));
    match (of, kind) {
        (Of::Tickets, Kind::TicketOpened(one)) => plain(&one.ticket_id, "opened", "ticket opened"),
        (Of::Tickets, Kind::TicketResponded(one)) => plain(&one.ticket_id, "responded", ""),
        (Of::Tickets, Kind::TicketResolved(one)) => plain(&one.ticket_id, "resolved", "closed"),
        (Of::Tickets, Kind::TicketReopened(one)) => plain(&one.ticket_id, "reopened", "open"),
        (Of::Tickets, Kind::TicketStageChanged(one)) => stage(&one.ticket_id, "", &one.to),
        (Of::Deals, Kind::DealOpened(one)) => stage(&one.deal_id, "opened", &one.stage),
        (Of::Deals, Kind::DealStageChanged(one)) => stage(&one.deal_id, "open", &one.to),
        (Of::Deals, Kind::DealWon(one)) => stage(&one.deal_id, "won", &"won".to_owned()),
        (Of::Deals, Kind::DealLost(one)) => stage(&one.deal_id, "lost", &"lost".to_owned()),
        (Of::Documents, Kind::DocumentStateChanged(one)) => {
            let (word, end) = match one.to() {
                State::Unspecified => ("", "open"),
                State::Draft => ("draft", "open"),
                State::Review => ("review", "open"),
                State::Sent => ("sent", "open"),
                State::Signed => ("signed", "closed"),
                State::Archived => ("archived", "closed"),
            };
            stage(&one.document_id, end, &word.to_owned())
        }
        _ => None,
    }
}

fn code(kind: &Kind) -> Option<String> {
    match kind {
        Kind::DealOpened(one) if one.pipeline.is_empty() => Some("default".to_owned()),
        Kind::DealOpened(one) => Some(one.pipeline.clone()),
        Kind::DocumentStateChanged(one) => Some(one.kind.clone()).filter(|kind| !kind.is_empty()),
        _ => None,
    }
}

/// Cases by id, and the codes that there are.
fn cases(happened: &[Happened], request: &v1::PathsRequest) -> (BTreeMap<String, Case>, BTreeSet<String>) {
    let of = of(request);
    let staged = happened.iter().any(|one| matches!(one.kind, Kind::TicketStageChanged(_)));
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in happened {
        let Some((id, what, step)) = line(of, &one.kind, staged) else { continue };
        codes.entry(id.clone()).or_default().extend(code(&one.kind));
        lines.entry(id).or_default().push((one.at, one.position, what, step));
    }
    let mut found = BTreeMap::new();
    for (id, mut lines) in lines {
        let begins = lines.iter().map(|line| line.0).min().unwrap();
        // In the log's order, the first opening comes first.
        let opening = lines.iter().filter(|line| line.2 == "opened").map(|line| line.1).min();
        lines.sort_by_key(|line| (Some(line.1) != opening, line.0, line.1));
        let named = &codes[&id];
        let code = if of == Of::Deals { named.last() } else { named.first() };
        let wanted = code.cloned().unwrap_or_default();
        if !request.code.is_empty() && request.code != wanted {
            continue;
        }
        let mut case = Case { begins, end: "open", ..Case::default() };
        let first_of_ticket = lines.iter().find(|line| line.2 == "ticket opened").map(|line| line.1);
        for (at, position, what, step) in lines {
            let at = if Some(position) == opening { begins } else { at };
            case.steps.extend(step.map(|step| (at, step)));
            match what {
                "" => {}
                "ticket opened" if Some(position) == first_of_ticket => {}
                "opened" | "ticket opened" => case.end = "open",
                end => case.end = end,
            }
        }
        found.insert(id, case);
    }
    let codes = codes
        .into_values()
        .filter_map(|named| if of == Of::Deals { named.last().cloned() } else { named.first().cloned() });
    (found, codes.collect())
}

/// Cases of the process, by object; the process that is meant, and all of them.
fn of_process(
    happened: &[Happened],
    request: &v1::PathsRequest,
    last: &dyn Fn(&str) -> Option<String>,
) -> (String, BTreeMap<String, Case>, BTreeSet<String>) {
    let mut all: BTreeMap<String, BTreeMap<String, Case>> = BTreeMap::new();
    for one in happened {
        let mut case = |process: &str, object: &str| {
            let of = all.entry(process.to_owned()).or_default();
            let new = Case { begins: one.at, end: "open", ..Case::default() };
            of.entry(object.to_owned()).or_insert(new).clone()
        };
        let (process, object, mut case) = match &one.kind {
            Kind::ProcessStarted(started) => {
                (&started.process, &started.object, case(&started.process, &started.object))
            }
            Kind::ProcessStepRecorded(step) => {
                let mut case = case(&step.process, &step.object);
                if matches!(step.status(), Status::Done | Status::Deviated) {
                    case.steps.push((one.at, step.step.clone()));
                }
                let line = (one.at, step.status(), step.step.clone(), step.due.clone(), step.cause.clone());
                case.lines.push(line);
                (&step.process, &step.object, case)
            }
            _ => continue,
        };
        case.last = one.at;
        if case.customer.is_empty() {
            case.customer.clone_from(&one.customer);
        }
        all.get_mut(process).unwrap().insert(object.clone(), case);
    }
    let codes: BTreeSet<String> = all.keys().cloned().collect();
    let most = all.values().map(BTreeMap::len).max().unwrap_or(0);
    let heaviest = all.iter().find(|(_, cases)| cases.len() == most).map(|(code, _)| code.clone());
    let code = if request.code.is_empty() { heaviest.unwrap_or_default() } else { request.code.clone() };
    let mut cases = all.remove(&code).unwrap_or_default();
    if let Some(last) = last(&code) {
        for case in cases.values_mut().filter(|case| case.steps.iter().any(|(_, step)| *step == last)) {
            case.end = "closed";
        }
    }
    (code, cases, codes)
}

pub(super) fn length(micros: Option<i64>) -> Option<prost_types::Duration> {
    micros.map(time::duration_to_proto)
}

pub(super) fn median(lengths: &[i64]) -> Option<prost_types::Duration> {
    let mut lengths = lengths.to_vec();
    lengths.sort_unstable();
    let middle = |nth: usize| lengths.get(nth / 2).copied();
    // Of an even number the mean of the two in the middle.
    let (lower, upper) = (middle(lengths.len().wrapping_sub(1))?, middle(lengths.len())?);
    length(Some((lower + upper).div_euclid(2)))
}

pub(super) fn lasted(case: &Case) -> i64 {
    let last = case.steps.last().map_or(0, |step| step.0.as_micros());
    case.steps.first().map_or(0, |step| last - step.0.as_micros())
}

fn steps(cases: &[&Case], until: Timestamp) -> Vec<v1::PathStep> {
    let names: BTreeSet<&String> =
        cases.iter().flat_map(|case| case.steps.iter().map(|step| &step.1)).collect();
    let mut steps: Vec<v1::PathStep> = names
        .into_iter()
        .map(|name| {
            let taken = |case: &&&Case| case.steps.iter().filter(|step| step.1 == *name).count();
            let resting: Vec<_> = cases
                .iter()
                .filter(|case| case.end == "open" && case.steps.last().is_some_and(|step| step.1 == *name))
                .collect();
            let since = resting.iter().map(|case| case.steps.last().unwrap().0).min();
            v1::PathStep {
                step: name.clone(),
                cases: count(cases.iter().filter(|case| taken(case) > 0).count()),
                times: cases.iter().map(|case| taken(&case)).sum::<usize>() as u64,
                first: cases
                    .iter()
                    .filter(|case| case.steps.first().is_some_and(|step| step.1 == *name))
                    .count() as u64,
                resting: count(resting.len()),
                longest: length(since.map(|since| until.as_micros() - since.as_micros())),
            }
        })
        .collect();
    steps.sort_by_key(|step| std::cmp::Reverse(step.cases.as_ref().unwrap().count));
    steps
}

fn moves(cases: &[&Case]) -> Vec<v1::PathMove> {
    let pairs = |case: &Case| -> Vec<((String, String), i64)> {
        let pair = |pair: &[(Timestamp, String)]| {
            ((pair[0].1.clone(), pair[1].1.clone()), pair[1].0.as_micros() - pair[0].0.as_micros())
        };
        case.steps.windows(2).map(pair).collect()
    };
    let all: Vec<_> = cases.iter().map(|case| pairs(case)).collect();
    let ends: BTreeSet<_> = all.iter().flatten().map(|(ends, _)| ends.clone()).collect();
    let mut moves: Vec<v1::PathMove> = ends
        .into_iter()
        .map(|ends| {
            let lengths: Vec<i64> =
                all.iter().flatten().filter(|one| one.0 == ends).map(|one| one.1).collect();
            v1::PathMove {
                cases: count(all.iter().filter(|case| case.iter().any(|one| one.0 == ends)).count()),
                times: lengths.len() as u64,
                median: median(&lengths),
                mean: length(Some(lengths.iter().sum::<i64>() / lengths.len() as i64)),
                from: ends.0,
                to: ends.1,
            }
        })
        .collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.times));
    moves
}

fn between(cases: &[&Case], from: &str, to: &str, until: Timestamp) -> v1::StepsBetween {
    let (mut lengths, mut waiting, mut never) = (Vec::new(), Vec::new(), 0);
    for case in cases {
        let Some(begin) = case.steps.iter().position(|step| step.1 == from) else { continue };
        let at = case.steps[begin].0.as_micros();
        match case.steps[begin + 1..].iter().find(|step| step.1 == to) {
            Some(end) => lengths.push(end.0.as_micros() - at),
            None if case.end == "open" => waiting.push(until.as_micros() - at),
            None => never += 1,
        }
    }
    let stays: Vec<(i64, bool)> =
        lengths.iter().map(|one| (*one, true)).chain(waiting.iter().map(|one| (*one, false))).collect();
    v1::StepsBetween {
        from: from.to_owned(),
        to: to.to_owned(),
        reached: count(lengths.len()),
        waiting: count(waiting.len()),
        never: count(never),
        median: length(product_limit_median(&stays)),
        mean: (!lengths.is_empty())
            .then(|| time::duration_to_proto(lengths.iter().sum::<i64>() / lengths.len() as i64)),
    }
}

/// Paths, the most frequent first, with how long each case took.
type Variants = Vec<(Vec<String>, Vec<i64>)>;

fn total(cases: &[&Case], variants: &Variants) -> v1::PathsTotal {
    let n = cases.len();
    let squares: f64 = variants.iter().map(|(_, of)| (of.len() as f64 / n as f64).powi(2)).sum();
    let closed: Vec<i64> = cases.iter().filter(|case| case.end != "open").map(|case| lasted(case)).collect();
    let taken: usize = cases.iter().map(|case| case.steps.len()).sum();
    v1::PathsTotal {
        cases: count(n),
        variants: variants.len() as u64,
        variation: (n > 0).then_some(1.0 - squares),
        mean_steps: (n > 0).then(|| taken as f64 / n as f64),
        median: median(&closed),
        closed: count(closed.len()),
    }
}

fn of_variants(variants: Variants, n: usize) -> Vec<v1::PathVariant> {
    let mut before = 0;
    let row = |(steps, lengths): (Vec<String>, Vec<i64>)| {
        before += lengths.len();
        v1::PathVariant {
            steps,
            cases: count(lengths.len()),
            share: ratio(lengths.len() as i128, n as i128),
            cumulative: ratio(before as i128, n as i128),
            median: median(&lengths),
        }
    };
    variants.into_iter().map(row).collect()
}

pub(crate) fn answer(company: &Company, request: &v1::PathsRequest) -> v1::PathsResponse {
    let happened = company.happened();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let until = company.as_of.occurred_until;
    let published = happened.iter().any(|one| matches!(&one.kind, Kind::DefinitionPublished(_)));
    let of = of(request);
    let (code, mut all, codes) = if of == Of::Process {
        let last = |code: &str| defined(code, published).last().map(|step| step.0.to_owned());
        of_process(&happened, request, &last)
    } else {
        let (cases, codes) = cases(&happened, request);
        (request.code.clone(), cases, codes)
    };
    let last_began = all.values().map(|case| case.begins).max().and_then(proto);
    all.retain(|_, case| {
        let is_wanted = match request.outcome() {
            Outcome::Unspecified => true,
            Outcome::Open => case.end == "open",
            Outcome::Closed => case.end != "open",
            Outcome::Won => case.end == "won",
            Outcome::Lost => case.end == "lost",
        };
        is_wanted && window.0 <= case.begins && case.begins < window.1
    });
    let cases: Vec<&Case> = all.values().collect();
    let n = cases.len();
    let path = |case: &&Case| case.steps.iter().map(|step| step.1.clone()).collect::<Vec<_>>();
    let mut variants: BTreeMap<Vec<String>, Vec<i64>> = BTreeMap::new();
    for case in &cases {
        variants.entry(path(case)).or_default().push(lasted(case));
    }
    let mut rows: Vec<_> = variants.into_iter().collect();
    rows.sort_by_key(|(_, lengths)| std::cmp::Reverse(lengths.len()));
    let uses_definition = of == Of::Process && code == "claim" && published;
    let definitions = uses_definition.then(|| v1::DefinitionUse {
        kind: "process".to_owned(),
        code: "claim".to_owned(),
        version: 1,
    });
    v1::PathsResponse {
        meta: Some(v1::ViewMeta { definitions: definitions.into_iter().collect(), ..checks::meta(company) }),
        period_from: proto(window.0),
        period_to: proto(window.1),
        codes: codes.into_iter().collect(),
        last_began,
        total: Some(total(&cases, &rows)),
        steps: steps(&cases, until),
        moves: moves(&cases),
        between: (!request.from_step.is_empty())
            .then(|| between(&cases, &request.from_step, &request.to_step, until)),
        adherence: (of == Of::Process).then(|| adherence(company, (&code, published), &all)).flatten(),
        quickest: quickest(&cases, of, &defined(&code, published)),
        code,
        rows: of_variants(rows, n),
        ..v1::PathsResponse::default()
    }
}

/// Whether events name the code and the steps that are asked for.
fn is_told(company: &Company, request: &v1::PathsRequest) -> bool {
    let happened = company.happened();
    let any = v1::PathsRequest { of: request.of, ..Default::default() };
    let (names, codes): (BTreeSet<String>, BTreeSet<String>) = if of(request) == Of::Process {
        let asked = v1::PathsRequest { code: request.code.clone(), ..any };
        let (_, cases, codes) = of_process(&happened, &asked, &|_| None);
        (cases.into_values().flat_map(|case| case.lines).map(|line| line.2).collect(), codes)
    } else {
        let (cases, codes) = cases(&happened, &any);
        (cases.into_values().flat_map(|case| case.steps).map(|step| step.1).collect(), codes)
    };
    let is_step = |step: &String| request.from_step.is_empty() || names.contains(step);
    (request.code.is_empty() || codes.contains(&request.code))
        && is_step(&request.from_step)
        && is_step(&request.to_step)
}

/// The answer of the model; none where a code or a step is asked for that no event names, which is refused.
pub(crate) fn asked(company: &Company, request: &v1::PathsRequest) -> Option<v1::PathsResponse> {
    is_told(company, request).then(|| company.ask::<Paths>(request, None, 0).unwrap().response)
}
