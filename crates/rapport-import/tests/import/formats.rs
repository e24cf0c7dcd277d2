//! Files that are not CSV: JSON, JSON lines, ZIP, XLSX, XES. The same mapping gives the same events of each.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use crate::support::{Folder, Run, complaint, import, mapping, minor, packed, run, workbook, zip};
use rapport_proto::v1::payload::Kind;
use sha2::{Digest as _, Sha256};

const DEALS: &str = r#"
currency = "EUR"
[[table]]
name = "deals"
files = ["deals.*"]
id = "{No}"
customer = "{Customer}"
[[table.emit]]
type = "deal.opened"
occurred_at = "{Day}"
payload = { deal_id = "{No}", pipeline = "sales", stage = "{Stage}", amount = "{Amount}" }
"#;

/// Number, customer, second of the day, stage, amount of each deal.
fn deals(run: &Run) -> Vec<(String, String, i64, String, i64)> {
    run.each(|event| match &event.kind {
        Kind::DealOpened(deal) => Some((
            deal.deal_id.clone(),
            event.event.customer.clone(),
            event.event.occurred_at.unwrap().seconds,
            deal.stage.clone(),
            minor(deal.amount.as_ref()),
        )),
        _ => None,
    })
}

const CSV: &str = "No,Customer,Day,Stage,Amount\n1,fjord,2026-03-04,one,1250.5\n2,Österström,2026-03-05 10:20:30,two,3.125\n";

fn xlsx() -> Vec<u8> {
    let rows = r#"
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c></row>
<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>fjord</t></is></c><c r="C2" s="1"><v>46085</v></c><c r="D2" t="s"><v>5</v></c><c r="E2"><v>1250.5</v></c></row>
<row r="4"><c r="A4"><v>2</v></c><c r="B4" t="s"><v>6</v></c><c r="C4" s="2"><v>46086.430902777778</v></c><c r="D4" t="inlineStr"><is><t>two</t></is></c><c r="E4"><v>3.1249999999999999</v></c></row>"#;
    workbook(&[("Deals", rows)], &["No", "Customer", "Day", "Stage", "Amount", "one", "Österström"], "")
}

fn xes() -> String {
    let event = |number: u32, day: &str, amount: &str| {
        format!(
            "<event><string key=\"No\" value=\"{number}\"/><date key=\"Day\" value=\"{day}\"/><string key=\"Stage\" \
             value=\"{}\"/><float key=\"Amount\" value=\"{amount}\"/></event>",
            ["one", "two"][number as usize - 1]
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xmlns=\"http://www.xes-standard.org/\">\n<extension name=\"Time\"/>\n\
         <global scope=\"event\"><string key=\"No\" value=\"none\"/></global>\n<string key=\"origin\" value=\"x\"/>\n\
         <trace><string key=\"who\" value=\"fjord\"/>{}</trace>\n<trace>{}<string key=\"who\" value=\"&#214;sterstr&#xf6;m\"/></trace>\n</log>\n",
        event(1, "2026-03-04T00:00:00.000+00:00", "1250.5"),
        event(2, "2026-03-05T10:20:30Z", "3.125")
    )
}

#[test]
fn one_mapping_gives_the_same_deals_of_every_format_whatever_it_says_of_dates_and_numbers() {
    let expected = deals(&import(DEALS, &[("deals.csv", CSV.as_bytes())]));
    assert_eq!(expected.len(), 2);
    let json = r#"[{"No":1,"Customer":"fjord","Day":"2026-03-04","Stage":"one","Amount":1250.5},
 {"No":2,"Customer":"Österström","Day":"2026-03-05 10:20:30","Stage":"two","Amount":3.125}]"#;
    let objects = json.trim_matches(['[', ']']).replace("},", "}");
    let inside = format!("{{\"next\":null,\"deals\":{json},\"count\":2}}");
    let (xlsx, xes) = (xlsx(), xes());
    let archive = zip(&[("deals.csv", CSV)]);
    let nested = zip(&[("any/deals.xlsx", xlsx.as_slice()), ("note.txt", b"")]);
    let packed = packed(xes.as_bytes());
    let files: [(&str, &[u8]); 9] = [
        ("deals.json", json.as_bytes()),
        ("deals.jsonl", objects.as_bytes()),
        ("deals.ndjson", objects.as_bytes()),
        ("deals.json", inside.as_bytes()),
        ("deals.xlsx", &xlsx),
        ("deals.xes", xes.as_bytes()),
        ("deals.xes.gz", &packed),
        ("deals.zip", &archive),
        ("export.zip", &nested),
    ];
    let other = "dates = \"iso\"\nnumbers = \"1.234,56\"\n";
    for (name, bytes) in files {
        for marks in ["", other] {
            // A file of text is read as the mapping says it is written.
            if marks == other && bytes == archive {
                continue;
            }
            let mapping = format!("{marks}{DEALS}");
            let mapping =
                if name.contains("xes") { mapping.replace("{Customer}", "{case:who}") } else { mapping };
            let run = import(&mapping, &[(name, bytes)]);
            assert_eq!((run.rejects.as_slice(), deals(&run)), (&[][..], expected.clone()), "{name} {marks}");
            let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(run.ends[0].0.sha256, digest, "{name}");
        }
    }
}

