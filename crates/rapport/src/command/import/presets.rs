//! The mappings that are built in.

use std::io::Write;

use rapport_import::Mapping;

use crate::show::{Align, Output, Page, Table, paragraph};

/// Prints their names and what they are for.
///
/// # Errors
/// Stdout does not take it.
pub(super) fn list(output: Output) -> anyhow::Result<()> {
    let presets = Mapping::presets();
    let tables = |name: &str| -> Vec<String> {
        Mapping::preset(name).map(|mapping| mapping.tables().map(str::to_owned).collect()).unwrap_or_default()
    };
    let mut page = Page::stdout();
    match output {
        Output::Table => {
            let mut table = Table::new(&[("preset", Align::Left), ("what it reads", Align::Cut)]);
            for (name, description) in presets {
                table.row([name.to_owned(), description]);
            }
            table.print(&mut page, "")?;
            let next =
                "`rapport import --show NAME` prints one: its tables, their files, what becomes of them";
            writeln!(page, "\n{}", paragraph(next))?;
        }
        Output::Json => {
            let presets = presets.iter().map(|(name, description)| {
                serde_json::json!({"name": name, "description": description, "tables": tables(name)})
            });
            serde_json::to_writer_pretty(&mut page, &presets.collect::<Vec<_>>())?;
            writeln!(page)?;
        }
        Output::Csv => {
            let mut csv = csv::Writer::from_writer(&mut page);
            csv.write_record(["name", "description", "tables"])?;
            for (name, description) in presets {
                csv.write_record([name, &description, &tables(name).join(" ")])?;
            }
            csv.flush()?;
        }
    }
    page.finish()
}

/// Prints one as it is.
///
/// # Errors
/// No preset has this name.
pub(super) fn show(name: &str) -> anyhow::Result<()> {
    let Some(text) = Mapping::preset_text(name) else {
        // Says which there are.
        Mapping::preset(name)?;
        anyhow::bail!("there is no preset `{name}`");
    };
    let mut page = Page::stdout();
    page.write_all(text.as_bytes())?;
    page.finish()
}
