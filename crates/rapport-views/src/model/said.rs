//! What customers said after something that went well, and after the same that did not: for models that compare the two.

use hashbrown::HashMap;
use jiff::{civil::Date, tz::TimeZone};
use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::figures::{Counted, Figures};
use crate::{
    answers::AsOf,
    calendar::day,
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, Instrument, ObjectId, ScoreRow},
    stats::mean::{difference, plain_mean},
    table::{Field as _, Filter},
};

/// What a customer said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Response {
    pub(crate) at: Timestamp,
    /// In the ledger's zone.
    pub(crate) day: Date,
    event: Position,
    value: f64,
}

/// The responses to one instrument: of each customer in their order.
#[derive(Debug, Default)]
pub(crate) struct Responses {
    instrument: Option<Instrument>,
    of: HashMap<ObjectId, Vec<Response>>,
}

impl Responses {
    /// Reads the responses to the first of these instruments that has any. A response of a person also counts for the
    /// organisation for which the person acts.
    pub(crate) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        (as_of, zone): (AsOf, &TimeZone),
        instruments: &[Instrument],
    ) -> Result<Self, ReadError> {
        for instrument in instruments {
            let mut of: HashMap<ObjectId, Vec<Response>> = HashMap::new();
            let filter = Filter::all().and("instrument", vec![instrument.cell()]);
            rows.in_any_order::<ScoreRow>(&filter, as_of, |row| {
                let own = identity.canonical(row.customer);
                if own == ObjectId::NOBODY {
                    return;
                }
                let at = row.occurred_at;
                let said = Response { at, day: day(at, zone), event: row.position, value: row.value };
                for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
                    of.entry(party).or_default().push(said);
                }
            })?;
            if !of.is_empty() {
                of.values_mut().for_each(|said| said.sort_unstable_by_key(|one| (one.at, one.event)));
                return Ok(Self { instrument: Some(*instrument), of });
            }
        }
        Ok(Self::default())
    }

    /// The latest response of a customer that may be about something.
    pub(crate) fn latest(
        &self,
        customer: ObjectId,
        may_be_about: impl Fn(&Response) -> bool,
    ) -> Option<Response> {
        self.of.get(&customer)?.iter().rev().find(|one| may_be_about(one)).copied()
    }
}

/// The response that came after a thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct After {
    pub(crate) thing: Counted,
    pub(crate) customer: ObjectId,
    pub(crate) response: Response,
}

/// What was said after things that went one way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Side {
    pub(crate) things: Option<v1::Figure>,
    /// Absent of nothing.
    pub(crate) mean: Option<f64>,
}

/// What was said after things that went one way, and after those that went the other way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compared {
    /// Empty where nobody responded.
    pub(crate) instrument: String,
    pub(crate) one: Side,
    pub(crate) other: Side,
    /// The mean of the one less that of the other; absent where one of them has fewer than two responses.
    pub(crate) difference: Option<f64>,
    /// The ends of its 95 % interval (Welch 1947).
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

/// Compares two sides, each with its word: their figures are `satisfaction/WORD`.
pub(crate) fn compared(
    responses: &Responses,
    [one, other]: [(&str, &[After]); 2],
    figures: &mut Figures,
) -> Compared {
    // A response is evidence for the figures of satisfaction alone.
    if figures.parts().first() == Some(&"satisfaction") {
        let all = one.1.iter().chain(other.1);
        figures.beside(all.map(|after| (after.thing, after.customer, after.response.event)));
    }
    let [of_one, of_other] = [one.1, other.1].map(values);
    let difference = difference(&of_one, &of_other);
    let (low, high) = difference.and_then(|difference| difference.interval).unzip();
    let mut side = |(word, said): (&str, &[After]), values: &[f64]| Side {
        things: figures.count(&["satisfaction", word], said.iter().map(|after| after.thing)),
        mean: plain_mean(values),
    };
    Compared {
        instrument: responses.instrument.map_or("", Instrument::word).to_owned(),
        one: side(one, &of_one),
        other: side(other, &of_other),
        difference: difference.map(|difference| difference.value),
        low,
        high,
    }
}

/// Ascending: numbers of things differ between stores, and a sum of floating-point numbers depends on its order.
fn values(said: &[After]) -> Vec<f64> {
    let mut values: Vec<f64> = said.iter().map(|after| after.response.value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// What a page shows of one side: its key, its name, how many things and their mean.
pub(crate) type ShownSide<'a> = (&'static str, &'static str, Option<&'a v1::Figure>, Option<f64>);

/// What a page shows of two sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) instrument: &'a str,
    pub(crate) sides: [ShownSide<'a>; 2],
    /// How the difference is called, such as `late less not late`.
    pub(crate) name: &'static str,
    pub(crate) difference: Option<f64>,
    pub(crate) ends: Option<(f64, f64)>,
    /// What is said where there are too few responses to compare.
    pub(crate) too_few: &'static str,
}

/// A grid for [`put`]: what the sides are of, and what is counted; `question` and `mean` are keys of columns.
pub(crate) fn grid(
    title: &'static str,
    (what, things): (&'static str, &'static str),
    [question, mean]: [&'static str; 2],
) -> Grid {
    Grid::new("satisfaction", title).columns([
        GridColumn::new("what", what, Unit::Text).most(),
        GridColumn::new(question, "question", Unit::Code),
        GridColumn::new(things, things, Unit::Count),
        GridColumn::new(mean, "mean", Unit::Score).drawn(Picture::Interval),
    ])
}

/// A row a side, and one of their difference: in columns of the side, the question, how many, and the mean.
pub(crate) fn put(grid: &mut Grid, shown: &Shown<'_>) {
    let responses: u64 =
        shown.sides.iter().filter_map(|(_, _, things, _)| *things).map(|things| things.count).sum();
    let instrument = || GridCell::text(shown.instrument);
    for (key, name, things, mean) in shown.sides {
        let cells =
            [GridCell::text(key).named(name), instrument(), GridCell::figure(things), GridCell::number(mean)];
        if responses == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
    let difference = GridCell { interval: shown.ends, scale: None, ..GridCell::number(shown.difference) };
    let cells =
        [GridCell::text("difference").named(shown.name), instrument(), GridCell::nothing(), difference];
    if shown.difference.is_some() {
        grid.row(cells)
    } else {
        grid.row_aside(cells)
    }
    if let Some((low, high)) = shown.ends {
        let text = "the difference is between {} and {} (95 %)";
        let number = |value| GridCell::number(Some(value));
        grid.note(
            Words::new("difference", text).with(Unit::Ratio, number(low)).with(Unit::Ratio, number(high)),
        );
    } else if responses > 0 {
        grid.note(Words::new("too_few_said", shown.too_few));
    }
}
