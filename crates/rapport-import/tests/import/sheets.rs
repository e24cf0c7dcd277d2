//! What the cells of a workbook do not have: values of formulas, of merged cells, of formulas that failed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{Run, run, workbook, zip};
use rapport_import::{Import, Mapping, Options};

const DEALS: &str = r#"
currency = "EUR"
[[table]]
name = "deals"
files = ["*"]
id = "{No}"
customer = "{Customer}"
[[table.emit]]
type = "deal.opened"
payload = { deal_id = "{No}", stage = "new", amount = "{Amount}" }
"#;

const HEADER: &str = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>No</v></c><c r=\"B1\" t=\"str\"><v>Customer</v></c>\
                      <c r=\"C1\" t=\"str\"><v>Amount</v></c></row>";

/// A workbook with one sheet: the XML of its rows, and what stands behind them.
fn deals(rows: &str, behind: &str) -> Vec<u8> {
    workbook(&[("Deals", rows)], &[], behind)
}

fn import(name: &str, bytes: &[u8]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    run(&Mapping::parse(DEALS, "test").unwrap(), &[folder.path().join(name)])
}

fn rejects(run: &Run) -> Vec<(u64, &str, &str)> {
    run.rejects.iter().map(|reject| (reject.line, reject.column.as_str(), reject.reason.as_str())).collect()
}

#[test]
fn a_formula_that_was_never_calculated_is_a_reject_and_one_whose_result_is_empty_is_not() {
    let row = |line: u32, amount: &str| {
        format!("<row r=\"{line}\"><c r=\"A{line}\"><v>{line}</v></c><c r=\"C{line}\"{amount}</c></row>")
    };
    let rows = [
        row(2, "><f>1+1</f><v>2</v>"),
        row(3, "><f>1+1</f><v/>"),
        row(4, "><f t=\"shared\" si=\"0\"/>"),
        row(5, " t=\"str\"><f>\"\"</f><v></v>"),
        // Beyond the header nothing is read.
        "<row r=\"6\"><c r=\"A6\"><v>6</v></c><c r=\"D6\"><f>1+1</f></c></row>".to_owned(),
        "<row r=\"7\"><c r=\"A7\"><f>A6+1</f></c></row>".to_owned(),
    ];
    let run = import("deals.xlsx", &deals(&(HEADER.to_owned() + &rows.concat()), ""));
    let found: Vec<_> = rejects(&run).into_iter().map(|(line, column, _)| (line, column)).collect();
    assert_eq!(found, [(3, "Amount"), (4, "Amount"), (7, "No")]);
    let (_, _, reason) = rejects(&run)[0];
    assert!(reason.contains("`C3`") && reason.contains("save it, and import it again"), "{reason}");
    assert_eq!(run.events.len(), 3);
}

#[test]
fn a_row_of_formulas_without_values_above_the_header_is_not_the_header() {
    let header = HEADER.replace("r=\"1\"", "r=\"2\"").replace("1\" t=", "2\" t=");
    let rows = "<row r=\"3\"><c r=\"A3\"><v>1</v></c></row>";
    let book = deals(&format!("<row r=\"1\"><c r=\"A1\"><f>TODAY()</f></c></row>{header}{rows}"), "");
    assert_eq!(import("deals.xlsx", &book).events.len(), 1);
}

