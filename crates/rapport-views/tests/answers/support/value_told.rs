//! What the hand-made histories of the tests of values are told.

use rapport_proto::v1::{self, payload::Kind};

use super::company::{Told, money};

/// An order at noon of a day of the year, from 0.
pub(crate) fn order(id: &str, day: i64, customer: u64, minor_units: i64) -> Told {
    let total = money(minor_units, "EUR");
    let placed = v1::OrderPlaced { order_id: id.to_owned(), total, ..Default::default() };
    Told::at(24 * day + 12, customer, Kind::OrderPlaced(placed))
}

/// Numbers that look random, from 0 to 1.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
    }
}

/// Sixty customers who buy and leave as the models suppose, and spend from 5 to 45 euros.
pub(crate) fn sixty() -> Vec<Told> {
    let (mut told, mut drawn) = (Vec::new(), Drawn(7));
    for customer in 9..69_u64 {
        let (gap, leaves) = (7.0 + 90.0 * drawn.next(), 0.6 * drawn.next() * drawn.next());
        let (mut day, spends) = (120.0 * drawn.next(), 500.0 + 4_000.0 * drawn.next());
        for nth in 0.. {
            let amount = (spends * (0.5 + drawn.next())).round() as i64;
            told.push(order(&format!("{customer}-{nth}"), day as i64, customer, amount));
            day -= gap * (1.0 - drawn.next()).ln();
            if day > 364.0 || (nth > 0 && drawn.next() < leaves) {
                break;
            }
        }
    }
    told
}
