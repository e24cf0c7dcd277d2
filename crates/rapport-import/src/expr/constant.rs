//! What an expression can be without looking at a row.

use super::tree::{Base, Expr, Otherwise, Part, Step};

impl Expr {
    /// Whether it is the same on every row.
    pub(crate) fn is_constant(&self) -> bool {
        let part = |part: &Part| match part {
            Part::Literal(_) => true,
            Part::Source(_) => false,
            Part::Let(of) | Part::At(_, of) => of.is_constant(),
        };
        let base = match &self.base {
            Base::Template(parts) => parts.iter().all(part),
            Base::First(parts) | Base::Times(parts, _) | Base::Plus(parts, _) => {
                parts.iter().all(Self::is_constant)
            }
            Base::Between { from, to, .. } => from.is_constant() && to.is_constant(),
            Base::Cases(cases) => cases.iter().all(|(when, value)| when.is_none() && value.is_constant()),
            Base::Sum { .. } | Base::Moments(_) => false,
        };
        base && self.steps.iter().all(|step| match step {
            Step::When(_) => false,
            Step::Default(other) | Step::Map(_, Otherwise::Use(other)) => other.is_constant(),
            Step::Map(_, Otherwise::Keep | Otherwise::Empty | Otherwise::Reject)
            | Step::Normalize(_)
            | Step::After(_)
            | Step::Before(_)
            | Step::Lower
            | Step::Upper
            | Step::Number(_)
            | Step::Flag
            | Step::Round(..)
            | Step::Date(_)
            | Step::Hash => true,
        })
    }

    /// The texts of the mapping itself that it can have on some row. Other texts may come from the row.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = String> + use<> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.into_iter().filter(|text| !text.is_empty())
    }

    fn collect(&self, found: &mut Vec<String>) {
        let mut texts = Vec::new();
        match &self.base {
            Base::Template(parts) => match parts.as_slice() {
                [Part::Literal(text)] => texts.push(text.to_string()),
                [Part::Let(of) | Part::At(_, of)] => of.collect(&mut texts),
                _ => {}
            },
            Base::First(options) => options.iter().for_each(|option| option.collect(&mut texts)),
            Base::Cases(cases) => cases.iter().for_each(|(_, value)| value.collect(&mut texts)),
            Base::Times(..) | Base::Plus(..) | Base::Sum { .. } | Base::Between { .. } | Base::Moments(_) => {
            }
        }
        for step in &self.steps {
            match step {
                Step::When(_) => {}
                Step::Default(other) => other.collect(&mut texts),
                Step::Map(map, otherwise) => {
                    match otherwise {
                        Otherwise::Keep => texts.retain(|text| !map.contains_key(text)),
                        Otherwise::Empty | Otherwise::Reject => texts.clear(),
                        Otherwise::Use(other) => {
                            texts.clear();
                            other.collect(&mut texts);
                        }
                    }
                    texts.extend(map.values().cloned());
                }
                Step::Normalize(form) => texts.iter_mut().for_each(|text| *text = form.of(text).into_owned()),
                Step::Lower => texts.iter_mut().for_each(|text| *text = text.to_lowercase()),
                Step::Upper => texts.iter_mut().for_each(|text| *text = text.to_uppercase()),
                // The results of these steps are checked on the row.
                Step::After(_)
                | Step::Before(_)
                | Step::Number(_)
                | Step::Flag
                | Step::Round(..)
                | Step::Date(_)
                | Step::Hash => texts.clear(),
            }
        }
        found.append(&mut texts);
    }
}
