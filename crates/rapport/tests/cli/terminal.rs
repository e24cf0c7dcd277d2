//! What a person sees on a terminal: real ones, of several widths, and texts that would steer them.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use console::measure_text_width;

use crate::support::{Ran, Server, command, deal};

const WIDTHS: [usize; 5] = [60, 80, 100, 120, 200];

/// Runs a command on a terminal so many cells wide; `None` with a message where there is no `script`.
fn on_terminal(server: &Server, width: usize, arguments: &str) -> Option<String> {
    let program = command().get_program().to_str().unwrap().to_owned();
    let line = format!("stty cols {width} rows 50 && exec '{program}' {arguments}");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env("RAPPORT_SERVER", &server.url).env("TERM", "xterm");
    match script.stdin(std::process::Stdio::null()).output() {
        Ok(output) => Some(Ran::from(output).stdout),
        Err(error) => {
            eprintln!("skipped: no terminal without `script`: {error}");
            None
        }
    }
}

/// Runs a command on a terminal on which these lines are typed.
fn typed(server: &Server, arguments: &str, lines: &str) -> Option<String> {
    let program = command().get_program().to_str().unwrap().to_owned();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("'{program}' {arguments}"), "/dev/null"]);
    script.env("RAPPORT_SERVER", &server.url).env("TERM", "xterm");
    let mut child = match script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("skipped: no terminal without `script`: {error}");
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    Some(Ran::from(child.wait_with_output().unwrap()).stdout)
}

#[test]
fn who_is_asked_and_does_not_say_yes_appends_nothing() {
    let server = Server::start();
    server.run_with(&["append"], &deal("1", "7", "new")).ok();
    let head = || server.run(&["status", "--output", "json"]).ok();
    let retract = "retract 1 --reason typo";
    for answer in ["n\n", "\n", "maybe\n"] {
        let Some(said) = typed(&server, retract, answer) else { return };
        assert!(said.contains("[y/N]") && said.contains("nothing was appended"), "{said}");
        assert!(
            head().contains("\"position\": \"1\"") || head().contains("\"position\":\"1\""),
            "{}",
            head()
        );
    }
    let said = typed(&server, retract, "y\n").unwrap();
    assert!(said.contains("deal 1 opened in new") && said.contains("appended at position 2"), "{said}");
}

fn note(text: &str, by: &str) -> String {
    serde_json::json!({
        "stream": "notes", "customer": "7", "occurredAt": "2026-02-01T10:00:00Z",
        "actor": {"id": "u1", "displayName": by},
        "payload": {"noteRecorded": {"personal": {"text": text}}}
    })
    .to_string()
        + "\n"
}

fn answered(question: &str, instrument: &str, value: u32) -> String {
    let answer = serde_json::json!({
        "surveyId": "s", "instrument": instrument, "question": question,
        "scale": {"min": 0, "max": 10, "better": "BETTER_HIGH"}, "value": value
    });
    let customer = value.to_string();
    serde_json::json!({
        "stream": "survey", "customer": customer, "occurredAt": "2026-02-01T10:00:00Z",
        "payload": {"surveyAnswered": answer}
    })
    .to_string()
        + "\n"
}

const LONG: &str =
    "she asked for an offer for the roof, the windows and the doors of the whole house until Friday";

