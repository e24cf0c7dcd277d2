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
pub(super) struct Cuts {
    pub(super) abc: Abc,
    pub(super) xyz: Xyz,
    pub(super) rfm: Rfm,
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

impl Cuts {
    /// Of the measures that are asked for.
    pub(super) fn of(rows: &[DefinitionRow], params: &ClassesParams) -> Self {
        let mut cuts = Self::default();
        let wanted = params.measures;
        if wanted.abc {
            cuts.abc = cuts.holding(rows, ABC, params, classes::abc);
        }
        if wanted.xyz {
            cuts.xyz = cuts.holding(rows, XYZ, params, classes::xyz);
        }
        if wanted.rfm {
            cuts.rfm = cuts.holding(rows, RFM, params, classes::rfm);
        }
        cuts
    }

    fn holding<T: Default>(
        &mut self,
        rows: &[DefinitionRow],
        kind: &str,
        params: &ClassesParams,
        read: impl Fn(&str) -> Result<(T, Vec<Fault>), Vec<Fault>>,
    ) -> T {
        let code = if params.by_product { "product" } else { "customer" };
        let until: Timestamp = params.as_of.occurred_until;
        let found = holding(rows, kind, until, |body| read(body).map(|(says, _)| says));
        self.unreadable.extend(found.unreadable.into_iter().filter(|one| one.code == code));
        let Some(held) = found.holding.into_iter().find(|one| one.code == code) else { return T::default() };
        self.used.push(DefinitionUse { kind: kind.to_owned(), code: held.code, version: held.version });
        held.says
    }
}
