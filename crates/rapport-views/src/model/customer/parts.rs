//! The tables of a customer's page, one a part.

use rapport_proto::v1::{CustomerResponse, Money};

use super::words::joined;
use crate::page::{Grid, GridCell, GridColumn, Unit};

/// All of them.
pub(super) fn grids(response: &CustomerResponse) -> [Grid; 11] {
    [
        facts(response),
        classes(response),
        purchases(response),
        deals(response),
        tickets(response),
        agreements(response),
        contracts(response),
        documents(response),
        needs(response),
        responses(response),
        consents(response),
    ]
}

/// The columns of things: what else there is comes between the id and the event.
fn things(key: &'static str, title: &'static str, more: impl IntoIterator<Item = GridColumn>) -> Grid {
    let mut columns = vec![GridColumn::new("id", "id", Unit::Code)];
    columns.extend(more);
    columns.push(GridColumn::new("position", "event", Unit::Code).for_exports());
    Grid::new(key, title).columns(columns)
}

/// The column with the party of each row. Tables show it where a row is of somebody who acts for the customer.
fn with<'a>(response: &CustomerResponse, mut parties: impl Iterator<Item = &'a String>) -> GridColumn {
    let own = response.party.as_ref().map_or("", |party| party.id.as_str());
    let column = GridColumn::new("party", "with", Unit::Code);
    if parties.all(|party| party == own) { column.for_exports() } else { column }
}

fn money(amount: Option<&Money>) -> GridCell {
    amount.map_or_else(GridCell::nothing, |amount| {
        GridCell::money(Some(amount.minor_units), "", &amount.currency)
    })
}

/// `42` of `deal:42`.
fn bare(tag: &str) -> GridCell {
    GridCell::text(tag.split_once(':').map_or(tag, |(_, id)| id))
}

fn facts(response: &CustomerResponse) -> Grid {
    let mut grid = Grid::new("facts", "what is known of them").columns([
        GridColumn::new("what", "what", Unit::Code),
        GridColumn::new("kind", "kind", Unit::Code),
        GridColumn::new("says", "", Unit::Text).most(),
        GridColumn::new("since", "since", Unit::Day),
    ]);
    let party = response.party.as_ref();
    let told = party.into_iter().flat_map(|party| &party.facts).filter(|fact| !fact.withheld);
    for fact in told {
        grid.row([
            GridCell::text(&fact.key),
            GridCell::text(&fact.category),
            GridCell::text(&fact.value),
            GridCell::moment(fact.valid_from.as_ref()),
        ]);
    }
    grid
}

fn classes(response: &CustomerResponse) -> Grid {
    let mut grid = Grid::new("classes", "how they are classed, over twelve months").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("abc", "ABC", Unit::Code),
        GridColumn::new("xyz", "XYZ", Unit::Code),
        GridColumn::new("segment", "segment", Unit::Code).most(),
        GridColumn::new("level", "level", Unit::Code),
        GridColumn::new("revenue", "revenue", Unit::Money),
        GridColumn::new("purchases", "purchases", Unit::Count),
        GridColumn::new("owed", "owed", Unit::Money),
        GridColumn::new("overdue", "overdue", Unit::Money),
        GridColumn::new("white_space", "white space", Unit::Money),
        GridColumn::new("alive", "still buys", Unit::Share),
    ]);
    let class = |text: &str| if text.is_empty() { GridCell::nothing() } else { GridCell::text(text) };
    for row in &response.classes {
        grid.row([
            GridCell::text(&row.currency),
            class(&row.abc),
            class(&row.xyz),
            class(&row.segment),
            class(&row.level),
            GridCell::sum(row.revenue.as_ref(), &row.currency),
            GridCell::count(row.purchases),
            GridCell::sum(row.owed.as_ref(), &row.currency),
            GridCell::sum(row.overdue.as_ref(), &row.currency),
            row.white_space
                .as_ref()
                .map_or_else(GridCell::nothing, |sum| GridCell::sum(Some(sum), &row.currency)),
            GridCell::number_if_any(row.alive),
        ]);
    }
    grid
}

fn purchases(response: &CustomerResponse) -> Grid {
    let mut grid = Grid::new("purchases", "what they bought").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("in_year", "in twelve months", Unit::Count),
        GridColumn::new("in_year_value", "worth", Unit::Money),
        GridColumn::new("ever", "ever", Unit::Count),
        GridColumn::new("ever_value", "worth", Unit::Money),
        GridColumn::new("until", "last", Unit::Day),
    ]);
    for row in &response.purchases {
        grid.row([
            GridCell::text(&row.currency),
            GridCell::figure(row.in_year.as_ref()),
            GridCell::sum(row.in_year_value.as_ref(), &row.currency),
            GridCell::figure(row.ever.as_ref()),
            GridCell::sum(row.ever_value.as_ref(), &row.currency),
            GridCell::moment(row.last.as_ref()),
        ]);
    }
    grid
}

