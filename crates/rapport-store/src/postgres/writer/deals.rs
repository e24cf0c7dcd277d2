//! Facts about deals to their spans. A projector that writes a deal locks its row, in the order of names, so that two
//! projectors that meet on deals wait for each other and cannot deadlock.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rapport_model::{Position, Timestamp, currency_exponent};
use rapport_views::{
    projection::{
        Op,
        bitemporal::{Fact, Row as Span},
        deal::DealFact,
        stage_set::{StageSet, StageSets, TrackedState, tracked_rows},
    },
    rows::{ObjectId, Symbol},
    table::Dictionary,
};

use super::changes::DealChange;
use crate::postgres::{
    declared::word,
    failure::PostgresError,
    numbered::Numbered,
    session::Session,
    tables::{CURRENCY, DEAL_FACT, DEAL_SPAN, Row},
    value::{Moment, Value},
};

type Facts = Vec<Fact<DealFact>>;

/// Writes what has changed in deals.
pub(super) fn write(
    session: &mut Session,
    numbered: &mut Numbered,
    changes: &[DealChange],
) -> Result<(), PostgresError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut by_deal: BTreeMap<String, Vec<&DealChange>> = BTreeMap::new();
    for change in changes {
        by_deal.entry(numbered.name_of(Dictionary::Deal, change.0).to_owned()).or_default().push(change);
    }
    let names: Vec<&str> = by_deal.keys().map(String::as_str).collect();
    let mut stored = hold(session, numbered, &names)?;
    let mut sets = StageSets::default();
    let (mut facts, mut spans) = (Difference::default(), Difference::default());
    for (deal, changes) in &by_deal {
        let old = stored.remove(deal.as_str()).unwrap_or_default();
        let new = changed(old.clone(), changes);
        let fact_row = |fact: &Fact<DealFact>| fact_row(numbered, deal, fact);
        facts.of(&old, &new, |fact| (fact.occurred_at, fact.position, fact.known_from), fact_row);
        let (old, new) = (DealSpan::all(&old, &mut sets), DealSpan::all(&new, &mut sets));
        let span_row = |span: &DealSpan| span_row(numbered, &sets, deal, span);
        spans.of(
            &old,
            &new,
            |DealSpan { span, .. }| (span.valid_from, span.position, span.known_from),
            span_row,
        );
    }
    DEAL_FACT.delete(session, facts.gone)?;
    DEAL_FACT.insert(session, facts.come)?;
    DEAL_SPAN.delete(session, spans.gone)?;
    DEAL_SPAN.insert(session, spans.come)?;
    write_currencies(session, numbered, changes)
}

/// Holds these deals, which come in order; gives the facts of those that were there.
fn hold(
    session: &mut Session,
    numbered: &mut Numbered,
    names: &[&str],
) -> Result<BTreeMap<String, Facts>, PostgresError> {
    let insert = "INSERT INTO deal (deal) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING deal";
    let mut new = HashSet::new();
    for row in session.query(insert, &[&names])? {
        new.insert(row.try_get::<_, String>(0)?);
    }
    let old: Vec<&str> = names.iter().copied().filter(|name| !new.contains(*name)).collect();
    let mut facts: BTreeMap<String, Facts> = BTreeMap::new();
    if old.is_empty() {
        return Ok(facts);
    }
    session.query("SELECT FROM deal WHERE deal = ANY($1) ORDER BY deal FOR UPDATE", &[&old])?;
    let select = "SELECT deal, occurred_at, position, known_from, known_to, cause, customer, pipeline, stage,
                         amount_minor_units, currency, reason, undated
                  FROM deal_fact WHERE deal = ANY($1) ORDER BY deal, occurred_at, position, known_from";
    session.each(select, &[&old], |row| {
        let customer = numbered.party(row.try_get(6)?);
        let symbols = &mut numbered.symbols;
        let currency: Option<&str> = row.try_get(10)?;
        let currency = currency.map(|currency| symbols.intern(currency));
        let amount: Option<i64> = row.try_get(9)?;
        let fact = DealFact {
            cause: word(row, 5, "deal_fact", "cause")?
                .map_err(|error| PostgresError::other(error.to_string()))?,
            customer,
            pipeline: symbols.intern(row.try_get(7)?),
            stage: symbols.intern(row.try_get(8)?),
            amount: amount.zip(currency),
            reason: symbols.intern(row.try_get(11)?),
            undated: row.try_get(12)?,
        };
        let fact = Fact {
            occurred_at: row.try_get::<_, Moment>(1)?.0,
            position: Position(row.try_get::<_, i64>(2)?.cast_unsigned()),
            known_from: row.try_get::<_, Moment>(3)?.0,
            known_to: row.try_get::<_, Moment>(4)?.0,
            ahead: false,
            fact,
        };
        facts.entry(row.try_get(0)?).or_default().push(fact);
        Ok(())
    })?;
    Ok(facts)
}

