//! The store: every view's live file.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rapport_model::Position;

use crate::{
    ApplyError, Chunk, EncodedEvent, EventSource, ReadError, ReadModels, Rows, SetAside, StoreError, View,
    ViewState,
    sqlite::{
        Rebuild, Snapshot, catch_up::catch_up, damage, generation, schema, view_file::ViewFile, writer::Pace,
    },
};

/// The rows of all views. A handle: clones are of the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    dir: PathBuf,
    timeline: Slot,
    funnel: Slot,
    satisfaction: Slot,
    /// Those that are kept up to date.
    views: Vec<View>,
}

/// Where a view's live file is.
pub struct Slot {
    live: RwLock<Arc<ViewFile>>,
    rebuilding: AtomicBool,
    /// Up to where a view whose file was damaged is to be built before it answers.
    mending: AtomicU64,
}

/// No file was damaged.
const WHOLE: u64 = 0;
/// One was, and nothing has said yet how much there is to build.
const DAMAGED: u64 = u64::MAX;

impl Store {
    /// Opens the store in a directory, which is made when it is missing. What an interrupted rebuild left is deleted.
    ///
    /// # Errors
    /// The directory or a file cannot be used, or is of a later release.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_only(dir, &View::ALL)
    }

    /// The same for some of the views; others are left where they are.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_only(dir: impl AsRef<Path>, views: &[View]) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        fs::create_dir_all(dir).map_err(|source| StoreError::File { path: dir.to_owned(), source })?;
        let shared = Shared {
            timeline: Slot::open(dir, View::Timeline)?,
            funnel: Slot::open(dir, View::Funnel)?,
            satisfaction: Slot::open(dir, View::Satisfaction)?,
            dir: dir.to_owned(),
            views: views.to_vec(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The last event whose rows can be read in a view.
    #[must_use]
    pub fn position(&self, view: View) -> Position {
        self.live(view).committed()
    }

    /// The views that are kept up to date.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.shared.views
    }

    /// The last event that can be seen in every view.
    #[must_use]
    pub fn visible(&self) -> Position {
        self.views().iter().map(|view| self.position(*view)).min().unwrap_or_default()
    }

    /// The last event that every view has taken: [`Store::apply`] wants those after it. It goes back when a rebuilt
    /// view goes live, and after a failure; ask each time.
    #[must_use]
    pub fn applied(&self) -> Position {
        self.views().iter().map(|view| self.live(*view).taken()).min().unwrap_or_default()
    }

    /// How far a view is.
    #[must_use]
    pub fn state(&self, view: View) -> ViewState {
        let live = self.live(view);
        let slot = self.shared.slot(view);
        let damaged = slot.mending.load(Ordering::Acquire) != WHOLE;
        let rebuilding = damaged || slot.rebuilding.load(Ordering::Acquire);
        let (set_aside, last_set_aside) = live.set_aside();
        ViewState {
            view,
            position: live.committed(),
            set_aside,
            last_set_aside,
            waiting: 0,
            rebuilding,
            damaged,
        }
    }

    /// Begins views anew whose file a question or an event found damaged; `head` is the last event that there is. To be
    /// called again and again by what applies events, and only by it.
    ///
    /// # Errors
    /// A file cannot be put aside or made.
    pub fn mend(&self, head: Position) -> Result<(), StoreError> {
        let mend = |view: &View| self.shared.slot(*view).mend(self.dir(), *view, head);
        self.views().iter().try_for_each(mend)
    }

    /// Up to where a view whose file was damaged is to be built before it answers; the beginning for others.
    #[must_use]
    pub fn mending(&self, view: View, head: Position) -> Position {
        match self.shared.slot(view).mending.load(Ordering::Acquire) {
            DAMAGED => head,
            until => Position(until),
        }
    }

    /// Whether a view has nothing and nothing builds it.
    #[must_use]
    pub fn is_unbuilt(&self, view: View) -> bool {
        self.position(view) == Position::START && !self.shared.slot(view).rebuilding.load(Ordering::Acquire)
    }

    /// Deletes the views' files in a directory that nothing has open.
    ///
    /// # Errors
    /// One cannot be deleted.
    pub fn delete(dir: impl AsRef<Path>) -> Result<(), StoreError> {
        generation::delete_all(dir.as_ref())
    }

    /// Applies events, ascending by position without gaps, to one view after the other, so that they can be read;
    /// what a view has already changes nothing. `source` is asked for what corrections act on.
    ///
    /// # Errors
    /// The store or the log failed, or events are missing; each view is then where it last committed. One that fails
    /// does not keep the others. An event that a view refuses for what it holds is no error: it is set aside.
    pub fn apply(
        &self,
        events: &[EncodedEvent],
        source: &(impl EventSource + ?Sized),
    ) -> Result<Position, ApplyError> {
        let apply = |view: &View| self.live(*view).apply(events, Pace::Following, source);
        ApplyError::of_all(self.views().iter().map(apply))?;
        Ok(self.applied())
    }

    /// Applies many events, in chunks, to every view on a thread of its own while the next chunks are read. They can
    /// be read when it returns; on the way a view commits after each million.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub fn catch_up(
        &self,
        chunks: impl Iterator<Item = Chunk>,
        source: &(impl EventSource + ?Sized),
    ) -> Result<Position, ApplyError> {
        let files: Vec<_> = self.views().iter().map(|view| self.live(*view)).collect();
        catch_up(&files, Pace::CatchingUp, chunks, source)?;
        Ok(self.applied())
    }

    /// Builds views anew, beside the live ones.
    ///
    /// # Errors
    /// One of them is being rebuilt already, or its file cannot be made.
    pub fn rebuild(&self, views: &[View]) -> Result<Rebuild, StoreError> {
        Rebuild::begin(self, views, Pace::CatchingUp)
    }

    /// The same in small steps, after a rebuild failed for what an event holds: such events are set aside.
    ///
    /// # Errors
    /// As [`Store::rebuild`].
    pub fn rebuild_step_by_step(&self, views: &[View]) -> Result<Rebuild, StoreError> {
        Rebuild::begin(self, views, Pace::Following)
    }

    /// The rows of a view as they are committed now.
    ///
    /// # Errors
    /// The database failed.
    pub fn rows(&self, view: View) -> Result<Snapshot, ReadError> {
        Snapshot::take(self.live(view))
    }

    pub(crate) fn live(&self, view: View) -> Arc<ViewFile> {
        self.shared.slot(view).live()
    }

    pub(crate) fn slot(&self, view: View) -> &Slot {
        self.shared.slot(view)
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.shared.dir
    }
}

