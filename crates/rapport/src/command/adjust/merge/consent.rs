//! What two customers decided about being written to, and what holds when they are one: no, where the latest decision of
//! either was no.

use std::{collections::BTreeMap, io::Write as _};

use rapport_proto::v1::{TimelineRequest, ViewTime, payload::Kind};

use crate::{
    client::Client,
    failure::Refused,
    show::{Align, Page, Table},
};

/// Purpose and channel; an empty channel is every channel.
type Use = (String, String);

/// Latest decisions.
pub(super) struct Consents {
    sides: [BTreeMap<Use, &'static str>; 2],
}

const GRANTED: &str = "granted";

impl Consents {
    /// Reads what both decided.
    pub(super) async fn of(client: &Client, ids: [&str; 2], at_least_position: u64) -> anyhow::Result<Self> {
        let mut sides = [BTreeMap::new(), BTreeMap::new()];
        for (id, side) in ids.into_iter().zip(&mut sides) {
            let types = ["consent.granted", "consent.withdrawn", "consent.objection_recorded"];
            let mut request = TimelineRequest {
                time: Some(ViewTime { at_least_position, ..ViewTime::default() }),
                customer: id.to_owned(),
                types: types.map(str::to_owned).to_vec(),
                oldest_first: true,
                ..TimelineRequest::default()
            };
            loop {
                let answer = client.views().timeline(request.clone()).await;
                let answer = answer.map_err(Refused::from)?.into_inner();
                let decisions = answer.entries.into_iter().filter_map(|entry| entry.payload?.kind);
                side.extend(decisions.filter_map(|kind| decision(&kind)));
                if answer.next_page_token.is_empty() {
                    break;
                }
                request.page_token = answer.next_page_token;
            }
        }
        Ok(Self { sides })
    }

    /// Where the two differ: the use, each side's decision, and what will hold.
    fn differing(&self) -> Vec<(&Use, [&'static str; 2], &'static str)> {
        let [survivor, absorbed] = &self.sides;
        let uses: std::collections::BTreeSet<&Use> = survivor.keys().chain(absorbed.keys()).collect();
        let mut differing = Vec::new();
        for one in uses {
            let both = [survivor, absorbed].map(|side| side.get(one).copied().unwrap_or_default());
            let refusal = both.into_iter().find(|decision| !decision.is_empty() && *decision != GRANTED);
            if both[0] != both[1] {
                differing.push((one, both, refusal.unwrap_or(GRANTED)));
            }
        }
        differing
    }

    /// As the event says it.
    pub(super) fn resolution(&self) -> String {
        let resolved =
            self.differing().into_iter().filter(|(_, both, _)| both.iter().all(|one| !one.is_empty()));
        let said =
            resolved.map(|((purpose, channel), _, holds)| format!("{}: {holds}", named(purpose, channel)));
        said.collect::<Vec<_>>().join("; ")
    }

    pub(super) fn show(&self, page: &mut Page) -> anyhow::Result<()> {
        let differing = self.differing();
        if differing.is_empty() {
            return Ok(());
        }
        let mut table = Table::new(&[
            ("consent", Align::Left),
            ("stands for both", Align::Left),
            ("is read as it", Align::Left),
            ("will hold", Align::Telling),
        ]);
        for ((purpose, channel), [survivor, absorbed], holds) in differing {
            table.row([named(purpose, channel), survivor.to_owned(), absorbed.to_owned(), holds.to_owned()]);
        }
        writeln!(page)?;
        table.print(page, "")
    }
}

fn named(purpose: &str, channel: &str) -> String {
    if channel.is_empty() { purpose.to_owned() } else { format!("{purpose} by {channel}") }
}

fn decision(kind: &Kind) -> Option<(Use, &'static str)> {
    match kind {
        Kind::ConsentGranted(one) => Some(((one.purpose.clone(), one.channel.clone()), GRANTED)),
        Kind::ConsentWithdrawn(one) => Some(((one.purpose.clone(), one.channel.clone()), "withdrawn")),
        Kind::ConsentObjectionRecorded(one) => Some(((one.scope.clone(), String::new()), "objected")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_restrictive_decision_holds_where_two_differ() {
        let side = |decisions: &[(&str, &str, &'static str)]| {
            let one = |(purpose, channel, said): &(&str, &str, &'static str)| {
                (((*purpose).to_owned(), (*channel).to_owned()), *said)
            };
            decisions.iter().map(one).collect()
        };
        let survivor =
            side(&[("news", "email", GRANTED), ("news", "sms", "withdrawn"), ("calls", "", GRANTED)]);
        let absorbed =
            side(&[("news", "email", "withdrawn"), ("news", "sms", GRANTED), ("poll", "", "objected")]);
        let consents = Consents { sides: [survivor, absorbed] };
        let found: Vec<_> = consents
            .differing()
            .into_iter()
            .map(|((purpose, channel), _, holds)| format!("{}={holds}", named(purpose, channel)))
            .collect();
        assert_eq!(
            found,
            ["calls=granted", "news by email=withdrawn", "news by sms=withdrawn", "poll=objected"]
        );
        assert_eq!(consents.resolution(), "news by email: withdrawn; news by sms: withdrawn");
    }
}
