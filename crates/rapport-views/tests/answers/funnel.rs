//! The funnel of small hand-made pipelines, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{Event, Placed, days, history, proto};
use rapport_model::{ErrorClass, Position, Timestamp};
use rapport_proto::{time, v1};
use rapport_views::{
    answers::{
        AnswerError, Answered, AsOf,
        funnel::{FunnelBuilder, FunnelParams},
    },
    rows::{DealHistory, DefinitionRow, Identity, Symbol, Symbols},
};

const NEW: Symbol = Symbol(1);
const OFFER: Symbol = Symbol(2);
const TALK: Symbol = Symbol(3);
const EUR: Symbol = Symbol(4);
const USD: Symbol = Symbol(5);
const DEFAULT: Symbol = Symbol(6);
const PRICE: Symbol = Symbol(7);

fn texts() -> Symbols {
    support::symbols(&["new", "offer", "talk", "EUR", "USD", "default", "price"]).0
}

/// On which day, what, and the amount it names.
type Happened = (i64, Event, Option<(i64, Symbol)>);

fn deal(id: u64, events: &[Happened]) -> DealHistory {
    let placed: Vec<_> = events
        .iter()
        .zip(0..)
        .map(|((day, event, amount), at)| Placed {
            at: days(*day),
            position: id * 100 + at,
            event: *event,
            amount: *amount,
        })
        .collect();
    history(id, id, DEFAULT, &placed)
}

fn defined(version: u32, effective_from: Timestamp, body: &str) -> DefinitionRow {
    DefinitionRow {
        kind: "pipeline".to_owned(),
        code: "default".to_owned(),
        version,
        effective_from,
        occurred_at: effective_from,
        position: Position(version.into()),
        body: body.to_owned(),
    }
}

const BODY: &str = r#"{"stages": [{"code": "new", "name": "New", "probability": 0.1},
    {"code": "offer", "probability": 0.35}, {"code": "talk"}]}"#;

fn try_ask(
    deals: &[DealHistory],
    definitions: &[DefinitionRow],
    request: &v1::FunnelRequest,
    day: i64,
    figure: Option<&str>,
) -> Result<Answered<v1::FunnelResponse>, AnswerError> {
    let (symbols, identity) = (texts(), Identity::default());
    let as_of = AsOf { occurred_until: days(day), recorded_until: days(day) };
    let params = FunnelParams::from_request(request, as_of)?;
    let mut builder = FunnelBuilder::new(params, &symbols, &identity, definitions, figure)?;
    deals.iter().for_each(|deal| builder.deal(deal));
    builder.finish()
}

fn ask(
    deals: &[DealHistory],
    definitions: &[DefinitionRow],
    request: &v1::FunnelRequest,
    day: i64,
) -> v1::PipelineFunnel {
    let answer = try_ask(deals, definitions, request, day, None).unwrap();
    answer.response.pipelines.into_iter().next().unwrap()
}

fn everything() -> v1::FunnelRequest {
    v1::FunnelRequest::default()
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

#[test]
fn the_snapshot_has_a_row_a_stage_and_currency_and_never_adds_currencies() {
    let open = |id, amount, currency| deal(id, &[(1, Event::Opened(OFFER), Some((amount, currency)))]);
    let deals = [open(1, 1_001, EUR), open(2, 2_000, USD), open(3, 9, EUR)];
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &everything(), 9);
    let rows: Vec<_> = funnel
        .snapshot
        .iter()
        .map(|row| {
            let amount = row.amount_minor_units.unwrap();
            (row.currency.as_str(), count(&row.deals), amount, row.weighted_minor_units)
        })
        .collect();
    // 0.35 · 1,010 = 353.5: to the even neighbour.
    assert_eq!(rows, [("EUR", 2, 1_010, Some(354)), ("USD", 1, 2_000, Some(700))]);
    assert_eq!(funnel.snapshot[0].deals.as_ref().unwrap().figure, "default/snapshot/offer/EUR");
}

