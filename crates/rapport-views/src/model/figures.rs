//! The figures of a model whose rows are in declared tables: their names, and what the one that is asked for counts.
//!
//! A model counts things while it makes its answer. Which events make a thing count is read afterwards, and only for the
//! figure that is asked for.

use hashbrown::{HashMap, HashSet};
use rapport_model::Position;
use rapport_proto::v1;

use crate::{
    answers::{AnswerError, AsOf, AskError, FigureHit, ObjectKind, figure},
    read::Rows,
    rows::{Identity, ObjectId, Symbol},
    table::{CUSTOMER, Cell, Dictionary, Field as _, Filter, Table},
};

/// One thing that a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Counted {
    kind: ObjectKind,
    object: ObjectId,
    /// The party, as recorded, whose thing alone it is.
    of: Option<ObjectId>,
}

impl Counted {
    /// A party, merges resolved.
    pub(crate) const fn party(party: ObjectId) -> Self {
        Self { kind: ObjectKind::Party, object: party, of: None }
    }

    /// A product, by its code.
    pub(crate) fn product(code: Symbol) -> Self {
        Self { kind: ObjectKind::Product, object: ObjectId(code.0.into()), of: None }
    }

    /// An event.
    pub(crate) const fn event(position: Position) -> Self {
        Self { kind: ObjectKind::Event, object: ObjectId(position.0), of: None }
    }

    /// An order, an invoice, a ticket, …
    pub(crate) const fn named(of: Dictionary, object: ObjectId) -> Self {
        Self { kind: ObjectKind::Named(of), object, of: None }
    }

    /// What of it is recorded under one party: where several have the same order, each counts for itself.
    pub(crate) const fn of(self, party: ObjectId) -> Self {
        Self { of: Some(party), ..self }
    }
}

impl Counted {
    /// As a figure lists it that names a thing once for each of its lines.
    pub(crate) fn hit(self, customer: ObjectId, position: Position) -> FigureHit {
        FigureHit { object: self.object, kind: self.kind, customer, positions: vec![position.0] }
    }
}

/// Rows whose events make things count.
pub(crate) struct Evidence {
    /// Of which table; it has a column `customer`.
    pub(crate) table: &'static Table,
    /// Which of them.
    pub(crate) filter: Filter,
    /// The column that holds the thing, unless it is the event itself.
    pub(crate) column: &'static str,
    /// Whether the rows of a person are also those of the organisation that the person acts for.
    is_for_organisations: bool,
}

impl Evidence {
    /// Rows of these things alone.
    pub(crate) const fn new(table: &'static Table, filter: Filter, column: &'static str) -> Self {
        Self { table, filter, column, is_for_organisations: false }
    }

    /// Rows of customers; those of a person are also those of the organisation that the person acts for.
    pub(crate) const fn of_customers_and_organisations(table: &'static Table, filter: Filter) -> Self {
        Self { table, filter, column: CUSTOMER, is_for_organisations: true }
    }
}

/// Names figures, and keeps what the one that is asked for counts.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    wanted: Option<String>,
    parts: Vec<String>,
    found: Option<Vec<Counted>>,
    beside: Vec<(Counted, ObjectId, Position)>,
    only: Option<(&'static str, HashSet<ObjectId>)>,
}

impl Figures {
    /// For one question; `is_one` says which names figures of the model have.
    pub(crate) fn new(wanted: Option<&str>, is_one: fn(&[&str]) -> bool) -> Result<Self, AnswerError> {
        let Some(wanted) = wanted else { return Ok(Self::default()) };
        let parts = figure::parse(wanted)?;
        let borrowed: Vec<_> = parts.iter().map(String::as_str).collect();
        if !is_one(&borrowed) {
            return Err(AnswerError::MalformedFigure { figure: wanted.to_owned() });
        }
        Ok(Self { wanted: Some(wanted.to_owned()), parts, found: None, beside: Vec::new(), only: None })
    }

