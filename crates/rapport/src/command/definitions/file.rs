//! The file of a definition: what `show --output json` prints and `publish` reads.

use std::{io::Read, path::Path};

use anyhow::Context;
use rapport_proto::definition::{self, KINDS};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::find::near;

/// A definition as a file has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub kind: String,
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// RFC 3339, or a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// As it is written: so it gets into the ledger.
    pub body: Box<RawValue>,
}

impl File {
    /// Reads a file; `-` is stdin.
    ///
    /// # Errors
    /// It is not there, or not a definition.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut bytes = Vec::new();
        if path.as_os_str() == "-" {
            std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read stdin")?;
        } else {
            bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        }
        // Some programs begin a file with a mark of its encoding.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let read: Result<Self, _> = serde_json::from_slice(bytes);
        read.with_context(|| {
            format!(
                "`{}` is not the JSON of a definition, `{{\"kind\": …, \"code\": …, \"body\": {{…}}}}`",
                path.display()
            )
        })
    }

    /// Refuses what the ledger would refuse, and a kind of which nothing reads the body, unless it is meant.
    ///
    /// # Errors
    /// Every fault with its path.
    pub(super) fn check(&self, is_other_kind: bool) -> anyhow::Result<()> {
        match definition::kind(&self.kind) {
            Some(kind) => anyhow::ensure!(
                kind.has_code(&self.code),
                "`code`: of kind `{}` expected `{}`, found `{}`",
                kind.name,
                kind.codes.join("` or `"),
                self.code
            ),
            None if is_other_kind => {}
            None => {
                let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
                let meant = near(&self.kind).map_or_else(
                    || format!("the kinds are `{}`", known.join("`, `")),
                    |near| format!("is it `{near}`?"),
                );
                anyhow::bail!(
                    "`kind`: there is no kind `{}`; {meant} (--other-kind publishes one whose body nothing reads)",
                    self.kind
                );
            }
        }
        let faults = definition::refused(&self.kind, self.body.get());
        let faults: Vec<_> =
            faults.iter().map(|fault| format!("`{}`: {}", fault.path, fault.description)).collect();
        anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n  "));
        Ok(())
    }
}
