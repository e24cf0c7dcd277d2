//! One belief about one event as rows of a view.

use rapport_model::{EventId, Timestamp};
use rapport_proto::{event_ref::EventRef, event_type, v1::payload::Kind};
use rapport_views::{
    projection::{
        Believed, answer,
        belief::Version,
        bitemporal::Fact,
        deal::{self, DealFact},
        lead::{lead_step, lead_tag},
        party::{Common, common},
    },
    rows::{AnswerRow, ObjectId, SentRow, Symbol, Symbols},
    timeline::touch::is_two_way,
};
use uuid::Uuid;

use crate::{
    View,
    postgres::{
        tables::{
            ANSWER, COMPETITOR, CONTACT, DEFINITION, ENTRY, LEAD_STEP, PARTY_MERGE, PARTY_UNMERGE, Row, SENT,
            Table,
        },
        value::Value,
        words::{instrument_word, step_word},
    },
    reads::adjusts,
};

/// Whether a row appears or goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Remove,
}

/// One belief about one event.
#[derive(Clone, Copy)]
pub struct Item<'a, 'k> {
    pub event: EventRef<'a>,
    pub occurred_at: Timestamp,
    pub kind: Option<&'k Kind>,
    pub retracted: bool,
    pub known_from: Timestamp,
    pub known_to: Timestamp,
}

impl<'a, 'k> Item<'a, 'k> {
    /// A belief that corrections made.
    pub fn of(event: EventRef<'a>, version: &'k Version) -> Self {
        Self {
            event,
            occurred_at: version.belief.occurred_at,
            kind: version.belief.kind.as_ref(),
            retracted: version.belief.retracted,
            known_from: version.known_from,
            known_to: version.known_to,
        }
    }

    fn position(&self) -> Value<'a> {
        Value::position(self.event.position)
    }

    /// The columns that rows with the key (position, known_from) begin with.
    fn place(&self) -> Vec<Value<'a>> {
        vec![
            self.position(),
            Value::moment(self.known_from),
            Value::moment(self.known_to),
            Value::moment(self.occurred_at),
        ]
    }

    /// The columns that a customer's rows begin with.
    fn place_of_customer(&self) -> Vec<Value<'a>> {
        let mut row = vec![Value::text(self.event.customer)];
        row.extend(self.place());
        row
    }
}

/// Numbers of this batch alone for what the projections number.
pub struct Dictionary {
    pub symbols: Symbols,
    pub parties: Symbols,
    pub deals: Symbols,
}

impl Dictionary {
    fn party(&mut self, name: &str) -> ObjectId {
        ObjectId(self.parties.intern(name).0.into())
    }
}

/// A fact of a deal, and what happens to it.
pub type DealChange = (Symbol, Fact<DealFact>, Op);

/// What a batch does to the tables of a view.
pub struct Changes<'a> {
    view: View,
    pub dictionary: Dictionary,
    pub deals: Vec<DealChange>,
    pub tables: Vec<TableChange<'a>>,
}

/// What a batch does to one table.
pub struct TableChange<'a> {
    pub table: &'static Table,
    pub added: Vec<Row<'a>>,
    pub removed: Vec<Row<'a>>,
}

impl<'a> Changes<'a> {
    /// None yet.
    pub fn new(view: View) -> Self {
        let dictionary =
            Dictionary { symbols: Symbols::new(), parties: Symbols::new(), deals: Symbols::new() };
        Self { view, dictionary, deals: Vec::new(), tables: Vec::new() }
    }

    /// Takes one belief, or takes it back.
    pub fn take(&mut self, item: &Item<'a, '_>, op: Op) {
        // They say something of other events alone.
        if adjusts(event_type::payload_field(item.event.payload)) {
            return;
        }
        if self.view == View::Timeline {
            self.entry(item, op);
        }
        let Some(kind) = item.kind.filter(|_| !item.retracted) else { return };
        let believed = Believed { event: &item.event, occurred_at: item.occurred_at, kind };
        if let Some(common) = common(&believed) {
            self.common(item, &common, op);
        }
        match self.view {
            View::Timeline => {}
            View::Funnel => self.funnel(item, &believed, op),
            View::Satisfaction => self.satisfaction(item, &believed, op),
        }
    }

    fn row(&mut self, table: &'static Table, op: Op, row: Row<'a>) {
        let at = self.tables.iter().position(|change| change.table.name == table.name);
        let change = match at.and_then(|at| self.tables.get_mut(at)) {
            Some(change) => change,
            None => {
                self.tables.push(TableChange { table, added: Vec::new(), removed: Vec::new() });
                let Some(change) = self.tables.last_mut() else { return };
                change
            }
        };
        match op {
            Op::Add => change.added.push(row),
            Op::Remove => change.removed.push(row),
        }
    }

