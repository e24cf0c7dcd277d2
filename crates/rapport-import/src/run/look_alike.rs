//! Ids of an import that look alike and are different: two customers that may be one.
//!
//! Ids stay as the files have them. What is found here is told beside the counts, for the mapping's author to decide.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, DefaultHasher, Hash as _, Hasher},
    path::PathBuf,
    sync::Arc,
};

use super::stream_event::StreamEvent;
use crate::{
    expr::context::Context,
    mapping::table::Table,
    value::{
        fault::Fault,
        letters::{remedy, shown, skeleton},
        number::not_an_id,
    },
};

/// Memory for ids, and what one costs beside its text.
const IDS_BYTES_MAX: usize = 32 << 20;
const ID_BYTES: usize = 64;

/// Pairs of a file that are told one by one.
const PAIRS_TOLD: usize = 10;

/// Two ids that differ in letters that cannot be told apart, in blanks or in letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAlike {
    /// What has the id: `customer`, `deal_id`, the column of a table's `id`.
    pub what: String,
    /// The file.
    pub file: Arc<PathBuf>,
    /// The line of the second id, from 1.
    pub line: u64,
    /// The second id; what cannot be seen of it is written as `\u{200b}`.
    pub id: String,
    /// Where the first one was.
    pub first_file: Arc<PathBuf>,
    /// Its line.
    pub first_line: u64,
    /// The first id, written likewise.
    pub first_id: String,
    /// What makes one id of both, to write in the mapping.
    pub remedy: String,
}

/// The ids of a file that look like an id before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookAlikes {
    /// How many there are.
    pub pairs: u64,
    /// The first ten, by row.
    pub first: Vec<LookAlike>,
    /// Whether there were too many ids to compare each with all before it.
    pub is_partial: bool,
}

/// The ids so far. Memory is bounded: ids beyond it are only compared with those that are kept.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// By what they are and how they look.
    known: HashMap<u64, Known, BuildHasherDefault<Digest>>,
    /// Their texts, one behind the other.
    texts: String,
    files: Vec<Arc<PathBuf>>,
    /// Ids that were found to look like one of those.
    told: HashSet<u64>,
    found: LookAlikes,
    /// How the id looks that is looked at.
    looks: String,
}

/// Where an id is in the texts, and where it was first in the files.
#[derive(Debug, Clone, Copy)]
struct Known {
    start: u32,
    bytes: u32,
    file: u32,
    line: u64,
}

/// The keys of the map are digests already.
#[derive(Debug, Default)]
struct Digest(u64);

impl Hasher for Digest {
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// An id of a row.
struct Id<'a> {
    what: &'a str,
    /// The table, where only its rows have such ids; else nothing.
    table: &'a str,
    column: &'a str,
    text: &'a str,
}

impl Ids {
    /// Looks at the ids of a row and of its events.
    ///
    /// # Errors
    /// One of them stands for many: a spreadsheet has shortened it or failed to compute it.
    pub(super) fn row(
        &mut self,
        table: &Table,
        row: &Context<'_>,
        events: &[StreamEvent],
        file: &Arc<PathBuf>,
    ) -> Result<(), Fault> {
        if events.is_empty() {
            return Ok(());
        }
        let mut columns = Vec::with_capacity(4);
        for StreamEvent { event, origin, .. } in events {
            let Some(emit) = table.emits.get(origin.emit) else { continue };
            if let Some(customer) = &emit.customer {
                let (column, text) = (customer.label.as_str(), event.customer.as_str());
                self.id(&Id { what: "customer", table: "", column, text }, row, file);
                columns.push(column);
            }
            let by = emit.actor.as_ref().and_then(|actor| actor.id.as_ref());
            if let (Some(id), Some(actor)) = (by, &event.actor) {
                self.id(&Id { what: "actor", table: "", column: &id.label, text: &actor.id }, row, file);
            }
            for (what, expr) in emit.payload.ids() {
                let text = expr.eval(row)?;
                if let Some(reason) = not_an_id(&text) {
                    return Err(expr.fault(&text, reason));
                }
                self.id(&Id { what, table: "", column: &expr.label, text: &text }, row, file);
                columns.push(&expr.label);
            }
        }
        for part in table.id.iter().chain(&table.group_by).chain(&table.run_by) {
            let column = part.label.as_str();
            let text = part.eval(row)?;
            if let Some(reason) = not_an_id(&text) {
                return Err(part.fault(&text, reason));
            }
            if !columns.contains(&column) {
                self.id(&Id { what: column, table: &table.name, column, text: &text }, row, file);
                columns.push(column);
            }
        }
        Ok(())
    }

    fn id(&mut self, id: &Id<'_>, row: &Context<'_>, file: &Arc<PathBuf>) {
        if id.text.is_empty() {
            return;
        }
        skeleton(id.text, &mut self.looks);
        let key = digest(id, &self.looks);
        let Some(known) = self.known.get(&key).copied() else { return self.keep(key, id.text, row, file) };
        let first = self.text(known);
        if first == id.text {
            return;
        }
        // Two looks may have one digest.
        let mut looked = String::new();
        skeleton(first, &mut looked);
        if looked != self.looks {
            return;
        }
        if !self.has_room(0) {
            self.found.is_partial = true;
        } else if self.told.insert(digest(id, id.text)) {
            self.tell(id, known, row.line.line, file);
        }
    }

    fn text(&self, known: Known) -> &str {
        let (start, bytes) = (known.start as usize, known.bytes as usize);
        self.texts.get(start..start + bytes).unwrap_or_default()
    }

    fn has_room(&self, bytes: usize) -> bool {
        let ids = self.known.len() + self.told.len() + 1;
        ids * ID_BYTES + self.texts.len() + bytes <= IDS_BYTES_MAX
    }

    /// An id that looks like none before it.
    fn keep(&mut self, key: u64, text: &str, row: &Context<'_>, file: &Arc<PathBuf>) {
        if self.files.last().is_none_or(|last| !Arc::ptr_eq(last, file)) {
            self.files.push(Arc::clone(file));
        }
        let place = [self.texts.len(), text.len(), self.files.len() - 1].map(u32::try_from);
        let [Ok(start), Ok(bytes), Ok(file)] = place else { return self.found.is_partial = true };
        if !self.has_room(text.len()) {
            return self.found.is_partial = true;
        }
        self.texts.push_str(text);
        self.known.insert(key, Known { start, bytes, file, line: row.line.line });
    }

    fn tell(&mut self, id: &Id<'_>, known: Known, line: u64, file: &Arc<PathBuf>) {
        self.found.pairs += 1;
        if self.found.first.len() >= PAIRS_TOLD {
            return;
        }
        let first = self.text(known);
        let told = LookAlike {
            what: id.what.to_owned(),
            file: Arc::clone(file),
            line,
            id: shown(id.text),
            first_file: self.files.get(known.file as usize).map(Arc::clone).unwrap_or_default(),
            first_line: known.line,
            first_id: shown(first),
            remedy: format!("{{ text = \"{{{}}}\", {} }}", id.column, remedy(first, id.text)),
        };
        self.found.first.push(told);
    }

    /// What was found in the file that ends.
    pub(super) fn of_file(&mut self) -> LookAlikes {
        std::mem::take(&mut self.found)
    }
}

fn digest(id: &Id<'_>, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (id.what, id.table, text).hash(&mut hasher);
    hasher.finish()
}
