//! `rapport import --types`: what a mapping's events may be, and what is in them.

use std::io::Write;

use rapport_import::{EventType, PayloadField, vocabulary};
use serde_json::{Value, json};

use crate::{
    command::event_types,
    show::{Align, Output, Page, Table, paragraph},
};

/// Prints the types, or the fields of one when a name is given.
///
/// # Errors
/// No type has this name, or stdout does not take it.
pub(super) fn print(output: Output, name: &str) -> anyhow::Result<()> {
    let all = vocabulary();
    if name.is_empty() {
        return list(output, &all);
    }
    let Some(known) = all.iter().find(|known| known.name == name) else {
        anyhow::bail!(
            "there is no type `{name}`; {} `rapport import --types` lists them; a type of your own has `custom` in place \
             of `payload`",
            event_types::meant(name)
        );
    };
    one(output, known)
}

fn list(output: Output, all: &[EventType]) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    match output {
        Output::Table => {
            let mut table = Table::new(&[
                ("type", Align::Left),
                ("what it tells", Align::Telling),
                ("required", Align::Cut),
            ]);
            for known in all {
                let required: Vec<&str> = required(known).collect();
                table.row([known.name.to_owned(), first_sentence(&known.comment), required.join(", ")]);
            }
            table.print(&mut page, "")?;
            writeln!(page, "\n`rapport import --types TYPE` lists the fields of one")?;
        }
        Output::Json => {
            let all: Vec<Value> = all.iter().map(value).collect();
            serde_json::to_writer_pretty(&mut page, &all)?;
            writeln!(page)?;
        }
        Output::Csv => {
            let mut csv = csv::Writer::from_writer(&mut page);
            csv.write_record(["type", "comment", "required"])?;
            for known in all {
                let required: Vec<&str> = required(known).collect();
                csv.write_record([known.name, &known.comment, &required.join(" ")])?;
            }
            csv.flush()?;
        }
    }
    page.finish()
}

fn one(output: Output, known: &EventType) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    match output {
        Output::Table => {
            let colon = if known.comment.is_empty() { "" } else { ": " };
            writeln!(page, "{}\n", paragraph(&format!("{}{colon}{}", known.name, known.comment)))?;
            let mut table = Table::new(&[
                ("field of payload", Align::Left),
                ("required", Align::Left),
                ("kind", Align::Left),
                ("what it says", Align::Telling),
            ]);
            for field in &known.fields {
                let required = if field.required { "yes" } else { "" };
                table.row([field.path.clone(), required.to_owned(), kind(field), telling(field)]);
            }
            table.print(&mut page, "")?;
            let beside = "beside `payload` an emit has `occurred_at`, `customer`, `actor`, `channel`, `tags`; \
                          docs/import.md says how each is written";
            writeln!(page, "\n{}", paragraph(beside))?;
        }
        Output::Json => {
            serde_json::to_writer_pretty(&mut page, &value(known))?;
            writeln!(page)?;
        }
        Output::Csv => {
            let mut csv = csv::Writer::from_writer(&mut page);
            csv.write_record(["field", "required", "kind", "list", "values", "comment"])?;
            for field in &known.fields {
                let values: Vec<&str> = field.values.iter().map(|(name, _)| name.as_str()).collect();
                csv.write_record([
                    &field.path,
                    &field.required.to_string(),
                    field.kind,
                    &field.repeated.to_string(),
                    &values.join(" "),
                    &field.comment,
                ])?;
            }
            csv.flush()?;
        }
    }
    page.finish()
}

fn required(known: &EventType) -> impl Iterator<Item = &str> {
    // What is required of a line is not required of an order without lines.
    known
        .fields
        .iter()
        .filter(|field| field.required && !field.path.contains("[]"))
        .map(|field| field.path.as_str())
}

fn first_sentence(comment: &str) -> String {
    comment.split_once(". ").map_or(comment, |(first, _)| first).trim_end_matches('.').to_owned()
}

fn kind(field: &PayloadField) -> String {
    if field.repeated { format!("list of {}", field.kind) } else { field.kind.to_owned() }
}

/// The values of an enumeration and the comment, without the word that has a column of its own.
fn telling(field: &PayloadField) -> String {
    let values: Vec<&str> = field.values.iter().map(|(name, _)| name.as_str()).collect();
    let values = (!values.is_empty()).then(|| format!("`{}`", values.join("`, `")));
    let comment = field.comment.replace("Required.", "").replace("  ", " ");
    let comment = Some(comment.trim().to_owned()).filter(|comment| !comment.is_empty());
    values.into_iter().chain(comment).collect::<Vec<_>>().join(": ")
}

fn value(known: &EventType) -> Value {
    let fields = known.fields.iter().map(|field| {
        let values = field.values.iter().map(|(name, comment)| json!({"name": name, "comment": comment}));
        json!({
            "name": field.path,
            "kind": field.kind,
            "list": field.repeated,
            "required": field.required,
            "values": values.collect::<Vec<_>>(),
            "comment": field.comment,
        })
    });
    json!({"type": known.name, "comment": known.comment, "fields": fields.collect::<Vec<_>>()})
}
