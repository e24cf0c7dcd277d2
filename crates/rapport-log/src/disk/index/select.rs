//! Which events of a generation a reader asks for, a window at a time.
//!
//! A window is as wide as [`STEP`] entries of the shortest list that decides. So memory, and the time for which the lock
//! is held, are bounded for every query, and a rare customer is found in one step.

use rapport_model::{Direction, Query, QueryItem};

use super::{Index, terms::Kind};

/// Entries of the deciding list in a window.
const STEP: usize = 4096;
/// Events in a window when the query must check each of them.
const SCAN: u32 = 65_536;

/// What a reader asks for.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Every event.
    Everything,
    /// What a query selects.
    Query(Query),
    /// One stream.
    Stream(String),
}

impl From<Query> for Source {
    fn from(query: Query) -> Self {
        if query.is_everything() { Self::Everything } else { Self::Query(query) }
    }
}

/// A range of events, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl Window {
    const fn cut(self, direction: Direction, bound: u32) -> Self {
        match direction {
            Direction::Forwards if bound < self.last => Self { last: bound, ..self },
            Direction::Backwards if bound > self.first => Self { first: bound, ..self },
            Direction::Forwards | Direction::Backwards => self,
        }
    }

    fn clip(self, list: &[u32]) -> &[u32] {
        let start = list.partition_point(|event| *event < self.first);
        let end = list.partition_point(|event| *event <= self.last);
        list.get(start..end).unwrap_or_default()
    }
}

/// The events found, ascending, and the part of the window that was searched.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) events: Vec<u32>,
    pub(crate) window: Window,
}

/// One alternative with its lists; all of `all`, one of `any` unless that is `None`.
struct Wanted<'a> {
    all: Vec<&'a [u32]>,
    any: Option<Vec<&'a [u32]>>,
    stream_prefix: &'a [u8],
}

impl Index {
    /// What is asked for in a window, from the side that the direction begins at.
    pub(crate) fn select(&self, source: &Source, window: Window, direction: Direction) -> Selected {
        let wanted: Vec<_> = match source {
            Source::Everything => Vec::from([Wanted { all: vec![], any: None, stream_prefix: b"" }]),
            Source::Stream(stream) => self.terms.list(Kind::Stream, stream).into_iter().map(only).collect(),
            Source::Query(query) => query.items.iter().filter_map(|item| self.wanted(item)).collect(),
        };
        let bounds = wanted.iter().filter_map(|wanted| wanted.bound(window, direction));
        let window = bounds.fold(window, |window, bound| window.cut(direction, bound));
        let mut events: Vec<_> =
            wanted.first().map(|wanted| self.collect(wanted, window)).unwrap_or_default();
        for wanted in wanted.iter().skip(1) {
            events.append(&mut self.collect(wanted, window));
        }
        if wanted.len() > 1 {
            events.sort_unstable();
            events.dedup();
        }
        Selected { events, window }
    }

    /// `None` when the generation has no event with a term that must hold.
    fn wanted<'a>(&'a self, item: &'a QueryItem) -> Option<Wanted<'a>> {
        let customer = (!item.customer.is_empty()).then(|| self.terms.list(Kind::Customer, &item.customer));
        let tags = item.tags.iter().map(|tag| self.terms.list(Kind::Tag, tag));
        let all = customer.into_iter().chain(tags).collect::<Option<Vec<_>>>()?;
        let types = item.types.iter().filter_map(|name| self.terms.list(Kind::Type, name));
        let any = (!item.types.is_empty()).then(|| types.collect::<Vec<_>>());
        Some(Wanted { all, any, stream_prefix: item.stream_prefix.as_bytes() })
    }

    /// What one alternative selects, ascending.
    fn collect(&self, wanted: &Wanted<'_>, window: Window) -> Vec<u32> {
        let mut others: Vec<_> = wanted.all.iter().map(|list| window.clip(list)).collect();
        others.sort_unstable_by_key(|list| list.len());
        let any: Option<Vec<_>> =
            wanted.any.as_ref().map(|any| any.iter().map(|list| window.clip(list)).collect());
        let mut events = match (others.is_empty(), &any) {
            (false, _) => others.remove(0).to_vec(),
            (true, Some(any)) => {
                let mut events = any.concat();
                events.sort_unstable();
                events.dedup();
                events
            }
            (true, None) => (window.first..=window.last).collect(),
        };
        let mut any = any.filter(|_| !wanted.all.is_empty());
        events.retain(|event| {
            others.iter_mut().all(|list| advance(list, *event))
                && any.as_mut().is_none_or(|any| any.iter_mut().any(|list| advance(list, *event)))
                && self.in_stream_with(wanted.stream_prefix, *event)
        });
        events
    }

    fn in_stream_with(&self, prefix: &[u8], event: u32) -> bool {
        let stream = || self.streams.get(event as usize).map(|term| self.terms.text(*term));
        prefix.is_empty() || stream().is_some_and(|stream| stream.starts_with(prefix))
    }
}

fn only(list: &[u32]) -> Wanted<'_> {
    Wanted { all: vec![list], any: None, stream_prefix: b"" }
}

impl Wanted<'_> {
    /// The last event of the window that this alternative searches in one step; `None` for all of it.
    fn bound(&self, window: Window, direction: Direction) -> Option<u32> {
        let nearest = |bounds: &mut dyn Iterator<Item = u32>| match direction {
            Direction::Forwards => bounds.min(),
            Direction::Backwards => bounds.max(),
        };
        let of_list = |list: &&[u32]| nth_from(window.clip(list), direction);
        match (self.all.iter().min_by_key(|list| list.len()), &self.any) {
            (Some(list), _) => of_list(list),
            (None, Some(any)) => nearest(&mut any.iter().filter_map(of_list)),
            (None, None) => Some(match direction {
                Direction::Forwards => window.first.saturating_add(SCAN - 1),
                Direction::Backwards => window.last.saturating_sub(SCAN - 1),
            }),
        }
    }
}

fn nth_from(list: &[u32], direction: Direction) -> Option<u32> {
    match direction {
        Direction::Forwards => list.get(STEP - 1).copied(),
        Direction::Backwards => list.get(list.len().checked_sub(STEP)?).copied(),
    }
}

/// Moves the front of an ascending list up to an event, by doubling steps, and returns whether the list has the event.
fn advance(list: &mut &[u32], event: u32) -> bool {
    let mut step = 1;
    while list.get(step).is_some_and(|at| *at < event) {
        step *= 2;
    }
    let near = list.get(..list.len().min(step + 1)).unwrap_or_default();
    *list = list.get(near.partition_point(|at| *at < event)..).unwrap_or_default();
    list.first() == Some(&event)
}
