//! The commands: each file has one command's flags and what it does.

pub mod append;
pub mod completions;
mod event_lines;
mod event_types;
pub mod figure;
pub mod funnel;
pub mod import;
mod json_check;
mod json_object;
mod kafka_args;
pub mod project;
mod protection_args;
pub mod publish;
pub mod replay;
pub mod satisfaction;
pub mod serve;
pub mod status;
pub mod tail;
pub mod timeline;
pub mod token;
pub mod verify;
pub mod view_time;
mod whole;
