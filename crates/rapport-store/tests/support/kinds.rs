//! Payloads in few words.

use rapport_proto::v1::{payload::Kind, *};

use super::wire;

pub(crate) fn eur(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "EUR".to_owned() })
}

pub(crate) fn opened(deal: &str, stage: &str, amount: Option<Money>) -> Kind {
    Kind::DealOpened(DealOpened { deal_id: deal.into(), stage: stage.into(), amount, ..Default::default() })
}

pub(crate) fn moved(deal: &str, to: &str) -> Kind {
    Kind::DealStageChanged(DealStageChanged { deal_id: deal.into(), to: to.into(), ..Default::default() })
}

pub(crate) fn terms(deal: &str, amount: Option<Money>) -> Kind {
    Kind::DealTermsChanged(DealTermsChanged { deal_id: deal.into(), amount, ..Default::default() })
}

pub(crate) fn won(deal: &str, amount: Option<Money>) -> Kind {
    Kind::DealWon(DealWon { deal_id: deal.into(), amount, reason: "fit".into(), ..Default::default() })
}

pub(crate) fn lost(deal: &str, reason: &str, competitor: &str) -> Kind {
    Kind::DealLost(DealLost {
        deal_id: deal.into(),
        reason: reason.into(),
        competitor: competitor.into(),
        at_stage: "somewhere".into(),
        ..Default::default()
    })
}

pub(crate) fn ordered(order: &str, product: &str, net: Option<Money>) -> Kind {
    let line = Line { product: product.into(), quantity: "1.5".into(), net, ..Default::default() };
    Kind::OrderPlaced(OrderPlaced { order_id: order.into(), lines: vec![line], ..Default::default() })
}

/// An order of one line, or of two of which only the first names a category.
pub(crate) fn ordered_in(order: &str, product: &str, net: Option<Money>, category: &str) -> Kind {
    let mut kind = ordered(order, product, net);
    if let Kind::OrderPlaced(placed) = &mut kind
        && let [line] = placed.lines.as_slice()
        && !category.is_empty()
    {
        let named = Line { category: category.into(), ..line.clone() };
        placed.lines.insert(0, named);
    }
    kind
}

pub(crate) fn order_changed(order: &str, op: order_changed::Op, net: Option<Money>) -> Kind {
    let line = Line { product: "pen".into(), quantity: "-1".into(), net, ..Default::default() };
    let (op, lines) = (op.into(), vec![line]);
    Kind::OrderChanged(OrderChanged { order_id: order.into(), op, lines, ..Default::default() })
}

pub(crate) fn correction(target: &str, replacement: Option<Kind>, occurred: Option<i64>) -> Kind {
    Kind::EventCorrected(Box::new(EventCorrected {
        target_event_id: target.into(),
        replacement: replacement.map(|kind| Box::new(Payload { kind: Some(kind) })),
        occurred_at: occurred.map(wire),
        reason: "typing error".into(),
    }))
}

pub(crate) fn retraction(target: &str) -> Kind {
    Kind::EventRetracted(EventRetracted { target_event_id: target.into(), reason: "did not happen".into() })
}

pub(crate) fn merged(survivor: &str, absorbed: &str) -> Kind {
    Kind::PartyMerged(PartyMerged {
        survivor: survivor.into(),
        absorbed: absorbed.into(),
        ..Default::default()
    })
}

pub(crate) fn unmerged(merge: &str) -> Kind {
    Kind::PartyUnmerged(PartyUnmerged { merge_event_id: merge.into(), ..Default::default() })
}

pub(crate) fn contact_of(organisation: &str, from: Option<i64>, to: Option<i64>) -> Kind {
    let mut role = PartyRoleAssigned { related_party: organisation.into(), ..Default::default() };
    role.set_role(party_role_assigned::Role::ContactOf);
    (role.from, role.to) = (from.map(wire), to.map(wire));
    Kind::PartyRoleAssigned(role)
}

pub(crate) fn registered(name: &str) -> Kind {
    let mut registered = PartyRegistered { country: "LV".into(), ..Default::default() };
    registered.set_kind(PartyKind::Organisation);
    registered.personal = Some(party_registered::Personal { name: name.into() });
    Kind::PartyRegistered(registered)
}

pub(crate) fn fact(key: &str, value: &str, from: Option<i64>, to: Option<i64>) -> Kind {
    let mut fact = PartyFactRecorded { key: key.into(), ..Default::default() };
    fact.set_category(party_fact_recorded::Category::SegmentAttribute);
    (fact.valid_from, fact.valid_to) = (from.map(wire), to.map(wire));
    fact.personal = Some(party_fact_recorded::Personal { value: value.into() });
    Kind::PartyFactRecorded(fact)
}

