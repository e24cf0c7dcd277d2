//! Payloads of what happens around customers: campaigns, leads, staff, agreements, objections, stock.

use rapport_proto::v1::{payload::Kind, *};

use super::kinds::{eur, usd};

/// How many numbers [`around`] takes.
pub(crate) const SORTS: u8 = 7;

/// One of these for each number; `a` and `b` vary its fields, `day` is a date or empty.
pub(crate) fn around(what: u8, a: u8, b: u8, day: &str) -> Kind {
    match what {
        0 => campaign(a, b),
        1 => lead(a, b),
        2 => staff(a, b),
        3 => agreement(a, b, day),
        4 => Kind::ObjectionObserved(ObjectionObserved {
            factor: ["price", "habit"][usize::from(a % 2)].to_owned(),
            barrier: i32::from(b % 6),
            competitor: ["Rival", ""][usize::from(b / 6 % 2)].to_owned(),
            price_gap: [None, eur(i64::from(a)), usd(i64::from(b))][usize::from(a / 2 % 3)].clone(),
            strength: (!b.is_multiple_of(3)).then(|| f64::from(a % 5) / 4.0),
        }),
        5 if a.is_multiple_of(3) => contact(a / 3, b),
        6 => Kind::NoteRecorded(NoteRecorded {
            scope: [3, 3, 1][usize::from(a % 3)],
            kind: ["milestone", "milestone", "plan", ""][usize::from(b % 4)].to_owned(),
            tags: ["office", "riga"][..usize::from(b / 4 % 3)].iter().map(|tag| (*tag).to_owned()).collect(),
            ..Default::default()
        }),
        _ => Kind::StockCounted(StockCounted {
            product: ["pen", "ink"][usize::from(a / 3 % 2)].to_owned(),
            category: ["paper", ""][usize::from(b % 2)].to_owned(),
            quantity: format!("{}.5", b % 7),
            value: [None, eur(i64::from(a)), usd(i64::from(b))][usize::from(b / 2 % 3)].clone(),
            location: ["riga", ""][usize::from(b / 6 % 2)].to_owned(),
        }),
    }
}

fn campaign(a: u8, b: u8) -> Kind {
    let campaign_id = ["spring", "autumn"][usize::from(b % 2)].to_owned();
    let channel = ["email", "fair", ""][usize::from(b / 2 % 3)].to_owned();
    let market = ["north", "south", ""][usize::from(a / 4 % 3)];
    match a % 4 {
        0 => Kind::CampaignDefined(CampaignDefined {
            campaign_id,
            market: market.to_owned(),
            audience_rule: ["all@1", ""][usize::from(a / 8 % 2)].to_owned(),
            aim: i32::from(b / 2 % 4),
            personalised: (a / 4).is_multiple_of(2),
            control_share: (!b.is_multiple_of(3)).then(|| f64::from(b % 5) / 4.0),
            market_size: (!b.is_multiple_of(4) && !market.is_empty()).then(|| 1 + u64::from(a)),
            budget: [None, eur(i64::from(a)), usd(i64::from(b))][usize::from(b / 2 % 3)].clone(),
            expected_revenue: [usd(i64::from(b)), None, eur(i64::from(a))][usize::from(a / 4 % 3)].clone(),
        }),
        1 => Kind::CampaignSpendRecorded(CampaignSpendRecorded {
            campaign_id,
            amount: [eur(i64::from(a)), usd(i64::from(b))][usize::from(a / 4 % 2)].clone(),
            channel,
            period: ["2020-09", ""][usize::from(a / 8 % 2)].to_owned(),
            aim: i32::from(b / 2 % 4),
        }),
        2 => Kind::CampaignResponseRecorded(CampaignResponseRecorded {
            campaign_id,
            kind: 1 + i32::from(a / 4 % 5),
            ..Default::default()
        }),
        _ => Kind::CampaignMemberSelected(CampaignMemberSelected {
            campaign_id,
            group: 1 + i32::from(a / 4 % 2),
        }),
    }
}

fn lead(a: u8, b: u8) -> Kind {
    match a % 4 {
        0 => Kind::ContactPointCaptured(ContactPointCaptured {
            medium: "web".to_owned(),
            where_found: ["fair", ""][usize::from(b % 2)].to_owned(),
            ..Default::default()
        }),
        1 => Kind::LeadOpened(LeadOpened {
            source_channel: ["web", "referral", ""][usize::from(b % 3)].to_owned(),
            campaign_id: ["spring", ""][usize::from(b / 3 % 2)].to_owned(),
            interest: ["pen", ""][usize::from(b / 6 % 2)].to_owned(),
            landing: ["/offer", ""][usize::from(b / 12 % 2)].to_owned(),
            ..Default::default()
        }),
        2 => Kind::LeadQualified(LeadQualified {
            result: 1 + i32::from(b % 2),
            score: (!b.is_multiple_of(3)).then(|| f64::from(b % 10) / 10.0),
            reason: ["budget", ""][usize::from(b / 2 % 2)].to_owned(),
            ..Default::default()
        }),
        _ => Kind::LeadConverted(LeadConverted {
            deal_id: [format!("D{}", b % 4), String::new()][usize::from(b / 4 % 2)].clone(),
            order_id: [format!("O{}", b % 4), String::new()][usize::from(b / 8 % 2)].clone(),
        }),
    }
}

