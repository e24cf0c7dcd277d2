//! Publishing the log to a topic.

pub mod bare;
mod behind;
mod care;
pub mod publisher;
mod session;
pub mod status;
mod transaction;
