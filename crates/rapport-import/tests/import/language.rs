//! The mapping language, as `docs/import.md` states it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support;
use std::{collections::BTreeMap, path::PathBuf};

use crate::support::{Folder, NOTES, import, mapping, minor, packed, refused, run, run_on, stop, stop_of};
use rapport_import::{Import, ImportError, Options, Step};
use rapport_proto::{v1::payload::Kind, validate::Limits};

#[test]
fn the_example_of_the_documentation_does_what_it_says() {
    let text = include_str!("../../../../docs/import.md");
    let block = |fence: &str| text.split_once(fence).unwrap().1.split_once("\n```").unwrap().0.to_owned();
    let (rows, mapping) = (block("You have `deals.csv`:\n\n```\n"), block("Write `my.toml`:\n\n```toml\n"));
    let run = import(&mapping, &[("deals.csv", rows)]);
    assert_eq!(run.rejects, []);
    assert_eq!((run.definitions.len(), run.events.len()), (1, 6));
    let (mut amounts, mut products) = (Vec::new(), Vec::new());
    for event in run.decoded() {
        if let Kind::DealOpened(deal) = event.kind {
            amounts.push(minor(deal.amount.as_ref()));
            products.extend(deal.products);
            assert_eq!(event.event.occurred_at.unwrap().seconds % 86_400, 22 * 3_600, "midnight in Riga");
        }
    }
    assert_eq!(
        (amounts, products),
        (vec![125_000, 98_050, 0], vec!["Ovens".into(), "Ovens".into(), "Mixers".to_owned()])
    );
}

#[test]
fn a_state_that_cannot_be_that_of_a_row_is_refused_with_the_mapping() {
    let stated = |state: &str, table: &str, emit: &str| {
        NOTES
            .replace("customer =", &format!("{table}\ncustomer ="))
            .replace("type = \"note.recorded\"", &format!("type = \"note.recorded\"\n{state}\n{emit}"))
    };
    let id = "id = \"{no}\"";
    mapping(&stated("state = \"mood\"", id, ""));
    mapping(&stated("state = \"mood\"", "group_by = \"{no}\"", ""));
    let nameless = refused(&stated("state = \"\"", id, ""));
    assert!(nameless.contains("emit[1] \"note.recorded\": `state` is `\"\"`; expected a name"), "{nameless}");
    let shared = refused(&stated("state = \"mood\"", id, "id = \"{other}\""));
    assert!(shared.contains("expected no `state` beside `id`"), "{shared}");
    let without = refused(&stated("state = \"mood\"", "", ""));
    assert!(without.contains("expected a table with `id` or `group_by`"), "{without}");
}

#[test]
fn a_row_of_which_two_emits_tell_one_state_is_rejected_and_names_both() {
    let emit = |name: &str, when: &str| {
        format!(
            "[[table.emit]]\nname = \"{name}\"\nstate = \"mood\"\ntype = \"note.recorded\"\nwhen = {{ {when} }}\n\
             payload = {{ personal.text = \"{name}\" }}\n"
        )
    };
    let mapping = "[[table]]\nname = \"notes\"\nfiles = [\"notes.csv\"]\nid = \"{no}\"\n".to_owned()
        + &emit("glad", "a = \"yes\"")
        + &emit("sad", "b = \"yes\"");
    let run = import(&mapping, &[("notes.csv", b"no,a,b\n1,yes,\n2,yes,yes\n3,,yes\n")]);
    assert_eq!(run.notes(), ["glad", "sad"]);
    let reason = &run.rejects[0].reason;
    assert!(reason.contains("emits `glad` and `sad` both say the state `mood`"), "{reason}");
    assert_eq!((run.rejects.len(), run.rejects[0].line), (1, 3));
}

