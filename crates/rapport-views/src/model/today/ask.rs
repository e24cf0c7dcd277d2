//! Asks a store for everything that is open, and answers.

use std::cmp::Reverse;

use hashbrown::HashMap;
use jiff::civil::Date;
use rapport_proto::{
    fit,
    v1::{self, TodayKind},
};

use super::{
    dated,
    owners::Owners,
    params::TodayParams,
    silent,
    thing::{About, KINDS, Thing, When, party_tag, word},
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{
        figures::{Evidence, Figures},
        met,
    },
    read::{ReadError, Rows},
    rows::{
        AgreementRow, ContractRow, DealStepRow, DeliveryRow, ExpectedCloseRow, HandoverRow, Identity,
        InvoiceRow, ObjectId, PurchaseLine, ScoreRow, Symbols, TicketRow,
    },
    table::{CUSTOMER, Filter, Row as _},
};

const WHENS: [When; 4] = [When::Overdue, When::Today, When::Ahead, When::Undated];

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::TodayRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::TodayResponse>, AskError> {
    let as_of = asked.as_of;
    let params = TodayParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut meta = v1::ViewMeta { as_of: Some(as_of.to_proto()), ..v1::ViewMeta::default() };
    let names = (&symbols, &identity);
    let Found { things, next } = found(rows, names, &params, asked, &mut meta)?;
    let (things, of_others) = in_order(things, rows, names, &params)?;
    let mut response = v1::TodayResponse {
        meta: Some(meta),
        today: params.today.to_string(),
        until: params.last.to_string(),
        ..v1::TodayResponse::default()
    };
    // A meeting that lies ahead is in no row until T.
    figures.beside(things.iter().filter_map(|Owned { thing, .. }| match thing.about {
        About::Event(position) => Some((thing.about.counted(), thing.customer, position)),
        About::Named(..) | About::Party(_) => None,
    }));
    let counts: Vec<v1::TodayCount> =
        KINDS.into_iter().filter_map(|kind| count(kind, &things, &params, &mut figures)).collect();
    if asked.skip == 0 {
        (response.counts, response.of_others) = (counts, of_others);
    }
    let mut page = fit::Page::beside(&response);
    for one in things.iter().skip(asked.skip).take(params.page_size) {
        let row = one.row(next.get(&one.thing.customer), &params, rows)?;
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (things.len().saturating_sub(asked.skip) - response.rows.len()) as u64;
    let objects = figures.hits(rows, &identity, as_of, evidence)?;
    Ok(Answered { response, objects })
}

/// What there is.
struct Found {
    things: Vec<Thing>,
    next: HashMap<ObjectId, Next>,
}

/// What comes next with a customer.
struct Next {
    day: Date,
    kind: TodayKind,
    tag: String,
}

fn found(
    rows: &dyn Rows,
    names: (&Symbols, &Identity),
    params: &TodayParams,
    asked: &Asked<'_>,
    meta: &mut v1::ViewMeta,
) -> Result<Found, AskError> {
    let identity = names.1;
    // Whatever is asked for, these say what comes next with a customer.
    let mut things = dated::promises(rows, names, params)?;
    things.extend(dated::meetings(rows, identity, params)?);
    things.extend(dated::deals(rows, names, params, asked)?);
    things.extend(dated::ending(rows, names, params)?);
    let next = next(&things, rows)?;
    if params.wants(TodayKind::Delivery) {
        things.extend(dated::deliveries(rows, names, asked)?);
    }
    if params.wants(TodayKind::Ticket) {
        things.extend(dated::tickets(rows, names, params, asked, meta)?);
    }
    if params.wants(TodayKind::Handover) {
        things.extend(dated::handovers(rows, identity, params)?);
    }
    things.retain(|thing| thing.day.is_none_or(|day| day <= params.last));
    things.extend(silent::customers(rows, names, params, asked, meta)?);
    things.retain(|thing| params.wants(thing.kind));
    Ok(Found { things, next })
}

/// The first dated thing of each customer. Of two of one day the kinds decide, and then the tags.
fn next(things: &[Thing], rows: &dyn Rows) -> Result<HashMap<ObjectId, Next>, ReadError> {
    let dated = || {
        let of_somebody = things.iter().filter(|thing| thing.customer != ObjectId::NOBODY);
        of_somebody.filter_map(|thing| Some((thing.customer, (thing.day?, thing.kind), thing.about)))
    };
    let mut first: HashMap<ObjectId, (Date, TodayKind)> = HashMap::new();
    for (customer, this, _) in dated() {
        let known = first.entry(customer).or_insert(this);
        *known = this.min(*known);
    }
    let mut next: HashMap<ObjectId, Next> = HashMap::with_capacity(first.len());
    for (customer, (day, kind), about) in dated() {
        if first.get(&customer) != Some(&(day, kind)) {
            continue;
        }
        let tag = about.tag(rows)?;
        match next.get_mut(&customer) {
            Some(known) if known.tag <= tag => {}
            Some(known) => known.tag = tag,
            None => {
                next.insert(customer, Next { day, kind, tag });
            }
        }
    }
    Ok(next)
}

/// A thing with its tag and who is responsible.
struct Owned {
    thing: Thing,
    tag: String,
    owner: String,
}

/// Those of the actor, in the order of the answer, and how many others there are.
fn in_order(
    things: Vec<Thing>,
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &TodayParams,
) -> Result<(Vec<Owned>, u64), AskError> {
    let owners = Owners::read(rows, (symbols, identity), params.as_of)?;
    let all = things.len();
    let mut own = Vec::new();
    for thing in things {
        let owner = symbols.text(owners.of(&thing, rows)?);
        if params.actor.is_empty() || params.actor == owner {
            own.push(Owned { tag: thing.about.tag(rows)?, owner: owner.to_owned(), thing });
        }
    }
    own.sort_by(|a, b| a.key().cmp(&b.key()));
    let others = (all - own.len()) as u64;
    Ok((own, others))
}

impl Owned {
    /// By day, those without one last; then by kind, the weightiest first, and by tag.
    fn key(&self) -> (bool, Option<Date>, i32, Reverse<i128>, &str) {
        let thing = &self.thing;
        (thing.day.is_none(), thing.day, thing.kind as i32, Reverse(thing.weight), &self.tag)
    }

    fn row(
        &self,
        next: Option<&Next>,
        params: &TodayParams,
        rows: &dyn Rows,
    ) -> Result<v1::TodayRow, ReadError> {
        let thing = &self.thing;
        let amount = thing.amount.as_ref();
        Ok(v1::TodayRow {
            kind: thing.kind.into(),
            customer: party_tag(rows, thing.customer)?,
            object: self.tag.clone(),
            due: thing.day.map(|day| day.to_string()).unwrap_or_default(),
            days: thing.day.map(|day| params.days_until(day)),
            is_overdue: thing.when(params) == When::Overdue,
            owner: self.owner.clone(),
            why: thing.why.clone(),
            amount_minor_units: amount.and_then(|(amount, _)| i64::try_from(*amount).ok()),
            currency: amount.map(|(_, currency)| currency.clone()).unwrap_or_default(),
            number: thing.number,
            next_step: next.map(|next| v1::TodayStep {
                kind: next.kind.into(),
                object: next.tag.clone(),
                due: next.day.to_string(),
            }),
        })
    }
}

/// How many of a kind, if any.
fn count(
    kind: TodayKind,
    things: &[Owned],
    params: &TodayParams,
    figures: &mut Figures,
) -> Option<v1::TodayCount> {
    let of_kind: Vec<&Thing> = things.iter().map(|one| &one.thing).filter(|one| one.kind == kind).collect();
    if of_kind.is_empty() {
        return None;
    }
    let mut of = |when: When| {
        let these = of_kind.iter().filter(|thing| thing.when(params) == when);
        figures.count(&[word(kind), when.word()], these.map(|thing| thing.about.counted()))
    };
    Some(v1::TodayCount {
        kind: kind.into(),
        overdue: of(When::Overdue),
        today: of(When::Today),
        ahead: of(When::Ahead),
        undated: of(When::Undated),
    })
}

/// The names that figures of this model have.
fn is_figure(parts: &[&str]) -> bool {
    let [kind, when] = parts else { return false };
    KINDS.iter().any(|one| word(*one) == *kind) && WHENS.iter().any(|one| one.word() == *when)
}

/// What was said of each; of a customer contacts, purchases and responses.
fn evidence(parts: &[&str]) -> Vec<Evidence> {
    let all = |table, column| Evidence::new(table, Filter::all(), column);
    match parts {
        ["promise", _] => vec![all(AgreementRow::TABLE, "agreement")],
        ["deal", _] => vec![all(DealStepRow::TABLE, "deal"), all(ExpectedCloseRow::TABLE, "deal")],
        ["contract", _] => vec![all(ContractRow::TABLE, "contract_id")],
        ["delivery", _] => vec![all(PurchaseLine::TABLE, "order_id"), all(DeliveryRow::TABLE, "order_id")],
        ["ticket", _] => vec![all(TicketRow::TABLE, "ticket_id")],
        ["handover", _] => vec![all(HandoverRow::TABLE, "handover")],
        ["leaving", _] => vec![
            met::evidence(),
            all(PurchaseLine::TABLE, CUSTOMER),
            all(InvoiceRow::TABLE, CUSTOMER),
            Evidence::of_customers_and_organisations(ScoreRow::TABLE, Filter::all()),
        ],
        ["silent", _] => vec![met::evidence()],
        _ => Vec::new(),
    }
}
