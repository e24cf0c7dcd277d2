//! Whether a message may be sent, or might have been.

use std::collections::BTreeSet;

use rapport_model::{Position, Timestamp};
use rapport_proto::v1::ConsentReason;

use super::{
    decided::{AllDecided, Decided},
    held::{Decision, Holding, Use, about},
    hours::Hours,
    params::ConsentParams,
    policy::{Policies, Policy},
    preferences::Preferences,
    sent::{Sent, month_of},
};
use crate::{
    calendar::Window,
    rows::{AddressedRow, ConsentDecision, PreferenceRow, Symbol, Symbols},
};

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// It is not said.
    Any,
    /// This one; `None` where no row has it.
    Is(Option<Symbol>),
}

impl Topic {
    pub(super) fn of(params: &ConsentParams, symbols: &Symbols) -> Self {
        if params.topic.is_empty() { Self::Any } else { Self::Is(symbols.get(&params.topic)) }
    }

    /// Whether a consent that is limited to these topics, or to none, is one about it.
    fn is_of(self, topics: Option<&BTreeSet<Symbol>>) -> bool {
        let Some(topics) = topics else { return true };
        match self {
            Self::Any => !topics.is_empty(),
            Self::Is(topic) => topic.is_some_and(|topic| topics.contains(&topic)),
        }
    }
}

/// What the decisions alone say at a moment.
pub(super) fn ground(decision: Option<&Decision>, at: Timestamp, topic: Topic) -> ConsentReason {
    let Some(decision) = decision else { return ConsentReason::NoDecision };
    match decision.says {
        ConsentDecision::Withdrawn => ConsentReason::Withdrawn,
        ConsentDecision::Objected => ConsentReason::Objected,
        ConsentDecision::Granted if decision.is_expired(at) => ConsentReason::Expired,
        ConsentDecision::Granted if !topic.is_of(decision.topics.as_ref()) => ConsentReason::OtherTopics,
        ConsentDecision::Granted => ConsentReason::Granted,
    }
}

/// All that a message is weighed by.
#[derive(Debug)]
pub(super) struct Weighed<'a> {
    pub(super) at: Timestamp,
    pub(super) channel: &'a str,
    pub(super) topic: Topic,
    pub(super) decision: Option<&'a Decision>,
    pub(super) policy: Option<&'a Policy>,
    pub(super) preference: Option<&'a PreferenceRow>,
    /// Sent in the same month before.
    pub(super) sent: u64,
}

impl Weighed<'_> {
    /// The first reason that holds.
    pub(super) fn reason(&self, params: &ConsentParams, symbols: &Symbols) -> ConsentReason {
        let ground = ground(self.decision, self.at, self.topic);
        if ground != ConsentReason::Granted {
            return ground;
        }
        if self.policy.is_some_and(|policy| !policy.allows(self.channel)) {
            return ConsentReason::NotAChannel;
        }
        let caps = [cap(self.preference), self.policy.and_then(|policy| policy.cap)];
        if caps.into_iter().flatten().any(|cap| self.sent >= cap.into()) {
            return ConsentReason::Capped;
        }
        if is_quiet(self.at, self.preference, self.policy, params, symbols) {
            return ConsentReason::QuietHours;
        }
        ConsentReason::Granted
    }
}

/// The customer's own cap.
pub(super) fn cap(preference: Option<&PreferenceRow>) -> Option<u32> {
    u32::try_from(preference?.frequency_cap?).ok()
}

/// Whether a moment is in the quiet hours of the customer or of the policy.
pub(super) fn is_quiet(
    at: Timestamp,
    preference: Option<&PreferenceRow>,
    policy: Option<&Policy>,
    params: &ConsentParams,
    symbols: &Symbols,
) -> bool {
    let own = preference.and_then(|row| Hours::parse(symbols.text(row.quiet_hours)));
    let hours = [own, policy.and_then(|policy| policy.quiet)];
    hours.into_iter().flatten().any(|hours| hours.contains(at, &params.zone))
}

/// A message of the window, and whether it might be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) row: AddressedRow,
    pub(super) reason: ConsentReason,
    /// The decision that held.
    pub(super) decision: Option<Position>,
}

impl Judged {
    pub(super) fn is_violation(&self) -> bool {
        self.reason != ConsentReason::Granted
    }
}

/// By what messages are judged.
#[derive(Debug)]
pub(super) struct Court<'a> {
    pub(super) params: &'a ConsentParams,
    pub(super) symbols: &'a Symbols,
    pub(super) decided: &'a AllDecided,
    pub(super) preferences: &'a Preferences,
    pub(super) policies: &'a Policies,
}

impl Court<'_> {
    /// Judges the messages of the window, each as of its moment. `used` takes the places of the policies that held then.
    pub(super) fn judge(&self, sent: &Sent, used: &mut BTreeSet<usize>) -> Vec<Judged> {
        let mut judged = Vec::new();
        for of_one in sent.messages.chunk_by(|a, b| a.customer == b.customer) {
            self.judge_one(of_one, used, &mut judged);
        }
        judged
    }

    /// Those of one customer.
    fn judge_one(&self, messages: &[AddressedRow], used: &mut BTreeSet<usize>, judged: &mut Vec<Judged>) {
        let decided = messages.first().and_then(|row| self.decided.get(&row.customer));
        // The same decisions hold for many messages.
        let mut held: Option<(usize, Holding)> = None;
        let mut month = Window { from: Timestamp::MIN, to: Timestamp::MIN };
        let mut sent_in_month = 0;
        for row in messages {
            if !month.contains(row.occurred_at) {
                (month, sent_in_month) = (month_of(row.occurred_at, self.params), 0);
            }
            let sent = sent_in_month;
            sent_in_month += 1;
            let channel = self.symbols.text(row.channel);
            if !(self.params.window.contains(row.occurred_at) && self.params.wants(channel)) {
                continue;
            }
            let place = (row.occurred_at, row.position);
            let holding = decided.map(|decided| self.held_before(decided, place, &mut held));
            let of: Use = (self.params.purpose.clone(), channel.to_owned());
            let decision = holding.and_then(|holding| about(holding, &of));
            let policy = self.policies.at(row.occurred_at);
            used.extend(policy);
            let weighed = Weighed {
                at: row.occurred_at,
                channel,
                // A message does not say its topic.
                topic: Topic::Any,
                decision,
                policy: self.policies.get(policy),
                preference: self.preferences.before(row.customer, place),
                sent,
            };
            let reason = weighed.reason(self.params, self.symbols);
            judged.push(Judged { row: *row, reason, decision: decision.map(|one| one.position) });
        }
    }

    /// What held before a place, made anew where it is not the same as before.
    fn held_before<'h>(
        &self,
        decided: &Decided,
        place: (Timestamp, Position),
        held: &'h mut Option<(usize, Holding)>,
    ) -> &'h Holding {
        let count = decided.before(place);
        if held.as_ref().is_some_and(|(of, _)| *of != count) {
            *held = None;
        }
        let make = || (count, decided.held(count, &self.params.purpose, self.symbols));
        &held.get_or_insert_with(make).1
    }
}
