//! Random companies whose customers have names, addresses and numbers that are like one another, and what they are looked
//! for by.

use proptest::prelude::*;
use rapport_proto::v1::{self, FindRequest, payload::Kind};

use super::company::{CUSTOMERS, Company, companies, customer, orders};

const FIRST: [&str; 6] = ["Jānis", "Janis", "Anna", "Łukasz", "Иван", "Zane"];
const LAST: [&str; 7] = ["Bērziņš", "Berzina", "O'Brien", "Žukovs", "Иванов", "SIA Alfa-Beta", ""];
const EMAILS: [&str; 4] = ["janis@example.org", " Janis@Example.org", "zane.z@example.lv", "info@alfa.lv"];
const PHONES: [&str; 6] =
    ["+371 67 123 456", "0037167123456", "067 123456", "67123457", "+44 (0)20 7946 0000", "none"];
const NUMBERS: [&str; 4] = ["LV 4000-300-1", "lv40003001", "4000300", "A/7"];
const ADDRESSES: [&str; 2] = ["Brīvības iela 7", "brivibas  iela, 7"];

/// What is looked for.
const TEXTS: [&str; 38] = [
    "janis",
    "JĀNIS bērziņš",
    "berzins janis",
    "berzinš",
    "brzins",
    "berzisn",
    "janos berz",
    "an",
    "anna obrien",
    "o'brien",
    "obrian",
    "ivan",
    "иван",
    "иваноф",
    "lukasz zukovs",
    "lukash",
    "alfa",
    "beta sia",
    "alf bet",
    "janis@example.org",
    "JAN",
    "zane.z@",
    "+371 67123456",
    "371 67 12 34 56",
    "67123456",
    "123456",
    "7123 457",
    "0044 20 79460000",
    "2079460000",
    "lv40003001",
    "4000-300",
    "LV 400",
    "a7",
    "brivibas iela",
    "Brivibas iela 7",
    "lv4000",
    "c95",
    "C97",
];

fn personal(text: &'static str) -> Option<v1::party_identifier_changed::Personal> {
    Some(v1::party_identifier_changed::Personal { value: text.to_owned(), ..Default::default() })
}

fn registrations() -> impl Strategy<Value = Kind> {
    let names = (prop::sample::select(&FIRST[..]), prop::sample::select(&LAST[..]));
    (1..=2_i32, prop::option::weighted(0.9, names)).prop_map(|(kind, name)| {
        let personal =
            name.map(|(first, last)| v1::party_registered::Personal { name: format!("{first} {last}") });
        Kind::PartyRegistered(v1::PartyRegistered { kind, personal, ..Default::default() })
    })
}

fn identifiers() -> impl Strategy<Value = Kind> {
    let of = |scheme: &'static str, values: &'static [&'static str]| {
        prop::sample::select(values).prop_map(move |value| (scheme, value))
    };
    let all = prop_oneof![
        of("email", &EMAILS),
        of("phone", &PHONES),
        of("registration_number", &NUMBERS),
        of("external_id", &NUMBERS),
        of("loyalty", &NUMBERS),
    ];
    (all, 1..=2_i32).prop_map(|((scheme, value), op)| {
        let scheme = scheme.to_owned();
        Kind::PartyIdentifierChanged(v1::PartyIdentifierChanged {
            op,
            scheme,
            personal: personal(value),
            ..Default::default()
        })
    })
}

fn contact_points() -> impl Strategy<Value = Kind> {
    let of = |medium: &'static str, values: &'static [&'static str]| {
        prop::sample::select(values).prop_map(move |value| (medium, value))
    };
    let all = prop_oneof![of("email", &EMAILS), of("phone", &PHONES), of("post", &ADDRESSES)];
    all.prop_map(|(medium, value)| {
        let personal = Some(v1::contact_point_captured::Personal { value: value.to_owned() });
        let medium = medium.to_owned();
        Kind::ContactPointCaptured(v1::ContactPointCaptured { medium, personal, ..Default::default() })
    })
}

fn roles() -> impl Strategy<Value = Kind> {
    let moment = || prop::option::weighted(0.3, 0..24 * 700_i64);
    (1..CUSTOMERS, prop::sample::select(vec![5, 5, 5, 1]), moment(), moment()).prop_map(
        |(organisation, role, from, to)| {
            let wire = |at: Option<i64>| at.and_then(|at| super::proto(super::company::hours(at)));
            Kind::PartyRoleAssigned(v1::PartyRoleAssigned {
                role,
                related_party: customer(organisation),
                from: wire(from),
                to: wire(to),
            })
        },
    )
}

fn told() -> impl Strategy<Value = Kind> {
    prop_oneof![5 => registrations(), 4 => identifiers(), 3 => contact_points(), 3 => roles(), 1 => orders()]
}

/// A company, and a question.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub company: Company,
    pub request: FindRequest,
}

/// Random ones.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    (companies(told(), 40), prop::sample::select(&TEXTS[..])).prop_map(|(company, text)| World {
        company,
        request: FindRequest { text: text.to_owned(), page_size: 100, ..FindRequest::default() },
    })
}
