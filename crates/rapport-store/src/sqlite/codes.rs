//! Our enums as integers in tables. The numbers are part of the format.

use rapport_views::rows::{DealCause, DealStatus, Instrument, LeadStep};

pub const fn deal_cause_code(cause: DealCause) -> u8 {
    match cause {
        DealCause::Opened => 0,
        DealCause::Moved => 1,
        DealCause::TermsChanged => 2,
        DealCause::Won => 3,
        DealCause::Lost => 4,
    }
}

pub const fn deal_cause(code: u8) -> DealCause {
    match code {
        0 => DealCause::Opened,
        1 => DealCause::Moved,
        3 => DealCause::Won,
        4 => DealCause::Lost,
        _ => DealCause::TermsChanged,
    }
}

pub const fn deal_status_code(status: DealStatus) -> u8 {
    match status {
        DealStatus::Open => 0,
        DealStatus::Won => 1,
        DealStatus::Lost => 2,
    }
}

pub const fn lead_step_code(step: LeadStep) -> u8 {
    match step {
        LeadStep::Captured => 0,
        LeadStep::Opened => 1,
        LeadStep::Accepted => 2,
        LeadStep::Rejected => 3,
        LeadStep::Converted => 4,
    }
}

pub const fn lead_step(code: u8) -> LeadStep {
    match code {
        0 => LeadStep::Captured,
        1 => LeadStep::Opened,
        2 => LeadStep::Accepted,
        3 => LeadStep::Rejected,
        _ => LeadStep::Converted,
    }
}

pub const fn instrument_code(instrument: Instrument) -> u8 {
    match instrument {
        Instrument::Nps => 0,
        Instrument::Csat => 1,
        Instrument::Ces => 2,
        Instrument::Custom => 3,
    }
}

pub const fn instrument(code: u8) -> Instrument {
    match code {
        0 => Instrument::Nps,
        1 => Instrument::Csat,
        2 => Instrument::Ces,
        _ => Instrument::Custom,
    }
}