#[test]
fn equal_rows_in_parts_of_one_export_are_all_there_and_those_of_an_export_given_twice_are_not() {
    let told = |files: &[&[u8]]| {
        let names = ["notes-1.csv", "notes-2.csv", "notes-3.csv"];
        let files: Vec<(&str, &[u8])> = names.into_iter().zip(files.iter().copied()).collect();
        let run = import(NOTES, &files);
        run.events.iter().map(|event| event.event.id.clone()).collect::<std::collections::HashSet<_>>().len()
    };
    let january: &[u8] = b"who,text\nada,hello\nada,hello\nbob,hello\n";
    let february: &[u8] = b"text,who,more\nhello , ada,\nbye,ada,\n";
    let both: &[u8] = b"who,text\nada,hello\nada,hello\nbob,hello\nada,hello\nada,bye\n";
    assert_eq!(told(&[january, february]), 5, "parts");
    assert_eq!(told(&[january, january]), 3, "a copy");
    assert_eq!(told(&[january, both]), 5, "a later export");
    assert_eq!(told(&[both, february]), 5, "an earlier one");
    assert_eq!(told(&[january, february, both]), 5, "parts and the whole");
}

#[test]
fn mistakes_in_a_mapping_are_named_with_place_key_and_remedy() {
    let slip = NOTES.replace("customer =", "custmer =");
    assert_eq!(refused(&slip), "table[1] \"notes\": unknown key `custmer`; did you mean `customer`?");
    let field = NOTES.replace("personal.text", "personal.txt");
    assert!(
        refused(&field).contains(
            "emit[1] \"note.recorded\" / payload / personal: unknown key `txt`; did you mean `text`?"
        )
    );
    let kind = NOTES.replace("note.recorded", "note.record");
    assert!(
        refused(&kind).contains("expected `note.recorded`; for a type of your own"),
        "{}",
        refused(&kind)
    );
    assert!(refused(&NOTES.replace("{text}", "{text")).contains("with both braces"));
    assert!(
        refused(&NOTES.replace("\"{who}\"", "{ text = \"{who}\", as = \"word\" }"))
            .contains("`text`, `number`, `boolean`, `date` or `hash`")
    );
    assert!(refused(&format!("zone = \"Mars/Base\"\n{NOTES}")).contains("a zone such as"));
    let dates = refused(&format!(
        "dates = [\"iso\", \"%d.%q.%Y\"]\n[[definition]]\ncode = \"a\"\nstages = [{{ code = \"b\" }}]\n{NOTES}"
    ));
    assert!(dates.starts_with("mapping: `dates` is `\"%d.%q.%Y\"`; expected `iso`"), "{dates}");
    assert!(refused("name = \"empty\"").contains("[[table]]"));
    let circle =
        format!("{NOTES}[table.let]\na = \"{{b}}\"\nb = \"{{a}}\"\n").replace("\"{who}\"", "\"{a}\"");
    assert!(refused(&circle).contains("does not lead back to itself"), "{}", refused(&circle));
    let money = NOTES.replace("note.recorded", "payment.received").replace("personal.text = ", "amount = ");
    assert!(refused(&money).contains("currency"));
    let twice = format!("{NOTES}[[table.emit]]\ntype = \"note.recorded\"\n");
    assert!(refused(&twice).contains("no other emit"));
}

#[test]
fn a_missing_column_and_a_file_of_no_table_are_named_with_what_there_is() {
    let folder = Folder::of(&[("notes.csv", "whom,text\na,b\n"), ("other.csv", "x\n1\n")]);
    let stop = |name: &str| stop_of(NOTES, &[folder.file(name)]).0;
    let message = stop("notes.csv").to_string();
    assert!(message.contains("`who` (did you mean `whom`?); it has `whom`, `text`"), "{message}");
    let other = stop("other.csv");
    assert!(
        matches!(other, ImportError::Unmatched { .. }) && other.to_string().contains("`notes` (notes*.csv)")
    );
    assert!(matches!(stop("gone.csv"), ImportError::Read { .. }));
}

#[test]
fn a_file_of_another_name_is_known_by_its_columns_or_by_the_table_given() {
    let folder = Folder::of(&[("export.csv", "text,who\nhello,a\n")]);
    let file = folder.file("export.csv");
    let named = PathBuf::from(format!("notes={}", file.display()));
    for given in [file, named] {
        assert_eq!(run(&mapping(NOTES), &[given]).notes(), ["hello"]);
    }
}

