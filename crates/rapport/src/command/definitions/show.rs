//! `rapport definitions show`: what a definition says.

use std::io::Write;

use clap::Args;
use rapport_proto::v1::{Definition, DefinitionState as State};
use serde_json::{Map, Value, value::RawValue};

use super::{
    body::{members, shown, whole},
    file::File,
    find,
};
use crate::{
    command::view_time::{Asking, FreshArgs},
    failure::AnswerIsNo,
    shared_args::Shared,
    show::{Output, Page, Zone, cut},
};

/// The flags of `rapport definitions show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Such as abc; docs/definitions.md has every kind
    #[arg(value_name = "KIND")]
    kind: String,
    /// Its code [default: every code of the kind]
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// This version [default: the one that holds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: Option<u32>,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints bodies.
///
/// # Errors
/// The server's; there being no such definition is an answer, and exit 1.
pub(super) async fn run(shared: &Shared, args: ShowArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let mut versions =
        find::versions(shared, &asking, &args.fresh, (&args.kind, args.code.as_deref())).await?;
    let is_wanted = |one: &Definition| match args.version {
        Some(version) => one.version == version,
        None => matches!(one.state(), State::InForce | State::Default),
    };
    versions.retain(is_wanted);
    // A version that was published twice: the later event replaced it.
    versions.dedup_by(|one, other| one.code == other.code);
    if versions.is_empty() {
        let what = args.version.map_or_else(|| "a version that holds".to_owned(), |n| format!("version {n}"));
        let code = args.code.as_deref().map(|code| format!(" `{code}`")).unwrap_or_default();
        let said = format!(
            "{}{code} has not {what} at that moment; `rapport definitions --kind {} --all` lists all versions",
            args.kind, args.kind
        );
        return Err(AnswerIsNo(said).into());
    }
    let mut page = Page::of(shared.output);
    match shared.output {
        Output::Table => {
            for (place, one) in versions.iter().enumerate() {
                if place > 0 {
                    writeln!(page)?;
                }
                table(&mut page, one, &asking.zone)?;
            }
        }
        Output::Json => json(&mut page, &versions, &asking.zone)?,
        Output::Csv => csv(&mut page, &versions)?,
    }
    page.finish()
}

/// A line about the version, and its body, in which what is left out is marked.
fn table(page: &mut Page, one: &Definition, zone: &Zone) -> anyhow::Result<()> {
    let mut line = format!("{} `{}`, {}", one.kind, one.code, find::called(one));
    let moment = zone.minute(one.effective_from.as_ref());
    match one.state() {
        State::InForce => line.push_str(&format!(", in force since {moment}")),
        State::Upcoming => line.push_str(&format!(", takes effect {moment}")),
        State::Unreadable => line.push_str(&format!(", cannot be read: {}", one.fault)),
        State::Earlier => line.push_str(&format!(", from {moment}, not in force")),
        State::Default => line.push_str(", because nothing readable is published"),
        State::Unspecified => {}
    }
    if !one.approver.is_empty() {
        line.push_str(&format!(", approved by {}", one.approver));
    }
    if one.position > 0 {
        line.push_str(&format!(", event {}", one.position));
    }
    writeln!(page, "{}\n", cut(&line))?;
    let body = whole(&one.kind, &one.body);
    let Some(body) = body.as_object() else {
        writeln!(page, "{}", cut(&one.body))?;
        return Ok(());
    };
    let left_out: Map<String, Value> = serde_json::from_str(&one.left_out).unwrap_or_default();
    writeln!(page, "{{")?;
    for (place, (name, value)) in body.iter().enumerate() {
        let comma = if place + 1 < body.len() { "," } else { "" };
        let text = format!("{}: {}{comma}", Value::from(name.as_str()), serde_json::to_string_pretty(value)?);
        let mark = if left_out.contains_key(name) { "    (default)" } else { "" };
        for (place, line) in text.lines().enumerate() {
            writeln!(page, "  {}{}", cut(line), if place == 0 { mark } else { "" })?;
        }
    }
    writeln!(page, "}}")?;
    Ok(())
}

/// What `publish` takes. A default is published as version 1.
fn json(page: &mut Page, versions: &[Definition], zone: &Zone) -> anyhow::Result<()> {
    let [one] = versions else {
        let codes: Vec<_> = versions.iter().map(|one| format!("`{}`", one.code)).collect();
        anyhow::bail!("`publish` takes one definition: name one of {}", codes.join(", "));
    };
    let effective_from = zone.rfc3339(one.effective_from.as_ref());
    let file = File {
        kind: one.kind.clone(),
        code: one.code.clone(),
        version: Some(one.version).filter(|version| *version > 0),
        effective_from: Some(effective_from).filter(|text| !text.is_empty()),
        approver: Some(one.approver.clone()).filter(|text| !text.is_empty()),
        body: RawValue::from_string(one.body.clone()).or_else(|_| {
            // An older ledger may hold what is not JSON.
            RawValue::from_string(Value::from(one.body.as_str()).to_string())
        })?,
    };
    writeln!(page, "{}", serde_json::to_string_pretty(&file)?)?;
    Ok(())
}

fn csv(page: &mut Page, versions: &[Definition]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(["kind", "code", "version", "path", "value", "default"])?;
    for one in versions {
        let left_out: Map<String, Value> = serde_json::from_str(&one.left_out).unwrap_or_default();
        for (path, value) in members(&whole(&one.kind, &one.body)) {
            let top = path.split(['.', '[']).next().unwrap_or_default();
            let is_default = one.state() == State::Default || left_out.contains_key(top);
            let version = if one.version == 0 { String::new() } else { one.version.to_string() };
            let (value, default) = (shown(&value), is_default.to_string());
            csv.write_record([&one.kind, &one.code, &version, &path, &value, &default])?;
        }
    }
    Ok(csv.flush()?)
}
