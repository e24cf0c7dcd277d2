//! Satisfaction of small hand-made surveys, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;

use crate::support;
use crate::support::{
    days, proto,
    surveys::{Survey, answer, sent},
};
use rapport_model::{ErrorClass, Position};
use rapport_proto::v1::{self, satisfaction_request::GroupBy};
use rapport_views::{
    answers::ObjectKind,
    model::{Model as _, Satisfaction},
    page::Value,
    rows::{Identity, Instrument, ObjectId, ResponseRow, SentRow},
};

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn shown(score: &v1::Score) -> String {
    let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.1}"));
    format!("{} [{}, {}]", number(score.score), number(score.low), number(score.high))
}

/// So many customers gave this value, from this customer on.
fn many(first: u64, how_many: u64, row: ResponseRow) -> Vec<ResponseRow> {
    (first..first + how_many).map(|customer| ResponseRow { customer: ObjectId(customer), ..row }).collect()
}

#[test]
fn fifty_promoters_and_twenty_detractors_of_a_hundred_give_thirty() {
    let rows = [
        many(1, 50, answer(Instrument::Nps, 9.0)),
        many(51, 30, answer(Instrument::Nps, 8.0)),
        many(81, 20, answer(Instrument::Nps, 6.0)),
    ];
    let score = Survey::of(rows.concat()).score();
    assert_eq!(shown(&score), "30.0 [14.1, 44.2]");
    let counts = [&score.answers, &score.positive, &score.neutral, &score.negative].map(count);
    assert_eq!(counts, [100, 50, 30, 20]);
}

#[test]
fn three_promoters_of_three_are_a_hundred_and_uncertain() {
    let score = Survey::of(many(1, 3, answer(Instrument::Nps, 10.0))).score();
    assert_eq!(shown(&score), "100.0 [-6.6, 100.0]");
}

#[test]
fn forty_three_of_fifty_satisfied_are_86_percent() {
    let rows = [
        many(1, 40, answer(Instrument::Csat, 5.0)),
        many(41, 3, answer(Instrument::Csat, 4.0)),
        many(44, 7, answer(Instrument::Csat, 3.0)),
    ];
    let score = Survey::of(rows.concat()).score();
    assert_eq!(shown(&score), "86.0 [73.8, 93.0]");
    assert_eq!((count(&score.positive), count(&score.neutral), count(&score.negative)), (43, 7, 0));
}

#[test]
fn effort_is_a_mean_whose_good_end_is_told() {
    let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 7.0];
    let rows = values.iter().zip(1..).map(|(value, customer)| ResponseRow {
        customer: ObjectId(customer),
        high_is_better: false,
        ..answer(Instrument::Ces, *value)
    });
    let score = Survey::of(rows.collect()).score();
    // Mean 4.75, s = √(19.5/7), t(7) = 2.3646.
    assert_eq!(shown(&score), "4.8 [3.4, 6.1]");
    assert_eq!(score.better, "low");
    assert!((score.standard_deviation.unwrap() - (19.5_f64 / 7.0).sqrt()).abs() < 1e-12);
}

#[test]
fn a_scale_turned_round_counts_from_its_good_end() {
    let rows = [(1, 1.0), (2, 2.0), (3, 5.0)].map(|(customer, value)| ResponseRow {
        customer: ObjectId(customer),
        high_is_better: false,
        ..answer(Instrument::Csat, value)
    });
    let score = Survey::of(rows.to_vec()).score();
    assert_eq!((count(&score.positive), count(&score.negative), score.better.as_str()), (2, 1, "low"));
}

#[test]
fn of_a_customer_and_wave_the_latest_answer_counts_also_after_a_merge() {
    let mut survey = Survey::of(vec![
        ResponseRow { customer: ObjectId(1), occurred_at: days(5), ..answer(Instrument::Nps, 0.0) },
        // Recorded later, given earlier.
        ResponseRow { customer: ObjectId(2), occurred_at: days(4), ..answer(Instrument::Nps, 10.0) },
    ]);
    assert_eq!(count(&survey.score().answers), 2);
    survey.identity = Identity::new(HashMap::from([(ObjectId(2), ObjectId(1))]), HashMap::new());
    let score = survey.score();
    assert_eq!((count(&score.answers), score.score), (1, Some(-100.0)));
    // At one instant the one recorded later.
    survey.answers[1].occurred_at = days(5);
    assert_eq!(survey.score().score, Some(100.0));
}

