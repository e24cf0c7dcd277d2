//! `rapport publish --verify`: compares the topic with the log.

use std::{collections::BTreeMap, io::Write};

use anyhow::Context;
use rapport_kafka::{Claims, Stop, TopicFault, TopicFaultKind, TopicVerification, verify_topic};
use rapport_model::Position;
use rapport_server::KafkaConfig;
use serde_json::json;
use tokio::{runtime::Handle, task::spawn_blocking};

use super::feed::LedgerFeed;
use crate::{
    client::Client,
    failure::AnswerIsNo,
    shared_args::Shared,
    show::{Align, Output, Page, Progress, Table, count, counted},
};

/// Compares and prints what is wrong.
///
/// # Errors
/// [`AnswerIsNo`], or the comparison failed.
pub(super) async fn verify(shared: &Shared, kafka: &KafkaConfig) -> anyhow::Result<()> {
    let head = Client::connect(&shared.server).await?.ledger_head().await?;
    let options = kafka.publisher(&head.ledger_id)?.kafka;
    let mut feed = LedgerFeed::new(&shared.server, &head.ledger_id, Handle::current());
    // The server's own publisher, if it publishes to this topic.
    let own = head.publisher.filter(|publisher| publisher.topic == kafka.topic);
    let published = own.map(|publisher| Position(publisher.position));
    let claims = Claims { ledger_id: head.ledger_id, published };
    let compared = spawn_blocking(move || {
        let bar = Progress::events(0);
        let found = verify_topic(&options, &claims, &mut feed, &Stop::new(), |at, until| {
            bar.of(until.0);
            bar.at(at.0, "compared".to_owned());
        });
        bar.finish();
        found
    });
    let found = compared.await.context("comparing ended by a fault of the program; report this")??;
    let mut page = Page::stdout();
    match shared.output {
        Output::Table => table(&mut page, &kafka.topic, &found)?,
        Output::Json => json(&mut page, &kafka.topic, &found)?,
        Output::Csv => csv(&mut page, &found)?,
    }
    page.finish()?;
    if found.is_sound() {
        return Ok(());
    }
    let faults = counted(found.faults_total(), "fault", "faults");
    Err(AnswerIsNo(format!("`{}` is not the log: {faults}", kafka.topic)).into())
}

const COLUMNS: [&str; 6] = ["fault", "first", "last", "partition", "offset", "detail"];

fn cells(fault: &TopicFault) -> [String; 6] {
    fn optional(number: Option<impl ToString>) -> String {
        number.map(|number| number.to_string()).unwrap_or_default()
    }
    let TopicFault { kind, first, last, partition, offset, detail } = fault;
    let name = kind.name().to_owned();
    [name, optional(*first), optional(*last), optional(*partition), optional(*offset), detail.clone()]
}

fn table(page: &mut Page, topic: &str, found: &TopicVerification) -> anyhow::Result<()> {
    writeln!(page, "topic        {topic}")?;
    let (until, records) = (count(found.until.0), count(found.records));
    writeln!(page, "compared     up to position {until}, {records} records")?;
    match found.unpublished {
        0 => writeln!(page, "unpublished  nothing: the log ends at position {}", count(found.head.0))?,
        some => writeln!(
            page,
            "unpublished  {}, the log ends at position {}: no fault while the publisher catches up; if it stays, see \
             `rapport status` or the publisher's /readyz",
            counted(some, "event", "events"),
            count(found.head.0)
        )?,
    }
    if found.deleted > 0 {
        writeln!(
            page,
            "deleted      {} events, the last at position {}: the topic's retention deleted its beginning",
            count(found.deleted),
            count(found.deleted_until.0)
        )?;
    }
    if found.is_sound() {
        writeln!(page, "\nsound")?;
        return Ok(());
    }
    for kind in TopicFaultKind::ALL {
        if found.total(kind) > 0 {
            writeln!(page, "{:<13} {}", kind.name(), count(found.total(kind)))?;
        }
    }
    let [fault, first, last, partition, offset, detail] = COLUMNS;
    let mut table = Table::new(&[
        (fault, Align::Left),
        (first, Align::Right),
        (last, Align::Right),
        (partition, Align::Right),
        (offset, Align::Right),
        (detail, Align::Telling),
    ]);
    for fault in &found.faults {
        table.row(cells(fault));
    }
    table.print(page, "Faults, the first of each kind")?;
    writeln!(page)?;
    for kind in TopicFaultKind::ALL.into_iter().filter(|kind| found.total(*kind) > 0) {
        writeln!(page, "{}: {}", kind.name(), kind.remedy())?;
    }
    Ok(())
}

fn json(page: &mut Page, topic: &str, found: &TopicVerification) -> anyhow::Result<()> {
    let fault = |fault: &TopicFault| {
        let TopicFault { kind, first, last, partition, offset, detail } = fault;
        let (first, last) = (first.map(|first| first.0), last.map(|last| last.0));
        json!({
            "fault": kind.name(), "first": first, "last": last,
            "partition": partition, "offset": offset, "detail": detail, "remedy": kind.remedy(),
        })
    };
    let totals: BTreeMap<_, _> =
        TopicFaultKind::ALL.into_iter().map(|kind| (kind.name(), found.total(kind))).collect();
    let whole = json!({
        "sound": found.is_sound(),
        "topic": topic,
        "position": found.until.0,
        "records": found.records,
        "unpublished": { "events": found.unpublished, "logEnd": found.head.0 },
        "deletedByRetention": { "events": found.deleted, "lastPosition": found.deleted_until.0 },
        "totals": totals,
        "faults": found.faults.iter().map(fault).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *page, &whole)?;
    Ok(writeln!(page)?)
}

fn csv(page: &mut Page, found: &TopicVerification) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(COLUMNS)?;
    for fault in &found.faults {
        csv.write_record(cells(fault))?;
    }
    Ok(csv.flush()?)
}