#[test]
fn dates_of_a_sheet_are_dates_whatever_dates_says_and_texts_are_one_decision_a_column() {
    let mapping = format!("dates = \"%d.%m.%Y\"\nnumbers = \"1.234,56\"\n{DEALS}");
    assert_eq!(deals(&import(&mapping, &[("deals.xlsx", &xlsx())])).len(), 2);
    let rows = |amounts: [&str; 2]| {
        let row = |line: usize, amount: &str| {
            format!(
                "<row r=\"{line}\"><c r=\"A{line}\"><v>{line}</v></c><c r=\"B{line}\" t=\"inlineStr\"><is><t>{amount}</t></is></c></row>"
            )
        };
        let head = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>No</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>Amount</t></is></c></row>";
        format!("{head}{}{}", row(2, amounts[0]), row(3, amounts[1]))
    };
    let mapping = DEALS
        .replace("customer = \"{Customer}\"", "")
        .replace("occurred_at = \"{Day}\"", "")
        .replace("{Stage}", "one");
    let message = complaint(&mapping, "deals.xlsx", workbook(&[("a", &rows(["1.250", "980,50"]))], &[], ""));
    assert!(
        message.contains("`Amount`") && message.contains("line 3") && message.contains("`numbers`"),
        "{message}"
    );
    let json = br#"[{"No":"1","Amount":"1.250"},{"No":"2","Amount":"980,50"}]"#;
    let message = complaint(&mapping, "deals.json", json);
    assert!(message.contains("`Amount`") && message.contains("`numbers`"), "{message}");
    let numbers = br#"[{"No":"1","Amount":1.250},{"No":"2","Amount":"980.50"}]"#;
    assert_eq!(import(&mapping, &[("deals.json", numbers)]).events.len(), 2);
}

