//! The tables of an answer that have a row a group, a month, a reason, a band of scores or a lead.

use rapport_proto::v1::{
    LeadGroup, LeadMeasures, LeadSeen, LeadShare, LeadsRequest, LeadsResponse, leads_request::List,
};

use super::grids::{counted, of_share, percent, percent_column};
use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

fn left_out(grid: &mut Grid, key: &'static str, n: u64, one: &'static str, many: &'static str) {
    if n > 0 {
        grid.note(Words::counted(key, n, one, many));
    }
}

/// A text, or that it is not said.
fn said(key: &str) -> GridCell {
    GridCell::text(key).named(if key.is_empty() { "not said" } else { "" })
}

/// One row a group; most of its counts are for exports.
pub(super) fn groups(title: &'static str, one: &'static str, response: &LeadsResponse) -> Grid {
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    let length = |key, title: &'static str| GridColumn::new(key, title, Unit::Duration);
    let mut grid = Grid::new("group", title).columns([
        GridColumn::new("key", one, Unit::Code).most(),
        counted("leads", "leads"),
        counted("accepted", "accepted").for_exports(),
        share("accepted_share", "accepted").less(5),
        counted("converted", "converted"),
        percent_column("% converted"),
        counted("won", "won"),
        share("won_share", "won").drawn(Picture::Bar),
        counted("rejected", "rejected").for_exports(),
        share("rejected_share", "rejected").less(6),
        counted("open", "open"),
        counted("not_judged", "not judged").for_exports(),
        counted("judged", "judged").for_exports(),
        counted("judged_automatically", "automatically").for_exports(),
        share("judged_automatically_share", "automatically").for_exports(),
        length("median_to_verdict", "to the verdict").less(3),
        length("median_to_conversion", "to the conversion").less(4),
        counted("captured", "captured").less(2),
        counted("captured_opened", "opened").for_exports(),
        share("captured_opened_share", "of these opened").less(1),
        counted("captured_untraceable", "captured, of nobody").for_exports(),
        counted("untraceable", "opened, of nobody").for_exports(),
    ]);
    for group in &response.groups {
        grid.row(group_cells(group));
    }
    left_out(&mut grid, "groups_left_out", response.groups_left_out, "more group", "more groups");
    grid
}

fn group_cells(group: &LeadGroup) -> [GridCell; 22] {
    let none = LeadMeasures::default();
    let of = group.of.as_ref().unwrap_or(&none);
    let part =
        |share: &Option<LeadShare>| GridCell::number_if_any(share.as_ref().and_then(|share| share.share));
    [
        said(&group.key),
        GridCell::figure(of.leads.as_ref()),
        of_share(of.accepted.as_ref()),
        part(&of.accepted),
        of_share(of.converted.as_ref()),
        percent(of.converted.as_ref()),
        of_share(of.won.as_ref()),
        part(&of.won),
        of_share(of.rejected.as_ref()),
        part(&of.rejected),
        of_share(of.open.as_ref()),
        GridCell::figure(of.not_judged.as_ref()),
        GridCell::figure(of.judged.as_ref()),
        of_share(of.judged_automatically.as_ref()),
        part(&of.judged_automatically),
        GridCell::length(of.median_to_verdict.as_ref()),
        GridCell::length(of.median_to_conversion.as_ref()),
        GridCell::figure(of.captured.as_ref()),
        of_share(of.captured_opened.as_ref()),
        part(&of.captured_opened),
        GridCell::figure(of.captured_untraceable.as_ref()),
        GridCell::figure(of.untraceable.as_ref()),
    ]
}

