//! Views in files of this process, and the events that they are built of: the log, or a copy of what a source
//! elsewhere has.

use std::sync::Arc;

use rapport_model::Position;
use rapport_store::{OrderedEvents, ReadModels, SetAside, Store, View};
use tokio::sync::watch;

use crate::{
    stopping::Stopping,
    views::{questions::Seen, trouble::ViewTroubles},
};

/// The parts. Clones are of the same.
#[derive(Clone)]
pub(crate) struct LocalViews {
    /// Where events come from.
    pub events: Arc<dyn OrderedEvents>,
    /// Where the rows go.
    pub store: Store,
    /// The last event that there is, told whenever there are more.
    pub head: watch::Receiver<Position>,
    /// Whether the process stops.
    pub stopping: Stopping,
    /// What keeps each view from advancing.
    pub troubles: ViewTroubles,
}

impl LocalViews {
    /// How a view is. A file that cannot be read is named as the reason, so that the rest is told.
    pub(crate) fn seen(&self, view: View) -> Seen {
        let state = self.store.state(view);
        let aside = match state.set_aside {
            0 => Vec::new(),
            _ => self.store.last_set_aside(view).unwrap_or_else(|error| {
                vec![SetAside {
                    position: state.last_set_aside,
                    reason: format!("its reason cannot be read: {error}"),
                }]
            }),
        };
        Seen { state, aside }
    }
}
