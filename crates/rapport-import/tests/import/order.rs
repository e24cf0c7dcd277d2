//! Rows in another order than the file's, what a row sees of those around it, and which of several moments counts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use crate::support::{Folder, Run, data, import, minor, run, stop};
use rapport_import::{ImportError, Mapping};
use rapport_proto::v1::payload::Kind;

/// The courses of tickets as short texts, in the order in which their events come.
fn told(run: &Run) -> Vec<String> {
    run.each(|event| match &event.kind {
        Kind::TicketOpened(ticket) => Some(format!("{} opened", ticket.ticket_id)),
        Kind::TicketStageChanged(ticket) => {
            Some(format!("{} {}>{}", ticket.ticket_id, ticket.from, ticket.to))
        }
        _ => None,
    })
}

const LOG: &str = r#"
[[table]]
name = "log"
files = ["log.csv"]
run_by = "{case}"
occurred_at = "{at}"
[[table.emit]]
type = "ticket.opened"
when = { "$place" = 0 }
payload = { ticket_id = "{case}" }
[[table.emit]]
type = "ticket.stage_changed"
when = { "$place" = { above = 0 } }
payload = { ticket_id = "{case}", from = "{$previous.step}", to = "{step}" }
"#;

const BY_TIME: &str = "case,step,at
A,new,2026-01-01 08:00:00\nB,new,2026-01-01 09:00:00\nA,work,2026-01-02 08:00:00\nB,work,2026-01-02 09:00:00
A,done,2026-01-03 08:00:00\nB,done,2026-01-03 09:00:00\n";

#[test]
fn a_row_whose_place_in_the_order_the_mapping_cannot_read_is_a_reject_and_times_of_the_day_have_theirs() {
    let sorted = LOG.replace("run_by =", "sort_by = \"{on}\"\nrun_by =").replace("step,at", "step,on,at");
    let log = |values: [&str; 3]| {
        let row = |(place, value)| format!("A,s{place},\"{value}\",2026-01-01\n");
        "case,step,on,at\n".to_owned() + &values.into_iter().enumerate().map(row).collect::<String>()
    };
    for values in [["03.04.2026", "02.05.2026", "01.06.2026"], ["3 Apr 2026", "2 May 2026", "1 Jun 2026"]] {
        let run = import(&sorted, &[("log.csv", &log(values))]);
        assert_eq!((told(&run).len(), run.rejects.len()), (0, 3), "{values:?}");
        let reject = &run.rejects[0];
        assert_eq!((reject.line, reject.column.as_str(), reject.value.as_str()), (2, "on", values[0]));
        assert!(reject.reason.contains("sort_by") && reject.reason.contains("`dates`"), "{}", reject.reason);
    }
    let said = sorted.replace("[[table]]", "dates = [\"%d.%m.%Y\", \"iso\"]\n[[table]]");
    let expected = ["A opened", "A s0>s1", "A s1>s2"];
    assert_eq!(
        told(&import(&said, &[("log.csv", &log(["03.04.2026", "02.05.2026", "01.06.2026"]))])),
        expected
    );
    assert_eq!(told(&import(&sorted, &[("log.csv", &log(["9:05", "10:00", "1:30 pm"]))])), expected);
    assert_eq!(told(&import(&sorted, &[("log.csv", &log(["step 1", "step 2", "step 2"]))])), expected);
}

#[test]
fn a_run_whose_rows_do_not_stand_together_stops_with_the_line_and_is_right_when_sorted() {
    let (error, _) = stop(LOG, &[("log.csv", BY_TIME)]);
    let text = error.to_string();
    assert!(matches!(&error, ImportError::Scattered { line: 4, by: "run_by", .. }), "{text}");
    assert!(text.contains("`case`") && text.contains("sort_by"), "{text}");

    let sorted = LOG.replace("run_by =", "sort_by = \"{at}\"\nrun_by =");
    let expected = ["A opened", "A new>work", "A work>done", "B opened", "B new>work", "B work>done"];
    let by_time = import(&sorted, &[("log.csv", BY_TIME)]);
    assert_eq!(told(&by_time), expected);
    let mut lines: Vec<&str> = BY_TIME.lines().collect();
    lines[1..].reverse();
    let backwards = import(&sorted, &[("log.csv", &(lines.join("\n") + "\n"))]);
    assert_eq!(told(&backwards), expected);
    let ids = |run: &Run| {
        let mut ids: Vec<String> = run.events.iter().map(|event| event.event.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&by_time), ids(&backwards), "the order of the file is no part of an id");
    assert_eq!(by_time.rows(), (6, 6, 0, 0));
}

