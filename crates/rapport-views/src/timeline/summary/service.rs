//! Lines of touchpoints, tickets, surveys, needs, staff and standards.

use rapport_proto::v1::{
    AgreementRecorded, ArtifactAttached, DefinitionPublished, Direction, HandoverProgressed,
    ImportBatchClosed, IncentiveAccrued, Instrument, NeedClosed, NeedIdentified, NoteRecorded,
    ObjectionObserved, OwnerAssigned, ProcessStarted, ProcessStepRecorded, StaffStatusChanged,
    SurveyAnswered, SurveySent, TicketOpened, TicketReopened, TicketResolved, TicketResponded,
    TicketStageChanged, TouchCallLogged, TouchMeetingHeld, TouchMessageExchanged, TouchVisitRecorded,
    agreement_recorded, handover_progressed::Step, need_closed, process_step_recorded, staff_status_changed,
    ticket_opened, touch_call_logged::Outcome, touch_meeting_held, touch_message_exchanged::Medium,
    touch_visit_recorded::Place,
};

use super::line::{duration, line};

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "from the customer",
        Direction::Outbound => "to the customer",
        Direction::Unspecified => "",
    }
}

pub(super) fn call(e: &TouchCallLogged) -> String {
    let outcome = match e.outcome() {
        Outcome::Reached => "reached",
        Outcome::NoAnswer => "no answer",
        Outcome::HungUp => "hung up",
        Outcome::Unspecified => "",
    };
    let summary = e.personal.as_ref().map_or("", |personal| &personal.summary);
    let line =
        line("call").word(direction(e.direction())).detail(outcome).detail(&duration(e.duration.as_ref()));
    line.detail(&e.purpose).detail(summary).done()
}

pub(super) fn message(e: &TouchMessageExchanged) -> String {
    let medium = match e.medium() {
        Medium::Email => "e-mail",
        Medium::Sms => "text message",
        Medium::Chat => "chat",
        Medium::Post => "letter",
        Medium::Unspecified => "message",
    };
    let subject = e.personal.as_ref().map_or("", |personal| &personal.subject);
    line(medium).word(direction(e.direction())).detail(subject).detail(&e.purpose).done()
}

pub(super) fn meeting(e: &TouchMeetingHeld) -> String {
    let status = match e.status() {
        touch_meeting_held::Status::Planned => "planned",
        touch_meeting_held::Status::Held => "held",
        touch_meeting_held::Status::NoShow => "missed: they did not come",
        touch_meeting_held::Status::Unspecified => "",
    };
    let summary = e.personal.as_ref().map_or("", |personal| &personal.summary);
    let line = line("meeting").word(status).detail(&e.place).detail(&duration(e.duration.as_ref()));
    line.detail(&e.purpose).detail(summary).done()
}

pub(super) fn visit(e: &TouchVisitRecorded) -> String {
    let place = match e.place() {
        Place::Shop => "to the shop",
        Place::Office => "to the office",
        Place::Site => "at the customer's site",
        Place::Web => "to the web pages",
        Place::Unspecified => "",
    };
    let pages = if e.pages.is_empty() { String::new() } else { format!("{} pages", e.pages.len()) };
    line("visit").word(place).detail(&pages).done()
}

pub(super) fn note(e: &NoteRecorded) -> String {
    let text = e.personal.as_ref().map_or("", |personal| &personal.text);
    line(if e.kind.is_empty() { "note" } else { &e.kind }).detail(text).list(&e.tags).done()
}

pub(super) fn artifact(e: &ArtifactAttached) -> String {
    let caption = e.personal.as_ref().map_or("", |personal| &personal.caption);
    line("file attached").detail(&e.media_type).detail(caption).detail(&e.outcome).done()
}

pub(super) fn agreement(e: &AgreementRecorded) -> String {
    let status = match e.status() {
        agreement_recorded::Status::Made => "made",
        agreement_recorded::Status::Kept => "kept",
        agreement_recorded::Status::Broken => "broken",
        agreement_recorded::Status::Withdrawn => "withdrawn",
        agreement_recorded::Status::Unspecified => "",
    };
    let what = e.personal.as_ref().map_or("", |personal| &personal.what);
    line("agreement").word(&e.agreement_id).word(status).detail(what).labelled_detail("due", &e.due).done()
}

pub(super) fn ticket_opened(e: &TicketOpened) -> String {
    let kind = match e.kind() {
        ticket_opened::Kind::Request | ticket_opened::Kind::Unspecified => "request",
        ticket_opened::Kind::Complaint => "complaint",
        ticket_opened::Kind::Defect => "defect",
        ticket_opened::Kind::Advice => "question",
    };
    let subject = e.personal.as_ref().map_or("", |personal| &personal.subject);
    let line = line(kind).word(&e.ticket_id).word("opened").detail(&e.priority).detail(&e.product);
    line.detail(&e.topic).detail(subject).done()
}

pub(super) fn ticket_stage_changed(e: &TicketStageChanged) -> String {
    line("ticket").word(&e.ticket_id).word("moved").labelled("from", &e.from).labelled("to", &e.to).done()
}

