//! The warehouse: what is counted, and what suppliers deliver.

use rapport_proto::v1::{
    DeliveryCompleted, DeliveryPromised, Money, PartyKind, PartyRoleAssigned, StockCounted,
    party_role_assigned, payload::Kind,
};

use crate::{
    chapters::party,
    happening::Happening,
    telling::Telling,
    world::{
        calendar::{self, DAY, HOUR},
        product,
    },
};

/// Id, name and country.
const SUPPLIERS: [(&str, &str, &str); 3] = [
    ("SUP-1", "Nordpumpar AB", "SE"),
    ("SUP-2", "Solis Moduļi SIA", "LV"),
    ("SUP-3", "Filtry Podlasie Sp. z o.o.", "PL"),
];
/// Where stock is kept.
const WAREHOUSES: [&str; 2] = ["riga", "kaunas"];
/// What goods cost to buy, in percent of the list price.
const COST_PERCENT: i64 = 58;

/// The suppliers become known.
pub(crate) fn suppliers(story: &mut Telling) {
    let at = story.now;
    for (id, name, country) in SUPPLIERS {
        party::party(story, id, name, PartyKind::Organisation, "en", country, at);
        let role = PartyRoleAssigned {
            role: party_role_assigned::Role::Supplier.into(),
            ..PartyRoleAssigned::default()
        };
        story.tell(Happening::of(id, at, Kind::PartyRoleAssigned(role)).recorded_at(at));
    }
}

/// The month's count of everything, and a delivery of each supplier.
pub(crate) fn month(story: &mut Telling) {
    let at = story.now;
    // A company ten times as large has ten times as much in stock.
    let most = 4 + i64::from(story.plan.customers / 100);
    for product in product::in_stock() {
        for warehouse in WAREHOUSES {
            let quantity = story.rng.i64(most / 3..=most);
            let cents = product.price * quantity * COST_PERCENT / 100;
            let counted = StockCounted {
                product: product.code.to_owned(),
                category: product.category.to_owned(),
                quantity: quantity.to_string(),
                value: Some(Money { minor_units: cents, currency: "EUR".to_owned() }),
                location: warehouse.to_owned(),
            };
            story.tell(Happening::of("", at, Kind::StockCounted(counted)));
        }
    }
    for (supplier, ..) in SUPPLIERS {
        arrives(story, supplier, at + HOUR);
    }
}

/// What was ordered from a supplier arrives, mostly on its day.
fn arrives(story: &mut Telling, supplier: &str, at: i64) {
    let order = format!("PO-{supplier}-{}", calendar::month(at));
    let promised = story.later(at, 8..20);
    let promise = DeliveryPromised {
        order_id: order.clone(),
        requested_date: calendar::date(at + 10 * DAY),
        committed_date: calendar::date(promised),
        is_reschedule: false,
        reason: String::new(),
    };
    story.tell(Happening::of(supplier, at, Kind::DeliveryPromised(promise)));
    let arrived = if story.chance(0.2) { story.later(promised, 1..12) } else { promised };
    let completed = DeliveryCompleted {
        order_id: order,
        date: calendar::date(arrived),
        quantities: Vec::new(),
        installed: false,
        condition: "good".to_owned(),
    };
    story.tell(Happening::of(supplier, arrived, Kind::DeliveryCompleted(completed)));
}
