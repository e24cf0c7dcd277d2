//! Satisfaction for spreadsheets: a score a line, whichever part of the answer it is in.

use rapport_proto::v1::{Figure, SatisfactionResponse, Score};

use crate::show::{Page, Zone, plain_number};

const COLUMNS: [&str; 24] = [
    "part",
    "instrument",
    "question",
    "group",
    "wave",
    "until",
    "answers",
    "score",
    "low",
    "high",
    "positive",
    "neutral",
    "negative",
    "sent",
    "response_rate",
    "expectation_met",
    "expectation_exceeded",
    "z",
    "importance",
    "performance",
    "quadrant",
    "figure",
    "answers_without_customer",
    "sent_without_customer",
];

/// `part` is `score`, `trend`, `rolling`, `attribute` or `company`; `group` names a group's value or a company;
/// `figure` is the key of `answers`.
pub fn print(page: &mut Page, answer: &SatisfactionResponse, zone: &Zone) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(COLUMNS)?;
    for score in &answer.scores {
        csv.write_record(Line { part: "score", ..Line::of(score) }.cells())?;
    }
    for row in &answer.trend {
        let score = row.score.clone().unwrap_or_default();
        csv.write_record(
            Line { part: "trend", wave: row.wave.clone(), z: row.z, ..Line::of(&score) }.cells(),
        )?;
    }
    for row in &answer.rolling {
        let score = row.score.clone().unwrap_or_default();
        let until = zone.rfc3339(row.until.as_ref());
        csv.write_record(Line { part: "rolling", until, ..Line::of(&score) }.cells())?;
    }
    for row in &answer.attributes {
        let line = Line {
            part: "attribute",
            attribute: Some((row.importance, row.performance, row.quadrant.clone())),
            ..Line::of(&Score {
                question: row.question.clone(),
                answers: row.answers.clone(),
                ..Score::default()
            })
        };
        csv.write_record(line.cells())?;
    }
    for row in &answer.companies {
        let score = Score {
            instrument: row.instrument.clone(),
            question: row.question.clone(),
            group: row.company.clone(),
            answers: row.contacts.clone(),
            score: Some(row.mean),
            ..Score::default()
        };
        csv.write_record(Line { part: "company", ..Line::of(&score) }.cells())?;
    }
    Ok(csv.flush()?)
}

#[derive(Default)]
struct Line {
    part: &'static str,
    score: Score,
    wave: String,
    until: String,
    z: Option<f64>,
    attribute: Option<(f64, f64, String)>,
}

impl Line {
    fn of(score: &Score) -> Self {
        Self { score: score.clone(), ..Self::default() }
    }

    fn cells(self) -> [String; 24] {
        let Self { part, score, wave, until, z, attribute } = self;
        let count = |figure: &Option<Figure>| {
            figure.as_ref().map(|figure| figure.count.to_string()).unwrap_or_default()
        };
        let (importance, performance, quadrant) = attribute
            .map(|(importance, performance, quadrant)| (Some(importance), Some(performance), quadrant))
            .unwrap_or_default();
        [
            part.to_owned(),
            score.instrument,
            score.question,
            score.group,
            wave,
            until,
            count(&score.answers),
            plain_number(score.score),
            plain_number(score.low),
            plain_number(score.high),
            count(&score.positive),
            count(&score.neutral),
            count(&score.negative),
            count(&score.sent),
            plain_number(score.response_rate),
            plain_number(score.expectation_met),
            plain_number(score.expectation_exceeded),
            plain_number(z),
            plain_number(importance),
            plain_number(performance),
            quadrant,
            score.answers.map(|figure| figure.figure).unwrap_or_default(),
            score.answers_without_customer.to_string(),
            score.sent_without_customer.to_string(),
        ]
    }
}
