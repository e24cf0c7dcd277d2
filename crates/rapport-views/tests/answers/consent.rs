//! Consent of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{BEFORE, Company, Told, customer, definition, zone},
    consent_oracle::asked,
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, ConsentReason as Reason, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, AskError, ObjectKind},
    model::Consent,
    read::ReadError,
};

/// As of noon of 31 May 2025, in Riga three hours before UTC.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-05-31T12:00:00+03:00", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

/// At an hour of a day in Riga.
fn on(moment: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let at = parse_moment(&format!("2025-{moment}:00:00+03:00"), &zone()).unwrap();
    Told::at((at.as_micros() - begin.as_micros()) / support::HOUR, customer, kind)
}

fn granted(moment: &str, customer: u64, channel: &str, topics: &[&str]) -> Told {
    let granted = v1::ConsentGranted {
        purpose: "marketing".to_owned(),
        channel: channel.to_owned(),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        text_version: "2025-01".to_owned(),
        text_hash: "ab".repeat(32),
        method: "signature".to_owned(),
        ..Default::default()
    };
    on(moment, customer, Kind::ConsentGranted(granted))
}

fn withdrawn(moment: &str, customer: u64, channel: &str) -> Told {
    let (purpose, channel) = ("marketing".to_owned(), channel.to_owned());
    let method = "telephone".to_owned();
    on(moment, customer, Kind::ConsentWithdrawn(v1::ConsentWithdrawn { purpose, channel, method }))
}

fn objected(moment: &str, customer: u64, scope: &str) -> Told {
    let scope = scope.to_owned();
    let objected = v1::ConsentObjectionRecorded { scope, article_21: true, ..Default::default() };
    on(moment, customer, Kind::ConsentObjectionRecorded(objected))
}

fn prefers(moment: &str, customer: u64, cap: Option<u32>, quiet: &str) -> Told {
    let set =
        v1::ConsentPreferenceSet { frequency_cap: cap, quiet_hours: quiet.to_owned(), ..Default::default() };
    on(moment, customer, Kind::ConsentPreferenceSet(set))
}

fn email(moment: &str, customer: u64, purpose: &str, campaign: &str) -> Told {
    let sent = v1::TouchMessageExchanged {
        direction: v1::Direction::Outbound.into(),
        medium: v1::touch_message_exchanged::Medium::Email.into(),
        purpose: purpose.to_owned(),
        campaign_id: campaign.to_owned(),
        ..Default::default()
    };
    on(moment, customer, Kind::TouchMessageExchanged(sent))
}

fn merged(moment: &str, survivor: u64, absorbed: u64) -> Told {
    let (survivor_id, absorbed) = (customer(survivor), customer(absorbed));
    let merged = v1::PartyMerged { survivor: survivor_id, absorbed, ..Default::default() };
    on(moment, survivor, Kind::PartyMerged(merged))
}

fn policy(version: u32, moment: &str, body: &str) -> Told {
    on(moment, 0, definition("contact_policy", "marketing", version, body))
}

fn of_customer(number: u64) -> v1::ConsentRequest {
    v1::ConsentRequest { customer: customer(number), ..Default::default() }
}

fn verdict(told: Vec<Told>, request: &v1::ConsentRequest, channel: &str) -> v1::ConsentVerdict {
    let answer = asked(&company(told), request);
    answer.verdicts.into_iter().find(|verdict| verdict.channel == channel).unwrap()
}

