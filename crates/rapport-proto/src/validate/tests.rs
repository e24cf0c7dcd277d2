use prost::Message;

use super::*;
use crate::{json, v1::payload::Kind};

fn deal(amount: Option<v1::Money>) -> v1::Event {
    let deal = v1::DealOpened { deal_id: "42".into(), stage: "new".into(), amount, ..Default::default() };
    with_payload(Kind::DealOpened(deal))
}

fn with_payload(kind: Kind) -> v1::Event {
    let payload = v1::Payload { kind: Some(kind) };
    v1::Event { customer: "7".into(), payload: payload.encode_to_vec().into(), ..Default::default() }
}

fn request(events: Vec<v1::Event>) -> v1::AppendRequest {
    let append = v1::StreamAppend { stream: "customer-7".into(), events, ..Default::default() };
    v1::AppendRequest { appends: vec![append], ..Default::default() }
}

fn fields(result: Result<AppendRequest, Invalid>) -> Vec<String> {
    result.unwrap_err().violations.into_iter().map(|fault| fault.field).collect()
}

#[test]
fn a_right_event_gets_its_type_an_id_and_the_tags_of_its_payload() {
    let mut offered = deal(None);
    offered.tags = vec!["agent:ilze".into(), "deal:42".into()];
    let request = append_request(request(vec![offered]), &Limits::default()).unwrap();
    let event = &request.appends[0].events[0];
    assert_eq!(event.event_type, "deal.opened");
    assert_eq!(event.tags, ["agent:ilze", "deal:42"]);
    assert_ne!(event.id, rapport_model::EventId::from_u128(0));
}

#[test]
fn a_correction_is_found_by_what_it_corrects_and_by_the_ids_that_it_gives() {
    let target_event_id = "01890A5D-AC96-774B-BCCE-B302099A8057".to_owned();
    let correction = |kind| {
        let replacement = Some(Box::new(v1::Payload { kind: Some(kind) }));
        let target_event_id = target_event_id.clone();
        v1::EventCorrected { target_event_id, replacement, ..Default::default() }
    };
    let tags = |corrected| event(with_payload(Kind::EventCorrected(Box::new(corrected))), "").unwrap().tags;
    let won = Kind::DealWon(v1::DealWon { deal_id: "43".into(), ..Default::default() });
    let target = "event:01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(tags(correction(won.clone())), ["deal:43", target]);
    // A correction may be corrected by another one.
    assert_eq!(tags(correction(Kind::EventCorrected(Box::new(correction(won))))), ["deal:43", target]);
    let occurred_at = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
    let later =
        v1::EventCorrected { target_event_id: target_event_id.clone(), occurred_at, ..Default::default() };
    assert_eq!(tags(later), [target]);
}

#[test]
fn a_tag_is_a_key_and_a_value() {
    assert_eq!(check_tag("object", "deal:42"), Ok(()));
    for wrong in ["", "deal", "deal:", ":42", "deal:4\n2", &format!("deal:{}", "x".repeat(TAG_BYTES_MAX))] {
        let invalid = check_tag("object", wrong).unwrap_err();
        assert_eq!(invalid.violations[0].field, "object", "{wrong:?}");
    }
}

#[test]
fn every_fault_is_named_with_the_path_of_its_field() {
    let mut wrong = deal(Some(v1::Money { minor_units: 1, currency: "eur".into() }));
    wrong.id = "17".into();
    wrong.tags = vec!["deal".into()];
    let faults = fields(append_request(request(vec![deal(None), wrong]), &Limits::default()));
    let at = "appends[0].events[1]";
    let expected =
        ["id", "tags[0]", "payload.deal_opened.amount.currency"].map(|field| format!("{at}.{field}"));
    assert_eq!(faults, expected);
}

