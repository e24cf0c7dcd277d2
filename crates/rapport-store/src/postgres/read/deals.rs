//! Deals at (T, K). $1 is T, $2 is K.

use std::collections::HashMap;

use postgres::Row;
use rapport_model::Timestamp;
use rapport_views::{
    answers::AsOf,
    projection::{bitemporal::Fact, deal::DealFact},
    read::{ReadError, TypedRows as _},
    rows::{
        ClosedDealsRow, CompetitorRow, DealHistory, FirstReachedRow, FunnelSums, ObjectId, OpenDealsRow,
        Symbol, Symbols,
    },
    table::{Filter, NotARow},
};

use super::snapshot::{PostgresSnapshot, moment, position};
use crate::{
    postgres::{declared::word, failure::PostgresError, numbered::Numbered, session::Session, value::Moment},
    read::fold,
};

/// At K, until whenever: the time of a fact follows from the others.
const FACTS: &str = "
SELECT deal, occurred_at, position, cause, customer, pipeline, stage, amount_minor_units, currency, reason, undated
FROM deal_fact WHERE known_from <= $1 AND known_to > $1
ORDER BY deal, occurred_at, position";

/// Open deals by stage and currency, closed ones by what they reached, in one pass over the table.
const HELD: &str = "
SELECT pipeline, status, CASE WHEN status = 'open' THEN stage END, CASE WHEN status = 'open' THEN currency END,
       CASE WHEN status <> 'open' THEN ever_won END, CASE WHEN status <> 'open' THEN reached END,
       count(*), sum(amount_minor_units)::text
FROM deal_span
WHERE valid_from <= $1 AND valid_to > $1 AND known_from <= $2 AND known_to > $2
GROUP BY 1, 2, 3, 4, 5, 6";

/// Every entry of a deal into a stage. Wherever a deal was before, its past counts where it is; few were elsewhere.
const ENTERED: &str = "
SELECT s.pipeline, CASE WHEN s.in_stage THEN s.stage ELSE '' END AS stage, s.valid_from, s.position
FROM deal_span s
WHERE NOT s.moved AND s.valid_from <= $1 AND s.known_from <= $2 AND s.known_to > $2
UNION ALL
SELECT here.pipeline, CASE WHEN s.in_stage THEN s.stage ELSE '' END AS stage, s.valid_from, s.position
FROM deal_span s JOIN deal_span here USING (deal)
WHERE s.moved AND s.valid_from <= $1 AND s.known_from <= $2 AND s.known_to > $2
  AND here.moved AND here.valid_from <= $1 AND here.valid_to > $1
  AND here.known_from <= $2 AND here.known_to > $2";

impl PostgresSnapshot {
    /// See `Rows::deal_histories`.
    pub(super) fn histories(
        &self,
        as_of: AsOf,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        let mut competitors: HashMap<ObjectId, Vec<CompetitorRow>> = HashMap::new();
        self.each(&Filter::all(), as_of, |named: CompetitorRow| {
            competitors.entry(named.deal).or_default().push(named);
        })?;
        let (t, k) = Moment::both(as_of);
        let mut readable = Ok(());
        self.read(|session| {
            let mut history = DealHistory::default();
            let mut facts: Vec<Fact<DealFact>> = Vec::new();
            let mut deal = String::new();
            let mut hand_over = |deal: &str, facts: &mut Vec<Fact<DealFact>>| {
                fold(facts, t.0, &mut history);
                facts.clear();
                if !history.spans.is_empty() && pipeline.is_none_or(|pipeline| history.pipeline == pipeline) {
                    history.deal = self.numbered().deal(deal);
                    history.competitors.extend(competitors.remove(&history.deal).unwrap_or_default());
                    take(&mut history);
                }
            };
            session.each(FACTS, &[&k], |row| {
                if readable.is_err() {
                    return Ok(());
                }
                let next: &str = row.try_get(0)?;
                if next != deal {
                    hand_over(&deal, &mut facts);
                    next.clone_into(&mut deal);
                }
                match fact(row, &mut self.numbered())? {
                    Ok(fact) => facts.push(fact),
                    Err(not_a_row) => readable = Err(not_a_row),
                }
                Ok(())
            })?;
            hand_over(&deal, &mut facts);
            Ok(())
        })?;
        Ok(readable?)
    }

