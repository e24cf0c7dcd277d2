//! Publishing the log to a topic.

mod behind;
mod care;
pub mod publisher;
mod session;
pub mod status;
mod transaction;
