//! Real data on the whole way: exports of other systems, imported into a ledger that publishes, projected from Kafka
//! into PostgreSQL by two processes. Whatever the ledger answers as of random moments on both clocks, from its own views
//! in SQLite, the projectors answer as well, to the last row.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod exports;

use std::{
    collections::BTreeSet,
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use exports::{SALES, import, olist, rows, sales, write};
use prost::Message as _;
use prost_types::Timestamp;
use rapport_proto::v1::{
    FigureEventsRequest, FigureObject, FunnelMeasure, FunnelRequest, ReadAllRequest, RecordedEvent,
    SatisfactionRequest, TimelineRequest, ViewStatusRequest, ViewTime, figure_events_request::View,
    funnel_request::Cohort, ledger_client::LedgerClient, views_client::ViewsClient,
};
use rapport_tests::{Broker, Database, Fsync, Ledger, Projector, Random, data_set, get, shared_broker};
use tokio::runtime::Runtime;
use tonic::{Code, Request, Response, Status, transport::Channel};

/// Pairs of moments asked about.
const PAIRS: usize = 21;
/// Customers asked about, for each pair.
const CUSTOMERS: usize = 24;
/// Figures of each answer that are drilled down to, for each pair.
const FIGURES: usize = 1;
const PATIENCE: Duration = Duration::from_secs(120);
/// Lines of the help desk's file.
const TICKET_LINES: usize = 1_500;
const MICROS: i64 = 1_000_000;

/// Imports a part of a help desk, a sales pipeline, and a part of a marketplace, as they would have been exported on one
/// day after the other.
fn import_everything(ledger: &Ledger, into: &Path, folders: [PathBuf; 3]) {
    let [tickets, pipeline, market] = folders;
    let rejected = into.join("rejected.csv");
    let text = fs::read_to_string(tickets.join("helpdesk.csv")).unwrap();
    let lines: Vec<&str> = text.lines().take(TICKET_LINES).collect();
    let file = into.join("helpdesk.csv");
    fs::write(&file, lines.join("\n")).unwrap();
    import(ledger, "helpdesk-italy", &[file], "2014-01-31", &rejected);
    let raw = rows(&pipeline.join("sales_pipeline.csv"));
    // The first one and the last one.
    for (number, day) in SALES.iter().step_by(3).enumerate() {
        let file = into.join(format!("sales_pipeline_{number}.csv"));
        write(&file, &sales(&raw, day));
        import(ledger, "sales-pipeline", &[file], day, &rejected);
    }
    for day in ["2017-06-30", "2018-01-31"] {
        let files = olist(&market, day, &into.join(day));
        import(ledger, "olist", &files, day, &rejected);
    }
}

/// Every event of a ledger.
fn events(runtime: &Runtime, url: &str) -> Vec<RecordedEvent> {
    runtime.block_on(async {
        let mut client = LedgerClient::connect(url.to_owned()).await.unwrap();
        let mut answers = client.read_all(ReadAllRequest::default()).await.unwrap().into_inner();
        let mut events = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            events.extend(answer.events.iter().map(|event| RecordedEvent::decode(event.clone()).unwrap()));
        }
        events
    })
}

fn micros(moment: &Timestamp) -> i64 {
    moment.seconds * MICROS + i64::from(moment.nanos) / 1_000
}

fn moment(micros: i64) -> Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(MICROS)).unwrap() * 1_000;
    Timestamp { seconds: micros.div_euclid(MICROS), nanos }
}

/// What both are asked.
struct Both<'a> {
    runtime: &'a Runtime,
    ledger: ViewsClient<Channel>,
    projector: ViewsClient<Channel>,
}

impl<'a> Both<'a> {
    fn new(runtime: &'a Runtime, ledger: &str, projector: &str) -> Self {
        let client = |url: &str| runtime.block_on(ViewsClient::connect(url.to_owned())).unwrap();
        Self { runtime, ledger: client(ledger), projector: client(projector) }
    }

