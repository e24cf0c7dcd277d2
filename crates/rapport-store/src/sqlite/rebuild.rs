//! A view rebuilt in a file of its own, while the live one goes on.

use std::{sync::Arc, thread};

use rapport_model::Position;

use crate::{
    ApplyError, Chunk, EventSource, StoreError, View,
    sqlite::{catch_up::catch_up, generation, pace::Pace, slots::Slots, view_file::ViewFile},
};

/// A rebuild under way. Give it every event from the first on with [`Rebuild::catch_up`], then [`Rebuild::finish`].
/// Dropped before that, or cut off by a crash, it leaves the live views as they are.
pub struct Rebuild {
    slots: Arc<Slots>,
    files: Vec<Arc<ViewFile>>,
    generations: Vec<(View, u64)>,
    pace: Pace,
}

impl Rebuild {
    pub(crate) fn begin(slots: &Arc<Slots>, views: &[View], pace: Pace) -> Result<Self, StoreError> {
        let mut rebuild = Self { slots: Arc::clone(slots), files: Vec::new(), generations: Vec::new(), pace };
        for view in View::ALL.into_iter().filter(|view| views.contains(view)) {
            if !slots.slot(view).begin_rebuild() {
                return Err(StoreError::Rebuilding { view });
            }
            let generation = generation::next(slots.dir(), view)?;
            rebuild.generations.push((view, generation));
            // A file that is built as a whole cannot take a failed step back.
            let file = match pace {
                Pace::CatchingUp => ViewFile::build(slots.dir(), view, generation)?,
                Pace::Following => ViewFile::open(slots.dir(), view, generation)?,
            };
            rebuild.files.push(Arc::new(file));
        }
        Ok(rebuild)
    }

    /// The last event taken: [`Rebuild::catch_up`] wants those after it.
    #[must_use]
    pub fn applied(&self) -> Position {
        self.files.iter().map(|file| file.taken()).min().unwrap_or_default()
    }

    /// As [`Store::catch_up`](super::Store::catch_up), for the views being built; nothing can be read before the end.
    ///
    /// # Errors
    /// As [`Store::apply`](super::Store::apply); the rebuild is of no more use then.
    pub fn catch_up(
        &self,
        chunks: impl Iterator<Item = Chunk>,
        source: &(impl EventSource + ?Sized),
    ) -> Result<Position, ApplyError> {
        let sound = chunks.take_while(|_| !self.files.iter().any(|file| file.has_failed()));
        catch_up(&self.files, self.pace, sound, source)?;
        Ok(self.applied())
    }

    /// Puts the new views in the place of the live ones, unless a live one has come further meanwhile: then the
    /// rebuild comes back, to be given more events.
    ///
    /// # Errors
    /// A file cannot be written; the live views stay.
    pub fn finish(mut self) -> Result<Option<Self>, ApplyError> {
        self.end_builds()?;
        if self.files.iter().any(|file| file.committed() < self.slots.slot(file.view()).live().committed()) {
            return Ok(Some(self));
        }
        for file in std::mem::take(&mut self.files) {
            let view = file.view();
            let Some(index) = self.generations.iter().position(|(of, _)| *of == view) else { continue };
            file.checkpoint()?;
            let (_, generation) = self.generations.swap_remove(index);
            generation::make_live(self.slots.dir(), view, generation)?;
            self.slots.slot(view).swap(file);
            self.slots.slot(view).end_rebuild();
        }
        Ok(None)
    }

    /// Each on a thread of its own: most rows are written now.
    fn end_builds(&self) -> Result<(), ApplyError> {
        thread::scope(|scope| {
            let work: Vec<_> =
                self.files.iter().map(|file| (file.view(), scope.spawn(|| file.end_build()))).collect();
            let stopped = |view| Err(ApplyError::Store(StoreError::Stopped { view }));
            let ended = work.into_iter().map(|(view, end)| end.join().unwrap_or_else(|_| stopped(view)));
            ApplyError::of_all(ended)
        })
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        for file in self.files.drain(..) {
            file.replace();
        }
        for (view, _) in self.generations.drain(..) {
            self.slots.slot(view).end_rebuild();
        }
    }
}
