//! The store: every view's live file.

use std::{fs, path::Path, sync::Arc};

use rapport_model::Position;

use crate::{
    ApplyError, Chunk, EncodedEvent, EventSource, Forgotten, ReadError, ReadModels, Rows, SetAside,
    StoreError, View, ViewState,
    sqlite::{
        Rebuild, Snapshot, catch_up::catch_up, generation, pace::Pace, slots::Slots, view_file::ViewFile,
    },
};

/// The rows of all views. A handle: clones are of the same store.
#[derive(Clone)]
pub struct Store {
    slots: Arc<Slots>,
    /// Those that are kept up to date.
    views: Arc<[View]>,
}

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
        Ok(Self { slots: Arc::new(Slots::open(dir)?), views: views.into() })
    }

    /// The last event whose rows can be read in a view.
    #[must_use]
    pub fn position(&self, view: View) -> Position {
        self.live(view).committed()
    }

    /// The views that are kept up to date.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
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
        let slot = self.slots.slot(view);
        let damaged = slot.is_damaged();
        let rebuilding = damaged || slot.is_rebuilding();
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

    /// Replaces the files that a question or an event found damaged by empty ones; `head` is the last event of the log.
    /// The thread that applies events calls it again and again, and no other does.
    ///
    /// # Errors
    /// A file cannot be put aside or made.
    pub fn mend(&self, head: Position) -> Result<(), StoreError> {
        let mend = |view: &View| self.slots.slot(*view).mend(self.slots.dir(), *view, head);
        self.views().iter().try_for_each(mend)
    }

    /// Up to where a view whose file was damaged is to be built before it answers; the beginning for others.
    #[must_use]
    pub fn mending(&self, view: View, head: Position) -> Position {
        self.slots.slot(view).mending(head)
    }

    /// Whether a view has nothing and nothing builds it.
    #[must_use]
    pub fn is_unbuilt(&self, view: View) -> bool {
        self.position(view) == Position::START && !self.slots.slot(view).is_rebuilding()
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
    /// does not keep the others. An event that a view refuses for its content is not an error: it is set aside.
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

    /// Forgets what customers are known by: every row of the directory with a name, an address or a number that was recorded
    /// under one of these ids, whenever it was said. Nothing of it is left in the view's files, unless a question is
    /// being answered from them. What builds the directory again from a log that still has the events brings it back.
    ///
    /// # Errors
    /// The database failed.
    pub fn forget(&self, ids: &[&str]) -> Result<Forgotten, ApplyError> {
        self.live(View::Directory).forget(ids)
    }

    /// Builds views anew, beside the live ones.
    ///
    /// # Errors
    /// One of them is being rebuilt already, or its file cannot be made.
    pub fn rebuild(&self, views: &[View]) -> Result<Rebuild, StoreError> {
        Rebuild::begin(&self.slots, views, Pace::CatchingUp)
    }

    /// The same in small steps, after a rebuild failed at the content of an event: such events are set aside.
    ///
    /// # Errors
    /// As [`Store::rebuild`].
    pub fn rebuild_step_by_step(&self, views: &[View]) -> Result<Rebuild, StoreError> {
        Rebuild::begin(&self.slots, views, Pace::Following)
    }

    /// From how many events on questions of a view may use several processors: many by default. The same answers come from
    /// one and from several.
    pub fn share_from(&self, view: View, position: Position) {
        self.live(view).share_from(position);
    }

    /// The rows of a view as they are committed now.
    ///
    /// # Errors
    /// The database failed.
    pub fn rows(&self, view: View) -> Result<Snapshot, ReadError> {
        Snapshot::take(self.live(view))
    }

    fn live(&self, view: View) -> Arc<ViewFile> {
        self.slots.slot(view).live()
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
