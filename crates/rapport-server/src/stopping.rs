//! Whether the server stops, for everything that has to end then.

use tokio::sync::watch;

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
}
