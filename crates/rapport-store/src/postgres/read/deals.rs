//! Deals at (T, K). $1 is T, $2 is K.

use std::collections::HashMap;

use rapport_model::Timestamp;
use rapport_views::{
    answers::AsOf,
    projection::{bitemporal::Fact, deal::DealFact},
    read::{ReadError, Rows as _, TypedRows as _},
    rows::{
        ClosedDealsRow, CompetitorRow, DealFactRow, DealHistory, DealStateRow, DealStatus, FirstReachedRow,
        FunnelSums, ObjectId, OpenDealsRow, Symbol, Symbols,
    },
    table::{Cell, Field, Filter, GroupKey, Measure, NotARow, Row as _},
};

use super::snapshot::{PostgresSnapshot, moment, position};
use crate::{
    postgres::{failure::PostgresError, session::Session, value::Moment},
    read::fold,
};

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
        let mut history = DealHistory::default();
        let mut facts: Vec<Fact<DealFact>> = Vec::new();
        let mut deal = ObjectId::default();
        let mut hand_over = |deal: ObjectId, facts: &mut Vec<Fact<DealFact>>| {
            fold(facts, as_of.bounded().occurred_until, &mut history);
            facts.clear();
            if !history.spans.is_empty() && pipeline.is_none_or(|pipeline| history.pipeline == pipeline) {
                history.deal = deal;
                history.competitors.extend(competitors.remove(&deal).unwrap_or_default());
                take(&mut history);
            }
        };
        // At K, until whenever: the time of a fact follows from the others.
        let whenever = AsOf { occurred_until: Timestamp::MAX, ..as_of };
        self.each(&Filter::all(), whenever, |fact: DealFactRow| {
            if fact.deal != deal {
                hand_over(deal, &mut facts);
                deal = fact.deal;
            }
            facts.push(fact.fact((Timestamp::MIN, Timestamp::MAX)));
        })?;
        hand_over(deal, &mut facts);
        Ok(())
    }

    /// See `Rows::deal_sums`.
    pub(super) fn sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError> {
        let (open, closed) = self.held(as_of)?;
        let until = Moment::both(as_of);
        let reached = self.read(|session| first_reached(session, &mut self.numbered().symbols, until))?;
        Ok(FunnelSums { open, closed, reached })
    }

    /// Open deals by stage and currency, closed ones by what they reached.
    fn held(&self, as_of: AsOf) -> Result<(Vec<OpenDealsRow>, Vec<ClosedDealsRow>), ReadError> {
        let by = ["pipeline", "status", "stage", "currency", "ever_won", "reached"].map(GroupKey::Column);
        let measures = [Measure::Rows, Measure::Sum("amount_minor_units")];
        let (mut open, mut closed) = (Vec::new(), HashMap::new());
        self.group(DealStateRow::TABLE, &Filter::all(), as_of, &by, &measures, &mut |keys, measured| {
            let (mut keys, mut measured) = (keys.iter(), measured.iter().copied());
            let pipeline: Symbol = next(&mut keys, "pipeline")?;
            let status: DealStatus = next(&mut keys, "status")?;
            let (stage, currency) = (next(&mut keys, "stage")?, next(&mut keys, "currency")?);
            let (ever_won, reached): (bool, Box<[Symbol]>) =
                (next(&mut keys, "ever_won")?, next(&mut keys, "reached")?);
            let deals = measured.next().and_then(|deals| u64::try_from(deals).ok()).unwrap_or_default();
            if status == DealStatus::Open {
                let amount_minor_units = measured.next().unwrap_or_default();
                open.push(OpenDealsRow { pipeline, stage, currency, deals, amount_minor_units });
            } else if ever_won || !reached.is_empty() {
                // Deals that reached nothing are in no sum.
                let mut reached = reached.into_vec();
                reached.sort_unstable();
                let reached = (!ever_won).then_some(reached);
                *closed.entry((pipeline, reached, status == DealStatus::Won)).or_default() += deals;
            }
            Ok(())
        })?;
        let closed = closed.into_iter();
        let closed =
            closed.map(|((pipeline, reached, won), deals)| ClosedDealsRow { pipeline, reached, won, deals });
        Ok((open, closed.collect()))
    }
}

/// The next key of a group.
fn next<'c, T: Field>(keys: &mut impl Iterator<Item = &'c Cell>, column: &'static str) -> Result<T, NotARow> {
    let cell = keys.next().unwrap_or(&Cell::Null);
    T::of(cell).ok_or_else(|| NotARow { table: DealStateRow::TABLE.name, column, value: cell.shown() })
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
