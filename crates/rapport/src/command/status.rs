//! `rapport status`.

use std::{io::Write, iter};

use clap::Args;
use rapport_proto::v1::{
    HeadResponse, ModelState, Publisher, ViewStatusRequest, ViewStatusResponse, head_response::Clock,
    publisher::State,
};

use super::view_time::Asking;
use crate::{
    failure::Refused,
    shared_args::Shared,
    show::{Align, Cell, Output, Page, Table, count, note},
};

/// What to look at.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatusArgs {
    /// Which models live: how many of the events that each is made of there are, since when, and what it says less without
    #[arg(long)]
    pub models: bool,
}

const EXAMPLES: &str = "\
Examples:
  rapport status
  rapport status --models
  rapport status --output json";

/// Prints how far the ledger and its views are, or which models live.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: StatusArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let request = ViewStatusRequest { models: args.models };
    let views = asking.client.views().view_status(request).await.map_err(Refused::from)?.into_inner();
    let mut page = Page::stdout();
    match shared.output {
        Output::Table if args.models => models(&mut page, &asking, &views.models)?,
        Output::Table => table(&mut page, shared, &asking, &views)?,
        Output::Json => json(&mut page, &asking.head, &views)?,
        Output::Csv if args.models => models_csv(&mut page, &asking, &views.models)?,
        Output::Csv => csv(&mut page, &views)?,
    }
    page.finish()
}

/// Models that live with their events, then those that wait for some.
fn models(page: &mut Page, asking: &Asking, models: &[ModelState]) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        ("model", Align::Left),
        ("event", Align::Left),
        ("events", Align::Right),
        ("since", Align::Left),
        ("until", Align::Left),
        ("without any", Align::Left),
    ]);
    let (alive, waiting): (Vec<_>, Vec<_>) = models.iter().partition(|model| model.lives);
    for model in &alive {
        let mut name = model.model.clone();
        // Of several that would do, those that are there; of the others, all: they say what to record.
        for source in model.sources.iter().filter(|source| source.events > 0 || !source.without.is_empty()) {
            let (first, others) = or_lines(&source.event_types);
            table.row([
                Cell::from(std::mem::take(&mut name)),
                first.into(),
                count(source.events).into(),
                asking.zone.day(source.first.as_ref()).into(),
                asking.zone.day(source.last.as_ref()).into(),
                if source.events == 0 { source.without.clone() } else { String::new() }.into(),
            ]);
            for other in others {
                let nothing = || Cell::from(String::new());
                table.row([nothing(), other.into(), nothing(), nothing(), nothing(), nothing()]);
            }
        }
    }
    if !alive.is_empty() {
        table.print(page, "Models that answer")?;
    }
    let mut table = Table::new(&[("model", Align::Left), ("answers once there is", Align::Left)]);
    for model in &waiting {
        let any_of = model.sources.iter().filter(|source| source.without.is_empty());
        let any_of: Vec<String> = any_of.flat_map(|source| &source.event_types).cloned().collect();
        let (first, others) = or_lines(&any_of);
        table.row([Cell::from(model.model.clone()), first.into()]);
        for other in others {
            table.row([Cell::from(String::new()), other.into()]);
        }
    }
    if !waiting.is_empty() {
        table.print(page, "Models that wait for events")?;
    }
    note(page, "append events, or bring in what another system exported: rapport import --list")
}

/// Types of which any would do, one a line: together they are wider than what stands beside them.
fn or_lines(types: &[String]) -> (String, Vec<String>) {
    let line = |(place, one): (usize, &String)| {
        if place + 1 < types.len() { format!("{one} or") } else { one.clone() }
    };
    let mut lines = types.iter().enumerate().map(line);
    (lines.next().unwrap_or_default(), lines.collect())
}

/// A line for each model and type.
fn models_csv(page: &mut Page, asking: &Asking, models: &[ModelState]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(["model", "lives", "event_types", "events", "first", "last", "without"])?;
    for model in models {
        for source in &model.sources {
            csv.write_record([
                model.model.clone(),
                model.lives.to_string(),
                source.event_types.join(" "),
                source.events.to_string(),
                asking.zone.second(source.first.as_ref()),
                asking.zone.second(source.last.as_ref()),
                source.without.clone(),
            ])?;
        }
    }
    Ok(csv.flush()?)
}