#[test]
fn a_run_that_is_cut_into_two_files_stops_and_a_later_export_of_everything_does_not() {
    let head = "case,step,at\n";
    let january = format!("{head}A,new,2026-01-01\nB,new,2026-01-01\n");
    let february = format!("{head}C,new,2026-02-01\nA,work,2026-02-02\n");
    let all = format!("{head}A,new,2026-01-01\nA,work,2026-02-02\nB,new,2026-01-01\nC,new,2026-02-01\n");
    for order in ["", "sort_by = \"{at}\"\n"] {
        let log = LOG.replace("\"log.csv\"", "\"log*.csv\"").replace("run_by", &format!("{order}run_by"));
        let (error, _) = stop(&log, &[("log1.csv", &january), ("log2.csv", &february)]);
        let text = error.to_string();
        assert!(matches!(&error, ImportError::Parted { line: 3, .. }), "{text}");
        assert!(text.contains("log2.csv") && text.contains("`case`") && text.contains("one file"), "{text}");
        for files in [[&january, &all], [&all, &january]] {
            let run = import(&log, &[("log1.csv", files[0]), ("log2.csv", files[1])]);
            assert_eq!(run.ends.len(), 2);
            let opened = run.events.iter().map(|event| event.event.id.as_str());
            assert_eq!(opened.collect::<std::collections::HashSet<_>>().len(), 4, "each event is there once");
        }
    }
}

#[test]
fn rows_without_a_key_are_of_no_run_and_filtered_rows_do_not_part_one() {
    let mapping = LOG.replace("run_by =", "where = { step = { not = \"noise\" } }\nrun_by =");
    let rows = "case,step,at\nA,new,2026-01-01\nB,noise,2026-01-01\nA,work,2026-01-02\nB,new,2026-01-03\n";
    assert_eq!(told(&import(&mapping, &[("log.csv", rows)])), ["A opened", "A new>work", "B opened"]);
    let nameless = LOG.replace("{ ticket_id = \"{case}\" }", "{ ticket_id = \"{step}\" }");
    let rows = "case,step,at\n,one,2026-01-01\nA,two,2026-01-01\n,three,2026-01-02\n";
    assert_eq!(told(&import(&nameless, &[("log.csv", rows)])), ["one opened", "two opened", "three opened"]);
}

const ORDERS: &str = r#"
[[table]]
name = "orders"
files = ["orders.csv"]
group_by = "{no}"
[table.let]
priced = "{item} at {price}"
[[table.emit]]
type = "note.recorded"
payload = { personal.text = "{no}: {$first.priced}, {$last.priced}; first line {item}, last {$last.item}" }
"#;

#[test]
fn a_group_that_comes_again_stops_with_the_line_and_sorted_has_its_first_and_last_row_from_anywhere() {
    let rows = "no,item,price\nA,pen,2\nB,ink,3\nA,cap,11\nA,box,1\n";
    let (error, _) = stop(ORDERS, &[("orders.csv", rows)]);
    let text = error.to_string();
    assert!(matches!(&error, ImportError::Scattered { line: 4, by: "group_by", .. }), "{text}");
    assert!(text.contains("group_window"), "{text}");
    // Within the window it is one group; behind it, it has ended.
    let window = ORDERS.replace("group_by =", "group_window = 1\ngroup_by =");
    assert_eq!(import(&window, &[("orders.csv", rows)]).rows(), (4, 4, 0, 0));
    let far = "no,item,price\nA,pen,2\nB,ink,3\nC,ink,3\nA,cap,11\n";
    assert!(matches!(stop(&window, &[("orders.csv", far)]).0, ImportError::Scattered { line: 5, .. }));

    let sorted = ORDERS.replace("group_by =", "sort_by = \"{price}\"\ngroup_by =");
    let run = import(&sorted, &[("orders.csv", rows)]);
    assert_eq!(
        run.notes(),
        [
            "A: box at 1, cap at 11; first line box, last cap",
            "B: ink at 3, ink at 3; first line ink, last ink"
        ]
    );
    let empty = import(ORDERS, &[("orders.csv", "no,item,price\n,pen,2\nA,ink,3\n,cap,11\n")]);
    assert_eq!(empty.reject_places(), [(2, "no"), (4, "no")]);
}

