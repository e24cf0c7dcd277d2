//! What the values of a column say of how they are written.
//!
//! Some texts can be read in two ways: `03/04/2026`, `1.250`. Which of the two it is, is one decision for a column, and
//! other values of the column make it. Constant memory: for each two ways one line of each kind of evidence.

/// Evidence about a column, for so many ways to read it. Those that the mapping names come first.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    ways: usize,
    /// `[a * ways + b]`: the first line with a value that both read, differently.
    differs: Vec<Option<u64>>,
    /// `[a * ways + b]`: the first line with a value that `a` reads and `b` does not.
    only: Vec<Option<u64>>,
}

/// Two ways of which the values allow neither alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The way that the mapping names, and another.
    pub ways: (usize, usize),
    /// A line that both read, differently.
    pub both: u64,
    /// A line that only the first reads, if there is one.
    pub only_first: Option<u64>,
    /// A line that only the second reads.
    pub only_second: u64,
}

/// What follows for a column.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Ways that do not read every value, beside one that does.
    pub dropped: Vec<usize>,
    /// Two ways that read every value, some of them differently; the first counts. The line is of such a value.
    pub undecided: Option<(usize, usize, u64)>,
}

impl Evidence {
    pub(crate) fn new(ways: usize) -> Self {
        Self { ways, differs: vec![None; ways * ways], only: vec![None; ways * ways] }
    }

    /// Takes note of a value: what each way reads.
    pub(crate) fn note<T: PartialEq>(&mut self, line: u64, readings: &[Option<T>]) {
        for (a, first) in readings.iter().enumerate() {
            for (b, second) in readings.iter().enumerate() {
                let place = a * self.ways + b;
                let list = match (first, second) {
                    (Some(first), Some(second)) if first != second => &mut self.differs,
                    (Some(_), None) => &mut self.only,
                    (Some(_), Some(_)) | (None, _) => continue,
                };
                if let Some(known) = list.get_mut(place) {
                    known.get_or_insert(line);
                }
            }
        }
    }

    /// The decision, where the mapping names the first so many ways.
    ///
    /// # Errors
    /// Some values can be read in two ways, and others prove that it is not the one that the mapping names, or not one
    /// way in the whole column.
    pub(crate) fn verdict(&self, named: usize) -> Result<Verdict, Conflict> {
        let mut verdict = Verdict::default();
        let at = |list: &[Option<u64>], a: usize, b: usize| list.get(a * self.ways + b).copied().flatten();
        for a in 0..named.min(self.ways) {
            for b in a + 1..self.ways {
                let Some(both) = at(&self.differs, a, b) else { continue };
                match (at(&self.only, a, b), at(&self.only, b, a)) {
                    (only_first, Some(only_second)) if only_first.is_some() || b >= named => {
                        return Err(Conflict { ways: (a, b), both, only_first, only_second });
                    }
                    (_, Some(_)) => verdict.dropped.push(a),
                    (Some(_), None) => verdict.dropped.push(b),
                    (None, None) => verdict.undecided = verdict.undecided.or(Some((a, b, both))),
                }
            }
        }
        Ok(verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(values: &[[Option<i32>; 2]]) -> Evidence {
        let mut evidence = Evidence::new(2);
        for (line, readings) in (2..).zip(values) {
            evidence.note(line, readings);
        }
        evidence
    }

    #[test]
    fn one_value_that_only_one_way_reads_decides_for_the_column() {
        let second = evidence(&[[Some(1), Some(2)], [None, Some(3)]]);
        assert_eq!(second.verdict(2).unwrap(), Verdict { dropped: vec![0], undecided: None });
        let first = evidence(&[[Some(1), Some(2)], [Some(3), None]]);
        assert_eq!(first.verdict(2).unwrap(), Verdict { dropped: vec![1], undecided: None });
    }

    #[test]
    fn a_proof_against_the_only_way_that_is_named_or_for_both_is_a_conflict() {
        let second = evidence(&[[Some(1), Some(2)], [None, Some(3)]]);
        let conflict = Conflict { ways: (0, 1), both: 2, only_first: None, only_second: 3 };
        assert_eq!(second.verdict(1), Err(conflict));
        let both = evidence(&[[Some(1), Some(2)], [None, Some(3)], [Some(4), None]]);
        let conflict = Conflict { only_first: Some(4), ..conflict };
        assert_eq!((both.verdict(1), both.verdict(2)), (Err(conflict), Err(conflict)));
    }

    #[test]
    fn without_a_value_that_can_be_swapped_nothing_is_decided() {
        let none = evidence(&[[Some(1), Some(1)], [None, Some(3)], [Some(4), None], [None, None]]);
        assert_eq!(none.verdict(1).unwrap(), Verdict::default());
        assert_eq!(none.verdict(2).unwrap(), Verdict::default());
        let open = evidence(&[[Some(1), Some(1)], [Some(1), Some(2)]]);
        assert_eq!(open.verdict(2).unwrap().undecided, Some((0, 1, 3)));
    }
}
