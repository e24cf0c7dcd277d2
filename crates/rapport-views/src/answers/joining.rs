//! Which steps before a deal belong together: the funnel and the leads count the same things.
//!
//! * A step that names a customer is that customer's. If it also has a tag, the tag is about that customer from then on; of
//!   several customers, about the one of its first event in the log.
//! * A step that has a tag alone is that of the tag's customer, or of a lead without a customer.
//! * A contact point or an opening that has neither begins a lead of its own. A verdict or a conversion that has neither
//!   belongs to no lead.

use std::{collections::HashMap, hash::Hash};

use rapport_model::Position;

use crate::rows::{LeadStep, ObjectId};

/// Whose steps are counted together; `K` is how tags are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who<K> {
    /// A customer, merges resolved.
    Customer(ObjectId),
    /// A lead of which no event says a customer.
    Tagged(K),
    /// An event that names neither.
    Unknown(Position),
}

/// What a step says of whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Named<K> {
    pub(crate) position: Position,
    pub(crate) step: LeadStep,
    /// The customer that stands for the one that the event names; [`ObjectId::NOBODY`] where it names none.
    pub(crate) customer: ObjectId,
    pub(crate) tag: Option<K>,
}

/// Whose a step is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Whose<K, T> {
    /// It is theirs.
    Of(Who<K>, T),
    /// It is told by [`Joining::rest`], when all steps are known.
    Later,
    /// It belongs to no lead.
    LeftOut(T),
}

/// Takes the steps one by one, in any order. `T` is what is known of a step.
#[derive(Debug)]
pub(crate) struct Joining<K, T> {
    /// The customers that tags are known to be about, each with the first event that says so.
    customer_of_tag: HashMap<K, (Position, ObjectId)>,
    /// Steps that have a tag and no customer.
    tagged: Vec<(K, T)>,
}

impl<K, T> Default for Joining<K, T> {
    fn default() -> Self {
        Self { customer_of_tag: HashMap::new(), tagged: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash, T> Joining<K, T> {
    /// Whose this step is.
    pub(crate) fn whose(&mut self, named: Named<K>, step: T) -> Whose<K, T> {
        let Named { position, step: taken, customer, tag } = named;
        match (customer, tag) {
            (ObjectId::NOBODY, None) => match taken {
                LeadStep::Captured | LeadStep::Opened => Whose::Of(Who::Unknown(position), step),
                LeadStep::Accepted | LeadStep::Rejected | LeadStep::Converted => Whose::LeftOut(step),
            },
            (ObjectId::NOBODY, Some(tag)) => {
                self.tagged.push((tag, step));
                Whose::Later
            }
            (customer, tag) => {
                if let Some(tag) = tag {
                    let first = self.customer_of_tag.entry(tag).or_insert((position, customer));
                    *first = (position, customer).min(*first);
                }
                Whose::Of(Who::Customer(customer), step)
            }
        }
    }

    /// Whose the steps are that have a tag alone.
    pub(crate) fn rest(self) -> impl Iterator<Item = (Who<K>, T)> {
        let Self { customer_of_tag, tagged } = self;
        tagged.into_iter().map(move |(tag, step)| {
            let customer = customer_of_tag.get(&tag).map(|(_, customer)| Who::Customer(*customer));
            (customer.unwrap_or(Who::Tagged(tag)), step)
        })
    }
}
