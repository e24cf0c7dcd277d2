//! A sample beside the file that it was taken from, with a mapping of one's own: the import says that rows may count twice.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;

use crate::support::run;
use rapport_import::Mapping;

const SHOP: &str = r#"
currency = "USD"
delimiter = "whitespace"
dates = ["%Y%m%d"]
[[table]]
name = "master"
files = ["master.txt"]
customer = { text = "{who}", as = "number" }
[[table.emit]]
type = "order.placed"
occurred_at = "{day}"
payload = { order_id = "{$row}", total = "{paid}" }
[[table]]
name = "sample"
files = ["sample.txt"]
columns = ["who", "sample", "day", "paid"]
customer = { text = "{who}", as = "number" }
[[table.emit]]
type = "order.placed"
occurred_at = "{day}"
payload = { order_id = "{$row}", total = "{paid}" }
"#;

fn warnings(mapping: &str, files: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("master.txt"), "who day paid\n 4 19970101 29.33\n 5 19970102 12\n").unwrap();
    fs::write(folder.path().join("sample.txt"), "00004 1 19970101 29.33\n").unwrap();
    let paths: Vec<_> = files.iter().map(|name| folder.path().join(name)).collect();
    let run = run(&Mapping::parse(mapping, "test").unwrap(), &paths);
    run.ends.iter().flat_map(|(end, _)| end.warnings.clone()).collect()
}

#[test]
fn two_tables_without_an_id_that_give_one_type_are_named_in_whatever_order_their_files_are_given() {
    for files in [&["."][..], &["master.txt", "sample.txt"], &["sample.txt", "master.txt"]] {
        let told = warnings(SHOP, files);
        assert_eq!(told.len(), 1, "{files:?}: {told:?}");
        assert!(
            told[0].contains("`master` and table `sample`") && told[0].contains("`superseded_by`"),
            "{told:?}"
        );
    }
}

#[test]
fn one_file_an_id_another_type_and_superseded_by_say_that_nothing_counts_twice() {
    let none = Vec::<String>::new();
    assert_eq!(warnings(SHOP, &["sample.txt"]), none);
    assert_eq!(warnings(&SHOP.replacen("customer =", "id = \"{who}\"\ncustomer =", 1), &["."]), none);
    assert_eq!(
        warnings(
            &SHOP.replacen("order.placed", "payment.received", 1).replacen(
                "order_id = \"{$row}\", total",
                "amount",
                1
            ),
            &["."]
        ),
        none
    );
    let superseded =
        SHOP.replace("files = [\"sample.txt\"]", "files = [\"sample.txt\"]\nsuperseded_by = \"master\"");
    assert_eq!(warnings(&superseded, &["."]), none);
}
