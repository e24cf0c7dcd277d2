//! Decides which events of some rows are appended, before anything is sent.
//!
//! Each event is decided by itself. An event that the ledger has is left out. If it changed since, an event that tells
//! the change is appended. If no event can tell the change, it is a reject; the other events of its row are appended.
//!
//! The id of a change is made from the id of its event and the number of the change. So the changes of an event form a
//! chain, and the end of the chain is what the ledger was told last. **Invariant:** the events that an import appends
//! for a row depend only on the row and on these chains. If an import is killed after the first of two changes of a
//! row, the next import finds the first change in the chain and appends only the second.
//!
//! This module does not call the ledger. The caller looks up the ids of [`Settling::ask`] until there are none.

use std::collections::{HashMap, HashSet};

use prost::Message as _;
use rapport_proto::{
    once_left_out, time,
    v1::{self, payload::Kind},
    validate::{self, Limits},
};

use super::{
    believed::Believed,
    change::{Change, Offered, Unsayable, closes, take_back},
    identity::change_id,
    row_events::{Reject, RowEvents},
    stream_event::StreamEvent,
    unsettled::{Unsettled, difference, may_be_of_an_absent_file},
};
use crate::mapping::{Content, Mapping};

/// At most so many changes of an event are asked for in one round.
const CHANGES_AT_ONCE_MAX: u32 = 64;

/// Looks up what the ledger has of some rows.
#[derive(Debug, Default)]
pub struct Settling {
    /// By id.
    ledger: HashMap<String, v1::RecordedEvent>,
    /// Events that the ledger has, each with the number of its changes that were asked for.
    open: Vec<(String, u32)>,
    /// How many changes are asked for at once.
    at_once: u32,
}

/// An event of a row, settled.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// The ledger has it, at this position; 0 for one that an earlier row of the same request tells.
    Known(u64),
    /// To be appended as it is: the row's event at this place.
    New(usize),
    /// To be appended in place of what changed.
    Change(Box<StreamEvent>),
}

/// A row, and what is appended for its events.
#[derive(Debug, Clone, PartialEq)]
pub struct SettledRow {
    /// The row as it was offered.
    pub row: RowEvents,
    /// In the order of the ledger.
    pub events: Vec<Settled>,
    /// Changes that no event can tell.
    pub rejects: Vec<Reject>,
}

/// Which events were told by which row of this import. Costs about 20 to 40 bytes for each event that an earlier
/// import appended and another row could tell again.
#[derive(Debug, Default)]
pub struct Told {
    /// The last position before this import.
    head: u64,
    /// What the server takes.
    limits: Limits,
    /// By the first bytes of the id: the line.
    rows: HashMap<u64, u64>,
}

impl Told {
    /// Begins an import into a ledger that ends at this position and has these limits.
    #[must_use]
    pub fn after(head: u64, limits: Limits) -> Self {
        Self { head, limits, rows: HashMap::new() }
    }
}

impl SettledRow {
    /// A row that was not looked up: all its events count as new.
    #[must_use]
    pub fn unsettled(row: RowEvents) -> Self {
        Self { events: (0..row.events.len()).map(Settled::New).collect(), rejects: Vec::new(), row }
    }

    /// The event to append, where there is one.
    #[must_use]
    pub fn event<'a>(&'a self, settled: &'a Settled) -> Option<&'a StreamEvent> {
        match settled {
            Settled::Known(_) => None,
            Settled::New(place) => self.row.events.get(*place),
            Settled::Change(event) => Some(event),
        }
    }

    /// What is to be appended, in order.
    pub fn new_events(&self) -> impl Iterator<Item = &StreamEvent> {
        self.events.iter().filter_map(|settled| self.event(settled))
    }
}

impl Settling {
    /// Begins to settle these rows; also returns the ids to ask for first.
    #[must_use]
    pub fn new(rows: &[RowEvents]) -> (Self, Vec<String>) {
        let mut asked = HashSet::new();
        let mut ids = Vec::new();
        for event in rows.iter().flat_map(asked_for) {
            let earlier = event.origin.earlier.as_ref().map(|earlier| &earlier.id);
            for id in std::iter::once(&event.event.id).chain(earlier) {
                if asked.insert(id.as_str()) {
                    ids.push(id.clone());
                }
            }
        }
        (Self { at_once: 1, ..Self::default() }, ids)
    }

