//! What an object's timeline should have, by reading the whole log each time, and its pages as a store gives them.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{
    json, time,
    v1::{Payload, TimelineEntry, TimelineRequest, TimelineResponse, payload::Kind},
};
use rapport_store::{ReadError, Rows};

use super::{
    Log, ask,
    brute_force::{self, Believed},
    script::{PARTIES, party},
    wire,
};

/// Fields whose value is an id, as JSON has them, and the kind of object it is of.
const IDS: [(&str, &str); 20] = [
    ("dealId", "deal"),
    ("orderId", "order"),
    ("invoiceId", "invoice"),
    ("invoiceIds", "invoice"),
    ("offerId", "offer"),
    ("contractId", "contract"),
    ("surveyId", "survey"),
    ("campaignId", "campaign"),
    ("relatedParty", "party"),
    ("survivor", "party"),
    ("absorbed", "party"),
    ("mergeEventId", "event"),
    ("ticketId", "ticket"),
    ("documentId", "document"),
    ("needId", "need"),
    ("agreementId", "agreement"),
    ("supersedes", "agreement"),
    ("handoverId", "handover"),
    ("staffId", "staff"),
    ("project", "project"),
];

/// The objects that a content names.
fn named(kind: &Kind) -> BTreeSet<String> {
    let payload = Payload { kind: Some(kind.clone()) };
    let json = json::to_json("rapport.v1.Payload", &payload).unwrap();
    let (_, content) = json.as_object().unwrap().iter().next().unwrap();
    let text = |field: &str| content[field].as_str().unwrap_or_default().to_owned();
    let mut named = BTreeSet::new();
    for (field, object) in IDS {
        let several = content[field].as_array().into_iter().flatten().filter_map(|id| id.as_str());
        let ids = several.map(str::to_owned).chain([text(field)]).filter(|id| !id.is_empty());
        named.extend(ids.map(|id| format!("{object}:{id}")));
    }
    // The object of these is a tag already.
    named.extend(Some(text("object")).filter(|object| !object.is_empty()));
    if matches!(kind, Kind::DefinitionPublished(_)) {
        named.insert(format!("definition:{}/{}", text("kind"), text("code")));
    }
    named
}

/// Every tag of a log, and one that no event has.
pub(crate) fn objects(log: &Log) -> BTreeSet<String> {
    log.events.iter().flat_map(|event| event.tags.iter().cloned()).chain(["deal:none".to_owned()]).collect()
}

/// Everything of an object that had happened until T as known at K, and what was retracted of it, in order.
pub(crate) fn of_object(log: &Log, object: &str, until: Timestamp, known: Timestamp) -> Vec<Believed> {
    let mut all = brute_force::all_at(log, until, known);
    all.retain(|event| {
        let tags = log.events[event.index].tags.iter().cloned().collect::<BTreeSet<_>>();
        let others = &tags - &named(&log.contents[event.index]);
        named(&event.kind).contains(object) || others.contains(object)
    });
    all
}

/// The question, with a filter or without.
pub(crate) fn request(object: &str, filtered: bool) -> TimelineRequest {
    let mut request = TimelineRequest { object: object.to_owned(), page_size: 5, ..Default::default() };
    if filtered {
        request.channels = vec!["phone".to_owned()];
        request.occurred_from = Some(wire(9));
        request.oldest_first = true;
    }
    request
}

/// All pages; none for an object that no event names.
pub(crate) fn pages(
    rows: &dyn Rows,
    log: &Log,
    mut request: TimelineRequest,
    (until, known): (Timestamp, Timestamp),
) -> Vec<TimelineResponse> {
    let mut pages = Vec::new();
    loop {
        let page = match ask(rows, &request, until, known, log) {
            Err(ReadError::UnknownObject) => return Vec::new(),
            other => other.unwrap(),
        };
        request.page_token.clone_from(&page.next_page_token);
        pages.push(page);
        if request.page_token.is_empty() {
            return pages;
        }
    }
}

/// Holds all pages of an object's timeline against the log; says how many entries there are that were moved to it.
pub(crate) fn check_object(
    rows: &dyn Rows,
    log: &Log,
    (until, known): (Timestamp, Timestamp),
    object: &str,
    filtered: bool,
) -> usize {
    let request = request(object, filtered);
    let found = pages(rows, log, request, (until, known));
    if !log.events.iter().any(|event| event.tags.iter().any(|tag| tag == object)) {
        assert_eq!(found, []);
        return 0;
    }
    let all = of_object(log, object, until, known);
    let happened: Vec<_> = all.iter().filter(|event| !event.retracted).collect();
    let lets_through = |event: &&Believed| {
        let from = time::from_proto(&wire(9)).unwrap();
        !filtered || (log.events[event.index].channel == "phone" && event.occurred_at >= from)
    };
    let mut wanted: Vec<_> = happened.iter().copied().filter(lets_through).collect();
    if !filtered {
        wanted.reverse();
    }
    let parties: Vec<String> = (0..PARTIES).map(party).collect();
    let stands = brute_force::canonical(log, until, known, &parties);
    let customers = happened.iter().map(|event| &log.events[event.index].customer);
    let customers: BTreeSet<&String> =
        customers.filter(|customer| !customer.is_empty()).map(|customer| &stands[customer]).collect();
    for page in &found {
        assert_eq!(page.total, wanted.len() as u64, "{object}");
        assert_eq!(page.left_out_by_filter, (happened.len() - wanted.len()) as u64);
        assert_eq!(page.left_out_by_page, page.total - page.entries.len() as u64);
        assert_eq!(page.retracted, (all.len() - happened.len()) as u64);
        assert_eq!(page.customers.iter().collect::<Vec<_>>(), customers.iter().copied().collect::<Vec<_>>());
        assert_eq!((page.customers_left_out, page.party.is_none()), (0, true));
    }
    let entries: Vec<&TimelineEntry> = found.iter().flat_map(|page| &page.entries).collect();
    assert_eq!(entries.len(), wanted.len());
    for (entry, expected) in entries.iter().zip(&wanted) {
        assert_eq!(entry.position, expected.index as u64 + 1);
        assert_eq!(entry.occurred_at, Some(time::to_proto(expected.occurred_at)));
        assert_eq!(entry.payload.as_ref().unwrap().kind.as_ref(), Some(&expected.kind));
        assert_eq!(entry.recorded_under, log.events[expected.index].customer);
    }
    entries.iter().filter(|entry| !entry.tags.iter().any(|tag| tag == object)).count()
}
