//! The wish that a thread ends.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Tells threads to end. Clones are of the same wish.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(Mutex<Option<Instant>>, Condvar)>);

impl Stop {
    /// Not told yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells it.
    pub fn set(&self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
        self.0.1.notify_all();
    }

    /// Whether it was told.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.was_set_for(Duration::ZERO)
    }

    /// Whether it was told so long ago.
    #[must_use]
    pub fn was_set_for(&self, time: Duration) -> bool {
        let told = *self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.is_some_and(|since| since.elapsed() >= time)
    }

    /// Waits so long, or until it is told.
    pub fn wait(&self, timeout: Duration) {
        let told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_timeout_while(told, timeout, |told| told.is_none()));
    }
}