#[test]
fn encodings_byte_order_marks_quotes_and_lines_in_values_are_read() {
    let rows = "who;text\na;\"žirgs; \"\"labs\"\"\nun otrs\"\nb;plain\n";
    let utf16: Vec<u8> =
        [0xfffe_u16.swap_bytes()].into_iter().chain(rows.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let with_mark = [b"\xef\xbb\xbf".as_slice(), rows.as_bytes()].concat();
    let (windows, _, _) = encoding(rows);
    let semicolons = NOTES.replace("customer", "delimiter = \";\"\ncustomer");
    for (encoding, bytes) in [("utf-8", with_mark), ("utf-8", utf16), ("windows-1257", windows)] {
        let mapping = format!("encoding = \"{encoding}\"\n{semicolons}");
        assert_eq!(
            import(&mapping, &[("notes.csv", &bytes)]).notes(),
            ["žirgs; \"labs\"\nun otrs", "plain"],
            "{encoding}"
        );
    }
}

fn encoding(text: &str) -> (Vec<u8>, (), ()) {
    (
        text.chars().map(|letter| if letter == 'ž' { 0xfe } else { u8::try_from(letter).unwrap() }).collect(),
        (),
        (),
    )
}

#[test]
fn wrong_rows_are_rejected_with_line_column_and_reason_and_the_others_go_on() {
    let mapping = r#"
currency = "EUR"
[[table]]
name = "payments"
files = ["payments.csv"]
id = "{no}"
customer = "{who}"
occurred_at = "{day}"
[[table.emit]]
type = "payment.received"
payload = { amount = { text = "{sum}", currency = "{cur}" } }
"#;
    let rows = b"no,who,day,sum,cur\n1,a,2026-01-02,\"1,234.505\",EUR\n2,a,2026-02-30,5,EUR\n3,a,2026-01-02,\"1,5\",EUR\n4,a,,5,EUR\n\n5,a,2026-01-02,5,EURO\n6,a,2026-01-02,5\n,a,2026-01-02,5,EUR\n8,\xff,2026-01-02,5,EUR\n9,a,2026-01-02,,EUR\n10,a,2026-01-02,7,JPY\n";
    let run = import(mapping, &[("payments.csv", rows)]);
    let expected = [
        (3, "day", "2026-02-30"),
        (4, "sum", "1,5"),
        (5, "day", ""),
        (7, "cur", "EURO"),
        (8, "", ""),
        (9, "no", ""),
        (10, "who", "\u{fffd}"),
        (11, "sum", ""),
    ];
    assert_eq!(run.reject_values(), expected);
    assert_eq!(run.rows(), (10, 2, 0, 8));
    let amounts = run.each(|event| match &event.kind {
        Kind::PaymentReceived(payment) => {
            payment.amount.clone().map(|amount| (amount.minor_units, amount.currency))
        }
        _ => None,
    });
    assert_eq!(
        amounts,
        [(123_450, "EUR".into()), (7, "JPY".to_owned())],
        "half to even; no minor digits in JPY"
    );
}

#[test]
fn a_value_too_long_for_the_name_of_a_stream_is_named_with_its_column() {
    let long = "x".repeat(600);
    let rows = format!("who,text\n{long},a\nb,c\n");
    let found = import(NOTES, &[("notes.csv", rows)]).rejects;
    assert_eq!((found.len(), found[0].line), (1, 2));
    assert_eq!((found[0].column.as_str(), found[0].value.as_str()), ("who", long.as_str()));
    assert!(!found[0].reason.contains("xxx") && found[0].reason.contains("609 bytes"), "{}", found[0].reason);
    let own = NOTES.replace("customer", "stream = \"of-{text}\"\ncustomer");
    let found = import(&own, &[("notes.csv", format!("who,text\na,{long}\n"))]).rejects;
    assert_eq!((found[0].column.as_str(), found[0].value.as_str()), ("text", format!("of-{long}").as_str()));
}

const INVOICES: &str = r#"
currency = "EUR"
[[table]]
name = "lines"
files = ["lines.csv"]
group_by = "{invoice}"
group_window = 2
customer = "{who}"
[[table.join]]
name = "product"
per = "rows"
files = ["products.csv"]
on = "{sku}"
key = "{sku}"
[[table.emit]]
type = "invoice.issued"
[table.emit.payload]
invoice_id = "{invoice}"
lines = { each = "rows", when = { sku = { not = "rounding" } }, of = { product = "{sku}", category = "{product.group}", quantity = 1, net = "{net}" } }
total = { sum = "{net}", over = "rows" }
"#;

#[test]
fn the_rows_of_a_group_become_one_event_within_the_window() {
    let lines =
        "invoice,who,sku,net\nA,x,pen,1.10\nB,y,ink,2.00\nA,x,ink,0.40\nA,x,rounding,0.01\nC,z,pen,5\n";
    let run =
        import(INVOICES, &[("lines.csv", lines), ("products.csv", "sku,group\npen,tools\nink,liquids\n")]);
    let found = run.each(|event| match &event.kind {
        Kind::InvoiceIssued(invoice) => {
            let categories = invoice.lines.iter().map(|line| line.category.clone()).collect();
            Some((invoice.invoice_id.clone(), minor(invoice.total.as_ref()), categories))
        }
        _ => None,
    });
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            ("A".into(), 151, text(&["tools", "liquids"])),
            ("B".into(), 200, text(&["liquids"])),
            ("C".to_owned(), 500, text(&["tools"])),
        ]
    );
    assert_eq!(run.rows(), (5, 5, 0, 0));
}

