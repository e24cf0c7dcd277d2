//! A store in memory: the rows that the real projections make of events as believed at one K.

use std::collections::BTreeMap;

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_ref::EventRef,
    v1::{RecordedEvent, payload::Kind},
};
use rapport_views::{
    projection::{
        Item,
        bitemporal::Fact,
        deal::{self, DealFact, DealState},
        settled::settle,
    },
    read::{
        AdjustmentPlace, AsOf, EntryCounts, EntryFilter, EntryPage, EntryPlace, Like, Likely, ReadError,
        Rows, Take, TakeGroup,
    },
    rows::{DealHistory, DealSpan, EntryRow, FunnelSums, ObjectId, Symbol, Symbols},
    table::{
        Beginning, Cell, Dictionary, Field as _, Filter, GroupKey, Measure, Numbers, Out, Row as _, Table,
    },
    timeline::profile,
    view::View,
};

/// An event, as it is believed.
#[derive(Debug, Clone)]
pub(crate) struct Believed {
    pub event: RecordedEvent,
    pub occurred_at: Timestamp,
    pub kind: Kind,
}

/// The rows of a view at one K; T is asked for.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    names: BTreeMap<(Dictionary, String), ObjectId>,
    symbols: Symbols,
    tables: BTreeMap<&'static str, Vec<(Beginning, Vec<Cell>)>>,
    /// What is believed of each deal, in the view of deals.
    deals: BTreeMap<ObjectId, Vec<Fact<DealFact>>>,
}

impl Numbers for Memory {
    /// Numbers descend, so that their order is not that of the names.
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        if name.is_empty() {
            return ObjectId::NOBODY;
        }
        let next = ObjectId(1_000_000 - self.names.len() as u64);
        *self.names.entry((of, name.to_owned())).or_insert(next)
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }
}

impl Memory {
    /// What a view holds after these events, in the order in which they come.
    pub(crate) fn of(view: View, believed: &[Believed]) -> Self {
        let mut memory = Self { symbols: Symbols::new(), ..Self::default() };
        for one in believed {
            let event = EventRef::from(&one.event);
            let item = Item {
                event: &event,
                occurred_at: one.occurred_at,
                kind: Some(&one.kind),
                retracted: false,
                known_from: Timestamp::MIN,
                known_to: Timestamp::MAX,
            };
            if view == View::Funnel
                && let Some((deal, fact)) = deal::fact(&item, &mut memory)
            {
                memory.deals.entry(deal).or_default().push(fact);
            }
            let (mut made, mut cells) = (Vec::new(), Vec::new());
            let mut put = |table: &'static Table, cells: &[Cell]| made.push((table.name, cells.to_vec()));
            view.rows(&item, &mut Out::new(&mut memory, &mut put, &mut cells));
            for (table, cells) in made {
                let beginning = Beginning { position: Position(one.event.position), at: one.occurred_at };
                memory.tables.entry(table).or_default().push((beginning, cells));
            }
        }
        memory
    }

    /// The name behind a number.
    pub(crate) fn name_of(&self, of: Dictionary, number: ObjectId) -> String {
        self.name(of, number).unwrap()
    }

    /// The rows that fulfil a filter.
    fn rows_of(&self, table: &'static Table, filter: &Filter, as_of: AsOf) -> Vec<&(Beginning, Vec<Cell>)> {
        let place = |table: &'static Table, name: &str| {
            table.columns.iter().position(|column| column.name == name).unwrap()
        };
        let all = |table: &'static Table| {
            let rows = self.tables.get(table.name).into_iter().flatten();
            rows.filter(|(beginning, _)| beginning.at <= as_of.occurred_until)
        };
        let holds = |row: &&(Beginning, Vec<Cell>)| {
            row.0.at >= filter.occurred_from()
                && row.0.at < filter.occurred_before()
                && filter.conditions().iter().all(|one| one.any_of.contains(&row.1[place(table, one.column)]))
                && filter.exclusions().iter().all(|one| {
                    let (own, column) = (place(table, one.column), place(one.table, one.column));
                    let which = place(one.table, one.condition.column);
                    !all(one.table).any(|other| {
                        other.1[column] == row.1[own] && one.condition.any_of.contains(&other.1[which])
                    })
                })
        };
        all(table).filter(holds).collect()
    }
}

