//! The table of what happened before and after each milestone.

use rapport_proto::v1::{ActivityAround, ActivityMilestone, ActivityResponse};

use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

/// One row a group of each milestone.
pub(super) fn milestones(response: &ActivityResponse) -> Grid {
    let mut grid = Grid::new("milestone", "before and after each milestone of the company, the latest first")
        .columns([
            GridColumn::new("position", "position", Unit::Code).for_exports(),
            GridColumn::new("occurred_at", "milestone", Unit::Moment),
            GridColumn::new("labels", "labels", Unit::Text).less(3),
            GridColumn::new("actor", "by", Unit::Code).for_exports(),
            GridColumn::new("what", "", Unit::Text).most(),
            GridColumn::new("before", "before", Unit::Count),
            GridColumn::new("after", "after", Unit::Count),
            GridColumn::new("before_a_day", "a day before", Unit::Ratio).less(1),
            GridColumn::new("after_a_day", "a day after", Unit::Ratio).less(2),
        ]);
    let [mut not_known, mut not_over] = [0, 0];
    for milestone in &response.milestones {
        not_known += u64::from(!milestone.before_is_whole);
        not_over += u64::from(!milestone.after_is_whole);
        if milestone.around.is_empty() {
            let of = ActivityAround::default();
            grid.row(cells(milestone, GridCell::text("").named("not whole yet"), &of));
        }
        for of in &milestone.around {
            let what = GridCell::text(&of.group).named(named(&of.group));
            let happened = [&of.before, &of.after].into_iter().flatten().any(|figure| figure.count > 0);
            if happened {
                grid.row(cells(milestone, what, of));
            } else {
                grid.row_aside(cells(milestone, what, of));
            }
        }
    }
    let counted = [
        (
            "not_known",
            not_known,
            "milestone whose days before are not known whole",
            "milestones whose days before are not known whole",
        ),
        (
            "not_over",
            not_over,
            "milestone whose days after are not whole yet",
            "milestones whose days after are not whole yet",
        ),
        ("milestones_left_out", response.milestones_left_out, "more milestone", "more milestones"),
    ];
    for (key, n, one, many) in counted.into_iter().filter(|(_, n, _, _)| *n > 0) {
        grid.note(Words::counted(key, n, one, many));
    }
    if response.milestones.iter().any(|one| !one.around.is_empty()) {
        let days = GridCell::count(response.window_days.into());
        grid.note(Words::new("window", "{} days on each side").with(Unit::Count, days));
        let text = "what follows a milestone need not come from it";
        grid.note(Words::new("no_cause", text));
    }
    grid
}

fn cells(milestone: &ActivityMilestone, what: GridCell, of: &ActivityAround) -> [GridCell; 9] {
    let figure = |figure: &Option<_>| match figure {
        Some(figure) => GridCell::figure(Some(figure)),
        None => GridCell::unknown(),
    };
    [
        GridCell::count(milestone.position),
        GridCell::moment(milestone.occurred_at.as_ref()),
        GridCell::text(&milestone.labels),
        GridCell::text(&milestone.actor),
        what,
        figure(&of.before),
        figure(&of.after),
        GridCell::number(of.before_a_day),
        GridCell::number(of.after_a_day),
    ]
}

/// As people read a group.
fn named(group: &str) -> &'static str {
    match group {
        "contacts" => "contacts, both sides",
        "leads" => "leads opened",
        "deals" => "deals opened",
        "won" => "deals won",
        "lost" => "deals lost",
        "orders" => "orders placed",
        "tickets" => "tickets opened",
        "complaints" => "… of these, complaints",
        "responses" => "responses to surveys",
        _ => "",
    }
}