#[test]
fn moments_are_sorted_before_numbers_and_texts_and_equal_rows_keep_their_order() {
    let mapping = r#"
dates = "%d.%m.%Y"
numbers = "1.234,56"
[[table]]
name = "notes"
files = ["notes.csv"]
sort_by = ["{key}", { text = "{other}", as = "number" }]
[[table.emit]]
type = "note.recorded"
payload = { personal.text = "{name}" }
"#;
    let rows = "key;other;name
zebra;;text 2\n11;;number 3\n;;nothing 1\n02.01.2026;;moment 3\n2,5;;number 1\n01.02.2025;;moment 1
;;nothing 2\nant;;text 1\n31.12.2025;11;moment 2 b\n2,5;;number 2\n31.12.2025;9,5;moment 2 a\n";
    let mapping = format!("delimiter = \";\"\n{mapping}");
    assert_eq!(
        import(&mapping, &[("notes.csv", rows)]).notes(),
        [
            "moment 1",
            "moment 2 a",
            "moment 2 b",
            "moment 3",
            "number 1",
            "number 2",
            "number 3",
            "text 1",
            "text 2",
            "nothing 1",
            "nothing 2"
        ]
    );
}

#[test]
fn computed_values_are_read_plainly_whatever_the_numbers_of_the_file_look_like() {
    let mapping = r#"
delimiter = ";"
numbers = "1.234,56"
currency = "EUR"
[[table]]
name = "lines"
files = ["lines.csv"]
group_by = "{no}"
[table.let]
net = { times = ["{quantity}", "{price}", 1.5], round = 3 }
twice = { plus = ["{net}", "{net}"] }
[[table.emit]]
type = "payment.received"
when = { twice = { above = 7.4 } }
payload = { order_id = "{no}", amount = { sum = "{twice}", over = "rows" }, method = { text = "{net}", as = "number" } }
"#;
    let rows = "no;quantity;price\nA;2;1,234\nA;1;1.000,50\nB;1;0,5\n";
    let run = import(mapping, &[("lines.csv", rows)]);
    assert_eq!(run.rejects, []);
    let found = run.each(|event| match &event.kind {
        Kind::PaymentReceived(payment) => Some((minor(payment.amount.as_ref()), payment.method.clone())),
        _ => None,
    });
    // 2 · (3.702 + 1,500.75); half to even.
    assert_eq!(found, [(300_890, "3.702".to_owned())]);
}

#[test]
fn a_row_of_a_run_sees_the_lets_of_the_row_before_the_row_behind_and_both_ends() {
    let mapping = r#"
[[table]]
name = "log"
files = ["log.csv"]
run_by = "{case}"
sort_by = "{at}"
[[table.join]]
name = "step"
files = ["steps.csv"]
on = "{step}"
key = "{code}"
[table.let]
stage = { first = ["{step.name}", "{step}"] }
# Reads itself of the row before: a running total.
total = { plus = ["{hours}", { text = "{$previous.total}", default = 0 }] }
[[table.emit]]
type = "note.recorded"
payload = { personal.text = "{case} {$previous.stage}>{stage}>{$next.step}; first {$first.step}; {total} h; final {$final}" }
"#;
    let rows =
        "case,step,hours,at\nA,n,1,2026-01-01\nB,n,5,2026-01-01\nA,w,2.5,2026-01-02\nA,d,1,2026-01-03\n";
    let steps = "code,name\nn,new\nw,work\n";
    assert_eq!(
        import(mapping, &[("log.csv", rows), ("steps.csv", steps)]).notes(),
        [
            "A >new>w; first n; 1 h; final false",
            "A new>work>d; first n; 3.5 h; final false",
            "A work>d>; first n; 4.5 h; final true",
            "B >new>; first n; 5 h; final true",
        ]
    );
}

