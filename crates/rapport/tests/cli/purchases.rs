//! `orders`, `prices`, `profit`, `value`, `potential`, `retention`: what their flags say and refuse.

use crate::support::{Ran, Server};

fn with_purchases() -> Server {
    let server = Server::start_with(&["--time-zone", "Europe/Riga"]);
    let order = |id: &str, customer: &str, day: &str, minor_units: i64, branch: &str| {
        event(
            customer,
            day,
            &format!(
                r#""orderPlaced":{{"orderId":"{id}","lines":[{{"product":"pen","quantity":"1","list":{{"minorUnits":"{minor_units}","currency":"EUR"}},"net":{{"minorUnits":"{minor_units}","currency":"EUR"}}}}]}}"#
            ),
            branch,
        )
    };
    let cost = |customer: &str, day: &str, minor_units: i64| {
        let content = format!(
            r#""costAllocated":{{"kind":"KIND_SERVICE","amount":{{"minorUnits":"{minor_units}","currency":"EUR"}}}}"#
        );
        event(customer, day, &content, "")
    };
    let granted = r#""concessionGranted":{"kind":"KIND_DISCOUNT","value":{"minorUnits":"500","currency":"EUR"},"approver":"ilze"}"#;
    let input = [
        order("1", "7", "2025-01-10", 10_000, "Riga"),
        order("2", "7", "2026-02-10", 30_000, "Riga"),
        order("3", "8", "2026-03-10", 70_000, "Cesis"),
        cost("8", "2026-03-11", 2_000),
        // Served in the year of an order before it.
        order("4", "9", "2025-03-10", 4_000, "Cesis"),
        cost("9", "2026-01-11", 1_500),
        event("8", "2026-03-12", granted, ""),
    ];
    server.run_with(&["append"], &input.concat()).ok();
    server
}