#[test]
fn deals_without_an_amount_have_a_count_and_no_sum_of_any_kind() {
    let deals = [
        deal(1, &[(1, Event::Opened(OFFER), None)]),
        deal(2, &[(1, Event::Opened(NEW), None), (2, Event::Won(None), None)]),
        deal(3, &[(1, Event::Opened(NEW), None), (2, Event::Lost(None, PRICE), None)]),
    ];
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &everything(), 9);
    let (open, closed, lost) = (&funnel.snapshot[0], &funnel.outcomes[0], &funnel.loss_reasons[0]);
    assert_eq!((count(&open.deals), count(&closed.won), count(&lost.deals)), (1, 1, 1));
    // The stage has a probability; it is of no amount.
    assert_eq!(funnel.stages[1].probability, Some(0.35));
    assert_eq!((open.amount_minor_units, open.weighted_minor_units), (None, None));
    assert_eq!(
        (closed.won_minor_units, closed.lost_minor_units, lost.amount_minor_units),
        (None, None, None)
    );
}

#[test]
fn without_a_probability_in_the_definition_it_is_won_among_the_closed_that_reached_the_stage() {
    let deals = [
        deal(1, &[(1, Event::Opened(NEW), None), (2, Event::Moved(TALK), None), (3, Event::Won(None), None)]),
        deal(
            2,
            &[
                (1, Event::Opened(NEW), None),
                (2, Event::Moved(TALK), None),
                (3, Event::Lost(None, PRICE), None),
            ],
        ),
        deal(3, &[(1, Event::Opened(NEW), None), (2, Event::Lost(None, PRICE), None)]),
        // Won straight away: it reached every stage.
        deal(4, &[(1, Event::Opened(NEW), None), (2, Event::Won(None), None)]),
        deal(5, &[(1, Event::Opened(TALK), Some((300, EUR)))]),
    ];
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &everything(), 9);
    let talk = &funnel.stages[2];
    assert_eq!((talk.code.as_str(), talk.probability), ("talk", Some(2.0 / 3.0)));
    assert_eq!(talk.probability_source(), v1::ProbabilitySource::Empirical);
    assert_eq!(funnel.snapshot[0].weighted_minor_units, Some(200));
    // Without any definition the order is that of the first arrival, and every probability is observed.
    let observed = ask(&deals, &[], &everything(), 9);
    let stages: Vec<_> =
        observed.stages.iter().map(|stage| (stage.code.as_str(), stage.probability)).collect();
    assert_eq!(stages, [("new", Some(0.5)), ("talk", Some(2.0 / 3.0))]);
}

#[test]
fn the_definition_in_effect_at_the_moment_is_used_and_named() {
    let later = r#"{"stages": [{"code": "talk"}, {"code": "new"}]}"#;
    let broken = defined(9, days(0), "no JSON");
    let definitions = [defined(2, days(5), later), defined(1, days(0), BODY), broken];
    let deals = [deal(1, &[(1, Event::Opened(OFFER), None)])];
    let stages = |day| {
        let funnel = ask(&deals, &definitions, &everything(), day);
        let codes: Vec<_> = funnel.stages.into_iter().map(|stage| stage.code).collect();
        (funnel.definition_version, codes.join(" "))
    };
    assert_eq!(stages(4), (1, "new offer talk".to_owned()));
    assert_eq!(stages(5), (2, "talk new offer".to_owned()));
    let unread = |day| {
        let meta = try_ask(&deals, &definitions, &everything(), day, None).unwrap().response.meta.unwrap();
        meta.definitions_unreadable.iter().map(|of| (of.version, of.fault.clone())).collect::<Vec<_>>()
    };
    assert!(
        unread(4).len() == 1 && unread(4)[0].0 == 9 && unread(4)[0].1.starts_with("`body`: expected JSON")
    );
    assert_eq!(unread(5), [], "the one that holds took effect later");
}

#[test]
fn a_skipped_stage_is_reached_but_not_entered() {
    let deals = [
        deal(1, &[(1, Event::Opened(NEW), None), (2, Event::Moved(TALK), None)]),
        deal(2, &[(1, Event::Opened(NEW), None), (2, Event::Moved(OFFER), None)]),
        deal(3, &[(1, Event::Opened(NEW), None)]),
        // Opened before the period.
        deal(4, &[(0, Event::Opened(NEW), None), (2, Event::Moved(OFFER), None)]),
    ];
    let request = v1::FunnelRequest { period_from: proto(days(1)), ..everything() };
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &request, 9);
    let row = &funnel.conversion[0];
    assert_eq!((count(&row.reached), count(&row.reached_next), row.rate), (3, 2, Some(2.0 / 3.0)));
    assert_eq!((count(&row.entered), count(&row.entered_next), row.strict_rate), (3, 1, Some(1.0 / 3.0)));
}

