//! Reading the events of a topic.

pub(crate) mod group;
pub(crate) mod merged;
pub(crate) mod topic_events;
