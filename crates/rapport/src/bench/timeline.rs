//! A page of fifty entries of a customer's timeline.

use std::time::Instant;

use rapport_proto::v1::TimelineRequest;

use super::{
    fill, load,
    row::{Row, Run, Times},
    setting::Bench,
};
use crate::{demo::wait_for_views, failure::Refused};

/// Entries a page.
const PAGE_SIZE: u32 = 50;

/// Fills a ledger and asks for pages of customers at random.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let subject = bench.subject().await?;
    let customers = bench.customers();
    // A given ledger that an earlier run filled is measured as it is.
    if subject.head().await? < args.events {
        fill::notes(&subject, "t", args.events, customers, args.size).await?;
    }
    wait_for_views(&subject.client, subject.head().await?).await?;
    let mut views = subject.client.views();
    let (mut runs, mut entries) = (Vec::new(), 0);
    for run in 0..args.runs {
        let mut times = Times::new()?;
        let begun = Instant::now();
        for question in 0..args.questions {
            let filled = (run * args.questions + question).wrapping_mul(7_919) % args.events;
            let customer = load::customer("t", filled, customers);
            let request = TimelineRequest { customer, page_size: PAGE_SIZE, ..TimelineRequest::default() };
            let asked = Instant::now();
            let page = views.timeline(request).await.map_err(Refused::from)?.into_inner();
            times.add(asked.elapsed());
            entries += page.entries.len();
        }
        runs.push(Run::new(args.questions, begun.elapsed(), &times));
    }
    let a_page = entries as f64 / (args.runs * args.questions) as f64;
    bench.print(&Row {
        work: "timeline",
        what: format!("pages of {PAGE_SIZE}"),
        shape: (1, 0, args.size),
        unit: "pages",
        runs,
        notes: vec![("events", args.events.to_string()), ("entries-a-page", format!("{a_page:.1}"))],
        ..Row::default()
    })?;
    subject.stop().await
}