#[test]
fn a_cohort_counts_steps_in_order_within_the_window_and_says_when_it_may_still_grow() {
    let deals = [
        deal(
            1,
            &[(1, Event::Opened(NEW), None), (3, Event::Moved(OFFER), None), (9, Event::Moved(TALK), None)],
        ),
        // Skips the offer: talk is not counted.
        deal(2, &[(2, Event::Opened(NEW), None), (3, Event::Moved(TALK), None)]),
        // All on one instant: the order is that of the positions.
        deal(
            3,
            &[
                (2, Event::Opened(NEW), None),
                (2, Event::Moved(OFFER), None),
                (2, Event::Moved(TALK), None),
                (2, Event::Won(None), None),
            ],
        ),
        deal(4, &[(5, Event::Opened(NEW), None)]),
    ];
    let cohort = v1::funnel_request::Cohort {
        from: proto(days(1)),
        to: proto(days(5)),
        window: Some(time::duration_to_proto(2 * support::DAY)),
    };
    let request = v1::FunnelRequest { cohort: Some(cohort), ..everything() };
    let at = |day| ask(&deals, &[defined(1, days(0), BODY)], &request, day).cohort.unwrap();
    let steps: Vec<_> = at(9).steps.iter().map(|step| (step.stage.clone(), count(&step.deals))).collect();
    let expected = [("new", 3), ("offer", 2), ("talk", 1), ("won", 1)];
    assert_eq!(steps, expected.map(|(stage, deals)| (stage.to_owned(), deals)));
    assert!(at(6).immature && !at(7).immature);
}

#[test]
fn a_reopened_deal_enters_again_and_changed_terms_enter_nothing() {
    let deals = [deal(
        1,
        &[
            (1, Event::Opened(NEW), Some((100, EUR))),
            (2, Event::Terms, Some((200, EUR))),
            (3, Event::Lost(None, PRICE), None),
            (4, Event::Moved(NEW), None),
            (5, Event::Moved(OFFER), None),
            (6, Event::Moved(NEW), None),
        ],
    )];
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &everything(), 9);
    let [new, offer] = [0, 1].map(|at| {
        let row: &v1::StageBalance = &funnel.balance[at];
        [&row.at_start, &row.entered, &row.advanced, &row.moved_back, &row.won, &row.lost, &row.still_there]
            .map(count)
    });
    assert_eq!(new, [0, 3, 1, 0, 0, 1, 1]);
    assert_eq!(offer, [0, 1, 0, 1, 0, 0, 0]);
    let time = &funnel.time_in_stage[0];
    // 2 + 1 + 3 days so far, and it is still there: none has left, so there is no median.
    assert_eq!((count(&time.deals), count(&time.censored), time.median_cumulative), (1, 1, None));
    assert_eq!(funnel.time_in_stage[1].median_cumulative, Some(time::duration_to_proto(support::DAY)));
}

#[test]
fn velocity_is_open_times_rate_times_value_over_cycle() {
    let mut deals: Vec<_> = (0..40).map(|id| deal(id, &[(60, Event::Opened(NEW), Some((1, EUR)))])).collect();
    for id in 40..60 {
        let end = if id < 45 { Event::Won(None) } else { Event::Lost(None, PRICE) };
        deals.push(deal(id, &[(1, Event::Opened(NEW), Some((8_000, EUR))), (51, end, None)]));
    }
    let funnel = ask(&deals, &[], &everything(), 61);
    let [euro, all] = &funnel.outcomes[..] else { panic!("{:?}", funnel.outcomes) };
    assert_eq!((euro.win_rate, euro.velocity_minor_units_per_day), (Some(0.25), Some(1_600.0)));
    assert_eq!(
        (euro.sales_cycle, euro.won_minor_units),
        (Some(time::duration_to_proto(50 * support::DAY)), Some(40_000))
    );
    assert_eq!(
        (all.currency.as_str(), all.won_minor_units, all.velocity_minor_units_per_day),
        ("*", None, None)
    );
    assert_eq!((count(&all.won), count(&all.lost), count(&all.open)), (5, 15, 40));
    let reason = &funnel.loss_reasons[0];
    assert_eq!(
        (reason.reason.as_str(), count(&reason.deals), reason.amount_minor_units),
        ("price", 15, Some(120_000))
    );
}

