//! The classes of one customer, which are places among all customers: by the rules of classes, the pyramid, receivables,
//! potential and value.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_proto::v1::{ClassesMeasure, CustomerClasses, CustomerResponse};

use crate::{
    answers::{AskError, Asked, kept::Classed, window::Window},
    model::{
        classes::{self, OfCustomers},
        potential,
        purchases::Source,
        pyramid::{self, Standing},
        receivables::{self, Debt},
        sums::sum,
        value,
    },
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Parties, Symbol, Symbols},
    table::Dictionary,
};

/// Months of the window.
pub(super) const MONTHS: i32 = 12;

/// Puts the classes of a customer into the answer: a row a currency in which it has something, what was taken as a purchase,
/// and the definitions that they rest on. Views have numbers of their own: the customer is known by name.
pub(super) fn put(
    response: &mut CustomerResponse,
    facts: &dyn Rows,
    purchases_from: i32,
    asked: &Asked<'_>,
) -> Result<(), AskError> {
    let name = response.party.as_ref().map_or_else(String::new, |party| party.id.clone());
    let kept = asked.kept.and_then(|kept| kept.classed(purchases_from, asked.as_of));
    if let Some(classed) = kept {
        put_classed(response, &classed, classed.of(&name));
        return Ok(());
    }
    let (classed, rows) = find(facts, (&name, purchases_from), asked)?;
    put_classed(response, &classed, rows);
    if let Some(kept) = asked.kept.filter(|_| !classed.is_empty()) {
        kept.keep(purchases_from, classed);
    }
    Ok(())
}

fn put_classed(response: &mut CustomerResponse, classed: &Classed, rows: Vec<CustomerClasses>) {
    let meta = response.meta.get_or_insert_default();
    meta.definitions.extend(classed.used.iter().cloned());
    meta.definitions_unreadable.extend(classed.unreadable.iter().cloned());
    response.classes = rows;
    response.classes_from = classed.from.into();
    response.classes_as_of = Some(classed.as_of.to_proto());
}

/// The rows of a customer, and those of everybody where they are to be kept and are many.
fn find(
    facts: &dyn Rows,
    (name, purchases_from): (&str, i32),
    asked: &Asked<'_>,
) -> Result<(Classed, Vec<CustomerClasses>), AskError> {
    let source = Source::asked(purchases_from, facts, asked.as_of)?;
    let (symbols, identity) = (facts.symbols()?, facts.identity(asked.as_of)?);
    let everybody = Everybody::read(facts, source, (symbols, &identity), asked)?;
    let mut classed = Classed::new(asked.as_of, source.wire());
    let Everybody { classes, pyramid, white_space, .. } = &everybody;
    classed.used.extend(classes.used.iter().chain(&pyramid.used).chain(&white_space.used).cloned());
    let unreadable = classes.unreadable.iter().chain(&pyramid.unreadable).chain(&white_space.unreadable);
    classed.unreadable.extend(unreadable.cloned());
    let number = facts.number(Dictionary::Party, name)?.map(|number| identity.canonical(number));
    let rows = number.map(|party| everybody.rows(party)).unwrap_or_default();
    if asked.kept.is_some_and(|kept| kept.keeps(everybody.customers())) {
        everybody.put_all(&mut classed, facts)?;
    }
    Ok((classed, rows))
}

/// What everybody bought and owes, with the classes of it.
struct Everybody {
    symbols: Symbols,
    classes: OfCustomers,
    pyramid: pyramid::Everybody,
    /// In each currency in which a customer ever bought.
    standings: HashMap<ObjectId, Vec<Standing>>,
    /// Levels, where the pyramid looks back further or less far than classes do.
    levels: Option<HashMap<(ObjectId, Symbol), &'static str>>,
    /// Of who never bought.
    others: HashMap<ObjectId, &'static str>,
    debts: HashMap<ObjectId, Vec<(Symbol, Debt)>>,
    white_space: potential::WhiteSpace,
    alive: HashMap<(ObjectId, Symbol), f64>,
}

