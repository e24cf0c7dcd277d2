//! What is promised to each tier, and when work is done for it: the service levels and calendars that hold at T.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rapport_proto::{
    definition::{self, Body},
    v1::{CalendarDefinition, DefinitionUse, ServiceLevelDefinition, ViewMeta},
};

use super::{params::TicketsParams, ticket::Ticket};
use crate::{
    answers::definition::{Holds, holding},
    read::{ReadError, Rows},
    rows::{Symbol, Symbols},
    working_time::WorkingTime,
};

/// The calendar of tiers whose service level names none, or one that is not published.
const DEFAULT: &str = "default";
const MINUTE: i64 = 60_000_000;

/// What holds for a tier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'a> {
    pub(super) working: &'a WorkingTime,
    /// Working microseconds until the first response.
    pub(super) first_response: Option<i64>,
    /// Working microseconds until the solution.
    pub(super) resolution: Option<i64>,
}

/// What holds for the tiers of the tickets that are asked about.
#[derive(Debug)]
pub(super) struct Levels {
    working: Vec<WorkingTime>,
    by_tier: HashMap<Symbol, (usize, ServiceLevelDefinition)>,
}

impl Levels {
    /// Says in `meta` which definitions hold for these tickets, and which of them cannot be read.
    pub(super) fn read(
        rows: &dyn Rows,
        symbols: &Symbols,
        tickets: &[Ticket],
        params: &TicketsParams,
        meta: &mut ViewMeta,
    ) -> Result<Self, ReadError> {
        let levels = published::<ServiceLevelDefinition>(rows, params)?;
        let calendars = published::<CalendarDefinition>(rows, params)?;
        let tiers: BTreeMap<&str, Symbol> =
            tickets.iter().map(|ticket| (symbols.text(ticket.tier()), ticket.tier())).collect();
        // By code of the calendar: its place.
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut by_tier, mut named) = (HashMap::new(), BTreeSet::new());
        for (tier, symbol) in &tiers {
            let says = levels.holding.iter().find(|level| level.code == *tier).map(|level| &level.says);
            let code = says.map_or("", |says| says.calendar.as_str());
            let code = if code.is_empty() { DEFAULT } else { code };
            named.insert(code);
            let is_published = calendars.holding.iter().any(|calendar| calendar.code == code);
            let code = if is_published { code } else { DEFAULT };
            named.insert(code);
            let next = places.len();
            let place = *places.entry(code).or_insert(next);
            by_tier.insert(*symbol, (place, says.cloned().unwrap_or_default()));
        }
        say(meta, &levels, |code| tiers.contains_key(code), |code| tiers.contains_key(code));
        say(meta, &calendars, |code| places.contains_key(code), |code| named.contains(code));

        let opened = tickets.iter().map(|ticket| ticket.opened).min().unwrap_or(params.until);
        let longest = by_tier.values().filter_map(|(_, says)| promised(says).into_iter().flatten().max());
        let longest = longest.max().unwrap_or(0);
        let mut codes: Vec<(&str, usize)> = places.into_iter().collect();
        codes.sort_unstable_by_key(|(_, place)| *place);
        let working = |(code, _)| {
            let says = calendars.holding.iter().find(|one| one.code == code).map(|one| one.says.clone());
            let span = (opened, params.until);
            WorkingTime::new(&says.unwrap_or_default(), &params.zone, span, longest)
        };
        Ok(Self { working: codes.into_iter().map(working).collect(), by_tier })
    }

    /// What holds for a ticket; every one that was there when this was read has something.
    pub(super) fn of(&self, ticket: &Ticket) -> Option<Level<'_>> {
        let (place, says) = self.by_tier.get(&ticket.tier())?;
        let [first_response, resolution] = promised(says);
        Some(Level { working: self.working.get(*place)?, first_response, resolution })
    }
}

/// Names the definitions of a kind that are used, and those that should be and cannot be read.
fn say<B: Body>(
    meta: &mut ViewMeta,
    found: &Holds<B>,
    is_used: impl Fn(&str) -> bool,
    is_named: impl Fn(&str) -> bool,
) {
    let used = found.holding.iter().filter(|one| is_used(&one.code)).map(|one| DefinitionUse {
        kind: B::KIND.to_owned(),
        code: one.code.clone(),
        version: one.version,
    });
    meta.definitions.extend(used);
    let unread = found.unreadable.iter().filter(|one| is_named(&one.code)).cloned();
    meta.definitions_unreadable.extend(unread);
}

/// Until the first response and until the solution.
fn promised(says: &ServiceLevelDefinition) -> [Option<i64>; 2] {
    [says.first_response_minutes, says.resolution_minutes].map(|minutes| Some(i64::from(minutes?) * MINUTE))
}

fn published<B: Body>(rows: &dyn Rows, params: &TicketsParams) -> Result<Holds<B>, ReadError> {
    let found = rows.definitions(params.as_of, B::KIND)?;
    Ok(holding(&found, B::KIND, params.as_of.occurred_until, |body| {
        definition::read::<B>(body).map(|(says, _)| says)
    }))
}
