//! Which groups a response is in.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_model::Position;

use super::{by::By, params::ScoresParams};
use crate::{
    answers::satisfaction::response::Response,
    calendar::day,
    read::{ReadError, Rows},
    rows::{ObjectId, ResponseTagRow, Symbol, Symbols},
    table::{Dictionary, Field as _, Filter, Row as _, field},
};

/// What responses of a group have in common by one grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// There is no such grouping.
    None,
    /// A text; empty where a response does not say it.
    Text(Symbol),
    /// A survey.
    Survey(ObjectId),
    /// A year and a month.
    Month(i16, i8),
    /// A year and a quarter.
    Quarter(i16, i8),
}

/// By each of two groupings.
pub(super) type Keys = [Key; 2];

/// The groupings of a request.
#[derive(Debug)]
pub(super) struct Grouping<'a> {
    pub(super) by: &'a [By],
    symbols: &'a Symbols,
    zone: &'a TimeZone,
    /// The values of tags with the wanted keys, of each grouping by tag.
    tags: [HashMap<Position, Vec<Symbol>>; 2],
    surveys: HashMap<ObjectId, String>,
}

impl<'a> Grouping<'a> {
    /// Reads what groups need beside the responses.
    pub(super) fn read(
        rows: &dyn Rows,
        symbols: &'a Symbols,
        params: &'a ScoresParams,
    ) -> Result<Self, ReadError> {
        let mut tags: [HashMap<Position, Vec<Symbol>>; 2] = Default::default();
        for (by, values) in params.by.iter().zip(&mut tags) {
            if let By::Tag(key) = by {
                read_tags(rows, symbols.get(key), params, values)?;
            }
        }
        let mut surveys = HashMap::new();
        if params.by.contains(&By::Survey) {
            rows.names(Dictionary::Survey, &mut |survey, name| {
                surveys.insert(survey, name.to_owned());
            })?;
        }
        Ok(Self { by: &params.by, symbols, zone: &params.zone, tags, surveys })
    }

    /// The groups that a response is in, each once; without groupings one that has no name.
    pub(super) fn groups(&self, response: &Response) -> Vec<Keys> {
        let (first, second) = (self.keys(0, response), self.keys(1, response));
        first.iter().flat_map(|one| second.iter().map(|other| [*one, *other])).collect()
    }

    /// By one of the groupings, at least one.
    pub(super) fn keys(&self, place: usize, response: &Response) -> Vec<Key> {
        let row = &response.row;
        let Some(by) = self.by.get(place) else { return vec![Key::None] };
        let date = || day(row.occurred_at, self.zone);
        vec![match by {
            By::Product => Key::Text(row.product),
            By::Channel => Key::Text(row.channel),
            By::Staff => Key::Text(row.staff),
            By::Branch => Key::Text(row.branch),
            By::Tier => Key::Text(row.tier),
            By::Wave => Key::Text(row.wave),
            By::Question => Key::Text(row.question),
            By::Survey => Key::Survey(row.survey),
            By::Month => Key::Month(date().year(), date().month()),
            By::Quarter => Key::Quarter(date().year(), (date().month() + 2) / 3),
            By::Tag(_) => {
                let values = self.tags.get(place).and_then(|tags| tags.get(&row.position));
                let Some(values) = values else { return vec![Key::Text(Symbol::default())] };
                return values.iter().copied().map(Key::Text).collect();
            }
        }]
    }

    /// As answers write it.
    pub(super) fn text(&self, key: Key) -> String {
        match key {
            Key::None => String::new(),
            Key::Text(symbol) => self.symbols.text(symbol).to_owned(),
            Key::Survey(survey) => self.surveys.get(&survey).cloned().unwrap_or_default(),
            Key::Month(year, month) => format!("{year:04}-{month:02}"),
            Key::Quarter(year, quarter) => format!("{year:04}-Q{quarter}"),
        }
    }

    /// By each of the groupings of the request.
    pub(super) fn texts(&self, keys: Keys) -> Vec<String> {
        keys.into_iter().take(self.by.len()).map(|key| self.text(key)).collect()
    }
}

/// The values of the tags with a key, of each response each once.
fn read_tags(
    rows: &dyn Rows,
    key: Option<Symbol>,
    params: &ScoresParams,
    into: &mut HashMap<Position, Vec<Symbol>>,
) -> Result<(), ReadError> {
    // No event of the view has a tag with a key that has no number.
    let Some(key) = key else { return Ok(()) };
    let filter = Filter::all().and("key", vec![key.cell()]);
    rows.pick(ResponseTagRow::TABLE, &["value"], &filter, params.as_of, &mut |beginning, cells| {
        let Some(value) = cells.first() else { return Ok(()) };
        let value = field(ResponseTagRow::TABLE, "value", value)?;
        let values = into.entry(beginning.position).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
        Ok(())
    })
}