    /// See `Rows::deal_sums`.
    pub(super) fn sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError> {
        let until = Moment::both(as_of);
        self.read(|session| sums(session, &mut self.numbered(), until))
    }
}

fn sums(
    session: &mut Session,
    numbered: &mut Numbered,
    (t, k): (Moment, Moment),
) -> Result<FunnelSums, PostgresError> {
    let mut sums = FunnelSums::default();
    let symbols = &mut numbered.symbols;
    for row in session.query(HELD, &[&t, &k])? {
        let pipeline = symbols.intern(row.try_get(0)?);
        let (status, stage): (&str, Option<&str>) = (row.try_get(1)?, row.try_get(2)?);
        let deals = row.try_get::<_, i64>(6)?.cast_unsigned();
        if let Some(stage) = stage {
            let (currency, amount): (&str, &str) = (row.try_get(3)?, row.try_get(7)?);
            sums.open.push(OpenDealsRow {
                pipeline,
                stage: symbols.intern(stage),
                currency: symbols.intern(currency),
                deals,
                amount_minor_units: amount.parse().map_err(|_| PostgresError::other("a sum is no number"))?,
            });
            continue;
        }
        let (ever_won, stages): (bool, Vec<&str>) = (row.try_get(4)?, row.try_get(5)?);
        // Deals that reached nothing are in no sum.
        if ever_won || !stages.is_empty() {
            let mut reached: Vec<Symbol> = stages.into_iter().map(|stage| symbols.intern(stage)).collect();
            reached.sort_unstable();
            let reached = (!ever_won).then_some(reached);
            sums.closed.push(ClosedDealsRow { pipeline, reached, won: status == "won", deals });
        }
    }
    sums.reached = first_reached(session, symbols, (t, k))?;
    Ok(sums)
}

/// When each stage was first entered, and by which event. In two passes, because one would have to sort the table.
fn first_reached(
    session: &mut Session,
    symbols: &mut Symbols,
    (t, k): (Moment, Moment),
) -> Result<Vec<FirstReachedRow>, PostgresError> {
    let when = format!("SELECT pipeline, stage, min(valid_from) FROM ({ENTERED}) entered GROUP BY 1, 2");
    let (mut pipelines, mut stages, mut moments) = (Vec::new(), Vec::new(), Vec::new());
    for row in session.query(&when, &[&t, &k])? {
        pipelines.push(row.try_get::<_, String>(0)?);
        stages.push(row.try_get::<_, String>(1)?);
        moments.push(row.try_get::<_, Moment>(2)?);
    }
    let which = format!(
        "SELECT pipeline, stage, valid_from, min(position)
         FROM ({ENTERED}) entered
         JOIN unnest($3::text[], $4::text[], $5::timestamptz[]) first (pipeline, stage, valid_from)
           USING (pipeline, stage, valid_from)
         GROUP BY 1, 2, 3"
    );
    let rows = session.query(&which, &[&t, &k, &pipelines, &stages, &moments])?;
    let first = rows.iter().map(|row| {
        Ok(FirstReachedRow {
            pipeline: symbols.intern(row.try_get(0)?),
            stage: symbols.intern(row.try_get(1)?),
            at: moment(row, 2)?,
            by: position(row, 3)?,
        })
    });
    first.collect()
}

fn fact(row: &Row, numbered: &mut Numbered) -> Result<Result<Fact<DealFact>, NotARow>, PostgresError> {
    let cause = match word(row, 3, "deal_fact", "cause")? {
        Ok(cause) => cause,
        Err(not_a_row) => return Ok(Err(not_a_row)),
    };
    let customer = numbered.party(row.try_get(4)?);
    let symbols = &mut numbered.symbols;
    let amount: Option<i64> = row.try_get(7)?;
    let currency: Option<&str> = row.try_get(8)?;
    let currency = currency.map(|currency| symbols.intern(currency));
    let fact = DealFact {
        cause,
        customer,
        pipeline: symbols.intern(row.try_get(5)?),
        stage: symbols.intern(row.try_get(6)?),
        amount: amount.zip(currency),
        reason: symbols.intern(row.try_get(9)?),
        undated: row.try_get(10)?,
    };
    Ok(Ok(Fact {
        position: position(row, 2)?,
        occurred_at: moment(row, 1)?,
        known_from: Timestamp::MIN,
        known_to: Timestamp::MAX,
        ahead: false,
        fact,
    }))
}
