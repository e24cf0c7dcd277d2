//! Payloads in few words.

use rapport_proto::v1::{payload::Kind, *};

use super::wire;

pub(crate) fn eur(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "EUR".to_owned() })
}

pub(crate) fn usd(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "USD".to_owned() })
}

pub(crate) fn opened(deal: &str, stage: &str, amount: Option<Money>) -> Kind {
    Kind::DealOpened(DealOpened { deal_id: deal.into(), stage: stage.into(), amount, ..Default::default() })
}

pub(crate) fn moved(deal: &str, to: &str) -> Kind {
    Kind::DealStageChanged(DealStageChanged { deal_id: deal.into(), to: to.into(), ..Default::default() })
}

pub(crate) fn terms(deal: &str, amount: Option<Money>) -> Kind {
    let expected_close =
        ["2020-09-20", "2020-10-02", ""][deal.len() % 2 + usize::from(amount.is_none())].into();
    Kind::DealTermsChanged(DealTermsChanged {
        deal_id: deal.into(),
        amount,
        expected_close,
        ..Default::default()
    })
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
        factors: ["price", "habit"][..usize::from(!reason.is_empty()) * 2]
            .iter()
            .map(|&word| word.into())
            .collect(),
    })
}

pub(crate) fn ordered(order: &str, product: &str, net: Option<Money>) -> Kind {
    let list = net.clone().filter(|_| product == "ink");
    let line = Line { product: product.into(), quantity: "1.5".into(), list, net, ..Default::default() };
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

pub(crate) fn owned(object: &str, role: &str, number: u8) -> Kind {
    let to = ["ilze", "jonas"][usize::from(number / 8 % 2)].to_owned();
    Kind::OwnerAssigned(OwnerAssigned { object: object.into(), role: role.into(), to, ..Default::default() })
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

/// A name, an address or a number, which leads to the customer or no longer does.
pub(crate) fn known(number: u8, other: u8) -> Kind {
    let phone = ["+371 67 123 456", "0037167123456", "67123456", "67123457"][usize::from(other % 4)];
    let email = ["janis@example.org", "Janis@Example.org", "a\0b@example.org"][usize::from(other % 3)];
    let value = match number % 3 {
        0 => email.to_owned(),
        1 => phone.to_owned(),
        _ => format!("LV 4000-{}", other % 4),
    };
    match number % 4 {
        0 => {
            let mut named = registered(
                ["Jānis Bērziņš", "Berzina Anna", "Иван Иванов", "Name 1", ""][usize::from(other % 5)],
            );
            if let Kind::PartyRegistered(named) = &mut named {
                named.kind = 1 + i32::from(other % 2);
            }
            named
        }
        1 | 2 => {
            let mut changed = PartyIdentifierChanged {
                scheme: ["email", "phone", "registration_number"][usize::from(number % 3)].into(),
                personal: Some(party_identifier_changed::Personal { value, ..Default::default() }),
                ..Default::default()
            };
            changed.set_op(if other.is_multiple_of(2) {
                party_identifier_changed::Op::Unlink
            } else {
                party_identifier_changed::Op::Link
            });
            Kind::PartyIdentifierChanged(changed)
        }
        _ => Kind::ContactPointCaptured(ContactPointCaptured {
            medium: ["email", "phone", "post"][usize::from(number % 3)].into(),
            personal: Some(contact_point_captured::Personal { value }),
            ..Default::default()
        }),
    }
}

pub(crate) fn fact(key: &str, value: &str, from: Option<i64>, to: Option<i64>) -> Kind {
    let mut fact = PartyFactRecorded { key: key.into(), ..Default::default() };
    fact.set_category(party_fact_recorded::Category::SegmentAttribute);
    (fact.valid_from, fact.valid_to) = (from.map(wire), to.map(wire));
    fact.personal = Some(party_fact_recorded::Personal { value: value.into() });
    Kind::PartyFactRecorded(fact)
}

pub(crate) fn signal(key: &str, sensitivity: party_fact_recorded::Sensitivity) -> Kind {
    let mut fact = PartyFactRecorded { key: key.into(), ..Default::default() };
    fact.set_category(party_fact_recorded::Category::ChangeSignal);
    fact.set_sensitivity(sensitivity);
    // Timelines withhold the value of a special one, which `timeline.rs` tests.
    if sensitivity != party_fact_recorded::Sensitivity::Special {
        fact.personal = Some(party_fact_recorded::Personal { value: "announced".into() });
    }
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
        approver: ["ilze", ""][usize::from(version.is_multiple_of(2))].into(),
        body: match version {
            1 => r#"{"stages": [{"code": "offer"}]}"#.into(),
            3 => r#"{"stages": [{"code": "talks", "name": null}]}"#.into(),
            _ => r#"{"stages": [{"code": "lead", "probability": 0.25}, {"code": "offer"}]}"#.into(),
        },
    })
}

