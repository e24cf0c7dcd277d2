//! Who of a company is there, told from the events of one person moment by moment: for the oracles of handovers and staff.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{payload::Kind, staff_status_changed::Status},
};

use super::company::Happened;

/// One status that holds for some time.
#[derive(Debug, Clone)]
struct Said {
    begins: Timestamp,
    ends: Timestamp,
    status: Status,
    substitute: String,
    at: Timestamp,
    position: u64,
}

/// All that is said of everybody, in the order in which it begins.
#[derive(Debug)]
pub(super) struct There(BTreeMap<String, Vec<Said>>);

/// Somebody came, or went: when, whether the person is there from then on, the event, who stands in.
pub(super) type Came = (Timestamp, bool, u64, String);

/// What somebody is at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Is {
    There,
    Gone(Timestamp, String),
    Away(Timestamp, Option<Timestamp>, String),
}

impl There {
    pub(super) fn of(happened: &[Happened]) -> Self {
        let mut all: BTreeMap<String, Vec<Said>> = BTreeMap::new();
        let moment = |wire: &Option<prost_types::Timestamp>| wire.as_ref().and_then(time::from_proto);
        for one in happened {
            let Kind::StaffStatusChanged(changed) = &one.kind else { continue };
            let said = Said {
                begins: moment(&changed.from).unwrap_or(one.at),
                ends: moment(&changed.to).unwrap_or(Timestamp::MAX),
                status: changed.status(),
                substitute: changed.substitute.clone(),
                at: one.at,
                position: one.position,
            };
            if said.begins < said.ends {
                all.entry(changed.staff_id.clone()).or_default().push(said);
            }
        }
        all.values_mut().for_each(|said| said.sort_by_key(|one| (one.begins, one.at, one.position)));
        Self(all)
    }

    pub(super) fn people(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// The comings and goings of somebody, in order.
    pub(super) fn came(&self, who: &str) -> Vec<Came> {
        let empty = Vec::new();
        let said: Vec<&Said> = self.0.get(who).unwrap_or(&empty).iter().collect();
        let said: Vec<&Said> =
            said.into_iter().filter(|one| matches!(one.status, Status::Joined | Status::Left)).collect();
        let mut came: Vec<Came> = Vec::new();
        let mut there = said.first().is_some_and(|one| one.status == Status::Left);
        for (nth, one) in said.iter().enumerate() {
            let comes = one.status == Status::Joined;
            let is_cut = said.get(nth + 1).is_some_and(|next| next.begins <= one.ends);
            let mut moments = vec![(one.begins, comes)];
            if !is_cut && one.ends < Timestamp::MAX {
                moments.push((one.ends, !comes));
            }
            for (at, now) in moments {
                if now != there {
                    came.push((at, now, one.position, one.substitute.clone()));
                    there = now;
                }
            }
        }
        came
    }

    /// Whether somebody of whom it is said belongs to the staff at a moment.
    pub(super) fn belongs(&self, who: &str, at: Timestamp) -> bool {
        let came = self.came(who);
        let now = came.iter().rfind(|(moment, ..)| *moment <= at);
        now.map_or_else(|| came.first().is_none_or(|(_, comes, ..)| !comes), |(_, there, ..)| *there)
    }

    pub(super) fn is(&self, who: &str, at: Timestamp) -> Is {
        let came = self.came(who);
        let last = came.iter().rfind(|(moment, ..)| *moment <= at);
        if let Some((since, false, _, substitute)) = last {
            return Is::Gone(*since, substitute.clone());
        }
        if last.is_none() && came.first().is_some_and(|(_, comes, ..)| *comes) {
            return Is::There;
        }
        let joined = last.map(|(since, ..)| *since);
        let is_away =
            |one: &&Said| matches!(one.status, Status::Absent | Status::Returned) && one.begins <= at;
        let said = self.0.get(who).and_then(|said| said.iter().rfind(is_away));
        match said {
            Some(one)
                if one.status == Status::Absent
                    && at < one.ends
                    && joined.is_none_or(|joined| joined <= one.begins) =>
            {
                let until = (one.ends < Timestamp::MAX).then_some(one.ends);
                Is::Away(one.begins, until, one.substitute.clone())
            }
            _ => Is::There,
        }
    }

    /// Whether somebody is named and there.
    pub(super) fn is_active(&self, who: &str, at: Timestamp) -> bool {
        !who.is_empty() && self.is(who, at) == Is::There
    }

    pub(super) fn orphans(&self, who: &str, at: Timestamp) -> bool {
        match self.is(who, at) {
            Is::There => false,
            Is::Gone(..) => true,
            Is::Away(_, _, substitute) => !self.is_active(&substitute, at),
        }
    }
}
