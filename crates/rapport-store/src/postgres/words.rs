//! Our enums as words in tables. The words are part of the format, and of what people query.

use rapport_views::rows::{DealCause, DealStatus, Instrument, LeadStep};

pub const fn cause_word(cause: DealCause) -> &'static str {
    match cause {
        DealCause::Opened => "opened",
        DealCause::Moved => "moved",
        DealCause::TermsChanged => "terms_changed",
        DealCause::Won => "won",
        DealCause::Lost => "lost",
    }
}

pub fn cause(word: &str) -> DealCause {
    match word {
        "opened" => DealCause::Opened,
        "moved" => DealCause::Moved,
        "won" => DealCause::Won,
        "lost" => DealCause::Lost,
        _ => DealCause::TermsChanged,
    }
}

pub const fn status_word(status: DealStatus) -> &'static str {
    match status {
        DealStatus::Open => "open",
        DealStatus::Won => "won",
        DealStatus::Lost => "lost",
    }
}

pub const fn step_word(step: LeadStep) -> &'static str {
    match step {
        LeadStep::Captured => "captured",
        LeadStep::Opened => "opened",
        LeadStep::Accepted => "accepted",
        LeadStep::Rejected => "rejected",
        LeadStep::Converted => "converted",
    }
}

pub fn step(word: &str) -> LeadStep {
    match word {
        "captured" => LeadStep::Captured,
        "opened" => LeadStep::Opened,
        "accepted" => LeadStep::Accepted,
        "rejected" => LeadStep::Rejected,
        _ => LeadStep::Converted,
    }
}

pub const fn instrument_word(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Nps => "nps",
        Instrument::Csat => "csat",
        Instrument::Ces => "ces",
        Instrument::Custom => "custom",
    }
}

pub fn instrument(word: &str) -> Instrument {
    match word {
        "nps" => Instrument::Nps,
        "csat" => Instrument::Csat,
        "ces" => Instrument::Ces,
        _ => Instrument::Custom,
    }
}
