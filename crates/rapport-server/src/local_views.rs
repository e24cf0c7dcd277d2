//! Views in files of this process, and the events that they are built of: the log, or a copy of what a source
//! elsewhere has.

use std::sync::Arc;

use rapport_model::Position;
use rapport_store::{OrderedEvents, Store};
use tokio::sync::watch;

use crate::{stopping::Stopping, trouble::Trouble};

/// The parts. Clones are of the same.
#[derive(Clone)]
pub struct LocalViews {
    /// Where events come from.
    pub events: Arc<dyn OrderedEvents>,
    /// Where the rows go.
    pub store: Store,
    /// The last event that there is, told whenever there are more.
    pub head: watch::Receiver<Position>,
    /// Whether the process stops.
    pub stopping: Stopping,
    /// What keeps the views from coming on.
    pub trouble: Trouble,
}
