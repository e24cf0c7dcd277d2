//! A suggested mapping gives no wrong figure without a word: what several rows tell of is one, what has ended has ended,
//! and what could not be known stands in a comment.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{Run, run};
use rapport_import::{Mapping, suggest};
use rapport_proto::v1::payload::Kind;

fn of(name: &str, bytes: &[u8]) -> (Run, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let text = suggest(&folder.path().join(name)).unwrap();
    let mapping = Mapping::parse(&text, "test").unwrap_or_else(|error| panic!("{error}\n{text}"));
    (run(&mapping, &[folder.path().join(name)]), text)
}

fn counts(run: &Run, types: &[&str]) -> Vec<u64> {
    let found = run.types();
    types.iter().map(|name| found.get(*name).copied().unwrap_or_default()).collect()
}

#[test]
fn rows_of_a_history_are_changes_of_one_deal_or_ticket_and_not_deals_or_tickets() {
    let deals = "Id,OpportunityId,CreatedDate,StageName,Amount\n\
        h1,o1,2026-01-01T10:00:00Z,Prospecting,10\nh2,o2,2026-01-02T10:00:00Z,Prospecting,20\n\
        h3,o1,2026-01-03T10:00:00Z,Proposal,10\nh4,o1,2026-01-04T10:00:00Z,Proposal,12\n\
        h5,o1,2026-01-05T10:00:00Z,Closed Won,12\nh6,o1,2026-01-06T10:00:00Z,Closed Won,12\n\
        h7,o2,2026-01-07T10:00:00Z,Closed Lost,20\n";
    let (run, text) = of("OpportunityHistory.csv", deals.as_bytes());
    let types = ["deal.opened", "deal.stage_changed", "deal.won", "deal.lost"];
    assert_eq!(counts(&run, &types), [2, 1, 1, 1], "{text}");
    assert_eq!(run.rejects, []);
    let tickets = "ticket_id,at,status\nt1,2026-01-01 10:00,new\nt2,2026-01-01 11:00,new\nt1,2026-01-02 10:00,open\n\
        t1,2026-01-03 10:00,solved\n";
    let (run, text) = of("log.csv", tickets.as_bytes());
    assert_eq!(
        counts(&run, &["ticket.opened", "ticket.stage_changed", "ticket.resolved"]),
        [2, 1, 1],
        "{text}"
    );
    // The shortest name is the thing's, whether it comes first or last and whether its rows differ.
    let complaints = "ComplaintDossierID,ComplaintID,ContactDate\nd1,c1,2026-01-01\nd1,c2,2026-01-02\n";
    let (run, text) = of("complaints.csv", complaints.as_bytes());
    assert_eq!(counts(&run, &["ticket.opened"]), [2], "{text}");
    assert!(text.contains("ticket_id = \"{ComplaintID}\""), "{text}");
    // What only some rows are of is not what the rows are.
    let (run, text) =
        of("meetings.csv", b"id,subject,start,POTENTIALID\n1,a,2026-01-01,7\n2,b,2026-01-02,\n");
    assert_eq!(counts(&run, &["touch.meeting_held"]), [2], "{text}");
    let (_, text) = of("events.csv", b"id,subject,start,POTENTIALID\n1,a,2026-01-01,7\n2,b,2026-01-02,\n");
    assert!(!text.contains("deal."), "{text}");
    // Without a status or a date the rows tell of something else.
    let (_, text) = of("deal_tags.csv", b"deal_id,label\nd1,a\nd1,b\nd2,a\n");
    assert!(!text.contains("deal."), "{text}");
}

#[test]
fn lines_of_one_invoice_or_order_are_one_also_where_each_line_has_an_id_and_wherever_they_stand() {
    let lines = "line_id,order_id,sku,quantity,price,order_date\n1,a,x,2,1.50,2026-01-01\n2,b,y,1,3,2026-01-02\n3,a,z,1,2,2026-01-01\n";
    let (run, text) = of("lines.csv", lines.as_bytes());
    assert_eq!(run.rejects, [], "{text}");
    assert_eq!(counts(&run, &["order.placed"]), [2], "{text}");
    // The suggestion makes orders only of a file with a column that names the order.
    let (_, text) = of("order_line_items.csv", b"line,sku,price\n1,x,2\n2,y,3\n3,x,4\n");
    assert!(!text.contains("order.placed"), "{text}");
}

#[test]
fn what_has_ended_ends_by_whatever_column_says_so_and_a_comment_says_where_none_does() {
    let deals = "Deal No,Stage,Status,Created,Value\n1,Proposal,Won,2026-01-01,5\n2,Proposal,Open,2026-01-02,6\n3,Contact,Lost,2026-01-03,7\n";
    let (run, text) = of("deals.csv", deals.as_bytes());
    assert_eq!(
        counts(&run, &["deal.opened", "deal.won", "deal.lost", "deal.stage_changed"]),
        [3, 1, 1, 1],
        "{text}"
    );
    let won = run.decoded().find(|event| matches!(event.kind, Kind::DealWon(_))).unwrap();
    assert_eq!(won.event.occurred_at, None, "no column says when it was won");
    let (run, text) = of("deals.csv", deals.replace("Won", "Vinto").as_bytes());
    assert_eq!(counts(&run, &["deal.won"]), [0]);
    assert!(text.contains("# CHECK: no value of `Status` is known to mean `deal.won`"), "{text}");
    let tickets =
        "Ticket ID,Status,Created,Closed at\n1,Open,2026-01-01,\n2,Resolved,2026-01-02,2026-01-05\n";
    let (run, text) = of("tickets.csv", tickets.as_bytes());
    assert_eq!(
        counts(&run, &["ticket.opened", "ticket.resolved", "ticket.stage_changed"]),
        [2, 1, 1],
        "{text}"
    );
    // A stage of many is among the values that are looked at.
    let many: String = (1..40).map(|row| format!("{row},stage {row},2026-01-01\n")).collect();
    let (run, _) =
        of("deals.csv", format!("Deal No,Stage,Created\n{many}40,Closed won,2026-01-01\n").as_bytes());
    assert_eq!(counts(&run, &["deal.won"]), [1]);
}