impl Everybody {
    fn read(
        facts: &dyn Rows,
        source: Source,
        (symbols, identity): (Symbols, &Identity),
        asked: &Asked<'_>,
    ) -> Result<Self, AskError> {
        let (as_of, zone) = (asked.as_of, asked.zone);
        let window = Window::of_request(None, None, as_of.occurred_until)?.last_months(MONTHS, zone);
        let names = (&symbols, identity);
        let measures = [ClassesMeasure::Abc, ClassesMeasure::Xyz, ClassesMeasure::Rfm];
        let classes = classes::of_customers(facts, names, (as_of, zone), (source, window), &measures)?;
        let pyramid = pyramid::everybody(facts, names, as_of, source, window)?;
        // The pyramid looks back as far as its definition says.
        let levels = if pyramid.months == MONTHS {
            None
        } else {
            let of = (source, window, pyramid.months);
            Some(pyramid::levels_of_months(facts, names, (as_of, zone), of)?)
        };
        let mut standings: HashMap<ObjectId, Vec<Standing>> = HashMap::new();
        for one in &pyramid.buyers {
            standings.entry(one.party).or_default().push(*one);
        }
        let others = pyramid.others.iter().copied().collect();
        let mut debts: HashMap<ObjectId, Vec<(Symbol, Debt)>> = HashMap::new();
        for ((party, currency), debt) in receivables::of_customers(facts, names, as_of, zone)? {
            debts.entry(party).or_default().push((currency, debt));
        }
        let white_space = potential::of_customers(facts, names, (as_of, zone), source)?;
        let alive = value::of_customers(facts, names, (as_of, zone), source)?;
        Ok(Self { symbols, classes, pyramid, standings, levels, others, debts, white_space, alive })
    }

    fn customers(&self) -> usize {
        self.standings.len() + self.others.len()
    }

    fn rows(&self, party: ObjectId) -> Vec<CustomerClasses> {
        if party == ObjectId::NOBODY {
            return Vec::new();
        }
        let bought = self.standings.get(&party).map(Vec::as_slice).unwrap_or_default();
        let owing = self.debts.get(&party).map(Vec::as_slice).unwrap_or_default();
        let other = self.others.get(&party).copied();
        let both = bought.iter().map(|one| one.currency).chain(owing.iter().map(|(currency, _)| *currency));
        let currencies: BTreeSet<(&str, Symbol)> =
            both.map(|currency| (self.symbols.text(currency), currency)).collect();
        if currencies.is_empty() {
            let row = |level: &str| CustomerClasses { level: level.to_owned(), ..CustomerClasses::default() };
            return other.map(row).into_iter().collect();
        }
        let row = |(code, currency): (&str, Symbol)| {
            let key = (party, currency);
            let of = self.classes.of.get(&key).copied().unwrap_or_default();
            let standing = bought.iter().find(|one| one.currency == currency);
            let level = match &self.levels {
                None => standing.and_then(|one| one.level),
                Some(levels) => levels.get(&key).copied(),
            };
            let level = level.or(if bought.is_empty() { other } else { None });
            let text = |class: Option<&str>| class.unwrap_or_default().to_owned();
            let money = |amount: i128| if code.is_empty() { None } else { sum(amount) };
            let debt =
                owing.iter().find(|(of, _)| *of == currency).map(|(_, debt)| *debt).unwrap_or_default();
            CustomerClasses {
                currency: code.to_owned(),
                abc: text(of.abc),
                xyz: text(of.xyz),
                segment: text(of.segment),
                level: text(level),
                revenue: money(standing.map_or(0, |one| one.revenue)),
                purchases: standing.map_or(0, |one| one.purchases),
                owed: money(debt.owed),
                overdue: money(debt.overdue),
                white_space: self.white_space.of.get(&key).copied().and_then(money),
                alive: self.alive.get(&key).copied(),
            }
        };
        currencies.into_iter().map(row).collect()
    }

    fn put_all(&self, classed: &mut Classed, facts: &dyn Rows) -> Result<(), ReadError> {
        let all = self.standings.keys().chain(self.others.keys()).chain(self.debts.keys());
        let all: Parties = all.copied().collect();
        facts.names(Dictionary::Party, &mut |party, name| {
            if all.contains(party) {
                classed.put(name, &self.rows(party));
            }
        })
    }
}
