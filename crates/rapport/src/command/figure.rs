//! `--figure KEY`: the events behind one figure of an answer.

use std::io::Write;

use clap::Args;
use rapport_proto::v1::{
    FigureEventsRequest, FigureEventsResponse, FigureObject, figure_events_request::View,
};

use super::view_time::{Asking, print_meta};
use crate::{
    failure::Refused,
    shared_args::Shared,
    show::{Align, Page, Table, count, print},
};

/// Objects asked for at a time.
const PAGE_SIZE: u32 = 1_000;

/// Drilling down.
#[derive(Debug, Args)]
pub(crate) struct FigureArgs {
    /// List what this figure counts, and the positions of its events; keys are in `--output csv` and `json`
    #[arg(long, value_name = "KEY")]
    pub figure: Option<String>,
}

/// Prints what a figure counts: all of it.
///
/// # Errors
/// The server's; there being no such figure is an answer, and exit 1.
pub(crate) async fn run(shared: &Shared, asking: &Asking, view: View, figure: String) -> anyhow::Result<()> {
    let mut request =
        FigureEventsRequest { view: Some(view), figure, page_size: PAGE_SIZE, page_token: String::new() };
    let mut whole: Option<FigureEventsResponse> = None;
    loop {
        let answer =
            asking.client.views().figure_events(request.clone()).await.map_err(Refused::from)?.into_inner();
        let next = answer.next_page_token.clone();
        match &mut whole {
            Some(whole) => whole.objects.extend(answer.objects),
            None => whole = Some(FigureEventsResponse { next_page_token: String::new(), ..answer }),
        }
        if next.is_empty() {
            break;
        }
        request.page_token = next;
    }
    let answer = whole.unwrap_or_default();
    print(
        shared.output,
        "rapport.v1.FigureEventsResponse",
        &answer,
        |page| {
            print_meta(page, &format!("`{}`", request.figure), answer.meta.as_ref(), &asking.zone)?;
            table(page, &answer)
        },
        |page| csv(page, &answer),
    )
}

/// With how many there are beyond those of the answer.
fn positions(object: &FigureObject) -> String {
    let more = (object.positions_left_out > 0).then(|| format!("+{}", object.positions_left_out));
    object.positions.iter().map(u64::to_string).chain(more).collect::<Vec<_>>().join(" ")
}

fn table(page: &mut Page, answer: &FigureEventsResponse) -> anyhow::Result<()> {
    let mut table =
        Table::new(&[("object", Align::Left), ("customer", Align::Left), ("events at", Align::Cut)]);
    for object in &answer.objects {
        table.row([object.object.clone(), object.customer.clone(), positions(object)]);
    }
    writeln!(page)?;
    table.print(page, "")?;
    writeln!(
        page,
        "\n{} in all; see an event with `rapport tail --from POSITION --lines 1`",
        count(answer.total)
    )?;
    Ok(())
}

fn csv(page: &mut Page, answer: &FigureEventsResponse) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(["object", "customer", "positions"])?;
    for object in &answer.objects {
        csv.write_record([object.object.clone(), object.customer.clone(), positions(object)])?;
    }
    Ok(csv.flush()?)
}
