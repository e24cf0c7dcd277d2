//! Whether one customer may be addressed at T.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, ConsentReason},
};

use super::{
    decided::Decided,
    held::{Decision, Holding, about},
    judge::{Court, Topic, Weighed, cap, is_quiet},
    overview::channels,
    sent::{Sent, month_of, name_of_month},
};
use crate::{
    calendar::LAST,
    model::figures::{Counted, Figures},
    read::{ReadError, Rows},
    rows::{ConsentDecision, ConsentRow, ObjectId, PreferenceRow, Symbol, Symbols},
};

/// What holds for one customer at T.
#[derive(Debug)]
pub(super) struct Now<'a> {
    court: &'a Court<'a>,
    decided: Option<&'a Decided>,
    holding: Holding,
    preference: Option<&'a PreferenceRow>,
    /// For the purpose in the month of T.
    sent: Vec<Counted>,
}

impl<'a> Now<'a> {
    pub(super) fn of(court: &'a Court<'a>, customer: ObjectId, sent: &Sent) -> Self {
        let decided = court.decided.get(&customer);
        let held = |one: &Decided| one.held(one.count(), &court.params.purpose, court.symbols);
        let month = month_of(court.params.until, court.params);
        let of_month = sent.messages.iter().filter(|row| month.contains(row.occurred_at));
        // Rows are those until T.
        let end = (Timestamp::MAX, rapport_model::Position(u64::MAX));
        Self {
            court,
            decided,
            holding: decided.map(held).unwrap_or_default(),
            preference: court.preferences.before(customer, end),
            sent: of_month.map(|row| Counted::event(row.position)).collect(),
        }
    }

    /// A row a channel.
    pub(super) fn verdicts(
        &self,
        rows: &dyn Rows,
        topic: Topic,
    ) -> Result<Vec<v1::ConsentVerdict>, ReadError> {
        let Court { params, symbols, policies, .. } = self.court;
        let verdict = |channel: String| {
            let decision = about(&self.holding, &(params.purpose.clone(), channel.clone()));
            let weighed = Weighed {
                at: params.until,
                channel: &channel,
                topic,
                decision,
                policy: policies.get(policies.at(params.until)),
                preference: self.preference,
                sent: self.sent.len() as u64,
            };
            let reason = weighed.reason(params, symbols);
            let row = decision.and_then(|decision| self.decided?.row(decision.position));
            let proof = decision.zip(row).map(|(decision, row)| proof(decision, row, rows, symbols));
            let topics = decision.and_then(|decision| decision.topics.as_ref()).into_iter().flatten();
            Ok(v1::ConsentVerdict {
                may_send: reason == ConsentReason::Granted,
                reason: reason.into(),
                proof: proof.transpose()?,
                topics: names(topics.copied(), symbols),
                channel,
            })
        };
        channels(self.court).into_iter().map(verdict).collect()
    }

    /// How often and when.
    pub(super) fn limits(&self, figures: &mut Figures) -> v1::ConsentLimits {
        let Court { params, symbols, policies, .. } = self.court;
        let policy = policies.get(policies.at(params.until));
        let text = |symbol: fn(&PreferenceRow) -> Symbol| {
            self.preference.map_or_else(String::new, |row| symbols.text(symbol(row)).to_owned())
        };
        let topics = self.preference.into_iter().flat_map(|row| row.topics.iter().copied());
        v1::ConsentLimits {
            month: name_of_month(params.until, params),
            sent: figures.count(&["month"], self.sent.iter().copied()),
            preference_cap: cap(self.preference),
            policy_cap: policy.and_then(|policy| policy.cap),
            preference_quiet: text(|row| row.quiet_hours),
            policy_quiet: policy.map_or_else(String::new, |policy| policy.quiet_text.clone()),
            is_quiet: is_quiet(params.until, self.preference, policy, params, symbols),
            preference_position: self.preference.map_or(0, |row| row.position.0),
            preferred_channel: text(|row| row.preferred_channel),
            topics: names(topics, symbols),
        }
    }
}

/// A decision as it was recorded.
fn proof(
    decision: &Decision,
    row: &ConsentRow,
    rows: &dyn Rows,
    symbols: &Symbols,
) -> Result<v1::ConsentProof, ReadError> {
    let text = |symbol| symbols.text(symbol).to_owned();
    let expires = decision.expires.filter(|_| row.decision == ConsentDecision::Granted);
    Ok(v1::ConsentProof {
        position: row.position.0,
        decision: row.decision.word().to_owned(),
        occurred_at: Some(time::to_proto(row.occurred_at)),
        purpose: text(row.purpose),
        channel: text(row.channel),
        recorded_under: format!("party:{}", rows.party_name(row.customer)?),
        staff: text(row.staff),
        method: text(row.method),
        text_version: text(row.text_version),
        text_hash: text(row.text_hash),
        expires: expires.map(|end| time::to_proto(end.min(LAST))),
        topics: names(row.topics.iter().copied(), symbols),
        is_of_merge: decision.is_of_merge,
    })
}

/// In the order of their names.
fn names(topics: impl Iterator<Item = Symbol>, symbols: &Symbols) -> Vec<String> {
    let mut names: Vec<String> = topics.map(|topic| symbols.text(topic).to_owned()).collect();
    names.sort_unstable();
    names
}
