//! Every model asked of both stores: the answers are the same, and so is what each figure counts.

use std::fmt::Debug;

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    ActivityRequest, CallsRequest, ChannelsRequest, ClassesRequest, ConsentRequest, ContactsRequest,
    CustomerRequest, CustomersRequest, DefinitionsRequest, DeliveriesRequest, Figure, FindRequest,
    FunnelMeasure, FunnelRequest, GalleryRequest, HandoverRequest, LeadsRequest, NeedsRequest, OrdersRequest,
    PathsRequest, PortfolioRequest, PotentialRequest, PricesRequest, ProfitRequest, PyramidRequest,
    ReceivablesRequest, ResistanceRequest, RetentionMeasure, RetentionRequest, SatisfactionRequest,
    ScoresRequest, StaffRequest, StockRequest, TicketsRequest, TodayRequest, ValueRequest,
    funnel_request::Cohort, satisfaction_request::GroupBy,
};
use rapport_store::ReadModels;
use rapport_views::{
    answers::{AsOf, ObjectKind},
    model::{
        Activity, Asked, Calls, Channels, Classes, Consent, Contacts, Customer, Customers, Definitions,
        Deliveries, Find, Funnel, Gallery, Handover, Leads, Model, Needs, Orders, Paths, Portfolio,
        Potential, Prices, Profit, Pyramid, Receivables, Resistance, Retention, Satisfaction, Scores,
        Snapshots, Staff, Stock, Tickets, Today, Value,
    },
    rows::Symbol,
    table::Dictionary,
};

use super::{Log, at, script::party, wire};

/// Two stores, and what they are asked about.
struct Both<'a> {
    one: &'a dyn ReadModels,
    other: &'a dyn ReadModels,
    log: &'a Log,
    as_of: AsOf,
}

impl Both<'_> {
    /// The answer of a model, and what each of its figures counts.
    fn same<M: Model<Response: Debug>>(&self, request: &M::Request) {
        let asked = |models: &dyn ReadModels| {
            let snapshots = Snapshots::of::<M>(|view| models.rows(view)).unwrap();
            in_words::<M>(&snapshots, request, self.as_of, self.log)
        };
        same(&asked(self.one), &asked(self.other));
    }

    fn answer<M: Model>(&self, models: &dyn ReadModels, request: &M::Request) -> M::Response {
        let snapshots = Snapshots::of::<M>(|view| models.rows(view)).unwrap();
        let zone = TimeZone::UTC;
        let asked = snapshots.asked(self.as_of, &zone, self.log);
        M::answer(request, snapshots.rows(), &asked).unwrap().response
    }

    /// Whether both stores know a party. An event that was corrected in the same instant may have named it: only SQLite has
    /// heard of it then.
    fn knows<M: Model>(&self, customer: &str) -> bool {
        let knows = |models: &dyn ReadModels| {
            let rows = models.rows(M::VIEW).unwrap();
            rows.number(Dictionary::Party, customer).unwrap().is_some()
        };
        knows(self.one) && knows(self.other)
    }
}

/// Asks every model of two stores that have read the same events.
pub(crate) fn same_answers_of_models(one: &dyn ReadModels, other: &dyn ReadModels, log: &Log, as_of: AsOf) {
    same_answers(one, other, log, as_of, &WANTED);
    activities(&Both { one, other, log, as_of });
}

/// Asks every model of two stores of which one has read more. An id leads to its customer from the first event on that names
/// it, as of whenever one asks.
pub(crate) fn same_answers_as_known(one: &dyn ReadModels, longer: &dyn ReadModels, log: &Log, as_of: AsOf) {
    let (_, without_id) = WANTED.split_first().unwrap();
    same_answers(one, longer, log, as_of, without_id);
    activities(&Both { one, other: longer, log, as_of });
}

/// The same of two stores of which one has heard more that it no longer believes: who did what counts that, too.
pub(crate) fn same_beliefs(one: &dyn ReadModels, longer: &dyn ReadModels, log: &Log, as_of: AsOf) {
    let (_, without_id) = WANTED.split_first().unwrap();
    same_answers(one, longer, log, as_of, without_id);
}