#[test]
fn a_deal_without_a_stage_has_an_outcome_and_no_row_of_a_stage() {
    let deals = [deal(1, &[(1, Event::Won(None), Some((5, EUR)))])];
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &everything(), 9);
    assert_eq!(count(&funnel.outcomes[0].won), 1);
    assert_eq!(funnel.outcomes[0].sales_cycle, None, "its opening is not known");
    assert!(funnel.conversion.iter().all(|row| count(&row.reached) == 0));
}

#[test]
fn a_deal_that_was_ever_won_has_reached_every_stage_also_if_none_was_named_by_then() {
    let deals = [
        // Won before any stage was named, then opened again and lost.
        deal(
            1,
            &[(1, Event::Won(None), None), (2, Event::Moved(NEW), None), (3, Event::Lost(None, PRICE), None)],
        ),
        deal(2, &[(1, Event::Opened(NEW), None), (2, Event::Lost(None, PRICE), None)]),
    ];
    let funnel = ask(&deals, &[defined(1, days(0), BODY)], &everything(), 9);
    let went_on: Vec<_> =
        funnel.conversion.iter().map(|row| (count(&row.reached), count(&row.reached_next))).collect();
    assert_eq!(went_on, [(2, 1), (1, 1), (1, 1)]);
    // Of those that reached `talk` the one is closed, and it is lost in the end.
    assert_eq!(funnel.stages[2].probability, Some(0.0));
}

/// Currency, rate, rate by value, velocity of a row.
type Rates<'a> = (&'a str, Option<f64>, Option<f64>, Option<f64>);

fn rates(funnel: &v1::PipelineFunnel) -> Vec<Rates<'_>> {
    funnel
        .outcomes
        .iter()
        .map(|row| {
            (row.currency.as_str(), row.win_rate, row.win_rate_value, row.velocity_minor_units_per_day)
        })
        .collect()
}

#[test]
fn where_closed_deals_have_no_amount_the_one_win_rate_is_over_all_deals() {
    let won = |id, amount| deal(id, &[(1, Event::Opened(NEW), None), (5, Event::Won(None), Some(amount))]);
    let lost = |id| deal(id, &[(1, Event::Opened(NEW), None), (3, Event::Lost(None, PRICE), None)]);
    let open = |id| deal(id, &[(1, Event::Opened(NEW), None)]);
    let mut deals =
        vec![won(1, (300, USD)), won(2, (500, USD)), won(3, (400, USD)), lost(4), open(5), open(6)];
    let funnel = ask(&deals, &[], &everything(), 9);
    // 2 open × 0.75 × 4.00 in four days.
    let expected = [("", None, None, None), ("USD", None, None, Some(150.0)), ("*", Some(0.75), None, None)];
    assert_eq!(rates(&funnel), expected);
    assert!(funnel.outcomes.iter().all(|row| (row.closed_without_amount, row.open_without_amount) == (1, 2)));
    // With a second currency it is not known which one the others belong to.
    deals.push(won(7, (100, EUR)));
    let expected = [
        ("", None, None, None),
        ("EUR", None, None, None),
        ("USD", None, None, None),
        ("*", Some(0.8), None, None),
    ];
    assert_eq!(rates(&ask(&deals, &[], &everything(), 9)), expected);
}

#[test]
fn where_every_deal_has_an_amount_each_currency_has_its_own_rates() {
    let closed = |id, end, amount| deal(id, &[(1, Event::Opened(NEW), Some(amount)), (3, end, None)]);
    let (won, lost) = (Event::Won(None), Event::Lost(None, PRICE));
    let deals = [
        closed(1, won, (300, USD)),
        closed(2, lost, (100, USD)),
        closed(3, won, (50, EUR)),
        closed(4, lost, (0, EUR)),
    ];
    let funnel = ask(&deals, &[], &everything(), 9);
    // Lost deals that are all worth nothing are deals whose worth was not written down.
    let expected = [
        ("EUR", Some(0.5), None, Some(0.0)),
        ("USD", Some(0.5), Some(0.75), Some(0.0)),
        ("*", Some(0.5), None, None),
    ];
    assert_eq!(rates(&funnel), expected);
}

