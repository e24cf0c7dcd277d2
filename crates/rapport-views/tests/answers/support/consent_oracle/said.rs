//! What holds for a use, looking back from a moment: the last decision about it of the one customer, or where two became one,
//! what the two say together.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{time, v1::payload::Kind};

use super::super::company::Happened;

/// A decision that holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub position: u64,
    at: Timestamp,
    pub word: &'static str,
    pub expires: Option<Timestamp>,
    /// `None` for every topic.
    pub topics: Option<BTreeSet<String>>,
    pub is_of_merge: bool,
    /// It is about the channel, and not about every one.
    is_specific: bool,
}

/// What an event decides about a purpose: the word, the channel, its end and its topics.
type Decides<'a> = (&'static str, &'a str, Option<Timestamp>, Option<BTreeSet<String>>);

pub(crate) fn decides<'a>(kind: &'a Kind, purpose: &str) -> Option<Decides<'a>> {
    match kind {
        Kind::ConsentGranted(one) if one.purpose == purpose => {
            let topics: BTreeSet<String> = one.topics.iter().cloned().collect();
            let expires = one.expires_at.as_ref().and_then(time::from_proto);
            Some(("granted", &one.channel, expires, (!topics.is_empty()).then_some(topics)))
        }
        Kind::ConsentWithdrawn(one) if one.purpose == purpose => {
            Some(("withdrawn", &one.channel, None, None))
        }
        Kind::ConsentObjectionRecorded(one)
            if one.scope == purpose || (purpose, &*one.scope) == ("marketing", "direct_marketing") =>
        {
            Some(("objected", "", None, None))
        }
        _ => None,
    }
}

/// What these ids say together. `steps` are decisions and merges in force, in order.
pub(crate) fn says(
    steps: &[&Happened],
    ids: &BTreeSet<String>,
    (purpose, channel): (&str, &str),
) -> Option<Said> {
    for (at, one) in steps.iter().enumerate().rev() {
        if let Some((word, about, expires, topics)) = decides(&one.kind, purpose)
            && ids.contains(&one.recorded_under)
            && (about.is_empty() || about == channel)
        {
            let (position, is_specific) = (one.position, !about.is_empty());
            return Some(Said {
                position,
                at: one.at,
                word,
                expires,
                topics,
                is_of_merge: false,
                is_specific,
            });
        }
        let Kind::PartyMerged(merged) = &one.kind else { continue };
        if !(ids.contains(&merged.survivor) && ids.contains(&merged.absorbed)) {
            continue;
        }
        let (own, other) = sides(&steps[..at], ids, &merged.survivor);
        if other.is_empty() {
            continue;
        }
        let together = |channel: &str| {
            let both = [&own, &other].map(|side| says(&steps[..at], side, (purpose, channel)));
            let [Some(one), Some(other)] = both else { return both.into_iter().flatten().next() };
            Some(both_say(one, other))
        };
        let (about_it, about_all) = (together(channel)?, together(""));
        // A refusal of every channel is said once.
        let both_decided =
            [&own, &other].iter().all(|side| says(&steps[..at], side, (purpose, channel)).is_some());
        let refuses = |said: &Said| said.word != "granted";
        return Some(match about_all {
            Some(all) if both_decided && refuses(&all) && refuses(&about_it) => all,
            _ => about_it,
        });
    }
    None
}

fn both_say(one: Said, other: Said) -> Said {
    let is_specific = one.is_specific || other.is_specific;
    let mut in_order = [one, other];
    in_order.sort_by_key(|said| (said.at, said.position));
    let [earlier, later] = in_order;
    match (earlier.word, later.word) {
        ("granted", "granted") => {
            let topics = match (&earlier.topics, &later.topics) {
                (Some(one), Some(other)) => Some(one.intersection(other).cloned().collect()),
                (Some(one), None) | (None, Some(one)) => Some(one.clone()),
                (None, None) => None,
            };
            let said = if earlier.is_specific && !later.is_specific { earlier } else { later };
            let is_of_merge = said.is_of_merge || said.topics != topics;
            Said { topics, is_of_merge, is_specific, ..said }
        }
        (_, "granted") => Said { is_of_merge: true, is_specific, ..earlier },
        (_, _) => Said { is_specific, ..later },
    }
}

/// Of these ids, those that were one with a party already, and the others.
fn sides(before: &[&Happened], ids: &BTreeSet<String>, party: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut own = BTreeSet::from([party.to_owned()]);
    loop {
        let size = own.len();
        for one in before {
            if let Kind::PartyMerged(merged) = &one.kind
                && (own.contains(&merged.survivor) || own.contains(&merged.absorbed))
            {
                own.extend([merged.survivor.clone(), merged.absorbed.clone()]);
            }
        }
        if own.len() == size {
            break;
        }
    }
    let other = ids.difference(&own).cloned().collect();
    (ids.intersection(&own).cloned().collect(), other)
}