#[test]
fn a_wrong_row_rejects_its_whole_group() {
    let run = import(
        INVOICES,
        &[("lines.csv", b"invoice,who,sku,net\nA,x,pen,1.10\nA,x,ink,much\nB,y,ink,2.00\n")],
    );
    assert_eq!((run.rows(), run.events.len()), ((3, 1, 0, 2), 1));
    assert_eq!((run.rejects[0].column.as_str(), run.rejects[0].value.as_str()), ("net", "much"));
}

#[test]
fn a_required_partner_that_is_missing_rejects_the_row_and_an_optional_one_does_not() {
    let with = |required: bool| {
        format!("{NOTES}\n[[table.join]]\nname = \"people\"\nfiles = [\"people.csv\"]\non = \"{{who}}\"\nkey = {{ text = \"{{id}}\", case = \"lower\" }}\nrequired = {required}\n")
            .replace("\"{text}\"", "\"{text} {people.name}\"")
    };
    let files = [("notes.csv", "who,text\na,hello\nz,bye\n"), ("people.csv", "id,name\nA,Anna\nA,Other\n")];
    assert_eq!(import(&with(false), &files).notes(), ["hello Anna", "bye"]);
    let run = import(&with(true), &files);
    assert_eq!(run.notes(), ["hello Anna"]);
    assert_eq!(run.reject_values(), [(3, "who", "z")]);
    let (missing, _) = stop(&with(true), &files[..1]);
    assert!(matches!(missing, ImportError::MissingFile { .. }));
}

#[test]
fn an_updated_export_adds_what_is_in_a_key_and_refuses_what_is_not() {
    let mapping = r#"
undated = "recording"
[[table]]
name = "deals"
files = ["deals*.csv"]
id = "{no}"
[[table.emit]]
name = "opened"
type = "deal.opened"
payload = { deal_id = "{no}", stage = "first", personal.title = "{title}" }
[[table.emit]]
name = "moved"
type = "deal.stage_changed"
when = { stage = { not = "first" } }
key = "{stage}"
payload = { deal_id = "{no}", to = "{stage}" }
"#;
    let mapping = support::mapping(mapping);
    let folder = Folder::of(&[
        ("deals1.csv", "no,title,stage\n1,a,first\n2,b,first\n"),
        ("deals2.csv", "no,title,stage\n1,a,second\n2,renamed,first\n"),
    ]);
    let mut ledger = BTreeMap::new();
    run_on(&mapping, &[folder.file("deals1.csv")], &mut ledger);
    let second = run_on(&mapping, &[folder.file("deals2.csv")], &mut ledger);
    assert_eq!(second.rows(), (2, 1, 0, 1));
    assert_eq!(ledger.len(), 3);
}

