//! Finding by hand: what comes first, what is no longer found, what was found as of another moment, and what is refused.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::company::{Company, Told, customer, hours};
use rapport_proto::v1::{self, FindRequest, FindResponse, MatchedBy as By, MatchedHow as How, payload::Kind};
use rapport_views::{
    answers::{AsOf, AskError},
    model::{Find, Model},
};

fn company(told: Vec<Told>, until: i64, known: i64) -> Company {
    Company { told, as_of: AsOf { occurred_until: hours(until), recorded_until: hours(known) }, seed: 1 }
}

/// As of the end, as known at the end.
fn now(told: Vec<Told>) -> Company {
    company(told, 10_000, 10_000)
}

fn ask(company: &Company, text: &str) -> FindResponse {
    let request = FindRequest { text: text.to_owned(), ..FindRequest::default() };
    company.ask::<Find>(&request, None, 0).unwrap().response
}

/// Who is found, and how at best.
fn found(company: &Company, text: &str) -> Vec<(String, By, How)> {
    let best = |found: v1::Found| {
        let best = found.matched[0].clone();
        (found.customer, best.by(), best.how())
    };
    ask(company, text).found.into_iter().map(best).collect()
}

fn named(name: &str) -> Kind {
    let personal = Some(v1::party_registered::Personal { name: name.to_owned() });
    Kind::PartyRegistered(v1::PartyRegistered { kind: 1, personal, ..Default::default() })
}

fn linked(op: i32, scheme: &str, value: &str) -> Kind {
    let value = value.to_owned();
    let personal = Some(v1::party_identifier_changed::Personal { value, ..Default::default() });
    let scheme = scheme.to_owned();
    Kind::PartyIdentifierChanged(v1::PartyIdentifierChanged { op, scheme, personal, ..Default::default() })
}

fn merged(survivor: u64, absorbed: u64) -> Kind {
    let (survivor, absorbed) = (customer(survivor), customer(absorbed));
    Kind::PartyMerged(v1::PartyMerged { survivor, absorbed, ..Default::default() })
}

#[test]
fn the_id_comes_first_then_numbers_names_beginnings_and_a_letter_wrong() {
    let told = vec![
        Told::at(1, 1, named("Karlis Zarins")),
        Told::at(1, 2, named("Kārlis C96")),
        Told::at(1, 3, linked(1, "external_id", "c-96")),
        Told::at(1, 4, Kind::TouchCallLogged(v1::TouchCallLogged::default())),
        Told::at(1, 5, named("C96")),
        Told::at(1, 6, linked(1, "registration_number", "C 96 001 000")),
    ];
    let company = now(told);
    let way = |number: u64, by: By, how: How| (customer(number), by, how);
    // A customer of whom nothing is known but a call has an id.
    assert_eq!(
        found(&company, "C96"),
        [
            way(4, By::Id, How::Id),
            way(3, By::ExternalId, How::Whole),
            way(5, By::Name, How::Name),
            way(2, By::Name, How::Words),
        ]
    );
    assert_eq!(found(&company, "c96 00"), [way(6, By::RegistrationNumber, How::Beginning)]);
    assert_eq!(
        found(&company, "karl"),
        [way(2, By::Name, How::Beginning), way(1, By::Name, How::Beginning)],
        "of those that match alike the first by id"
    );
    assert_eq!(found(&company, "zarinš KĀRLIS"), [way(1, By::Name, How::Words)]);
    assert_eq!(found(&company, "karlys zar"), [way(1, By::Name, How::LetterWrong)]);
    assert_eq!(found(&company, "karlys zarjns"), [], "two letters wrong");
    assert_eq!(found(&company, "karlis nobody"), []);
}

#[test]
fn an_address_is_found_until_it_no_longer_leads_to_the_customer_and_again_as_of_before() {
    let told = vec![
        Told::at(10, 1, linked(1, "phone", "+371 67 123 456")),
        Told::at(10, 2, linked(1, "phone", "067123456")),
        Told { recorded_day: 10, ..Told::at(50, 1, linked(2, "phone", "00371 67123456")) },
    ];
    let who = |until, known, text| {
        found(&company(told.clone(), until, known), text).into_iter().map(|one| one.0).collect::<Vec<_>>()
    };
    assert_eq!(who(60, 10_000, "67123456"), [customer(2)]);
    assert_eq!(who(49, 10_000, "+37167123456"), [customer(1), customer(2)], "before it was unlinked");
    assert_eq!(who(60, 24, "+37167123456"), [customer(1), customer(2)], "before that was known");
    assert_eq!(who(9, 10_000, "+37167123456"), [""; 0]);
    assert_eq!(
        found(&company(told.clone(), 49, 10_000), "+37167123456").iter().map(|one| one.2).collect::<Vec<_>>(),
        [How::Whole, How::LastDigits]
    );
    assert_eq!(who(49, 10_000, "67123457"), [""; 0]);
    assert_eq!(who(49, 10_000, "23456"), [""; 0], "five digits are of too many");
}

