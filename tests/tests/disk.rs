//! Disks that are full or fail: appends are refused with a reason, reads go on, and after a restart everything that
//! was acknowledged is there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use rapport_tests::{Ledger, binary, run_ok};
use serde_json::Value;

/// A file system in memory, of a size; `None` with a message where one cannot be made.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn of(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "rapport-test"]).arg(at).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("skipped: a small file system cannot be mounted here; it takes root");
        None
    }

    fn grow(&self, megabytes: u32) {
        let size = format!("remount,size={megabytes}m");
        run_ok(Command::new("mount").args(["-o", &size]).arg(&self.0)).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What cannot be unmounted is in nobody's way, and goes with the machine.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// A file of notes of 10 kB each.
fn notes(folder: &Path, turn: usize, count: usize) -> PathBuf {
    let text = "x".repeat(10_000);
    let line = format!(
        r#"{{"stream":"s{turn}","customer":"7","payload":{{"noteRecorded":{{"personal":{{"text":"{text}"}}}}}}}}"#
    );
    let file = folder.join("notes.jsonl");
    fs::write(&file, format!("{line}\n").repeat(count)).unwrap();
    file
}

/// Appends until it is refused; the last position that was acknowledged, and what was said then.
fn append_until_refused(ledger: &Ledger, folder: &Path, turns_max: usize) -> (u64, String) {
    let mut acknowledged = 0;
    for turn in 0..turns_max {
        let file = notes(folder, turn, 20);
        let arguments = [Path::new("append"), Path::new("--output=json"), &file];
        let output = ledger.command(arguments).unwrap().output().unwrap();
        if !output.status.success() {
            return (acknowledged, String::from_utf8(output.stderr).unwrap());
        }
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        acknowledged = answer["lastPosition"].as_u64().unwrap();
    }
    (acknowledged, String::new())
}

fn head(ledger: &Ledger) -> u64 {
    let status: Value = serde_json::from_str(&ledger.run(["status", "--output", "json"]).unwrap()).unwrap();
    status["head"]["position"].as_str().map_or(0, |position| position.parse().unwrap())
}

fn events(ledger: &Ledger) -> u64 {
    ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap().lines().count() as u64
}

/// What `rapport status` says, in words and as data.
fn status_of_a_poisoned_log(ledger: &Ledger) -> String {
    let status = ledger.run(["status"]).unwrap();
    assert!(status.contains("appends   refused"), "{status}");
    assert!(status.contains("trouble   the log takes no appends since a write failed"), "{status}");
    let json = ledger.run(["status", "--output", "json"]).unwrap();
    assert!(json.contains("\"logPoisoned\": true") && json.contains("\"appendsRefused\": true"), "{json}");
    status
}

#[test]
fn a_full_disk_refuses_appends_serves_reads_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::of(&folder.path().join("disk"), 96) else { return };
    let data = disk.0.join("ledger");
    let ledger = Ledger::start(&data).unwrap();
    let (acknowledged, said) = append_until_refused(&ledger, folder.path(), 2_000);
    eprintln!("{acknowledged} events acknowledged, then: {said}");
    assert!(acknowledged > 0);
    assert!(said.contains("disk") && said.contains("restart"), "{said}");
    // Refused again, and reads go on.
    let (none, said) = append_until_refused(&ledger, folder.path(), 1);
    assert!(none == 0 && said.contains("accepts no appends"), "{said}");
    assert!(events(&ledger) >= acknowledged);
    let status = status_of_a_poisoned_log(&ledger);
    assert!(status.contains("the disk is nearly full"), "{status}");
    ledger.terminate().unwrap();

    disk.grow(512);
    let ledger = Ledger::start(&data).unwrap();
    assert!(head(&ledger) >= acknowledged, "acknowledged events are gone");
    assert_eq!(events(&ledger), head(&ledger));
    let (more, said) = append_until_refused(&ledger, folder.path(), 1);
    assert!(more > acknowledged, "{said}");
    assert_eq!(ledger.terminate().unwrap(), Some(0));
}

