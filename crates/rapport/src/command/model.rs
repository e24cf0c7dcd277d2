//! The answer of a model, in the form that was asked for.

use std::io::Write;

use prost::Message;
use rapport_views::{model::Model, page};

use super::view_time::print_meta;
use crate::{
    shared_args::Shared,
    show::{Output, Zone, lines, note, print, tables},
};

/// What tables show without flags: the one screen that answers the question.
pub(super) struct Headline {
    /// Leaves of the page what belongs on it.
    pub shape: fn(&mut page::Page),
    /// What else there is to ask.
    pub more: &'static str,
}

impl Headline {
    /// Whether it is what was asked for: tables, and no measure in particular.
    pub(super) fn is_asked<T>(shared: &Shared, measures: &[T], figure: Option<&String>) -> bool {
        shared.output == Output::Table && measures.is_empty() && figure.is_none()
    }
}

/// Prints an answer: as tables (of a headline with what else there is to ask), as JSON, or as CSV.
///
/// # Errors
/// Stdout does not take it.
pub(super) fn print_answer<M>(
    output: Output,
    request: &M::Request,
    answer: &M::Response,
    zone: &Zone,
    headline: Option<&Headline>,
) -> anyhow::Result<()>
where
    M: Model,
    M::Response: Message,
{
    print(
        output,
        M::RESPONSE,
        answer,
        |out| {
            print_meta(out, M::NAME, M::meta(answer), zone)?;
            let mut page = M::shown(request, answer);
            if let Some(headline) = headline {
                (headline.shape)(&mut page);
            }
            tables(out, &page, zone)?;
            let Some(headline) = headline else { return Ok(()) };
            writeln!(out)?;
            note(out, headline.more)
        },
        |out| lines(out, &M::page(request, answer), M::LINES, zone),
    )
}
