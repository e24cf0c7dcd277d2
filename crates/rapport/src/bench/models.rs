//! Every model over the made-up company, now and as of any two moments, beside the grouping that it needs as bare SQL.

use std::{
    path::PathBuf,
    pin::Pin,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use fastrand::Rng;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, ViewTime},
};
use rapport_store::View;
use rapport_story::{Plan, Story};
use tonic::Status;

use super::{
    footprint::memory,
    row::{Row, Run, Times},
    setting::{Bench, Subject},
};
use crate::{
    client::Client,
    client::server_args::ServerArgs,
    demo::{append_story, wait_for_views},
    failure::Refused,
    own_server::OwnServer,
};

/// Events that the story tells of a customer, about.
const EVENTS_A_CUSTOMER: u64 = 43;
/// Its last day, and what decides it.
const UNTIL: jiff::civil::Date = jiff::civil::date(2026, 1, 1);
const SEED: u64 = 1;
const TWO_YEARS: i64 = 730 * 86_400_000_000;

type Asked<'a> = Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>;

/// A model, how it is asked, and what it has to add up.
struct Model {
    name: &'static str,
    ask: for<'a> fn(&'a Client, Option<ViewTime>) -> Asked<'a>,
    /// Of which view the rows are.
    view: View,
    sql: &'static str,
}

/// ?1 is T, ?2 is K.
const LINES_BY_CUSTOMER: &str = "
    SELECT customer, currency, op, sum(net_minor_units), count(DISTINCT order_id), min(occurred_at), max(occurred_at)
    FROM purchase_line WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";

const LINES_BY_PRODUCT: &str = "
    SELECT product, currency, op, customer, sum(net_minor_units), count(DISTINCT order_id)
    FROM purchase_line WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3, 4";

const LINES: &str = "
    SELECT currency, op, sum(net_minor_units), count(DISTINCT order_id), count(DISTINCT customer)
    FROM purchase_line WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const INVOICES_BY_CUSTOMER: &str = "
    SELECT customer, currency, sum(total_minor_units), count(*)
    FROM invoice WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const STEPS_OF_TICKETS: &str = "
    SELECT ticket_id, min(occurred_at), max(occurred_at), count(*)
    FROM ticket_step WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1";

const DELIVERIES: &str = "
    SELECT order_id, step, min(day), max(day), count(*)
    FROM delivery WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const MET: &str = "
    SELECT customer, count(*), max(occurred_at)
    FROM touch WHERE two_way AND occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1";
const STEPS_OF_LEADS: &str = "
    SELECT customer, lead, step, min(occurred_at), count(*)
    FROM lead WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";

const ADDRESSED: &str = "
    SELECT customer, channel, purpose, count(*)
    FROM addressed WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";

const OWNERS: &str = "
    SELECT object, role, max(occurred_at), count(*)
    FROM owner WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const CONTACTS_BY_STAFF: &str = "
    SELECT staff, purpose, sum(duration_micros), count(*)
    FROM touch WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";
const NEEDS: &str = "
    SELECT need_id, step, min(occurred_at), max(occurred_at), count(*)
    FROM need WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const STEPS_OF_DEALS: &str = "
    SELECT deal, cause, min(occurred_at), max(occurred_at), count(*)
    FROM deal_step WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";
const CONTACTS: &str = "
    SELECT customer, channel, min(occurred_at), max(occurred_at), count(*)
    FROM touch WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";
const CONTACTED: &str = "
    SELECT customer, kind, two_way, count(*)
    FROM touch WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";

const CALLS: &str = "
    SELECT staff, outcome, sum(duration_micros), count(*)
    FROM call WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const ENTRIES: &str = "
    SELECT type, retracted, two_way, count(*), min(occurred_at), max(occurred_at)
    FROM entry WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";
const RESPONSES: &str = "
    SELECT instrument, question, value, count(*)
    FROM score WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";

const ARTIFACTS: &str = "
    SELECT outcome, media_type, count(*)
    FROM artifact WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2";

const STOCK: &str = "
    SELECT product, location, currency, sum(stock_minor_units), count(*)
    FROM stock WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 GROUP BY 1, 2, 3";

/// A model that is asked without anything but the moment, and the grouping without which it has no answer.
macro_rules! model {
    ($call:ident, $request:ident, $sql:expr) => {
        model!($call, $request, $sql, View::Facts)
    };
    ($call:ident, $request:ident, $sql:expr, $view:expr) => {
        Model {
            name: stringify!($call),
            ask: |client, time| {
                let request = v1::$request { time, ..v1::$request::default() };
                Box::pin(async move { client.views().$call(request).await.map(drop) })
            },
            view: $view,
            sql: $sql,
        }
    };
}

