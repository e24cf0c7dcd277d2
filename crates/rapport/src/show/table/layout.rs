//! Which columns a table shows and how wide they are: arithmetic only.
//!
//! The rule, in this order, until everything fits:
//! 1. a column with nothing in it is left out;
//! 2. all text and drawings shrink, and headings stand in two lines, down to what can still be read;
//! 3. columns are left out: drawings, then those that the table names as least telling, then from the right; never the
//!    first one and never the most telling one;
//! 4. what is still too wide is cut.
//!
//! What room is left goes to the most telling column first, then to headings, then to everything alike.
//!
//! **Invariant:** the columns with their gaps are never wider than the width, as long as it has room for one
//! character of each column that is never left out.

/// How a column behaves where the terminal is too narrow; [`layout`] has the rule. In a pipe nothing is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Codes, ids, moments: whole if at all possible.
    Left,
    /// Numbers: never cut.
    Right,
    /// Long text.
    Cut,
    /// The text for which people read the table: it gets the room. Without one it is the first that is cut.
    Telling,
    /// Paths: what is left is the end.
    Path,
    /// Pictures of numbers that stand beside them, at most so many cells wide.
    Drawing(usize),
}

/// Between columns.
pub(super) const GAP: usize = 2;

/// Text is cut to no less, before columns are left out.
const CUT_MIN: usize = 10;
/// Codes, ids and moments are cut to no less.
const LEFT_MIN: usize = 20;
/// Paths are cut to no less.
const PATH_MIN: usize = 16;
/// The most telling column is cut to no less.
const TELLING_MIN: usize = 32;
/// The most telling column gets so much before the others get more than they need.
const TELLING_FIRST: usize = 40;

/// What one column asks for, in cells of the terminal.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    /// How it behaves.
    pub align: Align,
    /// Of its widest cell; 0 leaves it out.
    pub content: usize,
    /// Of its heading in one line.
    pub heading: usize,
    /// Of the longest word of its heading.
    pub word: usize,
    /// Its place among the columns that the table names as least telling.
    pub least: Option<usize>,
}

impl Demand {
    fn whole(&self) -> usize {
        self.content.max(self.heading)
    }

    fn minimum(&self, telling: bool) -> usize {
        let content = match self.align {
            _ if telling => self.content.min(TELLING_MIN),
            // A number that is cut is another number.
            Align::Right => self.content,
            Align::Left => self.content.min(LEFT_MIN),
            Align::Path => self.content.min(PATH_MIN),
            Align::Cut | Align::Telling => self.content.min(CUT_MIN),
            Align::Drawing(cells) => self.content.min(cells / 3),
        };
        content.max(self.word)
    }
}

/// A column that is shown, and how wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// Its place among all columns.
    pub column: usize,
    /// Its width in cells.
    pub width: usize,
}

/// Decides; without a width nothing is cut.
pub(super) fn layout(demands: &[Demand], width: Option<usize>) -> Vec<Shown> {
    let mut kept: Vec<(usize, &Demand)> =
        demands.iter().enumerate().filter(|(_, demand)| demand.content > 0).collect();
    let Some(width) = width else {
        return kept
            .iter()
            .map(|(column, demand)| Shown { column: *column, width: demand.whole() })
            .collect();
    };
    let telling = most_telling(&kept);
    loop {
        let shown = minima(&kept, telling);
        if total(&shown) <= width {
            return grown(&kept, shown, telling, width);
        }
        let Some(next) = next_to_go(&kept, telling) else { return squeezed(shown, width) };
        kept.remove(next);
    }
}

fn most_telling(kept: &[(usize, &Demand)]) -> Option<usize> {
    let first = |align: Align| kept.iter().find(|(_, demand)| demand.align == align);
    first(Align::Telling).or_else(|| first(Align::Cut)).map(|(column, _)| *column)
}

fn minima(kept: &[(usize, &Demand)], telling: Option<usize>) -> Vec<Shown> {
    kept.iter()
        .map(|(column, demand)| Shown { column: *column, width: demand.minimum(telling == Some(*column)) })
        .collect()
}

fn total(shown: &[Shown]) -> usize {
    shown.iter().map(|shown| shown.width).sum::<usize>() + GAP * shown.len().saturating_sub(1)
}

/// The place in `kept` of what is left out next.
fn next_to_go(kept: &[(usize, &Demand)], telling: Option<usize>) -> Option<usize> {
    let rank = |place: usize, demand: &Demand| match (demand.align, demand.least) {
        (Align::Drawing(_), _) => (0, 0),
        (_, Some(least)) => (1, least),
        (_, None) => (2, kept.len() - place),
    };
    kept.iter()
        .enumerate()
        .skip(1)
        .filter(|(_, (column, _))| telling != Some(*column))
        .min_by_key(|(place, (_, demand))| rank(*place, demand))
        .map(|(place, _)| place)
}