    /// Events of the company itself have none.
    fn entry(&mut self, item: &Item<'a, '_>, op: Op) {
        let event = &item.event;
        if event.customer.is_empty() {
            return;
        }
        let row = vec![
            Value::text(event.customer),
            Value::moment(item.occurred_at),
            item.position(),
            Value::moment(item.known_from),
            Value::moment(item.known_to),
            Value::text(event.r#type),
            Value::text(event.channel),
            Value::text(event.actor_id),
            Value::Bool(item.kind.is_some_and(is_two_way)),
            Value::Bool(item.retracted),
        ];
        self.row(&ENTRY, op, row);
    }

    fn common(&mut self, item: &Item<'a, '_>, common: &Common<'_>, op: Op) {
        let mut row = item.place();
        let table = match *common {
            Common::Merge { survivor, absorbed } => {
                row.extend([Value::owned(survivor), Value::owned(absorbed), id(item.event.id)]);
                &PARTY_MERGE
            }
            Common::Unmerge { merge_event_id } => {
                row.push(id(merge_event_id));
                &PARTY_UNMERGE
            }
            Common::Contact { person, organisation, from, to } => {
                row.extend([Value::owned(person), Value::owned(organisation)]);
                row.extend([Value::moment(from), Value::moment(to)]);
                &CONTACT
            }
            Common::Definition { kind, code, version, effective_from, body } => {
                row.extend([Value::owned(kind), Value::owned(code), Value::Big(version.into())]);
                row.extend([Value::moment(effective_from), Value::owned(body)]);
                &DEFINITION
            }
        };
        self.row(table, op, row);
    }

    fn funnel(&mut self, item: &Item<'a, '_>, believed: &Believed<'_>, op: Op) {
        let customer = self.dictionary.party(item.event.customer);
        if let Some((deal, fact)) = deal::deal_fact(believed, customer, &mut self.dictionary.symbols) {
            let deal = self.dictionary.deals.intern(deal);
            let fact = Fact {
                position: believed.position(),
                occurred_at: item.occurred_at,
                known_from: item.known_from,
                known_to: item.known_to,
                ahead: false,
                fact,
            };
            self.deals.push((deal, fact, op));
        }
        if let Some(step) = lead_step(believed.kind) {
            let mut row = item.place_of_customer();
            row.extend([Value::text(step_word(step)), Value::owned(&lead_tag(believed))]);
            self.row(&LEAD_STEP, op, row);
        }
        let (deals, competitors) = deal::competitors(believed);
        for deal in &deals {
            for competitor in &competitors {
                self.dictionary.symbols.intern(competitor);
                let row = vec![
                    Value::owned(deal),
                    item.position(),
                    Value::owned(competitor),
                    Value::moment(item.known_from),
                    Value::moment(item.known_to),
                    Value::moment(item.occurred_at),
                ];
                self.row(&COMPETITOR, op, row);
            }
        }
    }

    fn satisfaction(&mut self, item: &Item<'a, '_>, believed: &Believed<'_>, op: Op) {
        let customer = self.dictionary.party(item.event.customer);
        if let Some((survey, answer)) = answer::answer(believed, customer, &mut self.dictionary.symbols) {
            let mut row = item.place_of_customer();
            self.answer(&mut row, survey, &answer);
            self.row(&ANSWER, op, row);
        }
        if let Some((survey, sent)) = answer::sent(believed, customer, &mut self.dictionary.symbols) {
            let SentRow { instrument, wave, .. } = sent;
            let mut row = item.place_of_customer();
            row.extend([Value::owned(survey), Value::text(instrument_word(instrument)), self.text(wave)]);
            self.row(&SENT, op, row);
        }
    }

    fn answer(&self, row: &mut Row<'a>, survey: &str, answer: &AnswerRow) {
        row.extend([
            Value::owned(survey),
            Value::text(instrument_word(answer.instrument)),
            self.text(answer.question),
            self.text(answer.wave),
            Value::Float(answer.value),
            Value::Float(answer.scale_min),
            Value::Float(answer.scale_max),
            Value::Bool(answer.high_is_better),
            self.text(answer.product),
            self.text(answer.tier),
            self.text(answer.channel),
            self.text(answer.staff),
            self.text(answer.branch),
            answer.expectation.map_or(Value::Null, |value| Value::Small(value.into())),
            answer.importance.map_or(Value::Null, Value::Float),
        ]);
    }

    fn text(&self, symbol: Symbol) -> Value<'a> {
        Value::owned(self.dictionary.symbols.text(symbol))
    }
}

/// Events are known by their id, in whatever way it was written.
fn id<'a>(text: &str) -> Value<'a> {
    text.parse::<EventId>().map_or(Value::Null, |id| Value::Uuid(Uuid::from_u128(id.as_u128())))
}
