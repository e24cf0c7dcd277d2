//! Where the levels end: as published, or else the default.

use rapport_proto::{
    definition::{
        Body as _,
        classes::{self, Pyramid},
    },
    v1::{DefinitionUse, PyramidDefinition, UnreadableDefinition},
};

use crate::{
    answers::{AsOf, definition::holding},
    read::{ReadError, Rows},
};

/// The code of the definition.
const CODE: &str = "customer";

/// The cuts that hold at T, for both moments that are compared, and where they come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cuts {
    pub(super) says: Pyramid,
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

impl Cuts {
    /// Those that hold.
    pub(super) fn of(rows: &dyn Rows, as_of: AsOf) -> Result<Self, ReadError> {
        let kind = PyramidDefinition::KIND;
        let published = rows.definitions(as_of, kind)?;
        let read = |body: &str| classes::pyramid(body).map(|(says, _)| says);
        let found = holding(&published, kind, as_of.occurred_until, read);
        let mut cuts = Self { unreadable: found.unreadable, ..Self::default() };
        cuts.unreadable.retain(|one| one.code == CODE);
        if let Some(held) = found.holding.into_iter().find(|one| one.code == CODE) {
            cuts.says = held.says;
            cuts.used.push(DefinitionUse { kind: kind.to_owned(), code: held.code, version: held.version });
        }
        Ok(cuts)
    }
}