#[test]
fn a_sheet_is_chosen_by_name_and_the_first_is_read_otherwise() {
    let cell = |name: &str, line: usize, text: &str| {
        format!("<c r=\"{name}{line}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let sheet = |text: &str| {
        format!(
            "<row r=\"1\">{}</row><row r=\"3\">{}{}</row><row r=\"5\">{}<c r=\"B5\"/>{}</row><row r=\"7\"><c r=\"A7\" s=\"3\"><v>1.5</v></c><c r=\"B7\" t=\"b\"><v>1</v></c></row><row r=\"9\"><c r=\"A9\"><v>0.30000000000000004</v></c></row>",
            cell("A", 1, "Report"),
            cell("A", 3, "No"),
            cell("B", 3, "Text"),
            cell("A", 5, text),
            cell("C", 5, "aside")
        )
    };
    let book = workbook(&[("First", &sheet("1")), ("Second", &sheet("2"))], &[], "");
    let notes = "skip_lines = 2\n[[table]]\nname = \"notes\"\nfiles = [\"notes.*\"]\n[[table.emit]]\ntype = \"note.recorded\"\npayload = { personal.text = \"{No} {Text}\" }\n";
    assert_eq!(import(notes, &[("notes.xlsx", &book)]).notes(), ["1", "36:00:00 TRUE", "0.3"]);
    let second = format!("sheet = \"Second\"\n{notes}");
    assert_eq!(import(&second, &[("notes.xlsx", &book)]).notes(), ["2", "36:00:00 TRUE", "0.3"]);
    let message = complaint(&second.replace("Second", "Third"), "notes.xlsx", &book);
    assert!(message.contains("no sheet `Third`; it has `First`, `Second`"), "{message}");
}

#[test]
fn a_wrong_value_of_a_sheet_an_object_or_an_event_is_a_reject_with_line_and_column() {
    let json = b"[\n{\"No\":1,\"Day\":\"2026-03-04\",\"Stage\":\"a\"},\n{\"No\":2,\"Day\":\"soon\",\"Stage\":\"a\"},\n7,\n{\"No\":3,\"Day\":\"2026-03-04\",\"Stage\":\"a\",\"No\":4},{\"No\":5,\"Stage\":\"a\",\"Day\":\"2026-03-05\",\"Amount\":5}]";
    let mapping = DEALS.replace("customer = \"{Customer}\"", "");
    let run = import(&mapping, &[("deals.json", json)]);
    assert_eq!(run.reject_places(), [(3, "Day"), (4, ""), (5, "No")]);
    assert_eq!(run.rows(), (5, 2, 0, 3));
    let lines = b"{\"No\":1,\"Day\":\"2026-03-04\",\"Stage\":\"a\",\"Amount\":1}\n{\"No\":2,\n\n{\"No\":3,\"Day\":\"2026-03-04\",\"Stage\":\"K\xe4\"}\n{\"No\":4,\"Day\":\"2026-03-04\",\"Stage\":\"\\ud800\"}\n";
    let run = import(&mapping, &[("deals.jsonl", lines)]);
    let found: Vec<_> = run.rejects.iter().map(|reject| reject.line).collect();
    assert_eq!((found, run.events.len()), (vec![2, 4, 5], 1));
    let log = xes().replace("2026-03-05T10:20:30Z", "soon");
    let run = import(&DEALS.replace("{Customer}", "{case:who}"), &[("deals.xes", log.as_bytes())]);
    assert_eq!(run.reject_places(), [(7, "Day")]);
}

#[test]
fn objects_in_objects_are_columns_lists_can_be_split_and_an_inner_array_gives_rows() {
    let json = br#"{"orders":[
 {"id":9007199254740993123,"who":{"id":"fjord","tags":["a, b","c"]},"open":true,"lines":[{"sku":"x","net":1.10},{"sku":"y","net":2}],"gone":null},
 {"id":2,"who":{"id":"ost","tags":[]},"open":false,"lines":[]}], "more":[1,2]}"#;
    let mapping = r#"
currency = "EUR"
unnest = "lines"
[[table]]
name = "orders"
files = ["orders.json"]
group_by = "{id}"
customer = "{who.id}"
[[table.emit]]
type = "order.placed"
tags = [{ split = "{who.tags}", by = "\n", key = "label" }]
payload = { order_id = "{id}", lines = { each = "rows", when = { "lines.sku" = { empty = false } }, of = { product = "{lines.sku}", quantity = "1", net = "{lines.net}" } } }
"#;
    let run = import(mapping, &[("orders.json", json)]);
    assert_eq!(run.rejects, []);
    let orders = run.each(|event| match &event.kind {
        Kind::OrderPlaced(order) => {
            let nets: Vec<i64> = order.lines.iter().map(|line| minor(line.net.as_ref())).collect();
            Some((order.order_id.clone(), event.event.tags.clone(), nets))
        }
        _ => None,
    });
    assert_eq!(orders[0].0, "9007199254740993123", "digits are kept");
    assert_eq!(orders[0].1, ["label:a, b", "label:c"]);
    assert_eq!(orders[0].2, [110, 200]);
    assert_eq!((orders[1].0.as_str(), orders[1].2.len()), ("2", 0));
}

#[test]
fn of_several_arrays_of_objects_the_mapping_names_one() {
    let json = br#"{"data":{"deals":[{"No":1,"Customer":"a","Day":"2026-03-04","Stage":"s","Amount":1}]},"a":[{"x":1}],"b":[{"x":1}]}"#;
    let message = complaint(DEALS, "deals.json", json);
    assert!(message.contains("several arrays of objects, `a`, `b`; say with `rows = \"a\"`"), "{message}");
    assert_eq!(import(&format!("rows = \"data.deals\"\n{DEALS}"), &[("deals.json", json)]).events.len(), 1);
    let message = complaint(&format!("rows = \"data.gone\"\n{DEALS}"), "deals.json", json);
    assert!(message.contains("no `data.gone`"), "{message}");
}

