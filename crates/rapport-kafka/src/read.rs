//! Reading the events of a topic.

pub mod group;
pub mod merged;
pub mod topic_events;