fn grown(
    kept: &[(usize, &Demand)],
    mut shown: Vec<Shown>,
    telling: Option<usize>,
    width: usize,
) -> Vec<Shown> {
    let mut spare = width.saturating_sub(total(&shown));
    let mut grow = |shown: &mut Shown, to: usize| {
        let more = to.saturating_sub(shown.width).min(spare);
        shown.width += more;
        spare -= more;
        more > 0
    };
    for (shown, (column, demand)) in shown.iter_mut().zip(kept) {
        if telling == Some(*column) {
            grow(shown, demand.content.min(TELLING_FIRST));
        }
    }
    for (shown, (_, demand)) in shown.iter_mut().zip(kept) {
        grow(shown, demand.heading);
    }
    loop {
        let mut grew = false;
        for (shown, (column, demand)) in shown.iter_mut().zip(kept) {
            let step = if telling == Some(*column) { 2 } else { 1 };
            grew |= grow(shown, (shown.width + step).min(demand.whole()));
        }
        if !grew {
            return shown;
        }
    }
}

/// Only columns that are never left out, and still too wide: the widest one gives, as often as needed.
fn squeezed(mut shown: Vec<Shown>, width: usize) -> Vec<Shown> {
    while total(&shown) > width {
        match shown.iter_mut().max_by_key(|shown| shown.width) {
            Some(widest) if widest.width > 1 => widest.width -= 1,
            _ => break,
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(align: Align, content: usize, title: &str) -> Demand {
        let word = title.split(' ').map(str::len).max().unwrap_or(0);
        Demand { align, content, heading: title.len(), word, least: None }
    }

    fn widths(demands: &[Demand], width: usize) -> Vec<(usize, usize)> {
        layout(demands, Some(width)).iter().map(|shown| (shown.column, shown.width)).collect()
    }

    #[test]
    fn the_telling_column_gets_the_room_and_an_empty_one_none() {
        let columns = [
            demand(Align::Left, 16, "when"),
            demand(Align::Left, 20, "type"),
            demand(Align::Telling, 120, "what"),
            demand(Align::Cut, 18, "by"),
            demand(Align::Left, 0, "channel"),
        ];
        assert_eq!(widths(&columns, 90), [(0, 16), (1, 20), (2, 38), (3, 10)]);
        assert_eq!(widths(&columns, 80), [(0, 16), (1, 20), (2, 40)]);
        assert_eq!(widths(&columns, 200), [(0, 16), (1, 20), (2, 120), (3, 18)]);
    }

    #[test]
    fn drawings_go_first_then_what_is_named_then_from_the_right() {
        let mut columns = [
            demand(Align::Telling, 10, "stage"),
            demand(Align::Drawing(24), 24, ""),
            demand(Align::Right, 10, "a"),
            demand(Align::Right, 10, "b"),
            demand(Align::Right, 10, "c"),
        ];
        columns[2].least = Some(0);
        let kept = |width| widths(&columns, width).iter().map(|(column, _)| *column).collect::<Vec<_>>();
        assert_eq!(kept(80), [0, 1, 2, 3, 4]);
        assert_eq!(kept(50), [0, 2, 3, 4]);
        assert_eq!(kept(40), [0, 3, 4]);
        assert_eq!(kept(30), [0, 3]);
        assert_eq!(widths(&columns, 8), [(0, 8)]);
    }

    #[test]
    fn headings_stand_in_two_lines_before_a_column_is_left_out() {
        let columns = [demand(Align::Left, 10, "stage"), demand(Align::Right, 6, "as expected or better")];
        assert_eq!(widths(&columns, 40), [(0, 10), (1, 21)]);
        assert_eq!(widths(&columns, 20), [(0, 10), (1, 8)]);
    }

    #[test]
    fn whatever_the_columns_no_line_is_wider_than_the_terminal_and_no_number_is_cut() {
        let aligns = [Align::Left, Align::Right, Align::Cut, Align::Telling, Align::Path, Align::Drawing(24)];
        for seed in 0..4_000_u64 {
            let mut random = fastrand::Rng::with_seed(seed);
            let columns: Vec<_> = (0..random.usize(1..12))
                .map(|place| Demand {
                    align: aligns[random.usize(0..aligns.len())],
                    content: random.choice([0, 5, 20, 150]).map_or(0, |most| random.usize(0..=most)),
                    heading: random.usize(4..20),
                    word: random.usize(1..=4),
                    least: random.bool().then_some(place),
                })
                .collect();
            let width = random.usize(40..250);
            let shown = layout(&columns, Some(width));
            assert!(total(&shown) <= width, "seed {seed}");
            assert_eq!(
                shown.is_empty(),
                columns.iter().all(|column| column.content == 0),
                "seed {seed}: something is shown"
            );
            let whole = layout(&columns, None);
            assert!(
                shown
                    .iter()
                    .all(|one| whole.iter().any(|all| all.column == one.column && all.width >= one.width))
            );
            if shown.len() > 2 {
                for Shown { column, width } in &shown {
                    assert!(columns[*column].align != Align::Right || *width >= columns[*column].content);
                }
            }
        }
    }
}