#[test]
fn answers_on_a_scale_that_the_instrument_does_not_have_are_left_out() {
    let mut survey = Survey::of(vec![
        ResponseRow { customer: ObjectId(1), scale_max: 100.0, ..answer(Instrument::Nps, 90.0) },
        ResponseRow { customer: ObjectId(2), ..answer(Instrument::Nps, 9.0) },
    ]);
    assert_eq!(count(&survey.score().answers), 1);
    // A custom question may change its scale: answers are put on the latest one.
    survey.answers = vec![
        ResponseRow {
            customer: ObjectId(1),
            scale_min: 1.0,
            scale_max: 5.0,
            ..answer(Instrument::Custom, 4.0)
        },
        ResponseRow {
            customer: ObjectId(2),
            scale_min: 0.0,
            scale_max: 100.0,
            ..answer(Instrument::Custom, 25.0)
        },
    ];
    assert_eq!(survey.score().score, Some(50.0));
}

#[test]
fn the_response_rate_counts_a_customer_once_a_wave() {
    let (spring, autumn) = (support::surveys::SPRING, support::surveys::AUTUMN);
    let mut survey =
        Survey::of(vec![ResponseRow { customer: ObjectId(1), wave: spring, ..answer(Instrument::Nps, 9.0) }]);
    survey.sents = vec![
        sent(1, spring, 1),
        sent(1, spring, 2),
        sent(1, autumn, 3),
        sent(2, spring, 1),
        sent(3, spring, 1),
    ];
    let score = survey.score();
    assert_eq!((count(&score.sent), score.response_rate), (4, Some(0.25)));
    survey.request.set_group_by(GroupBy::Wave);
    let rows: Vec<_> = survey
        .answer()
        .scores
        .iter()
        .map(|row| (row.group.clone(), count(&row.sent), row.response_rate))
        .collect();
    assert_eq!(rows, [("autumn".to_owned(), 1, Some(0.0)), ("spring".to_owned(), 3, Some(1.0 / 3.0))]);
    survey.answers.clear();
    survey.request.set_group_by(GroupBy::Unspecified);
    let silent = survey.score();
    assert_eq!((count(&silent.answers), silent.score, silent.response_rate), (0, None, Some(0.0)));
}

#[test]
fn how_many_were_asked_is_not_known_of_a_group_that_no_asking_names() {
    let spring = support::surveys::SPRING;
    let answered = ResponseRow {
        customer: ObjectId(1),
        wave: spring,
        expectation: Some(1),
        tier: support::surveys::RED,
        ..answer(Instrument::Nps, 9.0)
    };
    let mut survey = Survey::of(vec![answered]);
    survey.sents = vec![sent(1, spring, 1), sent(2, spring, 1)];
    let shown = |survey: &Survey| {
        let response = survey.answer();
        let grids = Satisfaction::page(&survey.request, &response).grids;
        let grid = grids.into_iter().find(|grid| grid.key == "response").unwrap();
        let place = grid.columns.iter().position(|column| column.key == "sent").unwrap();
        (response.scores[0].sent.as_ref().map(|figure| figure.count), grid.rows[0].cells[place].value.clone())
    };
    assert_eq!(shown(&survey), (Some(2), Value::Count(2)));
    survey.request.set_group_by(GroupBy::Tier);
    assert_eq!(shown(&survey), (None, Value::Unknown));
    assert_eq!(survey.answer().scores[0].group, "red");
}

#[test]
fn each_answer_and_asking_without_a_customer_counts_by_itself() {
    let (spring, nobody) = (support::surveys::SPRING, ObjectId::NOBODY);
    let unsigned = |value| ResponseRow { customer: nobody, wave: spring, ..answer(Instrument::Nps, value) };
    let signed = |value| ResponseRow { customer: ObjectId(7), ..unsigned(value) };
    let rows = [vec![unsigned(10.0); 6], vec![unsigned(3.0); 4], vec![signed(3.0), signed(10.0)]];
    let mut survey = Survey::of(rows.concat());
    let position = |row: SentRow, position| SentRow { position: Position(position), ..row };
    survey.sents = (0..5).map(|at| position(sent(0, spring, 1), 100 + at)).collect();
    survey.sents.extend([position(sent(7, spring, 1), 200), position(sent(8, spring, 1), 201)]);
    survey.request.companies = true;
    survey.identity = Identity::new(HashMap::new(), HashMap::from([(ObjectId(7), ObjectId(50))]));

    let answer = survey.answer();
    let score = &answer.scores[0];
    let counts = [&score.answers, &score.positive, &score.negative, &score.sent].map(count);
    assert_eq!(counts, [11, 7, 4, 7]);
    assert_eq!((score.answers_without_customer, score.sent_without_customer), (10, 5));
    // One of the two customers asked answered; whether the five others did is not known.
    assert_eq!(score.response_rate, Some(0.5));
    for part in [&answer.trend[0].score, &answer.rolling[0].score] {
        assert_eq!(count(&part.as_ref().unwrap().answers), 11);
    }
    assert_eq!((count(&answer.companies[0].contacts), answer.answers_without_company), (1, 10));

    let hits = survey.ask(Some("scores/nps///negative")).unwrap().objects;
    let shown: Vec<_> = hits.iter().map(|hit| (hit.kind, hit.customer, hit.positions.as_slice())).collect();
    assert_eq!(
        shown,
        [7, 8, 9, 10].map(|at| (ObjectKind::Event, nobody, [at])).each_ref().map(|(kind, of, at)| (
            *kind,
            *of,
            at.as_slice()
        ))
    );
    let asked = survey.ask(Some("scores/nps///sent")).unwrap().objects;
    let kinds = asked.iter().filter(|hit| hit.kind == ObjectKind::Event).count();
    assert_eq!((asked.len(), kinds), (7, 5));

    // Without a customer among those asked there is no rate.
    survey.sents.truncate(5);
    assert_eq!(survey.answer().scores[0].response_rate, None);
}

