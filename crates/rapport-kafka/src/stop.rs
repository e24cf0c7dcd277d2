//! Tells threads to stop.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Tells threads to stop. All clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(Mutex<Option<Instant>>, Condvar)>);

impl Stop {
    /// A state in which threads may run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells the threads to stop.
    pub fn set(&self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
        self.0.1.notify_all();
    }

    /// Whether the threads must stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.was_set_for(Duration::ZERO)
    }

    /// Whether the threads have had to stop for this long.
    #[must_use]
    pub fn was_set_for(&self, time: Duration) -> bool {
        let told = *self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.is_some_and(|since| since.elapsed() >= time)
    }

    /// Waits for this long, or until the threads must stop.
    pub fn wait(&self, timeout: Duration) {
        let told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_timeout_while(told, timeout, |told| told.is_none()));
    }
}
