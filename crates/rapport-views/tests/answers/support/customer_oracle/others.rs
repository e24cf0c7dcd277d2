//! Tickets, documents, needs and responses, thing by thing.

use std::collections::BTreeMap;

use rapport_proto::v1::{self, payload::Kind};

use super::{Happened, by_id, figure};
use crate::support::proto;

pub(super) fn put_tickets(happened: &[Happened], answer: &mut v1::CustomerResponse) {
    let ticket = |kind: &Kind| match kind {
        Kind::TicketOpened(one) => Some(one.ticket_id.clone()),
        Kind::TicketStageChanged(one) => Some(one.ticket_id.clone()),
        Kind::TicketResponded(one) => Some(one.ticket_id.clone()),
        Kind::TicketResolved(one) => Some(one.ticket_id.clone()),
        Kind::TicketReopened(one) => Some(one.ticket_id.clone()),
        _ => None,
    };
    for (id, events) in by_id(happened, ticket) {
        let ends = |one: &&&Happened| matches!(one.kind, Kind::TicketResolved(_) | Kind::TicketReopened(_));
        if events.iter().rev().find(ends).is_some_and(|one| matches!(one.kind, Kind::TicketResolved(_))) {
            continue;
        }
        let opened = events.iter().rev().find_map(|one| match &one.kind {
            Kind::TicketOpened(one) => Some(one.clone()),
            _ => None,
        });
        let kinds = ["request", "request", "complaint", "defect", "advice"];
        let is_moved = |one: &&Happened| matches!(one.kind, Kind::TicketStageChanged(_));
        let is_reopened = events.iter().any(|one| matches!(one.kind, Kind::TicketReopened(_)));
        let (first, last) = (events.first().unwrap(), events.last().unwrap());
        answer.tickets.push(v1::CustomerTicket {
            ticket: format!("ticket:{id}"),
            kind: opened.as_ref().map_or("", |one| kinds[one.kind as usize]).to_owned(),
            priority: opened.map(|one| one.priority).unwrap_or_default(),
            status: if is_reopened { "reopened" } else { "open" }.to_owned(),
            stage: if events.iter().any(is_moved) { "waits" } else { "" }.to_owned(),
            opened: proto(first.at),
            changed: proto(last.at),
            position: last.position,
            party: first.customer.clone(),
        });
    }
    answer.open_tickets = figure(answer.tickets.len());
}

pub(super) fn put_documents(happened: &[Happened], answer: &mut v1::CustomerResponse) {
    let document = |kind: &Kind| match kind {
        Kind::DocumentStateChanged(one) => Some(one.clone()),
        _ => None,
    };
    for (id, events) in by_id(happened, |kind| document(kind).map(|one| one.document_id)) {
        let last = events.last().unwrap();
        let to = document(&last.kind).unwrap().to;
        if to < 4 {
            let kinds = events.iter().rev().map(|one| document(&one.kind).unwrap().kind);
            answer.documents.push(v1::CustomerDocument {
                document: format!("document:{id}"),
                kind: kinds.into_iter().find(|kind| !kind.is_empty()).unwrap_or_default(),
                state: ["", "draft", "review", "sent"][to as usize].to_owned(),
                since: proto(last.at),
                position: last.position,
            });
        }
    }
    answer.open_documents = figure(answer.documents.len());
}

/// Needs and responses.
pub(super) fn put_others(happened: &[Happened], answer: &mut v1::CustomerResponse) {
    let need = |kind: &Kind| match kind {
        Kind::NeedIdentified(one) => Some(one.need_id.clone()),
        Kind::NeedClosed(one) => Some(one.need_id.clone()),
        _ => None,
    };
    for (id, events) in by_id(happened, need) {
        let said: Vec<(&Happened, &v1::NeedIdentified)> = events
            .iter()
            .filter_map(
                |one| if let Kind::NeedIdentified(said) = &one.kind { Some((*one, said)) } else { None },
            )
            .collect();
        let last = events.last().unwrap();
        if matches!(last.kind, Kind::NeedIdentified(_)) {
            let back = || said.iter().rev().map(|(_, said)| said);
            answer.needs.push(v1::CustomerNeed {
                need: format!("need:{id}"),
                code: back().map(|one| one.code.clone()).find(|code| !code.is_empty()).unwrap_or_default(),
                importance: back().find_map(|one| one.importance),
                urgency: back().find_map(|one| one.urgency),
                since: proto(said[0].0.at),
                position: last.position,
                party: events[0].customer.clone(),
            });
        }
    }
    answer.open_needs = figure(answer.needs.len());
    let mut responses = BTreeMap::new();
    for one in happened {
        if let Kind::SurveyAnswered(said) = &one.kind {
            let response = v1::CustomerAnswer {
                instrument: ["", "nps", "csat", "ces", "custom"][said.instrument as usize].to_owned(),
                survey_id: said.survey_id.clone(),
                question: said.question.clone(),
                value: said.value.unwrap(),
                scale_min: 0.0,
                scale_max: 10.0,
                wave: said.wave.clone(),
                at: proto(one.at),
                position: one.position,
                party: one.customer.clone(),
            };
            responses.insert((said.instrument, one.customer.clone()), response);
        }
    }
    answer.responses = responses.into_values().collect();
    answer.responses_given = figure(answer.responses.len());
}