    /// The parts of the name that is asked for; none when no figure is.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).collect()
    }

    /// A figure that counts these, each once.
    pub(crate) fn count(
        &mut self,
        parts: &[&str],
        things: impl Iterator<Item = Counted> + Clone,
    ) -> Option<v1::Figure> {
        let named = Self::named(parts, things.clone().count() as u64);
        if named.count > 0 && self.wanted.as_ref() == Some(&named.figure) {
            self.found = Some(things.collect());
        }
        Some(named)
    }

    /// The figure that is asked for counts these, if they are any: it is of a row that need not be on the page.
    pub(crate) fn found(&mut self, things: Vec<Counted>) {
        self.found = Some(things).filter(|things| !things.is_empty());
    }

    /// Events that make things count, and whose these are, that a model knows without a look at rows, or for what else it
    /// knows: their own rows name another thing or none.
    pub(crate) fn beside(&mut self, events: impl IntoIterator<Item = (Counted, ObjectId, Position)>) {
        self.beside.extend(events);
    }

    /// Of a table that has this column, only rows that hold one of these in it make things count: what no filter can say in
    /// few words.
    pub(crate) fn only(&mut self, column: &'static str, these: HashSet<ObjectId>) {
        self.only = Some((column, these));
    }

    /// The name of a figure that counts so many.
    pub(crate) fn named(parts: &[&str], count: u64) -> v1::Figure {
        let figure = if count == 0 { String::new() } else { figure::encode(parts) };
        v1::Figure { count, figure }
    }

    /// What the figure that is asked for counts, each thing with the events that make it count, ordered by these. `evidence`
    /// says which rows these are, from the parts of the figure's name.
    pub(crate) fn hits(
        self,
        rows: &dyn Rows,
        identity: &Identity,
        as_of: AsOf,
        evidence: impl FnOnce(&[&str]) -> Vec<Evidence>,
    ) -> Result<Vec<FigureHit>, AskError> {
        let parts = self.parts();
        let Some(figure) = self.wanted.clone() else { return Ok(Vec::new()) };
        let evidence = evidence(&parts);
        let found = self.found.ok_or(AnswerError::NoSuchFigure { figure })?;
        let mut hits: HashMap<Counted, FigureHit> = HashMap::with_capacity(found.len());
        for thing in found {
            let customer = if thing.kind == ObjectKind::Party { thing.object } else { ObjectId::NOBODY };
            let (object, kind) = (thing.object, thing.kind);
            hits.insert(thing, FigureHit { object, kind, customer, positions: Vec::new() });
        }
        for one in evidence {
            collect(rows, identity, as_of, (&one, self.only.as_ref()), &mut hits)?;
        }
        for (thing, customer, position) in self.beside {
            if let Some(hit) = hits.get_mut(&thing) {
                hit.customer = customer;
                hit.positions.push(position.0);
            }
        }
        let mut hits: Vec<FigureHit> = hits.into_values().collect();
        for hit in &mut hits {
            hit.positions.sort_unstable();
            hit.positions.dedup();
        }
        hits.sort_unstable_by(|a, b| (&a.positions, a.object).cmp(&(&b.positions, b.object)));
        Ok(hits)
    }
}

/// Gives each thing the events of the rows that are about it.
fn collect(
    rows: &dyn Rows,
    identity: &Identity,
    as_of: AsOf,
    (evidence, only): (&Evidence, Option<&(&'static str, HashSet<ObjectId>)>),
    hits: &mut HashMap<Counted, FigureHit>,
) -> Result<(), AskError> {
    let Evidence { table, filter, column, is_for_organisations } = evidence;
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (thing, customer) = (place(column), place(CUSTOMER));
    let only = only.and_then(|(column, these)| Some((place(column)?, these)));
    let party = |cell: Option<&Cell>| {
        cell.and_then(ObjectId::of).map_or(ObjectId::NOBODY, |party| identity.canonical(party))
    };
    let kinds: Vec<ObjectKind> = {
        let mut kinds: Vec<_> = hits.keys().map(|thing| thing.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    rows.scan(table, filter, as_of, &mut |beginning, cells| {
        let recorded = |place: Option<usize>| place.and_then(|at| cells.get(at)).and_then(ObjectId::of);
        if only.is_some_and(|(place, these)| !recorded(Some(place)).is_some_and(|one| these.contains(&one))) {
            return Ok(());
        }
        let cell = thing.and_then(|at| cells.get(at));
        for kind in &kinds {
            let object = match kind {
                ObjectKind::Party => party(cell),
                ObjectKind::Event => ObjectId(beginning.position.0),
                _ => cell
                    .and_then(Cell::int)
                    .map_or(ObjectId::NOBODY, |number| ObjectId(number.cast_unsigned())),
            };
            let organisation = (*is_for_organisations && *kind == ObjectKind::Party)
                .then(|| identity.organisation(object))
                .flatten();
            let things = [(object, None), (object, recorded(customer))];
            for (object, of) in things.into_iter().chain(organisation.map(|of_it| (of_it, None))) {
                let Some(hit) = hits.get_mut(&Counted { kind: *kind, object, of }) else { continue };
                hit.positions.push(beginning.position.0);
                if !matches!(kind, ObjectKind::Party | ObjectKind::Product) {
                    hit.customer = party(customer.and_then(|at| cells.get(at)));
                }
            }
        }
        Ok(())
    })?;
    Ok(())
}
