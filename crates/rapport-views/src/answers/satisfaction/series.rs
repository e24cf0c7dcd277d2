//! All responses to one question, and the rows of the answer that come from them.

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::{time, v1, v1::satisfaction_request::GroupBy};

use super::{
    SatisfactionParams,
    asked::{Asked, Asking},
    params::name_of,
    response::{Response, Scale, latest_of_each, within},
    rolling,
    score::{Counted, Question},
};
use crate::{
    answers::{tally::Figures, window::Window},
    rows::{Instrument, ResponseRow, Symbol, Symbols},
    stats::{Estimate, Z_95, waves},
};

/// Days of a rolling score.
const DAYS: u32 = 90;

/// The responses to one question of one instrument.
#[derive(Debug)]
pub(super) struct Series<'a> {
    pub(super) instrument: Instrument,
    pub(super) question: &'a str,
    /// That of the latest response.
    pub(super) scale: Scale,
    /// All, ordered by [`Response::moment`].
    in_time: Vec<Response>,
    /// Those that count, by position.
    pub(super) counted: Vec<Response>,
}

/// What the rows of every series need.
pub(super) struct Context<'a> {
    pub(super) params: &'a SatisfactionParams,
    pub(super) symbols: &'a Symbols,
    pub(super) asked: &'a Asked,
    /// Whether a figure is asked for.
    pub(super) keep: bool,
}

impl<'a> Series<'a> {
    /// Of one question's responses, at least one, in any order.
    pub(super) fn new(instrument: Instrument, question: &'a str, responses: Vec<Response>) -> Option<Self> {
        let mut in_time = responses;
        in_time.sort_unstable_by_key(Response::moment);
        let scale = Scale::of(&in_time.last()?.row);
        let counted = latest_of_each(&in_time);
        Some(Self { instrument, question, scale, in_time, counted })
    }

    /// Of an instrument without responses.
    pub(super) fn unanswered(instrument: Instrument) -> Self {
        Self { instrument, question: "", scale: Scale::usual(), in_time: Vec::new(), counted: Vec::new() }
    }

    fn question(&self) -> Question<'_> {
        Question { instrument: self.instrument, code: self.question, scale: self.scale }
    }

    fn figure<'f>(&'f self, view: &'f str, row: &'f str) -> [&'f str; 4] {
        [view, name_of(self.instrument), self.question, row]
    }

    /// A row a group, by the group's text.
    pub(super) fn scores(&self, context: &Context<'_>, figures: &mut Figures) -> Vec<v1::Score> {
        let by_wave = context.params.group_by == GroupBy::Wave;
        let mut groups: BTreeMap<&str, (Option<Symbol>, Vec<Response>)> = BTreeMap::new();
        for wave in context.asked.waves(self.instrument) {
            match context.params.group_by {
                GroupBy::Wave => groups.insert(context.symbols.text(wave), (Some(wave), Vec::new())),
                GroupBy::Unspecified => groups.insert("", (None, Vec::new())),
                GroupBy::Product | GroupBy::Channel | GroupBy::Staff | GroupBy::Branch | GroupBy::Tier => {
                    None
                }
            };
        }
        for response in &self.counted {
            let group = group_of(&response.row, context.params.group_by);
            let text = group.map_or("", |group| context.symbols.text(group));
            groups.entry(text).or_insert_with(|| (group, Vec::new())).1.push(*response);
        }
        // An asking has no product, channel or staff: only waves and the whole can be compared with the askings.
        let can_ask = by_wave || context.params.group_by == GroupBy::Unspecified;
        let rows = groups.iter().map(|(text, (group, responses))| {
            let wave = group.filter(|_| by_wave);
            let asking = Asking { instrument: self.instrument, wave, window: None };
            let turnout = if can_ask {
                context.asked.turnout(asking, responses, context.keep)
            } else {
                Default::default()
            };
            let figure = self.figure("scores", text);
            let counted = Counted { question: self.question(), group: text, responses, turnout, figure };
            let mut score = counted.score(context.keep, figures).0;
            if !can_ask {
                score.sent = None;
            }
            score
        });
        rows.collect()
    }

    /// From wave to wave, in the order of the waves' first responses. Responses without a wave belong to none.
    pub(super) fn trend(&self, context: &Context<'_>, figures: &mut Figures) -> Vec<v1::WaveTrend> {
        let mut rows = Vec::new();
        let mut previous: Option<Estimate> = None;
        for wave in self.waves() {
            let text = context.symbols.text(wave);
            let responses: Vec<_> =
                self.counted.iter().filter(|response| response.row.wave == wave).copied().collect();
            let asking = Asking { instrument: self.instrument, wave: Some(wave), window: None };
            let turnout = context.asked.turnout(asking, &responses, context.keep);
            let figure = self.figure("trend", text);
            let counted =
                Counted { question: self.question(), group: "", responses: &responses, turnout, figure };
            let (score, estimate) = counted.score(context.keep, figures);
            let z = estimate.zip(previous).and_then(|(this, previous)| waves::z(&this, &previous));
            rows.push(v1::WaveTrend {
                instrument: name_of(self.instrument).to_owned(),
                question: self.question.to_owned(),
                wave: text.to_owned(),
                score: Some(score),
                z,
                significant: z.is_some_and(|z| z.abs() >= Z_95),
            });
            previous = estimate;
        }
        rows
    }

    /// Responses that count and belong to no wave.
    pub(super) fn without_wave(&self) -> u64 {
        self.counted.iter().filter(|response| response.row.wave == Symbol::default()).count() as u64
    }

    fn waves(&self) -> Vec<Symbol> {
        let mut seen = BTreeSet::new();
        let named =
            self.in_time.iter().map(|response| response.row.wave).filter(|wave| *wave != Symbol::default());
        named.filter(|wave| seen.insert(*wave)).collect()
    }

    /// The last 90 days at each month's end and at the moment asked for, where they hold responses.
    pub(super) fn rolling(&self, context: &Context<'_>, figures: &mut Figures) -> Vec<v1::RollingPoint> {
        let (Some(first), Some(last)) = (self.in_time.first(), self.in_time.last()) else {
            return Vec::new();
        };
        let until = context.params.as_of.occurred_until;
        let given = (first.row.occurred_at, last.row.occurred_at);
        let ends = rolling::ends(given, DAYS, until, &context.params.zone);
        let mut points = Vec::new();
        for end in ends {
            let window: Window = rolling::window_until(end, DAYS);
            let responses = latest_of_each(within(&self.in_time, window));
            if responses.is_empty() {
                continue;
            }
            let asking = Asking { instrument: self.instrument, wave: None, window: Some(window) };
            let turnout = context.asked.turnout(asking, &responses, context.keep);
            let text = end.to_string();
            let figure = self.figure("rolling", &text);
            let counted =
                Counted { question: self.question(), group: "", responses: &responses, turnout, figure };
            points.push(v1::RollingPoint {
                instrument: name_of(self.instrument).to_owned(),
                question: self.question.to_owned(),
                until: Some(time::to_proto(end)),
                score: Some(counted.score(context.keep, figures).0),
            });
        }
        points
    }
}

/// The group a response belongs to; `None` when nothing is grouped.
fn group_of(row: &ResponseRow, group_by: GroupBy) -> Option<Symbol> {
    match group_by {
        GroupBy::Unspecified => None,
        GroupBy::Product => Some(row.product),
        GroupBy::Channel => Some(row.channel),
        GroupBy::Staff => Some(row.staff),
        GroupBy::Branch => Some(row.branch),
        GroupBy::Tier => Some(row.tier),
        GroupBy::Wave => Some(row.wave),
    }
}