pub(super) fn ticket_responded(e: &TicketResponded) -> String {
    line("ticket").word(&e.ticket_id).word(if e.first { "answered first" } else { "answered" }).done()
}

pub(super) fn ticket_resolved(e: &TicketResolved) -> String {
    let first = if e.first_contact { "by the first contact" } else { "" };
    line("ticket").word(&e.ticket_id).word("resolved").word(first).detail(&e.resolution).done()
}

pub(super) fn ticket_reopened(e: &TicketReopened) -> String {
    line("ticket").word(&e.ticket_id).word("reopened").detail(&e.reason).done()
}

fn instrument(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Nps => "NPS",
        Instrument::Csat => "CSAT",
        Instrument::Ces => "CES",
        Instrument::Custom | Instrument::Unspecified => "survey",
    }
}

pub(super) fn survey_sent(e: &SurveySent) -> String {
    line(instrument(e.instrument()))
        .word("question sent")
        .detail(&e.survey_id)
        .detail(&e.wave)
        .detail(&e.trigger)
        .done()
}

pub(super) fn survey_answered(e: &SurveyAnswered) -> String {
    let scale =
        e.scale.as_ref().map_or_else(String::new, |scale| format!("({} to {})", scale.min, scale.max));
    let comment = e.personal.as_ref().map_or("", |personal| &personal.comment);
    let line = line(instrument(e.instrument()))
        .word(&e.question)
        .labelled("answered", &e.value().to_string())
        .word(&scale);
    line.detail(&e.product).detail(&e.wave).detail(comment).done()
}

pub(super) fn need_identified(e: &NeedIdentified) -> String {
    line("need")
        .word(&e.need_id)
        .word("identified")
        .detail(&e.code)
        .detail(&e.source)
        .number("importance", e.importance)
        .number("urgency", e.urgency)
        .done()
}

pub(super) fn need_closed(e: &NeedClosed) -> String {
    let outcome = match e.outcome() {
        need_closed::Outcome::Satisfied => "satisfied",
        need_closed::Outcome::Unmet => "not satisfied",
        need_closed::Outcome::Obsolete => "gone",
        need_closed::Outcome::Unspecified => "closed",
    };
    line("need").word(&e.need_id).word(outcome).labelled("by", &e.by_product).done()
}

pub(super) fn objection(e: &ObjectionObserved) -> String {
    let competitor = &e.competitor;
    line("objection")
        .word(&e.factor)
        .labelled_detail("prefers", competitor)
        .amount(e.price_gap.as_ref())
        .number("strength", e.strength)
        .done()
}

pub(super) fn staff_status(e: &StaffStatusChanged) -> String {
    let status = match e.status() {
        staff_status_changed::Status::Joined => "joined",
        staff_status_changed::Status::Left => "left",
        staff_status_changed::Status::Absent => "is away",
        staff_status_changed::Status::Returned => "is back",
        staff_status_changed::Status::Unspecified => "changed",
    };
    line("staff").word(&e.staff_id).word(status).labelled_detail("stands in:", &e.substitute).done()
}

pub(super) fn owner_assigned(e: &OwnerAssigned) -> String {
    let line = line("owner").labelled("of", &e.object).labelled("as", &e.role);
    line.labelled("from", &e.from).labelled("to", &e.to).detail(&e.reason).done()
}

pub(super) fn handover(e: &HandoverProgressed) -> String {
    let step = match e.step() {
        Step::Started => "started",
        Step::ItemAcknowledged => "item acknowledged",
        Step::Completed => "completed",
        Step::Unspecified => "",
    };
    let note = e.personal.as_ref().map_or("", |personal| &personal.note);
    line("handover").word(&e.handover_id).word(step).detail(&e.item).detail(note).done()
}

pub(super) fn incentive(e: &IncentiveAccrued) -> String {
    line("incentive")
        .word(&e.scheme)
        .labelled("for", &e.staff_id)
        .amount(e.amount.as_ref())
        .detail(&e.metric)
        .number("measured", e.value)
        .done()
}

pub(super) fn definition(e: &DefinitionPublished) -> String {
    line(&e.kind).word(&e.code).labelled("version", &e.version.to_string()).word("published").done()
}

pub(super) fn process_started(e: &ProcessStarted) -> String {
    line("process").word(&e.process).labelled("started for", &e.object).done()
}

pub(super) fn process_step(e: &ProcessStepRecorded) -> String {
    let status = match e.status() {
        process_step_recorded::Status::Done => "done",
        process_step_recorded::Status::Skipped => "skipped",
        process_step_recorded::Status::Deviated => "done otherwise",
        process_step_recorded::Status::Unspecified => "recorded",
    };
    line("process").word(&e.process).word(&e.step).word(status).detail(&e.cause).done()
}

pub(super) fn import_closed(e: &ImportBatchClosed) -> String {
    let counts = format!(
        "{} rows, {} accepted, {} duplicate, {} rejected, {} events",
        e.rows, e.rows_accepted, e.rows_duplicate, e.rows_rejected, e.events_added
    );
    line("import closed").labelled("by", &e.mapping).word(&e.table).detail(&counts).done()
}
