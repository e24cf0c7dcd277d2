//! The solution of a ticket that holds, for models that ask nothing else of tickets.

use crate::rows::{TicketRow, TicketStep};

/// The last step that solved it, unless it was opened again afterwards; the steps are in the order in which they happened.
///
/// The first opening opens nothing again, also where it is dated after a solution: some sources date openings by their
/// recording.
pub(super) fn solution(steps: &[TicketRow]) -> Option<&TicketRow> {
    let (mut solution, mut is_opened) = (None, false);
    for step in steps {
        match step.step {
            TicketStep::Opened if !is_opened => is_opened = true,
            TicketStep::Opened | TicketStep::Reopened => solution = None,
            TicketStep::Resolved => solution = Some(step),
            TicketStep::Moved | TicketStep::Responded => {}
        }
    }
    solution
}
