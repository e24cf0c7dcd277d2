//! The events of a table, for each guess of what its rows tell.

use super::{
    Found,
    column::{self, Kind},
    guess::Guess,
    write::{condition, line, quoted, reference},
};

/// What a value of its own type may be called, of all columns so many.
const OWN_COLUMNS_MAX: usize = 60;

pub(super) fn events(text: &mut String, found: &Found, guess: Guess) {
    let id = found.id().map_or_else(|| quoted("{$row}"), |id| reference(found, id));
    let title = |field: &str| pair(found, field, found.title());
    let prose = |field: &str| pair(found, field, found.prose());
    match guess {
        Guess::Survey => survey(text, found),
        Guess::Steps => steps(text, found),
        Guess::Deal => deal(text, found, &id),
        Guess::Ticket => ticket(text, found, &id),
        Guess::Invoice => charge(text, found, "invoice.issued", "invoice_id", guess, &id),
        Guess::Payment => {
            let when = filled(found, found.amount());
            emit(text, "payment.received", "received", when.as_deref(), &[money(found, "amount")]);
        }
        Guess::Order => charge(text, found, "order.placed", "order_id", guess, &id),
        Guess::Lead => emit(text, "lead.opened", "opened", None, &[title("personal.title")]),
        Guess::Call => {
            line(text, "# CHECK: who called whom, `inbound` or `outbound`");
            emit(
                text,
                "touch.call_logged",
                "logged",
                None,
                &[Some("direction = \"outbound\"".into()), prose("personal.summary")],
            );
        }
        Guess::Meeting => {
            emit(
                text,
                "touch.meeting_held",
                "held",
                None,
                &[Some("status = \"held\"".into()), prose("personal.summary")],
            );
        }
        Guess::Party => {
            line(text, "# CHECK: `person` or `organisation`, and that the row's id is the customer");
            emit(
                text,
                "party.registered",
                "registered",
                None,
                &[Some("kind = \"organisation\"".into()), title("personal.name")],
            );
        }
        Guess::Note => emit(text, "note.recorded", "recorded", None, &[prose("personal.text")]),
        Guess::Own => own(text, found),
    }
}

fn survey(text: &mut String, found: &Found) {
    let wide = found.score().and_then(|score| found.column(score)?.range).is_some_and(|(_, high)| high > 5.0);
    let scale = if wide {
        "instrument = \"nps\", scale = { min = 0, max = 10 }"
    } else {
        "instrument = \"csat\", scale = { min = 1, max = 5 }"
    };
    let score = found.score().map_or_else(String::new, |score| reference(found, score));
    line(text, "# CHECK: the instrument and its scale; only a customer's latest answer counts");
    let when = found.score().map(|score| condition(found, score, "{ empty = false }"));
    let payload = [
        Some(format!("survey_id = {}", quoted(&found.name))),
        Some(scale.into()),
        Some(format!("value = {score}")),
        pair(found, "personal.comment", found.prose()),
    ];
    emit(text, "survey.answered", "answered", when.as_deref(), &payload);
}

fn ticket(text: &mut String, found: &Found, id: &str) {
    let payload = [
        Some(format!("ticket_id = {id}")),
        pair(found, "topic", found.product()),
        pair(found, "personal.subject", found.title()),
        pair(found, "personal.text", found.prose()),
    ];
    emit(text, "ticket.opened", "opened", None, &payload);
    if let Some(stage) = found.stage() {
        line(text, "# CHECK: the status is the last one; a history of them has a row for each change");
        let payload = [Some(format!("ticket_id = {id}")), Some(format!("to = {}", reference(found, stage)))];
        emit_keyed(text, found, "ticket.stage_changed", "stage", stage, &payload);
    }
}

/// An order or an invoice: a row, or the rows with one number.
fn charge(text: &mut String, found: &Found, event_type: &str, id_field: &str, guess: Guess, id: &str) {
    let name = event_type.split_once('.').map_or("", |(_, name)| name);
    let Some(group) = found.group(guess) else {
        let when = filled(found, found.amount().filter(|_| guess == Guess::Invoice));
        let payload = [Some(format!("{id_field} = {id}")), money(found, "total")];
        emit(text, event_type, name, when.as_deref(), &payload);
        return;
    };
    let price = found.amount().map(|amount| reference(found, amount));
    let line_net = match (found.quantity(), &price) {
        (Some(quantity), Some(price)) => {
            Some(format!("{{ times = [{}, {price}] }}", reference(found, quantity)))
        }
        _ => price,
    };
    let lines = found.product().zip(line_net.as_ref()).map(|(product, net)| {
        let quantity = found.quantity().map_or_else(|| "\"1\"".to_owned(), |quantity| reference(found, quantity));
        let product = reference(found, product);
        let when = format!("when = {}", condition(found, found.product().unwrap_or_default(), "{ empty = false }"));
        format!("lines = {{ each = \"rows\", {when}, of = {{ product = {product}, quantity = {quantity}, net = {net} }} }}")
    });
    let total = line_net.map(|net| format!("total = {{ sum = {net}, over = \"rows\" }}"));
    let payload = [Some(format!("{id_field} = {}", reference(found, group))), lines, total];
    emit(text, event_type, name, None, &payload);
}

fn filled(found: &Found, column: Option<usize>) -> Option<String> {
    let place = column?;
    (found.column(place)?.filled < found.rows).then(|| condition(found, place, "{ empty = false }"))
}

