//! What the figures count that no list of customers has: purchases, costs and concessions, and the events behind all.

use super::{params::ProfitParams, parts::Part};
use crate::{
    answers::AskError,
    model::{
        figures::{Counted, Evidence, Figures},
        scores::{self, Scores},
    },
    read::{ReadError, Rows, TypedRows as _},
    rows::{ConcessionRow, CostRow, Identity, ObjectId, Symbol, Symbols},
    table::{Dictionary, Field as _, Filter, GroupKey, Row as _, Table},
};

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        [
            "totals",
            _,
            "customers"
            | "profitable"
            | "loss_making"
            | "loss_making_without_purchases"
            | "top_by_revenue"
            | "top_by_profit",
        ]
        | ["quadrants", _, "costly" | "cheap", "content" | "discontent"]
        | ["left_out", _, "purchases" | "costs" | "concessions"]
        | ["rows", _, _, "purchases" | "costs" | "concessions"]
        | ["without_amount", "purchases" | "concessions"] => true,
        ["parts", _, part] => Part::of_key(part).is_some(),
        _ => false,
    }
}

/// Whose events count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Anybodys,
    Customers,
    Nobodys,
    One(ObjectId),
}

/// Events of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Purchases,
    /// These parts.
    Costs,
    Concessions,
}

/// The events that a figure counts.
#[derive(Debug, Clone, Copy)]
struct Events<'a> {
    whose: Whose,
    which: Which,
    /// Of one part only.
    part: Option<Part>,
    currency: &'a str,
}

impl<'a> Events<'a> {
    /// Of a figure's name; `None` when it counts customers, or a customer that is not known.
    fn of(parts: &[&'a str], rows: &dyn Rows) -> Result<Option<Self>, ReadError> {
        let which = |word: &str| match word {
            "purchases" => Which::Purchases,
            "costs" => Which::Costs,
            _ => Which::Concessions,
        };
        Ok(match *parts {
            ["parts", currency, key] => Part::of_key(key).map(|part| {
                let which = if part == Part::Revenue {
                    Which::Purchases
                } else if Part::COSTS.contains(&part) {
                    Which::Costs
                } else {
                    Which::Concessions
                };
                Self { whose: Whose::Customers, which, part: Some(part), currency }
            }),
            ["left_out", currency, word] => {
                Some(Self { whose: Whose::Nobodys, which: which(word), part: None, currency })
            }
            ["without_amount", word] => {
                Some(Self { whose: Whose::Anybodys, which: which(word), part: None, currency: "" })
            }
            ["rows", currency, tag, word] => {
                let name = tag.strip_prefix("party:").unwrap_or_default();
                let party = rows.number(Dictionary::Party, name)?;
                party.map(|party| Self { whose: Whose::One(party), which: which(word), part: None, currency })
            }
            _ => None,
        })
    }

    fn takes(&self, part: Part, customer: ObjectId, identity: &Identity) -> bool {
        let customer = identity.canonical(customer);
        self.part.is_none_or(|wanted| wanted == part)
            && match self.whose {
                Whose::Anybodys => true,
                Whose::Customers => customer != ObjectId::NOBODY,
                Whose::Nobodys => customer == ObjectId::NOBODY,
                Whose::One(party) => customer == party,
            }
    }
}

/// Finds the events that the figure that is asked for counts, if it counts events.
pub(super) fn find(
    figures: &mut Figures,
    rows: &dyn Rows,
    identity: &Identity,
    symbols: &Symbols,
    params: &ProfitParams,
) -> Result<(), AskError> {
    let parts = figures.parts();
    let Some(events) = Events::of(&parts, rows)? else { return Ok(()) };
    let Some(currency) = symbols.get(events.currency) else { return Ok(()) };
    let mut found = Vec::new();
    match events.which {
        Which::Purchases => {
            let purchases = params.source.purchases(params.window).and("currency", vec![currency.cell()]);
            let by = [GroupKey::Column("customer"), GroupKey::Column(params.source.id())];
            rows.group(params.source.table(), &purchases, params.as_of, &by, &[], &mut |keys, _| {
                let [customer, purchase] = keys else { return Ok(()) };
                if events.takes(Part::Revenue, ObjectId::of(customer).unwrap_or_default(), identity) {
                    found.push(params.source.counted(ObjectId::of(purchase).unwrap_or_default()));
                }
                Ok(())
            })?;
        }
        Which::Costs => rows.each::<CostRow>(&of_window(params, currency), params.as_of, |cost| {
            if events.takes(Part::of_cost(cost.kind), cost.customer, identity) {
                found.push(Counted::event(cost.position));
            }
        })?,
        Which::Concessions => {
            rows.each::<ConcessionRow>(&of_window(params, currency), params.as_of, |concession| {
                if events.takes(Part::of_concession(concession.kind), concession.customer, identity) {
                    found.push(Counted::event(concession.position));
                }
            })?;
        }
    }
    found.sort_unstable();
    found.dedup();
    figures.found(found);
    Ok(())
}

fn of_window(params: &ProfitParams, currency: Symbol) -> Filter {
    let window = params.window;
    Filter::all().occurred(window.from, window.to).and("currency", vec![currency.cell()])
}

/// The rows whose events make what a figure counts count.
pub(super) fn of(parts: &[&str], params: &ProfitParams, symbols: &Symbols, scores: &Scores) -> Vec<Evidence> {
    let code = match parts {
        ["without_amount", ..] | [] | [_] => "",
        [_, code, ..] => code,
    };
    let currency = symbols.get(code).unwrap_or_default();
    let purchases = |column| {
        let filter = params.source.lines(params.window).and("currency", vec![currency.cell()]);
        Evidence::new(params.source.table(), filter, column)
    };
    let customers_in = |table: &'static Table| Evidence::new(table, of_window(params, currency), "customer");
    match parts {
        ["totals" | "quadrants", ..] => {
            let instrument = scores.instrument.filter(|_| matches!(parts, ["quadrants", ..]));
            let spent =
                [purchases("customer"), customers_in(CostRow::TABLE), customers_in(ConcessionRow::TABLE)];
            spent.into_iter().chain(instrument.map(scores::evidence)).collect()
        }
        [.., "purchases" | "revenue"] => vec![purchases(params.source.id())],
        // Events are found by their positions, in whichever of the two they are.
        _ => vec![customers_in(CostRow::TABLE), customers_in(ConcessionRow::TABLE)],
    }
}
