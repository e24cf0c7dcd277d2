//! Potential of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, definition, hours, money, zone},
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, AskError, ObjectKind},
    model::{Model as _, Potential},
    page::{Grid, Value},
    table::Dictionary,
};

fn as_of(day: &str) -> AsOf {
    AsOf { occurred_until: parse_moment(day, &zone()).unwrap(), recorded_until: Timestamp::MAX }
}

/// At noon of a day.
fn told(on: &str, customer: u64, kind: Kind) -> Told {
    let end = parse_moment(on, &zone()).unwrap().as_micros() + 1;
    Told::at((end - hours(0).as_micros()) / support::HOUR - 12, customer, kind)
}

/// An order of a line each: product, minor units.
fn placed_in(currency: &str, order: u64, lines: &[(&str, i64)]) -> Kind {
    let line = |(product, units): &(&str, i64)| v1::Line {
        product: (*product).to_owned(),
        quantity: "1".into(),
        net: money(*units, currency),
        ..v1::Line::default()
    };
    let lines = lines.iter().map(line).collect();
    Kind::OrderPlaced(v1::OrderPlaced { order_id: order.to_string(), lines, ..Default::default() })
}

fn placed(order: u64, lines: &[(&str, i64)]) -> Kind {
    placed_in("EUR", order, lines)
}

fn returned(order: u64, product: &str, units: i64) -> Kind {
    let line = v1::Line {
        product: product.into(),
        quantity: "-1".into(),
        net: money(-units, "EUR"),
        ..v1::Line::default()
    };
    let op = v1::order_changed::Op::Return.into();
    Kind::OrderChanged(v1::OrderChanged {
        order_id: order.to_string(),
        op,
        lines: vec![line],
        ..Default::default()
    })
}

fn attribute(key: &str, value: &str) -> Kind {
    Kind::PartyFactRecorded(v1::PartyFactRecorded {
        category: v1::party_fact_recorded::Category::SegmentAttribute.into(),
        key: key.to_owned(),
        personal: Some(v1::party_fact_recorded::Personal { value: value.to_owned() }),
        ..Default::default()
    })
}

fn segment(code: &str, version: u32, body: &str) -> Kind {
    definition("potential", code, version, body)
}

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    Company { told, as_of: as_of("2025-12-31"), seed: 7 }
}

fn asked(company: &Company, request: &v1::PotentialRequest) -> v1::PotentialResponse {
    company.ask::<Potential>(request, None, 0).unwrap().response
}