fn status_of_views(ledger: &Ledger) -> Vec<Value> {
    let status: Value = serde_json::from_str(&ledger.run(["status", "--output", "json"]).unwrap()).unwrap();
    status["views"]["views"].as_array().unwrap().clone()
}

#[test]
fn each_view_on_a_full_disk_names_itself_and_comes_on_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let Some(disk) = SmallDisk::of(&data.join("views"), 32) else { return };
    let log = folder.path().join("log");
    let mut serve = Command::new(binary().unwrap());
    serve.stderr(fs::File::create(&log).unwrap());
    let ledger = Ledger::start_by(serve, &data, [] as [&str; 0]).unwrap();
    let filler = disk.0.join("filler");
    assert!(fs::write(&filler, vec![0; 64 << 20]).is_err(), "the disk is full");
    let deadline = Instant::now() + Duration::from_secs(60);
    let waits_for = |is_so: fn(&Value) -> bool| {
        while !status_of_views(&ledger).iter().all(is_so) {
            assert!(Instant::now() < deadline, "{:?}", status_of_views(&ledger));
            append_until_refused(&ledger, folder.path(), 1);
        }
    };
    waits_for(|view| {
        let (name, trouble) = (view["view"].as_str().unwrap(), view["trouble"].as_str().unwrap_or_default());
        trouble.starts_with(&format!("view `{name}`")) && trouble.contains("full")
    });
    fs::remove_file(filler).unwrap();
    waits_for(|view| view["trouble"].is_null());
    let log = fs::read_to_string(log).unwrap();
    for view in ["timeline", "funnel", "satisfaction", "facts", "directory"] {
        let line = format!("view `{view}`: cannot be brought up to date, trying again: view `{view}`");
        assert_eq!(log.lines().filter(|logged| logged.contains(&line)).count(), 1, "{log}");
    }
    assert_eq!(ledger.terminate().unwrap(), Some(0));
}

/// A library that lets `fdatasync` fail as a broken disk does while a file is there; `None` without a compiler.
fn failing_disk(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("eio.c"), folder.join("eio.so"));
    let code = r#"
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdlib.h>
        #include <unistd.h>
        int fdatasync(int file) {
            const char *trigger = getenv("RAPPORT_TEST_EIO");
            if (trigger && access(trigger, F_OK) == 0) { errno = EIO; return -1; }
            return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
        }
    "#;
    fs::write(&source, code).unwrap();
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").status();
    if built.is_ok_and(|status| status.success()) {
        return Some(library);
    }
    eprintln!("skipped: no C compiler makes the library that lets a disk fail");
    None
}

#[test]
fn a_disk_that_fails_to_flush_poisons_the_log_until_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = failing_disk(folder.path()) else { return };
    let (data, trigger) = (folder.path().join("ledger"), folder.path().join("trigger"));
    let mut failing = Command::new(binary().unwrap());
    failing.env("LD_PRELOAD", &library).env("RAPPORT_TEST_EIO", &trigger);
    let ledger = Ledger::start_by(failing, &data, [] as [&str; 0]).unwrap();
    let (acknowledged, said) = append_until_refused(&ledger, folder.path(), 3);
    assert_eq!((acknowledged, said.as_str()), (60, ""));
    fs::write(&trigger, "").unwrap();
    let (none, said) = append_until_refused(&ledger, folder.path(), 1);
    assert!(none == 0 && said.contains("disk"), "{said}");
    // The disk is well again, and still nobody knows what it holds.
    fs::remove_file(&trigger).unwrap();
    let (none, said) = append_until_refused(&ledger, folder.path(), 1);
    assert!(none == 0 && said.contains("accepts no appends") && said.contains("restart"), "{said}");
    assert_eq!(events(&ledger), acknowledged);
    status_of_a_poisoned_log(&ledger);
    assert_eq!(ledger.terminate().unwrap(), Some(0));

    let ledger = Ledger::start(&data).unwrap();
    assert!(head(&ledger) >= acknowledged && events(&ledger) == head(&ledger));
    let (more, said) = append_until_refused(&ledger, folder.path(), 1);
    assert!(more > acknowledged, "{said}");
}