#[test]
fn the_members_of_an_archive_are_matched_like_the_files_of_a_folder() {
    let two = "No,Customer,Day,Stage,Amount\n3,fjord,2026-03-04,one,1\n";
    let archive = zip(&[
        ("a/deals.csv", CSV),
        ("b/deals.csv", two),
        ("__MACOSX/deals.csv", "junk"),
        ("readme.md", "text"),
    ]);
    let folder = Folder::of(&[("export.zip", &archive)]);
    let mapping = mapping(DEALS);
    for given in [folder.path(), folder.file("export.zip")] {
        let run = run(&mapping, &[given]);
        assert_eq!(run.rows(), (3, 3, 0, 0));
        let files: Vec<_> = run
            .ends
            .iter()
            .map(|(end, _)| end.file.strip_prefix(folder.path()).unwrap().to_owned())
            .collect();
        assert_eq!(files, [Path::new("export.zip/a/deals.csv"), Path::new("export.zip/b/deals.csv")]);
        assert_eq!(run.not_read.len(), 1);
        let closed: Vec<_> =
            run.ends.iter().map(|(end, tally)| end.batch_closed(&tally.counts()).unwrap().event.id).collect();
        assert_ne!(closed[0], closed[1]);
    }
    let one = PathBuf::from(format!("deals={}", folder.file("export.zip/b/deals.csv").display()));
    assert_eq!(run(&mapping, &[one]).rows(), (1, 1, 0, 0));
    // Two members of one table with the same counts are two batches.
    let same = zip(&[("a/deals.csv", two), ("b/deals.csv", &two.replace('3', "4"))]);
    let run = import(DEALS, &[("same.zip", &same)]);
    let closed: Vec<_> =
        run.ends.iter().map(|(end, tally)| end.batch_closed(&tally.counts()).unwrap().event.id).collect();
    assert_ne!(closed[0], closed[1]);
}

#[test]
fn no_member_of_an_archive_is_lost_by_its_path() {
    let row = |number: u32| format!("No,Customer,Day,Stage,Amount\n{number},fjord,2026-03-04,one,1\n");
    let archive = zip(&[
        ("./deals.csv", row(1)),
        ("../up/deals.csv", row(2)),
        ("/top/deals.csv", row(3)),
        ("a/./deals.csv", row(4)),
        ("b\\deals.csv", row(5)),
    ]);
    assert_eq!(import(DEALS, &[("export.zip", &archive)]).rows(), (5, 5, 0, 0));
    let message = complaint(DEALS, "export.zip", zip(&[("deals.csv", row(1)), ("./deals.csv", row(2))]));
    assert!(message.contains("two members with the name `deals.csv`; unpack it"), "{message}");
    let mut archive = zip(&[("deals.csv", row(1)), ("dealz.csv", row(2))]);
    while let Some(place) = archive.windows(5).position(|bytes| bytes == b"dealz") {
        archive[place + 4] = b's';
    }
    let message = complaint(DEALS, "export.zip", &archive);
    assert!(message.contains("two members with one name; unpack it"), "{message}");
}

#[test]
fn archives_that_are_damaged_encrypted_or_bombs_are_refused_with_what_to_do() {
    let rows: String =
        (0..5_000).map(|row| format!("{row},c,2026-03-04,one,{}\n", row * 7919 % 5003)).collect();
    let whole = zip(&[("deals.csv", format!("No,Customer,Day,Stage,Amount\n{rows}"))]);
    let central = whole.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    let message = complaint(DEALS, "deals.zip", &whole[..whole.len() / 2]);
    assert!(message.contains("not a whole ZIP archive") && message.contains("get it again"), "{message}");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x55;
    let message = complaint(DEALS, "deals.zip", &damaged);
    assert!(message.contains("damaged"), "{message}");
    // Bytes that unpack, to others than were packed.
    let mut other = whole.clone();
    other[central + 16] ^= 0x55;
    let message = complaint(DEALS, "deals.zip", &other);
    assert!(message.contains("damaged"), "{message}");
    let mut encrypted = whole.clone();
    encrypted[central + 8] |= 1;
    encrypted[6] |= 1;
    let message = complaint(DEALS, "deals.zip", &encrypted);
    assert!(message.contains("encrypted; unpack"), "{message}");
    // An archive that says that it unpacks to 3 GiB.
    let mut bomb = whole.clone();
    bomb[central + 24..central + 28].copy_from_slice(&0xc000_0000_u32.to_le_bytes());
    let message = complaint(DEALS, "deals.zip", &bomb);
    assert!(message.contains("would unpack to"), "{message}");
    // And one that says less than it has.
    let mut liar = whole.clone();
    liar[central + 24..central + 28].copy_from_slice(&1_000_u32.to_le_bytes());
    let message = complaint(DEALS, "deals.zip", &liar);
    assert!(message.contains("damaged"), "{message}");
}

