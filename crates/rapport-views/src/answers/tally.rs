//! Counting, and collecting what is counted.

use rapport_proto::v1;

use super::{AnswerError, FigureHit, figure};

/// A count that remembers what it counted, where that is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    pub(crate) hits: Vec<FigureHit>,
}

impl Tally {
    /// One more; `keep` says whether it may be asked for.
    pub(crate) fn add(&mut self, keep: bool, hit: impl FnOnce() -> FigureHit) {
        self.count += 1;
        if keep {
            self.hits.push(hit());
        }
    }

    /// All of another.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.hits.extend_from_slice(&other.hits);
    }

    /// All of another, each with only those positions that `evidence` points at.
    pub(crate) fn absorb_evidence(&mut self, other: &Self, evidence: &[usize]) {
        self.count += other.count;
        self.hits.extend(other.hits.iter().map(|hit| FigureHit {
            positions: evidence.iter().filter_map(|at| hit.positions.get(*at).copied()).collect(),
            ..hit.clone()
        }));
    }
}

/// Writes the figures of an answer, and keeps the hits of the one that is asked for.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    wanted: Option<String>,
    found: Option<Vec<FigureHit>>,
}

impl Figures {
    pub(crate) fn new(wanted: Option<&str>) -> Self {
        Self { wanted: wanted.map(str::to_owned), found: None }
    }

    /// The figure with this name, made of `parts`.
    pub(crate) fn write(&mut self, parts: &[&str], tally: Tally) -> Option<v1::Figure> {
        if tally.count == 0 {
            return Some(v1::Figure::default());
        }
        let figure = figure::encode(parts);
        if self.wanted.as_ref() == Some(&figure) {
            self.found = Some(tally.hits);
        }
        Some(v1::Figure { count: tally.count, figure })
    }

    /// What the wanted figure counts, ordered by positions: numbers of objects differ from store to store.
    pub(crate) fn finish(self) -> Result<Vec<FigureHit>, AnswerError> {
        let Some(figure) = self.wanted else { return Ok(Vec::new()) };
        let mut hits = self.found.ok_or(AnswerError::NoSuchFigure { figure })?;
        for hit in &mut hits {
            hit.positions.sort_unstable();
            hit.positions.dedup();
        }
        hits.sort_unstable_by(|a, b| (&a.positions, a.object).cmp(&(&b.positions, b.object)));
        Ok(hits)
    }
}