#[test]
fn a_corrected_name_is_not_found_from_then_on_and_a_former_name_is() {
    let told = vec![
        Told { corrected: Some((20, Some((1, named("Anna Ozola"))))), ..Told::at(1, 1, named("Anna Kalna")) },
        Told::at(1, 2, named("Ilze Liepa")),
        Told::at(30, 2, named("Ilze Zara")),
        Told { corrected: Some((20, None)), ..Told::at(1, 3, named("Zane Egle")) },
    ];
    let count = |known, text| found(&company(told.clone(), 1_000, known), text).len();
    assert_eq!((count(24 * 19, "kalna"), count(24 * 20, "kalna"), count(24 * 20, "ozola")), (1, 0, 1));
    assert_eq!((count(24 * 19, "egle"), count(24 * 20, "egle")), (1, 0), "a retraction");
    let former = ask(&now(told.clone()), "liepa");
    assert_eq!(
        (former.found[0].name.as_str(), former.found[0].matched[0].text.as_str()),
        ("Ilze Zara", "Ilze Liepa")
    );
}

#[test]
fn merged_customers_are_one_under_the_id_that_stands_for_all_with_every_reason() {
    let told = vec![
        Told::at(1, 1, named("Jānis Bērziņš")),
        Told::at(2, 2, named("J. Berzins")),
        Told::at(3, 2, linked(1, "email", "Janis@Example.org")),
        Told::at(50, 1, merged(1, 2)),
    ];
    let both = |until| ask(&company(told.clone(), until, 10_000), "berzins").found;
    assert_eq!(both(49).len(), 2);
    let one = both(50);
    assert_eq!(
        (one.len(), one[0].customer.clone(), one[0].other_ids.clone()),
        (1, customer(1), vec![customer(2)])
    );
    assert_eq!(one[0].name, "J. Berzins", "the last registration of either");
    let under: Vec<_> = one[0].matched.iter().map(|one| one.recorded_under.clone()).collect();
    assert_eq!(under, [customer(2), customer(1)]);
    let by_absorbed = ask(&now(told.clone()), &customer(2)).found;
    assert_eq!(
        (by_absorbed[0].customer.clone(), by_absorbed[0].matched[0].text.clone()),
        (customer(1), customer(2))
    );
    assert_eq!(found(&now(told), "janis@"), [(customer(1), By::Email, How::Beginning)]);
}

#[test]
fn a_contact_is_found_with_the_organisation_that_it_acts_for() {
    let role = Kind::PartyRoleAssigned(v1::PartyRoleAssigned {
        role: 5,
        related_party: customer(2),
        to: support::proto(hours(100)),
        ..Default::default()
    });
    let told =
        vec![Told::at(1, 1, named("Anna Ozola")), Told::at(1, 2, named("SIA Alfa")), Told::at(2, 1, role)];
    let related = |until, text| {
        let found = ask(&company(told.clone(), until, 10_000), text).found.remove(0);
        let names = |related: Vec<v1::Related>| related.into_iter().map(|one| one.name).collect::<Vec<_>>();
        (names(found.contact_of), names(found.contacts))
    };
    assert_eq!(related(50, "ozola"), (vec!["SIA Alfa".to_owned()], vec![]));
    assert_eq!(related(50, "alfa"), (vec![], vec!["Anna Ozola".to_owned()]));
    assert_eq!(related(100, "ozola"), (vec![], vec![]), "she no longer acts for it");
}

#[test]
fn a_text_that_finds_very_many_says_that_more_may_match_and_only_one_that_finds_nobody_a_letter_wrong() {
    let mut told: Vec<Told> = (0..199).map(|_| Told::at(1, 1, named("Anna"))).collect();
    told.push(Told::at(1, 2, named("Anns")));
    let some = ask(&now(told.clone()), "anna");
    assert!((some.total, some.more_may_match, some.with_letter_wrong) == (1, false, false), "{some:?}");
    let near = ask(&now(told.clone()), "annf");
    assert!((near.total, near.more_may_match, near.with_letter_wrong) == (2, true, true), "{near:?}");
    told.push(Told::at(1, 3, named("Anna")));
    let many = ask(&now(told.clone()), "anna");
    assert!(many.more_may_match && many.total == 2);
    let page = Find::page(&FindRequest::default(), &many);
    assert_eq!(page.notes.iter().map(|note| note.key).collect::<Vec<_>>(), ["more_may_match"]);
}

#[test]
fn what_cannot_be_looked_for_is_refused_without_being_repeated() {
    let refused = |text: &str, page_size| {
        let request = FindRequest { text: text.to_owned(), page_size, ..FindRequest::default() };
        match Find::check(&request) {
            Err(AskError::Field { field, expected }) => (field, expected),
            other => panic!("{other:?}"),
        }
    };
    for (text, page_size, field) in [
        ("", 0, "text"),
        (" -+ ", 0, "text"),
        (&"Secretname".repeat(21), 0, "text"),
        (&"Secretname ".repeat(17), 0, "text"),
        ("Secretname", 101, "page_size"),
    ] {
        let (of, expected) = refused(text, page_size);
        assert_eq!(of, field);
        assert!(!expected.contains("Secretname") && expected.starts_with("expected"), "{expected}");
    }
    assert!(
        Find::check(&FindRequest { text: "x".repeat(200), page_size: 100, ..Default::default() }).is_ok()
    );
    assert_eq!(ask(&now(Vec::new()), "nobody").total, 0);
}
