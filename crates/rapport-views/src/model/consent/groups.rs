//! Violations by what they have in common.

use std::cmp::Reverse;

use hashbrown::HashMap;
use rapport_proto::v1::{self, ConsentReason};

use super::{cells::word, judge::Judged};
use crate::{
    model::figures::{Counted, Figures},
    rows::{Symbol, Symbols},
    stats::share,
};

/// What messages are counted by, in the order of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// Violations alone have one.
    Reason(ConsentReason),
    Channel(Symbol),
    Campaign(Symbol),
    Staff(Symbol),
}

/// The words of the keys.
pub(super) const BY: [&str; 4] = ["reason", "channel", "campaign", "staff"];

impl Key {
    const fn by(self) -> &'static str {
        match self {
            Self::Reason(_) => "reason",
            Self::Channel(_) => "channel",
            Self::Campaign(_) => "campaign",
            Self::Staff(_) => "staff",
        }
    }

    fn of(judged: &Judged) -> [Self; 4] {
        let row = &judged.row;
        [
            Self::Reason(judged.reason),
            Self::Channel(row.channel),
            Self::Campaign(row.campaign),
            Self::Staff(row.staff),
        ]
    }

    fn name(self, symbols: &Symbols) -> &str {
        match self {
            Self::Reason(reason) => word(reason),
            Self::Channel(symbol) | Self::Campaign(symbol) | Self::Staff(symbol) => symbols.text(symbol),
        }
    }
}

/// The groups that have violations, and how many others there are.
pub(super) fn groups(
    judged: &[Judged],
    symbols: &Symbols,
    figures: &mut Figures,
) -> (Vec<v1::ConsentGroup>, u64) {
    let mut counted: HashMap<Key, (u64, u64)> = HashMap::new();
    for one in judged {
        for key in Key::of(one) {
            let (messages, violations) = counted.entry(key).or_default();
            *messages += 1;
            *violations += u64::from(one.is_violation());
        }
    }
    find(judged, symbols, figures);
    counted.remove(&Key::Reason(ConsentReason::Granted));
    let all = counted.len();
    let of_all = judged.iter().filter(|one| one.is_violation()).count() as u64;
    let mut groups: Vec<(Key, (u64, u64))> =
        counted.into_iter().filter(|(_, (_, violations))| *violations > 0).collect();
    groups.sort_unstable_by(|(a, (_, one)), (b, (_, other))| {
        let place = |key: &Key| BY.iter().position(|by| *by == key.by());
        let order = place(a).cmp(&place(b)).then(Reverse(one).cmp(&Reverse(other)));
        order.then_with(|| a.name(symbols).cmp(b.name(symbols)))
    });
    let left_out = (all - groups.len()) as u64;
    let group = |(key, (messages, violations)): (Key, (u64, u64))| {
        let (by, name) = (key.by(), key.name(symbols));
        let is_reason = by == "reason";
        v1::ConsentGroup {
            by: by.to_owned(),
            key: name.to_owned(),
            messages: (!is_reason).then(|| Figures::named(&["groups", by, name, "messages"], messages)),
            violations: Some(Figures::named(&["groups", by, name, "violations"], violations)),
            share: share(violations, if is_reason { of_all } else { messages }),
        }
    };
    (groups.into_iter().map(group).collect(), left_out)
}

/// Finds the messages of a group, if its figure is asked for.
fn find(judged: &[Judged], symbols: &Symbols, figures: &mut Figures) {
    let parts = figures.parts();
    let ["groups", by, name, what] = *parts.as_slice() else { return };
    let is_counted = |one: &&Judged| {
        let is_of = Key::of(one).iter().any(|key| key.by() == by && key.name(symbols) == name);
        is_of && (one.is_violation() || what == "messages")
    };
    let found = judged.iter().filter(is_counted).map(|one| Counted::event(one.row.position)).collect();
    figures.found(found);
}
