//! A read under way: an iterator that holds one block and a window's worth of positions, whatever is read.

use std::sync::Arc;

use rapport_model::{Direction, Position};

use crate::{
    disk::{
        block::Block,
        index::{Source, Window},
    },
    error::{Fault, ReadError},
    event::recorded::Recorded,
    lock,
    shared::Shared,
};

/// A read takes whole blocks when at least this many of its events lie within this many positions.
const SPARSE_EVENTS: usize = 16;
const SPARSE_POSITIONS: u64 = 128;

/// Events in the order of the direction; ends after the first error.
#[derive(Debug)]
pub struct Read {
    shared: Arc<Shared>,
    source: Source,
    direction: Direction,
    /// The range that is still to be searched; `None` at the end.
    range: Option<(Position, Position)>,
    until: Position,
    remaining: u64,
    /// Positions found and not yet returned, the next one last.
    found: Vec<Position>,
    block: Option<Block>,
    error: Option<ReadError>,
}

impl Read {
    pub(crate) fn new(
        shared: Arc<Shared>,
        source: Source,
        direction: Direction,
        from: Result<Position, ReadError>,
        limit: Option<u64>,
    ) -> Self {
        let until = shared.head().position;
        let (from, error) = match from {
            Ok(from) => (Some(from), None),
            Err(error) => (None, Some(error)),
        };
        let range = from.map(|from| match direction {
            Direction::Forwards => (from.max(Position(1)), until),
            Direction::Backwards => (Position(1), from.min(until)),
        });
        let range = range.filter(|(first, last)| first <= last);
        let remaining = limit.unwrap_or(u64::MAX);
        Self { shared, source, direction, range, until, remaining, found: Vec::new(), block: None, error }
    }

    /// The head when the read began; a forward read ends there.
    #[must_use]
    pub const fn until(&self) -> Position {
        self.until
    }

    fn next_position(&mut self) -> Option<Position> {
        if matches!(self.source, Source::Everything) {
            return self.step();
        }
        while self.found.is_empty() {
            self.look_through_a_window()?;
        }
        self.found.pop()
    }

    /// The next position of the range.
    fn step(&mut self) -> Option<Position> {
        let (first, last) = self.range?;
        let (position, rest) = match self.direction {
            Direction::Forwards => (first, (first.next(), last)),
            Direction::Backwards => (last, (first, Position(last.0 - 1))),
        };
        self.range = Some(rest).filter(|(first, last)| first <= last);
        Some(position)
    }

    /// Takes a window off the range and finds the events of it that the source selects.
    fn look_through_a_window(&mut self) -> Option<()> {
        let (first, last) = self.range?;
        let near = match self.direction {
            Direction::Forwards => first,
            Direction::Backwards => last,
        };
        let generation = self.shared.generation_of(near)?;
        let window = Window {
            first: generation.place(first.max(generation.first)),
            last: generation.place(last.min(generation.last())),
        };
        let selected = lock::read(&generation.index).select(&self.source, window, self.direction);
        let positions = selected.events.iter().map(|place| generation.position(*place));
        let rest = match self.direction {
            Direction::Forwards => {
                self.found.extend(positions.rev());
                (generation.position(selected.window.last).next(), last)
            }
            Direction::Backwards => {
                self.found.extend(positions);
                (first, Position(generation.position(selected.window.first).0 - 1))
            }
        };
        self.range = Some(rest).filter(|(first, last)| first <= last);
        Some(())
    }

    fn fetch(&mut self, position: Position) -> Result<Recorded, ReadError> {
        let block = match self.block.take().filter(|block| block.contains(position)) {
            Some(block) => block,
            None if self.is_sparse(position) => return self.shared.recorded(position),
            None => self.shared.block(position)?,
        };
        let recorded = block.recorded(position).ok_or(Fault::Missing);
        let recorded = recorded.and_then(|recorded| recorded.map_err(Fault::from));
        let recorded = recorded.map_err(|fault| self.shared.corrupt(position, fault))?;
        self.block = Some(block);
        Ok(recorded)
    }

    /// Whether the next events lie so far apart that reading them one by one costs less than reading their blocks.
    fn is_sparse(&self, position: Position) -> bool {
        let everything = matches!(self.source, Source::Everything);
        let ahead = self.found.len().checked_sub(SPARSE_EVENTS).and_then(|nth| self.found.get(nth));
        !everything && ahead.is_none_or(|ahead| ahead.0.abs_diff(position.0) > SPARSE_POSITIONS)
    }
}

impl Iterator for Read {
    type Item = Result<Recorded, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        self.remaining = self.remaining.checked_sub(1)?;
        let position = self.next_position()?;
        let recorded = self.fetch(position);
        if recorded.is_err() {
            (self.range, self.remaining) = (None, 0);
        }
        Some(recorded)
    }
}