    /// Takes what the ledger has of the first ids; returns the ids to ask for next.
    pub fn first(&mut self, rows: &[RowEvents], found: Vec<v1::RecordedEvent>) -> Vec<String> {
        self.ledger.extend(found.into_iter().map(|event| (event.id.clone(), event)));
        let mut bases = HashSet::new();
        for event in rows.iter().flat_map(asked_for) {
            if self.head(event).is_some() && bases.insert(event.event.id.as_str()) {
                self.open.push((event.event.id.clone(), 0));
            }
        }
        self.ask()
    }

    /// Takes what the ledger has of the ids that were asked for; returns the ids to ask for next, if any.
    pub fn next(&mut self, found: Vec<v1::RecordedEvent>) -> Vec<String> {
        self.ledger.extend(found.into_iter().map(|event| (event.id.clone(), event)));
        let ledger = &self.ledger;
        self.open.retain(|(id, asked)| ledger.contains_key(&change_id(id, *asked)));
        self.at_once = (self.at_once * 4).min(CHANGES_AT_ONCE_MAX);
        self.ask()
    }

    fn ask(&mut self) -> Vec<String> {
        let mut ids = Vec::with_capacity(self.open.len() * self.at_once as usize);
        for (id, asked) in &mut self.open {
            ids.extend((1..=self.at_once).map(|more| change_id(id, *asked + more)));
            *asked += self.at_once;
        }
        ids
    }

    /// The event that a chain begins with. A state that only an earlier version of Rapport told begins with the event
    /// that has the earlier id.
    fn head<'a>(&'a self, event: &'a StreamEvent) -> Option<&'a v1::RecordedEvent> {
        let earlier = event.origin.earlier.as_ref();
        self.ledger.get(&event.event.id).or_else(|| self.ledger.get(&earlier?.id))
    }

    /// Settles the rows. All ids must have been asked for.
    #[must_use]
    pub fn settle(self, rows: Vec<RowEvents>, mapping: &Mapping, told: &mut Told) -> Vec<SettledRow> {
        let mut settler = Settler { asked: self, mapping: mapping.content(), told, chains: HashMap::new() };
        rows.into_iter().map(|row| settler.row(row)).collect()
    }
}

/// What the ledger was told of an event, these rows included.
struct Chain {
    /// `None`: it has an event that this version cannot read.
    believed: Option<Believed>,
    /// Whether a row has been given its positions.
    given: bool,
    /// Whether an event has the chain's own id. If not, the next change gets it.
    begun: bool,
    /// The line of this import that told the event.
    line: Option<u64>,
}

struct Settler<'a> {
    asked: Settling,
    mapping: &'a Content,
    told: &'a mut Told,
    chains: HashMap<String, Chain>,
}

