//! Pages: how many rows one has at most, and where the next one begins.

use prost::Message;
use rapport_model::Timestamp;
use rapport_proto::{fit, v1};
use rapport_views::answers::AsOf;

use crate::refusal::Refusal;

/// What a request may ask for at most.
const SIZE_MAX: u32 = 1_000;

/// Refuses a page that would be larger; 0 is the service's choice.
pub fn check_size(asked: u32) -> Result<(), Refusal> {
    if asked <= SIZE_MAX {
        return Ok(());
    }
    let expected =
        format!("expected at most `{SIZE_MAX}`, found `{asked}`; ask for the pages one after the other");
    Err(Refusal::field("page_size", expected))
}

/// Where a page begins, and the moment that the first page was as of: all pages are of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub skip: usize,
    pub as_of: AsOf,
}

impl Token {
    /// As clients pass it on.
    pub fn text(self) -> String {
        format!(
            "{}.{}.{}",
            self.skip,
            self.as_of.occurred_until.as_micros(),
            self.as_of.recorded_until.as_micros()
        )
    }

    /// The first page when the text is empty.
    pub fn parse(text: &str, as_of: AsOf) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Ok(Self { skip: 0, as_of });
        }
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let (skip, occurred, recorded) = (next(), next(), next());
        let skip = skip.and_then(|skip| usize::try_from(skip).ok());
        let (Some(skip), Some(occurred), Some(recorded)) = (skip, occurred, recorded) else {
            return Err(Refusal::field(
                "page_token",
                "expected `next_page_token` of the page before, as it came",
            ));
        };
        let as_of = AsOf {
            occurred_until: Timestamp::from_micros(occurred),
            recorded_until: Timestamp::from_micros(recorded),
        };
        Ok(Self { skip, as_of })
    }

    /// The next page's, behind what is on this one; empty when nothing is.
    fn after(self, page: &fit::Page) -> String {
        if page.left_out() == 0 {
            return String::new();
        }
        Self { skip: self.skip + page.taken(), ..self }.text()
    }
}

/// Leaves of a funnel what is on the page of this token: its rows are those of all lists, pipeline by pipeline.
pub fn of_funnel(answer: &mut v1::FunnelResponse, token: Token) {
    let mut page = fit::Page::after(token.skip, 0);
    answer.meta.iter_mut().for_each(|meta| page.keep(&mut meta.definitions));
    answer.pipelines.retain_mut(|pipeline| {
        let before = page;
        page.keep(&mut pipeline.stages);
        page.keep(&mut pipeline.snapshot);
        page.keep(&mut pipeline.conversion);
        pipeline.cohort.iter_mut().for_each(|cohort| page.keep(&mut cohort.steps));
        page.keep(&mut pipeline.balance);
        page.keep(&mut pipeline.time_in_stage);
        page.keep(&mut pipeline.outcomes);
        page.keep(&mut pipeline.competitors);
        page.keep(&mut pipeline.loss_reasons);
        // One without any rows is on the first page.
        page.taken() > before.taken() || (page == before && token.skip == 0)
    });
    if token.skip > 0 {
        answer.leads = None;
    }
    answer.next_page_token = token.after(&page);
    answer.rows_left_out = page.left_out() as u64;
}

/// Leaves of satisfaction what is on the page of this token, beside so many bytes: its rows are those of all lists, one
/// list after the other.
pub fn of_satisfaction(answer: &mut v1::SatisfactionResponse, token: Token, beside: usize) {
    let mut page = fit::Page::after(token.skip, beside);
    page.keep(&mut answer.scores);
    page.keep(&mut answer.trend);
    page.keep(&mut answer.rolling);
    page.keep(&mut answer.attributes);
    page.keep(&mut answer.companies);
    answer.next_page_token = token.after(&page);
    answer.rows_left_out = page.left_out() as u64;
}

/// Leaves of the rows of classes those that have room beside so many bytes; they begin where this token does.
pub fn of_classes(answer: &mut v1::ClassesResponse, token: Token, beside: usize) {
    let rows = std::mem::take(&mut answer.rows);
    let all = rows.len() as u64 + answer.rows_left_out;
    let mut page = fit::Page::after(0, beside + answer.encoded_len());
    answer.rows = rows;
    page.keep(&mut answer.rows);
    answer.rows_left_out = all - page.taken() as u64;
    let next = Token { skip: token.skip + page.taken(), ..token };
    answer.next_page_token = if answer.rows_left_out == 0 { String::new() } else { next.text() };
}

/// Leaves of a page of objects what has room in an answer.
pub fn of_objects(answer: &mut v1::FigureEventsResponse, token: Token) {
    answer.objects.iter_mut().for_each(fit::object);
    let mut page = fit::Page::after(0, 0);
    page.keep(&mut answer.objects);
    let end = token.skip + page.taken();
    let more = (end as u64) < answer.total;
    answer.next_page_token = if more { Token { skip: end, ..token }.text() } else { String::new() };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_carries_its_place_and_its_moment() {
        let as_of = AsOf {
            occurred_until: Timestamp::from_micros(-5),
            recorded_until: Timestamp::from_micros(7_000_000),
        };
        let token = Token { skip: 100, as_of };
        let other = AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::MAX };
        assert_eq!(Token::parse(&token.text(), other).ok(), Some(token));
        assert_eq!(Token::parse("", as_of).ok(), Some(Token { skip: 0, as_of }));
        for wrong in ["x", "1", "1.2", "-1.2.3", "1.2.3.4", "1.2.x"] {
            assert!(Token::parse(wrong, as_of).is_err(), "{wrong}");
        }
    }
}
