//! One thing to be done.

use jiff::civil::Date;
use rapport_model::Position;
use rapport_proto::v1::TodayKind;

use super::params::TodayParams;
use crate::{
    model::figures::Counted,
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol},
    table::Dictionary,
};

/// What a thing is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum About {
    /// An agreement, a deal, a contract, an order, a ticket, a handover.
    Named(Dictionary, ObjectId),
    /// A meeting: its event.
    Event(Position),
    /// A customer.
    Party(ObjectId),
}

/// When it is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    Overdue,
    Today,
    Ahead,
    Undated,
}

/// One thing to be done, or what comes next with a customer.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) kind: TodayKind,
    /// Merges resolved; nobody where no event names one.
    pub(super) customer: ObjectId,
    pub(super) about: About,
    pub(super) day: Option<Date>,
    /// Whether a moment of today has passed.
    pub(super) has_passed: bool,
    /// Who recorded it last.
    pub(super) staff: Symbol,
    pub(super) why: Vec<String>,
    /// In minor units, with its currency.
    pub(super) amount: Option<(i128, String)>,
    pub(super) number: Option<u64>,
    /// The order among those without a day: the highest first.
    pub(super) weight: i128,
}

impl Thing {
    /// A thing about which nothing else is known.
    pub(super) const fn new(kind: TodayKind, customer: ObjectId, about: About, day: Option<Date>) -> Self {
        Self {
            kind,
            customer,
            about,
            day,
            has_passed: false,
            staff: Symbol(0),
            why: Vec::new(),
            amount: None,
            number: None,
            weight: 0,
        }
    }

    pub(super) fn when(&self, params: &TodayParams) -> When {
        match self.day {
            None => When::Undated,
            Some(day) if day < params.today || self.has_passed => When::Overdue,
            Some(day) if day == params.today => When::Today,
            Some(_) => When::Ahead,
        }
    }
}

impl When {
    /// As figures name it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Ahead => "ahead",
            Self::Undated => "undated",
        }
    }
}

impl About {
    pub(super) const fn counted(self) -> Counted {
        match self {
            Self::Named(of, object) => Counted::named(of, object),
            Self::Event(position) => Counted::event(position),
            Self::Party(party) => Counted::party(party),
        }
    }

    /// As a tag.
    pub(super) fn tag(self, rows: &dyn Rows) -> Result<String, ReadError> {
        Ok(match self {
            Self::Named(of, object) => format!("{}{}", of.tag_prefix(), rows.name(of, object)?),
            Self::Event(position) => format!("event:{}", position.0),
            Self::Party(party) => party_tag(rows, party)?,
        })
    }
}

/// A party as a tag; empty for nobody.
pub(super) fn party_tag(rows: &dyn Rows, party: ObjectId) -> Result<String, ReadError> {
    if party == ObjectId::NOBODY {
        return Ok(String::new());
    }
    Ok(format!("party:{}", rows.party_name(party)?))
}

/// A kind as figures and pages name it.
pub(super) const fn word(kind: TodayKind) -> &'static str {
    match kind {
        TodayKind::Unspecified => "",
        TodayKind::Promise => "promise",
        TodayKind::Meeting => "meeting",
        TodayKind::Deal => "deal",
        TodayKind::Contract => "contract",
        TodayKind::Delivery => "delivery",
        TodayKind::Ticket => "ticket",
        TodayKind::Handover => "handover",
        TodayKind::Leaving => "leaving",
        TodayKind::Silent => "silent",
    }
}

/// Every kind, in the order of answers.
pub(super) const KINDS: [TodayKind; 9] = [
    TodayKind::Promise,
    TodayKind::Meeting,
    TodayKind::Deal,
    TodayKind::Contract,
    TodayKind::Delivery,
    TodayKind::Ticket,
    TodayKind::Handover,
    TodayKind::Leaving,
    TodayKind::Silent,
];
