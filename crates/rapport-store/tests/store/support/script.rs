//! Random histories: every type that the views read, late events, corrections, retractions and these of each other.

use proptest::prelude::*;
use rapport_proto::{
    v1::{self, order_changed::Op, party_fact_recorded::Sensitivity, payload::Kind},
    validate::tags_of_ids,
};

use super::{
    Log, actor,
    around::{SORTS, around},
    kinds::*,
    service,
};

/// One event to be, with numbers instead of names.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    what: u8,
    /// Which deal, party, stage, value.
    a: u8,
    b: u8,
    c: u8,
    /// Seconds.
    occurred: i64,
    /// Seconds since the step before.
    later: i64,
}

/// Histories of so many events.
pub(crate) fn steps(count: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..47 + SORTS, any::<u8>(), any::<u8>(), any::<u8>(), 0_i64..40, 0_i64..3)
        .prop_map(|(what, a, b, c, occurred, later)| Step { what, a, b, c, occurred, later });
    proptest::collection::vec(step, count)
}

/// How many moments a history of so many events has on the recorded clock, at most.
pub(crate) fn recorded_end(log: &Log) -> i64 {
    log.events.last().and_then(|event| event.recorded_at.as_ref()).map_or(0, |at| at.seconds - 1_600_000_000)
}

pub(crate) const PARTIES: u8 = 6;

pub(crate) fn party(number: u8) -> String {
    format!("party {}", number % PARTIES)
}

/// The history as a log.
pub(crate) fn log(steps: &[Step]) -> Log {
    let mut log = Log::default();
    let mut recorded = 0;
    for step in steps {
        recorded += step.later;
        let kind = kind(&log, step);
        let customer = if step.c.is_multiple_of(5) { String::new() } else { party(step.c) };
        // Many events have no time of their own.
        let occurred = if step.b.is_multiple_of(3) { recorded } else { step.occurred };
        log.add(&customer, occurred, recorded, kind);
        let of_ids = tags_of_ids(&log.contents[log.contents.len() - 1]);
        let last = log.last();
        last.channel = ["phone", "web", ""][usize::from(step.c % 3)].to_owned();
        last.actor =
            if step.b.is_multiple_of(3) { None } else { actor(["ilze", "jonas"][usize::from(step.b % 2)]) };
        last.tags = match step.c / 5 % 4 {
            0 => Vec::new(),
            1 => vec![format!("lead:{}", step.a % 3)],
            2 => vec![format!("deal:{}", deal(step.a)), format!("agent:{}", step.b % 2)],
            _ => vec![format!("deal:{}", deal(step.a))],
        };
        // As a ledger stores them.
        last.tags.extend(of_ids);
        last.tags.sort_unstable();
        last.tags.dedup();
    }
    log
}

fn deal(number: u8) -> String {
    format!("D{}", number % 4)
}

/// None, one or two needs.
fn needs(number: u8) -> Vec<String> {
    (0..number % 3).map(|more| ((number / 3 + more) % 4).to_string()).collect()
}

fn stage(number: u8) -> &'static str {
    ["lead", "offer", "talks"][usize::from(number % 3)]
}

