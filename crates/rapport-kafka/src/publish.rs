//! Publishing the log to a topic.

mod behind;
mod care;
pub(crate) mod publisher;
mod session;
pub(crate) mod status;
mod transaction;
