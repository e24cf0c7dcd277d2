//! Checkpoints in the transaction of the rows.

use std::collections::BTreeMap;

use postgres::Row as PostgresRow;
use rapport_model::{Position, Timestamp};

use crate::{
    Checkpoint, PartitionBatch,
    postgres::{
        failure::PostgresError,
        session::Session,
        tables::CHECKPOINT,
        value::{Moment, Value},
    },
};

const SELECT: &str =
    "SELECT partition, epoch, next_offset, position, recorded_at, repeated_until FROM checkpoint";

/// A checkpoint and what is known of events that come again.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub checkpoint: Checkpoint,
    /// Events up to here may be there already, from an earlier incarnation of the topic.
    pub repeated_until: u64,
}

/// Checkpoints by partition.
pub(super) type Checkpoints = BTreeMap<i32, Held>;

/// All checkpoints, as they are committed.
pub(super) fn all(session: &mut Session) -> Result<Vec<Checkpoint>, PostgresError> {
    let rows = session.query(&format!("{SELECT} ORDER BY partition"), &[])?;
    rows.iter().map(|row| Ok(held(row)?.checkpoint)).collect()
}

/// Holds the checkpoints of these partitions, in their order, until the transaction ends; makes those that are missing.
pub(super) fn hold(session: &mut Session, batches: &[PartitionBatch]) -> Result<Checkpoints, PostgresError> {
    let mut partitions: Vec<i32> = batches.iter().map(|batch| batch.partition).collect();
    partitions.sort_unstable();
    partitions.dedup();
    let mut checkpoints = select(session, &partitions)?;
    let missing: Vec<i32> =
        partitions.iter().copied().filter(|partition| !checkpoints.contains_key(partition)).collect();
    if !missing.is_empty() {
        let repeated_until = last_event(session)?;
        let begin = |partition: &i32| {
            let epoch = batches.iter().find(|batch| batch.partition == *partition).map(|batch| &batch.epoch);
            vec![
                Value::Int(*partition),
                Value::owned(epoch.map_or("", String::as_str)),
                Value::Big(0),
                Value::Big(0),
                Value::moment(Timestamp::MIN),
                Value::Big(repeated_until),
            ]
        };
        CHECKPOINT.insert_missing(session, missing.iter().map(begin).collect())?;
        checkpoints = select(session, &partitions)?;
    }
    Ok(checkpoints)
}

/// Whether a batch goes on where its partition stands; a new incarnation of the topic begins at 0.
pub(super) fn goes_on(
    session: &mut Session,
    checkpoints: &mut Checkpoints,
    batch: &PartitionBatch,
) -> Result<bool, PostgresError> {
    let Some(held) = checkpoints.get_mut(&batch.partition) else { return Ok(false) };
    let checkpoint = &mut held.checkpoint;
    if checkpoint.epoch == batch.epoch {
        return Ok(checkpoint.next_offset == batch.from_offset);
    }
    if batch.from_offset != 0 {
        return Ok(false);
    }
    checkpoint.epoch.clone_from(&batch.epoch);
    checkpoint.next_offset = 0;
    held.repeated_until = last_event(session)?.cast_unsigned();
    Ok(true)
}

/// Writes what has moved.
pub(super) fn save(session: &mut Session, checkpoints: &Checkpoints) -> Result<(), PostgresError> {
    let rows = checkpoints.values().map(|held| {
        let Checkpoint { partition, epoch, next_offset, position, recorded_at } = &held.checkpoint;
        vec![
            Value::Int(*partition),
            Value::text(epoch),
            Value::Big(*next_offset),
            Value::position(position.0),
            Value::moment(*recorded_at),
            Value::position(held.repeated_until),
        ]
    });
    CHECKPOINT.replace(session, rows.collect())
}

fn last_event(session: &mut Session) -> Result<i64, PostgresError> {
    let rows = session.query("SELECT coalesce(max(position), 0) FROM event", &[])?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

fn select(session: &mut Session, partitions: &[i32]) -> Result<Checkpoints, PostgresError> {
    let sql = format!("{SELECT} WHERE partition = ANY($1) ORDER BY partition FOR UPDATE");
    let rows = session.query(&sql, &[&partitions])?;
    let held = rows.iter().map(|row| {
        let held = held(row)?;
        Ok((held.checkpoint.partition, held))
    });
    held.collect()
}

fn held(row: &PostgresRow) -> Result<Held, PostgresError> {
    let checkpoint = Checkpoint {
        partition: row.try_get(0)?,
        epoch: row.try_get(1)?,
        next_offset: row.try_get(2)?,
        position: Position(row.try_get::<_, i64>(3)?.cast_unsigned()),
        recorded_at: row.try_get::<_, Moment>(4)?.0,
    };
    Ok(Held { checkpoint, repeated_until: row.try_get::<_, i64>(5)?.cast_unsigned() })
}