fn staff(a: u8, b: u8) -> Kind {
    let staff_id = ["ilze", "jonas"][usize::from(b % 2)].to_owned();
    match a % 3 {
        0 => {
            let moment =
                |number: u8| (!number.is_multiple_of(3)).then(|| super::wire(i64::from(number % 40)));
            Kind::StaffStatusChanged(StaffStatusChanged {
                staff_id,
                status: 1 + i32::from(a / 3 % 4),
                substitute: ["anna", ""][usize::from(b / 2 % 2)].to_owned(),
                from: moment(a),
                to: moment(b),
            })
        }
        1 => Kind::HandoverProgressed(HandoverProgressed {
            handover_id: (b % 3).to_string(),
            step: 1 + i32::from(a / 3 % 3),
            item: ["deal:D1", ""][usize::from(b / 3 % 2)].to_owned(),
            ..Default::default()
        }),
        _ => Kind::IncentiveAccrued(IncentiveAccrued {
            scheme: ["new", "kept"][usize::from(a / 3 % 2)].to_owned(),
            version: u32::from(b % 3),
            metric: ["revenue", ""][usize::from(b / 3 % 2)].to_owned(),
            value: (!b.is_multiple_of(3)).then(|| f64::from(b) / 4.0),
            amount: [None, eur(i64::from(a)), usd(i64::from(b))][usize::from(b / 6 % 3)].clone(),
            evidence_event_ids: vec![
                "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
                usize::from(a / 6 % 2)
            ],
            staff_id,
        }),
    }
}

fn agreement(a: u8, b: u8, day: &str) -> Kind {
    match a % 3 {
        0 => Kind::AgreementRecorded(AgreementRecorded {
            agreement_id: (b % 3).to_string(),
            due: day.to_owned(),
            status: 1 + i32::from(a / 3 % 4),
            supersedes: if b.is_multiple_of(4) { "before".to_owned() } else { String::new() },
            ..Default::default()
        }),
        1 => Kind::ArtifactAttached(ArtifactAttached {
            sha256: ["ab", "cd"][usize::from(b % 2)].repeat(32),
            media_type: ["image/jpeg", ""][usize::from(b / 2 % 2)].to_owned(),
            linked_to: ["01890a5d-ac96-774b-bcce-b302099a8057", ""][usize::from(b / 4 % 2)].to_owned(),
            outcome: ["liked", ""][usize::from(b / 8 % 2)].to_owned(),
            ..Default::default()
        }),
        _ => Kind::RecordDisclosed(RecordDisclosed {
            to: 1 + i32::from(b % 3),
            query: "what is known".to_owned(),
            as_of: (!b.is_multiple_of(4)).then(|| super::wire(i64::from(b % 40))),
            result_hash: ["", "ef"][usize::from(b / 3 % 2)].repeat(32),
        }),
    }
}

fn contact(a: u8, b: u8) -> Kind {
    let approach = ["demonstration", ""][usize::from(a % 2)].to_owned();
    let duration = (!b.is_multiple_of(3)).then(|| prost_types::Duration { seconds: b.into(), nanos: 7_000 });
    match a / 2 % 4 {
        0 => Kind::TouchCallLogged(TouchCallLogged {
            direction: 1 + i32::from(b % 2),
            outcome: i32::from(b / 2 % 4),
            waited: duration,
            duration,
            purpose: ["sales", ""][usize::from(b / 8 % 2)].to_owned(),
            initiative: ["win back", ""][usize::from(b / 16 % 2)].to_owned(),
            approach,
            ..Default::default()
        }),
        1 => Kind::TouchMeetingHeld(TouchMeetingHeld {
            status: 1 + i32::from(b % 3),
            place: ["fair", ""][usize::from(b / 3 % 2)].to_owned(),
            duration,
            approach,
            ..Default::default()
        }),
        2 => Kind::TouchMessageExchanged(TouchMessageExchanged {
            direction: 1 + i32::from(b % 2),
            medium: 1 + i32::from(b / 2 % 4),
            approach,
            ..Default::default()
        }),
        _ => {
            Kind::TouchVisitRecorded(TouchVisitRecorded { place: 1 + i32::from(b % 4), ..Default::default() })
        }
    }
}