fn steps(text: &mut String, found: &Found) {
    let (Some(case), Some(stage)) = (found.case(), found.stage()) else { return };
    line(
        text,
        "# A log: a row is a step of a case. CHECK: the process's code, and whether the cases are tickets",
    );
    line(text, "# (`ticket.opened`, `ticket.stage_changed` with `run_by`) or deals.");
    let case = reference(found, case);
    let object = format!("\"case:{}", case.trim_start_matches('"'));
    let payload = [
        Some(format!("process = {}", quoted(&found.name))),
        Some(format!("object = {object}")),
        Some(format!("step = {}", reference(found, stage))),
        Some("status = \"done\"".to_owned()),
    ];
    emit(text, "process.step_recorded", "step", None, &payload);
}

fn deal(text: &mut String, found: &Found, id: &str) {
    let stage = found.stage();
    let payload = [
        Some(format!("deal_id = {id}")),
        Some("stage = \"new\"".to_owned()),
        money(found, "amount"),
        found.product().map(|product| format!("products = [{}]", reference(found, product))),
        pair(found, "personal.title", found.title()),
    ];
    line(text, "# CHECK: the pipeline and its stages; `[[definition]]` publishes them");
    emit(text, "deal.opened", "opened", None, &payload);
    let Some(stage) = stage else { return };
    let Some(column) = found.column(stage) else { return };
    let ends = |words: &[&str]| -> Vec<&String> {
        column
            .values
            .iter()
            .filter(|value| column::words(value).iter().any(|word| words.contains(&word.as_str())))
            .collect()
    };
    let (won, lost) = (ends(&["won"]), ends(&["lost"]));
    let end = found.end().map(|end| format!("occurred_at = {}", reference(found, end)));
    let mut closed: Vec<String> = Vec::new();
    for (values, event_type, name) in [(won, "deal.won", "won"), (lost, "deal.lost", "lost")] {
        if values.is_empty() {
            continue;
        }
        let quoted: Vec<String> = values.iter().map(|value| self::quoted(value)).collect();
        let when = condition(found, stage, &format!("[{}]", quoted.join(", ")));
        let amount = if name == "won" { money(found, "amount") } else { None };
        emit(text, event_type, name, Some(&when), &[Some(format!("deal_id = {id}")), amount]);
        end.iter().for_each(|end| line(text, end));
        closed.extend(quoted);
    }
    let when = condition(found, stage, &format!("{{ not = [{}], empty = false }}", closed.join(", ")));
    line(text, "# CHECK: the stage is the last one; a deal whose stage changes moves with the next export");
    let payload = [Some(format!("deal_id = {id}")), Some(format!("to = {}", reference(found, stage)))];
    emit(text, "deal.stage_changed", "stage", Some(&when), &payload);
    line(text, &format!("key = {}", reference(found, stage)));
}

/// Every column by its name, with what may describe a person apart.
fn own(text: &mut String, found: &Found) {
    let personal = [
        "name",
        "email",
        "mail",
        "phone",
        "mobile",
        "address",
        "street",
        "city",
        "person",
        "contact",
        "comment",
        "note",
        "description",
        "text",
    ];
    line(
        text,
        "# CHECK: no type of the vocabulary fits by the columns' names (`rapport import --types` lists them). This is a",
    );
    line(
        text,
        "# type of your own: nothing is lost, but no view counts it. Columns that may describe a person are in `personal`.",
    );
    line(text, "[[table.emit]]");
    line(text, "type = \"own.row_recorded\"");
    line(text, "[table.emit.custom]");
    line(text, &format!("table = {}", quoted(&found.name)));
    let mut named: Vec<String> = vec!["table".into(), "personal".into()];
    let mut apart = Vec::new();
    for (place, column) in found.columns.iter().enumerate().take(OWN_COLUMNS_MAX) {
        let key = column.words.join("_");
        let key = if key.is_empty() || named.contains(&key) { format!("column_{}", place + 1) } else { key };
        named.push(key.clone());
        let value = match &column.kind {
            Kind::Number(..) => format!("{{ text = {}, as = \"number\" }}", reference(found, place)),
            Kind::Date(_) | Kind::Text | Kind::Empty => reference(found, place),
        };
        let pair = format!("{} = {value}", quoted(&key));
        if column.has(&personal) || column.is_prose() { apart.push(pair) } else { line(text, &pair) }
    }
    if !apart.is_empty() {
        line(text, &format!("personal = {{ {} }}", apart.join(", ")));
    }
}

fn emit(text: &mut String, event_type: &str, name: &str, when: Option<&str>, payload: &[Option<String>]) {
    line(text, "[[table.emit]]");
    line(text, &format!("name = \"{name}\""));
    line(text, &format!("type = \"{event_type}\""));
    when.iter().for_each(|when| line(text, &format!("when = {when}")));
    let fields: Vec<&str> = payload.iter().flatten().map(String::as_str).collect();
    line(text, &format!("payload = {{ {} }}", fields.join(", ")));
}

/// Of a value that changes from export to export: each is an event of its own.
fn emit_keyed(
    text: &mut String,
    found: &Found,
    event_type: &str,
    name: &str,
    column: usize,
    payload: &[Option<String>],
) {
    emit(text, event_type, name, Some(&condition(found, column, "{ empty = false }")), payload);
    line(text, &format!("key = {}", reference(found, column)));
}

fn money(found: &Found, field: &str) -> Option<String> {
    let amount = reference(found, found.amount()?);
    Some(match found.currency() {
        Some(currency) => {
            format!("{field} = {{ text = {amount}, currency = {} }}", reference(found, currency))
        }
        None => format!("{field} = {amount}"),
    })
}

fn pair(found: &Found, field: &str, column: Option<usize>) -> Option<String> {
    column.map(|column| format!("{field} = {}", reference(found, column)))
}
