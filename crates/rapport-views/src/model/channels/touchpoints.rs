//! Touchpoints: contacts, reactions to campaigns and leads that opened, of the customers who have a conversion.

use hashbrown::{HashMap, HashSet};
use rapport_model::{Position, Timestamp};

use super::params::{ChannelsParams, Place};
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{
        AddressedRow, Identity, LeadStep, LeadToldRow, ObjectId, Reaction, ReactionRow, Symbol, Symbols,
        TouchKind, TouchRow,
    },
    table::{Field as _, Filter},
};

/// To what credit goes: a channel or a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// As events say it.
    Said(Symbol),
    /// What stands for a channel that an event does not say, where no event says this word.
    Word(&'static str),
}

/// One touchpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Touch {
    pub(super) place: Place,
    pub(super) key: Key,
}

/// The touchpoints of customers.
#[derive(Debug, Default)]
pub(super) struct Touchpoints {
    /// Of each customer in their order.
    of: HashMap<ObjectId, Vec<Touch>>,
    /// Events of touchpoints that name no customer.
    pub(super) of_nobody: Vec<Position>,
}

impl Key {
    /// As answers write it.
    pub(super) fn text(self, symbols: &Symbols) -> &str {
        match self {
            Self::Said(symbol) => symbols.text(symbol),
            Self::Word(word) => word,
        }
    }

    /// The channel of an event, or where it says none a word that stands for it.
    fn channel(said: Symbol, word: &'static str, symbols: &Symbols) -> Self {
        if said != Symbol::default() {
            return Self::Said(said);
        }
        symbols.get(word).map_or(Self::Word(word), Self::Said)
    }
}

impl Touchpoints {
    /// Those in the look-back of the period; kept of these customers alone. What a person does is also the organisation's
    /// that the person acts for.
    pub(super) fn read(
        rows: &dyn Rows,
        (symbols, identity): (&Symbols, &Identity),
        params: &ChannelsParams,
        customers: &HashSet<ObjectId>,
    ) -> Result<Self, ReadError> {
        let mut found = Self::default();
        let mut take = |customer: ObjectId, at: Timestamp, position: Position, key: Key| {
            let own = identity.canonical(customer);
            if own == ObjectId::NOBODY {
                found.of_nobody.push(position);
                return;
            }
            for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
                if customers.contains(&party) {
                    found.of.entry(party).or_default().push(Touch { place: (at, position), key });
                }
            }
        };
        let all = Filter::all().occurred(params.lookback_of(params.window.from), params.window.to);
        let campaign = |said: Symbol| (said != Symbol::default()).then_some(Key::Said(said));
        if params.by_campaign {
            rows.in_any_order(&all, params.as_of, |row: AddressedRow| {
                let key = campaign(row.campaign);
                key.into_iter().for_each(|key| take(row.customer, row.occurred_at, row.position, key));
            })?;
        } else {
            rows.in_any_order(&all, params.as_of, |row: TouchRow| {
                // A call that reached nobody and a meeting that did not take place are no touchpoints.
                if row.two_way || matches!(row.kind, TouchKind::Message | TouchKind::Visit) {
                    let key = Key::channel(row.channel, row.kind.word(), symbols);
                    take(row.customer, row.occurred_at, row.position, key);
                }
            })?;
        }
        let reacted = [Reaction::Opened, Reaction::Clicked, Reaction::Replied, Reaction::Visited];
        let reactions = all.clone().and("reaction", reacted.map(|one| one.cell()).to_vec());
        rows.in_any_order(&reactions, params.as_of, |row: ReactionRow| {
            let channel = || Some(Key::channel(row.channel, "campaign", symbols));
            let key = if params.by_campaign { campaign(row.campaign) } else { channel() };
            key.into_iter().for_each(|key| take(row.customer, row.occurred_at, row.position, key));
        })?;
        let opened = all.and("step", vec![LeadStep::Opened.cell()]);
        rows.in_any_order(&opened, params.as_of, |row: LeadToldRow| {
            let channel = || Some(Key::channel(row.origin, "lead", symbols));
            let key = if params.by_campaign { campaign(row.campaign) } else { channel() };
            key.into_iter().for_each(|key| take(row.customer, row.occurred_at, row.position, key));
        })?;
        found.of.values_mut().for_each(|touches| touches.sort_unstable_by_key(|touch| touch.place));
        Ok(found)
    }

    /// Those of a customer from one moment on, after one event if one is given, and before another.
    pub(super) fn path(
        &self,
        customer: ObjectId,
        from: Timestamp,
        after: Option<Place>,
        to: Place,
    ) -> &[Touch] {
        let Some(all) = self.of.get(&customer) else { return &[] };
        let is_before =
            |touch: &Touch| touch.place.0 < from || after.is_some_and(|after| touch.place <= after);
        let (begin, end) = (all.partition_point(is_before), all.partition_point(|touch| touch.place < to));
        all.get(begin..end).unwrap_or(&[])
    }
}
