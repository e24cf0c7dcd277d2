//! Tells everything that must end that the server stops.

use std::time::Duration;

use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

/// How long a stopping server still refuses requests, so that a sending client sees the refusal and ends.
const LINGER: Duration = Duration::from_millis(500);

/// How far a server is on its way to the end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Stopping,
    /// Nothing more is waited for.
    CutOff,
}

/// The switch.
pub(crate) struct Stop(watch::Sender<Phase>);

/// Sees the switch.
#[derive(Clone)]
pub(crate) struct Stopping(watch::Receiver<Phase>);

/// A switch that is not set, and its view.
pub(crate) fn stop() -> (Stop, Stopping) {
    let (switch, view) = watch::channel(Phase::Serving);
    (Stop(switch), Stopping(view))
}

impl Stop {
    /// Everything ends.
    pub(crate) fn set(&self) {
        self.0.send_replace(Phase::Stopping);
    }

    /// What has not ended by now is closed.
    pub(crate) fn cut_off(&self) {
        self.0.send_replace(Phase::CutOff);
    }
}

impl Stopping {
    /// Whether it is set; a switch that is gone counts as set.
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow() > Phase::Serving || self.0.has_changed().is_err()
    }

    /// Until it is set; a switch that is gone counts as set.
    pub(crate) async fn wait(mut self) {
        let _ = self.0.wait_for(|phase| *phase > Phase::Serving).await;
    }

    /// Until nothing more is waited for.
    pub(crate) async fn cut_off(mut self) {
        let _ = self.0.wait_for(|phase| *phase == Phase::CutOff).await;
    }

    /// Until a moment after it is set.
    pub(crate) async fn lingered(self) {
        self.wait().await;
        sleep(LINGER).await;
    }

    /// Hands a client its next message. `false` when it went away, or does not take it from a server that stops.
    pub(crate) async fn send<T>(&self, to: &mpsc::Sender<T>, message: T) -> bool {
        tokio::select! {
            biased;
            sent = to.send(message) => sent.is_ok(),
            () = self.clone().lingered() => false,
        }
    }
}
