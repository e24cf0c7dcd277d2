//! Contact policies: of a purpose, each version from when it takes effect.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{
    definition::{Body as _, read},
    v1::{ContactPolicyDefinition, DefinitionUse, UnreadableDefinition},
};

use super::{hours::Hours, params::ConsentParams};
use crate::{
    answers::definition::holding,
    read::{ReadError, Rows},
};

/// One version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Policy {
    effective_from: Timestamp,
    version: u32,
    /// Messages a month at most.
    pub(super) cap: Option<u32>,
    pub(super) quiet: Option<Hours>,
    /// As `21:00-08:00`; empty without.
    pub(super) quiet_text: String,
    /// Those that may be used; every one when empty.
    pub(super) channels: Vec<String>,
}

/// Those of a purpose.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Policies {
    /// Each takes the place of those before it.
    all: Vec<Policy>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

impl Policies {
    pub(super) fn read(rows: &dyn Rows, params: &ConsentParams) -> Result<Self, ReadError> {
        let kind = ContactPolicyDefinition::KIND;
        let mut published = rows.definitions(params.as_of, kind)?;
        published.retain(|row| row.code == params.purpose);
        let says = |body: &str| read::<ContactPolicyDefinition>(body).map(|(says, _)| says);
        let unreadable = holding(&published, kind, params.until, says).unreadable;
        let readable = published.iter().filter_map(|row| {
            let says = says(&row.body).ok()?;
            Some(Policy::of(says, row.version, row.effective_from))
        });
        Ok(Self { all: readable.collect(), unreadable })
    }

    /// The place of the one that holds at a moment.
    pub(super) fn at(&self, moment: Timestamp) -> Option<usize> {
        self.all.iter().rposition(|policy| policy.effective_from <= moment)
    }

    pub(super) fn get(&self, place: Option<usize>) -> Option<&Policy> {
        self.all.get(place?)
    }

    /// Those at these places, as answers name them.
    pub(super) fn used(&self, places: &BTreeSet<usize>, code: &str) -> Vec<DefinitionUse> {
        let versions: BTreeSet<u32> =
            places.iter().filter_map(|place| Some(self.all.get(*place)?.version)).collect();
        let used = |version| DefinitionUse {
            kind: ContactPolicyDefinition::KIND.to_owned(),
            code: code.to_owned(),
            version,
        };
        versions.into_iter().map(used).collect()
    }
}

impl Policy {
    fn of(says: ContactPolicyDefinition, version: u32, effective_from: Timestamp) -> Self {
        let quiet = says.quiet.as_ref();
        Self {
            effective_from,
            version,
            cap: says.messages_a_month,
            quiet: quiet.and_then(|quiet| Hours::of(&quiet.from, &quiet.to)),
            quiet_text: quiet.map_or_else(String::new, |quiet| format!("{}-{}", quiet.from, quiet.to)),
            channels: says.channels,
        }
    }

    /// Whether it allows a channel. Of a message that does not say its channel this is not known.
    pub(super) fn allows(&self, channel: &str) -> bool {
        channel.is_empty() || self.channels.is_empty() || self.channels.iter().any(|one| one == channel)
    }
}
