//! The import: its language, its formats, and every preset over its data.

mod cdnow;
mod constants;
mod files;
mod format_limits;
mod formats;
mod language;
mod layouts;
mod leads;
mod lines;
mod look_alikes;
mod not_said;
mod olist;
mod online_shop;
mod order;
mod other_files;
mod payloads;
mod sales_pipeline;
mod sheets;
mod silent;
mod standings;
mod states;
mod stray_quotes;
mod suggest;
mod suggested;
#[cfg(test)]
mod support;
mod tickets;
mod together;
mod twice;
mod values;
mod words;