#[test]
fn a_number_has_the_15_digits_that_a_sheet_shows_and_a_cell_beyond_the_last_column_is_refused() {
    let row =
        |cell: &str| format!("{HEADER}<row r=\"2\"><c r=\"A2\"><v>0.30000000000000004</v></c>{cell}</row>");
    let run = import("deals.xlsx", &deals(&row(""), ""));
    let payload = String::from_utf8_lossy(&run.events[0].event.payload).into_owned();
    assert!(payload.contains("0.3") && !payload.contains("0.30"), "{payload:?}");
    let folder = tempfile::tempdir().unwrap();
    let book = |column: &str| deals(&row(&format!("<c r=\"{column}2\"><v>1</v></c>")), "");
    let stopped = |column: &str| {
        fs::write(folder.path().join("deals.xlsx"), book(column)).unwrap();
        Import::new(&Mapping::parse(DEALS, "test").unwrap(), &[folder.path().to_owned()], Options::default())
            .and_then(|import| import.collect::<Result<Vec<_>, _>>())
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(stopped("XFD"), None);
    let message = stopped("XFE").unwrap();
    assert!(message.contains("row 2 has a cell beyond the 16384 columns"), "{message}");
}

#[test]
fn a_number_with_more_digits_than_a_sheet_keeps_is_no_id_and_no_customer() {
    let row = |line: u32, id: &str, customer: &str| {
        format!(
            "<row r=\"{line}\"><c r=\"A{line}\"><v>{id}</v></c><c r=\"B{line}\"><v>{customer}</v></c>\
             <c r=\"C{line}\"><v>1</v></c></row>"
        )
    };
    let rows = [
        row(2, "900719925474099301", "7"),
        row(3, "900719925474099302", "7"),
        row(4, "8", "1234567890123456"),
        row(5, "9", "-1e+100"),
        row(6, "999999999999999", "7"),
    ];
    let run = import("deals.xlsx", &deals(&(HEADER.to_owned() + &rows.concat()), ""));
    let found: Vec<_> = rejects(&run).into_iter().map(|(line, column, _)| (line, column)).collect();
    assert_eq!(found, [(2, "No"), (3, "No"), (4, "Customer"), (5, "Customer")]);
    assert!(rejects(&run)[0].2.contains("shortened this number"), "{:?}", run.rejects);
    assert_eq!(run.events.len(), 1);
    // An amount is one all the same.
    let row = "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"C2\"><v>1200000000000000</v></c></row>";
    let run = import("deals.xlsx", &deals(&(HEADER.to_owned() + row), ""));
    assert!(run.rejects.is_empty() && run.events.len() == 1, "{:?}", run.rejects);
}

#[test]
fn merged_cells_below_the_header_are_named_in_a_warning() {
    let rows = "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"str\"><v>fjord</v></c></row>\
                <row r=\"3\"><c r=\"A3\"><v>2</v></c><c r=\"B3\"/></row>";
    let rows = format!("{HEADER}{rows}");
    let merged = |ranges: &[&str]| {
        let cells: String = ranges.iter().map(|range| format!("<mergeCell ref=\"{range}\"/>")).collect();
        import("deals.xlsx", &deals(&rows, &format!("<mergeCells>{cells}</mergeCells>"))).ends[0]
            .0
            .warnings
            .clone()
    };
    let warnings = merged(&["A1:B1", "E2:F9", "B2:B3"]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("`B2:B3`") && warnings[0].contains("count as empty"), "{warnings:?}");
    assert!(merged(&["B2:B3", "A2:A3"])[0].contains("and 1 more"));
    assert_eq!(merged(&["A1:C1"]), Vec::<String>::new());
    assert_eq!(merged(&[]), Vec::<String>::new());
}

#[test]
fn the_error_of_a_formula_is_no_id_no_customer_no_key_and_no_amount_in_any_format() {
    let cell = |name: &str, value: &str| format!("<c r=\"{name}\" t=\"e\"><v>{value}</v></c>");
    let number = |name: &str| format!("<c r=\"{name}\"><v>7</v></c>");
    let rows = [
        format!("<row r=\"2\">{}{}</row>", cell("A2", "#N/A"), number("C2")),
        format!("<row r=\"3\">{}{}</row>", number("A3"), cell("B3", "#REF!")),
        format!("<row r=\"4\">{}{}</row>", number("A4"), cell("C4", "#DIV/0!")),
    ];
    let expected = [(2, "No"), (3, "Customer"), (4, "Amount")];
    let csv = "No,Customer,Amount\n#N/A,,7\n7,#REF!,\n7,,#DIV/0!\n";
    for (name, bytes) in [
        ("deals.xlsx", deals(&(HEADER.to_owned() + &rows.concat()), "")),
        ("deals.csv", csv.as_bytes().to_vec()),
    ] {
        let run = import(name, &bytes);
        let found: Vec<_> = rejects(&run).into_iter().map(|(line, column, _)| (line, column)).collect();
        assert_eq!(found, expected, "{name}");
    }
    let groups = DEALS.replace("\nid =", "\ngroup_by =");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deals.csv"), csv).unwrap();
    let run = run(&Mapping::parse(&groups, "test").unwrap(), &[folder.path().to_owned()]);
    assert_eq!(rejects(&run)[0].1, "No");
}

#[test]
fn a_workbook_that_unpacks_to_more_than_its_limit_is_refused_in_an_archive_too() {
    let mut book = deals(HEADER, "");
    let last = book.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    // Its last member says that it has a byte more than a workbook may unpack to.
    book[last + 24..last + 28].copy_from_slice(&((1_u32 << 30) + 1).to_le_bytes());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deals.xlsx"), &book).unwrap();
    fs::write(folder.path().join("deals.zip"), zip(&[("deals.xlsx", &book)])).unwrap();
    for name in ["deals.xlsx", "deals.zip"] {
        let error = Import::new(
            &Mapping::parse(DEALS, "test").unwrap(),
            &[folder.path().join(name)],
            Options::default(),
        )
        .and_then(|import| import.collect::<Result<Vec<_>, _>>());
        let message = error.unwrap_err().to_string();
        assert!(message.contains("would unpack to 10737"), "{name}: {message}");
    }
}
