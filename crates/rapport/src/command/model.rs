//! The answer of a model, in the form that was asked for.

use prost::Message;
use rapport_views::model::Model;

use super::view_time::print_meta;
use crate::{
    cli::Output,
    show::{Zone, lines, note, print, tables},
};

/// Prints an answer: as tables with what else there is to ask, as JSON, or as CSV.
///
/// # Errors
/// Stdout does not take it.
pub fn print_answer<M>(
    output: Output,
    request: &M::Request,
    answer: &M::Response,
    zone: &Zone,
    more: &str,
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
            tables(out, &M::page(request, answer), zone)?;
            note(out, more)
        },
        |out| lines(out, &M::page(request, answer), M::LINES, zone),
    )
}
