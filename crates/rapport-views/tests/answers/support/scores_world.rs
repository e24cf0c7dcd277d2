//! Companies whose customers respond to surveys, and questions about their responses.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind, scale::Better, survey_answered::Personal};

use super::{
    company::{Company, companies, hours},
    proto,
};

prop_compose! {
    /// Every fifth scale is not that of its instrument, or another one than the question had before.
    fn responses()(
        (instrument, is_odd, low_is_better) in (1..=4_i32, prop::bool::weighted(0.15), prop::bool::weighted(0.2)),
        tenths in 0..=10_u8,
        (question, wave) in (prop::sample::select(vec!["", "", "speed"]), prop::sample::select(vec!["", "spring", "autumn"])),
        (survey, product, tier) in (prop::sample::select(vec!["S", "T"]), prop::sample::select(vec!["", "pen", "ink"]), prop::sample::select(vec!["", "gold"])),
        expectation in prop::option::of(-1..=1_i32),
        comment in prop::sample::select(vec![
            "", "agent:ilze", "agent:jonas", "agent:ilze agent:jonas theme:price", "theme:price", "survey:S party:c1",
        ]),
    ) -> Kind {
        let (min, max) = match (instrument, is_odd) {
            (1, false) => (0.0, 10.0),
            (2, false) => (1.0, 5.0),
            (3, false) => (1.0, 7.0),
            (_, true) => (1.0, 101.0),
            (_, false) => (-2.0, 3.0),
        };
        let value = min + ((max - min) * f64::from(tenths) / 10.0_f64).round();
        let better = if low_is_better { Better::Low } else { Better::High };
        let personal = (!comment.is_empty()).then(|| Personal { comment: comment.to_owned() });
        Kind::SurveyAnswered(v1::SurveyAnswered {
            instrument,
            survey_id: survey.to_owned(),
            question: question.to_owned(),
            scale: Some(v1::Scale { min, max, better: better.into() }),
            value: Some(value),
            wave: wave.to_owned(),
            product: product.to_owned(),
            tier: tier.to_owned(),
            expectation,
            personal,
            ..v1::SurveyAnswered::default()
        })
    }
}

/// Companies that are asked what their customers say.
pub(crate) fn responding() -> impl Strategy<Value = Company> {
    let few = responses().prop_filter("one instrument", |kind| {
        matches!(kind, Kind::SurveyAnswered(answered) if answered.instrument == 2 && answered.question.is_empty())
    });
    prop_oneof![2 => companies(responses(), 60).boxed(), 1 => companies(few, 60).boxed()]
}

/// What responses are grouped by.
pub(crate) const BY: [&str; 12] = [
    "product",
    "channel",
    "staff",
    "branch",
    "tier",
    "wave",
    "survey",
    "question",
    "month",
    "quarter",
    "tag:agent",
    "tag:theme",
];

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (instrument, survey_id) in (prop::sample::select(vec!["", "", "", "csat", "custom"]), prop::sample::select(vec!["", "", "", "S", "U"])),
        question in prop::option::weighted(0.2, prop::sample::select(vec!["", "speed"])),
        wave in prop::sample::select(vec!["", "", "", "", "spring"]),
        responses in 0..=2_i32,
        by in prop::sample::subsequence(BY.to_vec(), 0..=2).prop_shuffle(),
        rolling_days in prop::sample::select(vec![0, 0, 30, 90]),
    ) -> v1::ScoresRequest {
        v1::ScoresRequest {
            instrument: instrument.to_owned(),
            survey_id: survey_id.to_owned(),
            question: question.map(str::to_owned),
            wave: wave.to_owned(),
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            responses,
            by: by.into_iter().map(str::to_owned).collect(),
            rolling_days,
            ..v1::ScoresRequest::default()
        }
    }
}