fn table(
    page: &mut Page,
    shared: &Shared,
    asking: &Asking,
    views: &ViewStatusResponse,
) -> anyhow::Result<()> {
    let head = &asking.head;
    writeln!(page, "server    {} (rapport {})", shared.server, head.server_version)?;
    // A projector service knows nothing of the ledger itself but how far it is.
    let is_ledger = !head.ledger_id.is_empty();
    if is_ledger {
        writeln!(page, "ledger    {}", head.ledger_id)?;
    }
    writeln!(page, "events    {}", count(head.position))?;
    if is_ledger {
        let last = asking.zone.second(head.recorded_at.as_ref());
        writeln!(page, "recorded  {}", if last.is_empty() { "nothing yet" } else { &last })?;
        writeln!(
            page,
            "clock     {}",
            if head.clock() == Clock::Simulated { "simulated" } else { "system" }
        )?;
    }
    writeln!(page, "zone      {}", head.time_zone)?;
    if let Some(publisher) = &head.publisher {
        kafka(page, publisher, head.position)?;
    }
    if let Some(disk) = &head.disk {
        writeln!(
            page,
            "disk      {} of {} MiB free",
            count(disk.free_bytes() >> 20),
            count(disk.bytes >> 20)
        )?;
    }
    if head.appends_refused {
        writeln!(page, "appends   refused")?;
    }
    for trouble in &head.troubles {
        note(page, &format!("trouble   {trouble}"))?;
    }
    let mut table = Table::new(&[
        ("view", Align::Left),
        ("position", Align::Right),
        ("behind", Align::Right),
        ("set aside", Align::Right),
        ("", Align::Drawing(20)),
        ("state", Align::Left),
    ]);
    for view in &views.views {
        table.row([
            view.view.clone().into(),
            count(view.position).into(),
            count(views.head_position.saturating_sub(view.position)).into(),
            count(view.set_aside).into(),
            Cell::Bar(view.position as f64, views.head_position as f64),
            if view.rebuilding { "rebuilding".to_owned() } else { String::new() }.into(),
        ]);
    }
    table.print(page, "Views")?;
    trouble(page, views)
}

/// What keeps views from advancing, and the latest events that they went on without.
fn trouble(page: &mut Page, views: &ViewStatusResponse) -> anyhow::Result<()> {
    for (trouble, names) in troubles(views) {
        let verb = if names.len() == 1 { "does" } else { "do" };
        note(page, &format!("{} {verb} not advance: {trouble}", names.join(", ")))?;
    }
    for view in &views.views {
        for aside in &view.last_set_aside {
            note(page, &format!("{} set position {} aside: {}", view.view, aside.position, aside.reason))?;
        }
    }
    Ok(())
}

/// Each trouble with the views that have it, in their order.
fn troubles(views: &ViewStatusResponse) -> Vec<(&str, Vec<&str>)> {
    let mut troubles: Vec<(&str, Vec<&str>)> = Vec::new();
    for view in views.views.iter().filter(|view| !view.trouble.is_empty()) {
        match troubles.iter_mut().find(|(trouble, _)| *trouble == view.trouble) {
            Some((_, names)) => names.push(&view.view),
            None => troubles.push((&view.trouble, vec![&view.view])),
        }
    }
    troubles
}

fn kafka(page: &mut Page, publisher: &Publisher, head: u64) -> anyhow::Result<()> {
    let state = match publisher.state() {
        State::Unspecified | State::Starting => "starting",
        State::Publishing => "publishing",
        State::Waiting => "waiting for kafka",
        State::Fenced => "another publisher took over",
        State::Refused => "refused",
    };
    let behind = match head.saturating_sub(publisher.position) {
        0 => "everything is published".to_owned(),
        behind => {
            let seconds = publisher.lag.map_or(0, |lag| lag.seconds);
            format!("{} behind, for {seconds} s", count(behind))
        }
    };
    note(page, &format!("kafka     {}: {state}, {behind}", publisher.topic))?;
    for line in iter::once(&publisher.trouble).chain(&publisher.warnings).filter(|line| !line.is_empty()) {
        note(page, line)?;
    }
    Ok(())
}

/// Two answers: the ledger's and the views'.
fn json(page: &mut Page, head: &HeadResponse, views: &ViewStatusResponse) -> anyhow::Result<()> {
    let both = serde_json::json!({
        "head": rapport_proto::json::to_json("rapport.v1.HeadResponse", head)?,
        "views": rapport_proto::json::to_json("rapport.v1.ViewStatusResponse", views)?,
    });
    serde_json::to_writer_pretty(&mut *page, &both)?;
    writeln!(page)?;
    Ok(())
}

fn csv(page: &mut Page, views: &ViewStatusResponse) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(["view", "position", "head_position", "set_aside", "rebuilding"])?;
    for view in &views.views {
        csv.write_record([
            view.view.clone(),
            view.position.to_string(),
            views.head_position.to_string(),
            view.set_aside.to_string(),
            view.rebuilding.to_string(),
        ])?;
    }
    Ok(csv.flush()?)
}

#[cfg(test)]
mod tests {
    use rapport_proto::v1::ViewState;

    use super::*;

    #[test]
    fn types_of_which_any_would_do_stand_below_each_other() {
        let lines = |types: &[&str]| or_lines(&types.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        let (first, others) = lines(&["touch.call_logged", "touch.meeting_held", "touch.visit_recorded"]);
        assert_eq!(first, "touch.call_logged or");
        assert_eq!(others, ["touch.meeting_held or", "touch.visit_recorded"]);
        assert_eq!(lines(&["deal.opened"]), ("deal.opened".to_owned(), Vec::new()));
        assert_eq!(lines(&[]), (String::new(), Vec::new()));
    }

    #[test]
    fn a_trouble_of_several_views_is_told_once() {
        let view = |name: &str, trouble: &str| ViewState {
            view: name.into(),
            trouble: trouble.into(),
            ..ViewState::default()
        };
        let states = [view("timeline", "away"), view("funnel", ""), view("satisfaction", "away")];
        let mut views = ViewStatusResponse { views: states.into(), ..ViewStatusResponse::default() };
        assert_eq!(troubles(&views), [("away", vec!["timeline", "satisfaction"])]);
        views.views[1].trouble = "full".into();
        assert_eq!(troubles(&views).last(), Some(&("full", vec!["funnel"])));
    }
}