fn same_answers(one: &dyn ReadModels, other: &dyn ReadModels, log: &Log, as_of: AsOf, texts: &[&str]) {
    let both = Both { one, other, log, as_of };
    // Moments of these histories are seconds of 1970; a window without an end is of the year 9999.
    let (period_from, period_to) = (Some(wire(2)), Some(wire(9_000)));
    for request in funnel_requests() {
        both.same::<Funnel>(&request);
    }
    for group_by in [GroupBy::Unspecified, GroupBy::Staff] {
        let group_by = group_by.into();
        both.same::<Satisfaction>(&SatisfactionRequest { companies: true, group_by, ..Default::default() });
    }
    scores(&both);
    for (by, purchases_from) in [(1, 0), (2, 0), (1, 2)] {
        both.same::<Classes>(&ClassesRequest { by, purchases_from, period_from, ..Default::default() });
    }
    for (by, purchases_from) in [(1, 0), (2, 2), (3, 0), (4, 1), (5, 1), (6, 1), (6, 2), (7, 1), (7, 2)] {
        let request = OrdersRequest { by, purchases_from, period_from, period_to, ..Default::default() };
        both.same::<Orders>(&request);
    }
    for purchases_from in [1, 2] {
        both.same::<Profit>(&ProfitRequest { purchases_from, period_from, ..Default::default() });
    }
    for (of, by) in [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 1), (2, 6)] {
        both.same::<Prices>(&PricesRequest { of, by, period_from, ..Default::default() });
    }
    for request in customers_requests() {
        both.same::<Customers>(&request);
    }
    customers(&both);
    of_service(&both, period_from, period_to);
    of_obstacles(&both);
    both.same::<Receivables>(&ReceivablesRequest { period_from, ..Default::default() });
    consents(&both);
    for purchases_from in [1, 2] {
        let request =
            PortfolioRequest { purchases_from, period_from: Some(wire(9)), period_to, ..Default::default() };
        both.same::<Portfolio>(&request);
    }
    for purchases_from in [1, 2] {
        let request = PotentialRequest { purchases_from, period_from, period_to, ..Default::default() };
        both.same::<Potential>(&request);
    }
    for (every, purchases_from) in [(2, 0), (3, 2)] {
        let request = RetentionRequest { every, purchases_from, inactive_days: 1, ..Default::default() };
        both.same::<Retention>(&request);
    }
    values(&both);
    let measures = vec![RetentionMeasure::Gaps.into()];
    let gaps = RetentionRequest { measures, targets: "north".to_owned(), ..Default::default() };
    both.same::<Retention>(&gaps);
    // The earlier moment lies before the end of the period.
    if as_of.occurred_until > at(12) {
        for (from, before, purchases_from, level) in [(12, 11, 1, 0), (15, 9, 2, 6)] {
            let (period_from, compared_with) = (Some(wire(from)), Some(wire(before)));
            let request =
                PyramidRequest { period_from, compared_with, purchases_from, level, ..Default::default() };
            both.same::<Pyramid>(&request);
        }
    }
    let all = DefinitionsRequest { earlier: true, bodies: true, ..Default::default() };
    both.same::<Definitions>(&all);
    for text in texts {
        let request = FindRequest { text: (*text).to_owned(), page_size: 100, ..Default::default() };
        both.same::<Find>(&request);
    }
}