    /// Asks both the same at once, and gives their answer: it must be one.
    fn ask<Q: Clone + Debug, A: PartialEq + Debug>(
        &self,
        question: &Q,
        ask: impl AsyncFn(ViewsClient<Channel>, Request<Q>) -> Result<Response<A>, Status>,
    ) -> Result<A, Code> {
        let asked = |client: &ViewsClient<Channel>| ask(client.clone(), Request::new(question.clone()));
        let (ledger, projector) =
            self.runtime.block_on(async { tokio::join!(asked(&self.ledger), asked(&self.projector)) });
        let answer = |answer: Result<Response<A>, Status>| {
            answer.map(Response::into_inner).map_err(|status| status.code())
        };
        let (ledger, projector) = (answer(ledger), answer(projector));
        if ledger != projector {
            panic!("{question:#?}\n{}", difference(&ledger, &projector));
        }
        ledger
    }

    /// A customer's timeline, page by page; how many entries.
    fn timeline(&self, mut request: TimelineRequest) -> u64 {
        let mut entries = 0;
        loop {
            let page = self.ask(&request, async |mut client, asked| client.timeline(asked).await);
            let Ok(page) = page else {
                assert_eq!(page.unwrap_err(), Code::NotFound);
                return 0;
            };
            entries += page.entries.len() as u64;
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                assert_eq!(entries, page.total, "{request:#?}");
                return entries;
            }
        }
    }

    /// Some figures of an answer, and what each counts, page by page; how many objects.
    fn drill_down(&self, random: &mut Random, view: &View, answer: &impl Debug) -> u64 {
        let text = format!("{answer:?}");
        let names = text.split("figure: \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let chosen = (0..FIGURES).filter_map(|_| names.get(random.below(names.len() as u64) as usize));
        let listed = chosen.map(|name| {
            let mut request = FigureEventsRequest {
                view: Some(view.clone()),
                figure: name.clone(),
                page_size: 1_000,
                ..FigureEventsRequest::default()
            };
            let mut objects: Vec<FigureObject> = Vec::new();
            loop {
                let page =
                    self.ask(&request, async |mut client, asked| client.figure_events(asked).await).unwrap();
                objects.extend(page.objects);
                request.page_token = page.next_page_token;
                if request.page_token.is_empty() {
                    assert_eq!(objects.len() as u64, page.total, "{request:#?}");
                    return page.total;
                }
            }
        });
        listed.sum()
    }

    /// A funnel and a satisfaction; how many objects their figures listed.
    fn figures(&self, random: &mut Random, time: ViewTime, from: i64) -> u64 {
        let until = micros(&time.occurred_until.unwrap());
        let mut within = || moment(from + random.below((until - from).max(1) as u64) as i64);
        let window = prost_types::Duration { seconds: 60 * 86_400, nanos: 0 };
        let cohort = Cohort { from: Some(within()), to: Some(moment(until)), window: Some(window) };
        let funnel = FunnelRequest {
            time: Some(time),
            period_from: Some(within()),
            cohort: Some(cohort),
            ..FunnelRequest::default()
        };
        let satisfaction = SatisfactionRequest {
            time: Some(time),
            period_from: random.one_in(2).then_some(moment(from)),
            group_by: random.below(7) as i32,
            companies: true,
            ..SatisfactionRequest::default()
        };
        let whole = FunnelRequest { time: Some(time), ..FunnelRequest::default() };
        // Alone it is answered from other rows than with the rest.
        let snapshot = FunnelRequest { measures: vec![FunnelMeasure::Snapshot.into()], ..whole.clone() };
        let mut objects = 0;
        self.ask(&snapshot, async |mut client, asked| client.funnel(asked).await).unwrap();
        for request in [funnel, whole] {
            let answer = self.ask(&request, async |mut client, asked| client.funnel(asked).await).unwrap();
            objects += self.drill_down(random, &View::Funnel(request), &answer);
        }
        let answer =
            self.ask(&satisfaction, async |mut client, asked| client.satisfaction(asked).await).unwrap();
        objects + self.drill_down(random, &View::Satisfaction(satisfaction), &answer)
    }

    /// Waits until every view of both has every event: the ledger's own follow it as the projectors' do.
    fn wait_for(&self, head: u64) {
        let deadline = Instant::now() + PATIENCE;
        let [ledger, projector] = [&self.ledger, &self.projector].map(|client| {
            loop {
                let mut client = client.clone();
                let status = self
                    .runtime
                    .block_on(client.view_status(ViewStatusRequest::default()))
                    .unwrap()
                    .into_inner();
                if !status.views.is_empty() && status.views.iter().all(|view| view.position == head) {
                    break BTreeSet::from_iter(status.views.into_iter().map(|view| view.view));
                }
                assert!(Instant::now() < deadline, "{status:?}, of {head}");
            }
        });
        assert_eq!(ledger, projector, "the views of the ledger and of the projector");
    }
}