impl ReadModels for Store {
    fn state(&self, view: View) -> Result<ViewState, ReadError> {
        Ok(Self::state(self, view))
    }

    fn last_set_aside(&self, view: View) -> Result<Vec<SetAside>, ReadError> {
        Ok(self.live(view).last_set_aside()?)
    }

    fn position(&self, view: View) -> Result<Position, ReadError> {
        Ok(Self::position(self, view))
    }

    fn rows(&self, view: View) -> Result<Box<dyn Rows>, ReadError> {
        Ok(Box::new(Self::rows(self, view)?))
    }
}

impl Shared {
    const fn slot(&self, view: View) -> &Slot {
        match view {
            View::Timeline => &self.timeline,
            View::Funnel => &self.funnel,
            View::Satisfaction => &self.satisfaction,
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

    /// Begins the view anew when its file was found damaged, and tells when it is built. One that is found damaged
    /// again before that waits for a restart: a disk that fails again and again is not written to for ever.
    fn mend(&self, dir: &Path, view: View, head: Position) -> Result<(), StoreError> {
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

    fn live(&self) -> Arc<ViewFile> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another file in the place of the live one.
    pub fn swap(&self, file: Arc<ViewFile>) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        live.replace();
        *live = file;
    }

    /// Claims the one rebuild that a view can have at a time.
    pub fn begin_rebuild(&self) -> bool {
        !self.rebuilding.swap(true, Ordering::AcqRel)
    }

    /// Gives the claim back.
    pub fn end_rebuild(&self) {
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
                return Err(StoreError::Damaged { view, path, why: "it is not there".to_owned() });
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
                        "the view is of an earlier format: it is built again from the log"
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
    match error {
        StoreError::Damaged { path, why, .. } => Ok((path, why)),
        StoreError::Database { source, .. } if damage::is_damage_at_open(&source) => {
            Ok((generation::live_path(dir, view)?, source.to_string()))
        }
        other => Err(other),
    }
}

/// Puts a damaged file aside and makes an empty one in its place, which is filled from the log as a first one is.
fn begin_anew(dir: &Path, view: View, damaged: &Path, why: &str) -> Result<ViewFile, StoreError> {
    let number = generation::next(dir, view)?;
    let aside = generation::damaged_path(dir, view);
    let kept = damage::put_aside(damaged, &aside)?;
    tracing::warn!(
        view = view.name(),
        file = %damaged.display(),
        why,
        damaged_file = %format_args!("{} as {}", kept.as_str(), aside.display()),
        "the view's file is damaged: it is put aside and the view is built again from the log"
    );
    new_live(dir, view, number)
}