impl Settler<'_> {
    fn row(&mut self, row: RowEvents) -> SettledRow {
        let is_closed = row.events.iter().any(|event| closes(&event.event.payload));
        let mut settled = SettledRow { events: Vec::new(), rejects: Vec::new(), row };
        let SettledRow { row, events, rejects } = &mut settled;
        for (place, event) in row.events.iter().enumerate() {
            if let Err(unsettled) = self.event((place, event), row, is_closed, events) {
                rejects.push(unsettled.reject(self.mapping, row, event));
            }
        }
        for event in &row.taken_back {
            if let Err(unsettled) = self.taken_back(event, row, events) {
                rejects.push(unsettled.reject(self.mapping, row, event));
            }
        }
        settled
    }

    fn event(
        &mut self,
        (place, event): (usize, &StreamEvent),
        row: &RowEvents,
        is_closed: bool,
        settled: &mut Vec<Settled>,
    ) -> Result<(), Unsettled> {
        let chain = match self.chains.remove(&event.event.id) {
            Some(chain) => chain,
            None => match self.chain(event) {
                Some(chain) => chain,
                None => {
                    self.begin(event, row);
                    settled.push(Settled::New(place));
                    return Ok(());
                }
            },
        };
        let outcome = self.changes(event, row, is_closed, &chain);
        self.append(event, row, chain, outcome, settled)
    }

    /// Retracts what the ledger was told of a state.
    fn taken_back(
        &mut self,
        event: &StreamEvent,
        row: &RowEvents,
        settled: &mut Vec<Settled>,
    ) -> Result<(), Unsettled> {
        let chain = self.chains.remove(&event.event.id).or_else(|| self.chain(event));
        let Some(chain) = chain else { return Ok(()) };
        let outcome = chain.believed.as_ref().map_or(Err(Unsettled::Unreadable), |believed| {
            let changes = take_back(believed);
            if changes.is_empty() {
                Ok(changes)
            } else {
                self.first_to_tell(String::new(), &chain, believed).map(|()| changes)
            }
        });
        if event.origin.is_shared {
            self.told.rows.entry(short(&event.event.id)).or_insert(row.line);
        }
        self.append(event, row, chain, outcome, settled)
    }

    /// Adds to a chain what changed.
    fn append(
        &mut self,
        event: &StreamEvent,
        row: &RowEvents,
        mut chain: Chain,
        mut outcome: Result<Vec<Change>, Unsettled>,
        settled: &mut Vec<Settled>,
    ) -> Result<(), Unsettled> {
        if let Some(believed) = &chain.believed {
            let positions = if chain.given { &[0][..] } else { &believed.positions };
            settled.extend(positions.iter().map(|position| Settled::Known(*position)));
            chain.given = true;
        }
        chain.line.get_or_insert(row.line);
        for change in outcome.as_mut().map(std::mem::take).unwrap_or_default() {
            let next = link(event, &chain, &change);
            if let Err(unsettled) = self.check(&next) {
                outcome = Err(unsettled);
                break;
            }
            chain.advance(&next, event.origin.is_state);
            let (stream, origin) = (event.stream.clone(), event.origin.clone());
            settled.push(Settled::Change(Box::new(StreamEvent { stream, event: next, origin })));
        }
        self.chains.insert(event.event.id.clone(), chain);
        outcome.map(drop)
    }

    /// Refuses what the ledger would refuse: a correction is a little larger than what it corrects.
    fn check(&self, next: &v1::Event) -> Result<(), Unsettled> {
        let (found, limit) = (next.payload.len(), self.told.limits.payload_bytes_max);
        if found > limit {
            let reason = format!("it would have {found} bytes and may have {limit}");
            return Err(Unsettled::Refused { field: "payload".into(), reason });
        }
        validate::check_event(next, "").map_err(|invalid| {
            let fault = invalid.violations.into_iter().next();
            let (field, reason) = fault.map(|fault| (fault.field, fault.description)).unwrap_or_default();
            Unsettled::Refused { field, reason }
        })
    }

    /// What the ledger has of an event.
    fn chain(&mut self, event: &StreamEvent) -> Option<Chain> {
        let head = self.asked.head(event)?;
        let begun = head.id == event.event.id || !event.origin.is_state;
        let mut believed = Believed::begin(head, event.origin.is_state);
        let mut nth = 1;
        while let Some(next) = self.asked.ledger.get(&change_id(&event.event.id, nth)) {
            believed = believed.and_then(|mut believed| believed.change(next).map(|()| believed));
            nth += 1;
        }
        let mut line = None;
        if event.origin.is_shared {
            let short = short(&event.event.id);
            line = self.told.rows.get(&short).copied();
        }
        Some(Chain { believed, given: false, begun, line })
    }

    /// Begins the chain of a new event, with which other rows of this request are compared.
    fn begin(&mut self, event: &StreamEvent, row: &RowEvents) {
        if !event.origin.is_shared {
            return;
        }
        let believed = Believed::begin(&recorded(&event.event), event.origin.is_state);
        let chain = Chain { believed, given: true, begun: true, line: Some(row.line) };
        self.chains.insert(event.event.id.clone(), chain);
    }

    /// Refuses a change of what another row of this import told.
    fn first_to_tell(&self, field: String, chain: &Chain, believed: &Believed) -> Result<(), Unsettled> {
        if let Some(line) = chain.line {
            return Err(Unsettled::AnotherRow { field, line });
        }
        if believed.position() > self.told.head {
            return Err(Unsettled::ToldBefore { field, position: believed.position() });
        }
        Ok(())
    }

    /// Remembers that a row told it, and says what must be appended.
    fn changes(
        &mut self,
        event: &StreamEvent,
        row: &RowEvents,
        is_closed: bool,
        chain: &Chain,
    ) -> Result<Vec<Change>, Unsettled> {
        let Some(believed) = &chain.believed else { return Err(Unsettled::Unreadable) };
        if event.origin.is_shared {
            self.told.rows.entry(short(&event.event.id)).or_insert(row.line);
        }
        // An event of an earlier version is compared with what that version would tell.
        let earlier = event
            .origin
            .earlier
            .as_ref()
            .filter(|earlier| believed.last().is_some_and(|last| last.id == earlier.id));
        let as_told;
        let event = match earlier {
            Some(earlier) => {
                as_told = StreamEvent { event: v1::Event::clone(earlier), ..event.clone() };
                &as_told
            }
            None => event,
        };
        let Some(kind) = once_left_out::kind(&event.event.payload) else { return Err(Unsettled::Unreadable) };
        let at = event.event.occurred_at.as_ref().filter(|_| event.origin.dated);
        let reason = format!("changed in {} of {}", row.table, event.event.source);
        let offered =
            Offered { event, kind: &kind, at: at.and_then(time::from_proto), is_closed, reason: &reason };
        let changes = offered.changes(believed).map_err(|unsayable| match unsayable {
            Unsayable::Customer => Unsettled::Customer { position: believed.position() },
            Unsayable::Type => Unsettled::Type { position: believed.position() },
        })?;
        if changes.is_empty() {
            return Ok(changes);
        }
        let known = believed.last().map_or(&kind, |last| &last.kind);
        let field = difference(known, &kind);
        self.first_to_tell(field, chain, believed)?;
        for (field, says) in changes.iter().flat_map(|change| told_by(change, known, &kind)) {
            if may_be_of_an_absent_file(self.mapping, row, event, &field, (known, says)) {
                return Err(Unsettled::Partial { field, position: believed.position() });
            }
        }
        Ok(changes)
    }
}

