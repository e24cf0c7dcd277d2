//! Processes and documents.

use rapport_proto::{
    event_type,
    v1::{document_state_changed::State, payload::Kind, process_step_recorded::Status},
};

use super::{Believed, Projection};
use crate::{
    rows::{DocumentRow, DocumentState, ProcessRow, StepStatus},
    table::{Dictionary, Out},
};

/// Steps of processes, states of documents.
pub const STEPS: Projection = Projection {
    reads: &[
        event_type::PROCESS_STARTED,
        event_type::PROCESS_STEP_RECORDED,
        event_type::DOCUMENT_STATE_CHANGED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    match believed.kind {
        Kind::ProcessStarted(started) => {
            let of = (started.process.as_str(), started.object.as_str());
            put_step(believed, of, ("", StepStatus::Started, "", ""), out);
        }
        Kind::ProcessStepRecorded(recorded) => {
            let status = match recorded.status() {
                Status::Done => StepStatus::Done,
                Status::Skipped => StepStatus::Skipped,
                Status::Deviated => StepStatus::Deviated,
                Status::Unspecified => return,
            };
            let of = (recorded.process.as_str(), recorded.object.as_str());
            put_step(believed, of, (&recorded.step, status, &recorded.due, &recorded.cause), out);
        }
        Kind::DocumentStateChanged(changed) => {
            let by = &believed.event;
            let row = DocumentRow {
                position: believed.position(),
                occurred_at: believed.occurred_at,
                customer: out.party(by.customer),
                document: out.name(Dictionary::Document, &changed.document_id),
                kind: out.symbol(&changed.kind),
                from_state: document_state(changed.from()),
                state: document_state(changed.to()),
                staff: out.symbol(by.actor_id),
                branch: out.symbol(by.actor_branch),
            };
            out.put(&row);
        }
        _ => {}
    }
}

fn put_step(
    believed: &Believed<'_>,
    (process, object): (&str, &str),
    (step, status, due, cause): (&str, StepStatus, &str, &str),
    out: &mut Out<'_>,
) {
    let by = &believed.event;
    let row = ProcessRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        process: out.symbol(process),
        object: out.name(Dictionary::Object, object),
        step: out.symbol(step),
        status,
        due: out.symbol(due),
        cause: out.symbol(cause),
        staff: out.symbol(by.actor_id),
        branch: out.symbol(by.actor_branch),
    };
    out.put(&row);
}

const fn document_state(state: State) -> DocumentState {
    match state {
        State::Unspecified => DocumentState::Unsaid,
        State::Draft => DocumentState::Draft,
        State::Review => DocumentState::Review,
        State::Sent => DocumentState::Sent,
        State::Signed => DocumentState::Signed,
        State::Archived => DocumentState::Archived,
    }
}
