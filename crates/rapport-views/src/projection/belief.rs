//! What is believed of an event at a moment of the recorded clock, after its corrections and retractions.
//!
//! Adjustments (`event.corrected`, `event.retracted`) act on the recorded clock only. Those that are live apply in
//! the order of their positions: a correction replaces the content and the time that it gives and leaves the others
//! as believed before; a later one wins. An adjustment that is itself retracted has no effect, so retracting a
//! correction or a retraction takes it back; correcting a correction replaces what it gives.

use std::{
    collections::{BTreeMap, HashMap},
    mem::discriminant,
};

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_ref::EventRef,
    v1::{EventCorrected, payload::Kind},
};

use super::clocks::{moment, occurred_at, recorded_at};

/// What an event says at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened; `None` for a type that this build does not know.
    pub kind: Option<Kind>,
    /// It is no longer believed to have happened.
    pub retracted: bool,
}

/// A belief and how long it is held on the recorded clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Inclusive.
    pub known_from: Timestamp,
    /// Exclusive; [`Timestamp::MAX`] while it is held.
    pub known_to: Timestamp,
    /// What is believed.
    pub belief: Belief,
}

/// A correction or a retraction.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// Its own place.
    pub position: Position,
    /// The place of the event that it adjusts, which is always an earlier one.
    pub target: Position,
    /// From when it acts.
    pub recorded_at: Timestamp,
    /// What it does.
    pub effect: Effect,
}

/// What an adjustment does to its target.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// It did not happen.
    Retract,
    /// It happened otherwise.
    Correct {
        /// What happened; as believed before when left out.
        replacement: Option<Box<Kind>>,
        /// When; as believed before when left out.
        occurred_at: Option<Timestamp>,
    },
}

impl Adjustment {
    /// The adjustment that an event is, if it is one.
    #[must_use]
    pub fn of(event: &EventRef<'_>, kind: &Kind, target: Position) -> Option<Self> {
        let effect = match kind {
            Kind::EventRetracted(_) => Effect::Retract,
            Kind::EventCorrected(correction) => Effect::correction(correction),
            _ => return None,
        };
        Some(Self { position: Position(event.position), target, recorded_at: recorded_at(event), effect })
    }
}

impl Effect {
    fn correction(correction: &EventCorrected) -> Self {
        Self::Correct {
            replacement: correction
                .replacement
                .as_ref()
                .and_then(|payload| payload.kind.clone())
                .map(Box::new),
            occurred_at: moment(correction.occurred_at.as_ref()),
        }
    }

    /// This effect after another adjustment changed it; `None` when that one took it back.
    fn adjusted(&self, by: &Self) -> Option<Self> {
        match (self, by) {
            (_, Self::Retract) => None,
            (Self::Retract, Self::Correct { .. }) => Some(Self::Retract),
            (
                Self::Correct { replacement, occurred_at },
                Self::Correct { replacement: new_replacement, occurred_at: new_time },
            ) => match new_replacement.as_deref() {
                Some(Kind::EventCorrected(whole)) => Some(Self::correction(whole)),
                Some(_) | None => Some(Self::Correct {
                    replacement: new_replacement.clone().or_else(|| replacement.clone()),
                    occurred_at: new_time.or(*occurred_at),
                }),
            },
        }
    }
}

impl Belief {
    /// What an event said when it was recorded.
    #[must_use]
    pub fn recorded(event: &EventRef<'_>, kind: Option<Kind>) -> Self {
        Self { occurred_at: occurred_at(event), kind, retracted: false }
    }

    fn adjust(&mut self, effect: &Effect) {
        match effect {
            Effect::Retract => self.retracted = true,
            Effect::Correct { replacement, occurred_at } => {
                let Some(kind) = self.replaced_by(replacement.as_deref()) else { return };
                self.kind = kind;
                self.retracted = false;
                self.occurred_at = occurred_at.unwrap_or(self.occurred_at);
            }
        }
    }

    /// The content after a correction; `None` when the correction is of another type and therefore none.
    fn replaced_by(&self, replacement: Option<&Kind>) -> Option<Option<Kind>> {
        match (&self.kind, replacement) {
            (_, None) => Some(self.kind.clone()),
            (Some(old), Some(new)) if discriminant(old) == discriminant(new) => Some(Some(new.clone())),
            (_, Some(_)) => None,
        }
    }
}

/// The adjustments of one event (direct, and of its adjustments), with what each does at one moment.
struct Live<'a> {
    children: HashMap<Position, Vec<&'a Adjustment>>,
    effects: BTreeMap<Position, Effect>,
}

impl<'a> Live<'a> {
    /// `adjustments` are ascending by position.
    fn at(adjustments: &'a [Adjustment], known_at: Timestamp) -> Self {
        let known = || adjustments.iter().filter(|adjustment| adjustment.recorded_at <= known_at);
        let mut children: HashMap<Position, Vec<&Adjustment>> = HashMap::new();
        for adjustment in known() {
            children.entry(adjustment.target).or_default().push(adjustment);
        }
        let mut live = Self { children, effects: BTreeMap::new() };
        // A target is always earlier: backwards, everything that acts on an adjustment is settled before it.
        for adjustment in known().rev() {
            let mut effect = adjustment.effect.clone();
            let mut taken_back = false;
            for by in live.acting_on(adjustment.position) {
                match effect.adjusted(by) {
                    Some(adjusted) => (effect, taken_back) = (adjusted, false),
                    None => taken_back = true,
                }
            }
            if !taken_back {
                live.effects.insert(adjustment.position, effect);
            }
        }
        live
    }

    fn acting_on(&self, target: Position) -> impl Iterator<Item = &Effect> {
        let children = self.children.get(&target).map_or(&[][..], Vec::as_slice);
        children.iter().filter_map(|child| self.effects.get(&child.position))
    }
}

/// What is believed of the event at `position` at a moment, and the positions of the adjustments that made it so,
/// ascending. `adjustments` are all that act on it or on each other, ascending by position.
#[must_use]
pub fn believed_at(
    position: Position,
    recorded: &Belief,
    adjustments: &[Adjustment],
    known_at: Timestamp,
) -> (Belief, Vec<Position>) {
    let live = Live::at(adjustments, known_at);
    let mut belief = recorded.clone();
    for effect in live.acting_on(position) {
        belief.adjust(effect);
    }
    // An adjustment of something that is not live did not make anything so.
    let acting = |adjustment: &&Adjustment| {
        live.effects.contains_key(&adjustment.position)
            && (adjustment.target == position || live.effects.contains_key(&adjustment.target))
    };
    let positions = adjustments.iter().filter(acting).map(|adjustment| adjustment.position).collect();
    (belief, positions)
}

/// Everything that was ever believed of an event, in order of the recorded clock, without gaps.
#[must_use]
pub fn versions(
    position: Position,
    recorded_at: Timestamp,
    recorded: &Belief,
    adjustments: &[Adjustment],
) -> Vec<Version> {
    let mut instants: Vec<_> = adjustments.iter().map(|adjustment| adjustment.recorded_at).collect();
    instants.push(recorded_at);
    instants.sort_unstable();
    instants.dedup();

    let mut versions: Vec<Version> = Vec::with_capacity(instants.len());
    for known_from in instants {
        let (belief, _) = believed_at(position, recorded, adjustments, known_from);
        match versions.last_mut() {
            Some(last) if last.belief == belief => continue,
            Some(last) => last.known_to = known_from,
            None => {}
        }
        versions.push(Version { known_from, known_to: Timestamp::MAX, belief });
    }
    versions
}