fn asked_for(row: &RowEvents) -> impl Iterator<Item = &StreamEvent> {
    row.events.iter().chain(&row.taken_back)
}

impl Chain {
    /// Adds an event that is appended to the end of the chain.
    fn advance(&mut self, next: &v1::Event, is_state: bool) {
        let next = recorded(next);
        if let Some(believed) = &mut self.believed {
            if self.begun {
                // This version made the event, so it can read it.
                let _ = believed.change(&next);
            } else if let Some(begun) = Believed::begin(&next, is_state) {
                *believed = begun;
            }
        }
        self.begun = true;
    }
}

/// The fields that a change is about, each with what the change says in place of what the ledger was told. A cell of
/// `deal.opened` that was emptied is in no change.
fn told_by<'a>(change: &'a Change, known: &Kind, offered: &'a Kind) -> Vec<(String, &'a Kind)> {
    let Change::Of(kind) = change else { return vec![(difference(known, offered), offered)] };
    match &**kind {
        Kind::EventCorrected(corrected) => {
            let replacement = corrected.replacement.as_ref().and_then(|payload| payload.kind.as_ref());
            let says = replacement.unwrap_or(offered);
            vec![(difference(known, says), says)]
        }
        Kind::DealTermsChanged(terms) => [
            ("deal_opened.amount", terms.amount.is_some()),
            ("deal_opened.expected_close", !terms.expected_close.is_empty()),
            ("deal_opened.products", !terms.products.is_empty()),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(field, _)| (field.to_owned(), offered))
        .collect(),
        Kind::DealStageChanged(_) => vec![("deal_opened.stage".to_owned(), offered)],
        _ => vec![(difference(known, offered), offered)],
    }
}

/// The next event of a chain.
fn link(event: &StreamEvent, chain: &Chain, change: &Change) -> v1::Event {
    let id = match &chain.believed {
        Some(believed) if chain.begun => change_id(&event.event.id, believed.changes + 1),
        Some(_) | None => event.event.id.clone(),
    };
    let offered = &event.event;
    match change {
        Change::Again { dated } => {
            v1::Event { id, occurred_at: offered.occurred_at.filter(|_| *dated), ..offered.clone() }
        }
        Change::Of(kind) => v1::Event {
            id,
            customer: offered.customer.clone(),
            source: offered.source.clone(),
            correlation_id: offered.correlation_id.clone(),
            payload: v1::Payload { kind: Some(Kind::clone(kind)) }.encode_to_vec().into(),
            ..v1::Event::default()
        },
    }
}

/// An event as the ledger would have it, at a position that is not known yet.
fn recorded(event: &v1::Event) -> v1::RecordedEvent {
    v1::RecordedEvent {
        id: event.id.clone(),
        r#type: event.r#type.clone(),
        customer: event.customer.clone(),
        occurred_at: event.occurred_at,
        payload: event.payload.clone(),
        ..v1::RecordedEvent::default()
    }
}

/// The first bytes of an id.
pub(super) fn short(id: &str) -> u64 {
    let digits = id.bytes().filter(|digit| *digit != b'-').take(16);
    digits.fold(0, |number, digit| number << 4 | u64::from(char::from(digit).to_digit(16).unwrap_or(0)))
}