#[test]
fn a_status_is_a_state_of_a_row_with_an_id_and_has_no_key_that_would_hide_its_coming_back() {
    let rows = "Deal No,Stage,Created\n1,a,2026-01-01\n2,Won,2026-01-01\n";
    let (_, text) = of("deals.csv", rows.as_bytes());
    assert_eq!(
        (text.matches("state = \"status\"").count(), text.matches("key = ").count()),
        (2, 0),
        "{text}"
    );
    // A state needs an id.
    let (_, text) = of("deals.csv", rows.replace("2,Won", "1,Won").replace("Deal No", "Pipeline").as_bytes());
    assert!(text.contains("deal.won") && !text.contains("state ="), "{text}");
}

#[test]
fn answers_from_1_to_10_are_an_nps_only_where_the_column_is_called_so() {
    let survey = |name: &str, scores: &str| {
        let rows: String = scores
            .split(' ')
            .enumerate()
            .map(|(row, score)| format!("r{row},{score},2026-01-01\n"))
            .collect();
        of("answers.csv", format!("respondent,{name},date\n{rows}").as_bytes())
    };
    for (name, scores, instrument) in [
        ("score", "1 10 7", "instrument = \"custom\", scale = { min = 1, max = 10 }"),
        ("score", "0 10 7", "instrument = \"custom\", scale = { min = 0, max = 10 }"),
        ("rating", "0 5 3", "instrument = \"custom\", scale = { min = 0, max = 5 }"),
        ("stars", "1 5 3", "instrument = \"csat\", scale = { min = 1, max = 5 }"),
        ("NPS score", "1 10 7", "instrument = \"nps\", scale = { min = 0, max = 10 }"),
    ] {
        let (run, text) = survey(name, scores);
        assert!(text.contains(instrument), "{name} {scores}\n{text}");
        assert_eq!((run.rejects.len(), run.events.len()), (0, 3), "{text}");
    }
    // A scale of halves has more different values than a list of words.
    let halves: Vec<String> = (2..=20).map(|half| format!("{}.{}", half / 2, half % 2 * 5)).collect();
    let (_, text) = survey("rating", &halves.join(" "));
    assert!(text.contains("max = 10"), "{text}");
}

#[test]
fn what_could_not_be_known_stands_in_a_comment() {
    let (run, text) = of("visits.csv", b"visit,who,contact id,date,amount,colour\n1,a,0,2026-01-01,NULL,red\n2,b,7,2026-01-02,3.5,blue\n3,c,0,2026-01-03,-,red\n");
    assert_eq!(run.rejects, [], "{text}");
    for part in [
        "null = [\"NULL\", \"-\"]",
        "# CHECK: `0` in it may stand for an unknown customer",
        "# CHECK: nothing reads `who`, `amount`, `colour`",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let days: String = (1..=28).map(|day| format!("{day},2026-01-{day:02},2\n")).collect();
    let (run, text) = of("payments.csv", format!("payment id,date,amount\n{days}29,soon,3\n").as_bytes());
    assert_eq!(run.rejects.len(), 1);
    assert!(text.contains("# CHECK: 1 of 29 rows are rejected. The first: `line 30, date:"), "{text}");
}

#[test]
fn lines_above_a_header_are_skipped() {
    let report = "Deals of the month\nmade, on 2026-02-01\n\nDeal No;Stage;Created\n1;a;2026-01-01\n2;Won;2026-01-02\n3;a;2026-01-02\n";
    let (run, text) = of("deals.csv", report.as_bytes());
    assert!(text.contains("skip_lines = 3"), "{text}");
    assert_eq!(counts(&run, &["deal.opened", "deal.won"]), [3, 1], "{text}");
}

#[test]
fn values_of_another_kind_are_counted_and_an_id_is_that_of_other_files() {
    let mut rows: String = (0..97).map(|row| format!("{},5.0,1{row}.0,x\n", 500 + row)).collect();
    rows.push_str("C1,-5.0,17.0,x\nC2,-5.0,18.0,x\nC3,5.0,,x\n");
    let (run, text) = of("invoices.csv", format!("InvoiceNo,Amount,CustomerID,Note\n{rows}").as_bytes());
    assert!(text.contains("`InvoiceNo`: filled always, all different, numbers but for 3 values"), "{text}");
    assert!(text.contains("`Amount`: filled always, 2 different, numbers\n"), "{text}");
    assert!(text.contains("`kind = \"credit_note\"`"), "{text}");
    assert!(!text.contains("nothing reads `InvoiceNo`") && !text.contains("`CustomerID`, "), "{text}");
    let customers: Vec<&str> = run.events.iter().map(|event| event.event.customer.as_str()).collect();
    assert_eq!((customers[0], customers[1], customers[97], customers[99]), ("10", "11", "17", ""));
    let (_, text) = of("invoices.csv", b"InvoiceNo,Amount,CustomerID\n1,5,7.0\n2,6,8.5\n");
    assert!(text.contains("customer = \"{CustomerID}\"") && !text.contains("credit_note"), "{text}");
}