impl Memory {
    /// The entries of parties, the oldest first; of a filter the types and the beginning.
    fn entries(&self, parties: &[ObjectId], filter: &EntryFilter, as_of: AsOf) -> Vec<EntryPlace> {
        let rows = self.rows_of(EntryRow::TABLE, &Filter::all(), as_of);
        let rows = rows.into_iter().map(|(beginning, cells)| EntryRow::of(beginning, cells).unwrap());
        let wanted = rows.filter(|row| {
            parties.contains(&row.customer)
                && (filter.types.is_empty()
                    || filter.types.iter().any(|one| one == self.symbols.text(row.event_type)))
                && filter.occurred_from.is_none_or(|from| row.occurred_at >= from)
        });
        let mut places: Vec<_> = wanted.map(|row| (row.occurred_at, row.position)).collect();
        places.sort_unstable();
        places
    }
}

fn measured(measure: Measure, table: &Table, rows: &[&(Beginning, Vec<Cell>)]) -> i128 {
    let column = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
    let times = || rows.iter().map(|row| i128::from(row.0.at.as_micros()));
    match measure {
        Measure::Rows => rows.len() as i128,
        Measure::Distinct(name) => {
            let values = rows.iter().map(|row| format!("{:?}", row.1[column(name)]));
            values.filter(|value| value != "Null").collect::<std::collections::BTreeSet<_>>().len() as i128
        }
        Measure::Sum(name) => rows.iter().filter_map(|row| row.1[column(name)].int()).map(i128::from).sum(),
        Measure::First => times().min().unwrap_or(0),
        Measure::Last => times().max().unwrap_or(0),
    }
}

impl Rows for Memory {
    fn position(&self) -> Position {
        Position(0)
    }

    fn recorded_max(&self) -> Timestamp {
        Timestamp::MAX
    }

    fn symbols(&self) -> Result<Symbols, ReadError> {
        Ok(self.symbols.clone())
    }

    fn name(&self, of: Dictionary, number: ObjectId) -> Result<String, ReadError> {
        let mut all = self.names.iter();
        let named = all.find(|((dictionary, _), known)| *dictionary == of && **known == number);
        Ok(named.map_or_else(String::new, |((_, name), _)| name.clone()))
    }

    fn number(&self, of: Dictionary, name: &str) -> Result<Option<ObjectId>, ReadError> {
        Ok(self.names.get(&(of, name.to_owned())).copied())
    }

    fn names(&self, of: Dictionary, take: &mut dyn FnMut(ObjectId, &str)) -> Result<(), ReadError> {
        for ((_, name), number) in self.names.iter().filter(|((dictionary, _), _)| *dictionary == of) {
            take(*number, name);
        }
        Ok(())
    }