fn answer(company: &Company) -> v1::PotentialResponse {
    asked(company, &v1::PotentialRequest::default())
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn units(sum: Option<&v1::Sum>) -> Option<i64> {
    sum.map(|sum| sum.minor_units.unwrap())
}

/// Of a product in euros: owners, those who miss it, who spent something, the median and the white space.
fn product(of: &v1::PotentialProduct) -> (&str, [u64; 3], [Option<i64>; 2]) {
    let value = of.values.first();
    let sum =
        |get: fn(&v1::ProductValue) -> Option<&v1::Sum>| value.and_then(get).and_then(|sum| units(Some(sum)));
    let counts = [n(&of.owners), n(&of.missing), value.map_or(0, |value| n(&value.spenders))];
    (&of.product, counts, [sum(|value| value.median.as_ref()), sum(|value| value.white_space.as_ref())])
}

/// Of a customer: its number of owned products, the missing ones and the white space.
fn customer(of: &v1::PotentialCustomer) -> (&str, u32, String, Vec<Option<i64>>) {
    let worth = of.white_space.iter().map(|worth| units(worth.sum.as_ref())).collect();
    (of.customer.as_str(), of.owned, of.missing.join(" "), worth)
}

fn listed(company: &Company, figure: &str) -> Vec<(ObjectKind, Vec<u64>)> {
    let objects =
        company.ask::<Potential>(&v1::PotentialRequest::default(), Some(figure), 0).unwrap().objects;
    objects.into_iter().map(|hit| (hit.kind, hit.positions)).collect()
}

/// Four customers who buy; three own ink, four a pen, two a lamp, none a globe.
fn four() -> Vec<Told> {
    vec![
        told(
            "2025-01-02",
            8,
            segment("shops", 1, r#"{"name": "Shops", "products": ["pen", "ink", "lamp", "globe"]}"#),
        ),
        told("2025-03-01", 1, placed(1, &[("pen", 100), ("ink", 1_000), ("lamp", 9_000)])),
        told("2025-03-02", 2, placed(2, &[("pen", 201), ("ink", 500)])),
        told("2025-04-02", 2, placed(3, &[("ink", 250)])),
        told("2025-03-03", 3, placed(4, &[("pen", 300), ("lamp", 7_000), ("ink", 700)])),
        told("2025-03-04", 4, placed(5, &[("pen", 400), ("chair", 5_000)])),
        told("2025-05-04", 0, placed(6, &[("globe", 5_000)])),
    ]
}

#[test]
fn white_space_is_the_median_of_those_who_own_what_is_missing() {
    let company = company(four());
    let response = answer(&company);
    let shops = &response.segments[0];
    assert_eq!((shops.segment.as_str(), shops.name.as_str(), shops.version), ("shops", "Shops", 1));
    assert_eq!((n(&shops.customers), shops.owned, shops.mean_penetration), (4, 9, Some(9.0 / 16.0)));
    assert_eq!(shops.not_active, None);
    // Of ink 700, 750 and 1,000 were spent; of the pen the mean of the two in the middle is 250.5, rounded down. Two owners
    // of a lamp are not enough.
    let expected = [
        ("ink", [3, 1, 3], [Some(750), Some(750)]),
        ("pen", [4, 0, 4], [Some(250), Some(0)]),
        ("globe", [0, 4, 0], [None, None]),
        ("lamp", [2, 2, 2], [None, None]),
    ];
    assert_eq!(response.products.iter().map(product).collect::<Vec<_>>(), expected);
    assert_eq!(response.products[0].attach_share, Some(0.75));
    let worth = &shops.white_space[0];
    assert_eq!((units(worth.sum.as_ref()), n(&worth.customers), worth.valued), (Some(750), 1, 2));
    let expected = [
        ("party:c96", 1, "ink lamp globe".to_owned(), vec![Some(750)]),
        ("party:c97", 3, "globe".to_owned(), vec![]),
        ("party:c98", 2, "lamp globe".to_owned(), vec![]),
        ("party:c99", 3, "globe".to_owned(), vec![]),
    ];
    assert_eq!(response.customers.iter().map(customer).collect::<Vec<_>>(), expected);
    assert_eq!(
        (response.customers[0].white_space[0].valued, response.customers[0].penetration),
        (1, Some(0.25))
    );
    let total = response.total.as_ref().unwrap();
    assert_eq!([&total.active, &total.in_no_segment, &total.left_out].map(n), [4, 0, 1]);

    let party = |positions: &[u64]| (ObjectKind::Party, positions.to_vec());
    assert_eq!(listed(&company, "products/shops/lamp/owners"), [party(&[2]), party(&[5])]);
    assert_eq!(listed(&company, "products/shops/lamp/missing"), [party(&[3, 4]), party(&[6])]);
    assert_eq!(
        listed(&company, "products/shops/ink/spenders/EUR"),
        [party(&[2]), party(&[3, 4]), party(&[5])]
    );
    assert_eq!(listed(&company, "segments/shops/white_space/EUR"), [party(&[6])]);
    let orders =
        [(ObjectKind::Named(Dictionary::Order), vec![3]), (ObjectKind::Named(Dictionary::Order), vec![4])];
    assert_eq!(listed(&company, "customers/shops/party:c98/purchases"), orders);
    assert_eq!(listed(&company, "total/left_out"), [(ObjectKind::Named(Dictionary::Order), vec![7])]);
}

#[test]
fn a_contract_in_force_makes_an_owner_who_spends_nothing() {
    let signed = Kind::ContractChanged(v1::ContractChanged {
        contract_id: "a".into(),
        op: v1::contract_changed::Op::Signed.into(),
        products: vec!["ink".into()],
        end: "2026-03-31".into(),
        ..Default::default()
    });
    let mut all = four();
    all.push(told("2024-03-01", 4, signed.clone()));
    // Its second event is of another customer: the last one that names a customer has the contract.
    all.push(told("2024-03-01", 5, signed));
    let other = v1::ContractChanged {
        contract_id: "b".into(),
        op: v1::contract_changed::Op::Signed.into(),
        products: vec!["chair".into()],
        ..Default::default()
    };
    all.push(told("2024-03-02", 1, Kind::ContractChanged(other)));
    let company = company(all);
    let response = answer(&company);
    let ink = response.products.iter().find(|of| of.product == "ink").unwrap();
    assert_eq!(product(ink), ("ink", [4, 1, 3], [Some(750), Some(750)]));
    let c95 = response.customers.iter().find(|of| of.customer == "party:c95").unwrap();
    assert_eq!((c95.owned, n(&c95.purchases), n(&c95.contracts)), (1, 0, 1));
    assert_eq!(
        listed(&company, "customers/shops/party:c95/contracts"),
        [(ObjectKind::Named(Dictionary::Contract), vec![8, 9])]
    );
    // Another contract of an owner says nothing of ink.
    let owners: Vec<Vec<u64>> =
        listed(&company, "products/shops/ink/owners").into_iter().map(|(_, events)| events).collect();
    assert_eq!(owners, [vec![2], vec![3, 4], vec![5], vec![9]]);
    assert_eq!(listed(&company, "total/active")[0], (ObjectKind::Party, vec![2, 10]));
}

#[test]
fn what_came_back_is_taken_off_and_what_adds_up_to_nothing_has_no_value() {
    let mut all = four();
    all.push(told("2025-06-01", 2, returned(3, "ink", 150)));
    all.push(told("2025-06-01", 3, returned(4, "ink", 700)));
    let ink = |company: &Company| {
        let response = answer(company);
        let of = response.products.iter().find(|of| of.product == "ink").unwrap();
        let (_, counts, sums) = product(of);
        (counts, sums)
    };
    // 3 gave everything back: it owns ink, and what it spent says nothing.
    assert_eq!(ink(&company(all.clone())), ([3, 1, 2], [None, None]));
    all.push(told("2025-06-02", 4, placed(7, &[("ink", 40)])));
    // 40, 600 and 1,000.
    assert_eq!(ink(&company(all)), ([4, 0, 3], [Some(600), Some(0)]));
}

#[test]
fn a_segment_has_the_active_customers_of_whom_its_conditions_hold() {
    let body = r#"{"products": ["pen"], "conditions": [{"key": "region", "values": ["Riga", "Vilnius"]},
        {"key": "size", "values": ["small"]}]}"#;
    let mut all = four();
    all[0] = told("2025-01-02", 0, segment("baltic", 4, body));
    for (customer, region) in [(1, "Riga"), (2, "Vilnius"), (3, "Tartu"), (5, "Riga")] {
        all.push(told("2025-01-01", customer, attribute("size", "small")));
        all.push(told("2025-01-01", customer, attribute("region", region)));
    }
    // It moved away, and came back: the last one holds.
    all.push(told("2025-07-01", 2, attribute("region", "Tartu")));
    all.push(told("2025-08-01", 2, attribute("region", "Riga")));
    let mut company = company(all);
    let shown = |company: &Company| {
        let response = answer(company);
        let (of, total) = (&response.segments[0], response.total.as_ref().unwrap());
        [n(&of.customers), n(&of.not_active), n(&total.in_no_segment)]
    };
    // 4 is nowhere, 5 bought nothing.
    assert_eq!(shown(&company), [2, 1, 2]);
    let of_one = (ObjectKind::Party, vec![2, 8, 9]);
    assert_eq!(listed(&company, "segments/baltic/customers")[0], of_one);
    assert_eq!(listed(&company, "segments/baltic/not_active"), [(ObjectKind::Party, vec![14, 15])]);
    company.as_of = as_of("2025-07-31");
    assert_eq!(shown(&company), [1, 1, 3]);
    let used = answer(&company).meta.unwrap().definitions;
    assert_eq!((used.len(), used[0].code.as_str(), used[0].version), (1, "baltic", 4));
}