/// Who did what when.
fn activities(both: &Both<'_>) {
    let (period_from, period_to) = (Some(wire(2)), Some(wire(9_000)));
    for by in 0..=6 {
        let list = by % 2 == 1;
        let window_days = u32::try_from(by).unwrap();
        both.same::<Activity>(&ActivityRequest { by, list, window_days, period_from, ..Default::default() });
    }
    let actors = vec!["ilze".to_owned(), "nobody".to_owned()];
    let types = vec!["order.placed".to_owned(), "record.disclosed".to_owned(), String::new()];
    for (actors, types) in [(actors, Vec::new()), (Vec::new(), types), (vec![String::new()], Vec::new())] {
        let request = ActivityRequest { actors, types, period_from, period_to, ..Default::default() };
        both.same::<Activity>(&ActivityRequest { list: true, ..request.clone() });
        both.same::<Activity>(&request);
    }
    for number in [0, 3] {
        if both.knows::<Activity>(&party(number)) {
            let customers = vec![party(number), "nobody".to_owned()];
            both.same::<Activity>(&ActivityRequest { customers, by: 2, list: true, ..Default::default() });
        }
    }
}

/// How things are done for customers.
fn of_service(
    both: &Both<'_>,
    period_from: Option<prost_types::Timestamp>,
    period_to: Option<prost_types::Timestamp>,
) {
    for (by, list, suppliers) in [(0, 0, false), (1, 1, false), (2, 2, true), (3, 2, false), (4, 0, false)] {
        let request = DeliveriesRequest { by, list, suppliers, ..Default::default() };
        both.same::<Deliveries>(&request);
        // What arrives is said by days that are years after these moments.
        both.same::<Deliveries>(&DeliveriesRequest { period_from, period_to, ..request });
    }
    for (days, actor) in [(1, ""), (366, "ilze")] {
        both.same::<Today>(&TodayRequest { days, actor: actor.to_owned(), ..Default::default() });
    }
    for (by, list) in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3), (7, 1)] {
        let request = LeadsRequest { by, list, window_days: 30, ..Default::default() };
        both.same::<Leads>(&request);
        both.same::<Leads>(&LeadsRequest { period_from, period_to, ..request });
    }
    of_staff(both, period_from, period_to);
    for (by, conversions, model) in [(1, 1, 0), (2, 2, 6), (1, 2, 5)] {
        let request = ChannelsRequest { by, conversions, model, period_from, ..Default::default() };
        both.same::<Channels>(&request);
    }
    for by in 0..=12 {
        both.same::<Contacts>(&ContactsRequest { by, period_from, period_to, ..Default::default() });
    }
    for by in 0..=8 {
        let request = CallsRequest { by, direction: by % 3, period_from, period_to, ..Default::default() };
        both.same::<Calls>(&request);
    }
    for media_type in ["", "image/"] {
        let media_type = media_type.to_owned();
        both.same::<Gallery>(&GalleryRequest { media_type, ..Default::default() });
    }
    for by in 1..=2 {
        both.same::<Stock>(&StockRequest { by, period_from, period_to, ..Default::default() });
    }
    for of in 1..5 {
        both.same::<Paths>(&PathsRequest { of, period_from, ..Default::default() });
    }
    for by in 1..=12 {
        let (pushed, pushed_above) = (1 + by % 2, Some(0));
        let request = TicketsRequest { by, pushed, pushed_above, period_from, ..Default::default() };
        both.same::<Tickets>(&request);
    }
}

/// The organisation's own people.
fn of_staff(
    both: &Both<'_>,
    period_from: Option<prost_types::Timestamp>,
    period_to: Option<prost_types::Timestamp>,
) {
    for (by, list) in [(1, 1), (1, 2), (2, 1), (3, 1)] {
        both.same::<Staff>(&StaffRequest { by, list, period_from, period_to, ..Default::default() });
    }
    for staff in ["", "ilze", "jonas"] {
        let request = HandoverRequest { period_from, staff: staff.to_owned(), ..Default::default() };
        both.same::<Handover>(&request);
    }
}

/// What customers need, and what keeps them from buying.
fn of_obstacles(both: &Both<'_>) {
    let (period_from, period_to) = (Some(wire(2)), Some(wire(9_000)));
    for (by, purchases_from) in [(0, 0), (1, 1), (2, 2), (3, 0), (4, 0), (5, 1), (6, 0), (7, 2)] {
        both.same::<Needs>(&NeedsRequest { by, purchases_from, period_from, ..Default::default() });
    }
    both.same::<Needs>(&NeedsRequest { period_from, period_to, ..Default::default() });
    for by in ["", "region", "segment"] {
        let request = ResistanceRequest { by: by.to_owned(), period_from, ..Default::default() };
        both.same::<Resistance>(&request);
        both.same::<Resistance>(&ResistanceRequest { period_to, ..request });
    }
    closed_as_in_the_funnel(both, period_from);
}

