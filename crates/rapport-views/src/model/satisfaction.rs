//! What satisfaction shows: scores with their uncertainty, who answered, how it changes.

use rapport_proto::fit;
use rapport_proto::v1::{
    Figure, SatisfactionMeasure, SatisfactionRequest, SatisfactionResponse, Score,
    satisfaction_request::GroupBy,
};

use super::{Answered, AskError, Asked, Model, Token, fields_of_every_model};
use crate::{
    answers::satisfaction::{ask, wants},
    page::{Grid, GridCell, GridColumn, Lines, Mark, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// Rolling points shown of a question: the last year and a bit.
const ROLLING_MAX: usize = 13;

/// What customers say.
#[derive(Debug, Clone, Copy)]
pub struct Satisfaction;

impl Model for Satisfaction {
    type Request = SatisfactionRequest;
    type Response = SatisfactionResponse;
    const NAME: &'static str = "satisfaction";
    const RESPONSE: &'static str = "rapport.v1.SatisfactionResponse";
    const VIEW: View = View::Satisfaction;
    const LINES: Lines = Lines::Rows(&[
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
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    /// Its rows are those of all lists, one list after the other.
    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        let mut page = fit::Page::after(token.skip, beside);
        page.keep(&mut response.scores);
        page.keep(&mut response.trend);
        page.keep(&mut response.rolling);
        page.keep(&mut response.attributes);
        page.keep(&mut response.companies);
        response.next_page_token = token.after(&page);
        response.rows_left_out = page.left_out() as u64;
    }

    fn page(request: &SatisfactionRequest, response: &SatisfactionResponse) -> Page {
        let parts: Vec<_> = request.measures().collect();
        let wants = |part| wants(&parts, part);
        let mut page = Page::default();
        if wants(SatisfactionMeasure::Scores) {
            if response.scores.is_empty() {
                page.notes.push(Words::new("no_answers", "no responses"));
            }
            page.grids.extend([scores(request, response), expectations(request, response)]);
        }
        if wants(SatisfactionMeasure::Trend) {
            page.grids.push(trend(response));
        }
        if wants(SatisfactionMeasure::Rolling) {
            page.grids.push(rolling(response));
        }
        if wants(SatisfactionMeasure::Attributes) {
            page.grids.push(attributes(response));
        }
        if request.companies || parts.contains(&SatisfactionMeasure::Companies) {
            page.grids.push(companies(response));
        }
        page
    }

    fields_of_every_model!();
}

/// What responses are grouped by.
fn group_title(request: &SatisfactionRequest) -> &'static str {
    match request.group_by() {
        GroupBy::Unspecified => "group",
        GroupBy::Product => "product",
        GroupBy::Channel => "channel",
        GroupBy::Staff => "staff",
        GroupBy::Branch => "branch",
        GroupBy::Tier => "tier",
        GroupBy::Wave => "wave",
    }
}

fn size(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn total(response: &SatisfactionResponse, of: impl Fn(&Score) -> u64) -> u64 {
    response.scores.iter().map(of).sum()
}

/// `left out: 12 responses without a wave`, or nothing for none.
fn left_out(key: &'static str, of_what: &str, responses: u64, why: &str) -> Words {
    if responses == 0 {
        return Words::default();
    }
    let noun = noun(responses);
    Words::new(key, format!("left out{of_what}: {{}} {noun} {why}")).with_count(responses)
}

const fn noun(responses: u64) -> &'static str {
    if responses == 1 { "response" } else { "responses" }
}

fn instrument() -> GridColumn {
    GridColumn::new("instrument", "instrument", Unit::Code)
}

fn question() -> GridColumn {
    GridColumn::new("question", "question", Unit::Text)
}

fn answers() -> GridColumn {
    GridColumn::new("answers", "n", Unit::Count)
}

fn score() -> GridColumn {
    GridColumn::new("score", "score", Unit::Score).drawn(Picture::Interval)
}

/// The score with its interval, on the scale of its instrument.
fn score_cell(score: &Score) -> GridCell {
    let scale = match score.instrument.as_str() {
        "nps" => Some((-100.0, 100.0)),
        "csat" => Some((0.0, 100.0)),
        _ => score.scale_min.zip(score.scale_max),
    };
    GridCell { interval: score.low.zip(score.high), scale, ..GridCell::number(score.score) }
}

/// What exports have of each score, beside what a grid shows.
const OF_EXPORTS: [(&str, Unit); 9] = [
    ("positive", Unit::Count),
    ("neutral", Unit::Count),
    ("negative", Unit::Count),
    ("sent", Unit::Count),
    ("response_rate", Unit::Share),
    ("expectation_met", Unit::Share),
    ("expectation_exceeded", Unit::Share),
    ("answers_without_customer", Unit::Count),
    ("sent_without_customer", Unit::Count),
];

fn of_exports() -> impl Iterator<Item = GridColumn> {
    OF_EXPORTS.iter().map(|(key, unit)| GridColumn::new(key, *key, *unit).for_exports())
}

/// How many were asked: of groups that no asking names, it is not known.
fn asked(score: &Score, of: fn(&Score) -> GridCell) -> GridCell {
    if score.sent.is_some() { of(score) } else { GridCell::unknown() }
}

fn cells_of_exports(score: &Score) -> [GridCell; 9] {
    [
        GridCell::figure(score.positive.as_ref()),
        GridCell::figure(score.neutral.as_ref()),
        GridCell::figure(score.negative.as_ref()),
        asked(score, |score| GridCell::figure(score.sent.as_ref())),
        GridCell::number(score.response_rate),
        GridCell::number(score.expectation_met),
        GridCell::number(score.expectation_exceeded),
        GridCell::count(score.answers_without_customer),
        asked(score, |score| GridCell::count(score.sent_without_customer)),
    ]
}

fn scores(request: &SatisfactionRequest, response: &SatisfactionResponse) -> Grid {
    let shown = [
        instrument(),
        question(),
        GridColumn::new("group", group_title(request), Unit::Text).most(),
        answers(),
        score(),
        GridColumn::new("positive", "+", Unit::Count).less(3),
        GridColumn::new("neutral", "0", Unit::Count).less(1),
        GridColumn::new("negative", "−", Unit::Count).less(2),
    ];
    // The parts of a score are shown, and in exports too.
    let mut grid = Grid::new("score", "scores").columns(shown.into_iter().chain(of_exports().skip(3)));
    for row in &response.scores {
        let [positive, neutral, negative, exports @ ..] = cells_of_exports(row);
        // A mean is made of no parts.
        let has_parts = row.instrument == "nps" || row.instrument == "csat";
        let part = |cell: GridCell| if has_parts { cell } else { cell.named("-") };
        let shown = [
            GridCell::text(&row.instrument),
            GridCell::text(&row.question),
            GridCell::text(&row.group),
            GridCell::figure(row.answers.as_ref()),
            score_cell(row),
            part(positive),
            part(neutral),
            part(negative),
        ];
        grid.row(shown.into_iter().chain(exports));
    }
    let unsigned = total(response, |score| score.answers_without_customer);
    if unsigned > 0 {
        let all = total(response, |score| size(score.answers.as_ref()));
        let noun = noun(all);
        grid.note(
            Words::new(
                "answers_without_customer",
                format!("{{}} of {{}} {noun} without a customer: each counts by itself"),
            )
            .with_count(unsigned)
            .with_count(all),
        );
    }
    let why = "on a scale that the instrument does not have";
    grid.note(left_out("answers_off_scale", "", response.answers_off_scale, why));
    grid
}

/// Only where the ledger has askings, or answers with expectations.
fn expectations(request: &SatisfactionRequest, response: &SatisfactionResponse) -> Grid {
    let mut grid = Grid::new("response", "who answered, and what they had expected").for_readers().columns([
        instrument(),
        question(),
        GridColumn::new("group", group_title(request), Unit::Text).most(),
        GridColumn::new("sent", "asked", Unit::Count),
        GridColumn::new("response_rate", "response", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("expectation_met", "as expected or better", Unit::Share),
        GridColumn::new("expectation_exceeded", "better", Unit::Share),
    ]);
    let told = |row: &&Score| size(row.sent.as_ref()) > 0 || row.expectation_met.is_some();
    for row in response.scores.iter().filter(told) {
        grid.row([
            GridCell::text(&row.instrument),
            GridCell::text(&row.question),
            GridCell::text(&row.group),
            asked(row, |score| GridCell::figure(score.sent.as_ref())),
            GridCell::number(row.response_rate),
            GridCell::number(row.expectation_met),
            GridCell::number(row.expectation_exceeded),
        ]);
    }
    let unknown = total(response, |score| score.sent_without_customer);
    if unknown > 0 {
        grid.note(
            Words::new(
                "sent_without_customer",
                "left out of the response: {} of {} asked, without a customer",
            )
            .with_count(unknown)
            .with_count(total(response, |score| size(score.sent.as_ref()))),
        );
    }
    grid
}

fn trend(response: &SatisfactionResponse) -> Grid {
    let shown = [
        instrument(),
        question().most(),
        GridColumn::new("wave", "wave", Unit::Code),
        answers(),
        score(),
        GridColumn::new("z", "z", Unit::Ratio).less(1),
        GridColumn::new("group", "group", Unit::Text).for_exports(),
    ];
    let title = "from wave to wave (* a difference beyond chance)";
    let mut grid = Grid::new("trend", title).columns(shown.into_iter().chain(of_exports()));
    for row in &response.trend {
        let score = row.score.clone().unwrap_or_default();
        // The first wave has none before it.
        let z = row.z.map_or_else(GridCell::nothing, |z| GridCell::number(Some(z)));
        let shown = [
            GridCell::text(&score.instrument),
            GridCell::text(&score.question),
            GridCell::text(&row.wave),
            GridCell::figure(score.answers.as_ref()),
            score_cell(&score),
            z.marked(Mark::Significant, row.significant),
            GridCell::text(&score.group),
        ];
        grid.row(shown.into_iter().chain(cells_of_exports(&score)));
    }
    let without = if response.trend.is_empty() { 0 } else { response.answers_without_wave };
    grid.note(left_out("answers_without_wave", "", without, "without a wave"));
    grid
}

fn rolling(response: &SatisfactionResponse) -> Grid {
    let shown = [
        instrument(),
        question().most(),
        GridColumn::new("until", "until", Unit::Day),
        answers(),
        score(),
        GridColumn::new("group", "group", Unit::Text).for_exports(),
    ];
    let mut grid = Grid::new("rolling", "rolling 90 days").columns(shown.into_iter().chain(of_exports()));
    let series = response.rolling.chunk_by(|a, b| a.instrument == b.instrument && a.question == b.question);
    let (mut shown, mut questions) = (0, 0);
    for points in series {
        let older = points.len().saturating_sub(ROLLING_MAX);
        (shown, questions) = (shown + points.len() - older, questions + 1);
        for (place, point) in points.iter().enumerate() {
            let score = point.score.clone().unwrap_or_default();
            let cells = [
                GridCell::text(&score.instrument),
                GridCell::text(&score.question),
                GridCell::moment(point.until.as_ref()),
                GridCell::figure(score.answers.as_ref()),
                score_cell(&score),
                GridCell::text(&score.group),
            ];
            let cells = cells.into_iter().chain(cells_of_exports(&score));
            if place < older { grid.row_aside(cells) } else { grid.row(cells) }
        }
    }
    if shown < response.rolling.len() {
        let of_each = if questions == 1 { "" } else { " of each question" };
        let text =
            format!("the last {ROLLING_MAX} months{of_each}: {{}} of {{}} rows; `--output csv` has all");
        let note = Words::new("rolling_latest", text);
        grid.note(note.with_count(shown as u64).with_count(response.rolling.len() as u64));
    }
    grid
}

fn attributes(response: &SatisfactionResponse) -> Grid {
    let shown = [
        question().most(),
        answers(),
        GridColumn::new("importance", "importance", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("performance", "performance", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("quadrant", "so", Unit::Code),
    ];
    let mut grid =
        Grid::new("attribute", "importance and performance").columns(shown.into_iter().chain(of_exports()));
    for row in &response.attributes {
        let cells = [
            GridCell::text(&row.question),
            GridCell::figure(row.answers.as_ref()),
            GridCell::number(Some(row.importance)),
            GridCell::number(Some(row.performance)),
            GridCell::text(&row.quadrant),
        ];
        grid.row(cells.into_iter().chain(cells_of_exports(&Score::default())));
    }
    let without = if response.attributes.is_empty() { 0 } else { response.answers_without_importance };
    let of = " of importance and performance";
    grid.note(left_out("answers_without_importance", of, without, "without an importance"));
    grid
}

fn companies(response: &SatisfactionResponse) -> Grid {
    let shown = [
        GridColumn::new("group", "company", Unit::Text).most(),
        instrument(),
        question(),
        GridColumn::new("answers", "contacts", Unit::Count),
        GridColumn::new("score", "mean", Unit::Score),
    ];
    let mut grid = Grid::new("company", "companies").columns(shown.into_iter().chain(of_exports()));
    for row in &response.companies {
        let of = |score: &&Score| score.instrument == row.instrument && score.question == row.question;
        let scale = response.scores.iter().find(of).and_then(|score| score.scale_min.zip(score.scale_max));
        let cells = [
            GridCell::text(&row.company),
            GridCell::text(&row.instrument),
            GridCell::text(&row.question),
            GridCell::figure(row.contacts.as_ref()),
            GridCell { scale, ..GridCell::number(Some(row.mean)) },
        ];
        grid.row(cells.into_iter().chain(cells_of_exports(&Score::default())));
    }
    let why = "not given by a contact of one";
    grid.note(left_out(
        "answers_without_company",
        " of the companies",
        response.answers_without_company,
        why,
    ));
    grid
}