#[test]
fn an_attribute_holds_until_its_end_and_of_two_that_begin_together_the_later_event_does() {
    let body = r#"{"products": ["pen"], "conditions": [{"key": "region", "values": ["Riga"]}]}"#;
    let valid = |region: &str, from: &str, to: Option<&str>| {
        let moment = |day: &str| proto(parse_moment(day, &zone()).unwrap());
        match attribute("region", region) {
            Kind::PartyFactRecorded(fact) => Kind::PartyFactRecorded(v1::PartyFactRecorded {
                valid_from: moment(from),
                valid_to: to.and_then(moment),
                ..fact
            }),
            other => other,
        }
    };
    let mut all = four();
    all[0] = told("2025-01-02", 0, segment("riga", 1, body));
    all.extend([
        told("2025-06-01", 1, valid("Riga", "2025-02-01", None)),
        told("2025-06-02", 1, valid("Tartu", "2025-02-01", None)),
        told("2025-06-02", 2, valid("Tartu", "2025-02-01", None)),
        told("2025-06-02", 2, valid("Riga", "2025-02-01", None)),
        told("2025-06-03", 3, valid("Riga", "2025-02-01", Some("2025-09-30"))),
        told("2025-06-03", 4, valid("Riga", "2026-02-01", None)),
    ]);
    let mut company = company(all);
    let shown = |company: &Company| {
        answer(company).customers.iter().map(|of| of.customer.clone()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&company), ["party:c98"]);
    company.as_of = as_of("2025-09-29");
    assert_eq!(shown(&company), ["party:c97", "party:c98"]);
    // The first that ends is over; the one before it does not come back.
    company.told.push(told("2025-05-01", 3, valid("Riga", "2025-01-01", None)));
    company.as_of = as_of("2025-12-31");
    assert_eq!(shown(&company), ["party:c98"]);
}