#[test]
fn a_campaign_names_the_market_of_its_size_and_plans_no_negative_amounts() {
    let found = |campaign: v1::CampaignDefined| {
        let kind = Kind::CampaignDefined(v1::CampaignDefined { campaign_id: "spring".into(), ..campaign });
        event(with_payload(kind), "").map_or_else(|invalid| invalid.violations, |_| vec![])
    };
    let market = |market: &str, size| v1::CampaignDefined {
        market: market.into(),
        market_size: Some(size),
        ..Default::default()
    };
    for right in [1, 1_000_000_000_000] {
        assert_eq!(found(market("homes", right)), []);
    }
    for wrong in [0, 1_000_000_000_001] {
        let faults = found(market("homes", wrong));
        assert_eq!(faults[0].field, "payload.campaign_defined.market_size");
        assert!(faults[0].description.contains(&format!("found {wrong};")), "{faults:?}");
    }
    assert_eq!(found(market("", 5))[0].field, "payload.campaign_defined.market");
    let amount = |minor_units, currency: &str| Some(v1::Money { minor_units, currency: currency.into() });
    let planned = |budget, expected_revenue| {
        let faults = found(v1::CampaignDefined { budget, expected_revenue, ..Default::default() });
        faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
    };
    assert_eq!(planned(amount(0, "EUR"), amount(5, "USD")), [""; 0]);
    let of = |field: &str| format!("payload.campaign_defined.{field}");
    assert_eq!(planned(amount(-1, "EUR"), amount(5, "eur")), [of("budget"), of("expected_revenue.currency")]);
    assert_eq!(planned(None, amount(-5, "EUR")), [of("expected_revenue")]);
}

#[test]
fn data_of_a_special_category_names_its_basis_and_nothing_else_has_to() {
    let fact = |sensitivity: i32, legal_basis: &str| {
        let (key, legal_basis) = ("religion".into(), legal_basis.into());
        Kind::PartyFactRecorded(v1::PartyFactRecorded {
            category: 3,
            key,
            sensitivity,
            legal_basis,
            ..Default::default()
        })
    };
    let note = |sensitivity: i32, legal_basis: &str| {
        let legal_basis = legal_basis.into();
        Kind::NoteRecorded(v1::NoteRecorded { sensitivity, legal_basis, ..Default::default() })
    };
    let found =
        |kind: Kind| event(with_payload(kind), "").map_or_else(|invalid| invalid.violations, |_| vec![]);
    let fields = |kind: Kind| found(kind).into_iter().map(|fault| fault.field).collect::<Vec<_>>();
    for of in [fact as fn(i32, &str) -> Kind, note] {
        for (sensitivity, basis) in [(0, ""), (1, ""), (2, ""), (3, "explicit_consent"), (2, "legal_claims")]
        {
            assert_eq!(fields(of(sensitivity, basis)), [""; 0], "{sensitivity} `{basis}`");
        }
        assert_eq!(fields(of(3, " x")).len(), 1, "blanks");
    }
    assert_eq!(fields(fact(3, "")), ["payload.party_fact_recorded.legal_basis"]);
    assert_eq!(fields(note(3, "")), ["payload.note_recorded.legal_basis"]);
    assert_eq!(fields(note(4, "")), ["payload.note_recorded.sensitivity"]);
    let told = &found(fact(3, ""))[0].description;
    assert!(told.contains("such as `explicit_consent`, found none; name it, or do not record"), "{told}");
    // A correction says the same.
    let corrected = |kind| {
        let replacement = Some(Box::new(v1::Payload { kind: Some(kind) }));
        let target_event_id = "01890a5d-ac96-774b-bcce-b302099a8057".into();
        Kind::EventCorrected(Box::new(v1::EventCorrected {
            target_event_id,
            replacement,
            ..Default::default()
        }))
    };
    let faults = fields(corrected(fact(3, "")));
    assert!(faults.len() == 1 && faults[0].ends_with("replacement.legal_basis"), "{faults:?}");
    assert_eq!(fields(corrected(fact(3, "explicit_consent"))), [""; 0]);
}

#[test]
fn a_payload_of_the_future_passes_when_its_type_is_named() {
    // Field 1900, length-delimited, empty.
    let mut event = v1::Event { payload: vec![0xe2, 0x76, 0x00].into(), ..Default::default() };
    assert_eq!(fields(append_request(request(vec![event.clone()]), &Limits::default())).len(), 2);
    event.r#type = "robot.hugged".into();
    assert!(append_request(request(vec![event.clone()]), &Limits::default()).is_ok());
    event.r#type = "deal.opened".into();
    assert_eq!(
        fields(append_request(request(vec![event]), &Limits::default())),
        ["appends[0].events[0].type"]
    );
}