#[test]
fn groups_are_rows_and_add_up() {
    let (red, blue) = (support::surveys::RED, support::surveys::BLUE);
    let rows = [
        many(1, 4, ResponseRow { product: red, ..answer(Instrument::Nps, 10.0) }),
        many(5, 2, ResponseRow { product: blue, ..answer(Instrument::Nps, 0.0) }),
        many(7, 1, answer(Instrument::Nps, 0.0)),
    ];
    let mut survey = Survey::of(rows.concat());
    survey.request.set_group_by(GroupBy::Product);
    let rows: Vec<_> = survey
        .answer()
        .scores
        .iter()
        .map(|row| (row.group.clone(), count(&row.answers), row.score))
        .collect();
    let expected = [("", 1, -100.0), ("blue", 2, -100.0), ("red", 4, 100.0)];
    assert_eq!(rows, expected.map(|(group, answers, score)| (group.to_owned(), answers, Some(score))));
}

#[test]
fn the_trend_goes_by_first_answers_and_names_what_is_significant() {
    let (spring, autumn) = (support::surveys::SPRING, support::surveys::AUTUMN);
    let wave = |wave, day, promoters, detractors| {
        let row = |value| ResponseRow { wave, occurred_at: days(day), ..answer(Instrument::Nps, value) };
        [many(1, promoters, row(10.0)), many(500, detractors, row(0.0))].concat()
    };
    // Spring comes first although autumn sorts before it.
    let survey = Survey::of([wave(autumn, 200, 80, 20), wave(spring, 100, 50, 50)].concat());
    let trend = survey.answer().trend;
    assert_eq!(trend.iter().map(|row| row.wave.as_str()).collect::<Vec<_>>(), ["spring", "autumn"]);
    assert_eq!((trend[0].z, trend[0].significant), (None, false));
    // SE = 100·√((P'+D')/n' - Δ²)/√n' with n' = 103: 9.781 of 50:50, 7.920 of 80:20. z = 60/√(9.781² + 7.920²).
    assert_eq!(format!("{:.2}", trend[1].z.unwrap()), "4.77");
    assert!(trend[1].significant);
}

#[test]
fn rolling_scores_look_back_ninety_days_from_each_months_end() {
    let day = |customer, day, value| ResponseRow {
        customer: ObjectId(customer),
        occurred_at: days(day),
        ..answer(Instrument::Nps, value)
    };
    // Days of 1970: 10 January, 20 April.
    let survey = Survey::of(vec![day(1, 9, 10.0), day(2, 109, 0.0)]);
    let points: Vec<_> = survey
        .answer()
        .rolling
        .iter()
        .map(|point| {
            let score = point.score.as_ref().unwrap();
            (point.until.unwrap().seconds / 86_400, count(&score.answers), score.score.unwrap())
        })
        .collect();
    let expected = [
        (30, 1, 100.0),
        (58, 1, 100.0),
        (89, 1, 100.0),
        (119, 1, -100.0),
        (150, 1, -100.0),
        (180, 1, -100.0),
    ];
    assert_eq!(points, expected);
}

#[test]
fn expectation_is_shared_among_those_who_were_asked_for_it() {
    let rows = [Some(-1), Some(0), Some(1), Some(1), None].into_iter().zip(1..);
    let rows = rows.map(|(expectation, customer)| ResponseRow {
        customer: ObjectId(customer),
        expectation,
        ..answer(Instrument::Csat, 4.0)
    });
    let score = Survey::of(rows.collect()).score();
    assert_eq!((score.expectation_met, score.expectation_exceeded), (Some(0.75), Some(0.5)));
}

