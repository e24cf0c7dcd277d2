//! `rapport timeline`: everything about one customer, or about one object.

use std::io::Write;

use anyhow::anyhow;
use clap::{ArgGroup, Args};
use rapport_proto::{
    time,
    v1::{Party, TimelineEntry, TimelineRequest, TimelineResponse},
};
use rapport_views::{
    model::{Model, Timeline, who},
    timeline::special::WITHHELD,
};

use super::{
    event_types,
    view_time::{Asking, FreshArgs, print_meta},
};
use crate::{
    failure::Refused,
    moment,
    shared_args::Shared,
    show::{
        Align, Output, Page, Table, Zone, count, counted, cut, days, group_amounts, lines, paragraph, print,
        visible,
    },
};

/// The flags of `rapport timeline`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["customer", "object"])))]
#[command(after_help = "\
Any id of a merged party shows the whole party; an entry recorded under another id says so.

--object TAG shows one deal, ticket, order, invoice, contract, campaign or whatever else events are tagged with, across \
the customers that it had.

Examples:
  rapport timeline 4711
  rapport timeline 4711 --as-of 2025-12-31           what had happened by then
  rapport timeline 4711 --as-of 2025-12-31 --known-at 2025-12-31   … as known then
  rapport timeline 4711 --type deal.won --type deal.lost --oldest-first
  rapport timeline acme --contacts --from 2026-01-01 --output csv
  rapport timeline --object deal:42 --oldest-first   how that deal went
  rapport timeline --object ticket:7 --known-at 2025-12-31   … as known then")]