/// A deal's facts after its changes, in the order of the table.
fn changed(mut facts: Facts, changes: &[&DealChange]) -> Facts {
    let place = |fact: &Fact<DealFact>| (fact.position, fact.known_from);
    let gone: HashSet<(Position, Timestamp)> =
        changes.iter().filter(|change| change.2 == Op::Remove).map(|change| place(&change.1)).collect();
    facts.retain(|fact| !gone.contains(&place(fact)));
    facts.extend(changes.iter().filter(|change| change.2 == Op::Add).map(|change| change.1));
    facts.sort_unstable_by_key(|fact| (fact.occurred_at, fact.position, fact.known_from));
    facts
}

/// A deal from one event to the next.
#[derive(PartialEq)]
struct DealSpan {
    span: Span<TrackedState>,
    /// Whether the deal is in more than one pipeline, in whatever span: then the past of this one counts elsewhere as
    /// time goes on.
    moved: bool,
}

impl DealSpan {
    fn all(facts: &[Fact<DealFact>], sets: &mut StageSets) -> Vec<Self> {
        let spans = tracked_rows(facts, sets);
        let mut pipelines = spans.iter().map(|span| span.state.deal.pipeline);
        let first = pipelines.next();
        let moved = pipelines.any(|next| Some(next) != first);
        spans.into_iter().map(|span| Self { span, moved }).collect()
    }
}

/// Rows to be taken away and to be added.
#[derive(Default)]
struct Difference {
    gone: Vec<Row<'static>>,
    come: Vec<Row<'static>>,
}

impl Difference {
    /// Adds the difference between two lists that are ordered by their keys.
    fn of<T: PartialEq, K: Ord>(
        &mut self,
        old: &[T],
        new: &[T],
        key: impl Fn(&T) -> K,
        row: impl Fn(&T) -> Row<'static>,
    ) {
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some(gone), Some(come)) => key(gone).cmp(&key(come)),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => return,
            };
            let gone = if order.is_le() { old.next() } else { None };
            let come = if order.is_ge() { new.next() } else { None };
            if gone == come {
                continue;
            }
            self.gone.extend(gone.map(&row));
            self.come.extend(come.map(&row));
        }
    }
}

fn fact_row(numbered: &Numbered, deal: &str, fact: &Fact<DealFact>) -> Row<'static> {
    let text = |symbol: Symbol| Value::owned(numbered.symbols.text(symbol));
    let content = &fact.fact;
    vec![
        Value::owned(deal),
        Value::moment(fact.occurred_at),
        Value::position(fact.position.0),
        Value::moment(fact.known_from),
        Value::moment(fact.known_to),
        Value::text(content.cause.word()),
        customer(numbered, content.customer),
        text(content.pipeline),
        text(content.stage),
        content.amount.map_or(Value::Null, |(minor_units, _)| Value::Big(minor_units)),
        content.amount.map_or(Value::Null, |(_, currency)| text(currency)),
        text(content.reason),
        Value::Bool(content.undated),
    ]
}

fn span_row(
    numbered: &Numbered,
    sets: &StageSets,
    deal: &str,
    DealSpan { span, moved }: &DealSpan,
) -> Row<'static> {
    let text = |symbol: Symbol| Value::owned(numbered.symbols.text(symbol));
    let state = &span.state.deal;
    let reached = sets.stages(span.state.reached).iter().map(|stage| numbered.symbols.text(*stage));
    let reached: BTreeSet<String> = reached.map(str::to_owned).collect();
    vec![
        Value::owned(deal),
        Value::moment(span.valid_from),
        Value::position(span.position.0),
        Value::moment(span.known_from),
        Value::moment(span.known_to),
        Value::moment(span.valid_to),
        Value::text(state.status.word()),
        text(state.pipeline),
        text(state.stage),
        Value::Bool(span.state.in_stage),
        Value::Texts(reached.into_iter().collect()),
        Value::Bool(span.state.reached == StageSet::EVERY),
        text(state.currency),
        Value::Big(state.amount_minor_units),
        Value::text(state.cause.word()),
        customer(numbered, state.customer),
        text(state.reason),
        Value::Bool(*moved),
    ]
}

fn customer(numbered: &Numbered, customer: ObjectId) -> Value<'static> {
    Value::owned(numbered.name_of(Dictionary::Party, customer))
}

/// The decimals of the currencies that deals have, for SQL that adds up amounts.
fn write_currencies(
    session: &mut Session,
    numbered: &Numbered,
    changes: &[DealChange],
) -> Result<(), PostgresError> {
    let used: BTreeSet<Symbol> =
        changes.iter().filter_map(|change| change.1.fact.amount).map(|a| a.1).collect();
    let rows = used.into_iter().filter_map(|currency| {
        let code = numbered.symbols.text(currency);
        let exponent = i32::try_from(currency_exponent(code)?).ok()?;
        Some(vec![Value::text(code), Value::Int(exponent)])
    });
    CURRENCY.insert_missing(session, rows.collect())
}
