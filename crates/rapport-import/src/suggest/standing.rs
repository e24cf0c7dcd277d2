//! The events of deals and tickets. A row is either one deal as it stands now, or one change of a deal.

use super::{
    column,
    emit::{emit, money, pair},
    found::Found,
    guess::Guess,
    text::{condition, line, quoted, reference},
};

/// Words in a final status.
const WON: [&str; 6] = ["won", "gewonnen", "ganado", "ganada", "gagné", "gagnée"];
const LOST: [&str; 6] = ["lost", "verloren", "perdido", "perdida", "perdu", "perdue"];
const RESOLVED: [&str; 9] =
    ["closed", "solved", "resolved", "done", "completed", "finished", "geschlossen", "gelöst", "erledigt"];

/// An end of a deal or a ticket.
struct End {
    event_type: &'static str,
    name: &'static str,
    /// Quoted.
    values: Vec<String>,
    has_amount: bool,
}

fn ends(found: &Found, guess: Guess, status: usize) -> Vec<End> {
    let called = |words: &[&str]| -> Vec<String> {
        let values = found.column(status).map(|column| column.values.iter()).into_iter().flatten();
        let fits = |value: &&String| column::words(value).iter().any(|word| words.contains(&word.as_str()));
        values.filter(fits).map(|value| quoted(value)).collect()
    };
    let end = |event_type, name, values, has_amount| End { event_type, name, values, has_amount };
    if guess == Guess::Ticket {
        return vec![end("ticket.resolved", "resolved", called(&RESOLVED), false)];
    }
    vec![end("deal.won", "won", called(&WON), true), end("deal.lost", "lost", called(&LOST), false)]
}

/// The column with the status, preferably one with final statuses.
fn status(found: &Found, guess: Guess) -> Option<usize> {
    let stage = found.stage()?;
    let says = |place: &usize| ends(found, guess, *place).iter().any(|end| !end.values.is_empty());
    let called = ["stage", "status", "state", "result", "outcome"];
    let other = (0..found.columns.len())
        .filter(|place| found.column(*place).is_some_and(|column| column.is_text() && column.has(&called)));
    Some(stage).filter(says).or_else(|| other.into_iter().find(says)).or(Some(stage))
}

pub(super) fn events(text: &mut String, found: &Found, guess: Guess) {
    let id = found.thing(guess).map_or_else(|| quoted("{$row}"), |id| reference(found, id));
    let history = found.is_history(guess);
    opened(text, found, guess, &id, history);
    let Some(stage) = found.stage() else {
        line(text, "# CHECK: no column says how it stands now: all stay open.");
        return;
    };
    let status = status(found, guess).unwrap_or(stage);
    let ends = ends(found, guess, status);
    for end in &ends {
        ended(text, found, &id, status, end, history);
    }
    let silent: Vec<&str> =
        ends.iter().filter(|end| end.values.is_empty()).map(|end| end.event_type).collect();
    if !silent.is_empty() {
        let name = found.column(status).map_or("", |column| column.name.as_str());
        line(
            text,
            &format!(
                "# CHECK: no value of `{}` is known to mean `{}`, so no emit gives it, and what ended so stays open.",
                name.replace(char::is_control, " "),
                silent.join("` or `")
            ),
        );
    }
    let closed: Vec<&str> = ends.iter().flat_map(|end| &end.values).map(String::as_str).collect();
    moved(text, found, guess, &id, [stage, status], &closed.join(", "));
}

fn opened(text: &mut String, found: &Found, guess: Guess, id: &str, history: bool) {
    let (event_type, payload) = if guess == Guess::Ticket {
        let payload = [
            Some(format!("ticket_id = {id}")),
            pair(found, "topic", found.product()),
            pair(found, "personal.subject", found.title()),
            pair(found, "personal.text", found.prose()),
        ];
        ("ticket.opened", payload.into_iter().flatten().collect::<Vec<_>>())
    } else {
        line(text, "# CHECK: the pipeline and its stages; `[[definition]]` publishes them");
        let stage = found.stage().filter(|_| history).map(|stage| reference(found, stage));
        let payload = [
            Some(format!("deal_id = {id}")),
            Some(format!("stage = {}", stage.unwrap_or_else(|| quoted("new")))),
            money(found, "amount"),
            found.product().map(|product| format!("products = [{}]", reference(found, product))),
            pair(found, "personal.title", found.title()),
        ];
        ("deal.opened", payload.into_iter().flatten().collect())
    };
    if history {
        line(text, "# A history: a row is a change. CHECK: the first row of each opens it");
    }
    emit(text, event_type, "opened", history.then_some("{ \"$place\" = 0 }"), &payload);
}

fn ended(text: &mut String, found: &Found, id: &str, status: usize, end: &End, history: bool) {
    if end.values.is_empty() {
        return;
    }
    let values = end.values.join(", ");
    let name = found.column(status).map_or("", |column| column.name.as_str());
    let when = if history {
        let before = quoted(&format!("$previous.{name}"));
        format!("{{ {} = [{values}], {before} = {{ not = [{values}] }} }}", quoted(name))
    } else {
        condition(found, status, &format!("[{values}]"))
    };
    let id_field = if end.event_type == "ticket.resolved" { "ticket_id" } else { "deal_id" };
    let mut payload = vec![format!("{id_field} = {id}")];
    payload.extend(money(found, "amount").filter(|_| end.has_amount));
    emit(text, end.event_type, end.name, Some(&when), &payload);
    if !history {
        state(text, found);
        when_it_was(text, found.end().map(|end| reference(found, end)));
    }
}

fn moved(
    text: &mut String,
    found: &Found,
    guess: Guess,
    id: &str,
    [stage, status]: [usize; 2],
    closed: &str,
) {
    let name = |place: usize| found.column(place).map_or("", |column| column.name.as_str());
    let (event_type, id_field) = if guess == Guess::Ticket {
        ("ticket.stage_changed", "ticket_id")
    } else {
        ("deal.stage_changed", "deal_id")
    };
    let mut tests = Vec::new();
    if found.is_history(guess) {
        tests.push("\"$place\" = { above = 0 }".to_owned());
    }
    let not_closed = format!("not = [{closed}]");
    if stage != status && !closed.is_empty() {
        tests.push(format!("{} = {{ {not_closed} }}", quoted(name(status))));
    }
    let mut of_stage = vec!["empty = false".to_owned()];
    if stage == status && !closed.is_empty() {
        of_stage.push(not_closed);
    }
    let to = reference(found, stage);
    let mut payload = vec![format!("{id_field} = {id}"), format!("to = {to}")];
    if found.is_history(guess) {
        let before = quoted(&format!("{{$previous.{}}}", name(stage)));
        of_stage.push(format!("differs = {before}"));
        payload.push(format!("from = {before}"));
    } else {
        line(
            text,
            "# The status is the last one. When it came is not known, so it counts from the import on.",
        );
    }
    tests.push(format!("{} = {{ {} }}", quoted(name(stage)), of_stage.join(", ")));
    emit(text, event_type, "moved", Some(&format!("{{ {} }}", tests.join(", "))), &payload);
    if !found.is_history(guess) {
        state(text, found);
        when_it_was(text, None);
    }
}

/// A row with an id is found again in the next export, so its status is a state.
fn state(text: &mut String, found: &Found) {
    if found.id().is_some() {
        line(text, "state = \"status\"");
    }
}

fn when_it_was(text: &mut String, moment: Option<String>) {
    match moment {
        Some(moment) => line(text, &format!("occurred_at = {moment}   # CHECK: when it ended")),
        None => line(text, "occurred_at = \"\"   # counts from the import on"),
    }
}