fn reason(told: Vec<Told>, channel: &str) -> Reason {
    verdict(told, &of_customer(1), channel).reason()
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

/// Anna of the example in the docs.
fn anna() -> Vec<Told> {
    vec![
        email("05-01T10", 1, "marketing", "may"),
        granted("05-02T10", 1, "email", &[]),
        prefers("05-02T11", 1, Some(2), ""),
        email("05-03T10", 1, "", "may"),
        email("05-10T10", 1, "marketing", "may"),
        withdrawn("05-15T10", 1, "email"),
        email("05-20T10", 1, "marketing", ""),
        // Not judged: to nobody, and neither for a purpose nor of a campaign.
        email("05-21T10", 0, "marketing", ""),
        email("05-22T10", 1, "", ""),
        // Of another purpose.
        email("05-23T10", 1, "invoice", ""),
    ]
}

#[test]
fn messages_are_judged_by_what_held_when_they_were_sent() {
    let company = company(anna());
    let answer = asked(&company, &v1::ConsentRequest::default());
    let all = answer.violations.as_ref().unwrap();
    assert_eq!((count(&all.messages), count(&all.violations), all.share), (4, 3, Some(0.75)));
    assert_eq!((count(&all.nobody), count(&all.without_purpose)), (1, 1));
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.position, row.reason(), row.decision)).collect();
    assert_eq!(rows, [(7, Reason::Withdrawn, 6), (5, Reason::Capped, 2), (1, Reason::NoDecision, 0)]);
    let groups: Vec<_> = all
        .groups
        .iter()
        .map(|of| (&*of.by, &*of.key, of.messages.as_ref().map(|figure| figure.count), count(&of.violations)))
        .collect();
    let expected = [
        ("reason", "capped", None, 1),
        ("reason", "no_decision", None, 1),
        ("reason", "withdrawn", None, 1),
        ("channel", "email", Some(4), 3),
        ("campaign", "may", Some(3), 2),
        ("campaign", "", Some(1), 1),
        ("staff", "ilze", Some(4), 3),
    ];
    assert_eq!(groups, expected);
    let hits =
        company.ask::<Consent>(&v1::ConsentRequest::default(), Some("groups/campaign/may/violations"), 0);
    let hits = hits.unwrap().objects;
    assert_eq!(
        hits.iter().map(|hit| (hit.kind, &*hit.positions)).collect::<Vec<_>>(),
        [(ObjectKind::Event, &[1][..]), (ObjectKind::Event, &[5][..]),]
    );
}

#[test]
fn a_verdict_has_the_decision_as_it_was_recorded() {
    let told = vec![granted("05-02T10", 1, "email", &["offers"]), withdrawn("05-15T10", 1, "")];
    let before = verdict(told[..1].to_vec(), &of_customer(1), "email");
    assert!(before.may_send && before.topics == ["offers"]);
    let proof = before.proof.unwrap();
    let (who, how) = ((&*proof.recorded_under, &*proof.staff), (&*proof.method, &*proof.text_version));
    assert_eq!((who, how), (("party:c99", "ilze"), ("signature", "2025-01")));
    assert_eq!((proof.position, proof.text_hash.len(), proof.expires), (1, 64, None));
    // A withdrawal of every channel takes the place of a grant of one.
    let after = verdict(told.clone(), &of_customer(1), "email");
    assert_eq!((after.may_send, after.reason()), (false, Reason::Withdrawn));
    assert_eq!(after.proof.unwrap().method, "telephone");
    // Nothing decided about it: no proof, and the reason says so.
    let other = verdict(told[..1].to_vec(), &of_customer(1), "phone");
    assert_eq!((other.reason(), other.proof), (Reason::NoDecision, None));
}

#[test]
fn an_objection_against_direct_marketing_is_one_against_marketing_until_a_later_grant() {
    let told = vec![granted("05-02T10", 1, "", &[]), objected("05-03T10", 1, "direct_marketing")];
    assert_eq!(reason(told.clone(), "email"), Reason::Objected);
    let again = [told, vec![granted("05-04T10", 1, "email", &[])]].concat();
    assert_eq!((reason(again.clone(), "email"), reason(again, "sms")), (Reason::Granted, Reason::Objected));
    // Another scope is another purpose.
    let other = vec![granted("05-02T10", 1, "", &[]), objected("05-03T10", 1, "profiling")];
    assert_eq!(reason(other, "email"), Reason::Granted);
}

