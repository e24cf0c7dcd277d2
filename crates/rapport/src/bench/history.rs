//! Reading one customer's events, at random, among few customers and among many.

use std::time::Instant;

use rapport_proto::v1::{Query, ReadAllRequest, query};

use super::{
    fill, load,
    row::{Row, Run, Times},
    scan,
    setting::Bench,
};

/// Fills a ledger for each number of customers and reads customers at random.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let sizes = args.customers.map_or_else(|| vec![10_000, 1_000_000], |customers| vec![customers]);
    for customers in sizes {
        let subject = bench.subject().await?;
        fill::notes(&subject, "h", args.events, customers, args.size).await?;
        let mut runs = Vec::new();
        for run in 0..args.runs {
            let (mut times, mut events) = (Times::new()?, 0);
            let begun = Instant::now();
            for question in 0..args.questions {
                // Only customers that have events.
                let filled = (run * args.questions + question).wrapping_mul(7_919) % args.events;
                let customer = load::customer("h", filled, customers);
                let items = vec![query::Item { customer, ..query::Item::default() }];
                let request = ReadAllRequest { query: Some(Query { items }), ..ReadAllRequest::default() };
                let asked = Instant::now();
                events += scan::read(&subject, request).await?;
                times.add(asked.elapsed());
            }
            anyhow::ensure!(events >= args.questions, "customers without events: {events} events read");
            runs.push(Run::new(args.questions, begun.elapsed(), &times));
        }
        bench.print(&Row {
            work: "history",
            what: format!("{customers} customers"),
            shape: (1, 0, args.size),
            unit: "reads",
            runs,
            notes: vec![("events", args.events.to_string())],
            ..Row::default()
        })?;
        subject.stop().await?;
    }
    Ok(())
}