/// One row a month.
pub(super) fn cohorts(response: &LeadsResponse) -> Grid {
    let title = Words::new("cohort", "opened in a month, and converted within {} days");
    let mut grid = Grid::new("cohort", "").titled(title.with_count(response.window_days.into())).columns([
        GridColumn::new("key", "month", Unit::Code).most(),
        counted("leads", "leads"),
        counted("converted", "converted"),
        percent_column("%"),
        GridColumn::new("immature", "its days are", Unit::Text),
    ]);
    for cohort in &response.cohorts {
        let (key, name) = if cohort.immature { ("yes", "not over") } else { ("no", "over") };
        grid.row([
            GridCell::text(&cohort.month),
            GridCell::figure(cohort.leads.as_ref()),
            of_share(cohort.converted.as_ref()),
            percent(cohort.converted.as_ref()),
            GridCell::text(key).named(name),
        ]);
    }
    left_out(&mut grid, "cohorts_left_out", response.cohorts_left_out, "earlier month", "earlier months");
    grid
}

/// One row a reason.
pub(super) fn reasons(response: &LeadsResponse) -> Grid {
    let mut grid = Grid::new("reason", "why leads are rejected").columns([
        GridColumn::new("key", "reason", Unit::Code).most(),
        counted("leads", "leads").drawn(Picture::Bar),
        percent_column("% of rejected"),
    ]);
    for reason in &response.reasons {
        let share = reason.leads.as_ref();
        grid.row([said(&reason.reason), of_share(share), percent(share)]);
    }
    left_out(&mut grid, "reasons_left_out", response.reasons_left_out, "more reason", "more reasons");
    grid
}

/// One row a band.
pub(super) fn scores(response: &LeadsResponse) -> Grid {
    let mut grid = Grid::new("score", "conversion by score").columns([
        GridColumn::new("lowest", "score from", Unit::Ratio),
        GridColumn::new("highest", "to", Unit::Ratio),
        counted("leads", "leads"),
        counted("converted", "converted"),
        percent_column("%"),
    ]);
    for band in &response.scores {
        grid.row([
            GridCell::number(Some(band.lowest)),
            GridCell::number(Some(band.highest)),
            GridCell::figure(band.leads.as_ref()),
            of_share(band.converted.as_ref()),
            percent(band.converted.as_ref()),
        ]);
    }
    grid
}

/// One row a lead.
pub(super) fn rows(request: &LeadsRequest, response: &LeadsResponse) -> Grid {
    let title = match request.list() {
        List::Unspecified | List::Open => "open leads, those that wait longest first",
        List::Converted => "converted leads, the latest first",
        List::Rejected => "rejected leads, the latest first",
    };
    let code = |key, title: &'static str| GridColumn::new(key, title, Unit::Code);
    let mut grid = Grid::new("row", title).columns([
        code("object", "lead").most(),
        code("customer", "customer"),
        code("origin", "origin").less(9),
        code("campaign", "campaign").less(3),
        code("landing", "came in at").less(2),
        code("interest", "interest").less(4),
        code("staff", "with").less(8),
        GridColumn::new("state", "is", Unit::Text),
        GridColumn::new("opened", "opened", Unit::Day).less(10),
        GridColumn::new("since", "since", Unit::Day).less(5),
        GridColumn::new("days", "days", Unit::Count),
        GridColumn::new("score", "score", Unit::Ratio).less(6),
        code("reason", "why").less(7),
        code("became", "became"),
        GridColumn::new("outcome", "which is", Unit::Text),
    ]);
    for lead in &response.rows {
        grid.row(row(lead));
    }
    left_out(&mut grid, "rows_left_out", response.rows_left_out, "more lead", "more leads");
    grid
}

fn row(lead: &LeadSeen) -> [GridCell; 15] {
    let text = |text: &str| if text.is_empty() { GridCell::nothing() } else { GridCell::text(text) };
    let named = |tag: &str| {
        let name = tag.split_once(':').map_or("", |(_, name)| name);
        text(tag).named(name)
    };
    [
        text(&lead.object),
        named(&lead.customer),
        text(&lead.origin),
        text(&lead.campaign),
        text(&lead.landing),
        text(&lead.interest),
        text(&lead.staff),
        text(&lead.state),
        GridCell::moment(lead.opened.as_ref()),
        GridCell::moment(lead.since.as_ref()),
        GridCell::count(lead.days.into()),
        GridCell::number_if_any(lead.score),
        text(&lead.reason),
        text(&lead.became),
        text(&lead.outcome),
    ]
}
