//! The rows of declared tables in words, and what a store adds up against what is added up here.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_store::Rows;
use rapport_views::{
    answers::AsOf,
    read::TypedRows as _,
    rows::{ObjectId, PurchaseLine, PurchaseOp, Symbol, Symbols},
    table::{Beginning, Cell, Column, Field as _, Filter, GroupKey, Holds, Measure, Row as _, Table},
};

use super::at;

/// A cell as both stores mean it: numbers of names and texts differ between them.
fn word(rows: &dyn Rows, symbols: &Symbols, column: &Column, cell: &Cell) -> String {
    match (column.holds, cell) {
        (Holds::Name(of), Cell::Int(number)) => {
            let name = rows.name(of, ObjectId(number.cast_unsigned())).unwrap();
            format!("{}:{name}", of.name())
        }
        (Holds::Symbol, Cell::Int(number)) => {
            symbols.text(Symbol(u32::try_from(*number).unwrap())).to_owned()
        }
        (Holds::Word(words), Cell::Int(number)) => words[usize::try_from(*number).unwrap()].to_owned(),
        (Holds::Symbols, Cell::Text(numbers)) => {
            let texts =
                numbers.split_whitespace().map(|number| symbols.text(Symbol(number.parse().unwrap())));
            let mut texts: Vec<&str> = texts.collect();
            texts.sort_unstable();
            texts.join(" ")
        }
        (_, Cell::Int(number)) => number.to_string(),
        (_, Cell::Real(number)) => format!("{number:?}"),
        (_, Cell::Text(text)) => text.to_string(),
        (_, Cell::Null) => "null".to_owned(),
    }
}

/// A row: when it occurred, and the words of its own columns.
type Row = (Timestamp, u64, Vec<String>);

/// Every row of a table at a moment, in words, sorted.
pub(crate) fn scanned(rows: &dyn Rows, table: &'static Table, as_of: AsOf) -> Vec<Row> {
    let mut found = Vec::new();
    let mut cells_of = Vec::new();
    let scan = rows.scan(table, &Filter::all(), as_of, &mut |beginning, cells| {
        cells_of.push((*beginning, cells.to_vec()));
        Ok(())
    });
    scan.unwrap();
    let symbols = rows.symbols().unwrap();
    for (beginning, cells) in cells_of {
        let words = table.columns.iter().zip(&cells);
        let words = words.map(|(column, cell)| word(rows, &symbols, column, cell)).collect();
        found.push((beginning.at, beginning.position.0, words));
    }
    found.sort();
    found
}

/// A column that has one value in all rows hides a store, a projection or a correction that forgets it.
pub(crate) fn several_values_in_every_column(table: &'static Table, rows: &[Row]) {
    for (at, column) in table.columns.iter().enumerate() {
        let values: BTreeSet<&String> = rows.iter().map(|row| &row.2[at]).collect();
        assert!(
            values.len() > 1,
            "`{}.{}` has one value: let `script.rs` draw several",
            table.name,
            column.name
        );
    }
}

/// The lines of orders that no line cancels, as a store and as leaving them out here finds them.
pub(crate) fn without_cancelled_orders(rows: &dyn Rows, as_of: AsOf) {
    let found = |filter: &Filter| {
        let mut lines: Vec<(u64, u32)> = Vec::new();
        rows.each(filter, as_of, |line: PurchaseLine| lines.push((line.position.0, line.line))).unwrap();
        lines.sort_unstable();
        lines
    };
    let op = PurchaseOp::Cancelled.cell();
    let standing = Filter::all().without("order_id", PurchaseLine::TABLE, ("op", vec![op]));
    let lines: Vec<PurchaseLine> = rows.all(&Filter::all(), as_of).unwrap();
    let cancelled = |order| lines.iter().any(|one| one.order == order && one.op == PurchaseOp::Cancelled);
    let expected = lines.iter().filter(|line| !cancelled(line.order));
    let mut expected: Vec<_> = expected.map(|line| (line.position.0, line.line)).collect();
    expected.sort_unstable();
    assert_eq!(found(&standing), expected);
    // Beside a bound and a condition of the rows themselves.
    let op = PurchaseOp::Placed.cell();
    let placed = standing.occurred(at(3), at(30)).and("op", vec![op]);
    let within = |line: &&PurchaseLine| line.occurred_at >= at(3) && line.occurred_at < at(30);
    let lines = lines.iter().filter(|line| line.op == PurchaseOp::Placed && !cancelled(line.order));
    let mut expected: Vec<_> = lines.filter(within).map(|line| (line.position.0, line.line)).collect();
    expected.sort_unstable();
    assert_eq!(found(&placed), expected);
}

