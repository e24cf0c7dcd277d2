//! The groups of one question, in their order.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::{
    grouping::{Grouping, Key, Keys},
    subject::Subject,
};
use crate::answers::satisfaction::response::Response;

/// One of them.
#[derive(Debug)]
pub(super) struct Group<'r> {
    pub(super) keys: Keys,
    /// By each grouping.
    pub(super) texts: Vec<String>,
    /// By position.
    pub(super) responses: Vec<&'r Response>,
}

/// By what a grouping orders its groups: those without a name, or the smaller ones, last.
type Rank = (bool, Reverse<u64>, String);

/// Of the responses of a question that count.
pub(super) fn groups<'r>(counted: &[&'r Response], grouping: &Grouping<'_>) -> Vec<Group<'r>> {
    if grouping.by.is_empty() {
        return Vec::new();
    }
    let mut of: HashMap<Keys, Vec<&Response>> = HashMap::new();
    for response in counted {
        for keys in grouping.groups(response) {
            of.entry(keys).or_default().push(response);
        }
    }
    let ranks = [0, 1].map(|place| ranks(place, counted, grouping));
    let rank = |keys: &Keys| {
        let [first, second] = &ranks;
        let [one, other] = keys;
        [first.get(one).cloned(), second.get(other).cloned()]
    };
    let group = |(keys, responses)| Group { texts: grouping.texts(keys), keys, responses };
    let mut all: Vec<([Option<Rank>; 2], Group<'_>)> =
        of.into_iter().map(|(keys, responses)| (rank(&keys), group((keys, responses)))).collect();
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    all.into_iter().map(|(_, group)| group).collect()
}

/// Where the groups of one grouping stand.
fn ranks(place: usize, counted: &[&Response], grouping: &Grouping<'_>) -> HashMap<Key, Rank> {
    let mut sizes: HashMap<Key, u64> = HashMap::new();
    for response in counted {
        for key in grouping.keys(place, response) {
            *sizes.entry(key).or_default() += 1;
        }
    }
    let is_in_order = grouping.by.get(place).is_some_and(super::by::By::is_in_order);
    let rank = |(key, n): (Key, u64)| {
        let text = grouping.text(key);
        let size = if is_in_order { 0 } else { n };
        (key, (is_in_order && text.is_empty(), Reverse(size), text))
    };
    sizes.into_iter().map(rank).collect()
}

/// Those that are in several groups.
pub(super) fn in_several<'r>(counted: &[&'r Response], grouping: &Grouping<'_>) -> Vec<&'r Response> {
    counted.iter().copied().filter(|response| grouping.groups(response).len() > 1).collect()
}

/// The names of the figures of a row begin with these.
pub(super) fn name<'n>(first: &'n str, subject: &'n Subject, texts: &'n [String]) -> Vec<&'n str> {
    let question = [first, subject.instrument.word(), subject.question.as_str()];
    question.into_iter().chain(texts.iter().map(String::as_str)).collect()
}
