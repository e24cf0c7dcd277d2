//! Batches into a view, around the events that the database refuses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    Applied, EncodedEvent, PartitionBatch, StoreError,
    by_halves::{ByHalves, Refusal},
};

/// Applies batches: as a whole if the database takes them, else in smaller and smaller parts. An event that is refused
/// for its content, or that makes the program fail, is set aside, with its checkpoint.
pub(crate) fn apply_around(
    aside: &mut ByHalves,
    batches: &[PartitionBatch],
    mut apply: impl FnMut(&[PartitionBatch]) -> Result<Applied, StoreError>,
) -> Result<Applied, StoreError> {
    let view = aside.view();
    // A connection on which it panicked is given up: nothing of it is used again.
    let mut apply = |batches: &[PartitionBatch]| {
        catch_unwind(AssertUnwindSafe(|| apply(batches))).unwrap_or(Err(StoreError::Stopped { view }))
    };
    match apply(batches) {
        Ok(Applied::Done) => aside.took(batches.iter().flat_map(|batch| &batch.events)),
        Ok(stale) => return Ok(stale),
        Err(error) if error.of_content().is_some() => {
            for batch in batches {
                match in_parts(aside, batch, &mut apply) {
                    Ok(()) => {}
                    Err(Halted::Stale(stale)) => return Ok(stale),
                    Err(Halted::Failed(error)) => return Err(error),
                }
            }
        }
        Err(error) => return Err(error),
    }
    Ok(Applied::Done)
}

enum Halted {
    Failed(StoreError),
    /// Another process has applied them meanwhile.
    Stale(Applied),
}

impl Refusal for Halted {
    fn of_content(&self) -> Option<String> {
        match self {
            Self::Failed(error) => error.of_content(),
            Self::Stale(_) => None,
        }
    }
}

fn in_parts(
    aside: &mut ByHalves,
    batch: &PartitionBatch,
    apply: &mut impl FnMut(&[PartitionBatch]) -> Result<Applied, StoreError>,
) -> Result<(), Halted> {
    let end = batch.events.last().and_then(EncodedEvent::offset);
    let mut from_offset = batch.from_offset;
    aside.apply(&batch.events, &mut |events: &[EncodedEvent]| {
        let last = events.last().and_then(EncodedEvent::offset);
        let next_offset = last.filter(|_| last != end).map_or(batch.next_offset, |last| last + 1);
        let part = PartitionBatch {
            partition: batch.partition,
            epoch: batch.epoch.clone(),
            from_offset,
            next_offset,
            events: events.to_vec(),
        };
        match apply(&[part]).map_err(Halted::Failed)? {
            Applied::Done => {
                from_offset = next_offset;
                Ok(())
            }
            stale @ Applied::Stale { .. } => Err(Halted::Stale(stale)),
        }
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rapport_model::Position;

    use super::*;
    use crate::View;

    #[test]
    fn an_event_at_which_the_program_fails_is_set_aside_and_those_around_it_are_applied() {
        let event = |at: u64| EncodedEvent::new(Position(at + 1), Bytes::new()).at_offset(at.cast_signed());
        let batch = PartitionBatch {
            partition: 0,
            epoch: "one".to_owned(),
            from_offset: 0,
            next_offset: 5,
            events: (0..5).map(event).collect(),
        };
        let (mut taken, mut next) = (Vec::new(), 0);
        let apply = |batches: &[PartitionBatch]| {
            for batch in batches {
                let fails =
                    |event: &EncodedEvent| event.position() == Position(3) && event.refused().is_none();
                assert!(!batch.events.iter().any(fails), "an index too many");
                assert_eq!(batch.from_offset, next);
                next = batch.next_offset;
                taken.extend(batch.events.iter().map(|event| event.refused().map(ToOwned::to_owned)));
            }
            Ok(Applied::Done)
        };
        let applied = apply_around(&mut ByHalves::new(View::Funnel), &[batch], apply).unwrap();
        assert_eq!((applied, next, taken.len()), (Applied::Done, 5, 5));
        assert!(taken[2].as_ref().unwrap().contains("the program failed at it"), "{taken:?}");
        assert_eq!(taken.iter().flatten().count(), 1);
    }
}
