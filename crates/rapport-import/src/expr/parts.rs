//! The texts of which a number is computed.

use super::{
    condition::chosen,
    context::Context,
    tree::{Base, Expr, Part, Step},
};
use crate::value::fault::Fault;

/// Takes an expression, its text, and the row on which it has it.
type Visit<'v> = dyn FnMut(&Expr, &str, &Context<'_>) -> Result<(), Fault> + 'v;

impl Expr {
    /// Visits the texts of which the mapping computes this number, each on its row; none where it computes nothing.
    pub(crate) fn for_each_part(&self, row: &Context<'_>, visit: &mut Visit<'_>) -> Result<(), Fault> {
        match &self.base {
            Base::Template(parts) => match parts.as_slice() {
                [Part::Let(of)] => of.for_each_part(row, visit),
                [Part::At(end, of)] => of.for_each_part(&row.at(*end), visit),
                _ if self.only_computes() => visit(self, &self.eval_before(0, row)?, row),
                _ => Ok(()),
            },
            Base::First(options) => {
                let mut filled =
                    options.iter().filter(|option| option.eval(row).is_ok_and(|text| !text.is_empty()));
                filled.next().map_or(Ok(()), |option| option.for_each_part(row, visit))
            }
            Base::Cases(cases) => chosen(cases, row)?.map_or(Ok(()), |value| value.for_each_part(row, visit)),
            Base::Times(parts, _) | Base::Plus(parts, _) => {
                parts.iter().try_for_each(|part| part.visit_text(row, visit))
            }
            Base::Sum { over, of, .. } => row.items(*over).try_for_each(|item| of.visit_text(&item, visit)),
            Base::Between { .. } | Base::Moments(_) => Ok(()),
        }
    }

    /// Whether its steps do nothing but make a number of the text.
    fn only_computes(&self) -> bool {
        let keeps = |step: &Step| matches!(step, Step::When(_) | Step::Default(_));
        let computes = |step: &Step| matches!(step, Step::Number(_) | Step::Round(..));
        self.steps.iter().any(computes) && self.steps.iter().all(|step| keeps(step) || computes(step))
    }

    fn visit_text(&self, row: &Context<'_>, visit: &mut Visit<'_>) -> Result<(), Fault> {
        // A product or a sum is a number of ours: the texts of which it is made are the file's.
        if !matches!(self.base, Base::Times(..) | Base::Plus(..) | Base::Sum { .. }) {
            visit(self, &self.eval(row)?, row)?;
        }
        self.for_each_part(row, visit)
    }
}
