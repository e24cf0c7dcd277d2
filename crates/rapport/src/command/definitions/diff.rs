//! `rapport definitions diff`: what changed from one version to another.

use std::io::Write;

use clap::Args;
use rapport_proto::v1::Definition;
use serde_json::{Value, json};

use super::{
    body::{Change, changes, shown, whole},
    find,
};
use crate::{
    command::view_time::{Asking, FreshArgs},
    failure::AnswerIsNo,
    shared_args::Shared,
    show::{Align, Output, Page, Table},
};

/// The flags of `rapport definitions diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// Such as abc
    #[arg(value_name = "KIND")]
    kind: String,
    /// Its code
    #[arg(value_name = "CODE")]
    code: String,
    /// The older version; 0 is what holds without any [default: the one before --to]
    #[arg(long, value_name = "N")]
    from: Option<u32>,
    /// The newer version [default: the one in force]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    to: Option<u32>,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints the difference.
///
/// # Errors
/// The server's; there being no such version is an answer, and exit 1.
pub(super) async fn run(shared: &Shared, args: DiffArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let (kind, code) = (args.kind.as_str(), args.code.as_str());
    let versions = find::versions(shared, &asking, &args.fresh, (kind, Some(code))).await?;
    let numbered = |wanted: u32| {
        let found = versions.iter().position(|one| one.version == wanted && one.position > 0);
        found.ok_or_else(|| {
            let known: Vec<_> = versions
                .iter()
                .rev()
                .filter(|one| one.version > 0)
                .map(|one| one.version.to_string())
                .collect();
            let known = if known.is_empty() { "none is published".into() } else { known.join(", ") };
            AnswerIsNo(format!("{kind} `{code}` has no version {wanted} at that moment; there are: {known}"))
        })
    };
    let newer = match args.to {
        Some(version) => Some(numbered(version)?),
        None => {
            find::holding(&versions).and_then(|held| versions.iter().position(|one| std::ptr::eq(one, held)))
        }
    };
    let Some((place, newer)) = newer.and_then(|place| Some((place, versions.get(place)?))) else {
        return Err(
            AnswerIsNo(format!("no version of {kind} `{code}` is in force; name one with --to")).into()
        );
    };
    let older = match args.from {
        Some(0) => None,
        Some(version) => versions.get(numbered(version)?),
        None => versions.get(place + 1..).and_then(|rest| rest.iter().find(|one| one.position > 0)),
    };
    let changed = match older {
        Some(older) => changes(&whole(kind, &older.body), &whole(kind, &newer.body)),
        None => changes(&unpublished(kind, code), &whole(kind, &newer.body)),
    };
    print(shared.output, older, newer, &changed)
}

/// What holds of a code without a definition.
pub(super) fn unpublished(kind: &str, code: &str) -> Value {
    let known = rapport_proto::definition::kind(kind);
    let body = known.and_then(|kind| kind.unpublished.iter().find(|(known, _)| *known == code));
    body.map_or_else(|| json!({}), |(_, body)| whole(kind, body))
}

fn print(
    output: Output,
    older: Option<&Definition>,
    newer: &Definition,
    changed: &[Change],
) -> anyhow::Result<()> {
    let mut page = Page::of(output);
    let from = older.map_or_else(|| "nothing published".to_owned(), find::called);
    let to = find::called(newer);
    match output {
        Output::Table => {
            writeln!(page, "{} `{}`, from {from} to {to}", newer.kind, newer.code)?;
            table(&mut page, (&from, &to), changed)?;
        }
        Output::Json => {
            let changed: Vec<_> =
                changed.iter().map(|one| json!({"path": one.path, "old": one.old, "new": one.new})).collect();
            let said = json!({
                "kind": newer.kind, "code": newer.code, "from": older.map_or(0, |one| one.version),
                "to": newer.version, "changes": changed,
            });
            writeln!(page, "{said}")?;
        }
        Output::Csv => {
            let mut csv = csv::Writer::from_writer(&mut page);
            csv.write_record(["path", "old", "new"])?;
            for one in changed {
                let value = |value: &Option<Value>| value.as_ref().map_or_else(String::new, shown);
                csv.write_record([&one.path, &value(&one.old), &value(&one.new)])?;
            }
            csv.flush()?;
        }
    }
    page.finish()
}

/// Every change with both values.
///
/// # Errors
/// Stdout does not take it.
pub(super) fn table(page: &mut Page, (from, to): (&str, &str), changed: &[Change]) -> anyhow::Result<()> {
    if changed.is_empty() {
        writeln!(page, "\nno difference")?;
        return Ok(());
    }
    let mut table = Table::new(&[("member", Align::Left), (from, Align::Cut), (to, Align::Telling)]);
    for one in changed {
        let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), shown);
        table.row([one.path.clone(), value(&one.old), value(&one.new)]);
    }
    writeln!(page)?;
    table.print(page, "")
}
