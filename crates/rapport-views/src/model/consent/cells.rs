//! Reasons in words, and cells that several grids have.

use rapport_proto::v1::ConsentReason;

use crate::page::GridCell;

/// A reason, as figures and exports name it.
pub(super) const fn word(reason: ConsentReason) -> &'static str {
    match reason {
        ConsentReason::Unspecified => "",
        ConsentReason::Granted => "granted",
        ConsentReason::NoDecision => "no_decision",
        ConsentReason::Withdrawn => "withdrawn",
        ConsentReason::Objected => "objected",
        ConsentReason::Expired => "expired",
        ConsentReason::OtherTopics => "other_topics",
        ConsentReason::NotAChannel => "not_a_channel",
        ConsentReason::Capped => "capped",
        ConsentReason::QuietHours => "quiet_hours",
    }
}

/// A reason in words.
pub(super) fn reason(reason: ConsentReason) -> GridCell {
    let says = match reason {
        ConsentReason::Unspecified => "",
        ConsentReason::Granted => "granted",
        ConsentReason::NoDecision => "nothing decided",
        ConsentReason::Withdrawn => "withdrawn",
        ConsentReason::Objected => "objected",
        ConsentReason::Expired => "expired",
        ConsentReason::OtherTopics => "granted for other topics",
        ConsentReason::NotAChannel => "not a channel of the contact policy",
        ConsentReason::Capped => "as many as allowed were sent this month",
        ConsentReason::QuietHours => "quiet hours",
    };
    GridCell::text(word(reason)).named(says)
}

/// Where an event is; nothing for 0.
pub(super) fn position(position: u64) -> GridCell {
    if position == 0 { GridCell::nothing() } else { GridCell::count(position) }
}

pub(super) fn yes(is_so: bool) -> GridCell {
    GridCell::text(if is_so { "yes" } else { "no" })
}