const MODELS: &[Model] = &[
    model!(classes, ClassesRequest, LINES_BY_CUSTOMER),
    model!(customers, CustomersRequest, LINES_BY_CUSTOMER),
    model!(pyramid, PyramidRequest, LINES_BY_CUSTOMER),
    model!(profit, ProfitRequest, LINES_BY_CUSTOMER),
    model!(retention, RetentionRequest, LINES_BY_CUSTOMER),
    model!(value, ValueRequest, LINES_BY_CUSTOMER),
    model!(portfolio, PortfolioRequest, LINES_BY_PRODUCT),
    model!(potential, PotentialRequest, LINES_BY_PRODUCT),
    model!(orders, OrdersRequest, LINES),
    model!(prices, PricesRequest, LINES_BY_PRODUCT),
    model!(receivables, ReceivablesRequest, INVOICES_BY_CUSTOMER),
    model!(paths, PathsRequest, STEPS_OF_TICKETS),
    model!(tickets, TicketsRequest, STEPS_OF_TICKETS),
    model!(deliveries, DeliveriesRequest, DELIVERIES),
    model!(today, TodayRequest, MET),
    model!(leads, LeadsRequest, STEPS_OF_LEADS),
    model!(consent, ConsentRequest, ADDRESSED),
    model!(staff, StaffRequest, CONTACTS_BY_STAFF),
    model!(handover, HandoverRequest, OWNERS),
    model!(needs, NeedsRequest, NEEDS),
    model!(resistance, ResistanceRequest, STEPS_OF_DEALS),
    model!(channels, ChannelsRequest, CONTACTS),
    model!(activity, ActivityRequest, ENTRIES, View::Timeline),
    model!(calls, CallsRequest, CALLS),
    model!(contacts, ContactsRequest, CONTACTED),
    model!(stock, StockRequest, STOCK),
    model!(gallery, GalleryRequest, ARTIFACTS),
    model!(scores, ScoresRequest, RESPONSES),
];

/// Who is asked.
struct Asking {
    subject: Subject,
    /// Where the rows are, for the bare SQL; of a given server nobody knows.
    rows: Option<PathBuf>,
    /// Now, in microseconds since 1970: (T, K) are of the two years before.
    now: i64,
    notes: Vec<(&'static str, String)>,
}

/// Tells a story of as many events to a server of its own, or takes a given one as it is, and asks every model.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let asking = if bench.given.is_some() {
        let subject = bench.subject().await?;
        Asking { subject, rows: None, now: jiff::Timestamp::now().as_microsecond(), notes: Vec::new() }
    } else {
        told(bench).await?
    };
    for model in MODELS {
        for is_now in [true, false] {
            let (runs, limit) = measure(bench, &asking, model, is_now).await?;
            let mut notes = asking.notes.clone();
            if asking.subject.own.is_some() {
                notes.push(("memory", memory(&asking.subject, "VmRSS:")?));
            }
            bench.print(&Row {
                work: "models",
                what: format!("{}, {}", model.name, if is_now { "now" } else { "any (T, K)" }),
                unit: "answers",
                runs,
                limits: limit.into_iter().map(|runs| ("bare-sql", runs)).collect(),
                notes,
                ..Row::default()
            })?;
        }
    }
    asking.subject.stop().await
}

/// A server of its own that was told a story.
async fn told(bench: &Bench) -> anyhow::Result<Asking> {
    let customers = u32::try_from(bench.args.events / EVENTS_A_CUSTOMER).unwrap_or(u32::MAX).max(1);
    let plan = Plan { seed: SEED, customers, until: UNTIL };
    let milestones = plan.milestones().context("the story has no end")?;
    let story = Story::new(plan).context("the story has no end")?;
    let own = OwnServer::serve(None, &["--simulated-clock"]).await?;
    let rows = Some(own.data().join("views"));
    let server = ServerArgs::own(own.url());
    let subject = Subject { client: Client::connect(&server).await?, server, own: Some(own) };
    let (events, last) = append_story(&subject.client, story, &milestones).await?;
    wait_for_views(&subject.client, last).await?;
    let now = UNTIL.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_microsecond();
    Ok(Asking { subject, rows, now, notes: vec![("events", events.to_string())] })
}

/// A question and, where the rows are known, the bare SQL, in turn.
async fn measure(
    bench: &Bench,
    asking: &Asking,
    model: &Model,
    is_now: bool,
) -> anyhow::Result<(Vec<Run>, Option<Vec<Run>>)> {
    let mut rng = Rng::with_seed(1);
    let end = asking.now;
    // A fiftieth of the questions that single rows get: each looks at every customer.
    let questions = (bench.args.questions / 50).max(1);
    let (mut runs, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..bench.args.runs {
        let (mut times, mut bare) = (Times::new()?, Times::new()?);
        let (mut answering, mut grouping) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..questions {
            let moments = if is_now {
                (end, i64::MAX)
            } else {
                (rng.i64(end - TWO_YEARS..end), rng.i64(end - TWO_YEARS..end))
            };
            let moment = |micros| Some(time::to_proto(Timestamp::from_micros(micros)));
            let time = (!is_now).then(|| ViewTime {
                occurred_until: moment(moments.0),
                recorded_until: moment(moments.1),
                ..ViewTime::default()
            });
            let asked = Instant::now();
            (model.ask)(&asking.subject.client, time).await.map_err(Refused::from)?;
            times.add(asked.elapsed());
            answering += asked.elapsed();
            if let Some(rows) = &asking.rows {
                let grouped = rapport_bench::sqlite::group(rows, model.view, model.sql, moments)?;
                bare.add(grouped);
                grouping += grouped;
            }
        }
        runs.push(Run::new(questions, answering, &times));
        limits.push(Run::new(questions, grouping, &bare));
    }
    Ok((runs, asking.rows.is_some().then_some(limits)))
}
