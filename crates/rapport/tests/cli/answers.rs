//! `timeline`, `funnel`, `satisfaction`, `replay`, `status`: how answers look.

use crate::support::{Ran, Server, command, deal};

const SURVEY: &str = r#"{"stream":"survey","customer":"7","occurredAt":"2026-02-01T10:00:00Z","payload":{"surveyAnswered":{"surveyId":"s","instrument":"INSTRUMENT_NPS","question":"recommend","scale":{"min":0,"max":10,"better":"BETTER_HIGH"},"value":9}}}"#;
const MOVED: &str = r#"{"stream":"deal-3","customer":"8","occurredAt":"2026-01-20T10:00:00Z","payload":{"dealStageChanged":{"dealId":"3","from":"new","to":"offer"}}}"#;

fn with_deals() -> Server {
    let server = Server::start_with(&["--time-zone", "Europe/Riga"]);
    let input =
        deal("1", "7", "new") + &deal("2", "7", "new") + &deal("3", "8", "new") + MOVED + "\n" + SURVEY;
    server.run_with(&["append"], &input).ok();
    server
}

const FRESH: [&str; 2] = ["--at-least-position", "5"];

fn ask(server: &Server, arguments: &[&str]) -> String {
    server.run(&[arguments, &FRESH].concat()).ok()
}

#[test]
fn tables_in_a_pipe_are_plain_whole_and_in_the_zone_of_the_ledger() {
    let server = with_deals();
    for (arguments, expected) in [
        (vec!["funnel"], vec!["default: open deals", "2\u{2009}500.00 EUR", "█"]),
        (vec!["timeline", "7"], vec!["deal.opened", "2026-01-05 12:00", "3 of 3 entries"]),
        (vec!["satisfaction"], vec!["nps", "100.0", "●"]),
    ] {
        let printed = ask(&server, &arguments);
        for text in expected {
            assert!(printed.contains(text), "{arguments:?}: {text} is not in\n{printed}");
        }
        assert!(!printed.contains('\u{1b}'), "{arguments:?} has colours in a pipe");
    }
}

#[test]
fn a_date_is_the_end_of_that_day_in_the_zone_of_the_ledger() {
    let server = with_deals();
    let open = |as_of: &str| -> serde_json::Value {
        serde_json::from_str(&ask(&server, &["funnel", "--output", "json", "--as-of", as_of])).unwrap()
    };
    let then = open("2026-01-19");
    assert_eq!(then["meta"]["asOf"]["occurredUntil"], "2026-01-19T21:59:59.999999Z");
    assert_eq!(then["pipelines"][0]["snapshot"].as_array().unwrap().len(), 1);
    assert_eq!(open("2026-01-20")["pipelines"][0]["snapshot"].as_array().unwrap().len(), 2);
    // Nothing of this was known then.
    let unknown = ask(&server, &["funnel", "--known-at", "2026-01-20"]);
    assert!(unknown.contains("no deals"), "{unknown}");
}

#[test]
fn csv_has_the_key_of_each_figure_and_the_key_lists_the_deals() {
    let server = with_deals();
    let csv = ask(&server, &["funnel", "--output", "csv"]);
    let line = csv.lines().find(|line| line.starts_with("default,snapshot,new,EUR,deals,")).unwrap();
    let mut cells = line.split(',').skip(5);
    let (count, key) = (cells.next().unwrap(), cells.next().unwrap());
    assert_eq!(count, "2");
    let deals = ask(&server, &["funnel", "--figure", key, "--output", "csv"]);
    assert_eq!(deals, "object,customer,positions\ndeal:1,7,1\ndeal:2,7,2\n");
}

#[test]
fn every_command_speaks_json_and_csv() {
    let server = with_deals();
    for arguments in [vec!["funnel"], vec!["satisfaction"], vec!["timeline", "7"]] {
        let json = ask(&server, &[&arguments[..], &["--output", "json"]].concat());
        assert!(
            serde_json::from_str::<serde_json::Value>(&json).unwrap()["meta"].is_object(),
            "{arguments:?}"
        );
        let csv = ask(&server, &[&arguments[..], &["--output", "csv"]].concat());
        let columns = csv.lines().next().unwrap().split(',').count();
        assert!(columns > 5 && csv.lines().count() > 1, "{csv}");
    }
    for arguments in [vec!["status"], vec!["replay", "funnel"]] {
        let json = server.run(&[&arguments[..], &["--output", "json"]].concat()).ok();
        assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().is_object());
        assert!(server.run(&[&arguments[..], &["--output", "csv"]].concat()).ok().lines().count() > 1);
    }
    assert!(server.run(&["replay"]).ok().contains("position 5"));
}