fn kind(log: &Log, step: &Step) -> Kind {
    let (a, b) = (step.a, step.b);
    let earlier = |number: u8| log.events.get(usize::from(number) * log.events.len() / 256);
    let maybe = |number: u8| (!number.is_multiple_of(3)).then(|| i64::from(number % 40));
    match (step.what, earlier(b)) {
        (24..=27, Some(target)) => {
            let replacement = if a.is_multiple_of(5) { None } else { varied(log, target, step) };
            correction(&target.id, replacement, a.is_multiple_of(3).then(|| i64::from(step.c % 40)))
        }
        (28 | 29, Some(target)) => retraction(&target.id),
        (20 | 21, _) => merged(&party(a), &party(b)),
        (22, _) => {
            let merges = || log.events.iter().filter(|event| event.r#type == "party.merged");
            let merge = merges().nth(usize::from(b) % merges().count().max(1));
            unmerged(merge.map_or("01890a5d-ac96-774b-bcce-b302099a8057", |merge| &merge.id))
        }
        (47.., _) => around(step.what - 47, a, b, &day(maybe(step.c)).unwrap_or_default()),
        (40.., _) => service::done(step.what - 40, a, b, &day(maybe(step.c)).unwrap_or_default()),
        (30.., _) => in_facts(step.what - 30, a, b, maybe(a), maybe(b)),
        (what, _) => plain(what % 20, a, b, maybe(a), maybe(b)),
    }
}

fn plain(what: u8, a: u8, b: u8, from: Option<i64>, to: Option<i64>) -> Kind {
    let amount = match b % 12 {
        0 | 3 | 6 | 9 => None,
        // A few add up to more than 64 bits.
        1 => eur(i64::MAX - i64::from(b)),
        2 => eur(i64::MIN + i64::from(b)),
        _ => eur(i64::from(b)),
    };
    match what {
        0..=2 => match opened(&deal(a), stage(b), amount) {
            Kind::DealOpened(mut opened) => {
                opened.pipeline = ["", "north"][usize::from(b % 2)].to_owned();
                opened.need_ids = needs(a);
                Kind::DealOpened(opened)
            }
            other => other,
        },
        3..=5 => moved(&deal(a), stage(b)),
        6 => terms(&deal(a), amount),
        7 => won(&deal(a), amount),
        8 => lost(&deal(a), ["price", ""][usize::from(b % 2)], ["Rival", "", "Other"][usize::from(b % 3)]),
        9 => objection("Rival"),
        10 => lead_step(a),
        18 if b.is_multiple_of(2) => won(&deal(a), amount),
        18 => lost(&deal(a), "price", ""),
        11 => response(b, ["Q1", "Q2"][usize::from(a % 2)]),
        12 => asked(b, ["Q1", "Q2"][usize::from(a % 2)]),
        13 => contact_of(&party(a), from, to),
        14 => match definition(["default", "north"][usize::from(a % 2)], u32::from(b % 3) + 1, from) {
            Kind::DefinitionPublished(mut other) if a.is_multiple_of(5) => {
                other.kind = "territory".to_owned();
                Kind::DefinitionPublished(other)
            }
            Kind::DefinitionPublished(mut other) if a % 5 == 1 => {
                other.kind = "potential".to_owned();
                other.body = segment(other.version);
                Kind::DefinitionPublished(other)
            }
            Kind::DefinitionPublished(mut other) if a % 5 == 2 => {
                other.kind = "targets".to_owned();
                other.body = targets(other.version);
                Kind::DefinitionPublished(other)
            }
            pipeline => pipeline,
        },
        15 => known(a, b),
        16 if a.is_multiple_of(4) => signal(
            ["builds", "moves"][usize::from(b % 2)],
            [Sensitivity::Normal, Sensitivity::Personal, Sensitivity::Special][usize::from(b / 2 % 3)],
        ),
        16 => fact(["sector", "size"][usize::from(a % 2)], &b.to_string(), from, to),
        17 if a.is_multiple_of(2) => promised(a / 2, b, day(to).unwrap_or_default()),
        17 if a.is_multiple_of(3) => known(a / 3, b),
        17 => call(b.is_multiple_of(2)),
        19 if a.is_multiple_of(3) => {
            let op = [Op::Cancel, Op::Return, Op::Amend][usize::from(b % 3)];
            order_changed(&format!("O{}", b % 4), op, amount)
        }
        19 => {
            let (product, category) =
                (["pen", "", "ink"][usize::from(a % 3)], ["", "paper"][usize::from(a / 3 % 2)]);
            ordered_in(&format!("O{}", b % 4), product, amount, category)
        }
        _ => note(&format!("note {b}")),
    }
}

/// What only the view `facts` reads.
/// A day of these stories, or around them.
fn day(second: Option<i64>) -> Option<String> {
    second.map(|second| format!("2020-09-{:02}", 1 + second % 28))
}

fn in_facts(what: u8, a: u8, b: u8, from: Option<i64>, to: Option<i64>) -> Kind {
    let id = (b % 4).to_string();
    let code = ["", "pen", "ink"][usize::from(a % 3)];
    let amount = || [None, eur(i64::from(a)), usd(i64::from(b))][usize::from(a % 3)].clone();
    match what {
        0 | 1 => invoiced(&id, b, &priced(a, code), day(to)),
        2 => {
            paid(&[(b % 4).to_string(), (a % 5).to_string()][..usize::from(b % 3)], amount().or(eur(7)), code)
        }
        3 if a.is_multiple_of(2) => cost(1 + i32::from(b % 5), amount().or(eur(3))),
        3 => conceded(1 + i32::from(b % 3), amount(), ["", "ilze"][usize::from(b % 2)], &deal(b)),
        4 => contract(&id, 1 + i32::from(a % 4), [day(from), day(to)], amount(), &["pen", code], code),
        5 => {
            let deal = if a.is_multiple_of(5) { String::new() } else { deal(a) };
            offered((&id, &deal), u32::from(a % 3), &priced(b, code), needs(b))
        }
        6 => touched(a, b, code),
        7 => standing(a, b),
        8 if a.is_multiple_of(4) => owned(
            &[format!("party:{}", party(b)), format!("deal:{}", deal(b))][usize::from(a % 8 / 4)],
            code,
            a,
        ),
        8 => role(1 + i32::from(a % 5), &party(b), from, to),
        _ => consent(a, code, to),
    }
}

/// What a correction says instead: usually of the target's type, sometimes not, which makes it none.
fn varied(log: &Log, target: &v1::RecordedEvent, step: &Step) -> Option<Kind> {
    let content = &log.contents[target.position as usize - 1];
    let (a, b) = (step.c, step.a);
    let of_type = |what| Some(plain(what, a, b, Some(i64::from(a % 40)), None));
    match content {
        Kind::DealOpened(_) => of_type(0),
        Kind::DealStageChanged(_) => of_type(3),
        Kind::DealTermsChanged(_) => of_type(6),
        Kind::DealWon(_) => of_type(7),
        Kind::DealLost(_) => of_type(8),
        Kind::ObjectionObserved(_) => Some(objection("Other")),
        Kind::SurveyAnswered(_) => of_type(11),
        Kind::PartyRoleAssigned(_) => of_type(13),
        Kind::DefinitionPublished(_) => of_type(14),
        Kind::PartyMerged(_) => Some(merged(&party(b), &party(a))),
        Kind::TouchCallLogged(_) => of_type(17),
        Kind::PartyRegistered(_) | Kind::PartyIdentifierChanged(_) | Kind::ContactPointCaptured(_) => {
            Some(known(a, b))
        }
        Kind::InvoiceIssued(_) => Some(in_facts(0, a, b, None, None)),
        Kind::PaymentReceived(_) => Some(in_facts(2, a, b, None, None)),
        Kind::CostAllocated(_) => Some(cost(1 + i32::from(a % 5), eur(i64::from(b)))),
        Kind::ContractChanged(_) => Some(in_facts(4, a, b, None, None)),
        Kind::OfferIssued(_) => Some(in_facts(5, a, b, None, None)),
        Kind::OrderPlaced(_) => Some(ordered(&format!("O{}", b % 4), "ink", eur(i64::from(a)))),
        Kind::OrderChanged(_) => Some(order_changed(&format!("O{}", b % 4), Op::Return, eur(-i64::from(a)))),
        Kind::TicketOpened(_) | Kind::TicketResolved(_) => Some(service::done(0, a, b, "")),
        Kind::ProcessStarted(_) | Kind::ProcessStepRecorded(_) => Some(service::done(1, a, b, "2020-09-03")),
        Kind::DocumentStateChanged(_) => Some(service::done(2, a, b, "")),
        Kind::DeliveryCompleted(_) => Some(service::done(3, a, b, "2020-09-05")),
        Kind::NeedIdentified(_) => Some(service::done(4, a, b, "")),
        Kind::TouchMessageExchanged(_) => Some(service::done(5, a, b, "")),
        Kind::CampaignDefined(_) => Some(around(0, 0, b, "")),
        Kind::CampaignSpendRecorded(_) => Some(around(0, 1, b, "")),
        Kind::LeadOpened(_) => Some(around(1, 1, b, "")),
        Kind::StaffStatusChanged(_) => Some(around(2, 0, b, "")),
        Kind::IncentiveAccrued(_) => Some(around(2, 2, b, "")),
        Kind::AgreementRecorded(_) => Some(around(3, 0, b, "2020-09-07")),
        Kind::StockCounted(_) => Some(around(5, 1, b, "")),
        Kind::NoteRecorded(_) => Some(around(6, a, b, "")),
        Kind::EventCorrected(inner) if a.is_multiple_of(2) => {
            let target = &log.events[log.index_of(&inner.target_event_id)?];
            Some(correction(&inner.target_event_id, varied(log, target, step), Some(i64::from(b % 40))))
        }
        Kind::EventCorrected(inner) => varied(log, &log.events[log.index_of(&inner.target_event_id)?], step),
        _ => Some(note(&format!("note {b}"))),
    }
}