#[test]
fn a_grant_ends_at_its_end_and_is_limited_to_its_topics() {
    let until = |end: &str| {
        let mut told = granted("05-02T10", 1, "email", &[]);
        if let Kind::ConsentGranted(granted) = &mut told.kind {
            granted.expires_at = proto(parse_moment(end, &zone()).unwrap());
        }
        vec![told]
    };
    assert_eq!(reason(until("2025-05-31T12:00:00+03:00"), "email"), Reason::Expired);
    assert_eq!(reason(until("2025-05-31T12:00:01+03:00"), "email"), Reason::Granted);
    let about = |topic: &str| {
        let request = v1::ConsentRequest { topic: topic.to_owned(), ..of_customer(1) };
        verdict(vec![granted("05-02T10", 1, "email", &["offers"])], &request, "email").reason()
    };
    assert_eq!(["", "offers", "events"].map(about), [Reason::Granted, Reason::Granted, Reason::OtherTopics]);
}

#[test]
fn of_merged_customers_the_more_restrictive_decision_holds_and_topics_are_common() {
    let told = vec![
        withdrawn("05-01T10", 2, "email"),
        granted("05-02T10", 1, "email", &[]),
        merged("05-03T10", 1, 2),
    ];
    let held = verdict(told.clone(), &of_customer(2), "email");
    let proof = held.proof.clone().unwrap();
    assert_eq!(
        (held.reason(), proof.is_of_merge, &*proof.recorded_under),
        (Reason::Withdrawn, true, "party:c98")
    );
    // A message to the one before the merge is judged as to the one customer that they are known to be.
    let sent = [told.clone(), vec![email("05-02T12", 1, "marketing", "")]].concat();
    assert_eq!(asked(&company(sent), &of_customer(1)).rows[0].reason(), Reason::Withdrawn);
    // Until the one customer decides again.
    let again = [told, vec![granted("05-04T10", 1, "email", &[])]].concat();
    assert_eq!(reason(again, "email"), Reason::Granted);

    let both = |one: &[&str], other: &[&str]| {
        let told = vec![
            granted("05-01T10", 1, "email", one),
            granted("05-02T10", 2, "email", other),
            merged("05-03T10", 1, 2),
        ];
        let held = verdict(told, &of_customer(1), "email");
        (held.reason(), held.topics.join(" "), held.proof.unwrap().is_of_merge)
    };
    assert_eq!(both(&["offers", "events"], &["offers"]), (Reason::Granted, "offers".to_owned(), false));
    assert_eq!(both(&["offers"], &[]), (Reason::Granted, "offers".to_owned(), true));
    assert_eq!(both(&["offers"], &["events"]), (Reason::OtherTopics, String::new(), true));
}

