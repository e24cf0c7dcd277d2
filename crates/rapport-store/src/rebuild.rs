//! A view built anew beside the live one.

use std::{path::PathBuf, sync::Arc};

use rapport_model::Position;
use rapport_proto::v1::RecordedEvent;

use crate::{
    ApplyError, EventSource, Pace, Store, StoreError, View, generation, store::apply_each,
    view_file::ViewFile,
};

/// A rebuild under way. Give it every event from the first on with [`Rebuild::apply`], then [`Rebuild::finish`].
/// Dropped before that, or cut off by a crash, it leaves the live views as they are.
pub struct Rebuild {
    store: Store,
    files: Vec<Arc<ViewFile>>,
    generations: Vec<(View, u64)>,
}

impl Rebuild {
    pub(crate) fn begin(store: &Store, views: &[View]) -> Result<Self, StoreError> {
        let mut rebuild = Self { store: store.clone(), files: Vec::new(), generations: Vec::new() };
        for view in View::ALL.into_iter().filter(|view| views.contains(view)) {
            if !store.slot(view).begin_rebuild() {
                return Err(StoreError::Rebuilding { view });
            }
            let generation = generation::live(store.dir(), view)?.unwrap_or(0) + 1;
            rebuild.generations.push((view, generation));
            generation::delete(&rebuild.path(view, generation));
            rebuild.files.push(Arc::new(ViewFile::open(store.dir(), view, generation)?));
        }
        Ok(rebuild)
    }

    /// The last event taken: [`Rebuild::apply`] wants those after it.
    #[must_use]
    pub fn applied(&self) -> Position {
        self.files.iter().map(|file| file.taken()).min().unwrap_or_default()
    }

    /// As [`Store::apply`], for the views being built.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub fn apply(
        &self,
        events: &[RecordedEvent],
        pace: Pace,
        source: &(impl EventSource + ?Sized),
    ) -> Result<Position, ApplyError> {
        apply_each(&self.files, events, pace, source)?;
        Ok(self.applied())
    }

    /// Puts the new views in the place of the live ones, unless a live one has come further meanwhile: then the
    /// rebuild comes back, to be given more events.
    ///
    /// # Errors
    /// A file cannot be written; the live views stay.
    pub fn finish(mut self, source: &(impl EventSource + ?Sized)) -> Result<Option<Self>, ApplyError> {
        apply_each(&self.files, &[], Pace::Following, source)?;
        if self.files.iter().any(|file| file.committed() < self.store.position(file.view())) {
            return Ok(Some(self));
        }
        for file in std::mem::take(&mut self.files) {
            let view = file.view();
            let Some(index) = self.generations.iter().position(|(of, _)| *of == view) else { continue };
            file.checkpoint()?;
            let (_, generation) = self.generations.swap_remove(index);
            generation::make_live(self.store.dir(), view, generation)?;
            self.store.slot(view).swap(file);
            self.store.slot(view).end_rebuild();
        }
        Ok(None)
    }

    fn path(&self, view: View, generation: u64) -> PathBuf {
        generation::path(self.store.dir(), view, generation)
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        for file in self.files.drain(..) {
            file.replace();
        }
        for (view, _) in self.generations.drain(..) {
            self.store.slot(view).end_rebuild();
        }
    }
}
