//! What a Java consumer sees: `tests/clients/java/ReadTopic.java`.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    kafka::java,
    ledger::{json_lines, run_ok},
};

const READ_TOPIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/java/ReadTopic.java");

/// Every committed record of a topic, partition by partition in order, as the CloudEvents SDK for Java reads it.
/// `properties` are further settings of the consumer in a file.
///
/// # Errors
/// There is no Java, no such topic, or no answer.
pub fn read_topic_in_java(bootstrap: &str, topic: &str, properties: Option<&Path>) -> Result<Vec<Value>> {
    let mut reader = java(&["-Xmx256m"])?;
    json_lines(&run_ok(reader.args([READ_TOPIC, bootstrap, topic]).args(properties))?)
}

/// The partition that Java's default partitioner gives to each key.
///
/// # Errors
/// There is no Java.
pub fn partitions_in_java(partitions: i32, keys: &[&str]) -> Result<Vec<i32>> {
    let mut reader = java(&["-Xmx256m"])?;
    reader.args([READ_TOPIC, "--partition-of", &partitions.to_string()]).args(keys);
    let lines = json_lines(&run_ok(&mut reader)?)?;
    let given = lines.iter().map(|line| line.get("partition").and_then(Value::as_i64));
    given.map(|partition| i32::try_from(partition.context("a partition")?).context("a partition")).collect()
}