fn event(customer: &str, day: &str, content: &str, branch: &str) -> String {
    let actor = if branch.is_empty() {
        String::new()
    } else {
        format!(r#""actor":{{"id":"ilze","branch":"{branch}"}},"#)
    };
    format!(
        r#"{{"stream":"customer-{customer}","customer":"{customer}","occurredAt":"{day}T10:00:00Z",{actor}"payload":{{{content}}}}}"#
    ) + "\n"
}

fn ask(server: &Server, arguments: &str) -> Ran {
    server.run(&arguments.split(' ').collect::<Vec<_>>())
}

/// The lines of an answer, with one blank between words.
fn lines(server: &Server, arguments: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    ask(server, arguments).ok().lines().map(words).collect()
}

#[track_caller]
fn assert_says(server: &Server, arguments: &str, expected: &[&str]) {
    let printed = lines(server, arguments);
    for text in expected {
        assert!(
            printed.iter().any(|line| line.contains(text)),
            "{arguments}: {text} is not in\n{printed:#?}"
        );
    }
}

#[test]
fn orders_and_prices_are_shown_by_branch_and_orders_by_whose_money_it_is() {
    let server = with_purchases();
    assert_says(
        &server,
        "orders --by branch --as-of 2026-06-30",
        &["by branch that took the order", "Cesis 1", "Riga 1", "value of new", "value of returning"],
    );
    assert_says(
        &server,
        "prices --by branch --as-of 2026-06-30",
        &["by branch, the most taken off first", "Riga"],
    );
    let csv = ask(&server, "orders --as-of 2026-06-30 --output csv").ok();
    let mut csv = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = csv.next().unwrap();
    let place = |name: &str| header.iter().position(|one| *one == name).unwrap();
    let loyalty = csv.find(|line| line[0] == "loyalty").unwrap();
    let shown =
        ["value_of_new", "value_of_returning", "returning_share_of_value"].map(|name| loyalty[place(name)]);
    assert_eq!(shown, ["700.00", "300.00", "0.3"]);
}

#[test]
fn profit_says_what_a_part_is_a_customer_and_whose_loss_is_one_of_timing() {
    let server = with_purchases();
    assert_says(
        &server,
        "profit --as-of 2026-06-30",
        &[
            "a customer",
            "of these, without a purchase",
            "1 customer with a loss bought nothing in this period",
        ],
    );
}

#[test]
fn concessions_are_shown_by_class_and_approver_where_prices_are() {
    let server = with_purchases();
    assert_says(
        &server,
        "prices --by class --as-of 2026-06-30",
        &["to customers of which ABC class", "A ilze 1"],
    );
    let plain = ask(&server, "prices --as-of 2026-06-30").ok();
    assert!(!plain.contains("ABC class"), "{plain}");
}

#[test]
fn value_holds_what_was_expected_against_what_was_charged_since() {
    let server = with_purchases();
    let arguments = "value --as-of 2025-12-31 --compared-with 2026-06-30";
    assert_says(
        &server,
        arguments,
        &[
            "what was expected of these customers, and what they were charged since",
            "charged since: until 2026-06-30 inclusive",
            "no difference where nothing is expected",
            "customers, the most charged first",
        ],
    );
    assert_says(
        &server,
        "value --as-of 2026-06-30",
        &["margin so far", "675.00", "margin is of the 2 customers of whom costs are known, of 3"],
    );
    for (arguments, expected) in [
        (
            "value --compared-with 2026-06-30",
            "--compared-with: expected a day after that as of which is asked",
        ),
        ("value --as-of 2025-12-31 --compared-with 2226-06-30", "--compared-with: expected a time until now"),
        ("value --discount 10", "expected a share from 0 to 1, such as 0.1, found `10`"),
        ("value --as-of 2025-12-31 --compared-with 2026-06-30 --horizon 30", "cannot be used with"),
    ] {
        let ran = ask(&server, arguments);
        assert!(ran.code != Some(0) && ran.stderr.contains(expected), "{arguments}: {}", ran.stderr);
    }
}

#[test]
fn a_currency_that_is_none_is_refused_by_every_model_and_one_without_data_is_not() {
    let server = with_purchases();
    let models = [
        "classes",
        "customers",
        "orders",
        "portfolio",
        "potential",
        "prices",
        "profit",
        "pyramid",
        "receivables",
        "retention",
        "value",
    ];
    for model in models {
        for code in ["eur", "EURO"] {
            let ran = ask(&server, &format!("{model} --currency {code}"));
            let expected = format!(
                "--currency: expected a currency by its code in ISO 4217, such as `EUR`, found `{code}`"
            );
            assert!(ran.code != Some(0) && ran.stderr.contains(&expected), "{model}: {}", ran.stderr);
        }
        assert_eq!(ask(&server, &format!("{model} --currency CHF")).code, Some(0), "{model}");
    }
    let ran = ask(&server, "orders --currency eur --figure totals/eur/purchases");
    assert!(ran.stderr.contains("found `eur`"), "{}", ran.stderr);
}

#[test]
fn an_amount_with_more_decimals_than_its_currency_is_refused() {
    let server = with_purchases();
    let ran = ask(&server, "retention --measure what-if --mean 120.505 --currency EUR");
    let expected = "--mean: expected at most `2` decimals, as EUR has, found `120.505`";
    assert!(ran.code != Some(0) && ran.stderr.contains(expected), "{}", ran.stderr);
    assert_says(
        &server,
        "retention --measure what-if --retention 0.8 --mean 120.50 --currency EUR",
        &["120.50 EUR"],
    );
}

#[test]
fn potential_says_why_a_customer_or_a_product_has_no_row() {
    let server = with_purchases();
    assert_says(
        &server,
        "potential --as-of 2026-06-30 --customer 9",
        &["this customer is not active: it has no purchase in this period, and no contract in force"],
    );
    assert_says(&server, "potential --as-of 2026-06-30 --product nothing", &["nothing is not on the list"]);
    let both = ask(&server, "potential --as-of 2026-06-30 --customer 9").ok();
    assert!(!both.contains("no list of products is published"), "{both}");
}