/// The first lines that differ.
fn difference(ledger: &impl Debug, projector: &impl Debug) -> String {
    let (ledger, projector) = (format!("{ledger:#?}"), format!("{projector:#?}"));
    let at = ledger.lines().zip(projector.lines()).position(|(one, other)| one != other).unwrap_or(0);
    let around = |text: &str| -> Vec<String> {
        text.lines().skip(at.saturating_sub(12)).take(20).map(str::to_owned).collect()
    };
    format!("the ledger:\n{}\nthe projector:\n{}", around(&ledger).join("\n"), around(&projector).join("\n"))
}

fn applied_by(projector: &Projector) -> u64 {
    let page = get(&projector.http, "/metrics", None).unwrap().1;
    let line = page.lines().find_map(|line| line.strip_prefix("rapport_source_events_total "));
    line.unwrap().parse().unwrap()
}

#[test]
fn projectors_answer_about_real_data_what_the_ledger_does() {
    let folders = ["helpdesk_italy", "crm_sales_opportunities", "olist_sample_a"].map(data_set);
    let [Some(tickets), Some(pipeline), Some(market)] = folders else { return };
    let mut random = Random::seeded("projected_real_data");
    let broker: &Broker = shared_broker().unwrap();
    let database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--simulated-clock", "--kafka", broker.bootstrap(), "--kafka-partitions", "6"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let from = format!("kafka://{}", broker.bootstrap());
    let projectors = [0, 1].map(|_| Projector::start(&from, &database.url(), &[]).unwrap());
    import_everything(&ledger, folder.path(), [tickets, pipeline, market]);

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let both = projectors.each_ref().map(|projector| Both::new(&runtime, &ledger.url, &projector.url));
    let events = events(&runtime, &ledger.url);
    both.iter().for_each(|both| both.wait_for(events.len() as u64));
    let applied = projectors.each_ref().map(applied_by);
    assert!(applied.iter().all(|applied| *applied > 0), "{applied:?}");

    let mut occurred: Vec<i64> =
        events.iter().filter_map(|event| Some(micros(event.occurred_at.as_ref()?))).collect();
    occurred.sort_unstable();
    let recorded: BTreeSet<i64> =
        events.iter().filter_map(|event| Some(micros(event.recorded_at.as_ref()?))).collect();
    let recorded: Vec<i64> = recorded.into_iter().collect();
    let customers: BTreeSet<&str> = events.iter().map(|event| event.customer.as_str()).collect();
    let customers: Vec<&str> = customers.into_iter().filter(|customer| !customer.is_empty()).collect();
    let (mut entries, mut objects) = (0, 0);
    for pair in 0..PAIRS {
        // As of a moment in each stretch of the data's time; as known at an import, between two, or at the end.
        let at = (pair * occurred.len() + random.below(occurred.len() as u64) as usize) / PAIRS;
        let import = random.below(recorded.len() as u64) as usize;
        let after = recorded.get(import + 1).map_or(MICROS, |next| next - recorded[import]);
        let later = if random.one_in(2) { random.below(after as u64) as i64 } else { 0 };
        let time = ViewTime {
            occurred_until: Some(moment(occurred[at])),
            recorded_until: Some(moment(recorded[import] + later)),
            ..ViewTime::default()
        };
        let both = &both[pair % 2];
        objects += both.figures(&mut random, time, occurred[0]);
        for number in 0..CUSTOMERS {
            // Every second one by its events: those that have many.
            let any = events[random.below(events.len() as u64) as usize].customer.as_str();
            let chosen = customers[random.below(customers.len() as u64) as usize];
            let customer = if number % 2 == 0 && !any.is_empty() { any } else { chosen };
            entries += both.timeline(TimelineRequest {
                time: Some(time),
                customer: customer.to_owned(),
                page_size: 20 + random.below(200) as u32,
                oldest_first: random.one_in(2),
                include_contacts: random.one_in(2),
                ..TimelineRequest::default()
            });
        }
    }
    eprintln!("{} events; compared: {entries} entries, {objects} objects of figures", events.len());
    assert!(entries > 0 && objects > 0);
}
