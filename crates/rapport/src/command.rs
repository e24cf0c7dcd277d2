//! The commands: each file has one command's flags and what it does.

pub(crate) mod adjust;
pub(crate) mod append;
pub(crate) mod classes;
pub(crate) mod completions;
mod event_lines;
mod event_types;
pub(crate) mod figure;
pub(crate) mod funnel;
pub(crate) mod import;
mod json_check;
mod json_object;
mod kafka_args;
mod model;
pub(crate) mod project;
mod protection_args;
pub(crate) mod publish;
mod purchase_args;
pub(crate) mod replay;
pub(crate) mod satisfaction;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod tail;
pub(crate) mod timeline;
pub(crate) mod token;
pub(crate) mod verify;
pub(crate) mod view_time;
mod whole;
