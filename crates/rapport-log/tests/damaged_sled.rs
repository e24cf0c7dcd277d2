//! Opening a ledger rebuilds an unreadable sled from the journal, or refuses the ledger and touches nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use std::{
    collections::BTreeMap,
    fs, io,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use rapport_log::{Fault, OpenError, ReadRequest, open, verify, verify_closed};
use rapport_model::ErrorClass;
use support::{at, one, open_small, small};

const EVENTS: u128 = 60;

/// Two generations, with the snapshots that sled writes when it opens its folder again.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 1..=30, 0);
    fill(dir.path(), 31..=EVENTS, 0);
    drop(open_small(dir.path()));
    dir
}

/// Appends one event every so many seconds.
fn fill(dir: &Path, ids: RangeInclusive<u128>, every_s: i64) {
    let (mut log, _reader) = open_small(dir);
    for id in ids {
        let now = at(i64::try_from(id).unwrap() * every_s * 1_000_000);
        assert!(log.commit(&[one(id)], now)[0].is_ok());
    }
}

fn generation(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("generations/{number:010}"))
}

/// All files with their bytes.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn copied(files: &BTreeMap<PathBuf, Vec<u8>>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

/// What a file can have become: nothing, its beginning, a changed byte here or there, something else.
fn damaged(whole: &[u8]) -> Vec<Vec<u8>> {
    let flipped = |place: usize| {
        let mut bytes = whole.to_vec();
        bytes[place] ^= 0x10;
        bytes
    };
    let places =
        [0, 7, 80, whole.len() / 2, whole.len() - 1].into_iter().filter(|place| *place < whole.len());
    let mut all: Vec<_> = places.map(flipped).collect();
    all.extend([Vec::new(), whole[..7.min(whole.len())].to_vec(), whole[..whole.len() / 2].to_vec()]);
    all.push(vec![0xff; whole.len()]);
    all
}

fn serves_everything(dir: &Path, what: &str) {
    let (log, reader) = open_small(dir);
    let read = reader.read(ReadRequest::default()).map(|event| event.map(|event| event.position.0));
    assert_eq!(read.collect::<Result<Vec<_>, _>>().unwrap(), (1..=60).collect::<Vec<_>>(), "{what}");
    assert!(verify(&reader).unwrap().is_sound(), "{what}");
    drop((log, reader));
    assert!(verify_closed(dir, |_, _| {}).unwrap().is_sound(), "{what}: it was not mended");
}

#[test]
fn any_damage_to_the_files_of_a_store_is_mended_from_the_journal_after_a_stop_and_after_a_crash() {
    let whole = filled();
    let whole = files(whole.path());
    let of_stores: Vec<_> = whole.keys().filter(|path| path.to_string_lossy().contains("2/sled/")).collect();
    assert!(of_stores.iter().any(|path| path.to_string_lossy().contains("snap.")), "{of_stores:?}");
    let mut set_aside = 0;
    for path in of_stores {
        for (nth, bytes) in damaged(&whole[path]).into_iter().enumerate() {
            let crashed = nth % 2 == 1;
            let what = format!("damage {nth} to {}, crashed: {crashed}", path.display());
            let mut files = whole.clone();
            files.insert(path.clone(), bytes.clone());
            files.retain(|path, _| !crashed || !path.ends_with("settled"));
            let dir = copied(&files);
            // Opened without being looked at first: looking repairs what is torn.
            serves_everything(dir.path(), &what);
            set_aside += usize::from(generation(dir.path(), 2).join("sled.damaged").exists());

            let looked_at = copied(&files);
            let report = verify_closed(looked_at.path(), |_, _| {}).unwrap();
            for fault in &report.first_faults {
                let remedy = fault.fault.remedy();
                assert!(remedy.contains("start the server"), "{what}: {fault}: {remedy}");
            }
        }
    }
    assert!(set_aside > 8, "{set_aside}");
}

