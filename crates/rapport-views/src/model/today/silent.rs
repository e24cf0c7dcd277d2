//! Customers: those who may be about to leave, and others who are silent too long.

use hashbrown::HashSet;
use rapport_proto::v1::{self, TodayKind};

use super::{
    params::TodayParams,
    thing::{About, Thing},
};
use crate::{
    answers::{AskError, Asked},
    model::{met, retention, roles::roles},
    read::Rows,
    rows::{Identity, ObjectId, PartyRole, Symbols},
};

/// Both, each customer once.
pub(super) fn customers(
    rows: &dyn Rows,
    names: (&Symbols, &Identity),
    params: &TodayParams,
    asked: &Asked<'_>,
    meta: &mut v1::ViewMeta,
) -> Result<Vec<Thing>, AskError> {
    if !params.wants(TodayKind::Leaving) && !params.wants(TodayKind::Silent) {
        return Ok(Vec::new());
    }
    let (mut things, mut seen) = (Vec::new(), HashSet::new());
    for one in retention::leaving(rows, names, asked, meta)? {
        // A customer of several currencies is told in the first of them.
        if !seen.insert(one.party) {
            continue;
        }
        let mut thing = Thing::new(TodayKind::Leaving, one.party, About::Party(one.party), None);
        thing.why = one.why.into_iter().map(str::to_owned).collect();
        (thing.weight, thing.amount) = (one.value, Some((one.value, one.currency)));
        things.push(thing);
    }
    if params.wants(TodayKind::Silent) {
        things.extend(silent(rows, names.1, params, &seen)?);
    }
    Ok(things)
}

/// Who is silent for more than twice as long as usual and is not said to be about to leave. An organisation is heard through
/// its people; these are not silent themselves.
fn silent(
    rows: &dyn Rows,
    identity: &Identity,
    params: &TodayParams,
    seen: &HashSet<ObjectId>,
) -> Result<Vec<Thing>, AskError> {
    let roles = roles(rows, identity, params.as_of)?;
    let is_customer = |party: ObjectId| {
        let role = roles.get(&party).unwrap_or(&PartyRole::Customer);
        *role == PartyRole::Customer && identity.organisation(party).is_none() && !seen.contains(&party)
    };
    let silences = met::silences(is_customer, rows, identity, (params.as_of, &params.zone))?;
    let thing = |(party, silence): (ObjectId, met::Silence)| {
        if silence.is_longer_than_usual() != Some(true) {
            return None;
        }
        let mut thing = Thing::new(TodayKind::Silent, party, About::Party(party), None);
        thing.number = Some(silence.days.into());
        // Days beyond twice what is usual, doubled, so that a half counts.
        let usual_doubled = silence.usual_days().unwrap_or_default() * 2.0;
        thing.weight = i128::from(silence.days) * 2 - doubled(usual_doubled);
        Some(thing)
    };
    Ok(silences.into_iter().filter_map(thing).collect())
}

/// Twice a number of whole or half days.
#[expect(clippy::cast_possible_truncation, reason = "days of a calendar are far below 2^63")]
fn doubled(days: f64) -> i128 {
    (days * 2.0).round() as i128
}
