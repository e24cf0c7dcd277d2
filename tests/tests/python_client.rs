//! A client in another language, made from the proto files alone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use rapport_tests::{Ledger, python, run_ok};

#[test]
fn a_python_client_appends_and_reads_from_the_proto_files_alone() {
    let Some(mut client) = python("grpcio") else { return };
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(data.path()).unwrap();
    client.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python/append_and_read.py"));
    client.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../proto"));
    client.arg(ledger.url.trim_start_matches("http://"));
    let said = run_ok(&mut client).unwrap();
    assert_eq!(said.trim(), "appended, corrected, refused, read and asked from Python");
}