pub(crate) fn call(reached: bool) -> Kind {
    let mut call = TouchCallLogged::default();
    call.set_direction(Direction::Outbound);
    call.set_outcome(if reached {
        touch_call_logged::Outcome::Reached
    } else {
        touch_call_logged::Outcome::NoAnswer
    });
    Kind::TouchCallLogged(call)
}

pub(crate) fn note(text: &str) -> Kind {
    let personal = Some(note_recorded::Personal { text: text.into() });
    Kind::NoteRecorded(NoteRecorded { personal, ..Default::default() })
}

pub(crate) fn nps(value: f64, wave: &str) -> Kind {
    let mut answered =
        SurveyAnswered { survey_id: "S".into(), value: Some(value), wave: wave.into(), ..Default::default() };
    answered.set_instrument(Instrument::Nps);
    answered.scale = Some(Scale { min: 0.0, max: 10.0, better: 1 });
    Kind::SurveyAnswered(answered)
}

/// A response to one of four instruments, half of them the score above; whatever the event may say besides.
pub(crate) fn response(number: u8, wave: &str) -> Kind {
    let kind = nps(f64::from(number % 11), wave);
    let Kind::SurveyAnswered(mut answered) = kind else { return kind };
    let (instrument, min, max) = match number % 8 {
        0 => (Instrument::Csat, 1.0, 5.0),
        1 => (Instrument::Ces, 1.0, 7.0),
        2 => (Instrument::Custom, -1.0, 1.0),
        _ => return Kind::SurveyAnswered(answered),
    };
    answered.set_instrument(instrument);
    answered.scale = Some(Scale { min, max, better: 1 + i32::from(number / 8 % 2) });
    answered.value = Some(f64::from(number / 8 % 8).min(max - min) + min);
    answered.survey_id = ["S", "T"][usize::from(number / 8 % 2)].into();
    answered.question = ["", "speed"][usize::from(number / 16 % 2)].into();
    answered.product = ["", "heating"][usize::from(number / 32 % 2)].into();
    answered.tier = ["", "gold"][usize::from(number / 64 % 2)].into();
    answered.expectation = (number / 16).is_multiple_of(2).then(|| i32::from(number / 32 % 3) - 1);
    answered.importance = (number / 32).is_multiple_of(2).then(|| f64::from(number / 64) / 4.0);
    Kind::SurveyAnswered(answered)
}

pub(crate) fn asked(number: u8, wave: &str) -> Kind {
    let kind = sent(wave);
    let Kind::SurveySent(mut sent) = kind else { return kind };
    sent.survey_id = ["S", "T"][usize::from(number % 2)].into();
    sent.set_instrument([Instrument::Nps, Instrument::Csat][usize::from(number / 2 % 2)]);
    Kind::SurveySent(sent)
}

pub(crate) fn sent(wave: &str) -> Kind {
    let mut sent = SurveySent { survey_id: "S".into(), wave: wave.into(), ..Default::default() };
    sent.set_instrument(Instrument::Nps);
    Kind::SurveySent(sent)
}

/// Every step before a deal.
pub(crate) fn lead_step(number: u8) -> Kind {
    let qualified = |result| {
        let mut qualified = LeadQualified::default();
        qualified.set_result(result);
        Kind::LeadQualified(qualified)
    };
    match number % 6 {
        0 => Kind::ContactPointCaptured(ContactPointCaptured { medium: "web".into(), ..Default::default() }),
        1 => qualified(lead_qualified::Result::Accepted),
        2 => qualified(lead_qualified::Result::Rejected),
        3 => Kind::LeadConverted(LeadConverted { deal_id: format!("D{}", number % 4), ..Default::default() }),
        _ => lead_opened(),
    }
}

pub(crate) fn lead_opened() -> Kind {
    Kind::LeadOpened(LeadOpened::default())
}

pub(crate) fn objection(competitor: &str) -> Kind {
    Kind::ObjectionObserved(ObjectionObserved {
        factor: "price".into(),
        competitor: competitor.into(),
        ..Default::default()
    })
}

/// Version 3 cannot be read: the one before it holds.
pub(crate) fn definition(code: &str, version: u32, effective_from: Option<i64>) -> Kind {
    Kind::DefinitionPublished(DefinitionPublished {
        kind: "pipeline".into(),
        code: code.into(),
        version,
        effective_from: effective_from.map(wire),
        body: match version {
            1 => r#"{"stages": [{"code": "offer"}]}"#.into(),
            3 => r#"{"stages": [{"code": "talks", "name": null}]}"#.into(),
            _ => r#"{"stages": [{"code": "lead", "probability": 0.25}, {"code": "offer"}]}"#.into(),
        },
        ..Default::default()
    })
}
