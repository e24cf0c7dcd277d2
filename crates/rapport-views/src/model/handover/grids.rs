//! The tables of an answer, but for the one of objects.

use rapport_proto::v1::{Figure, HandoverOwned, HandoverResponse, HandoverStaff};

use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn counted(key: &'static str, title: &'static str) -> GridColumn {
    GridColumn::new(key, title, Unit::Count)
}

fn owned_columns() -> [GridColumn; 9] {
    [
        counted("items", "open objects"),
        counted("deals", "deals"),
        counted("tickets", "tickets"),
        counted("agreements", "agreements"),
        counted("meetings", "meetings").less(3),
        counted("customers", "customers"),
        counted("others", "others").less(2),
        counted("acknowledged", "acknowledged").less(5),
        counted("open", "not acknowledged").less(4),
    ]
}

/// Of the columns of [`owned_columns`].
fn owned(of: Option<&HandoverOwned>) -> [GridCell; 9] {
    let of = of.cloned().unwrap_or_default();
    [
        &of.items,
        &of.deals,
        &of.tickets,
        &of.agreements,
        &of.meetings,
        &of.customers,
        &of.others,
        &of.acknowledged,
        &of.open,
    ]
    .map(|figure| GridCell::figure(figure.as_ref()))
}

/// What is orphaned, what nobody owns, and the dossier.
pub(super) fn open(response: &HandoverResponse) -> Grid {
    let begin = GridColumn::new("what", "", Unit::Text).most();
    let mut grid = Grid::new("open", "open objects").columns([begin].into_iter().chain(owned_columns()));
    for (key, name, of) in [
        ("dossier", "of this member of staff", response.dossier.as_ref()),
        ("orphans", "orphans: the owner left or is away", response.orphans.as_ref()),
        ("without_owner", "without an owner", response.without_owner.as_ref()),
    ] {
        let Some(of) = of else { continue };
        let cells = [GridCell::text(key).named(name)].into_iter().chain(owned(Some(of)));
        if count(of.items.as_ref()) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
    let orphans = response.orphans.as_ref();
    if orphans.is_some_and(|orphans| count(orphans.items.as_ref()) == 0) {
        grid.note(Words::new(
            "no_orphans",
            "no orphans: every open object that has an owner has an active one",
        ));
    }
    grid
}

/// What open deals are worth.
pub(super) fn values(response: &HandoverResponse) -> Grid {
    let mut grid = Grid::new("value", "what the open deals are worth").columns([
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("currency", "currency", Unit::Code),
        counted("deals", "deals"),
        GridColumn::new("amount", "amount", Unit::Money),
    ]);
    let named = [
        ("dossier", "of this member of staff", response.dossier.as_ref()),
        ("orphans", "orphans", response.orphans.as_ref()),
        ("without_owner", "without an owner", response.without_owner.as_ref()),
    ];
    for (key, name, of) in named {
        for value in of.into_iter().flat_map(|of| &of.values) {
            grid.row([
                GridCell::text(key).named(name),
                GridCell::text(&value.currency),
                GridCell::count(value.deals),
                GridCell::sum(value.amount.as_ref(), &value.currency),
            ]);
        }
    }
    for staff in &response.staff {
        for value in staff.owned.iter().flat_map(|owned| &owned.values) {
            grid.row_aside([
                GridCell::text(&staff.staff),
                GridCell::text(&value.currency),
                GridCell::count(value.deals),
                GridCell::sum(value.amount.as_ref(), &value.currency),
            ]);
        }
    }
    grid
}

/// Who left or is away.
pub(super) fn staff(response: &HandoverResponse) -> Grid {
    let begin = [
        GridColumn::new("staff", "staff", Unit::Code).most(),
        GridColumn::new("state", "is", Unit::Text),
        GridColumn::new("since", "since", Unit::Day),
        GridColumn::new("until", "until", Unit::Day).less(6),
        GridColumn::new("substitute", "stands in", Unit::Code).less(7),
        GridColumn::new("orphaning", "orphaned", Unit::Text).for_exports(),
    ];
    let mut grid = Grid::new("staff", "who left or is away, and what each still owns")
        .columns(begin.into_iter().chain(owned_columns()));
    for one in &response.staff {
        grid.row(person(one).into_iter().chain(owned(one.owned.as_ref())));
    }
    let is_listed = |one: &HandoverStaff| response.staff.iter().any(|other| other.staff == one.staff);
    // The counts of the dossier stand above.
    if let Some(one) = response.of_dossier.as_ref().filter(|one| !is_listed(one)) {
        grid.row_aside(person(one).into_iter().chain(owned(None)));
    }
    if response.staff_left_out > 0 {
        let left_out = response.staff_left_out;
        grid.note(Words::counted(
            "staff_left_out",
            left_out,
            "more member of staff",
            "more members of staff",
        ));
    }
    grid
}

fn person(one: &HandoverStaff) -> [GridCell; 6] {
    let stands_in = if one.substitute.is_empty() || one.substitute_is_active {
        GridCell::text(&one.substitute)
    } else {
        GridCell::text(&one.substitute).named(&format!("{} (not there)", one.substitute))
    };
    [
        GridCell::text(&one.staff),
        GridCell::text(&one.state),
        GridCell::moment(one.since.as_ref()),
        GridCell::moment(one.until.as_ref()),
        stands_in,
        GridCell::text(if one.is_orphaning { "yes" } else { "no" }),
    ]
}

/// Handovers, and how long they take.
pub(super) fn handovers(response: &HandoverResponse) -> [Grid; 2] {
    let mut grid = Grid::new("handover", "handovers").columns([
        GridColumn::new("handover", "handover", Unit::Code).most(),
        GridColumn::new("from", "from", Unit::Code),
        GridColumn::new("to", "to", Unit::Code),
        GridColumn::new("started", "began", Unit::Day),
        GridColumn::new("completed", "completed", Unit::Day),
        counted("acknowledged", "acknowledged"),
        counted("open", "not acknowledged"),
        counted("days", "days"),
    ]);
    for one in &response.handovers {
        let name = one.handover.split_once(':').map_or("", |(_, name)| name);
        grid.row([
            GridCell::text(&one.handover).named(name),
            GridCell::text(&one.from),
            GridCell::text(&one.to),
            GridCell::moment(one.started.as_ref()),
            GridCell::moment(one.completed.as_ref()),
            GridCell::figure(one.items.as_ref()),
            GridCell::figure(one.open.as_ref()),
            GridCell::count(one.days.into()),
        ]);
    }
    if response.handovers_left_out > 0 {
        let left_out = response.handovers_left_out;
        grid.note(Words::counted("handovers_left_out", left_out, "more handover", "more handovers"));
    }
    let mut times = Grid::new("times", "how long handovers take, open ones taken as lasting on").columns([
        counted("completed_n", "completed"),
        counted("open_n", "open"),
        GridColumn::new("median", "median", Unit::Duration),
    ]);
    let of = response.times.clone().unwrap_or_default();
    let cells = [
        GridCell::figure(of.completed.as_ref()),
        GridCell::figure(of.open.as_ref()),
        GridCell::length(of.median.as_ref()),
    ];
    let n = count(of.completed.as_ref()) + count(of.open.as_ref());
    if n == 0 {
        times.row_aside(cells)
    } else {
        times.row(cells)
    }
    if n > 0 && of.median.is_none() {
        times.note(Words::new("no_median", "no median: fewer than half are completed"));
    }
    [grid, times]
}

/// How soon successors met the customers.
pub(super) fn contact(response: &HandoverResponse) -> Grid {
    let title = "customers assigned anew, until the successor first met them";
    let mut grid = Grid::new("contact", title).columns([
        counted("changes", "assigned anew"),
        counted("contacted", "met"),
        counted("waiting", "waiting"),
        counted("passed_on", "passed on before"),
        GridColumn::new("median", "median", Unit::Duration),
    ]);
    let of = response.contact.clone().unwrap_or_default();
    let cells = [
        GridCell::figure(of.changes.as_ref()),
        GridCell::figure(of.contacted.as_ref()),
        GridCell::figure(of.waiting.as_ref()),
        GridCell::figure(of.passed_on.as_ref()),
        GridCell::length(of.median.as_ref()),
    ];
    let n = count(of.changes.as_ref());
    if n == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    if n > 0 && of.median.is_none() {
        grid.note(Words::new("no_median", "no median: fewer than half were met"));
    }
    grid
}