#[test]
fn rows_without_an_event_are_accepted_once_and_dates_for_undated_rows_can_be_given() {
    let dated =
        NOTES.replace("payload", "occurred_at = \"{day}\"\nwhen = { text = { empty = false } }\npayload");
    let mapping = mapping(&dated);
    let folder = Folder::of(&[("notes.csv", "who,text,day\na,,\nb,hello,\n")]);
    assert_eq!(run(&mapping, &[folder.path()]).rows(), (2, 1, 0, 1));
    let undated_as = "2026-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
    let steps = Import::new(
        &mapping,
        &[folder.path()],
        Options { undated_as: Some(undated_as), ..Options::default() },
    )
    .unwrap();
    let events: Vec<_> = steps
        .filter_map(|step| match step.unwrap() {
            Step::Row(row) => Some(row.events),
            Step::Definition(_) | Step::Reject(_) | Step::FileEnd(_) => None,
        })
        .flatten()
        .collect();
    assert_eq!(events[0].event.occurred_at.unwrap().seconds, 1_767_225_600);
}

#[test]
fn packed_files_spaces_lists_and_places_are_read() {
    let mapping = r#"
[[table]]
name = "notes"
files = ["notes.csv"]
delimiter = "tab"
skip_lines = 1
null = ["-"]
customer = { first = ["{#2}", "{who}"] }
[[table.emit]]
type = "note.recorded"
payload = { tags = { split = "{labels}", by = "," }, personal.text = "{{{$line}}}: {text.1}" }
"#;
    let rows = "export of today\nwho\t\ttext\ttext\tlabels\na\t-\tx\ty\t red, blue ,\n";
    let run = import(mapping, &[("notes.csv.gz", packed(rows.as_bytes()))]);
    assert_eq!(run.notes(), ["{3}: y"]);
    let event = run.decoded().next().unwrap();
    assert_eq!(event.stream, "customer-a");
    let Kind::NoteRecorded(note) = event.kind else { panic!("a note") };
    assert_eq!(note.tags, ["red", "blue"]);
}

#[test]
fn lines_are_counted_across_blank_lines_line_breaks_in_values_and_either_line_end() {
    let rows = "who,text\nlong,a\n\nb,\"two\nlines\"\nc,x,y\n\n\nd,\"\n\"\ne,x,y";
    for text in [rows.to_owned(), rows.replace('\n', "\r\n"), format!("{rows}\n")] {
        let run = import(NOTES, &[("notes.csv", &text)]);
        let lines: Vec<u64> = run.rejects.iter().map(|reject| reject.line).collect();
        assert_eq!(lines, [6, 11], "{text:?}");
    }
}

#[test]
fn a_row_whose_events_do_not_fit_into_one_request_is_a_reject_with_the_limit_that_it_passes() {
    let second = "[[table.emit]]\nname = \"again\"\ntype = \"note.recorded\"\npayload = { personal.text = \"{text}\" }\n";
    let mapping = mapping(&(NOTES.to_owned() + second));
    let folder = Folder::of(&[("notes.csv", format!("who,text\na,{}\n", "x".repeat(100)))]);
    let reasons = |limits: Limits| -> Vec<String> {
        let options = Options { limits, ..Options::default() };
        let steps = Import::new(&mapping, &[folder.path()], options).unwrap();
        let reason = |step: Step| if let Step::Reject(reject) = step { Some(reject.reason) } else { None };
        steps.filter_map(|step| reason(step.unwrap())).collect()
    };
    let limits = Limits::default();
    assert_eq!(reasons(limits), [""; 0]);
    for (name, limits) in [
        ("request_events_max", Limits { request_events_max: 1, ..limits }),
        ("request_bytes_max", Limits { request_bytes_max: 150, ..limits }),
        ("message_bytes_max", Limits { message_bytes_max: 150, ..limits }),
    ] {
        let reasons = reasons(limits);
        assert!(
            reasons.len() == 1 && reasons[0].contains(&format!("(`{name}` of the server)")),
            "{reasons:?}"
        );
    }
}