#[test]
fn a_start_and_its_end_that_do_not_touch_are_a_pair_when_they_are_a_run() {
    let mapping = r#"
[[table]]
name = "log"
files = ["log.csv"]
run_by = ["{case}", "{step}"]
sort_by = "{at}"
[[table.emit]]
type = "note.recorded"
when = { state = "COMPLETE", "$previous.state" = "START" }
payload = { personal.text = "{case} {step} {took}" }
[table.let]
took = { between = ["{$previous.at}", "{at}"] }
"#;
    let rows = "case,step,state,at
A,check,START,2026-01-01 08:00:00\nB,check,START,2026-01-01 08:05:00\nA,pay,START,2026-01-01 08:10:00
A,check,COMPLETE,2026-01-01 08:20:00\nB,check,COMPLETE,2026-01-01 08:25:00\nA,pay,COMPLETE,2026-01-01 08:30:00
A,check,START,2026-01-02 08:00:00\nA,check,COMPLETE,2026-01-02 08:01:00\nB,pay,COMPLETE,2026-01-02 09:00:00\n";
    assert_eq!(
        import(mapping, &[("log.csv", rows)]).notes(),
        ["A check 1200", "A check 60", "A pay 1200", "B check 1200"]
    );
}

#[test]
fn a_real_log_sorted_by_time_gives_the_events_of_one_sorted_by_case() {
    let Some(from) = data("helpdesk_italy") else { return };
    let text = fs::read_to_string(from.join("helpdesk.csv")).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    let column = header.split(',').position(|name| name.trim_matches(['"', '\r']) == "Complete Timestamp");
    let mut rows: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(rest.as_bytes())
        .records()
        .map(Result::unwrap)
        .collect();
    rows.sort_by(|left, right| left[column.unwrap()].cmp(&right[column.unwrap()]));
    let sorted = Folder::of(&[] as &[(&str, &str)]);
    let mut file = csv::Writer::from_path(sorted.file("helpdesk.csv")).unwrap();
    file.write_record(header.split(',').map(|name| name.trim_matches(['"', '\r']))).unwrap();
    rows.iter().for_each(|row| file.write_record(row).unwrap());
    drop(file);
    let mapping = Mapping::preset("helpdesk-italy").unwrap();
    let events = |folder: PathBuf| {
        let run = run(&mapping, &[folder]);
        assert_eq!(run.rejects, []);
        run.events.into_iter().map(|event| (event.event.id.clone(), event)).collect::<BTreeMap<_, _>>()
    };
    let (by_case, by_time) = (events(from.join("helpdesk.csv")), events(sorted.path()));
    assert_eq!((by_case.len(), by_time.len()), (by_time.len(), by_case.len()));
    for (id, event) in &by_case {
        assert_eq!(by_time.get(id), Some(event));
    }
}

fn moments(mapping: &str, files: &[(&str, &str)]) -> Vec<String> {
    let run = import(mapping, files);
    assert_eq!(run.rejects, []);
    run.moments()
}

