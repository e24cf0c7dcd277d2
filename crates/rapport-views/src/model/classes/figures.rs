//! The figures of classes, and what one of them counts.
//!
//! A figure counts customers or products (each with the events of its lines), or orders.

use std::collections::HashMap;

use rapport_proto::v1;

use super::purchases::Object;
use crate::{
    answers::{AnswerError, FigureHit, ObjectKind, figure},
    rows::{ObjectId, PurchaseLine, PurchaseOp, Symbol},
};

/// Names figures, and collects what the one asked for counts.
#[derive(Debug)]
pub(super) struct Figures {
    wanted: Option<String>,
    found: Option<Found>,
}

#[derive(Debug)]
enum Found {
    Objects(Symbol, HashMap<Object, Vec<u64>>),
    Orders(Symbol, Object, HashMap<ObjectId, Order>),
}

#[derive(Debug, Default)]
struct Order {
    customer: ObjectId,
    positions: Vec<u64>,
    placed: bool,
}

impl Figures {
    pub(super) fn new(wanted: Option<&str>) -> Result<Self, AnswerError> {
        let figures = Self { wanted: wanted.map(str::to_owned), found: None };
        if let Some(wanted) = wanted {
            let parts = figure::parse(wanted)?;
            match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["totals", _, "objects" | "buyers" | "left_out"]
                | ["classes", "abc" | "xyz" | "rfm", _, _]
                | ["rows", _, _, "purchases"] => {}
                _ => return Err(AnswerError::MalformedFigure { figure: wanted.to_owned() }),
            }
        }
        Ok(figures)
    }

    /// Whether the figure asked for is one of a row: its currency, and the row's tag.
    pub(super) fn wanted_row(&self) -> Option<(String, String)> {
        let parts = figure::parse(self.wanted.as_ref()?).ok()?;
        match parts.as_slice() {
            [rows, currency, tag, _] if rows == "rows" => Some((currency.clone(), tag.clone())),
            _ => None,
        }
    }

    /// A figure that counts these.
    pub(super) fn objects(
        &mut self,
        parts: &[&str],
        currency: Symbol,
        of: impl Iterator<Item = Object> + Clone,
    ) -> Option<v1::Figure> {
        let named = named(parts, of.clone().count() as u64);
        if self.is_wanted(&named) {
            self.found = Some(Found::Objects(currency, of.map(|object| (object, Vec::new())).collect()));
        }
        Some(named)
    }

    /// A figure that counts the orders of an object.
    pub(super) fn orders(
        &mut self,
        parts: &[&str],
        currency: Symbol,
        of: Object,
        count: u64,
    ) -> Option<v1::Figure> {
        let named = named(parts, count);
        if self.is_wanted(&named) {
            self.found = Some(Found::Orders(currency, of, HashMap::new()));
        }
        Some(named)
    }

    fn is_wanted(&self, named: &v1::Figure) -> bool {
        named.count > 0 && self.wanted.as_ref() == Some(&named.figure)
    }

    /// Takes a line that counts; its object and its customer have merges resolved.
    pub(super) fn evidence(&mut self, object: Object, customer: ObjectId, line: &PurchaseLine) {
        match &mut self.found {
            Some(Found::Objects(of, objects)) if *of == line.currency => {
                if let Some(positions) = objects.get_mut(&object) {
                    positions.push(line.position.0);
                }
            }
            Some(Found::Orders(of, whose, orders)) if *of == line.currency && *whose == object => {
                let order = orders.entry(line.order).or_default();
                order.customer = customer;
                order.positions.push(line.position.0);
                order.placed |= line.op == PurchaseOp::Placed;
            }
            Some(Found::Objects(..) | Found::Orders(..)) | None => {}
        }
    }

    /// What the wanted figure counts, ordered by positions.
    pub(super) fn finish(self) -> Result<Vec<FigureHit>, AnswerError> {
        let Some(figure) = self.wanted else { return Ok(Vec::new()) };
        let mut hits: Vec<_> = match self.found.ok_or(AnswerError::NoSuchFigure { figure })? {
            Found::Objects(_, objects) => objects.into_iter().map(object_hit).collect(),
            Found::Orders(_, _, orders) => {
                orders.into_iter().filter(|(_, order)| order.placed).map(order_hit).collect()
            }
        };
        for hit in &mut hits {
            hit.positions.sort_unstable();
            hit.positions.dedup();
        }
        hits.sort_unstable_by(|a, b| (&a.positions, a.object).cmp(&(&b.positions, b.object)));
        Ok(hits)
    }
}

fn object_hit((object, positions): (Object, Vec<u64>)) -> FigureHit {
    match object {
        Object::Party(party) => {
            FigureHit { object: party, kind: ObjectKind::Party, customer: party, positions }
        }
        Object::Product(product) => {
            let object = ObjectId(product.0.into());
            FigureHit { object, kind: ObjectKind::Product, customer: ObjectId::NOBODY, positions }
        }
    }
}

fn order_hit((order, of): (ObjectId, Order)) -> FigureHit {
    FigureHit { object: order, kind: ObjectKind::Order, customer: of.customer, positions: of.positions }
}

/// The name of a figure that counts so many.
pub(super) fn named(parts: &[&str], count: u64) -> v1::Figure {
    let figure = if count == 0 { String::new() } else { figure::encode(parts) };
    v1::Figure { count, figure }
}