#[test]
fn what_is_no_workbook_or_log_or_json_is_refused_with_what_to_do() {
    let cases: [(&str, &[u8], &str); 9] = [
        ("deals.xlsx", b"\xd0\xcf\x11\xe0rest", "save it as XLSX, without a password"),
        ("deals.csv", b"\xd0\xcf\x11\xe0rest", "save it as XLSX, without a password"),
        ("deals.xlsx", b"No,Customer", "not an XLSX workbook"),
        ("deals.xes", b"<a><b/></a>", "not the beginning of an event log"),
        ("deals.xes", b"<log><trace><event></trace></log>", "not well-formed XML"),
        ("deals.xes", b"<log><trace><event>", "cut short"),
        ("deals.xes", b"<!DOCTYPE l [<!ENTITY a \"aa\">]><log></log>", "document type"),
        ("deals.json", b"[{\"No\":1},", "not JSON as expected"),
        ("deals.json", b"hello", "an array of objects"),
    ];
    for (name, bytes, part) in cases {
        let message = complaint(DEALS, name, bytes);
        assert!(message.contains(part), "{name}: {message}");
    }
    let ods = zip(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<a/>")]);
    let message = complaint(DEALS, "deals.ods", &ods);
    assert!(message.contains("save the sheet as CSV or XLSX"), "{message}");
    let far = workbook(&[("a", "<row r=\"1\"><c r=\"ZZZZZ1\"><v>1</v></c></row>")], &[], "");
    let message = complaint(DEALS, "deals.xlsx", &far);
    assert!(message.contains("beyond the 16384 columns") || message.contains("cannot be read"), "{message}");
    let whole = xlsx();
    let message = complaint(DEALS, "deals.xlsx", &whole[..whole.len() - 40]);
    assert!(message.contains("get it again"), "{message}");
}

#[test]
fn a_log_in_another_encoding_and_with_nested_attributes_is_read() {
    let log = "<?xml version='1.0' encoding='ISO-8859-1'?><log><trace><string key='who' value='K\u{e4}se'/><event>\
               <string key='No' value='a &amp; b'><string key='unit' value='kg'/></string><date key='Day' value='2026-03-04T00:00:00Z'/>\
               <list key='l'><values><string key='x' value='deep'/></values></list></event></trace></log>";
    let bytes: Vec<u8> = log.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let mapping = DEALS
        .replace("{Customer}", "{case:who}")
        .replace("{Stage}", "{No.unit} {l.x}")
        .replace(", amount = \"{Amount}\"", "");
    let run = import(&mapping, &[("deals.xes", &bytes)]);
    let found = deals(&run);
    assert_eq!((found[0].0.as_str(), found[0].1.as_str(), found[0].3.as_str()), ("a & b", "Käse", "kg deep"));
}

#[test]
fn numbers_of_the_row_before_and_of_a_joined_file_are_numbers_whatever_the_mapping_says_of_texts() {
    let mapping = r#"
currency = "EUR"
numbers = "1.234,56"
[[table]]
name = "deals"
files = ["deals.json"]
id = "{No}"
run_by = "x"
[[table.join]]
name = "more"
files = ["more.json"]
on = "{No}"
key = "{No}"
[[table.emit]]
type = "deal.opened"
payload = { deal_id = "{No}", pipeline = "sales", stage = "a", amount = { plus = ["{more.Amount}", { text = "{$previous.Amount}", default = 0 }] } }
"#;
    let deals = r#"[{"No":1,"Amount":1.125},{"No":2,"Amount":2}]"#;
    let more = r#"[{"No":"1","Amount":10.125},{"No":"2","Amount":"10,125"}]"#;
    let run = import(mapping, &[("deals.json", deals), ("more.json", more)]);
    assert_eq!(run.rejects, []);
    assert_eq!(run.amounts(), [1_012, 1_125]);
}

#[test]
fn a_file_without_a_row_that_can_be_read_says_what_is_wrong_with_the_first() {
    for text in ["[\n[\"No\", \"Day\"], [1, 2]]", "[\n{\"No\": NaN}]"] {
        let message = complaint(DEALS, "deals.json", text);
        assert!(message.contains("no row that can be read; of the first, on line 2"), "{message}");
    }
    // Where another row can be read, these are rejects.
    let run = import(
        DEALS,
        &[(
            "deals.json",
            "[[1], {\"No\": 1, \"Customer\": 2, \"Day\": \"2026-01-02\", \"Stage\": \"new\", \"Amount\": 3}]",
        )],
    );
    assert_eq!((run.rejects.len(), deals(&run).len()), (1, 1));
}
