//! Notes about the organisation itself. Their text describes, and is in no row.

use rapport_proto::{
    event_type,
    v1::{note_recorded::Scope, payload::Kind},
};

use super::{Believed, Projection};
use crate::{rows::CompanyNoteRow, table::Out};

/// Notes of the company.
pub const COMPANY_NOTES: Projection = Projection { reads: &[event_type::NOTE_RECORDED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Kind::NoteRecorded(note) = believed.kind else { return };
    if note.scope() != Scope::Company {
        return;
    }
    let row = CompanyNoteRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        kind: out.symbol(&note.kind),
        labels: out.symbol(&note.tags.join(", ")),
        staff: out.symbol(believed.event.actor_id),
    };
    out.put(&row);
}