#[test]
fn a_value_outside_its_scale_is_refused() {
    let answer = |value: f64, max| {
        let scale = Some(v1::Scale { min: 0.0, max, better: 0 });
        let instrument = v1::Instrument::Nps.into();
        let answered = v1::SurveyAnswered {
            survey_id: "s".into(),
            instrument,
            scale,
            value: Some(value),
            ..Default::default()
        };
        append_request(request(vec![with_payload(Kind::SurveyAnswered(answered))]), &Limits::default())
    };
    assert!(answer(10.0, 10.0).is_ok());
    assert_eq!(fields(answer(11.0, 10.0)), ["appends[0].events[0].payload.survey_answered.value"]);
    assert_eq!(fields(answer(4.0, 5.0)), ["appends[0].events[0].payload.survey_answered.scale"]);
    assert_eq!(fields(answer(f64::NAN, 10.0)).len(), 2);
}

#[test]
fn a_name_that_is_too_long_or_has_control_characters_is_refused_with_its_limit() {
    for (name, said) in [
        ("x".repeat(NAME_BYTES_MAX + 1), "at most 200 bytes, found 201"),
        ("a\nb".into(), "control characters"),
    ] {
        let event = v1::Event { customer: name, ..deal(None) };
        let invalid = append_request(request(vec![event]), &Limits::default()).unwrap_err();
        assert_eq!(invalid.violations[0].field, "appends[0].events[0].customer");
        assert!(invalid.violations.len() == 1 && invalid.to_string().contains(said), "{invalid}");
    }
    let longest = v1::Event { customer: "x".repeat(NAME_BYTES_MAX), ..deal(None) };
    assert!(append_request(request(vec![longest]), &Limits::default()).is_ok());
}

#[test]
fn a_number_outside_its_range_is_refused_wherever_one_is_said() {
    let score = |score| {
        Kind::LeadQualified(v1::LeadQualified { result: 1, score: Some(score), ..Default::default() })
    };
    let value = |value| {
        Kind::IncentiveAccrued(v1::IncentiveAccrued {
            scheme: "s".into(),
            staff_id: "1".into(),
            value: Some(value),
            ..Default::default()
        })
    };
    let probability = |share| {
        Kind::DealTermsChanged(v1::DealTermsChanged {
            deal_id: "1".into(),
            probability: Some(share),
            ..Default::default()
        })
    };
    let faults = |kind| {
        let checked = append_request(request(vec![with_payload(kind)]), &Limits::default());
        checked.err().map_or_else(Vec::new, |invalid| invalid.violations)
    };
    for (kind, field) in [
        (score(f64::NAN), "lead_qualified.score"),
        (value(f64::INFINITY), "incentive_accrued.value"),
        (probability(1.5), "deal_terms_changed.probability"),
        (probability(-0.5), "deal_terms_changed.probability"),
    ] {
        let found: Vec<_> = faults(kind).into_iter().map(|fault| fault.field).collect();
        assert_eq!(found, [format!("appends[0].events[0].payload.{field}")]);
    }
    for kind in [score(0.0), value(-1.0), probability(0.0), probability(1.0)] {
        assert_eq!(faults(kind), []);
    }
}

#[test]
fn a_number_that_is_0_is_not_one_that_was_left_out() {
    let answer = |value| {
        let scale = Some(v1::Scale { min: 0.0, max: 10.0, better: 0 });
        let instrument = v1::Instrument::Nps.into();
        let answered =
            v1::SurveyAnswered { survey_id: "s".into(), instrument, scale, value, ..Default::default() };
        append_request(request(vec![with_payload(Kind::SurveyAnswered(answered))]), &Limits::default())
    };
    assert!(answer(Some(0.0)).is_ok());
    let invalid = answer(None).unwrap_err();
    assert_eq!(invalid.violations[0].field, "appends[0].events[0].payload.survey_answered.value");
    assert!(invalid.to_string().contains("found none"), "{invalid}");
    // Numbers that may be left out may be 0 as well.
    let need = |importance| {
        let need = v1::NeedIdentified { need_id: "n".into(), importance, ..Default::default() };
        append_request(request(vec![with_payload(Kind::NeedIdentified(need))]), &Limits::default())
    };
    assert!(need(None).is_ok() && need(Some(0.0)).is_ok());
    assert_eq!(fields(need(Some(-0.1))), ["appends[0].events[0].payload.need_identified.importance"]);
}