fn deals(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "deals",
        "open deals",
        [
            GridColumn::new("kind", "pipeline", Unit::Code),
            GridColumn::new("state", "stage", Unit::Code).most(),
            GridColumn::new("amount", "amount", Unit::Money),
            GridColumn::new("since", "opened", Unit::Day),
            GridColumn::new("until", "last change", Unit::Day),
            GridColumn::new("says", "expected to close", Unit::Code),
        ],
    );
    for row in &response.deals {
        grid.row([
            bare(&row.deal),
            GridCell::text(&row.pipeline),
            GridCell::text(&row.stage),
            money(row.amount.as_ref()),
            GridCell::moment(row.opened.as_ref()),
            GridCell::moment(row.changed.as_ref()),
            GridCell::text(&row.expected_close),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn tickets(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "tickets",
        "open tickets",
        [
            GridColumn::new("kind", "kind", Unit::Code),
            GridColumn::new("says", "priority", Unit::Code),
            GridColumn::new("state", "state", Unit::Text).most(),
            GridColumn::new("since", "opened", Unit::Day),
            GridColumn::new("until", "last change", Unit::Day),
            with(response, response.tickets.iter().map(|row| &row.party)),
        ],
    );
    for row in &response.tickets {
        grid.row([
            bare(&row.ticket),
            GridCell::text(&row.kind),
            GridCell::text(&row.priority),
            GridCell::text(&joined(&[&row.status, &row.stage])),
            GridCell::moment(row.opened.as_ref()),
            GridCell::moment(row.changed.as_ref()),
            GridCell::text(&row.party),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn agreements(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "agreements",
        "open promises",
        [
            GridColumn::new("what", "what", Unit::Text).most(),
            GridColumn::new("since", "made", Unit::Day),
            GridColumn::new("says", "due", Unit::Code),
            GridColumn::new("state", "", Unit::Code),
            with(response, response.agreements.iter().map(|row| &row.party)),
        ],
    );
    for row in &response.agreements {
        grid.row([
            bare(&row.agreement),
            GridCell::text(&row.what),
            GridCell::moment(row.made.as_ref()),
            GridCell::text(&row.due),
            GridCell::text(if row.is_overdue { "overdue" } else { "" }),
            GridCell::text(&row.party),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn contracts(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "contracts",
        "contracts in force",
        [
            GridColumn::new("since", "from", Unit::Day),
            GridColumn::new("says", "last day", Unit::Code).most(),
            GridColumn::new("amount", "worth", Unit::Money),
        ],
    );
    for row in &response.contracts {
        grid.row([
            bare(&row.contract),
            GridCell::moment(row.begins.as_ref()),
            GridCell::text(&row.last_day),
            money(row.value.as_ref()),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn documents(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "documents",
        "documents under way",
        [
            GridColumn::new("kind", "kind", Unit::Code).most(),
            GridColumn::new("state", "state", Unit::Code),
            GridColumn::new("since", "since", Unit::Day),
        ],
    );
    for row in &response.documents {
        grid.row([
            bare(&row.document),
            GridCell::text(&row.kind),
            GridCell::text(&row.state),
            GridCell::moment(row.since.as_ref()),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn needs(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "needs",
        "open needs",
        [
            GridColumn::new("kind", "need", Unit::Code).most(),
            GridColumn::new("number", "importance", Unit::Ratio),
            GridColumn::new("since", "known since", Unit::Day),
            with(response, response.needs.iter().map(|row| &row.party)),
        ],
    );
    for row in &response.needs {
        grid.row([
            bare(&row.need),
            GridCell::text(&row.code),
            GridCell::number_if_any(row.importance),
            GridCell::moment(row.since.as_ref()),
            GridCell::text(&row.party),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn responses(response: &CustomerResponse) -> Grid {
    let mut grid = things(
        "responses",
        "what they said last",
        [
            GridColumn::new("kind", "instrument", Unit::Code),
            GridColumn::new("what", "question", Unit::Code).most(),
            GridColumn::new("number", "value", Unit::Ratio),
            GridColumn::new("scale_min", "from", Unit::Ratio),
            GridColumn::new("scale_max", "to", Unit::Ratio),
            GridColumn::new("says", "wave", Unit::Code),
            GridColumn::new("since", "when", Unit::Day),
            with(response, response.responses.iter().map(|row| &row.party)),
        ],
    );
    for row in &response.responses {
        grid.row([
            GridCell::text(&row.survey_id),
            GridCell::text(&row.instrument),
            GridCell::text(&row.question),
            GridCell::number(Some(row.value)),
            GridCell::number(Some(row.scale_min)),
            GridCell::number(Some(row.scale_max)),
            GridCell::text(&row.wave),
            GridCell::moment(row.at.as_ref()),
            GridCell::text(&row.party),
            GridCell::count(row.position),
        ]);
    }
    grid
}

fn consents(response: &CustomerResponse) -> Grid {
    let mut grid = Grid::new("consents", "what they allow and forbid").columns([
        GridColumn::new("what", "purpose", Unit::Code).most(),
        GridColumn::new("kind", "channel", Unit::Code),
        GridColumn::new("state", "decision", Unit::Code),
        GridColumn::new("since", "since", Unit::Day),
        GridColumn::new("until", "ends", Unit::Day),
        GridColumn::new("says", "", Unit::Code),
        GridColumn::new("position", "event", Unit::Code).for_exports(),
    ]);
    for row in &response.consents {
        let channel = GridCell::text(&row.channel);
        grid.row([
            GridCell::text(&row.purpose),
            if row.channel.is_empty() { channel.named("every other") } else { channel },
            GridCell::text(&row.decision),
            GridCell::moment(row.since.as_ref()),
            GridCell::moment(row.expires.as_ref()),
            GridCell::text(if row.is_of_merge { "by a merge" } else { "" }),
            GridCell::count(row.position),
        ]);
    }
    grid
}