pub(crate) struct TimelineArgs {
    /// Any id of the customer
    #[arg(value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Instead of CUSTOMER: an object by its tag, such as `deal:42`
    #[arg(long, value_name = "TAG")]
    object: Option<String>,
    /// Only these types, such as `touch.call_logged`
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Only these channels
    #[arg(long = "channel", value_name = "CHANNEL")]
    channels: Vec<String>,
    /// Only what these people did, by their id
    #[arg(long = "actor", value_name = "ID")]
    actors: Vec<String>,
    /// Only what happened then or later (a date: from its beginning)
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Entries a page [default: 20 in tables, 50 in JSON and CSV]
    #[arg(long, value_name = "ENTRIES", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,
    /// The page with this token, as the page before printed it
    #[arg(long, value_name = "TOKEN")]
    page: Option<String>,
    /// Oldest first instead of newest first
    #[arg(long)]
    oldest_first: bool,
    /// For an organisation: with what happened with its contacts
    #[arg(long, conflicts_with = "object")]
    contacts: bool,
    /// With the values of facts and notes of a special category, such as health or political opinions
    #[arg(long)]
    special: bool,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Entries that have room on one screen, with who the customer is.
const ENTRIES: u32 = 20;
/// Facts that have.
const FACTS: usize = 8;
/// Customers of an object that have.
const CUSTOMERS: usize = 8;

/// Prints one page of a timeline.
///
/// # Errors
/// The server's; NOT_FOUND is an answer, and exit 1.
pub(crate) async fn run(shared: &Shared, args: TimelineArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    event_types::check(&asking, &args.types).await?;
    let request = TimelineRequest {
        time: asking.time(shared, &args.fresh)?,
        customer: args.customer.unwrap_or_default(),
        object: args.object.unwrap_or_default(),
        types: args.types,
        channels: args.channels,
        actors: args.actors,
        occurred_from: moment::since(args.from.as_deref(), "--from", asking.zone.time_zone())?,
        page_size: args.page_size.unwrap_or(if shared.output == Output::Table { ENTRIES } else { 0 }),
        page_token: args.page.unwrap_or_default(),
        oldest_first: args.oldest_first,
        include_contacts: args.contacts,
        include_special: args.special,
        page: false,
    };
    let [customer, object] = [&request.customer, &request.object].map(|id| visible(id));
    let answer = asking.client.views().timeline(request.clone()).await;
    let answer = answer.map_err(Refused::from).map_err(|refused| match refused.reason().as_str() {
        // The server's errors name nobody and nothing: they may end up in logs. Here it is what was typed.
        "NO_SUCH_CUSTOMER" => anyhow!(refused).context(format!("customer `{customer}`")),
        "NO_SUCH_OBJECT" => anyhow!(refused).context(format!("object `{object}`")),
        _ => refused.into(),
    });
    let answer = answer?.into_inner();
    print(
        shared.output,
        Timeline::RESPONSE,
        &answer,
        |page| table(page, &request.object, &answer, &asking.zone),
        |page| lines(page, &Timeline::page(&request, &answer), Timeline::LINES, &asking.zone),
    )
}

fn table(page: &mut Page, object: &str, answer: &TimelineResponse, zone: &Zone) -> anyhow::Result<()> {
    print_meta(page, "timeline", answer.meta.as_ref(), zone)?;
    match &answer.party {
        Some(party) => print_party(page, party, zone)?,
        None => print_object(page, object, answer)?,
    }
    let whose = match (&answer.party, answer.customers.as_slice()) {
        (Some(party), _) => Some(party.id.as_str()),
        (None, [customer]) if answer.customers_left_out == 0 => Some(customer.as_str()),
        (None, _) => None,
    };
    let mut table = Table::new(&[
        ("when", Align::Left),
        ("type", Align::Left),
        ("what", Align::Telling),
        ("by", Align::Cut),
        ("channel", Align::Left),
        ("remarks", Align::Left),
    ])
    // The type is in the words of the line already.
    .least(&["channel", "by", "type"]);
    for entry in &answer.entries {
        table.row([
            zone.minute(entry.occurred_at.as_ref()),
            entry.r#type.clone(),
            group_amounts(&entry.summary),
            who(entry.actor.as_ref()).to_owned(),
            entry.channel.clone(),
            remarks(entry, whose, zone),
        ]);
    }
    writeln!(page)?;
    table.print(page, "")?;
    print_counts(page, answer, zone)
}

fn print_object(page: &mut Page, object: &str, answer: &TimelineResponse) -> anyhow::Result<()> {
    writeln!(page, "\n{}", console::style(cut(&visible(object))).bold())?;
    let customers = match answer.customers.as_slice() {
        [] => "no customer".to_owned(),
        [customer] => format!("customer {customer}"),
        several => {
            let first: Vec<_> = several.iter().take(CUSTOMERS).map(String::as_str).collect();
            format!("{} customers: {}", count(several.len() as u64), first.join(", "))
        }
    };
    writeln!(page, "{}", cut(&customers))?;
    if let Some(more) = answer.customers.len().checked_sub(CUSTOMERS).filter(|more| *more > 0) {
        let more = counted(more as u64, "more customer", "more customers");
        writeln!(page, "{}", paragraph(&format!("{more}; `--output json` has them")))?;
    }
    if answer.customers_left_out > 0 {
        let more = counted(answer.customers_left_out, "more customer id", "more customer ids");
        writeln!(page, "{}", paragraph(&format!("not shown, too much for one answer: {more}")))?;
    }
    Ok(())
}

fn print_party(page: &mut Page, party: &Party, zone: &Zone) -> anyhow::Result<()> {
    let name = if party.name.is_empty() { &party.id } else { &party.name };
    writeln!(page, "\n{}", console::style(cut(name)).bold())?;
    let described =
        [("", &party.kind), ("", &party.lifecycle), ("", &party.country), ("language ", &party.language)];
    let words =
        described.iter().filter(|(_, word)| !word.is_empty()).map(|(label, word)| format!("{label}{word}"));
    let mut line = vec![format!("id {}", party.id)];
    line.extend(words);
    writeln!(page, "{}", cut(&line.join(" · ")))?;
    let others: Vec<&str> = party.ids.iter().map(String::as_str).filter(|id| *id != party.id).collect();
    for (label, list) in [("also known as", others.join(", ")), ("contacts", party.contacts.join(", "))] {
        if !list.is_empty() {
            writeln!(page, "{}", cut(&format!("{label} {list}")))?;
        }
    }
    let left_out = [
        (party.ids_left_out, "more ids"),
        (party.contacts_left_out, "more contacts"),
        (party.roles_left_out, "more roles"),
        (party.facts_left_out, "more facts, which are entries of type party.fact_recorded"),
    ];
    for (number, what) in left_out.into_iter().filter(|(number, _)| *number > 0) {
        writeln!(
            page,
            "{}",
            paragraph(&format!("not shown, too much for one answer: {} {what}", count(number)))
        )?;
    }
    for role in &party.roles {
        let to =
            if role.related_party.is_empty() { String::new() } else { format!(" {}", role.related_party) };
        writeln!(page, "{}", cut(&format!("{}{to} since {}", role.role, zone.day(role.from.as_ref()))))?;
    }
    for fact in party.facts.iter().take(FACTS) {
        let value = if fact.withheld { WITHHELD } else { &fact.value };
        writeln!(page, "{}", cut(&format!("{}: {value}", fact.key)))?;
    }
    if let Some(more) = party.facts.len().checked_sub(FACTS).filter(|more| *more > 0) {
        let more = counted(more as u64, "more fact", "more facts");
        writeln!(page, "{}", paragraph(&format!("{more}; `--output json` has all")))?;
    }
    Ok(())
}

fn print_counts(page: &mut Page, answer: &TimelineResponse, zone: &Zone) -> anyhow::Result<()> {
    let total = counted(answer.total, "entry", "entries");
    let mut words = vec![format!("{} of {total}", count(answer.entries.len() as u64))];
    let rest = [
        (answer.left_out_by_page, "on other pages"),
        (answer.left_out_by_filter, "left out by the filter"),
        (answer.retracted, "retracted"),
    ];
    words.extend(
        rest.iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", count(*number))),
    );
    writeln!(page, "\n{}", paragraph(&words.join(" · ")))?;
    match &answer.last_two_way_touch {
        Some(touch) => writeln!(
            page,
            "last two-way touch {}, {} ago",
            zone.minute(Some(touch)),
            days(answer.silence.as_ref())
        )?,
        None if answer.party.is_some() => writeln!(page, "no two-way touch so far")?,
        // Few objects have contacts of their own.
        None => {}
    }
    let mut facts = answer.party.iter().flat_map(|party| &party.facts);
    if facts.any(|fact| fact.withheld) || answer.entries.iter().any(|entry| entry.withheld) {
        writeln!(page, "{}", paragraph("values of a special category are withheld: --special shows them"))?;
    }
    if !answer.next_page_token.is_empty() {
        writeln!(page, "next page: --page {}", answer.next_page_token)?;
    }
    Ok(())
}

/// What is out of the ordinary: another id than that of the only customer, a correction, a late record. An object may
/// have several customers: each entry says whose it is.
fn remarks(entry: &TimelineEntry, whose: Option<&str>, zone: &Zone) -> String {
    let mut remarks = Vec::new();
    if !entry.recorded_under.is_empty() && whose != Some(&entry.recorded_under) {
        let word = if whose.is_some() { "as" } else { "of" };
        remarks.push(format!("{word} {}", entry.recorded_under));
    }
    if let Some(last) = entry.corrections.last() {
        remarks.push(format!("corrected {}", zone.day(last.recorded_at.as_ref())));
    }
    if is_late(entry) {
        remarks.push(format!("recorded {}", zone.day(entry.recorded_at.as_ref())));
    }
    remarks.join(", ")
}

/// Recorded more than a day after it happened.
fn is_late(entry: &TimelineEntry) -> bool {
    let micros =
        |moment: &prost_types::Timestamp| time::from_proto(moment).map(rapport_model::Timestamp::as_micros);
    let occurred = entry.occurred_at.as_ref().and_then(micros);
    let recorded = entry.recorded_at.as_ref().and_then(micros);
    matches!((occurred, recorded), (Some(occurred), Some(recorded)) if recorded - occurred > 86_400_000_000)
}