#[test]
fn a_timeline_is_paged_by_its_token() {
    let server = with_deals();
    let first: serde_json::Value =
        serde_json::from_str(&ask(&server, &["timeline", "7", "--page-size", "2", "--output", "json"]))
            .unwrap();
    let token = first["nextPageToken"].as_str().unwrap();
    let second: serde_json::Value = serde_json::from_str(&ask(
        &server,
        &["timeline", "7", "--page-size", "2", "--page", token, "--output", "json"],
    ))
    .unwrap();
    assert_eq!(
        (first["entries"].as_array().unwrap().len(), second["entries"].as_array().unwrap().len()),
        (2, 1)
    );
    assert!(second["nextPageToken"].is_null());
}

#[test]
fn no_is_1_and_failure_is_2_and_both_say_what_to_do() {
    let server = with_deals();
    for (arguments, code, expected) in [
        (vec!["timeline", "nobody"], 1, "check the id"),
        (vec!["funnel", "--pipeline", "none"], 1, "no pipeline `none`"),
        (vec!["funnel", "--figure", "default/snapshot/nowhere/EUR"], 1, "no figure"),
        (vec!["funnel", "--as-of", "yesterday"], 2, "--as-of"),
        (vec!["status", "--as-of", "2026-01-01"], 2, "leave them out here"),
        (vec!["replay", "fun"], 2, "`funnel`"),
        (vec!["funnel", "--no-such-flag"], 2, "--no-such-flag"),
    ] {
        let ran = server.run(&arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_said_so_with_a_remedy() {
    // A port that was free a moment ago and that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = Ran::of(command().args(["status", "--server", &format!("http://{free}")]));
    assert_eq!(ran.code, Some(2));
    for text in ["cannot reach the server at", "rapport serve --data DIR", "--server"] {
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
    }
}

#[test]
fn an_object_has_a_timeline_across_its_customers() {
    let server = with_deals();
    let won = r#"{"stream":"deal-3","customer":"9","occurredAt":"2026-01-25T10:00:00Z","payload":{"dealWon":{"dealId":"3"}}}"#;
    let merged = r#"{"stream":"parties","occurredAt":"2026-01-26T10:00:00Z","payload":{"partyMerged":{"survivor":"8","absorbed":"9"}}}"#;
    server.run_with(&["append"], &format!("{won}\n{merged}\n")).ok();
    let ask = |arguments: &[&str]| {
        server
            .run(&[&["timeline", "--object", "deal:3"], arguments, &["--at-least-position", "7"]].concat())
            .ok()
    };
    let printed = ask(&[]);
    for text in ["\ndeal:3\n", "\ncustomer 8\n", "deal.won", "as 9", "3 of 3 entries"] {
        assert!(printed.contains(text), "{text} is not in\n{printed}");
    }
    let before = ask(&["--as-of", "2026-01-25"]);
    assert!(before.contains("\n2 customers: 8, 9\n") && before.contains("of 9"), "{before}");
    let json: serde_json::Value =
        serde_json::from_str(&ask(&["--type", "deal.won", "--output", "json"])).unwrap();
    assert_eq!((json["total"].as_str(), json["leftOutByFilter"].as_str()), (Some("1"), Some("2")));
    assert!(json["party"].is_null() && json["customers"][0] == "8", "{json}");
    let csv = ask(&["--oldest-first", "--output", "csv"]);
    let types: Vec<_> = csv.lines().skip(1).filter_map(|line| line.split(',').nth(3)).collect();
    assert_eq!(types, ["deal.opened", "deal.stage_changed", "deal.won"]);
    let first = ask(&["--page-size", "2"]);
    let token = first.split("--page ").nth(1).unwrap().trim();
    assert!(ask(&["--page-size", "2", "--page", token]).contains("1 of 3 entries"));
}

#[test]
fn a_timeline_is_of_a_customer_or_of_an_object() {
    let server = with_deals();
    let said = |arguments: &[&str]| {
        let ran = server.run(&[&["timeline"], arguments].concat());
        assert_ne!(ran.code, Some(0), "{arguments:?}");
        ran.stderr
    };
    assert!(said(&[]).contains("<CUSTOMER|--object <TAG>>"), "{}", said(&[]));
    let both = said(&["7", "--object", "deal:1"]);
    assert!(both.contains("cannot be used with '--object <TAG>'"), "{both}");
    assert!(said(&["--object", "deal:1", "--contacts"]).contains("cannot be used with"));
    let none = said(&["--object", "deal:none", "--at-least-position", "5"]);
    assert!(none.contains("object `deal:none`") && none.contains("no event names this object"), "{none}");
    let wrong = said(&["--object", "deal"]);
    assert!(wrong.contains("expected `key:value`, such as `deal:42`"), "{wrong}");
}

/// What a pipeline without amounts of lost deals, with a sum beyond 64 bits and with unsigned leads looks like.
const UNSIGNED_AND_UNPRICED: &str = concat!(
    r#"{"stream":"d1","customer":"1","occurredAt":"2026-02-01T00:00:00Z","payload":{"dealOpened":{"dealId":"1","stage":"new"}}}"#,
    "\n",
    r#"{"stream":"d1","customer":"1","occurredAt":"2026-03-01T00:00:00Z","payload":{"dealWon":{"dealId":"1","amount":{"minorUnits":"9000000000000000000","currency":"EUR"}}}}"#,
    "\n",
    r#"{"stream":"d2","customer":"2","occurredAt":"2026-02-01T00:00:00Z","payload":{"dealOpened":{"dealId":"2","stage":"new"}}}"#,
    "\n",
    r#"{"stream":"d2","customer":"2","occurredAt":"2026-03-01T00:00:00Z","payload":{"dealWon":{"dealId":"2","amount":{"minorUnits":"9000000000000000000","currency":"EUR"}}}}"#,
    "\n",
    r#"{"stream":"d3","customer":"3","occurredAt":"2026-02-01T00:00:00Z","payload":{"dealOpened":{"dealId":"3","stage":"new"}}}"#,
    "\n",
    r#"{"stream":"d3","customer":"3","occurredAt":"2026-03-01T00:00:00Z","payload":{"dealLost":{"dealId":"3"}}}"#,
    "\n",
    r#"{"stream":"form","occurredAt":"2026-02-01T00:00:00Z","payload":{"leadOpened":{"sourceChannel":"web"}}}"#,
    "\n",
    r#"{"stream":"form","occurredAt":"2026-02-01T00:00:00Z","payload":{"leadOpened":{"sourceChannel":"web"}}}"#,
    "\n",
    r#"{"stream":"form","occurredAt":"2026-02-02T00:00:00Z","payload":{"leadQualified":{"result":"RESULT_REJECTED"}}}"#,
    "\n",
);

#[test]
fn the_funnel_says_what_it_could_not_count_and_shows_sums_of_any_size() {
    let server = Server::start();
    server.run_with(&["append"], UNSIGNED_AND_UNPRICED).ok();
    let ask = |arguments: &[&str]| server.run(&[arguments, &["--at-least-position", "9"]].concat()).ok();
    let table = ask(&["funnel", "--measure", "outcomes", "--measure", "leads"]).replace('\u{2009}', " ");
    for text in [
        "180 000 000 000 000 000.00 EUR",
        "1 closed deal and 0 open deals have no amount and stand in no currency's row",
        "without a customer: 2 opened",
        "left out: 1 verdict or conversion that names neither a customer nor a lead",
    ] {
        assert!(table.contains(text), "{text} is not in\n{table}");
    }
    assert!(table.contains("66.7 %") && !table.contains("92 233"), "{table}");
    let csv = ask(&["funnel", "--output", "csv"]);
    for line in [
        "default,outcomes,,EUR,won_amount,180000000000000000.00,",
        "default,outcomes,,EUR,win_rate,,",
        "default,outcomes,,*,win_rate,0.6666666666666666,",
        "default,outcomes,,,closed_without_amount,1,",
        ",leads,opened,,customers,2,leads/opened",
        ",leads,opened,,without_customer,2,",
        ",leads,left_out,,events,1,leads/left_out",
    ] {
        assert!(csv.lines().any(|found| found == line), "{line} is not in\n{csv}");
    }
    let listed = ask(&["funnel", "--figure", "leads/opened", "--output", "csv"]);
    assert_eq!(listed, "object,customer,positions\nevent:7,,7\nevent:8,,8\n");
    let json: serde_json::Value =
        serde_json::from_str(&ask(&["funnel", "--measure", "outcomes", "--output", "json"])).unwrap();
    let euro = &json["pipelines"][0]["outcomes"][1];
    assert_eq!(euro["wonMinorUnitsWide"], "18000000000000000000");
    assert!(euro["wonMinorUnits"].is_null() && euro["winRate"].is_null(), "{euro}");
}
