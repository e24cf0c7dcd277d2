//! How many files there are, by result and by media type, and what came after them.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_proto::v1;

use super::artifacts::Artifact;
use crate::{
    model::figures::{Counted, Figures},
    rows::{ObjectId, Symbol, Symbols},
    stats::{mean::mean, share, wilson::percentage},
};

/// Groups of each kind at most: they are not paged, so that the pages have the files alone.
const GROUPS_MAX: usize = 200;

/// What files have in common.
type Part = (&'static str, fn(&Artifact) -> Symbol);

const PARTS: [Part; 2] = [("outcome", |one| one.row.outcome), ("media_type", |one| one.row.media_type)];

/// What figures of files count.
const WHATS: [&str; 4] = ["artifacts", "with_response", "with_order", "without_customer"];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["total", what] | ["outcome" | "media_type", _, what] => WHATS.contains(what),
        _ => false,
    }
}

/// Those of an answer, and how many more there are.
pub(super) fn groups(
    all: &[Artifact],
    symbols: &Symbols,
    figures: &mut Figures,
) -> (Vec<v1::GalleryGroup>, u64) {
    let (mut shown, mut left_out) = (Vec::new(), 0);
    for (by, key) in PARTS {
        let mut found: BTreeMap<&str, Vec<&Artifact>> = BTreeMap::new();
        for one in all {
            found.entry(symbols.text(key(one))).or_default().push(one);
        }
        let mut found: Vec<_> = found.into_iter().collect();
        // What is equal stays ordered by its key.
        found.sort_by_key(|(_, own)| Reverse(own.len()));
        left_out += found.len().saturating_sub(GROUPS_MAX) as u64;
        let groups: Vec<v1::GalleryGroup> = found
            .into_iter()
            .map(|(key, own)| v1::GalleryGroup {
                by: by.to_owned(),
                key: key.to_owned(),
                of: Some(measures(&own, &[by, key], figures)),
            })
            .collect();
        shown.extend(groups.into_iter().take(GROUPS_MAX));
    }
    (shown, left_out)
}

/// Of some files, the latest first. `name` begins the names of their figures.
pub(super) fn measures(of: &[&Artifact], name: &[&str], figures: &mut Figures) -> v1::GalleryMeasures {
    let thing = |one: &&Artifact| Counted::event(one.row.position);
    let mut count = |what, all: &[&Artifact]| {
        figures.count(&[name, &[what]].concat(), all.iter().map(thing).collect::<Vec<_>>().into_iter())
    };
    let having = |has: &dyn Fn(&Artifact) -> bool| -> Vec<&Artifact> {
        of.iter().copied().filter(|one| has(one)).collect()
    };
    let (said, bought) = (having(&|one| one.response.is_some()), having(&|one| one.order.is_some()));
    let nobody = having(&|one| one.customer == ObjectId::NOBODY);
    let mut values: Vec<f64> = said.iter().filter_map(|one| one.response.map(|next| next.what)).collect();
    // A sum of floating-point numbers depends on its order.
    values.sort_unstable_by(f64::total_cmp);
    let mean = mean(&values);
    let ends = mean.and_then(|mean| mean.estimate.interval);
    let ordered = percentage(bought.len() as u64, of.len() as u64).and_then(|share| share.interval);
    v1::GalleryMeasures {
        artifacts: count("artifacts", of),
        with_response: count("with_response", &said),
        mean: mean.map(|mean| mean.estimate.value),
        mean_low: ends.map(|(low, _)| low),
        mean_high: ends.map(|(_, high)| high),
        median_days_to_response: median(said.iter().filter_map(|one| one.response.map(|next| next.days))),
        with_order: count("with_order", &bought),
        order_share: share(bought.len() as u64, of.len() as u64),
        order_low: ordered.map(|(low, _)| low / 100.0),
        order_high: ordered.map(|(_, high)| high / 100.0),
        median_days_to_order: median(bought.iter().filter_map(|one| one.order.map(|next| next.days))),
        without_customer: count("without_customer", &nobody),
    }
}

fn median(days: impl Iterator<Item = u32>) -> Option<f64> {
    let mut days: Vec<u32> = days.collect();
    days.sort_unstable();
    let upper = days.get(days.len() / 2)?;
    let lower = days.get((days.len() - 1) / 2)?;
    Some(f64::midpoint(f64::from(*lower), f64::from(*upper)))
}
