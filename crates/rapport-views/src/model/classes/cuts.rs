//! Where classes end: as published, or else the defaults.

use rapport_model::Timestamp;
use rapport_proto::{
    definition::{
        Fault,
        classes::{self, ABC, Abc, RFM, Rfm, XYZ, Xyz},
    },
    v1::{DefinitionUse, UnreadableDefinition},
};

use super::params::ClassesParams;
use crate::{answers::definition::holding, rows::DefinitionRow};

/// The kinds of definition that an answer uses.
pub(super) const DEFINITIONS: [&str; 3] = [ABC, XYZ, RFM];

/// The cuts that hold at a moment, and where they come from.
#[derive(Debug, Default)]
pub(in crate::model) struct Cuts {
    pub(in crate::model) abc: Abc,
    pub(super) xyz: Xyz,
    pub(super) rfm: Rfm,
    pub(in crate::model) used: Vec<DefinitionUse>,
    pub(in crate::model) unreadable: Vec<UnreadableDefinition>,
}

impl Cuts {
    /// Of customers by value: what other models take from ABC.
    pub(in crate::model) fn of_customers_by_value(rows: &[DefinitionRow], until: Timestamp) -> Self {
        let mut cuts = Self::default();
        cuts.abc = cuts.holding(rows, ABC, ("customer", until), classes::abc);
        cuts
    }

    /// Of the measures that are asked for.
    pub(super) fn of(rows: &[DefinitionRow], params: &ClassesParams) -> Self {
        let mut cuts = Self::default();
        let wanted = params.measures;
        let of = (if params.by_product { "product" } else { "customer" }, params.as_of.occurred_until);
        if wanted.abc {
            cuts.abc = cuts.holding(rows, ABC, of, classes::abc);
        }
        if wanted.xyz {
            cuts.xyz = cuts.holding(rows, XYZ, of, classes::xyz);
        }
        if wanted.rfm {
            cuts.rfm = cuts.holding(rows, RFM, of, classes::rfm);
        }
        cuts
    }

    fn holding<T: Default>(
        &mut self,
        rows: &[DefinitionRow],
        kind: &str,
        (code, until): (&str, Timestamp),
        read: impl Fn(&str) -> Result<(T, Vec<Fault>), Vec<Fault>>,
    ) -> T {
        let found = holding(rows, kind, until, |body| read(body).map(|(says, _)| says));
        self.unreadable.extend(found.unreadable.into_iter().filter(|one| one.code == code));
        let Some(held) = found.holding.into_iter().find(|one| one.code == code) else { return T::default() };
        self.used.push(DefinitionUse { kind: kind.to_owned(), code: held.code, version: held.version });
        held.says
    }
}
