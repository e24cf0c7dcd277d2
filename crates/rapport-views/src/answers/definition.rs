//! The definitions that hold at a moment: of each code the one that took effect last, then the highest version, then the
//! latest recorded, of those that can be read.

use rapport_model::{Position, Timestamp};
use rapport_proto::{definition::Fault, v1};

use crate::rows::DefinitionRow;

/// One definition that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding<T> {
    pub(crate) code: String,
    pub(crate) version: u32,
    pub(crate) says: T,
}

/// The definitions of one kind at a moment.
#[derive(Debug)]
pub(crate) struct Holds<T> {
    /// By code.
    pub(crate) holding: Vec<Holding<T>>,
    /// Those that cannot be read: later versions than the ones that hold, or of codes without one that holds.
    pub(crate) unreadable: Vec<v1::UnreadableDefinition>,
}

/// Those of `kind` among the rows that `read` can read.
pub(crate) fn holding<T>(
    rows: &[DefinitionRow],
    kind: &str,
    occurred_until: Timestamp,
    read: impl Fn(&str) -> Result<T, Vec<Fault>>,
) -> Holds<T> {
    let mut rows: Vec<_> =
        rows.iter().filter(|row| row.kind == kind && row.effective_from <= occurred_until).collect();
    rows.sort_by(|one, other| one.code.cmp(&other.code).then_with(|| order(one).cmp(&order(other))));
    let mut found = Holds { holding: Vec::new(), unreadable: Vec::new() };
    for versions in rows.chunk_by(|a, b| a.code == b.code) {
        let InEffect { holds, unreadable } = in_effect(versions, &read);
        let holding = holds.map(|(row, says)| Holding { code: row.code.clone(), version: row.version, says });
        found.holding.extend(holding);
        found.unreadable.extend(unreadable.into_iter().map(|(row, faults)| named(row, &faults)));
    }
    found
}

/// Of two versions in effect the one that is later in this order holds.
pub(crate) const fn order(row: &DefinitionRow) -> (Timestamp, u32, Position) {
    (row.effective_from, row.version, row.position)
}

/// The versions of a code that are in effect.
pub(crate) struct InEffect<'r, T, E> {
    /// The last one that can be read: it holds.
    pub(crate) holds: Option<(&'r DefinitionRow, T)>,
    /// Those behind it, the last one first.
    pub(crate) unreadable: Vec<(&'r DefinitionRow, E)>,
}

/// Reads versions in effect, which are in [`order`].
pub(crate) fn in_effect<'r, T, E>(
    versions: &[&'r DefinitionRow],
    read: impl Fn(&str) -> Result<T, E>,
) -> InEffect<'r, T, E> {
    let mut found = InEffect { holds: None, unreadable: Vec::new() };
    for row in versions.iter().rev() {
        match read(&row.body) {
            Ok(says) => {
                found.holds = Some((row, says));
                break;
            }
            Err(faults) => found.unreadable.push((*row, faults)),
        }
    }
    found
}

/// The first fault, with its path.
pub(crate) fn first_fault(faults: &[Fault]) -> String {
    let fault = faults.first().map(|fault| format!("`{}`: {}", fault.path, fault.description));
    fault.unwrap_or_default()
}

fn named(row: &DefinitionRow, faults: &[Fault]) -> v1::UnreadableDefinition {
    v1::UnreadableDefinition {
        kind: row.kind.clone(),
        code: row.code.clone(),
        version: row.version,
        position: row.position.0,
        fault: first_fault(faults),
    }
}

#[cfg(test)]
mod tests {
    use rapport_proto::definition::{PIPELINE, Pipeline, pipeline};

    use super::*;

    fn effective(rows: &[DefinitionRow], occurred_until: Timestamp) -> Holds<Pipeline> {
        holding(rows, PIPELINE, occurred_until, pipeline)
    }

    const SOUND: &str = r#"{"stages": [{"code": "new", "name": "New"}]}"#;

    fn defined(version: u32, effective: i64, body: &str) -> DefinitionRow {
        DefinitionRow {
            kind: PIPELINE.to_owned(),
            code: "default".to_owned(),
            version,
            effective_from: Timestamp::from_micros(effective),
            occurred_at: Timestamp::MIN,
            position: Position(version.into()),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_definition_that_cannot_be_read_leaves_the_one_before_in_force_and_is_named() {
        for (body, path) in [
            ("no JSON", "`body`"),
            (r#"{"stages": [{"code": "new", "name": null}]}"#, "`body.stages[0].name`"),
            (r#"{"stages": [{"code": "new"}, {"code": "offer", "name": 5}]}"#, "`body.stages[1].name`"),
            (r#"{"stages": [{"code": "new", "code": "offer"}]}"#, "`body.stages[0].code`"),
            (r#"{"stages": []}"#, "`body.stages`"),
        ] {
            let rows = [defined(3, 50, body), defined(1, 0, SOUND), defined(2, 30, body)];
            let at = |moment| effective(&rows, Timestamp::from_micros(moment));
            let found = at(90);
            let versions: Vec<_> =
                found.holding.iter().map(|of| (of.version, of.says.stages.len())).collect();
            assert_eq!(versions, [(1, 1)], "{body}");
            let unread: Vec<_> = found.unreadable.iter().map(|of| (of.version, of.position)).collect();
            assert_eq!(unread, [(3, 3), (2, 2)], "{body}");
            assert!(found.unreadable.iter().all(|of| of.fault.starts_with(path)), "{:?}", found.unreadable);
            // Before the first of them takes effect, none is named.
            assert!(at(20).unreadable.is_empty());
            // A pipeline without a readable definition has none that holds.
            let alone = effective(&rows[..1], Timestamp::from_micros(90));
            assert_eq!((alone.holding.len(), alone.unreadable.len()), (0, 1));
        }
    }

    #[test]
    fn members_that_nothing_reads_keep_a_body_of_an_older_ledger_in_force() {
        let body = r#"{"owner": "sales", "stages": [{"code": "new", "colour": null}]}"#;
        let found = effective(&[defined(1, 0, SOUND), defined(2, 1, body)], Timestamp::from_micros(9));
        assert_eq!((found.holding[0].version, found.unreadable.len()), (2, 0));
    }
}