#[test]
fn caps_and_quiet_hours_are_those_of_the_customer_and_of_the_policy() {
    let of = |cap: Option<u32>, quiet: &str, body: &str, sent: usize| {
        let mut told = vec![granted("05-02T10", 1, "email", &[]), prefers("05-02T10", 1, cap, quiet)];
        told.extend((!body.is_empty()).then(|| policy(1, "01-01T10", body)));
        told.extend(vec![email("05-05T10", 1, "marketing", ""); sent]);
        // A message of the month before counts for that month.
        told.push(email("04-30T23", 1, "marketing", ""));
        reason(told, "email")
    };
    assert_eq!(of(Some(2), "", "", 1), Reason::Granted);
    assert_eq!(of(Some(2), "", "", 2), Reason::Capped);
    assert_eq!(of(Some(9), "", r#"{"messages_a_month": 1}"#, 1), Reason::Capped);
    assert_eq!(of(Some(0), "", "", 0), Reason::Capped);
    assert_eq!(of(None, "11:00-12:01", "", 3), Reason::QuietHours);
    assert_eq!(of(None, "12:01-11:00", "", 3), Reason::Granted);
    assert_eq!(of(None, "", r#"{"quiet": {"from": "12:00", "to": "13:00"}}"#, 3), Reason::QuietHours);
    assert_eq!(of(None, "", r#"{"channels": ["sms"]}"#, 3), Reason::NotAChannel);
}

#[test]
fn policies_that_held_are_named_and_one_that_cannot_be_read_leaves_the_one_before_in_force() {
    let told = vec![
        granted("01-02T10", 1, "email", &[]),
        policy(1, "01-01T10", r#"{"channels": ["email"]}"#),
        email("02-01T10", 1, "marketing", ""),
        policy(2, "03-01T10", r#"{"channels": ["sms"]}"#),
        email("04-01T10", 1, "marketing", ""),
        policy(3, "05-01T10", "{\"channels\": 5}"),
    ];
    let answer = asked(&company(told), &v1::ConsentRequest::default());
    assert_eq!(
        answer.rows.iter().map(|row| (row.position, row.reason())).collect::<Vec<_>>(),
        [(5, Reason::NotAChannel)]
    );
    let meta = answer.meta.unwrap();
    assert_eq!(meta.definitions.iter().map(|of| of.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(meta.definitions_unreadable.iter().map(|of| of.version).collect::<Vec<_>>(), [3]);
    let row = &answer.overview[0];
    assert_eq!((&*row.channel, count(&row.granted), count(&row.not_a_channel)), ("email", 0, 1));
}

#[test]
fn channels_are_counted_by_what_holds_for_each_customer() {
    let told = vec![
        granted("05-01T10", 1, "", &[]),
        granted("05-01T10", 2, "email", &["events"]),
        withdrawn("05-02T10", 3, "email"),
        objected("05-02T10", 4, "direct_marketing"),
        granted("05-02T10", 5, "fax", &[]),
        // Without a decision, and of nobody.
        email("05-02T10", 6, "", ""),
        granted("05-02T10", 0, "email", &[]),
    ];
    let request = v1::ConsentRequest { topic: "offers".to_owned(), ..Default::default() };
    let answer = asked(&company(told), &request);
    assert_eq!(count(&answer.decided), 5);
    let of = |row: &v1::ConsentChannel| {
        let counts = [&row.granted, &row.withdrawn, &row.objected, &row.other_topics, &row.no_decision];
        (row.channel.clone(), counts.map(count), row.share)
    };
    let rows: Vec<_> = answer.overview.iter().map(of).collect();
    assert_eq!(rows[0], ("email".to_owned(), [1, 1, 1, 1, 1], Some(0.2)));
    assert_eq!(rows[4], ("phone".to_owned(), [1, 0, 1, 0, 3], Some(0.2)));
    assert_eq!(rows[5], ("fax".to_owned(), [2, 0, 1, 0, 2], Some(0.4)));
    assert_eq!(rows.len(), 6);
}

#[test]
fn without_decisions_and_messages_there_is_no_share_and_no_row() {
    let answer = asked(&company(vec![email("05-02T10", 1, "invoice", "")]), &v1::ConsentRequest::default());
    let all = answer.violations.unwrap();
    assert_eq!(
        (count(&answer.decided), answer.overview.len(), count(&all.messages), all.share),
        (0, 0, 0, None)
    );
    assert!(answer.rows.is_empty() && all.groups.is_empty());
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_field() {
    let company =
        company([anna(), vec![Told::at(BEFORE, 2, Kind::PartyRegistered(Default::default()))]].concat());
    for (field, request) in [
        ("purpose", v1::ConsentRequest { purpose: " marketing".to_owned(), ..Default::default() }),
        ("channel", v1::ConsentRequest { channel: "email ".to_owned(), ..Default::default() }),
        ("topic", v1::ConsentRequest { topic: " ".to_owned(), ..Default::default() }),
    ] {
        let refused = company.refused::<Consent>(&request);
        assert!(matches!(&refused, AskError::Field { field: of, .. } if *of == field), "{refused}");
    }
    let unknown = v1::ConsentRequest { customer: "nobody".to_owned(), ..Default::default() };
    let refused = company.refused::<Consent>(&unknown);
    assert!(
        matches!(refused, AskError::Read(ReadError::UnknownCustomer))
            && refused.class() == ErrorClass::NotFound
    );
    let figure = |figure| company.ask::<Consent>(&v1::ConsentRequest::default(), Some(figure), 0);
    for malformed in ["overview/email/capped", "groups/branch/riga/violations", "verdicts"] {
        assert!(matches!(figure(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    // It counts nothing.
    assert!(matches!(figure("overview/email/expired"), Err(AnswerError::NoSuchFigure { .. })));
    let known = asked(&company, &of_customer(2));
    assert!(known.verdicts.len() == 5 && known.verdicts.iter().all(|one| one.reason() == Reason::NoDecision));
}