/// The same deals are closed in a period whichever model says it.
fn closed_as_in_the_funnel(both: &Both<'_>, period_from: Option<prost_types::Timestamp>) {
    let n = |figure: &Option<Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    for models in [both.one, both.other] {
        let request = ResistanceRequest { period_from, ..Default::default() };
        let total = both.answer::<Resistance>(models, &request).total.unwrap();
        let measures = vec![FunnelMeasure::Outcomes.into()];
        let request = FunnelRequest { period_from, measures, ..Default::default() };
        let pipelines = both.answer::<Funnel>(models, &request).pipelines;
        let outcomes = pipelines.iter().flat_map(|one| &one.outcomes).filter(|row| row.currency == "*");
        let closed = outcomes.fold((0, 0), |(won, lost), row| (won + n(&row.won), lost + n(&row.lost)));
        assert_eq!((n(&total.won), n(&total.lost)), closed, "{:?}", both.as_of);
    }
}

/// All responses and the latest, by groups of every kind.
fn scores(both: &Both<'_>) {
    let groups = [
        &["tag:deal"][..],
        &["survey", "month"],
        &["staff", "tag:deal"],
        &["question", "channel"],
        &["product", "wave"],
        &["tier", "branch"],
        &["quarter"],
    ];
    for (by, responses) in groups.into_iter().zip([1, 2].into_iter().cycle()) {
        let by = by.iter().map(|one| (*one).to_owned()).collect();
        both.same::<Scores>(&ScoresRequest { by, responses, rolling_days: 30, ..Default::default() });
    }
}

fn values(both: &Both<'_>) {
    for (model, purchases_from) in [(1, 0), (2, 2)] {
        both.same::<Value>(&ValueRequest { model, purchases_from, ..Default::default() });
    }
    // These histories are seconds of one day: the later moment is on the next one.
    if both.as_of.occurred_until < at(100_000) && both.as_of.recorded_until >= at(200_000) {
        let compared_with = Some(wire(200_000));
        both.same::<Value>(&ValueRequest { compared_with, ..Default::default() });
    }
}

fn customers_requests() -> [CustomersRequest; 2] {
    let request = |condition: &str, sort: &str| {
        CustomersRequest {
        condition: condition.to_owned(),
        fields: "segment lifecycle role owner country open_value owed last_contact strength profit white_space alive"
            .split(' ')
            .map(str::to_owned)
            .collect(),
        sort: vec![sort.to_owned()],
        period_from: Some(wire(2)),
        everybody: sort == "level",
        ..Default::default()
    }
    };
    [
        request("abc in (A, B) or silence <= 30d or not purchases = 1", "-last_purchase"),
        request("open_deals > 0 or xyz is known or (overdue > 0 EUR and nps is not known)", "level"),
    ]
}

/// Two of the parties, where both stores know them.
fn customers(both: &Both<'_>) {
    for number in [0, 3] {
        let customer = party(number);
        if both.knows::<Customer>(&customer) {
            for without_contacts in [false, true] {
                let customer = customer.clone();
                both.same::<Customer>(&CustomerRequest { customer, without_contacts, ..Default::default() });
            }
        }
    }
}

/// What may be sent for purposes that these histories have, to everybody and to two of the parties.
fn consents(both: &Both<'_>) {
    let (period_from, period_to) = (Some(wire(2)), Some(wire(9_000)));
    for (purpose, topic) in [("", ""), ("marketing", "pen"), ("service", "")] {
        let [purpose, topic] = [purpose, topic].map(str::to_owned);
        let request = ConsentRequest { purpose, topic, period_from, period_to, ..Default::default() };
        both.same::<Consent>(&request);
        for number in [0, 3] {
            let customer = party(number);
            if both.knows::<Consent>(&customer) {
                both.same::<Consent>(&ConsentRequest { customer, ..request.clone() });
            }
        }
    }
}

