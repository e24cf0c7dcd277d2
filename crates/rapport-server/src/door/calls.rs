//! Counts the calls that the server still works on. A stopping server waits for these calls. It does not wait for
//! clients that do not read their answers.

use std::sync::Arc;

use tokio::sync::watch;

/// The count.
#[derive(Clone)]
pub(crate) struct Calls(Arc<watch::Sender<usize>>);

/// One call under way, until it is dropped.
pub(crate) struct Call(Arc<watch::Sender<usize>>);

impl Calls {
    /// No call is under way.
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Counts one more call.
    #[must_use = "the call ends when this is dropped"]
    pub(crate) fn begin(&self) -> Call {
        self.0.send_modify(|calls| *calls += 1);
        Call(Arc::clone(&self.0))
    }

    /// Waits until no call is under way.
    pub(crate) async fn none(&self) {
        // The sender is `self`, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|calls| *calls == 0).await;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}