#[test]
fn a_sum_beyond_64_bits_is_exact_and_so_is_what_is_made_of_it() {
    for (amount, sum, tenth) in [
        (9_000_000_000_000_000_000, "18000000000000000000", 1_800_000_000_000_000_000),
        (-9_000_000_000_000_000_000, "-18000000000000000000", -1_800_000_000_000_000_000),
    ] {
        let amount = Some((amount, EUR));
        let two = |end: Option<Event>| {
            [1, 2].map(|id| {
                let end = end.map(|end| (5, end, None));
                let events: Vec<_> = [(1, Event::Opened(NEW), amount)].into_iter().chain(end).collect();
                deal(id, &events)
            })
        };
        let ask = |end| ask(&two(end), &[defined(1, days(0), BODY)], &everything(), 9);
        let open = &ask(None).snapshot[0];
        assert_eq!((open.amount_minor_units, open.amount_minor_units_wide.as_str()), (None, sum));
        // A tenth of it fits.
        assert_eq!((open.weighted_minor_units, open.weighted_minor_units_wide.as_str()), (Some(tenth), ""));
        let won = &ask(Some(Event::Won(None))).outcomes[0];
        assert_eq!((won.won_minor_units, won.won_minor_units_wide.as_str()), (None, sum));
        assert_eq!((won.lost_minor_units, won.lost_minor_units_wide.as_str()), (Some(0), ""));
        let lost = ask(Some(Event::Lost(None, PRICE)));
        let (row, reason) = (&lost.outcomes[0], &lost.loss_reasons[0]);
        assert_eq!((row.lost_minor_units, row.lost_minor_units_wide.as_str()), (None, sum));
        assert_eq!((reason.amount_minor_units, reason.amount_minor_units_wide.as_str()), (None, sum));
    }
}

#[test]
fn a_drill_down_names_the_deals_and_their_events() {
    let deals = [
        deal(
            7,
            &[(1, Event::Opened(NEW), None), (2, Event::Moved(OFFER), None), (3, Event::Won(None), None)],
        ),
        deal(3, &[(1, Event::Opened(NEW), None), (2, Event::Moved(OFFER), None)]),
    ];
    let of = |figure| try_ask(&deals, &[], &everything(), 9, Some(figure)).unwrap().objects;
    let events = |figure| of(figure).into_iter().map(|hit| (hit.object.0, hit.positions)).collect::<Vec<_>>();
    assert_eq!(events("default/conversion/new/entered_next"), [(3, vec![300, 301]), (7, vec![700, 701])]);
    assert_eq!(events("default/conversion/offer/reached_next"), [(7, vec![702])]);
    assert_eq!(events("default/outcomes/*/won"), [(7, vec![702])]);
}

#[test]
fn a_figure_or_pipeline_that_is_not_there_is_not_found_and_nonsense_is_invalid() {
    let deals = [deal(1, &[(1, Event::Opened(NEW), None)])];
    let class =
        |request: &v1::FunnelRequest, figure| try_ask(&deals, &[], request, 9, figure).unwrap_err().class();
    for figure in [
        "default/balance/new/won",
        "default/snapshot/gone/EUR",
        "other/outcomes/*/open",
        "default/balance/new/lots",
    ] {
        assert_eq!(class(&everything(), Some(figure)), ErrorClass::NotFound, "{figure}");
    }
    assert_eq!(class(&everything(), Some("default/nonsense/new/won")), ErrorClass::Invalid);
    let request = v1::FunnelRequest { pipeline: "other".to_owned(), ..everything() };
    assert_eq!(class(&request, None), ErrorClass::NotFound);
    assert_eq!(class(&request, Some("default/outcomes/*/open")), ErrorClass::NotFound);
    let backwards =
        v1::FunnelRequest { period_from: proto(days(3)), period_to: proto(days(3)), ..everything() };
    assert_eq!(class(&backwards, None), ErrorClass::Invalid);
    assert_eq!(class(&v1::FunnelRequest { measures: vec![77], ..everything() }, None), ErrorClass::Invalid);
    let half_a_cohort =
        v1::FunnelRequest { cohort: Some(v1::funnel_request::Cohort::default()), ..everything() };
    assert_eq!(class(&half_a_cohort, None), ErrorClass::Invalid);
}
