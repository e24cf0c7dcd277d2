//! The store: every view's live file.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rapport_model::Position;
use rapport_proto::v1::RecordedEvent;

use crate::{
    ApplyError, EventSource, FunnelSnapshot, Pace, ReadError, Rebuild, SatisfactionSnapshot, Snapshot,
    StoreError, TimelineSnapshot, View, generation, schema, view_file::ViewFile,
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
}

/// Where a view's live file is.
pub struct Slot {
    live: RwLock<Arc<ViewFile>>,
    rebuilding: AtomicBool,
}

/// How far a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewState {
    /// The view.
    pub view: View,
    /// The last event whose rows can be read.
    pub position: Position,
    /// Events that could not be read.
    pub set_aside: u64,
    /// Whether it is built anew at the moment.
    pub rebuilding: bool,
}

impl Store {
    /// Opens the store in a directory, which is made when it is missing. What an interrupted rebuild left is deleted.
    ///
    /// # Errors
    /// The directory or a file cannot be used, or is of a later release.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        fs::create_dir_all(dir).map_err(|source| StoreError::File { path: dir.to_owned(), source })?;
        let shared = Shared {
            timeline: Slot::open(dir, View::Timeline)?,
            funnel: Slot::open(dir, View::Funnel)?,
            satisfaction: Slot::open(dir, View::Satisfaction)?,
            dir: dir.to_owned(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The last event whose rows can be read in a view.
    #[must_use]
    pub fn position(&self, view: View) -> Position {
        self.live(view).committed()
    }

    /// The last event that every view has taken: [`Store::apply`] wants those after it. It goes back when a rebuilt
    /// view goes live, and after a failure; ask each time.
    #[must_use]
    pub fn applied(&self) -> Position {
        View::ALL.into_iter().map(|view| self.live(view).taken()).min().unwrap_or_default()
    }

    /// How far a view is.
    #[must_use]
    pub fn state(&self, view: View) -> ViewState {
        let live = self.live(view);
        let rebuilding = self.shared.slot(view).rebuilding.load(Ordering::Acquire);
        ViewState { view, position: live.committed(), set_aside: live.set_aside(), rebuilding }
    }

    /// Applies events, ascending by position without gaps, to every view, each on a thread of its own; what a view
    /// has already changes nothing. With [`Pace::CatchingUp`] rows may stay collected until a million events are, or
    /// until a call (an empty one will do) with [`Pace::Following`], after which they can be read. `source` is asked
    /// for what corrections act on.
    ///
    /// # Errors
    /// The store or the log failed, or events are missing; each view is then where it last committed.
    pub fn apply(
        &self,
        events: &[RecordedEvent],
        pace: Pace,
        source: &(impl EventSource + ?Sized),
    ) -> Result<Position, ApplyError> {
        let files = View::ALL.map(|view| self.live(view));
        apply_each(&files, events, pace, source)?;
        Ok(self.applied())
    }

    /// Builds views anew, beside the live ones.
    ///
    /// # Errors
    /// One of them is being rebuilt already, or its file cannot be made.
    pub fn rebuild(&self, views: &[View]) -> Result<Rebuild, StoreError> {
        Rebuild::begin(self, views)
    }

    /// The timeline as it is committed now.
    ///
    /// # Errors
    /// The database failed.
    pub fn timeline(&self) -> Result<TimelineSnapshot, ReadError> {
        Ok(TimelineSnapshot::new(Snapshot::take(self.live(View::Timeline))?))
    }

    /// The funnel as it is committed now.
    ///
    /// # Errors
    /// The database failed.
    pub fn funnel(&self) -> Result<FunnelSnapshot, ReadError> {
        Ok(FunnelSnapshot::new(Snapshot::take(self.live(View::Funnel))?))
    }

    /// Satisfaction as it is committed now.
    ///
    /// # Errors
    /// The database failed.
    pub fn satisfaction(&self) -> Result<SatisfactionSnapshot, ReadError> {
        Ok(SatisfactionSnapshot::new(Snapshot::take(self.live(View::Satisfaction))?))
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
        let live = generation::live(dir, view)?;
        generation::delete_others(dir, view, live)?;
        let number = match live {
            None => 1,
            Some(live) => match schema::earlier_format(&generation::path(dir, view, live), view)? {
                None => live,
                Some(format) => {
                    tracing::warn!(
                        view = view.name(),
                        format,
                        supported = schema::FORMAT,
                        "the view is of an earlier format: it is built again from the log"
                    );
                    live + 1
                }
            },
        };
        let file = ViewFile::open(dir, view, number)?;
        if live != Some(number) {
            generation::make_live(dir, view, number)?;
            generation::delete_others(dir, view, Some(number))?;
        }
        Ok(Self { live: RwLock::new(Arc::new(file)), rebuilding: AtomicBool::new(false) })
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

/// Fewer events than this are applied to one view after the other: a thread costs more.
const THREADS_FROM_EVENTS: usize = 2_000;

/// Applies to several files, at once when there is much to do; the first failure is reported, the others go on.
pub fn apply_each(
    files: &[Arc<ViewFile>],
    events: &[RecordedEvent],
    pace: Pace,
    source: &(impl EventSource + ?Sized),
) -> Result<(), ApplyError> {
    if events.len() < THREADS_FROM_EVENTS {
        // Every view is tried, whatever became of the one before.
        let applied: Vec<_> = files.iter().map(|file| file.apply(events, pace, source)).collect();
        return applied.into_iter().collect();
    }
    thread::scope(|scope| {
        let work: Vec<_> = files
            .iter()
            .map(|file| (file.view(), scope.spawn(move || file.apply(events, pace, source))))
            .collect();
        let mut result = Ok(());
        for (view, handle) in work {
            let applied = handle.join().unwrap_or_else(|_: Box<dyn std::any::Any + Send>| {
                Err(ApplyError::Store(StoreError::Stopped { view }))
            });
            result = result.and(applied);
        }
        result
    })
}