fn busy() -> Server {
    let server = Server::start();
    let mut input =
        deal("1", "7", "new") + &deal("2", "7", "a stage \u{202e}with a name that goes on and on");
    input += &note(LONG, "Agnė Kazlauskienė-Petrauskaitė");
    input += &note("\u{1b}[2Jboo \u{9b}31m\u{202e}", "東京 太郎");
    for value in 0..=10 {
        input += &answered("would you recommend us to a friend or a colleague?", "INSTRUMENT_NPS", value);
    }
    for stage in ["won", "lost"] {
        let amount = r#""amount":{"minorUnits":"123456789012","currency":"EUR"}"#;
        input +=
            &deal(stage, "8", "new").replace(r#""amount":{"minorUnits":"125000","currency":"EUR"}"#, amount);
    }
    input += "{\"stream\":\"deal-won\",\"customer\":\"8\",\"occurredAt\":\"2026-03-01T10:00:00Z\",\"payload\":{\"dealWon\":{\"dealId\":\"won\"}}}\n";
    input += "{\"stream\":\"deal-lost\",\"customer\":\"8\",\"occurredAt\":\"2026-03-01T10:00:00Z\",\"payload\":{\"dealLost\":{\"dealId\":\"lost\"}}}\n";
    server.run_with(&["append"], &input).ok();
    server
}

#[test]
fn no_line_is_wider_than_the_terminal_and_headings_are_words() {
    let server = busy();
    for width in WIDTHS {
        for arguments in ["timeline 7", "funnel", "satisfaction", "status", "tail"] {
            let Some(printed) = on_terminal(&server, width, arguments) else { return };
            assert!(printed.lines().count() > 3, "{arguments}: {printed}");
            for line in printed.lines() {
                assert!(measure_text_width(line) <= width, "{arguments} at {width}: {line}");
            }
            let headings = printed.lines().filter(|line| line.split_whitespace().all(|word| word.len() == 1));
            assert!(
                headings.filter(|line| !line.is_empty()).count() == 0,
                "{arguments} at {width}: {printed}"
            );
        }
    }
}

#[test]
fn what_is_wrong_is_told_in_lines_of_the_terminals_width() {
    let server = Server::start_with(&["--kafka", "127.0.0.1:1"]);
    let until = Instant::now() + Duration::from_secs(60);
    while !server.run(&["status"]).ok().contains("Connection refused") {
        assert!(Instant::now() < until, "{}", server.run(&["status"]).ok());
    }
    for width in WIDTHS {
        let Some(printed) = on_terminal(&server, width, "status") else { return };
        assert!(printed.contains("asking for the topic"), "{printed}");
        for line in printed.lines() {
            assert!(measure_text_width(line) <= width, "at {width}: {line}");
        }
    }
}

#[test]
fn the_telling_column_has_room_on_an_ordinary_terminal_and_an_empty_one_has_none() {
    let server = busy();
    for width in WIDTHS.into_iter().filter(|width| *width >= 80) {
        let Some(printed) = on_terminal(&server, width, "timeline 7 --type note.recorded") else { return };
        assert!(printed.contains(&LONG[..19]), "{width}: {printed}");
        assert!(!printed.contains("channel"), "{width}: {printed}");
        let Some(printed) = on_terminal(&server, width, "satisfaction") else { return };
        assert!(printed.contains("would you recommend"), "{width}: {printed}");
        let heading = printed.lines().find(|line| line.starts_with("instrument")).unwrap();
        assert!(!heading.contains("group"), "{width}: {printed}");
    }
}

#[test]
fn what_customers_write_does_not_steer_the_terminal_in_any_form() {
    let server = busy();
    let missing = "timeline \"$(printf 'no\\033[2Jbody')\"";
    for output in ["table", "json", "csv"] {
        for arguments in
            ["timeline 7", "funnel", "satisfaction", "tail", "tail --follow --from 1 -n 4", missing]
        {
            let Some(printed) = on_terminal(&server, 100, &format!("{arguments} --output {output}")) else {
                return;
            };
            for steers in ["\u{1b}[2J", "\u{9b}", "\u{202e}"] {
                assert!(!printed.contains(steers), "{arguments} {output}: {printed:?}");
            }
        }
    }
    let shown = on_terminal(&server, 200, "timeline 7").unwrap_or_default();
    assert!(shown.is_empty() || shown.contains("\\u{1b}[2Jboo \\u{9b}31m\\u{202e}"), "{shown}");
}

#[test]
fn in_a_pipe_data_is_as_it_is_and_tables_are_whole_and_harmless() {
    let server = busy();
    assert!(
        server.run(&["timeline", "7", "--output", "csv"]).ok().contains("\u{1b}[2Jboo \u{9b}31m\u{202e}")
    );
    let table = server.run(&["timeline", "7"]).ok();
    assert!(table.contains(LONG) && table.contains("\\u{1b}[2Jboo"), "{table}");
    let json = server.run(&["timeline", "7", "--output", "json"]).ok();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
}

#[test]
fn amounts_look_the_same_in_a_timeline_and_in_the_funnel_and_one_entry_is_singular() {
    let server = Server::start();
    server.run_with(&["append"], &deal("1", "7", "new")).ok();
    let timeline = server.run(&["timeline", "7"]).ok();
    assert!(timeline.contains("1\u{2009}250.00 EUR") && timeline.contains("1 of 1 entry"), "{timeline}");
    assert!(server.run(&["funnel"]).ok().contains("1\u{2009}250.00 EUR"));
}

#[test]
fn a_reader_of_a_long_table_or_csv_that_goes_away_is_no_failure() {
    let server = Server::start();
    let long = "a pipeline with a name that fills the pipe ".repeat(4);
    let deals: String = (0..600)
        .map(|number| {
            let field = format!(r#""stage":"new","pipeline":"{long}{number}""#);
            deal(&number.to_string(), "7", "new").replace(r#""stage":"new""#, &field)
        })
        .collect();
    server.run_with(&["append"], &deals).ok();
    for arguments in ["funnel", "timeline 7 --page-size 1000"] {
        for output in ["table", "json", "csv"] {
            let program = command().get_program().to_str().unwrap().to_owned();
            let line = format!("'{program}' {arguments} --output {output} | true; exit ${{PIPESTATUS[0]}}");
            let ran = Ran::of(Command::new("bash").args(["-c", &line]).env("RAPPORT_SERVER", &server.url));
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments} {output}");
        }
    }
}

#[test]
fn a_cohort_without_its_period_is_refused_with_the_flags_that_give_it() {
    let server = Server::start();
    let ran = server.run(&["funnel", "--measure", "cohort"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("--cohort-from and --cohort-to"), "{}", ran.stderr);
    let period = ["--cohort-from", "2026-01-01", "--cohort-to", "2026-03-31"];
    server.run(&[&["funnel", "--measure", "cohort"][..], &period].concat()).ok();
}
