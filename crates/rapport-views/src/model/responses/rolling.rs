//! Scores of so many days, month by month.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    counter::Counter,
    grouping::{Grouping, Keys},
    measures::of_window,
    params::ScoresParams,
    subject::Subject,
};
use crate::answers::satisfaction::{
    response::{Response, within},
    rolling::{ends, window_until},
};

/// The responses that count in each window.
pub(super) type Windows<'r> = Vec<(Timestamp, Vec<&'r Response>)>;

/// Of a question, the windows in which there are responses, the oldest first; none unless the request asks for them.
pub(super) fn windows<'r>(subject: &'r Subject, params: &ScoresParams) -> Windows<'r> {
    let days = params.rolling_days;
    let (Some(first), Some(last)) = (subject.in_time.first(), subject.in_time.last()) else {
        return Vec::new();
    };
    if days == 0 {
        return Vec::new();
    }
    let given = (first.row.occurred_at, last.row.occurred_at);
    ends(given, days, params.as_of.bounded().occurred_until, &params.zone)
        .into_iter()
        .map(|end| (end, subject.counted_of(within(&subject.in_time, window_until(end, days)))))
        .filter(|(_, counted)| !counted.is_empty())
        .collect()
}

/// The same by group.
pub(super) fn by_group<'r>(windows: &Windows<'r>, grouping: &Grouping<'_>) -> HashMap<Keys, Windows<'r>> {
    let mut all: HashMap<Keys, Windows<'r>> = HashMap::new();
    for (end, counted) in windows {
        for response in counted {
            for keys in grouping.groups(response) {
                let own = all.entry(keys).or_default();
                match own.last_mut().filter(|(last, _)| last == end) {
                    Some((_, of_it)) => of_it.push(response),
                    None => own.push((*end, vec![response])),
                }
            }
        }
    }
    all
}

/// As answers have them. `name` begins the names of their figures.
pub(super) fn scored(
    windows: &Windows<'_>,
    subject: &Subject,
    name: &[&str],
    counter: &mut Counter,
) -> Vec<v1::ScoreWindow> {
    let window = |(end, counted): &(Timestamp, Vec<&Response>)| {
        let (mean, score, negative) = of_window(counted, subject);
        let ends = mean.as_ref().and_then(|mean| mean.estimate.interval);
        let until = end.to_string();
        v1::ScoreWindow {
            until: Some(time::to_proto(*end)),
            answers: counter.count(&[name, &[&until, "answers"]].concat(), counted.iter().copied()),
            mean: mean.as_ref().map(|mean| mean.estimate.value),
            mean_low: ends.map(|(low, _)| low),
            mean_high: ends.map(|(_, high)| high),
            score: score.map(|score| score.value),
            negative,
        }
    };
    windows.iter().map(window).collect()
}