    fn scan(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError> {
        for (beginning, cells) in self.rows_of(table, filter, as_of) {
            take(beginning, cells)?;
        }
        Ok(())
    }

    fn pick(
        &self,
        table: &'static Table,
        columns: &[&'static str],
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError> {
        for (beginning, cells) in self.rows_of(table, filter, as_of) {
            let cell = |name: &&str| {
                cells[table.columns.iter().position(|column| column.name == *name).unwrap()].clone()
            };
            take(beginning, &columns.iter().map(cell).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn has_any(&self, table: &'static Table, filter: &Filter, as_of: AsOf) -> Result<bool, ReadError> {
        Ok(!self.rows_of(table, filter, as_of).is_empty())
    }

    fn group(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        by: &[GroupKey<'_>],
        measures: &[Measure],
        take: &mut TakeGroup<'_>,
    ) -> Result<(), ReadError> {
        let key = |row: &(Beginning, Vec<Cell>), key: &GroupKey<'_>| match key {
            GroupKey::Column(name) => {
                row.1[table.columns.iter().position(|column| column.name == *name).unwrap()].clone()
            }
            GroupKey::Since(moments) => moments.iter().rfind(|moment| **moment <= row.0.at).unwrap().cell(),
        };
        let mut groups: BTreeMap<String, (Vec<Cell>, Vec<_>)> = BTreeMap::new();
        if by.is_empty() {
            groups.insert(String::new(), Default::default());
        }
        for row in self.rows_of(table, filter, as_of) {
            let keys: Vec<Cell> = by.iter().map(|one| key(row, one)).collect();
            let name = if by.is_empty() { String::new() } else { format!("{keys:?}") };
            groups.entry(name).or_insert((keys, Vec::new())).1.push(row);
        }
        for (keys, rows) in groups.into_values() {
            let found: Vec<i128> = measures.iter().map(|one| measured(*one, table, &rows)).collect();
            take(&keys, &found)?;
        }
        Ok(())
    }

    fn like(
        &self,
        table: &'static Table,
        column: &'static str,
        likes: &[Like],
        as_of: AsOf,
        most: usize,
    ) -> Result<Likely, ReadError> {
        let place = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
        let text = |row: &(Beginning, Vec<Cell>)| String::of(&row.1[place(column)]).unwrap();
        let all = self.rows_of(table, &Filter::all(), as_of);
        let (first, others) = likes.split_first().unwrap();
        let has =
            |at: Position, like: &Like| all.iter().any(|row| row.0.position == at && like.is(&text(row)));
        let is_like = |row: &&&(Beginning, Vec<Cell>)| {
            first.is(&text(row)) && others.iter().all(|like| has(row.0.position, like))
        };
        let mut found: Vec<_> = all.iter().filter(is_like).collect();
        found.sort_by_key(|row| (text(row), row.0.position));
        let customers: Vec<_> =
            found.iter().take(most).map(|row| ObjectId::of(&row.1[place("customer")]).unwrap()).collect();
        Ok(Likely { are_all: customers.len() < most, customers })
    }

    /// Only of what the filter lets through.
    fn entry_counts(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError> {
        let total = self.entries(parties, filter, as_of).len() as u64;
        Ok(EntryCounts { total, ..EntryCounts::default() })
    }

    fn entry_places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<EntryPlace>, bool), ReadError> {
        let mut places = self.entries(parties, filter, as_of);
        if !page.oldest_first {
            places.reverse();
        }
        let size = page.size as usize;
        let more = places.len() > size;
        places.truncate(size);
        Ok((places, more))
    }

    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<EntryPlace>, ReadError> {
        let types = profile::TYPES.map(str::to_owned).to_vec();
        Ok(self.entries(parties, &EntryFilter { types, ..EntryFilter::default() }, as_of))
    }

    /// Its events are as they are believed.
    fn adjustment_places(&self, _: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError> {
        Ok(Vec::new())
    }

    fn adjusted(&self, _: &[Position]) -> Result<Vec<Position>, ReadError> {
        unreachable!("this store has declared tables alone")
    }

    /// Of every pipeline.
    fn deal_histories(
        &self,
        as_of: AsOf,
        _: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        for (deal, facts) in &self.deals {
            let mut facts = facts.clone();
            facts.sort_by_key(|fact| (fact.occurred_at, fact.position));
            settle(&mut facts);
            let mut history = DealHistory { deal: *deal, ..DealHistory::default() };
            let mut state: Option<DealState> = None;
            for fact in facts.iter().filter(|fact| fact.occurred_at <= as_of.occurred_until) {
                let next = deal::step(state.as_ref(), &fact.fact);
                (history.customer, history.pipeline) = (next.customer, next.pipeline);
                if let Some(last) = history.spans.last_mut() {
                    last.valid_to = fact.occurred_at;
                }
                history.spans.push(DealSpan {
                    seq: u32::try_from(history.spans.len()).unwrap(),
                    position: fact.position,
                    cause: next.cause,
                    stage: next.stage,
                    status: next.status,
                    amount_minor_units: next.amount_minor_units,
                    currency: next.currency,
                    reason: next.reason,
                    valid_from: fact.occurred_at,
                    valid_to: Timestamp::MAX,
                });
                state = Some(next);
            }
            if !history.spans.is_empty() {
                take(&mut history);
            }
        }
        Ok(())
    }

    fn deal_sums(&self, _: AsOf) -> Result<FunnelSums, ReadError> {
        unreachable!("this store has declared tables alone")
    }
}
