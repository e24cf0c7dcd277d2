//! What a customer's page shows: who it is and what is open on one screen, then a table a part.

use prost::Message;
use rapport_proto::{
    fit, time,
    v1::{AsOf, CustomerNextStep, CustomerRequest, CustomerResponse, Figure, Party},
};

use super::{
    ask::{ask, purchases_from},
    parts,
    words::joined,
};
use crate::{
    model::{Answered, AskError, Asked, Model, Token, fields_of_every_model, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// One customer.
#[derive(Debug, Clone, Copy)]
pub struct Customer;

impl Model for Customer {
    type Request = CustomerRequest;
    type Response = CustomerResponse;
    const NAME: &'static str = "customer";
    const RESPONSE: &'static str = "rapport.v1.CustomerResponse";
    const VIEW: View = View::Timeline;
    const BESIDE: &'static [View] = &[View::Facts];
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "id",
        "kind",
        "state",
        "says",
        "currency",
        "amount",
        "since",
        "until",
        "party",
        "days",
        "n",
        "in_year",
        "in_year_value",
        "ever",
        "ever_value",
        "abc",
        "xyz",
        "segment",
        "level",
        "revenue",
        "purchases",
        "owed",
        "overdue",
        "white_space",
        "alive",
        "number",
        "scale_min",
        "scale_max",
        "position",
        "figure",
    ]);

    fn check(request: &CustomerRequest) -> Result<(), AskError> {
        if request.customer.is_empty() {
            let expected = "expected the id of a party, found none".to_owned();
            return Err(AskError::Field { field: "customer", expected });
        }
        purchases_from(request)?;
        Ok(())
    }

    fn answer(
        request: &CustomerRequest,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<CustomerResponse>, AskError> {
        ask(request, rows, asked)
    }

    /// Its lists are one after the other.
    fn cut(response: &mut CustomerResponse, token: Token, beside: usize) {
        let who = response.party.as_ref().map_or(0, Message::encoded_len);
        let meta = response.meta.as_ref().map_or(0, Message::encoded_len);
        let mut page = fit::Page::after(token.skip, beside + who + meta + FIGURES);
        page.keep(&mut response.owners);
        page.keep(&mut response.deals);
        page.keep(&mut response.tickets);
        page.keep(&mut response.agreements);
        page.keep(&mut response.documents);
        page.keep(&mut response.contracts);
        page.keep(&mut response.needs);
        page.keep(&mut response.responses);
        page.keep(&mut response.consents);
        page.keep(&mut response.purchases);
        page.keep(&mut response.classes);
        response.next_page_token = token.after(&page);
        response.rows_left_out = page.left_out() as u64;
    }

    fn page(request: &CustomerRequest, response: &CustomerResponse) -> Page {
        let mut page = Page { grids: vec![glance(response)], ..Page::default() };
        page.grids.extend(parts::grids(response));
        if response.nothing_happened {
            let text = "nothing had happened with this customer by then, as far as it was known then";
            page.notes.push(Words::new("nothing_happened", text));
        }
        page.notes.extend(Source::note(response.purchases_from()));
        if request.without_classes {
            page.notes.push(Words::new("without_classes", "classes were not asked for"));
        }
        page.notes.extend(classed_earlier(response));
        let contacts = response.party.as_ref().map_or(0, |party| party.contacts.len() as u64);
        if request.without_contacts && contacts > 0 {
            page.notes.push(Words::counted(
                "without_contacts",
                contacts,
                "contact was not asked for: what was said and is open with it is missing here",
                "contacts were not asked for: what was said and is open with them is missing here",
            ));
        }
        if response.events_left_out > 0 {
            page.notes.push(Words::counted(
                "events_left_out",
                response.events_left_out,
                "older event was not read: what it says is missing here",
                "older events were not read: what they say is missing here",
            ));
        }
        if response.rows_left_out > 0 {
            let left_out = response.rows_left_out;
            page.notes.push(Words::counted("rows_left_out", left_out, "more row", "more rows"));
        }
        page
    }

    fields_of_every_model!();
}

/// What is said where others are not looked at as of the moment of the answer.
fn classed_earlier(response: &CustomerResponse) -> Option<Words> {
    let until = |as_of: &AsOf| as_of.occurred_until.as_ref().and_then(time::from_proto);
    let classed = response.classes_as_of.as_ref().and_then(until)?;
    let answered = response.meta.as_ref().and_then(|meta| until(meta.as_of.as_ref()?))?;
    let seconds = (answered.as_micros() - classed.as_micros()) / 1_000_000;
    (seconds > 0).then(|| {
        Words::counted(
            "classed_earlier",
            seconds.cast_unsigned(),
            "second before this moment is when the customer was placed among all others",
            "seconds before this moment is when the customer was placed among all others",
        )
    })
}

/// Bytes that the figures and the moments of an answer have at most, with room to spare.
const FIGURES: usize = 4_096;

/// Who it is, and how many of what are open.
fn glance(response: &CustomerResponse) -> Grid {
    let mut grid = Grid::new("customer", "at a glance").columns([
        GridColumn::new("what", "what", Unit::Text),
        GridColumn::new("says", "", Unit::Text).most(),
        GridColumn::new("since", "since", Unit::Day),
        GridColumn::new("days", "days", Unit::Count),
        GridColumn::new("n", "n", Unit::Count),
        GridColumn::new("party", "with", Unit::Code).for_exports(),
        GridColumn::new("position", "event", Unit::Code).for_exports(),
    ]);
    if let Some(party) = &response.party {
        who(&mut grid, party);
    }
    for owner in &response.owners {
        grid.row([
            GridCell::text("owner"),
            GridCell::text(&joined(&[&owner.staff, &owner.role])),
            GridCell::moment(owner.since.as_ref()),
            GridCell::nothing(),
            GridCell::nothing(),
            GridCell::nothing(),
            GridCell::count(owner.position),
        ]);
    }
    contact(&mut grid, response);
    if let Some(next) = &response.next_step {
        let says = with(response, next_step(next), &next.party);
        let [since, days, n] = [(); 3].map(|()| GridCell::nothing());
        let (party, position) = (GridCell::text(&next.party), GridCell::count(next.position));
        grid.row([GridCell::text("next step"), GridCell::text(&says), since, days, n, party, position]);
    }
    for (what, figure) in [
        ("open deals", &response.open_deals),
        ("open tickets", &response.open_tickets),
        ("open promises", &response.open_agreements),
        ("overdue promises", &response.overdue_agreements),
        ("documents under way", &response.open_documents),
        ("contracts in force", &response.contracts_in_force),
        ("open needs", &response.open_needs),
        ("questions responded to", &response.responses_given),
        ("decisions about data", &response.uses_decided),
    ] {
        count(&mut grid, what, figure.as_ref());
    }
    let rows = grid.rows.iter().filter(|row| row.aside).count();
    let parts = Words::counted("nothing_open", rows as u64, "other part is empty", "other parts are empty");
    grid.note(if rows > 0 { parts } else { Words::default() });
    grid
}

fn who(grid: &mut Grid, party: &Party) {
    let mut say = |what: &str, says: &str| {
        if !says.is_empty() {
            let [since, days, n, party, position] = [(); 5].map(|()| GridCell::nothing());
            grid.row([GridCell::text(what), GridCell::text(says), since, days, n, party, position]);
        }
    };
    let name = if party.name.is_empty() { &party.id } else { &party.name };
    say("name", name);
    let language =
        if party.language.is_empty() { String::new() } else { format!("language {}", party.language) };
    say("is", &joined(&[&party.kind, &party.lifecycle, &party.country, &language]));
    say("id", &party.id);
    let others: Vec<&str> = party.ids.iter().filter(|id| **id != party.id).map(String::as_str).collect();
    say("also known as", &others.join(", "));
    let roles: Vec<String> =
        party.roles.iter().map(|role| joined(&[&role.role, &role.related_party])).collect();
    say("roles", &roles.join(", "));
    say("contacts", &party.contacts.join(", "));
    let withheld = party.facts.iter().filter(|fact| fact.withheld);
    let withheld: Vec<String> = withheld.map(|fact| joined(&[&fact.category, &fact.key])).collect();
    say("withheld", &withheld.join(", "));
}

fn contact(grid: &mut Grid, response: &CustomerResponse) {
    let Some(contact) = &response.contact else { return };
    let says = match (contact.usual_gap_days, contact.is_longer_than_usual) {
        (Some(usual), Some(true)) => format!("usually every {usual} days: more than twice as long ago"),
        (Some(usual), _) => format!("usually every {usual} days"),
        (None, _) => "too few contacts to say what is usual".to_owned(),
    };
    let says = contact.strength.map_or(says.clone(), |strength| format!("{says}; strength {strength:.2}"));
    let says = with(response, says, &contact.party);
    let cells = [
        GridCell::text("last contact"),
        GridCell::text(&says),
        GridCell::moment(contact.last.as_ref()),
        contact.silence_days.map_or_else(GridCell::nothing, GridCell::count),
        GridCell::figure(contact.contacts.as_ref()),
        GridCell::text(&contact.party),
        GridCell::nothing(),
    ];
    if contact.last.is_some() {
        grid.row(cells);
    } else {
        grid.row_aside(cells);
    }
}

/// What is said of something, with whom it is if that is not the customer.
fn with(response: &CustomerResponse, says: String, party: &str) -> String {
    let is_own = response.party.as_ref().is_none_or(|own| own.id == party);
    if is_own || party.is_empty() { says } else { format!("{says}, with {party}") }
}

/// A row of how many; of none it stands aside.
fn count(grid: &mut Grid, what: &str, figure: Option<&Figure>) {
    let [says, since, days, party, position] = [(); 5].map(|()| GridCell::nothing());
    let cells = [GridCell::text(what), says, since, days, GridCell::figure(figure), party, position];
    if figure.is_some_and(|figure| figure.count > 0) {
        grid.row(cells);
    } else {
        grid.row_aside(cells);
    }
}

/// `promise 12 is due on 2026-03-01, which is over`.
fn next_step(next: &CustomerNextStep) -> String {
    let (what, due) = match next.kind.as_str() {
        "agreement" => ("promise", "is due on"),
        "meeting" => ("meeting", "is planned for"),
        "deal" => ("deal", "is expected to close on"),
        _ => ("contract", "ends on"),
    };
    let over = if next.is_overdue { ", which is over" } else { "" };
    let thing = if next.id.is_empty() { what.to_owned() } else { format!("{what} {}", next.id) };
    format!("{thing} {due} {}{over}", next.due)
}
