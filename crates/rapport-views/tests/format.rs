//! A view whose tables have changed has another format, so that no store reads rows that mean something else.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use rapport_views::{table::Table, view::View};

/// Each view with its format, and with the digest of its tables in that format. When this test fails: raise
/// `View::format` of the view, then write the new pair here. A projection that changes what it writes into the same
/// columns raises it as well; no test sees that.
const FORMATS: [(View, i64, u64); View::ALL.len()] = [
    (View::Timeline, 8, 9_144_249_323_532_062_625),
    (View::Funnel, 7, 2_542_718_127_464_399_960),
    (View::Satisfaction, 7, 3_932_249_486_195_929_143),
    (View::Facts, 11, 6_442_264_310_012_216_296),
    (View::Directory, 1, 16_880_026_553_641_896_107),
];

/// FNV-1a of all that makes rows readable, in the order in which SQLite keeps it.
fn digest(tables: impl Iterator<Item = &'static Table>) -> u64 {
    let mut text = String::new();
    for table in tables {
        let columns: Vec<_> =
            table.all_columns().map(|column| (column.name, column.holds, column.nullable)).collect();
        text += &format!("{} {columns:?} {:?} {:?}\n", table.name, table.layout, table.key);
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
