//! What campaigns are, and what was spent on them.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::ChannelsParams;
use crate::{
    calendar::named,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Aim, CampaignRow, SpendRow, Symbol, Symbols},
    table::Filter,
};

/// What each campaign is, as its last definition until T says.
pub(super) type Defined = HashMap<Symbol, CampaignRow>;

/// One event of spending in the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) position: Position,
    /// When the period that it belongs to begins; where it names none, when it occurred.
    pub(super) at: Timestamp,
    pub(super) campaign: Symbol,
    pub(super) channel: Symbol,
    pub(super) currency: Symbol,
    pub(super) minor_units: i64,
    /// Its own, or that of its campaign.
    pub(super) aim: Aim,
}

impl Spent {
    /// The channel, or the campaign where credit goes to campaigns.
    pub(super) const fn key(&self, params: &ChannelsParams) -> Symbol {
        if params.by_campaign { self.campaign } else { self.channel }
    }

    /// Whether it is to bring the conversions that are asked for.
    pub(super) fn is_for_conversions(&self, params: &ChannelsParams) -> bool {
        params.all || self.aim == Aim::Acquire
    }
}

/// Campaigns as they are defined at T.
pub(super) fn defined(rows: &dyn Rows, params: &ChannelsParams) -> Result<Defined, ReadError> {
    let mut all = Defined::new();
    rows.in_any_order(&Filter::all(), params.as_of, |row: CampaignRow| {
        let last = all.entry(row.campaign).or_insert(row);
        if (last.occurred_at, last.position) < (row.occurred_at, row.position) {
            *last = row;
        }
    })?;
    Ok(all)
}

/// Spending in the period, in the order of the log.
pub(super) fn spent(
    rows: &dyn Rows,
    symbols: &Symbols,
    defined: &Defined,
    params: &ChannelsParams,
) -> Result<Vec<Spent>, ReadError> {
    let mut all = Vec::new();
    rows.in_any_order(&Filter::all(), params.as_of, |row: SpendRow| {
        let period = named(symbols.text(row.period), &params.zone);
        let at = period.map_or(row.occurred_at, |period| period.from);
        let aim = match row.aim {
            Aim::Unsaid => defined.get(&row.campaign).map_or(Aim::Unsaid, |campaign| campaign.aim),
            said => said,
        };
        if params.window.contains(at) && params.wants(symbols.text(row.currency)) {
            let SpendRow { position, campaign, channel, currency, spend_minor_units: minor_units, .. } = row;
            all.push(Spent { position, at, campaign, channel, currency, minor_units, aim });
        }
    })?;
    all.sort_unstable_by_key(|one| one.position);
    Ok(all)
}
