//! The latest and the earliest of moments.
//!
//! A day without a time is compared by its end, unless `day` says otherwise: what happened on a day was done when the
//! day was over. The result is a moment in full, so it means the same wherever it is used.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;

use super::{
    context::Context,
    scope::{Reading, Scope},
    tree::{Expr, Moments, Pick},
};
use crate::{
    mapping::{error::MappingError, section::Section},
    value::{
        fault::Fault,
        moment::{DateRule, DayPart},
    },
};

impl Moments {
    /// Takes `latest` or `earliest`, and `over`.
    pub(crate) fn parse(
        scope: &mut Scope,
        section: &mut Section,
        reading: &Reading,
        pick: Pick,
    ) -> Result<Option<(Self, String)>, MappingError> {
        let key = match pick {
            Pick::Latest => "latest",
            Pick::Earliest => "earliest",
        };
        let Some(value) = section.take(key) else { return Ok(None) };
        let items = match &value {
            toml::Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut of = Vec::with_capacity(items.len());
        for item in items {
            of.push(scope.expr(item, &section.place, key)?);
        }
        let over = section.text("over")?.map(|over| scope.many(&over, &section.place)).transpose()?;
        let behind = match section.take("behind") {
            None => Vec::new(),
            Some(toml::Value::Array(items)) => items,
            Some(one) => vec![one],
        };
        let behind = behind.iter().map(|item| scope.expr(item, &section.place, "behind"));
        let behind = behind.collect::<Result<Vec<_>, _>>()?;
        if of.is_empty() {
            return Err(section.wrong(key, &value, "a list of moments, or one with `over`"));
        }
        let mut dates = DateRule::clone(&reading.dates);
        if !reading.day_said {
            dates.day = DayPart::End;
        }
        let dates = Arc::new(dates);
        scope.styles.date(&dates);
        let label = of.iter().map(|part| part.label.clone()).find(|label| !label.is_empty());
        Ok(Some((Self { pick, of, over, behind, dates }, label.unwrap_or_default())))
    }

    /// The moment in full; empty when none of them has a value.
    pub(crate) fn text<'a>(&'a self, row: &Context<'a>) -> Result<Cow<'a, str>, Fault> {
        let mut found = None;
        match self.over {
            None => self.look(&self.of, self.pick, row, &mut found)?,
            Some(over) => {
                row.items(over).try_for_each(|item| self.look(&self.of, self.pick, &item, &mut found))?;
            }
        }
        let mut before = None;
        self.look(&self.behind, Pick::Latest, row, &mut before)?;
        let moment = found.map(|found| before.map_or(found, |before| found.max(before.saturating_add(1))));
        let moment = moment.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        Ok(moment.map_or(Cow::Borrowed(""), |moment| Cow::Owned(moment.to_string())))
    }

    fn look<'a>(
        &'a self,
        parts: &'a [Expr],
        pick: Pick,
        row: &Context<'a>,
        found: &mut Option<i64>,
    ) -> Result<(), Fault> {
        for part in parts {
            let text = part.eval(row)?;
            if text.is_empty() {
                continue;
            }
            let moment = part.moment(&text, &self.dates, row)?;
            let so_far = found.unwrap_or(moment);
            *found = Some(match pick {
                Pick::Latest => so_far.max(moment),
                Pick::Earliest => so_far.min(moment),
            });
        }
        Ok(())
    }
}