#[test]
fn a_store_that_is_being_built_again_when_a_crash_comes_is_built_at_the_next_start() {
    let whole = filled();
    let whole = files(whole.path());
    let part = |path: &Path| path.to_string_lossy().contains("0000000002/sled/");
    // Set aside, and nothing, or only the beginning of another sled, in its place.
    for beginning in [None, Some(b"".as_slice())] {
        let mut files: BTreeMap<_, _> = whole
            .iter()
            .filter(|(path, _)| !part(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        files.insert("generations/0000000002/sled.damaged/db".into(), vec![1; 100]);
        if let Some(beginning) = beginning {
            files.insert("generations/0000000002/sled/db".into(), beginning.to_vec());
        }
        serves_everything(copied(&files).path(), "a crash");
    }
    // Damaged a second time: the one that was set aside before makes room.
    let mut files = whole.clone();
    files.insert("generations/0000000002/sled.damaged/db".into(), vec![1; 100]);
    for (_, bytes) in files.iter_mut().filter(|(path, _)| part(path)) {
        *bytes = vec![0xff; 5];
    }
    let dir = copied(&files);
    serves_everything(dir.path(), "twice");
    assert_eq!(fs::read(generation(dir.path(), 2).join("sled.damaged/db")).unwrap(), [0xff; 5]);
}

#[test]
fn where_the_journal_has_not_everything_either_the_ledger_is_refused_by_name_and_nothing_is_touched() {
    let whole = filled();
    let whole = files(whole.path());
    let journal = PathBuf::from("generations/0000000001/blocks");
    let ready = PathBuf::from("generations/0000000001/ready");
    type Change<'a> = (&'a str, Box<dyn Fn(&mut BTreeMap<PathBuf, Vec<u8>>) + 'a>);
    let changes: [Change<'_>; 4] = [
        ("a changed byte", Box::new(|files| files.get_mut(&journal).unwrap()[500] ^= 1)),
        ("cut", Box::new(|files| files.get_mut(&journal).unwrap().truncate(700))),
        ("gone", Box::new(|files| drop(files.remove(&journal)))),
        (
            "of format 2",
            Box::new(|files| {
                let text = String::from_utf8(files[&ready].clone()).unwrap();
                let segment = text.lines().nth(1).unwrap();
                files.insert(ready.clone(), format!("rapport generation 2\n{segment}\n").into_bytes());
            }),
        ),
    ];
    for (what, change) in changes {
        let mut files_of_it = whole.clone();
        for (path, bytes) in &mut files_of_it {
            if path.to_string_lossy().contains("0000000001/sled/") {
                *bytes = vec![0xff; 9];
            }
        }
        change(&mut files_of_it);
        let dir = copied(&files_of_it);
        let report = verify_closed(dir.path(), |_, _| {}).unwrap();
        assert!(
            report.first_faults.iter().any(|fault| fault.fault.remedy().contains("backup")),
            "{what}: {report:?}"
        );
        for _ in 0..2 {
            let error = open(dir.path(), small()).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Corrupt, "{what}");
            let folder = generation(dir.path(), 1).join("sled");
            let said = error.to_string();
            assert!(said.contains(folder.to_str().unwrap()) && said.contains("backup"), "{what}: {said}");
            assert_eq!(said.matches("rapport verify").count(), 1, "{what}: {said}");
            let OpenError::BothDamaged { fault, .. } = error else { panic!("{what}: {said}") };
            assert_eq!(fault.generation, 1, "{what}");
            assert_eq!(fault.fault == Fault::OnlySledUnreadable, what == "of format 2");
        }
        let mut after = files(dir.path());
        // Opening makes an empty journal where there is none.
        after.retain(|path, bytes| files_of_it.contains_key(path) || !bytes.is_empty());
        assert!(after == files_of_it, "{what}: something was touched");
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What opening a ledger that has everything says, from INFO on.
fn said(dir: &Path, what: &str) -> Vec<String> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || serves_everything(dir, what));
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn warnings(said: &[String]) -> Vec<&String> {
    said.iter().filter(|line| line.contains(" WARN ")).collect()
}

/// Whether a file is one of the second generation's sled.
fn is_of_store(path: &Path) -> bool {
    path.to_string_lossy().contains("0000000002/sled/")
}

#[test]
fn a_store_or_a_journal_that_lost_something_is_a_warning_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 1..=50, 3_600);
    let before = files(dir.path());
    fill(dir.path(), 51..=EVENTS, 3_600);
    let whole = files(dir.path());
    let (db, journal) = ("generations/0000000002/sled/db", "generations/0000000002/blocks");
    type Change<'a> = (&'a str, &'a str, Box<dyn Fn(&mut BTreeMap<PathBuf, Vec<u8>>) + 'a>);
    let cut = |bytes_left: usize| {
        move |files: &mut BTreeMap<PathBuf, Vec<u8>>| {
            files.get_mut(Path::new(db)).unwrap().truncate(bytes_left);
        }
    };
    let changes: [Change<'_>; 6] = [
        ("the folder is gone", "2/sled", Box::new(|files| files.retain(|path, _| !is_of_store(path)))),
        ("its file is gone", "2/sled", Box::new(|files| drop(files.remove(Path::new(db))))),
        ("its file is empty", "2/sled", Box::new(cut(0))),
        ("its file is cut", "2/sled", Box::new(cut(3_000))),
        (
            "an older copy",
            "2/sled",
            Box::new(|files| {
                files.retain(|path, _| !is_of_store(path));
                files.extend(before.clone().into_iter().filter(|(path, _)| is_of_store(path)));
            }),
        ),
        ("the journal", "2/blocks", Box::new(|files| files.get_mut(Path::new(journal)).unwrap()[500] ^= 1)),
    ];
    for (what, named, change) in &changes {
        for (has_snapshot, crashed) in [(true, true), (true, false), (false, true), (false, false)] {
            let what = format!("{what}, with a snapshot: {has_snapshot}, after a crash: {crashed}");
            let mut files = whole.clone();
            change(&mut files);
            files.retain(|path, _| has_snapshot || !path.to_string_lossy().contains("/snap."));
            files.retain(|path, _| !crashed || !path.ends_with("settled"));
            let dir = copied(&files);
            let (first, second) = (said(dir.path(), &what), said(dir.path(), &what));
            let told = warnings(&first);
            let folder = dir.path().join("generations/000000000").to_string_lossy().into_owned() + named;
            assert!(told.len() == 1 && told[0].contains(&folder), "{what}: {first:#?}");
            assert_eq!(warnings(&second), Vec::<&String>::new(), "{what}");
        }
    }
}

#[test]
fn a_store_that_lacks_the_last_moments_before_a_crash_is_not_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 1..=50, 3_600);
    let before = files(dir.path());
    fill(dir.path(), 51..=EVENTS, 0);
    let mut crashed = files(dir.path());
    crashed.retain(|path, _| !is_of_store(path) && !path.ends_with("settled"));
    crashed.extend(before.into_iter().filter(|(path, _)| is_of_store(path)));
    let said = said(copied(&crashed).path(), "a crash");
    let tail = said.iter().filter(|line| line.contains(" INFO ") && line.contains("only the journal had"));
    assert_eq!((warnings(&said).len(), tail.count()), (0, 1), "{said:#?}");
}