#[test]
fn the_version_that_held_then_is_used_and_one_that_cannot_be_read_is_named() {
    let mut all = four();
    all.push(told("2025-09-01", 8, segment("shops", 2, r#"{"products": ["pen", "chair"]}"#)));
    all.push(told("2025-10-01", 8, segment("shops", 3, r#"{"products": []}"#)));
    let mut company = company(all);
    let shown = |company: &Company| {
        let response = answer(company);
        let unreadable = response.meta.as_ref().unwrap().definitions_unreadable.len();
        (response.segments[0].version, response.segments[0].owned, unreadable)
    };
    assert_eq!(shown(&company), (2, 5, 1));
    company.as_of = as_of("2025-09-30");
    assert_eq!(shown(&company), (2, 5, 0));
    company.as_of = as_of("2025-08-31");
    assert_eq!(shown(&company), (1, 9, 0));
}

#[test]
fn without_a_definition_the_list_is_what_a_tenth_of_the_active_customers_own() {
    // 20 customers: two of them own ink, one a lamp, all a pen.
    let of = |one: u64| match one {
        1 => vec![("pen", 100), ("ink", 5)],
        2 => vec![("pen", 100), ("ink", 5), ("lamp", 5)],
        _ => vec![("pen", 100)],
    };
    let mut all: Vec<Told> = (1..=20).map(|one| told("2025-03-01", one, placed(one, &of(one)))).collect();
    let response = answer(&company(all.clone()));
    assert!(response.by_default);
    assert_eq!((response.segments[0].segment.as_str(), response.segments[0].version), ("all", 0));
    assert_eq!(response.segments[0].products, ["pen", "ink"]);
    assert_eq!(response.meta.as_ref().unwrap().definitions, []);
    let page = Potential::page(&v1::PotentialRequest::default(), &response);
    assert_eq!(page.notes[0].key, "by_default");
    // One more, and two of 21 are not a tenth.
    all.push(told("2025-03-01", 21, placed(21, &[("pen", 100)])));
    assert_eq!(answer(&company(all)).segments[0].products, ["pen"]);
}

#[test]
fn owned_is_of_the_period_and_spend_of_the_twelve_months_before_its_end() {
    let mut all = four();
    all.push(told("2024-12-30", 4, placed(8, &[("ink", 50_000)])));
    let company = company(all);
    let request = |from: &str, to: &str| v1::PotentialRequest {
        period_from: proto(parse_moment(from, &zone()).unwrap()),
        period_to: proto(parse_moment(to, &zone()).unwrap()),
        ..Default::default()
    };
    // Who bought in April owns ink alone; what it spent in March counts.
    let response = asked(&company, &request("2025-03-31", "2025-12-31"));
    let total = response.total.as_ref().unwrap();
    assert_eq!((n(&total.active), response.customers[0].missing.join(" ")), (1, "pen lamp globe".to_owned()));
    // Two years: what was bought before the last twelve months is owned, and no spend.
    let response = asked(&company, &request("2023-12-31", "2025-12-31"));
    let ink = response.products.iter().find(|of| of.product == "ink").unwrap();
    assert_eq!(product(ink), ("ink", [4, 0, 3], [Some(750), Some(0)]));
    assert_eq!(response.year_from, proto(parse_moment("2024-12-31", &zone()).unwrap()));
}

#[test]
fn each_currency_has_its_own_medians_and_the_first_one_orders() {
    let mut all = four();
    for (customer, order, units) in [(5, 10, 300), (6, 11, 200), (7, 12, 100)] {
        all.push(told("2025-03-05", customer, placed_in("USD", order, &[("lamp", units)])));
    }
    let company = company(all);
    let response = answer(&company);
    let of = |currency: &str, sum, customers, valued| (currency.to_owned(), Some(sum), customers, valued);
    let shown: Vec<_> = response.segments[0]
        .white_space
        .iter()
        .map(|worth| (worth.currency.clone(), units(worth.sum.as_ref()), n(&worth.customers), worth.valued))
        .collect();
    // In euros pen 250 and ink 750 for 5, 6 and 7, ink for 4; in dollars a lamp for 2 and 4.
    assert_eq!(shown, [of("EUR", 3_750, 4, 2), of("USD", 400, 2, 1)]);
    let names: Vec<&str> = response.customers.iter().map(|of| of.customer.as_str()).collect();
    assert_eq!(
        names,
        ["party:c93", "party:c94", "party:c95", "party:c96", "party:c98", "party:c97", "party:c99"]
    );
    let dollars = asked(&company, &v1::PotentialRequest { currency: "USD".into(), ..Default::default() });
    assert_eq!(dollars.customers[0].customer, "party:c96");
    assert!(dollars.customers.iter().flat_map(|of| &of.white_space).all(|worth| worth.currency == "USD"));
    // What is owned counts in any.
    assert_eq!(dollars.segments[0].owned, response.segments[0].owned);
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let mut all = four();
    for (customer, order) in [(5, 10), (6, 11), (7, 12)] {
        all.push(told("2025-03-05", customer, placed(order, &[("globe", i64::MAX - 1)])));
    }
    let response = answer(&company(all));
    // 1 to 4 miss a globe; beside it 4 misses ink for 750, and 5 to 7 a pen for 250 and ink.
    let globes = 4 * (i128::from(i64::MAX) - 1);
    let globe = response.products[0].values[0].white_space.as_ref().unwrap();
    assert_eq!((globe.minor_units, globe.minor_units_wide.clone()), (None, globes.to_string()));
    let worth = response.segments[0].white_space[0].sum.as_ref().unwrap();
    assert_eq!(worth.minor_units_wide, (globes + 750 + 3 * 1_000).to_string());
    let first = &response.customers[0];
    assert_eq!(first.customer, "party:c96");
    let worth = first.white_space[0].sum.as_ref().unwrap();
    assert_eq!(worth.minor_units_wide, (i128::from(i64::MAX) - 1 + 750).to_string());
}

#[test]
fn filters_leave_a_segment_a_product_or_a_customer() {
    let mut all = four();
    all.push(told("2025-01-02", 8, segment("others", 1, r#"{"products": ["chair", "ink"]}"#)));
    let company = company(all);
    let request = v1::PotentialRequest { segment: "others".into(), ..Default::default() };
    let response = asked(&company, &request);
    assert_eq!((response.segments.len(), response.products.len(), response.customers.len()), (1, 2, 4));
    assert_eq!(response.meta.unwrap().definitions.len(), 1);
    let request = v1::PotentialRequest { product: "lamp".into(), ..Default::default() };
    let response = asked(&company, &request);
    let names: Vec<&str> = response.customers.iter().map(|of| of.customer.as_str()).collect();
    assert_eq!(
        (response.segments.len(), response.products.len(), names),
        (1, 1, vec!["party:c96", "party:c98"])
    );
    let request = v1::PotentialRequest { customer: "c96".into(), ..Default::default() };
    let response = asked(&company, &request);
    let shown: Vec<_> = response.customers.iter().map(|of| (of.segment.as_str(), of.owned)).collect();
    assert_eq!(shown, [("others", 1), ("shops", 1)]);
    // Another product than its own is of no row.
    let request = v1::PotentialRequest { product: "lamp".into(), ..Default::default() };
    let figure = company.ask::<Potential>(&request, Some("customers/shops/party:c99/purchases"), 0);
    assert!(matches!(figure, Err(AnswerError::NoSuchFigure { .. })));
}

#[test]
fn the_page_begins_with_segments_and_says_what_has_no_value() {
    let response = answer(&company(four()));
    let page = Potential::page(&v1::PotentialRequest { page_size: 2, ..Default::default() }, &response);
    let keys: Vec<&str> = page.grids.iter().map(|grid| grid.key).collect();
    assert_eq!(keys, ["segment", "product", "customer", "total"]);
    let notes = |at: usize| page.grids[at].notes.iter().map(|note| note.key).collect::<Vec<_>>();
    assert_eq!(notes(0), ["left_out"]);
    assert_eq!(notes(1), ["products_left_out", "median", "not_enough"]);
    assert_eq!(notes(2), ["partly_valued"]);
    assert_eq!(page.grids[1].rows.iter().filter(|row| !row.aside).count(), 2);
    let worth = page.grids[1].rows[3].cells.last().unwrap();
    assert_eq!(worth.value, Value::Unknown);
}

#[test]
fn nothing_at_all_is_an_answer_without_rows() {
    let response = answer(&company(Vec::new()));
    assert!(response.segments.is_empty() && response.products.is_empty() && response.customers.is_empty());
    let page = Potential::page(&v1::PotentialRequest::default(), &response);
    assert!(page.grids.iter().all(Grid::is_empty));
    assert_eq!(page.notes[0].key, "no_purchases");
    // A segment without customers is counted, and has no mean.
    let only = company(four().into_iter().take(1).collect());
    let response = answer(&only);
    assert_eq!((response.segments.len(), response.segments[0].mean_penetration), (1, None));
    let page = Potential::page(&v1::PotentialRequest::default(), &response);
    assert!(page.grids[0].is_empty() && page.grids[0].notes[0].key == "empty_segments");
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(four());
    let default = v1::PotentialRequest::default;
    for (request, wanted) in [
        (v1::PotentialRequest { segment: "retail".into(), ..default() }, "segment"),
        (v1::PotentialRequest { customer: "nobody".into(), ..default() }, "customer"),
    ] {
        let error = company.refused::<Potential>(&request);
        assert_eq!(error.class(), ErrorClass::Invalid);
        assert!(matches!(error, AskError::Field { field, .. } if field == wanted), "{error}");
    }
    let request = v1::PotentialRequest { purchases_from: 7, ..default() };
    assert_eq!(company.ask::<Potential>(&request, None, 0).unwrap_err().field(), "purchases_from");
    let ask = |figure: &str| company.ask::<Potential>(&default(), Some(figure), 0);
    for malformed in
        ["", "segments", "segments/shops", "products/shops/pen", "products/shops/pen/spenders", "total/all"]
    {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in [
        "segments/retail/customers",
        "segments/shops/not_active",
        "products/shops/globe/owners",
        "products/shops/pen/missing",
        "products/shops/chair/owners",
        "customers/shops/party:c1/purchases",
        "customers/shops/c99/purchases",
        "customers/shops/party:c99/contracts",
        "total/in_no_segment",
    ] {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
}
