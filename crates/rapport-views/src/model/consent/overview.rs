//! How many customers may be addressed, by channel.

use std::collections::BTreeSet;

use rapport_proto::v1::{self, ConsentReason};

use super::{
    cells::word,
    held::about,
    judge::{Court, Topic, ground},
};
use crate::{
    model::figures::{Counted, Figures},
    rows::ObjectId,
    stats::share,
};

/// Those that every answer has, in its order.
const CHANNELS: [&str; 5] = ["email", "sms", "chat", "post", "phone"];

/// The channels of an answer: the one that is asked for, or the usual ones and then those that decisions and the contact policy
/// name.
pub(super) fn channels(court: &Court<'_>) -> Vec<String> {
    if !court.params.channel.is_empty() {
        return vec![court.params.channel.clone()];
    }
    let named = court.decided.values().flat_map(|one| one.channels());
    let mut others: BTreeSet<&str> = named.map(|channel| court.symbols.text(channel)).collect();
    let policy = court.policies.get(court.policies.at(court.params.until));
    others.extend(policy.iter().flat_map(|policy| &policy.channels).map(String::as_str));
    let others = others.into_iter().filter(|channel| !CHANNELS.contains(channel));
    CHANNELS.into_iter().chain(others).map(str::to_owned).collect()
}

/// What decisions and the contact policy say of each customer at T, by channel.
pub(super) fn overview(
    court: &Court<'_>,
    topic: Topic,
    figures: &mut Figures,
) -> (Option<v1::Figure>, Vec<v1::ConsentChannel>) {
    let decided = court.decided.keys().map(|customer| Counted::party(*customer));
    let n = court.decided.len() as u64;
    let all = figures.count(&["decided"], decided);
    if n == 0 {
        return (all, Vec::new());
    }
    let channels = channels(court);
    let mut by_channel: Vec<Vec<(ObjectId, ConsentReason)>> =
        vec![Vec::with_capacity(court.decided.len()); channels.len()];
    let policy = court.policies.get(court.policies.at(court.params.until));
    for (customer, decided) in court.decided {
        let holding = decided.held(decided.count(), &court.params.purpose, court.symbols);
        for (channel, customers) in channels.iter().zip(&mut by_channel) {
            let decision = about(&holding, &(court.params.purpose.clone(), channel.clone()));
            let reason = match ground(decision, court.params.until, topic) {
                ConsentReason::Granted if policy.is_some_and(|policy| !policy.allows(channel)) => {
                    ConsentReason::NotAChannel
                }
                reason => reason,
            };
            customers.push((*customer, reason));
        }
    }
    let row = |(channel, customers): (String, Vec<(ObjectId, ConsentReason)>)| {
        let mut count = |reason: ConsentReason| {
            let own = customers.iter().filter(|(_, of)| *of == reason);
            figures.count(
                &["overview", &channel, word(reason)],
                own.map(|(customer, _)| Counted::party(*customer)),
            )
        };
        let granted = count(ConsentReason::Granted);
        v1::ConsentChannel {
            share: granted.as_ref().and_then(|figure| share(figure.count, n)),
            granted,
            withdrawn: count(ConsentReason::Withdrawn),
            objected: count(ConsentReason::Objected),
            expired: count(ConsentReason::Expired),
            other_topics: count(ConsentReason::OtherTopics),
            not_a_channel: count(ConsentReason::NotAChannel),
            no_decision: count(ConsentReason::NoDecision),
            channel,
        }
    };
    (all, channels.into_iter().zip(by_channel).map(row).collect())
}
