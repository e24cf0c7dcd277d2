//! How many calls the server still works on: a stopping server waits for these, and not for clients that do not take
//! what is ready for them.

use std::sync::Arc;

use tokio::sync::watch;

/// The count.
#[derive(Clone)]
pub struct Calls(Arc<watch::Sender<usize>>);

/// One call under way, until it is dropped.
pub struct Call(Arc<watch::Sender<usize>>);

impl Calls {
    /// None.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// One more.
    #[must_use = "the call ends when this is dropped"]
    pub fn begin(&self) -> Call {
        self.0.send_modify(|calls| *calls += 1);
        Call(Arc::clone(&self.0))
    }

    /// Until there is none.
    pub async fn none(&self) {
        // The sender is `self`, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|calls| *calls == 0).await;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}
