//! The text of the mapping.

use std::{fmt::Write as _, path::Path};

use super::{
    Found,
    column::{self, Column, Kind},
    guess::Guess,
};

/// What a value of its own type may be called, of all columns so many.
const OWN_COLUMNS_MAX: usize = 60;

/// The keys above the tables.
pub(super) fn head(name: &str) -> String {
    format!("name = {}\ncurrency = \"EUR\"\n", quoted(name))
}

/// The whole text.
pub(super) fn mapping(path: &Path, tables: &[(Found, String)]) -> String {
    let mut text = String::new();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    line(&mut text, &format!("# A first mapping for {}, made from its columns and values.", plain(&name)));
    line(
        &mut text,
        "# It can be tried as it is with --dry-run. Lines with CHECK are guesses that nobody but you can confirm.",
    );
    line(
        &mut text,
        "# `rapport import --types TYPE` lists what an event may hold; docs/import.md says how a mapping is written.",
    );
    let first = tables.first().map_or("mapping", |(found, _)| found.name.as_str());
    line(&mut text, "");
    line(
        &mut text,
        &format!("name = {}   # part of every id: keep it once something is imported", quoted(first)),
    );
    let by_column = tables.iter().any(|(found, _)| found.currency().is_some());
    if tables.iter().any(|(_, table)| table.contains("amount = ") || table.contains("total = ")) {
        let but = if by_column { ", where no column says it" } else { "" };
        line(&mut text, &format!("currency = \"EUR\"   # CHECK: the currency of amounts{but}"));
    }
    if tables.iter().any(|(found, _)| found.columns.iter().any(Column::is_date)) {
        line(&mut text, "zone = \"UTC\"   # CHECK: the zone of times that name none, such as `Europe/Riga`");
    }
    for (found, table) in tables {
        line(&mut text, "");
        comments(&mut text, found);
        text.push_str(table);
    }
    text
}

/// What was found in the columns of a file.
fn comments(text: &mut String, found: &Found) {
    let more = if found.more { " (the first of them)" } else { "" };
    line(text, &format!("# {}: {} rows{more}", plain(&found.file_name), found.rows));
    for column in &found.columns {
        let mut told = format!("#   {}: {}", plain(&column.name), column.described(found.rows));
        if column.is_list() && !column.may_name_people() {
            let values: Vec<String> = column.values.iter().map(|value| plain(value)).collect();
            let _ = write!(told, ": {}", values.join(", "));
        }
        line(text, &told);
    }
}

/// The table for a file, with the events of one guess.
pub(super) fn table(found: &Found, guess: Guess) -> String {
    let mut text = String::new();
    line(&mut text, "[[table]]");
    line(&mut text, &format!("name = {}", quoted(&found.name)));
    line(&mut text, &format!("files = [{}]", quoted(&found.file_name)));
    found.written.iter().for_each(|written| line(&mut text, written));
    values(&mut text, found);
    identity(&mut text, found, guess);
    let date = found.date();
    match date {
        Some(date) => line(
            &mut text,
            &format!(
                "occurred_at = {}   # CHECK: when it happened{}",
                reference(found, date),
                other_dates(found, date)
            ),
        ),
        None => line(
            &mut text,
            "# CHECK: no column has dates: events count from the import on. `--undated-as DATE` says another.",
        ),
    }
    line(
        &mut text,
        "undated = \"recording\"   # rows without a date count from the import on; `reject` refuses them",
    );
    if let Some(actor) = found.actor() {
        line(&mut text, &format!("actor = {{ id = {} }}   # CHECK: who did it", reference(found, actor)));
    }
    events(&mut text, found, guess);
    text
}

