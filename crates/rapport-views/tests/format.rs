//! A view whose tables have changed has another format, so that no store reads rows that mean something else.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use rapport_views::{table::Table, view::View};

/// Each view with its format, and with the digest of its tables in that format. When this test fails: raise
/// `View::format` of the view, then write the new pair here. A projection that changes what it writes into the same
/// columns raises it as well; no test sees that.
const FORMATS: [(View, i64, u64); View::ALL.len()] = [
    (View::Timeline, 9, 14_945_300_997_146_416_774),
    (View::Funnel, 7, 18_212_582_955_522_805_769),
    (View::Satisfaction, 8, 4_104_060_439_366_531_868),
    (View::Facts, 14, 18_126_176_388_494_708_348),
    (View::Directory, 1, 15_036_649_757_078_448_172),
];

/// FNV-1a of all that a schema is made of, in the order in which SQLite keeps it.
fn digest(tables: impl Iterator<Item = &'static Table>) -> u64 {
    let mut text = String::new();
    for table in tables {
        let columns: Vec<_> =
            table.all_columns().map(|column| (column.name, column.holds, column.nullable)).collect();
        let (layout, key, indexes) = (table.layout, table.key, table.indexes);
        text += &format!("{} {columns:?} {layout:?} {key:?} {indexes:?}\n", table.name);
    }
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn tables_that_changed_raise_the_format_of_their_view() {
    let found = FORMATS.map(|(view, ..)| {
        let of_objects = view.objects().iter().flat_map(|object| [object.facts, object.states]);
        (view, view.format(), digest(view.tables().chain(of_objects)))
    });
    assert_eq!(
        found, FORMATS,
        "left is what the code has: raise the format of each view that differs, then write it here"
    );
}