#[test]
fn the_latest_of_moments_takes_a_day_by_its_end_over_columns_joins_and_groups() {
    let mapping = |expr: &str| {
        format!(
            r#"
zone = "Europe/Riga"
dates = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
[[table]]
name = "deals"
files = ["deals.csv"]
undated = "recording"
[[table.join]]
name = "moves"
files = ["moves.csv"]
on = "{{no}}"
key = "{{no}}"
[table.let]
last = {{ latest = "{{moves.at}}", over = "moves" }}
[[table.emit]]
type = "note.recorded"
occurred_at = {expr}
payload = {{ personal.text = "{{no}}" }}
"#
        )
    };
    let files = [
        (
            "deals.csv",
            "no,created,closed\n1,02.03.2026 09:30,02.03.2026\n2,02.03.2026 09:30,01.03.2026\n3,,\n",
        ),
        ("moves.csv", "no,at\n1,03.03.2026 10:00\n1,04.03.2026 10:00\n1,\n2,28.02.2026\n"),
    ];
    let found = |expr: &str| moments(&mapping(expr), &files);
    let end = "2026-03-02T21:59:59.999999Z";
    assert_eq!(found("{ latest = [\"{closed}\", \"{created}\"] }"), [end, "2026-03-02T07:30:00Z", "-"]);
    assert_eq!(
        found("{ earliest = [\"{closed}\", \"{created}\"] }"),
        ["2026-03-02T07:30:00Z", "2026-03-01T21:59:59.999999Z", "-"]
    );
    assert_eq!(
        found("{ latest = [\"{closed}\", \"{created}\"], day = \"start\" }"),
        ["2026-03-02T07:30:00Z", "2026-03-02T07:30:00Z", "-"]
    );
    // A `let` that is a moment is read as one, whatever `dates` are; so is a date made by `as`.
    assert_eq!(
        found("{ latest = [\"{closed}\", \"{last}\"] }"),
        ["2026-03-04T08:00:00Z", "2026-03-01T21:59:59.999999Z", "-"]
    );
    assert_eq!(
        found("\"{last}\""),
        ["2026-03-04T08:00:00Z", "2026-02-28T21:59:59.999999Z", "-"],
        "the day's end is kept"
    );
    assert_eq!(found("{ text = \"{created}\", as = \"date\" }")[0], "2026-03-01T22:00:00Z");
    assert_eq!(found("{ text = \"{last}\", as = \"date\" }")[0], "2026-03-03T22:00:00Z");
    assert_eq!(
        found("{ earliest = \"{moves.at}\", over = \"moves\" }"),
        ["2026-03-03T08:00:00Z", "2026-02-28T21:59:59.999999Z", "-"]
    );
    // Behind what is later than it, and where it is itself.
    assert_eq!(
        found("{ latest = [\"{closed}\"], behind = \"{last}\" }"),
        ["2026-03-04T08:00:00.000001Z", "2026-03-01T21:59:59.999999Z", "-"]
    );
    assert_eq!(found("{ latest = [\"{last}\"], behind = \"{last}\" }")[0], "2026-03-04T08:00:00.000001Z");

    let grouped = mapping("{ latest = \"{closed}\", over = \"rows\" }")
        .replace("name = \"deals\"", "name = \"deals\"\ngroup_by = \"{no}\"");
    let rows = "no,created,closed\n1,,02.03.2026\n1,,01.03.2026 10:00\n1,,02.03.2026 11:00\n";
    assert_eq!(moments(&grouped, &[("deals.csv", rows)]), [end]);

    let unreadable =
        import(&mapping("{ latest = [\"{closed}\"] }"), &[("deals.csv", "no,created,closed\n1,,soon\n")]);
    let reject = &unreadable.rejects[0];
    assert_eq!((reject.column.as_str(), reject.value.as_str()), ("closed", "soon"));
}

#[test]
fn events_that_end_something_read_a_day_by_its_end_and_others_by_its_start_unless_day_says_otherwise() {
    let of = |kind: &str, payload: &str, day: &str| {
        let mapping = format!(
            "{day}\n[[table]]\nname = \"rows\"\nfiles = [\"rows.csv\"]\noccurred_at = \"{{at}}\"\n[[table.emit]]\ntype = \"{kind}\"\npayload = {{ {payload} }}\n"
        );
        moments(&mapping, &[("rows.csv", "id,at\n1,2026-03-02\n1,2026-03-02 10:00:00\n")])
    };
    let (start, end, time) = ("2026-03-02T00:00:00Z", "2026-03-02T23:59:59.999999Z", "2026-03-02T10:00:00Z");
    for (kind, payload) in [
        ("deal.won", "deal_id = \"{id}\""),
        ("deal.lost", "deal_id = \"{id}\""),
        ("ticket.resolved", "ticket_id = \"{id}\""),
        ("offer.responded", "offer_id = \"{id}\", response = \"accepted\""),
        ("delivery.completed", "order_id = \"{id}\""),
        ("need.closed", "need_id = \"{id}\", outcome = \"satisfied\""),
        ("lead.qualified", "result = \"accepted\""),
        ("lead.converted", "deal_id = \"{id}\""),
    ] {
        assert_eq!(of(kind, payload, ""), [end, time], "{kind}");
        assert_eq!(of(kind, payload, "day = \"start\""), [start, time], "{kind}");
    }
    for (kind, payload) in [
        ("deal.opened", "deal_id = \"{id}\", stage = \"new\""),
        ("deal.stage_changed", "deal_id = \"{id}\", to = \"next\""),
        ("ticket.opened", "ticket_id = \"{id}\""),
        ("order.placed", "order_id = \"{id}\""),
    ] {
        assert_eq!(of(kind, payload, ""), [start, time], "{kind}");
    }
}
