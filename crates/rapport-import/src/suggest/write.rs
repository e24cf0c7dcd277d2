//! The text of the mapping.

use std::{fmt::Write as _, path::Path};

use super::{
    column::{self, Column, Kind},
    events,
    found::Found,
    guess::Guess,
    text::{line, plain, quoted, reference},
};

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
        "# It can be tried as it is with --dry-run. Lines with CHECK are guesses that only you can confirm.",
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

/// The properties of a file's columns.
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
    if guess != Guess::Own {
        line(
            &mut text,
            "# CHECK: what a row tells of: the names of the file and its columns suggest the types below.",
        );
    }
    events::events(&mut text, found, guess);
    not_read(&mut text, found);
    text
}

/// The columns that nothing in the table reads.
fn not_read(text: &mut String, found: &Found) {
    let read = |column: &&Column| {
        let name = quoted(&column.name);
        let name = name.trim_matches('"');
        [format!("{{{name}}}"), format!("\"{name}\" ="), format!("$previous.{name}")]
            .iter()
            .any(|form| text.contains(form))
    };
    let names: Vec<String> = found
        .columns
        .iter()
        .filter(|column| column.filled > 0 && !read(column))
        .map(|column| plain(&column.name))
        .collect();
    if !names.is_empty() {
        line(text, &format!("# CHECK: nothing reads {}.", names.join(", ")));
    }
}

/// The result of a trial with the table.
pub(super) fn tried(text: &mut String, rows: u64, rejected: u64, first: &str) {
    if rejected > 0 {
        line(text, &format!("# CHECK: {rejected} of {rows} rows are rejected. The first: {}", plain(first)));
    }
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
    let mut none: Vec<String> = Vec::new();
    for value in found.columns.iter().flat_map(|column| &column.no_values).map(|value| quoted(value)) {
        if !none.contains(&value) {
            none.push(value);
        }
    }
    if !none.is_empty() {
        line(text, &format!("null = [{}]   # CHECK: read as empty, in every column", none.join(", ")));
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
            line(text, &format!("group_by = {}   # CHECK: several rows are one", reference(found, group)));
            // Rows of one number need not stand together.
            line(text, &format!("sort_by = {}", reference(found, found.date().unwrap_or(group))));
        }
        (None, Some(id)) => line(
            text,
            &format!(
                "id = {}   # all its values differ; CHECK: the next export calls the row the same",
                reference(found, id)
            ),
        ),
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
    if let (true, Some(thing), Some(date)) = (found.is_history(guess), found.thing(guess), found.date()) {
        line(text, &format!("run_by = {}   # CHECK: several rows are of one", reference(found, thing)));
        line(text, &format!("sort_by = {}", reference(found, date)));
    }
    let customer = if guess == Guess::Party { found.id().or(found.customer()) } else { found.customer() };
    match customer {
        Some(customer) => {
            let whole = found.column(customer).is_some_and(Column::is_whole_with_point);
            let (customer_id, why) = match reference(found, customer) {
                id if whole => {
                    (format!("{{ text = {id}, as = \"number\" }}"), ", without the `.0` of the file")
                }
                id => (id, ""),
            };
            line(text, &format!("customer = {customer_id}   # CHECK: whose it is{why}"));
            unknown_customers(text, found, customer);
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

/// Warns of values in the customer's column that many systems write when they do not know the customer.
fn unknown_customers(text: &mut String, found: &Found, customer: usize) {
    let written = ["0", "-1", "unknown", "anonymous", "guest", "null", "n/a", "nan", "none", "-", "?"];
    let values = found.column(customer).map(|column| column.values.iter()).into_iter().flatten();
    let values: Vec<String> = values
        .filter(|value| written.iter().any(|unknown| unknown.eq_ignore_ascii_case(value)))
        .map(|value| plain(value))
        .collect();
    if !values.is_empty() {
        let values = values.join(", ");
        line(
            text,
            &format!(
                "# CHECK: {values} in it may stand for an unknown customer, and would be one customer; `map` makes it empty."
            ),
        );
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