/// How numbers and dates are written.
fn values(text: &mut String, found: &Found) {
    let mut formats: Vec<&str> = Vec::new();
    let mut style = None;
    for column in &found.columns {
        match &column.kind {
            Kind::Date(format) if !formats.contains(&format.as_str()) => formats.push(format),
            Kind::Number(example, true) => style = Some(*example),
            Kind::Date(_) | Kind::Number(..) | Kind::Text | Kind::Empty => {}
        }
    }
    if formats.iter().any(|format| *format != "iso") {
        let quoted: Vec<String> = formats.iter().map(|format| self::quoted(format)).collect();
        let either = found.columns.iter().find(|column| is_either(column));
        let check = either.map_or(String::new(), |column| {
            format!("   # CHECK: in {} day and month can be exchanged", plain(&column.name))
        });
        line(text, &format!("dates = [{}]{check}", quoted.join(", ")));
    }
    if let Some(style) = style {
        line(text, &format!("numbers = {}", quoted(style)));
    }
}

/// Whether every value can be read with day and month exchanged.
fn is_either(column: &Column) -> bool {
    let Kind::Date(format) = &column.kind else { return false };
    let Some(rule) = column::rule(format) else { return false };
    let candidates = rule.candidates();
    candidates.len() > 1
        && column.values.iter().all(|value| candidates.iter().all(|format| format.read(value).is_some()))
}

fn identity(text: &mut String, found: &Found, guess: Guess) {
    match (found.group(guess), found.id()) {
        (Some(group), _) => {
            let rows =
                "CHECK: the rows of one number stand together; `group_window` allows others between them";
            line(text, &format!("group_by = {}   # {rows}", reference(found, group)));
        }
        (None, Some(id)) => line(text, &format!("id = {}   # all its values differ", reference(found, id))),
        (None, None) => {
            line(
                text,
                "# CHECK: no column tells the rows apart, so a row is told by its whole content; two rows that are",
            );
            line(
                text,
                "# equal are two, and a row that changes is a new one. `id = [\"{A}\", \"{B}\"]` names columns.",
            );
        }
    }
    match found.customer() {
        Some(customer) => {
            line(text, &format!("customer = {}   # CHECK: whose it is", reference(found, customer)))
        }
        None => {
            line(
                text,
                "# CHECK: no column says whose it is: without `customer` nothing is in a customer's history, and no view",
            );
            line(text, "# counts customers.");
        }
    }
}

fn other_dates(found: &Found, date: usize) -> String {
    let others: Vec<String> = found
        .columns
        .iter()
        .enumerate()
        .filter(|(place, column)| *place != date && column.is_date())
        .map(|(_, column)| plain(&column.name))
        .collect();
    if others.is_empty() { String::new() } else { format!("; other dates are in {}", others.join(", ")) }
}

fn events(text: &mut String, found: &Found, guess: Guess) {
    let id = found.id().map_or_else(|| quoted("{$row}"), |id| reference(found, id));
    let title = |field: &str| pair(found, field, found.title());
    let prose = |field: &str| pair(found, field, found.prose());
    match guess {
        Guess::Survey => {
            let wide = found
                .score()
                .and_then(|score| found.column(score)?.range)
                .is_some_and(|(_, high)| high > 5.0);
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
                prose("personal.comment"),
            ];
            emit(text, "survey.answered", "answered", when.as_deref(), &payload);
        }
        Guess::Steps => steps(text, found),
        Guess::Deal => deal(text, found, &id),
        Guess::Ticket => {
            let payload = [
                Some(format!("ticket_id = {id}")),
                pair(found, "topic", found.product()),
                title("personal.subject"),
                prose("personal.text"),
            ];
            emit(text, "ticket.opened", "opened", None, &payload);
            if let Some(stage) = found.stage() {
                line(
                    text,
                    "# CHECK: the status is the last one; a history of them has a row for each change",
                );
                let payload =
                    [Some(format!("ticket_id = {id}")), Some(format!("to = {}", reference(found, stage)))];
                emit_keyed(text, found, "ticket.stage_changed", "stage", stage, &payload);
            }
        }
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

/// `"{Column}"`.
fn reference(found: &Found, column: usize) -> String {
    let name = found.column(column).map_or("", |column| column.name.as_str());
    quoted(&format!("{{{name}}}"))
}

/// A condition on one column.
fn condition(found: &Found, column: usize, test: &str) -> String {
    let name = found.column(column).map_or("", |column| column.name.as_str());
    format!("{{ {} = {test} }}", quoted(name))
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// For a comment: a line, in marks.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("`{text}`")
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
