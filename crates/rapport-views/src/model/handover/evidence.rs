//! The names of figures, and the events behind what somebody owns.

use super::item::Item;
use crate::model::figures::Figures;

const OWNED: [&str; 9] =
    ["items", "deals", "tickets", "agreements", "meetings", "customers", "others", "acknowledged", "open"];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["orphans" | "without_owner" | "dossier", what] | ["staff", _, what] => OWNED.contains(what),
        ["handovers", _, "items" | "open"]
        | ["times", "completed" | "open"]
        | ["contact", "changes" | "contacted" | "waiting" | "passed_on"] => true,
        _ => false,
    }
}

/// The events of the open objects: their own, what assigned them, and what acknowledged them.
pub(super) fn beside<'a>(figures: &mut Figures, items: impl Iterator<Item = &'a Item<'a>>) {
    let is_of_items = figures
        .parts()
        .first()
        .is_some_and(|first| ["orphans", "without_owner", "dossier", "staff"].contains(first));
    if !is_of_items {
        return;
    }
    let events = items.flat_map(|item| {
        let acknowledged = item.acknowledged.map(|(place, _)| place.1);
        let positions = item.object.positions.iter().chain(&item.positions).copied().chain(acknowledged);
        positions.map(|position| (item.object.thing, item.object.customer, position))
    });
    figures.beside(events.collect::<Vec<_>>());
}
