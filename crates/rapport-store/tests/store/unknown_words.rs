//! A word in a row that this release does not know is an error that names table, column and value; no reader guesses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test that fails says so by panicking"
)]

use crate::support::{
    Asked as _, Log, NOW, as_of, encoded,
    kinds::{eur, lead_opened, nps, opened, ordered, registered},
    postgresql::Server,
};
use rapport_model::ErrorClass;
use rapport_store::{PartitionBatch, ReadError, ReadModels, Rows, Store, View};
use rapport_views::{
    read::TypedRows as _,
    rows::{KnownAsRow, PurchaseLine},
    table::{Filter, Row as _},
};

fn log() -> Log {
    let mut log = Log::default();
    let kinds = [
        nps(9.0, "w"),
        lead_opened(),
        opened("D", "lead", eur(5)),
        ordered("O", "tea", eur(3)),
        registered("Name"),
    ];
    for (at, kind) in (1..).zip(kinds) {
        log.add("c", at, at, kind);
    }
    log
}

/// What a view's rows are read for.
fn read(rows: &dyn Rows, view: View) -> Result<(), ReadError> {
    let as_of = as_of(NOW, NOW);
    match view {
        View::Timeline => Ok(()),
        View::Funnel => {
            rows.deal_histories(as_of, None, &mut |_| {})?;
            rows.deal_sums(as_of)?;
            rows.leads(as_of).map(drop)
        }
        View::Satisfaction => rows.answers(as_of, None).map(drop),
        View::Facts => rows.scan(PurchaseLine::TABLE, &Filter::all(), as_of, &mut |beginning, cells| {
            PurchaseLine::of(beginning, cells).map(drop)
        }),
        View::Directory => rows.all::<KnownAsRow>(&Filter::all(), as_of).map(drop),
    }
}

fn is_named(models: &dyn ReadModels, view: View, table: &str, column: &str, value: &str) {
    let error = read(&*models.rows(view).unwrap(), view).unwrap_err();
    let said = error.to_string();
    for name in [table, column, value] {
        assert!(said.contains(&format!("`{name}`")), "{said}");
    }
}

#[test]
fn a_word_that_this_release_does_not_know_is_named_with_its_table_and_column() {
    let (log, dir) = (log(), tempfile::tempdir().unwrap());
    let words = [
        (View::Satisfaction, "answer", "instrument"),
        (View::Funnel, "lead_step", "step"),
        (View::Facts, "purchase_line", "op"),
        (View::Directory, "known_as", "what"),
    ];
    drop(log.project(dir.path()));
    for (view, table, column) in words {
        let live = std::fs::read_to_string(dir.path().join(format!("{}.live", view.name()))).unwrap();
        let file = dir.path().join(format!("{}-{}.sqlite", view.name(), live.trim()));
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.execute(&format!("UPDATE {table} SET {column} = 99"), []).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    for (view, table, column) in words {
        is_named(&store, view, table, column, "99");
        let error = read(&*ReadModels::rows(&store, view).unwrap(), view).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Corrupt);
    }

    let Some(server) = Server::start() else { return };
    let store = server.store("words");
    let batch = PartitionBatch {
        partition: 0,
        epoch: "one".to_owned(),
        from_offset: 0,
        next_offset: log.events.len() as i64,
        events: encoded(&log.events),
    };
    let mut client = server.client();
    let of_deals = [(View::Funnel, "deal_fact", "cause"), (View::Funnel, "deal_span", "status")];
    for (view, table, column) in words.into_iter().chain(of_deals) {
        store.apply(view, std::slice::from_ref(&batch)).map(drop).unwrap();
        let table_of = format!("words_{}.{table}", view.name());
        let held = format!("SELECT \"{column}\"::text FROM {table_of} LIMIT 1");
        let held: String = client.query_one(&held, &[]).unwrap().get(0);
        let mut say = |word: &str| {
            let change = format!("UPDATE {table_of} SET \"{column}\" = $1");
            client
                .execute(
                    &format!("ALTER TABLE {table_of} DROP CONSTRAINT IF EXISTS {table}_{column}_check"),
                    &[],
                )
                .unwrap();
            client.execute(&change, &[&word]).unwrap();
        };
        say("unheard");
        is_named(&store, view, table, column, "unheard");
        // What is read after it has its own turn.
        say(&held);
    }
}
