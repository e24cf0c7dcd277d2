//! The events of a table, for each guess.

use super::{
    column::Kind,
    emit::{emit_some, money, pair},
    found::Found,
    guess::Guess,
    standing,
    text::{condition, line, quoted, reference},
};

/// Columns that an event of one's own type takes.
const OWN_COLUMNS_MAX: usize = 60;

pub(super) fn events(text: &mut String, found: &Found, guess: Guess) {
    let id = found.id().map_or_else(|| quoted("{$row}"), |id| reference(found, id));
    let title = |field: &str| pair(found, field, found.title());
    let prose = |field: &str| pair(found, field, found.prose());
    match guess {
        Guess::Survey => survey(text, found),
        Guess::Steps => steps(text, found),
        Guess::Deal | Guess::Ticket => standing::events(text, found, guess),
        Guess::Invoice => charge(text, found, "invoice.issued", "invoice_id", guess, &id),
        Guess::Payment => {
            let when = filled(found, found.amount());
            emit_some(text, "payment.received", "received", when.as_deref(), &[money(found, "amount")]);
        }
        Guess::Order => charge(text, found, "order.placed", "order_id", guess, &id),
        Guess::Lead => {
            line(
                text,
                "# CHECK: only that it was opened; `lead.qualified` and `lead.converted` say what became of it",
            );
            emit_some(text, "lead.opened", "opened", None, &[title("personal.title")]);
        }
        Guess::Call => {
            line(text, "# CHECK: the direction of the call, `inbound` or `outbound`");
            emit_some(
                text,
                "touch.call_logged",
                "logged",
                None,
                &[Some("direction = \"outbound\"".into()), prose("personal.summary")],
            );
        }
        Guess::Meeting => {
            emit_some(
                text,
                "touch.meeting_held",
                "held",
                None,
                &[Some("status = \"held\"".into()), prose("personal.summary")],
            );
        }
        Guess::Party => {
            line(text, "# CHECK: `person` or `organisation`, and that the row's id is the customer");
            emit_some(
                text,
                "party.registered",
                "registered",
                None,
                &[Some("kind = \"organisation\"".into()), title("personal.name")],
            );
        }
        Guess::Note => {
            line(
                text,
                "# CHECK: no other type fits by the columns' names, so the text alone is kept, as a note",
            );
            emit_some(text, "note.recorded", "recorded", None, &[prose("personal.text")]);
        }
        Guess::Own => own(text, found),
    }
}

fn survey(text: &mut String, found: &Found) {
    let Some(score) = found.score() else { return };
    let called = |words: &[&str]| found.column(score).is_some_and(|column| column.has(words));
    let (low, high) = found.column(score).and_then(|column| column.range).unwrap_or_default();
    let scale = if called(&["nps", "recommend"]) {
        "instrument = \"nps\", scale = { min = 0, max = 10 }"
    } else if called(&["ces", "effort"]) && low >= 1.0 && high <= 7.0 {
        "instrument = \"ces\", scale = { min = 1, max = 7 }"
    } else if low >= 1.0 && high <= 5.0 {
        "instrument = \"csat\", scale = { min = 1, max = 5 }"
    } else {
        line(
            text,
            "# CHECK: an answer to the NPS question is `instrument = \"nps\", scale = { min = 0, max = 10 }`.",
        );
        match (low < 1.0, high > 5.0) {
            (false, _) => "instrument = \"custom\", scale = { min = 1, max = 10 }",
            (true, true) => "instrument = \"custom\", scale = { min = 0, max = 10 }",
            (true, false) => "instrument = \"custom\", scale = { min = 0, max = 5 }",
        }
    };
    line(
        text,
        &format!(
            "# CHECK: the instrument and its scale: the responses are {low} to {high}; only a customer's latest response counts"
        ),
    );
    let when = condition(found, score, "{ empty = false }");
    let payload = [
        Some(format!("survey_id = {}", quoted(&found.name))),
        Some(scale.into()),
        Some(format!("value = {}", reference(found, score))),
        pair(found, "personal.comment", found.prose()),
    ];
    emit_some(text, "survey.answered", "answered", Some(&when), &payload);
}

/// An order or an invoice: a row, or the rows with one number.
fn charge(text: &mut String, found: &Found, event_type: &str, id_field: &str, guess: Guess, id: &str) {
    let name = event_type.split_once('.').map_or("", |(_, name)| name);
    let is_negative = |place: Option<usize>| {
        let range = place.and_then(|place| found.column(place)).and_then(|column| column.range);
        range.is_some_and(|(low, _)| low < 0.0)
    };
    if guess == Guess::Invoice && (is_negative(found.amount()) || is_negative(found.quantity())) {
        line(
            text,
            "# CHECK: some are below zero; where those are credit notes, give them an emit with `kind = \"credit_note\"`.",
        );
    }
    let Some(group) = found.group(guess) else {
        let when = filled(found, found.amount().filter(|_| guess == Guess::Invoice));
        let payload = [Some(format!("{id_field} = {id}")), money(found, "total")];
        emit_some(text, event_type, name, when.as_deref(), &payload);
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
    emit_some(text, event_type, name, None, &payload);
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
    emit_some(text, "process.step_recorded", "step", None, &payload);
}

/// Every column by its name; those that may describe a person are kept apart.
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
