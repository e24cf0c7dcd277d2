//! One of two customers, as a timeline tells of it.

use anyhow::anyhow;
use rapport_proto::v1::{Party, TimelineRequest, TimelineResponse, ViewTime};

use crate::{
    client::Client,
    failure::Refused,
    show::{Zone, visible},
};

/// A customer with everything that is read as one with it.
pub(super) struct Side {
    answer: TimelineResponse,
    party: Party,
}

type Line = (&'static str, fn(&Side, &Zone) -> String);

impl Side {
    /// What is shown of it.
    pub(super) const LINES: [Line; 6] = [
        ("id", |side, _| side.party.id.clone()),
        ("also known as", |side, _| {
            let others = side.party.ids.iter().filter(|id| **id != side.party.id);
            others.cloned().collect::<Vec<_>>().join(", ")
        }),
        ("name", |side, _| side.party.name.clone()),
        ("kind", |side, _| side.party.kind.clone()),
        ("country", |side, _| side.party.country.clone()),
        ("last contact", |side, zone| zone.day(side.answer.last_two_way_touch.as_ref())),
    ];

    /// Asks for it.
    pub(super) async fn of(client: &Client, id: &str, at_least_position: u64) -> anyhow::Result<Self> {
        let time = Some(ViewTime { at_least_position, ..ViewTime::default() });
        let request =
            TimelineRequest { time, customer: id.to_owned(), page_size: 1, ..TimelineRequest::default() };
        let answer = client.views().timeline(request).await.map_err(Refused::from);
        let mut answer = answer
            .map_err(|refused| match refused.reason().as_str() {
                // The server's errors name no customer: they may end up in logs. Here it is what was typed.
                "NO_SUCH_CUSTOMER" => anyhow!(refused).context(format!("customer `{}`", visible(id))),
                _ => refused.into(),
            })?
            .into_inner();
        let party = answer.party.take().unwrap_or_default();
        Ok(Self { answer, party })
    }

    /// The id that stands for it.
    pub(super) fn id(&self) -> &str {
        &self.party.id
    }

    pub(super) const fn party(&self) -> &Party {
        &self.party
    }

    /// How many events it has.
    pub(super) const fn entries(&self) -> u64 {
        self.answer.total
    }
}
