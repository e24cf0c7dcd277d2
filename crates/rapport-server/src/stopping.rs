//! Whether the server stops, for everything that has to end then.

use std::time::Duration;

use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

/// A stopping server waits so long for a client to take what is ready for it, and to see its refusals.
pub const LINGER: Duration = Duration::from_millis(500);

/// The switch.
pub struct Stop(watch::Sender<bool>);

/// Sees the switch.
#[derive(Clone)]
pub struct Stopping(watch::Receiver<bool>);

/// A switch that is not set, and its view.
pub fn stop() -> (Stop, Stopping) {
    let (switch, view) = watch::channel(false);
    (Stop(switch), Stopping(view))
}

impl Stop {
    /// Everything ends.
    pub fn set(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Whether it is set; a switch that is gone counts as set.
    pub fn is_set(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Until it is set; a switch that is gone counts as set.
    pub async fn wait(mut self) {
        let _ = self.0.wait_for(|set| *set).await;
    }

    /// Until a moment after it is set.
    pub async fn lingered(self) {
        self.wait().await;
        sleep(LINGER).await;
    }

    /// Hands a client its next message. `false` when it went away, or does not take it from a server that stops.
    pub async fn send<T>(&self, to: &mpsc::Sender<T>, message: T) -> bool {
        tokio::select! {
            biased;
            sent = to.send(message) => sent.is_ok(),
            () = self.clone().lingered() => false,
        }
    }
}
