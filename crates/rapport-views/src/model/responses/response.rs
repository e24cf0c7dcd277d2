//! The message that an answer is.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, scores_request::Responses},
};

use super::{
    counter::Counter,
    grouping::{Grouping, Keys},
    measures::measures,
    params::ScoresParams,
    read::Found,
    rolling::{self, Windows},
    rows::{self, Group},
    spread::spreads,
    subject::Subject,
};
use crate::{answers::satisfaction::response::Response, calendar::LAST};

/// A question with what its rows are made of.
struct Parted<'r> {
    subject: &'r Subject,
    groups: Vec<Group<'r>>,
    windows: HashMap<Keys, Windows<'r>>,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &ScoresParams,
    found: &Found,
    grouping: &Grouping<'_>,
    skip: usize,
    counter: &mut Counter,
) -> v1::ScoresResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let responses = if params.latest_only { Responses::Latest } else { Responses::All };
    let mut response = v1::ScoresResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: if params.has_beginning { moment(params.period.from) } else { None },
        period_to: moment(params.period.to),
        responses: responses.into(),
        answers_off_scale: found.off_scale,
        ..v1::ScoresResponse::default()
    };
    let mut parted = Vec::new();
    for subject in &found.subjects {
        let counted = subject.counted();
        let windows = rolling::windows(subject, params);
        let total = total(subject, (&counted, &windows), grouping, counter);
        let spreads = spreads(&counted, subject, grouping, counter);
        if skip == 0 {
            response.totals.push(total);
            response.spreads.extend(spreads);
        }
        let windows = rolling::by_group(&windows, grouping);
        parted.push(Parted { subject, groups: rows::groups(&counted, grouping), windows });
    }
    if counter.is_asked() {
        // The figure may be of a row that is not on the page.
        for (subject, group, windows) in parted.iter().flat_map(Parted::rows) {
            row(subject, group, windows, counter);
        }
    }
    let all: usize = parted.iter().map(|one| one.groups.len()).sum();
    let mut page = fit::Page::beside(&response);
    for (subject, group, windows) in parted.iter().flat_map(Parted::rows).skip(skip).take(params.page_size) {
        let row = row(subject, group, windows, counter);
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all.saturating_sub(skip) - response.rows.len()) as u64;
    response
}

impl<'r> Parted<'r> {
    fn rows(&self) -> impl Iterator<Item = (&'r Subject, &Group<'r>, Option<&Windows<'r>>)> {
        self.groups.iter().map(|group| (self.subject, group, self.windows.get(&group.keys)))
    }
}

fn total(
    subject: &Subject,
    (counted, windows): (&[&Response], &Windows<'_>),
    grouping: &Grouping<'_>,
    counter: &mut Counter,
) -> v1::ScoreTotal {
    let (scale_min, scale_max) = subject.scale.ends();
    let name = rows::name("total", subject, &[]);
    let several = rows::in_several(counted, grouping);
    v1::ScoreTotal {
        instrument: subject.instrument.word().to_owned(),
        question: subject.question.clone(),
        scale_min,
        scale_max,
        better: subject.scale.better().to_owned(),
        of: Some(measures(counted, subject, &name, counter)),
        in_several_groups: counter
            .count(&[name.as_slice(), &["in_several_groups"]].concat(), several.into_iter()),
        rolling: rolling::scored(windows, subject, &rows::name("rolling", subject, &[]), counter),
    }
}

fn row(
    subject: &Subject,
    group: &Group<'_>,
    windows: Option<&Windows<'_>>,
    counter: &mut Counter,
) -> v1::ScoreRow {
    let name = rows::name("row", subject, &group.texts);
    let none = Vec::new();
    let rolling = rows::name("rolling", subject, &group.texts);
    v1::ScoreRow {
        instrument: subject.instrument.word().to_owned(),
        question: subject.question.clone(),
        of: Some(measures(&group.responses, subject, &name, counter)),
        rolling: rolling::scored(windows.unwrap_or(&none), subject, &rolling, counter),
        groups: group.texts.clone(),
    }
}