fn funnel_requests() -> Vec<FunnelRequest> {
    let cohort = Cohort {
        from: Some(wire(3)),
        to: Some(wire(25)),
        window: Some(prost_types::Duration { seconds: 9, nanos: 0 }),
    };
    let snapshot = FunnelRequest { measures: vec![FunnelMeasure::Snapshot.into()], ..Default::default() };
    let period = FunnelRequest { period_from: Some(wire(5)), cohort: Some(cohort), ..Default::default() };
    vec![FunnelRequest::default(), snapshot, period]
}

/// Who is looked for; the first one is an id.
const WANTED: [&str; 14] = [
    "PARTY 1",
    "janis",
    "janis berz",
    "berzinsh",
    "anno berzina",
    "ivan",
    "иваноф",
    "name 1",
    "a",
    "+371 67123456",
    "123456",
    "janis@example",
    "lv 4000-1",
    "a\0b",
];

/// Shows the lines that differ.
fn same(one: &[String], other: &[String]) {
    let lines = |answer: &[String]| {
        answer.iter().flat_map(|part| part.lines()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (one, other) = (lines(one), lines(other));
    let at = one.iter().zip(&other).position(|(one, other)| one != other);
    let around =
        |lines: &[String]| at.map(|at| lines[at.saturating_sub(12)..(at + 6).min(lines.len())].join("\n"));
    assert!(one == other, "{:?}\n\n{:?}", around(&one), around(&other));
}

/// Texts that a store could change, take for one another or put in another order; the third is the second in rows.
pub(crate) const TEXTS: [&str; 14] = [
    "a",
    "a\0b",
    "a\u{fffd}b",
    "\0",
    "a\0",
    "a\u{1}b",
    "B",
    "ä",
    "a\u{308}",
    "a ",
    "a\u{200b}",
    "\u{10ffff}",
    "%_{}",
    "I\u{307}",
];

/// What `Debug` wrote of one of our texts.
fn unescaped(name: &str) -> String {
    let written = |text: &str| format!("{text:?}").trim_matches('"').to_owned();
    let texts = TEXTS.iter().filter(|text| written(text) != **text);
    texts.fold(name.to_owned(), |name, text| name.replace(&written(text), text))
}

/// The names of all figures of an answer.
fn figures(response: &impl Debug) -> Vec<String> {
    let text = format!("{response:?}");
    let names = text.split("figure: \"").skip(1).map(|rest| unescaped(rest.split('"').next().unwrap()));
    names.filter(|name| !name.is_empty()).collect()
}

/// An answer of a model with what each of its figures counts, in words.
fn in_words<M: Model<Response: Debug>>(
    snapshots: &Snapshots,
    request: &M::Request,
    as_of: AsOf,
    log: &Log,
) -> Vec<String> {
    let (rows, zone) = (snapshots.rows(), TimeZone::UTC);
    let ask = |figure: Option<&str>| {
        let asked = Asked { figure, ..snapshots.asked(as_of, &zone, log) };
        M::answer(request, rows, &asked).unwrap()
    };
    let response = ask(None).response;
    let mut lines = vec![format!("{response:#?}")];
    let symbols = rows.symbols().unwrap();
    for figure in figures(&response) {
        for hit in ask(Some(&figure)).objects {
            let name = match hit.kind {
                ObjectKind::Named(dictionary) => rows.name(dictionary, hit.object).unwrap(),
                ObjectKind::Party => rows.party_name(hit.object).unwrap(),
                ObjectKind::Product => symbols.text(Symbol(hit.object.0 as u32)).to_owned(),
                ObjectKind::Event => format!("event {}", hit.object.0),
            };
            let customer = rows.party_name(hit.customer).unwrap();
            lines.push(format!("{figure} {:?} {name} {customer} {:?}", hit.kind, hit.positions));
        }
    }
    lines
}
