//! How many joined and left, and how many there are: of staff of whom an event says that they joined or left.

use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::params::StaffParams;
use crate::{
    model::{
        employment::{Employment, Person},
        figures::{Counted, Figures},
    },
    rows::ObjectId,
    stats::as_f64,
};

/// Leavings over the mean headcount. The mean is that over time: Σ time employed / length of the period.
pub(super) fn turnover(
    employment: &Employment,
    params: &StaffParams,
    figures: &mut Figures,
) -> v1::StaffTurnover {
    let window = params.window;
    let people: Vec<&Person> =
        employment.people().map(|(_, person)| person).filter(|one| !one.turns.is_empty()).collect();
    let turned = |comes: bool| -> Vec<Position> {
        let turns = people.iter().flat_map(|person| &person.turns);
        let within = turns.filter(|turn| window.contains(turn.at) && turn.is_there == comes);
        within.map(|turn| turn.position).collect()
    };
    let just_before = |moment: Timestamp| Timestamp::from_micros(moment.as_micros().saturating_sub(1));
    let employed = |at: Timestamp| people.iter().filter(move |person| person.is_employed(at));
    let end: Vec<Position> = employed(just_before(window.to))
        .filter_map(|person| {
            let last = person.turns.iter().rev().find(|turn| turn.at < window.to);
            last.or(person.turns.first()).map(|turn| turn.position)
        })
        .collect();
    let length = i128::from(window.to.as_micros()) - i128::from(window.from.as_micros());
    let time: i128 = people.iter().map(|person| person.employed_micros(window.from, window.to)).sum();
    let (joined, left) = (turned(true), turned(false));
    let mean = (length > 0).then(|| as_f64(time) / as_f64(length));
    let rate = mean.filter(|mean| *mean > 0.0).map(|mean| as_f64(left.len() as i128) / mean);
    if figures.parts().first() == Some(&"turnover") {
        let events = joined.iter().chain(&left).chain(&end);
        figures.beside(events.map(|one| (Counted::event(*one), ObjectId::NOBODY, *one)).collect::<Vec<_>>());
    }
    let mut count = |what, positions: &[Position]| {
        figures.count(&["turnover", what], positions.iter().map(|one| Counted::event(*one)))
    };
    v1::StaffTurnover {
        joined: count("joined", &joined),
        left: count("left", &left),
        headcount_begin: employed(just_before(window.from)).count() as u64,
        headcount_end: count("headcount_end", &end),
        headcount_mean: mean,
        turnover: rate,
    }
}
