//! What consent shows: whether a customer may be addressed with the proof, or how many may be, and what was sent without a
//! ground.

use rapport_proto::v1::{ConsentChannel, ConsentReason, ConsentRequest, ConsentResponse, Figure};

use super::{
    ask::ask,
    cells::{position, reason, word},
    page_customer,
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Shown, Unit, Words},
    read::Rows,
    view::View,
};

/// Who may be addressed.
#[derive(Debug, Clone, Copy)]
pub struct Consent;

impl Model for Consent {
    type Request = ConsentRequest;
    type Response = ConsentResponse;
    const NAME: &'static str = "consent";
    const RESPONSE: &'static str = "rapport.v1.ConsentResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "channel",
        "may_send",
        "reason",
        "decision",
        "occurred_at",
        "purpose",
        "customer",
        "recorded_under",
        "staff",
        "branch",
        "campaign",
        "method",
        "text_version",
        "text_hash",
        "expires",
        "topics",
        "is_of_merge",
        "proof",
        "position",
        "consent_ref",
        "month",
        "sent",
        "preference_cap",
        "policy_cap",
        "preference_quiet",
        "policy_quiet",
        "is_quiet",
        "preferred_channel",
        "decided",
        "granted",
        "withdrawn",
        "objected",
        "expired",
        "other_topics",
        "not_a_channel",
        "no_decision",
        "messages",
        "violations",
        "share",
        "nobody",
        "without_purpose",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(_: &ConsentRequest, response: &ConsentResponse) -> Page {
        let mut page = Page::default();
        if response.customer.is_empty() {
            page.grids.push(overview(response));
        } else {
            page.grids.extend(page_customer::grids(response));
        }
        page.grids.push(violations(response));
        page.grids.push(group(response, "by_reason", "without a ground: why"));
        for (key, title) in [
            ("by_channel", "without a ground: by channel"),
            ("by_campaign", "without a ground: by campaign"),
            ("by_staff", "without a ground: who sent them"),
        ] {
            let grid = group(response, key, title);
            // Of one customer, the rows say it.
            let is_for_all = response.customer.is_empty();
            page.grids.push(if is_for_all { grid } else { Grid { shown: Shown::Exports, ..grid } });
        }
        page.grids.push(rows(response));
        if response.customer.is_empty() && count(response.decided.as_ref()) == 0 && response.rows.is_empty() {
            page.notes.push(Words::new("nothing", "no decisions about this purpose"));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// Customers by what holds for a channel.
fn overview(response: &ConsentResponse) -> Grid {
    let mut grid = Grid::new("overview", "who may be addressed").columns([
        GridColumn::new("channel", "channel", Unit::Code).most(),
        GridColumn::new("granted", "may be", Unit::Count),
        GridColumn::new("share", "of all", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("withdrawn", "withdrew", Unit::Count),
        GridColumn::new("objected", "objected", Unit::Count),
        GridColumn::new("expired", "expired", Unit::Count),
        GridColumn::new("other_topics", "other topics", Unit::Count).less(2),
        GridColumn::new("not_a_channel", "against the policy", Unit::Count).less(3),
        GridColumn::new("no_decision", "other channels", Unit::Count).less(1),
        GridColumn::new("decided", "decided", Unit::Count),
    ]);
    let decided = response.decided.as_ref();
    for row in &response.overview {
        let ConsentChannel { channel, share, .. } = row;
        let figure = |figure: &Option<Figure>| GridCell::figure(figure.as_ref());
        grid.row([
            GridCell::text(channel),
            figure(&row.granted),
            GridCell::number_if_any(*share),
            figure(&row.withdrawn),
            figure(&row.objected),
            figure(&row.expired),
            figure(&row.other_topics),
            figure(&row.not_a_channel),
            figure(&row.no_decision),
            GridCell::figure(decided),
        ]);
    }
    if count(decided) > 0 {
        let text = "of customers who decided anything about `{}`; caps and quiet hours are not weighed here";
        grid.note(Words::new("decided", text).with(Unit::Code, GridCell::text(&response.purpose)));
    }
    grid
}

/// The messages of the period, added up.
fn violations(response: &ConsentResponse) -> Grid {
    let mut grid = Grid::new("violations", "what was sent without a ground").columns([
        GridColumn::new("messages", "messages and calls", Unit::Count),
        GridColumn::new("violations", "without a ground", Unit::Count),
        GridColumn::new("share", "share", Unit::Share),
        GridColumn::new("nobody", "to nobody", Unit::Count).less(1),
        GridColumn::new("without_purpose", "without a purpose", Unit::Count).less(2),
    ]);
    let Some(all) = &response.violations else { return grid };
    grid.row([
        GridCell::figure(all.messages.as_ref()),
        GridCell::figure(all.violations.as_ref()),
        // The share is absent where no message was sent.
        GridCell::number(all.share),
        GridCell::figure(all.nobody.as_ref()),
        GridCell::figure(all.without_purpose.as_ref()),
    ]);
    let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
    let period = Words::new("period", "sent from {} until {}").with(Unit::Moment, GridCell::moment(from));
    grid.note(period.with(Unit::Moment, GridCell::moment(to)));
    if all.share.is_none() {
        grid.note(Words::new("no_messages", "no share: nothing was sent for this purpose to a customer"));
    }
    if count(all.nobody.as_ref()) + count(all.without_purpose.as_ref()) > 0 {
        let text =
            "what was sent to nobody in particular, or names neither a purpose nor a campaign, is not judged";
        grid.note(Words::new("not_judged", text));
    }
    grid
}

/// Violations by what they have in common; `key` is `by_` and the word of the group.
fn group(response: &ConsentResponse, key: &'static str, title: &'static str) -> Grid {
    let by = key.trim_start_matches("by_");
    let is_reason = by == "reason";
    let unit = if is_reason { Unit::Text } else { Unit::Code };
    let column = if by == "staff" { "sent by" } else { by };
    let messages = GridColumn::new("messages", "messages and calls", Unit::Count);
    let mut grid = Grid::new(key, title).columns([
        GridColumn::new(by, column, unit).most(),
        // Before the messages: exports give a row the key of its first count.
        GridColumn::new("violations", "without a ground", Unit::Count),
        if is_reason { messages.for_exports() } else { messages },
        GridColumn::new("share", if is_reason { "of these" } else { "share" }, Unit::Share)
            .drawn(Picture::Bar),
    ]);
    let Some(all) = &response.violations else { return grid };
    for row in all.groups.iter().filter(|row| row.by == by) {
        let key = GridCell::text(&row.key);
        grid.row([
            if is_reason {
                let of = |one: &ConsentReason| word(*one) == row.key;
                REASONS.into_iter().find(of).map_or(key, reason)
            } else {
                key.named(if row.key.is_empty() { "not said" } else { "" })
            },
            GridCell::figure(row.violations.as_ref()),
            GridCell::figure(row.messages.as_ref()),
            GridCell::number_if_any(row.share),
        ]);
    }
    if by == "staff" && all.groups_left_out > 0 {
        let (one, many) = (
            "channel, campaign or sender without one is left out",
            "channels, campaigns and senders without one are left out",
        );
        grid.note(Words::counted("groups_left_out", all.groups_left_out, one, many));
    }
    grid
}

/// Those that a message can have.
const REASONS: [ConsentReason; 8] = [
    ConsentReason::NoDecision,
    ConsentReason::Withdrawn,
    ConsentReason::Objected,
    ConsentReason::Expired,
    ConsentReason::OtherTopics,
    ConsentReason::NotAChannel,
    ConsentReason::Capped,
    ConsentReason::QuietHours,
];

fn rows(response: &ConsentResponse) -> Grid {
    let mut grid = Grid::new("row", "sent without a ground, the latest first").columns([
        GridColumn::new("occurred_at", "when", Unit::Moment),
        GridColumn::new("customer", "customer", Unit::Code).most(),
        GridColumn::new("channel", "channel", Unit::Code),
        GridColumn::new("reason", "why", Unit::Text),
        GridColumn::new("campaign", "campaign", Unit::Code).less(3),
        GridColumn::new("staff", "sent by", Unit::Code).less(4),
        GridColumn::new("branch", "branch", Unit::Code).for_exports(),
        GridColumn::new("proof", "decision", Unit::Code).less(2),
        GridColumn::new("position", "position", Unit::Code).less(1),
        GridColumn::new("consent_ref", "relies on", Unit::Code).for_exports(),
    ]);
    for row in &response.rows {
        let name = row.customer.split_once(':').map_or("", |(_, name)| name);
        grid.row([
            GridCell::moment(row.occurred_at.as_ref()),
            GridCell::text(&row.customer).named(name),
            GridCell::text(&row.channel),
            reason(row.reason()),
            GridCell::text(&row.campaign),
            GridCell::text(&row.staff),
            GridCell::text(&row.branch),
            position(row.decision),
            GridCell::count(row.position),
            GridCell::text(&row.consent_ref),
        ]);
    }
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        grid.note(Words::counted("rows_left_out", n, "earlier one", "earlier ones"));
    }
    grid
}
