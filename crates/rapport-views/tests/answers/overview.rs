//! The overview of the funnel against an independent computation, and where its twelve months begin.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::HashMap;

use crate::support::{
    Event, Placed, days, figures, funnel_oracle,
    funnel_world::{World, worlds},
    history, symbols, without_names,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{json, time, v1, v1::FunnelMeasure};
use rapport_views::{
    answers::{
        AsOf,
        funnel::{FunnelBuilder, FunnelParams},
    },
    rows::Identity,
};

/// Hours become days of five weeks, so that a world lasts longer than a year.
fn stretched(mut world: World) -> World {
    let stretch = |at: &mut Timestamp| *at = Timestamp::from_micros(at.as_micros().saturating_mul(24 * 35));
    for deal in &mut world.deals {
        for span in &mut deal.spans {
            stretch(&mut span.valid_from);
            if span.valid_to != Timestamp::MAX {
                stretch(&mut span.valid_to);
            }
        }
        deal.competitors.iter_mut().for_each(|row| stretch(&mut row.occurred_at));
    }
    world.leads.clear();
    stretch(&mut world.as_of.occurred_until);
    world.request.cohort = None;
    for moment in [&mut world.request.period_from, &mut world.request.period_to].into_iter().flatten() {
        let mut at = time::from_proto(moment).unwrap();
        stretch(&mut at);
        *moment = time::to_proto(at);
    }
    world.request.measures = vec![FunnelMeasure::Overview.into()];
    world
}

/// A year before, by the calendar of UTC: counted in days, without a calendar of a library.
fn year_before(end: i64) -> i64 {
    const DAY: i64 = 86_400_000_000;
    let is_leap = |year: i64| year % 4 == 0;
    let (mut year, mut first) = (1970, 0);
    while first + (if is_leap(year) { 366 } else { 365 }) <= end.div_euclid(DAY) {
        first += if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let day_of_year = end.div_euclid(DAY) - first;
    // Behind the 28th of February one day more or less lies between: the 29th itself is the 28th of the year before.
    let length = match (is_leap(year), is_leap(year - 1), day_of_year >= 59) {
        (true, _, true) => 366,
        (_, true, false) => 366,
        _ => 365,
    };
    end - length * DAY
}

proptest! {
    #[test]
    fn the_overview_is_what_going_through_every_deal_for_every_row_gives(world in worlds().prop_map(stretched)) {
        let answer = world.answer(None).unwrap().0;
        let end = world.as_of.occurred_until.as_micros() + 1;
        let moment = |given: &Option<prost_types::Timestamp>| {
            given.as_ref().map(|moment| time::from_proto(moment).unwrap().as_micros())
        };
        let to = moment(&world.request.period_to).map_or(end, |to| to.min(end));
        let from = moment(&world.request.period_from).map_or_else(|| year_before(to), |from| from.min(to));
        prop_assert_eq!(time::from_proto(&answer.overview_from.unwrap()).unwrap().as_micros(), from);
        let expected = funnel_oracle::overviews(&world, from, to);
        prop_assert_eq!(answer.pipelines.len(), expected.len());
        for (pipeline, overview) in answer.pipelines.iter().zip(expected) {
            let whole = |overview| v1::PipelineFunnel { overview, ..v1::PipelineFunnel::default() };
            let shown = |overview| {
                without_names(json::to_json("rapport.v1.PipelineFunnel", &whole(overview)).unwrap())
            };
            prop_assert_eq!(shown(pipeline.overview.clone()), shown(overview));
            prop_assert!(pipeline.snapshot.is_empty() && pipeline.outcomes.is_empty());
        }
        prop_assert!(answer.leads.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_of_the_overview_lists_as_many_deals_as_it_counts_whether_the_measure_is_named_or_not(
        world in worlds().prop_map(stretched)
    ) {
        let mut unnamed = world.clone();
        unnamed.request.measures.clear();
        for (figure, count) in figures(&world.json()) {
            for asked in [&world, &unnamed] {
                prop_assert_eq!(asked.answer(Some(&figure)).unwrap().1.len() as u64, count, "{}", figure);
            }
        }
    }

    #[test]
    fn an_answer_to_no_measure_in_particular_has_no_overview(world in worlds()) {
        let answer = world.answer(None).unwrap().0;
        prop_assert!(answer.overview_from.is_none());
        prop_assert!(answer.pipelines.iter().all(|pipeline| pipeline.overview.is_empty()));
    }
}

/// Won deals that an overview as of `until` counts, of deals won at these moments.
fn counted(won: &[Timestamp], until: Timestamp, zone: &TimeZone) -> u64 {
    let (symbols, codes) = symbols(&["default", "new"]);
    let as_of = AsOf { occurred_until: until, recorded_until: until };
    let request =
        v1::FunnelRequest { measures: vec![FunnelMeasure::Overview.into()], ..v1::FunnelRequest::default() };
    let params = FunnelParams::from_request(&request, as_of).unwrap().in_zone(zone);
    let identity = Identity::new(HashMap::new(), HashMap::new());
    let mut builder = FunnelBuilder::new(params, &symbols, &identity, &[], None).unwrap();
    for (at, deal) in won.iter().zip(1..) {
        let placed = |at, position, event| Placed { at, position, event, amount: None };
        let opened = placed(days(0), deal * 2, Event::Opened(codes[1]));
        let won = placed(*at, deal * 2 + 1, Event::Won(None));
        builder.deal(&history(deal, 7, codes[0], &[opened, won]));
    }
    let answer = builder.finish().unwrap().response;
    answer.pipelines[0].overview.last().unwrap().won.as_ref().unwrap().count
}

#[test]
fn a_year_that_ends_with_a_day_begins_with_one_in_the_zone_of_the_ledger() {
    let zone = TimeZone::get("Europe/Riga").unwrap();
    let at = |text: &str| -> Timestamp { text.parse::<jiff::Timestamp>().unwrap().into() };
    // The end of 2025 in Riga, whose year began at 22:00 in UTC.
    let until = at("2025-12-31T21:59:59.999999Z");
    let first = at("2024-12-31T22:00:00Z");
    let before = Timestamp::from_micros(first.as_micros() - 1);
    assert_eq!(counted(&[before, first, until], until, &zone), 2);
    assert_eq!(counted(&[before, first, until], until, &TimeZone::UTC), 2);
    // Daylight saving time ends on another day: in UTC this year began an hour later.
    let until = at("2025-03-31T20:59:59.999999Z");
    let first = at("2024-03-31T21:00:00Z");
    assert_eq!(counted(&[Timestamp::from_micros(first.as_micros() - 1), first], until, &zone), 1);
    let until = at("2026-03-29T20:59:59.999999Z");
    assert_eq!(counted(&[at("2025-03-29T22:00:00Z")], until, &zone), 1);
    assert_eq!(counted(&[at("2025-03-29T21:59:59Z")], until, &zone), 0);
    assert_eq!(counted(&[at("2025-03-29T21:59:59Z")], until, &TimeZone::UTC), 1);
}

#[test]
fn at_the_ends_of_time_an_overview_has_no_beginning() {
    for until in [Timestamp::MAX, Timestamp::MIN] {
        assert_eq!(counted(&[days(1)], until, &TimeZone::UTC), u64::from(until == Timestamp::MAX));
    }
}