#[test]
fn a_role_of_nobody_is_refused_with_the_field_that_names_the_party() {
    let role = v1::PartyRoleAssigned { role: 5, related_party: "acme".into(), ..Default::default() };
    let mut event = with_payload(Kind::PartyRoleAssigned(role));
    assert!(append_request(request(vec![event.clone()]), &Limits::default()).is_ok());
    event.customer.clear();
    assert_eq!(
        fields(append_request(request(vec![event]), &Limits::default())),
        ["appends[0].events[0].customer"]
    );
    // As a merge does.
    let merge =
        with_payload(Kind::PartyMerged(v1::PartyMerged { survivor: "a".into(), ..Default::default() }));
    assert_eq!(
        fields(append_request(request(vec![merge]), &Limits::default())),
        ["appends[0].events[0].payload.party_merged.absorbed"]
    );
}

#[test]
fn a_code_of_a_stage_or_a_definition_with_blanks_at_its_ends_is_refused() {
    let stages = |text: &str| {
        let [a, b, c, d] = [text; 4].map(str::to_owned);
        let deal_id = || "1".to_owned();
        let opened =
            v1::DealOpened { deal_id: deal_id(), pipeline: a, stage: "s".into(), ..Default::default() };
        let moved = v1::DealStageChanged { deal_id: deal_id(), from: b, to: "s".into() };
        let lost = v1::DealLost { deal_id: deal_id(), at_stage: c, ..Default::default() };
        let ticket = v1::TicketStageChanged { ticket_id: "1".into(), from: d, to: "s".into() };
        let [a, b, c, d] = [text; 4].map(str::to_owned);
        let kinds = [
            Kind::DealOpened(opened),
            Kind::DealOpened(v1::DealOpened { deal_id: deal_id(), stage: a, ..Default::default() }),
            Kind::DealStageChanged(moved),
            Kind::DealStageChanged(v1::DealStageChanged { deal_id: deal_id(), from: "s".into(), to: b }),
            Kind::DealLost(lost),
            Kind::TicketStageChanged(ticket),
            Kind::TicketStageChanged(v1::TicketStageChanged {
                ticket_id: "1".into(),
                from: "s".into(),
                to: c,
            }),
            Kind::DefinitionPublished(v1::DefinitionPublished {
                kind: "territory".into(),
                code: d,
                version: 1,
                body: "{}".into(),
                ..Default::default()
            }),
        ];
        append_request(request(kinds.map(with_payload).to_vec()), &Limits::default())
    };
    assert!(stages("in talks").is_ok());
    let at = ["pipeline", "stage", "from", "to", "at_stage", "from", "to", "code"];
    for blank in ["new ", " new", "new\u{a0}"] {
        let found = fields(stages(blank));
        let found: Vec<_> = found.iter().filter_map(|path| path.rsplit('.').next()).collect();
        assert_eq!(found, at, "{blank:?}");
    }
    // A required one is also not a blank alone.
    assert_eq!(fields(stages(" ")).len(), at.len());
}

#[test]
fn what_is_named_on_both_sides_of_itself_is_refused_with_the_field_of_the_other_side() {
    let faults = |kind| fields(append_request(request(vec![with_payload(kind)]), &Limits::default()));
    let customer = with_payload(Kind::NoteRecorded(v1::NoteRecorded::default())).customer;
    // Whatever the role is.
    for (role, faulty) in [(1, true), (5, true), (3, false)] {
        let related_party = if faulty { customer.clone() } else { "another".into() };
        let role = v1::PartyRoleAssigned { role, related_party, ..Default::default() };
        let expected = ["appends[0].events[0].payload.party_role_assigned.related_party"];
        let found =
            append_request(request(vec![with_payload(Kind::PartyRoleAssigned(role))]), &Limits::default());
        assert_eq!(found.is_err(), faulty);
        if faulty {
            assert_eq!(fields(found), expected);
        }
    }
    let merged = v1::PartyMerged { survivor: "a".into(), absorbed: "a".into(), ..Default::default() };
    let agreed = v1::AgreementRecorded {
        agreement_id: "a".into(),
        supersedes: "a".into(),
        status: 1,
        ..Default::default()
    };
    let away = v1::StaffStatusChanged {
        staff_id: "a".into(),
        substitute: "a".into(),
        status: 3,
        ..Default::default()
    };
    let unmerged = v1::PartyUnmerged {
        merge_event_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
        survivor_identifiers: vec!["a".into(), "b".into()],
        absorbed_identifiers: vec!["c".into(), "b".into()],
    };
    for (kind, field) in [
        (Kind::PartyMerged(merged), "party_merged.absorbed"),
        (Kind::AgreementRecorded(agreed), "agreement_recorded.supersedes"),
        (Kind::StaffStatusChanged(away), "staff_status_changed.substitute"),
        (Kind::PartyUnmerged(unmerged), "party_unmerged.absorbed_identifiers[1]"),
    ] {
        assert_eq!(faults(kind), [format!("appends[0].events[0].payload.{field}")]);
    }
}