/// The body of targets; version 3 cannot be read.
pub(crate) fn targets(version: u32) -> String {
    let target =
        |metric: &str, value: f64| format!(r#"{{"metric": "{metric}", "period": "2020", "value": {value}}}"#);
    let all =
        [target("customers_acquired", 2.0), target("retention", 0.5), target("customers_developed", 1.0)];
    let first = usize::from(version == 2);
    if version == 3 { "7".to_owned() } else { format!(r#"{{"targets": [{}]}}"#, all[first..].join(", ")) }
}

/// The body of a segment; version 3 cannot be read, and version 1 has those of whom a sector is known.
pub(crate) fn segment(version: u32) -> String {
    let sectors: Vec<String> = (0..=u8::MAX).map(|number| format!("\"{number}\"")).collect();
    match version {
        1 => format!(
            r#"{{"products": ["pen", "lamp", "globe"], "conditions": [{{"key": "sector", "values": [{}]}}]}}"#,
            sectors.join(", ")
        ),
        3 => r#"{"products": ["pen", 7]}"#.to_owned(),
        _ => r#"{"name": "Everybody", "products": ["ink", "pen"]}"#.to_owned(),
    }
}

/// One or two lines with list prices.
pub(crate) fn priced(number: u8, product: &str) -> Vec<Line> {
    let line = |net: i64, category: &str, list: Option<Money>| Line {
        product: if product.is_empty() { "lamp".into() } else { product.into() },
        category: category.into(),
        quantity: (number % 3).to_string(),
        list,
        net: eur(net),
    };
    let lines = vec![line(i64::from(number), "light", eur(i64::from(number) + 9)), line(5, "", None)];
    lines.into_iter().take(usize::from(number % 3)).collect()
}

pub(crate) fn invoiced(invoice: &str, number: u8, lines: &[Line], due: Option<String>) -> Kind {
    let mut issued = InvoiceIssued {
        invoice_id: invoice.into(),
        lines: lines.to_vec(),
        total: if lines.is_empty() { usd(i64::from(number)) } else { eur(i64::from(number)) },
        due: due.unwrap_or_default(),
        ..Default::default()
    };
    if number.is_multiple_of(3) {
        issued.tax = issued.total.clone().map(|total| Money { minor_units: total.minor_units / 5, ..total });
    }
    issued
        .set_kind([invoice_issued::Kind::Invoice, invoice_issued::Kind::CreditNote][usize::from(number % 2)]);
    Kind::InvoiceIssued(issued)
}

pub(crate) fn paid(invoices: &[String], amount: Option<Money>, method: &str) -> Kind {
    Kind::PaymentReceived(PaymentReceived {
        amount,
        method: method.into(),
        invoice_ids: invoices.to_vec(),
        order_id: if method.is_empty() { "O1".into() } else { String::new() },
    })
}

pub(crate) fn cost(kind: i32, amount: Option<Money>) -> Kind {
    let product = ["pen", ""][usize::from(kind % 2 == 0)].to_owned();
    Kind::CostAllocated(CostAllocated { kind, amount, product, ..Default::default() })
}

pub(crate) fn conceded(kind: i32, value: Option<Money>, approver: &str, deal: &str) -> Kind {
    let (approver, deal_id) = (approver.into(), deal.into());
    Kind::ConcessionGranted(ConcessionGranted { kind, value, approver, deal_id, ..Default::default() })
}

pub(crate) fn contract(
    contract: &str,
    op: i32,
    [start, end]: [Option<String>; 2],
    value: Option<Money>,
    products: &[&str],
    cause: &str,
) -> Kind {
    Kind::ContractChanged(ContractChanged {
        contract_id: contract.into(),
        op,
        start: start.unwrap_or_default(),
        end: end.unwrap_or_default(),
        value,
        products: products.iter().filter(|code| !code.is_empty()).map(|code| (*code).into()).collect(),
        cause: cause.into(),
    })
}

/// An offer, of a deal or of none.
pub(crate) fn offered((offer, deal): (&str, &str), version: u32, lines: &[Line], needs: Vec<String>) -> Kind {
    let [offer_id, deal_id] = [offer, deal].map(str::to_owned);
    Kind::OfferIssued(OfferIssued {
        offer_id,
        version,
        deal_id,
        lines: lines.to_vec(),
        need_ids: needs,
        total: usd(i64::from(version)).filter(|_| version == 2),
        ..Default::default()
    })
}

/// A contact of each kind; both sides took part in some.
pub(crate) fn touched(number: u8, other: u8, purpose: &str) -> Kind {
    let status = 1 + i32::from(other % 3);
    match number % 4 {
        0 => Kind::TouchMessageExchanged(TouchMessageExchanged {
            direction: status.min(2),
            purpose: purpose.into(),
            ..Default::default()
        }),
        1 => {
            Kind::TouchMeetingHeld(TouchMeetingHeld { status, purpose: purpose.into(), ..Default::default() })
        }
        2 => Kind::TouchVisitRecorded(TouchVisitRecorded { place: 1 + status, ..Default::default() }),
        _ => call(other.is_multiple_of(2)),
    }
}

/// What says who a party is.
pub(crate) fn standing(number: u8, other: u8) -> Kind {
    match number % 3 {
        0 => Kind::PartyRegistered(PartyRegistered {
            kind: i32::from(other % 3),
            country: ["LV", "", "LT"][usize::from(other % 3)].into(),
            language: ["", "lv"][usize::from(other % 2)].into(),
            ..Default::default()
        }),
        1 => Kind::PartyLifecycleChanged(PartyLifecycleChanged {
            to: 1 + i32::from(other % 5),
            ..Default::default()
        }),
        _ => fact(["region", "size"][usize::from(other % 2)], &(other % 5).to_string(), None, None),
    }
}

pub(crate) fn role(role: i32, related: &str, from: Option<i64>, to: Option<i64>) -> Kind {
    let (from, to, related_party) = (from.map(wire), to.map(wire), related.into());
    Kind::PartyRoleAssigned(PartyRoleAssigned { role, related_party, from, to })
}

pub(crate) fn consent(number: u8, channel: &str, expires: Option<i64>) -> Kind {
    let purpose = ["marketing", "service"][usize::from(number / 3 % 2)].to_owned();
    match number % 3 {
        0 => Kind::ConsentGranted(ConsentGranted {
            purpose,
            channel: channel.into(),
            expires_at: expires.map(wire),
            topics: vec!["garden".to_owned(); usize::from(number / 6 % 2)],
            text_version: ["v2", ""][usize::from(number / 12 % 2)].to_owned(),
            text_hash: ["", "ab"][usize::from(number / 24 % 2)].repeat(32),
            method: ["web_form", ""][usize::from(number / 6 % 2)].to_owned(),
            ..Default::default()
        }),
        1 => Kind::ConsentWithdrawn(ConsentWithdrawn {
            purpose,
            channel: channel.into(),
            ..Default::default()
        }),
        _ => {
            Kind::ConsentObjectionRecorded(ConsentObjectionRecorded { scope: purpose, ..Default::default() })
        }
    }
}

/// Promises, tickets, documents, needs, planned meetings and owners.
pub(crate) fn promised(a: u8, b: u8, due: String) -> Kind {
    let id = (b % 3).to_string();
    match a % 8 {
        0 | 1 => {
            let status = 1 + i32::from(a / 8 % 4);
            let supersedes = if b.is_multiple_of(7) { ((b + 1) % 3).to_string() } else { String::new() };
            Kind::AgreementRecorded(AgreementRecorded {
                agreement_id: id,
                due,
                status,
                supersedes,
                ..Default::default()
            })
        }
        2 => Kind::TicketOpened(TicketOpened { ticket_id: id, kind: i32::from(b % 5), ..Default::default() }),
        3 => Kind::TicketResolved(TicketResolved { ticket_id: id, ..Default::default() }),
        4 => {
            let (to, kind) = (1 + i32::from(a / 8 % 5), ["offer", ""][usize::from(b % 2)].to_owned());
            Kind::DocumentStateChanged(DocumentStateChanged {
                document_id: id,
                to,
                kind,
                ..Default::default()
            })
        }
        5 => Kind::NeedIdentified(NeedIdentified { need_id: id, urgency: Some(0.5), ..Default::default() }),
        6 => Kind::NeedClosed(NeedClosed { need_id: id, outcome: 1, ..Default::default() }),
        _ => Kind::OwnerAssigned(OwnerAssigned {
            object: match b % 4 {
                3 => format!("lead:{}", a / 8 % 3),
                _ => format!("party:{}", super::script::party(b)),
            },
            to: ["ilze", "jonas"][usize::from(a / 8 % 2)].into(),
            ..Default::default()
        }),
    }
}