#[test]
fn attributes_fall_into_quadrants_around_their_means() {
    let attribute = |question, importance, value| ResponseRow {
        question,
        importance: Some(importance),
        ..answer(Instrument::Csat, value)
    };
    use support::surveys::{AUTUMN, BLUE, RED, SPRING};
    let rows = vec![
        attribute(RED, 0.9, 1.0),
        attribute(BLUE, 0.8, 5.0),
        attribute(SPRING, 0.1, 2.0),
        attribute(AUTUMN, 0.2, 4.0),
        // Without an importance they are in no row, and counted.
        ResponseRow { question: RED, ..answer(Instrument::Csat, 5.0) },
        answer(Instrument::Nps, 5.0),
    ];
    let answered = Survey::of(rows).answer();
    assert_eq!(answered.answers_without_importance, 2);
    let points = answered.attributes;
    let points: Vec<_> = points
        .iter()
        .map(|point| (point.question.as_str(), point.performance, point.quadrant.as_str()))
        .collect();
    assert_eq!(
        points,
        [
            ("autumn", 0.75, "possible overkill"),
            ("blue", 1.0, "keep"),
            ("red", 0.0, "improve"),
            ("spring", 0.25, "low priority")
        ]
    );
}

#[test]
fn a_companys_score_is_the_mean_of_its_contacts_means() {
    use support::surveys::{AUTUMN, SPRING};
    let given = |customer, wave, value| ResponseRow {
        customer: ObjectId(customer),
        wave,
        ..answer(Instrument::Nps, value)
    };
    // Contact 1 answers twice, contact 2 once; 3 is not a contact.
    let mut survey = Survey::of(vec![
        given(1, SPRING, 10.0),
        given(1, AUTUMN, 8.0),
        given(2, SPRING, 3.0),
        given(3, SPRING, 0.0),
    ]);
    let organisations = HashMap::from([(ObjectId(1), ObjectId(50)), (ObjectId(2), ObjectId(50))]);
    survey.identity = Identity::new(HashMap::new(), organisations);
    assert!(survey.answer().companies.is_empty(), "only when asked for");
    survey.request.companies = true;
    let companies = survey.answer().companies;
    assert_eq!(companies.len(), 1);
    assert_eq!(
        (companies[0].company.as_str(), companies[0].mean, count(&companies[0].contacts)),
        ("party-50", 6.0, 2)
    );
    assert_eq!(companies[0].contacts.as_ref().unwrap().figure, "companies/party-50/nps//contacts");
}

#[test]
fn only_what_the_request_asks_for_counts() {
    use support::surveys::{RED, SPRING};
    let row = |customer, day, wave| ResponseRow {
        customer: ObjectId(customer),
        occurred_at: days(day),
        wave,
        ..answer(Instrument::Nps, 9.0)
    };
    let mut survey =
        Survey::of(vec![row(1, 1, SPRING), row(2, 2, SPRING), row(4, 2, RED), row(5, 3, SPRING)]);
    survey.answers.push(ResponseRow { question: RED, ..survey.answers[1] });
    survey.answers.push(answer(Instrument::Csat, 4.0));
    survey.request = v1::SatisfactionRequest {
        instrument: "nps".to_owned(),
        question: Some(String::new()),
        wave: "spring".to_owned(),
        period_from: proto(days(2)),
        period_to: proto(days(3)),
        ..v1::SatisfactionRequest::default()
    };
    let scores = survey.answer().scores;
    assert_eq!(scores.len(), 1);
    assert_eq!(count(&scores[0].answers), 1);
}

#[test]
fn a_figure_that_is_not_there_is_not_found_and_nonsense_is_invalid() {
    let mut survey = Survey::of(many(1, 3, answer(Instrument::Nps, 10.0)));
    let class = |survey: &Survey, figure| survey.ask(Some(figure)).unwrap_err().class();
    assert_eq!(class(&survey, "scores/nps///negative"), ErrorClass::NotFound);
    assert_eq!(class(&survey, "scores/csat///answers"), ErrorClass::NotFound);
    for figure in ["", "scores", "scores/nps/answers", "default/outcomes/*/won", "attributes/red/positive"] {
        assert_eq!(class(&survey, figure), ErrorClass::Invalid, "{figure}");
    }
    survey.request.instrument = "smiles".to_owned();
    assert_eq!(class(&survey, "scores/nps///answers"), ErrorClass::Invalid);
}
