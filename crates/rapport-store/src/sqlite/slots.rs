//! Where the live file of each view is: opened, swapped, and begun anew when it is damaged.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rapport_model::Position;

use crate::{
    StoreError, View,
    sqlite::{damage, generation, schema, view_file::ViewFile},
};

/// The views in one directory.
pub(crate) struct Slots {
    dir: PathBuf,
    timeline: Slot,
    funnel: Slot,
    satisfaction: Slot,
    facts: Slot,
    directory: Slot,
}

/// Where a view's live file is.
pub(crate) struct Slot {
    live: RwLock<Arc<ViewFile>>,
    rebuilding: AtomicBool,
    /// Up to where a view whose file was damaged is to be built before it answers.
    mending: AtomicU64,
}

/// No file was damaged.
const WHOLE: u64 = 0;
/// One was, and nothing has said yet how much there is to build.
const DAMAGED: u64 = u64::MAX;

impl Slots {
    /// Opens every view in a directory, which is there. A view whose file is damaged begins anew.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            timeline: Slot::open(dir, View::Timeline)?,
            funnel: Slot::open(dir, View::Funnel)?,
            satisfaction: Slot::open(dir, View::Satisfaction)?,
            facts: Slot::open(dir, View::Facts)?,
            directory: Slot::open(dir, View::Directory)?,
            dir: dir.to_owned(),
        })
    }

    /// The directory of the files.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The place of a view.
    pub(crate) const fn slot(&self, view: View) -> &Slot {
        match view {
            View::Timeline => &self.timeline,
            View::Funnel => &self.funnel,
            View::Satisfaction => &self.satisfaction,
            View::Facts => &self.facts,
            View::Directory => &self.directory,
        }
    }
}

impl Slot {
    fn open(dir: &Path, view: View) -> Result<Self, StoreError> {
        let (file, mending) = match open_live(dir, view) {
            Ok(file) => (file, WHOLE),
            Err(error) => {
                let (path, why) = damage_of(dir, view, error)?;
                (begin_anew(dir, view, &path, &why)?, DAMAGED)
            }
        };
        Ok(Self {
            live: RwLock::new(Arc::new(file)),
            rebuilding: AtomicBool::new(false),
            mending: AtomicU64::new(mending),
        })
    }

    /// Replaces a file that was found damaged by an empty one, and logs when the view is built. A file that is found
    /// damaged again before that waits for a restart, so that the store does not write to a failing disk for ever.
    pub(crate) fn mend(&self, dir: &Path, view: View, head: Position) -> Result<(), StoreError> {
        let file = self.live();
        match self.mending.load(Ordering::Acquire) {
            WHOLE => {
                let Some(why) = file.damage() else { return Ok(()) };
                // A rebuild that is under way takes its place.
                if !self.begin_rebuild() {
                    return Ok(());
                }
                self.mending.store(head.0, Ordering::Release);
                let begun = begin_anew(dir, view, file.path(), why).map(|file| self.swap(Arc::new(file)));
                if begun.is_err() {
                    self.mending.store(WHOLE, Ordering::Release);
                }
                self.end_rebuild();
                begun
            }
            DAMAGED => {
                self.mending.store(head.0, Ordering::Release);
                Ok(())
            }
            until if file.committed().0 >= until => {
                self.mending.store(WHOLE, Ordering::Release);
                tracing::info!(view = view.name(), position = until, "the view is built again");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The file that is live now.
    pub(crate) fn live(&self) -> Arc<ViewFile> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Up to where a view whose file was damaged is to be built before it answers; the beginning for others.
    pub(crate) fn mending(&self, head: Position) -> Position {
        match self.mending.load(Ordering::Acquire) {
            DAMAGED => head,
            until => Position(until),
        }
    }

    /// Whether its file was damaged and is not built again yet.
    pub(crate) fn is_damaged(&self) -> bool {
        self.mending.load(Ordering::Acquire) != WHOLE
    }

    /// Whether a rebuild is under way.
    pub(crate) fn is_rebuilding(&self) -> bool {
        self.rebuilding.load(Ordering::Acquire)
    }

    /// Puts another file in the place of the live one.
    pub(crate) fn swap(&self, file: Arc<ViewFile>) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        live.replace();
        *live = file;
    }

    /// Claims the one rebuild that a view can have at a time.
    pub(crate) fn begin_rebuild(&self) -> bool {
        !self.rebuilding.swap(true, Ordering::AcqRel)
    }

    /// Gives the claim back.
    pub(crate) fn end_rebuild(&self) {
        self.rebuilding.store(false, Ordering::Release);
    }
}

/// The live file of a view, or its first.
fn open_live(dir: &Path, view: View) -> Result<ViewFile, StoreError> {
    let live = generation::live(dir, view)?;
    let number = match live {
        None => 1,
        Some(live) => {
            let path = generation::path(dir, view, live);
            if !path.exists() {
                return Err(StoreError::Damaged { view, path, why: "the file is missing".to_owned() });
            }
            if let Some(why) = damage::in_header(&path) {
                return Err(StoreError::Damaged { view, path, why: why.to_owned() });
            }
            let before = damage::position_without_log(&path);
            match schema::earlier_format(&path, view)? {
                None => {
                    let file = ViewFile::open(dir, view, live)?;
                    if before.is_some_and(|before| file.committed().0.cast_signed() < before) {
                        let why = "its write-ahead log has lost what the file has".to_owned();
                        return Err(StoreError::Damaged { view, path, why });
                    }
                    generation::delete_others(dir, view, Some(live))?;
                    return Ok(file);
                }
                Some(format) => {
                    tracing::warn!(
                        view = view.name(),
                        format,
                        supported = view.format(),
                        "the view has an earlier format: the store builds it again from the log"
                    );
                    generation::next(dir, view)?
                }
            }
        }
    };
    new_live(dir, view, number)
}

/// A new file, the only one of its view.
fn new_live(dir: &Path, view: View, number: u64) -> Result<ViewFile, StoreError> {
    generation::delete(&generation::path(dir, view, number));
    let file = ViewFile::open(dir, view, number)?;
    generation::make_live(dir, view, number)?;
    generation::delete_others(dir, view, Some(number))?;
    Ok(file)
}

/// The file that is damaged and what was found, when an error of opening a view says that; otherwise the error.
fn damage_of(dir: &Path, view: View, error: StoreError) -> Result<(PathBuf, String), StoreError> {
    if let StoreError::Damaged { path, why, .. } = error {
        return Ok((path, why));
    }
    if let StoreError::Database { source, .. } = &error
        && damage::is_damage_at_open(source)
    {
        return Ok((generation::live_path(dir, view)?, source.to_string()));
    }
    Err(error)
}

/// Puts a damaged file aside and makes an empty one in its place, which the log fills as it fills a new one.
fn begin_anew(dir: &Path, view: View, damaged: &Path, why: &str) -> Result<ViewFile, StoreError> {
    let number = generation::next(dir, view)?;
    let aside = generation::damaged_path(dir, view);
    let kept = damage::put_aside(damaged, &aside)?;
    tracing::warn!(
        view = view.name(),
        file = %damaged.display(),
        why,
        damaged_file = %format_args!("{} as {}", kept.as_str(), aside.display()),
        "the view's file is damaged: the store puts it aside and builds the view again from the log"
    );
    new_live(dir, view, number)
}
