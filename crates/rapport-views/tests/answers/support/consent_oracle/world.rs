//! Companies that ask their customers, write to them, and sometimes should not.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::super::{
    company::{BEFORE, Company, Told, companies, customer, definition, hours},
    proto,
};

fn text(text: &str) -> String {
    text.to_owned()
}

prop_compose! {
    fn decisions()(
        what in 0..6_u8,
        purpose in prop::sample::select(vec!["marketing", "marketing", "marketing", "survey"]),
        channel in prop::sample::select(vec!["", "", "email", "email", "sms", "fax"]),
        topics in prop::sample::subsequence(vec!["offers", "events"], 0..2),
        expires in prop::option::weighted(0.3, 0..24 * 720_i64),
        (staff, version) in (prop::sample::select(vec!["web_form", ""]), prop::sample::select(vec!["v1", ""])),
    ) -> Kind {
        let (purpose, channel, method) = (text(purpose), text(channel), text(staff));
        match what {
            0..=3 => Kind::ConsentGranted(v1::ConsentGranted {
                purpose,
                channel,
                topics: topics.into_iter().map(text).collect(),
                text_version: text(version),
                text_hash: if version.is_empty() { String::new() } else { "ab".repeat(32) },
                method,
                expires_at: expires.and_then(|at| proto(hours(at))),
                ..Default::default()
            }),
            4 => Kind::ConsentWithdrawn(v1::ConsentWithdrawn { purpose, channel, method }),
            _ => Kind::ConsentObjectionRecorded(v1::ConsentObjectionRecorded {
                scope: if channel.is_empty() { text("direct_marketing") } else { purpose },
                ..Default::default()
            }),
        }
    }
}

prop_compose! {
    fn preferences()(
        cap in prop::option::weighted(0.6, 0..3_u32),
        quiet in prop::sample::select(vec!["", "21:00-08:00", "08:00-12:30", "late"]),
        topics in prop::sample::subsequence(vec!["offers", "events"], 0..3),
    ) -> Kind {
        Kind::ConsentPreferenceSet(v1::ConsentPreferenceSet {
            topics: topics.into_iter().map(text).collect(),
            frequency_cap: cap,
            quiet_hours: text(quiet),
            preferred_channel: text("sms"),
        })
    }
}

prop_compose! {
    fn messages()(
        call in prop::bool::weighted(0.2),
        direction in prop::sample::select(vec![2, 2, 2, 2, 1]),
        medium in prop::sample::select(vec![1, 1, 1, 2, 3, 4, 0]),
        purpose in prop::sample::select(vec!["marketing", "marketing", "", "survey"]),
        campaign_id in prop::sample::select(vec!["spring", "autumn", "", ""]),
        consent_ref in prop::sample::select(vec!["", "01890a5d-ac96-774b-bcce-b302099a8057"]),
    ) -> Kind {
        if call {
            return Kind::TouchCallLogged(v1::TouchCallLogged {
                direction,
                purpose: text(purpose),
                ..Default::default()
            });
        }
        Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
            direction,
            medium,
            purpose: text(purpose),
            campaign_id: text(campaign_id),
            consent_ref: text(consent_ref),
            ..Default::default()
        })
    }
}

const POLICIES: [&str; 4] = [
    r#"{"messages_a_month": 2}"#,
    r#"{"channels": ["email", "fax", "phone"]}"#,
    r#"{"messages_a_month": 1, "quiet": {"from": "22:00", "to": "06:00"}}"#,
    "{}",
];

/// Few customers, and months in which much happens, so that caps are reached; now and then a contact policy.
pub(crate) fn asked_for_consent() -> impl Strategy<Value = Company> {
    let all = prop_oneof![4 => decisions(), 1 => preferences(), 5 => messages()];
    let policies = prop::collection::vec((0..24 * 700_i64, 1..4_u32, 0..POLICIES.len()), 0..4);
    let merged = prop::option::weighted(0.5, 0..24 * 700_i64);
    (companies(all, 70), policies, merged).prop_map(|(mut company, policies, merged)| {
        for one in &mut company.told {
            one.hours = gathered(one.hours);
            one.customer = one.customer.min(1 + one.customer % 3);
            if let Kind::PartyMerged(merged) = &mut one.kind {
                let fewer = |name: &str| customer(1 + super::super::company::number(name) % 4);
                (merged.survivor, merged.absorbed) = (fewer(&merged.survivor), fewer(&merged.absorbed));
            }
            if let Some((_, Some((at, _)))) = &mut one.corrected {
                *at = gathered(*at);
            }
        }
        for (at, version, body) in policies {
            let kind = definition("contact_policy", "marketing", version, POLICIES[body]);
            company.told.push(Told::at(gathered(at), 0, kind));
        }
        if let Some(at) = merged {
            // The two allowed different topics.
            for (number, topic) in [(1, "offers"), (2, "events")] {
                let granted = v1::ConsentGranted {
                    purpose: text("marketing"),
                    topics: vec![text(topic)],
                    ..Default::default()
                };
                company.told.push(Told::at(gathered(at), number, Kind::ConsentGranted(granted)));
            }
            let (survivor, absorbed) = (customer(1), customer(2));
            let merged = v1::PartyMerged { survivor, absorbed, ..Default::default() };
            company.told.push(Told::at(at, 1, Kind::PartyMerged(merged)));
        }
        // Every customer is known.
        for number in 1..5 {
            let registered = Kind::PartyRegistered(v1::PartyRegistered::default());
            company.told.push(Told::at(BEFORE, number, registered));
        }
        company
    })
}

/// Within the first ten days of sixty.
const fn gathered(hour: i64) -> i64 {
    hour / (24 * 60) * (24 * 60) + hour % (24 * 10)
}

prop_compose! {
    pub(crate) fn requests()(
        number in prop::sample::select(vec![0, 0, 1, 2, 3, 4]),
        purpose in prop::sample::select(vec!["", "", "", "marketing", "survey", "none"]),
        channel in prop::sample::select(vec!["", "", "", "email", "phone", "fax"]),
        topic in prop::sample::select(vec!["", "", "offers", "none"]),
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
    ) -> v1::ConsentRequest {
        v1::ConsentRequest {
            customer: customer(number),
            purpose: text(purpose),
            channel: text(channel),
            topic: text(topic),
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            ..v1::ConsentRequest::default()
        }
    }
}