#[test]
fn a_pipeline_that_the_views_could_not_read_whole_is_refused_with_the_path_in_its_body() {
    let publish = |kind: &str, body: &str| {
        let definition = v1::DefinitionPublished {
            kind: kind.into(),
            code: "default".into(),
            version: 1,
            body: body.into(),
            ..Default::default()
        };
        let event = with_payload(Kind::DefinitionPublished(definition));
        append_request(request(vec![event]), &Limits::default())
    };
    let at = |paths: &[&str]| {
        paths
            .iter()
            .map(|path| format!("appends[0].events[0].payload.definition_published.{path}"))
            .collect::<Vec<_>>()
    };
    assert!(publish("pipeline", r#"{"stages":[{"code":"a","name":"A","probability":0}]}"#).is_ok());
    let two = r#"{"stages":[{"code":"a","name":null},{"code":"b","probability":null}]}"#;
    assert_eq!(fields(publish("pipeline", two)), at(&["body.stages[0].name", "body.stages[1].probability"]));
    // What is accepted is used: a member that nothing reads is most often a misspelt one.
    let misspelt = r#"{"stages":[{"code":"a","probabilty":0.5}]}"#;
    assert_eq!(fields(publish("pipeline", misspelt)), at(&["body.stages[0].probabilty"]));
    let blank = r#"{"stages":[{"code":"a"},{"code":"a "}]}"#;
    assert_eq!(fields(publish("pipeline", blank)), at(&["body.stages[1].code"]));
    // Of other kinds the views read nothing.
    assert!(publish("survey", r#"{"questions":[{"code":"a","code":null}]}"#).is_ok());
    assert_eq!(fields(publish("survey", "{")), at(&["body"]));
}

#[test]
fn an_enum_names_its_choices() {
    let call = with_payload(Kind::TouchCallLogged(v1::TouchCallLogged { outcome: 9, ..Default::default() }));
    let invalid = append_request(request(vec![call]), &Limits::default()).unwrap_err();
    assert_eq!(
        invalid.violations[0].description,
        "expected one of `DIRECTION_INBOUND`, `DIRECTION_OUTBOUND`, found none"
    );
    let outcome = &invalid.violations[1].description;
    assert!(outcome.contains("`OUTCOME_HUNG_UP`") && outcome.ends_with("found the number `9`"), "{outcome}");
}

#[test]
fn a_request_over_its_limits_says_by_how_much() {
    let limits = Limits { request_events_max: 1, ..Limits::default() };
    let invalid = append_request(request(vec![deal(None), deal(None)]), &limits).unwrap_err();
    assert_eq!(
        invalid.to_string(),
        "`appends`: expected at most 1 events a request, found 2; send several requests"
    );
    assert_eq!(fields(append_request(v1::AppendRequest::default(), &limits)), ["appends"]);
}

/// Every required field of the vocabulary is guarded: an empty message of a type that requires something is refused.
#[test]
fn an_empty_message_is_refused_wherever_the_contract_requires_a_field() {
    let all: String = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/rapport/v1"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let mut guarded = 0;
    for (number, name) in crate::event_type::all() {
        let message = json::descriptors().get_message_by_name("rapport.v1.Payload").unwrap();
        let message = message.get_field(number).unwrap().kind().as_message().unwrap().name().to_owned();
        let text = all.split(&format!("\nmessage {message} {{")).nth(1).unwrap();
        let text = text.split("\n}").next().unwrap();
        let requires = text.contains("Required.");
        let mut payload = Vec::new();
        prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut payload);
        payload.push(0);
        let event = v1::Event { payload: payload.into(), ..Default::default() };
        assert_eq!(append_request(request(vec![event]), &Limits::default()).is_err(), requires, "{name}");
        guarded += usize::from(requires);
    }
    assert!(guarded > 50, "{guarded}");
}