/// Bounds at the ends of time let through what any other moment would: everything occurred in between.
pub(crate) fn the_ends_of_time_bound_like_any_moment(rows: &dyn Rows, table: &'static Table, as_of: AsOf) {
    let all = scanned(rows, table, as_of).len();
    let (begin, end) = (Timestamp::MIN, Timestamp::MAX);
    for (kind, from, before, expected) in [
        ("all time", begin, end, all),
        ("from the end of time on", end, end, 0),
        ("before the beginning of time", begin, begin, 0),
    ] {
        let filter = Filter::all().occurred(from, before);
        let (mut scanned, mut picked, mut counted) = (0, 0, 0);
        let mut scan = |_: &Beginning, _: &[Cell]| {
            scanned += 1;
            Ok(())
        };
        rows.scan(table, &filter, as_of, &mut scan).unwrap();
        let mut pick = |_: &Beginning, _: &[Cell]| {
            picked += 1;
            Ok(())
        };
        rows.pick(table, &[table.columns[0].name], &filter, as_of, &mut pick).unwrap();
        let mut group = |_: &[Cell], measured: &[i128]| {
            counted += usize::try_from(measured[0]).unwrap();
            Ok(())
        };
        rows.group(table, &filter, as_of, &[], &[Measure::Rows], &mut group).unwrap();
        assert_eq!((scanned, picked, counted), (expected, expected, expected), "`{}`, {kind}", table.name);
        let has_any = rows.has_any(table, &filter, as_of).unwrap();
        assert_eq!(has_any, expected > 0, "`{}`, {kind}", table.name);
    }
}

/// What a store adds up by each column of a table, and by time, has to be what adding up its rows gives.
pub(crate) fn added_up_is_the_sum_of_rows(rows: &dyn Rows, table: &'static Table, as_of: AsOf) {
    let all = scanned(rows, table, as_of);
    let moments = [Timestamp::from_micros(i64::MIN + 1), at(3), at(9), at(20)];
    let (from, before) = (at(2), at(30));
    let within: Vec<&Row> = all.iter().filter(|row| row.0 >= from && row.0 < before).collect();
    let filter = Filter::all().occurred(from, before);
    let whole = |column: &Column| column.holds == Holds::Integer && !column.nullable;
    let sums: Vec<usize> = (0..table.columns.len()).filter(|at| whole(&table.columns[*at])).collect();
    for (at_column, column) in table.columns.iter().enumerate() {
        let mut measures = vec![Measure::Rows, Measure::First, Measure::Last, Measure::Distinct(column.name)];
        measures.extend(sums.iter().map(|at| Measure::Sum(table.columns[*at].name)));
        let mut expected: BTreeMap<(String, String), Vec<&Row>> = BTreeMap::new();
        for row in &within {
            let since = moments.iter().rev().find(|moment| **moment <= row.0).unwrap();
            let key = (row.2[at_column].clone(), since.as_micros().to_string());
            expected.entry(key).or_default().push(row);
        }
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(key, rows)| {
                let times = || rows.iter().map(|row| i128::from(row.0.as_micros()));
                let distinct: BTreeSet<_> =
                    rows.iter().map(|row| &row.2[at_column]).filter(|word| *word != "null").collect();
                let mut measured = vec![
                    rows.len() as i128,
                    times().min().unwrap(),
                    times().max().unwrap(),
                    distinct.len() as i128,
                ];
                let sum =
                    |at: &usize| rows.iter().map(|row| row.2[*at].parse::<i128>().unwrap()).sum::<i128>();
                measured.extend(sums.iter().map(sum));
                (key, measured)
            })
            .collect();
        let mut groups = Vec::new();
        let by = [GroupKey::Column(column.name), GroupKey::Since(&moments)];
        let asked = rows.group(table, &filter, as_of, &by, &measures, &mut |keys, measured| {
            groups.push((keys.to_vec(), measured.to_vec()));
            Ok(())
        });
        asked.unwrap();
        let symbols = rows.symbols().unwrap();
        let mut found: Vec<_> = groups
            .into_iter()
            .map(|(keys, measured)| {
                let since = keys[1].int().unwrap().to_string();
                ((word(rows, &symbols, column, &keys[0]), since), measured)
            })
            .collect();
        found.sort();
        assert_eq!(found, expected, "{} by {}", table.name, column.name);
    }
}
