//! How the values of a question are distributed.

use crate::answers::satisfaction::response::Scale;

/// Whole values that are shown one by one at most, less one.
const STEPS_MAX: f64 = 20.0;
/// The parts of a scale whose values are not shown one by one.
const PARTS: u8 = 10;

/// A value, or a part of a scale: from its beginning to its end, exclusive unless it is the same or the scale's.
pub(super) type Point = (f64, f64);

/// What a distribution is made of, from the lowest value to the highest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Points(Vec<Point>);

impl Points {
    /// The whole values of a scale, if the scale has no more than 21 and no response has another one; otherwise its tenths.
    pub(super) fn of(scale: Scale, mut values: impl Iterator<Item = f64>) -> Self {
        let (min, max) = scale.ends();
        let is_whole = |value: f64| value.fract() == 0.0;
        if is_whole(min) && is_whole(max) && max - min <= STEPS_MAX && values.all(is_whole) {
            let following = std::iter::successors(Some(min), |value| Some(value + 1.0));
            return Self(following.take_while(|value| *value <= max).map(|value| (value, value)).collect());
        }
        let border = |part: u8| min + (max - min) * f64::from(part) / f64::from(PARTS);
        Self(
            (0..PARTS)
                .map(|part| (border(part), if part + 1 == PARTS { max } else { border(part + 1) }))
                .collect(),
        )
    }

    /// Them with the values that are in each.
    pub(super) fn distributed<'v, T>(
        &self,
        all: &'v [T],
        value: impl Fn(&T) -> f64,
    ) -> Vec<(Point, Vec<&'v T>)> {
        let mut found: Vec<(Point, Vec<&T>)> = self.0.iter().map(|point| (*point, Vec::new())).collect();
        for one in all {
            let value = value(one);
            // Each value is in the last part that begins no later; rounding may carry one below the scale.
            let place = self.0.partition_point(|(from, _)| *from <= value).saturating_sub(1);
            if let Some((_, of_it)) = found.get_mut(place) {
                of_it.push(one);
            }
        }
        found
    }
}
