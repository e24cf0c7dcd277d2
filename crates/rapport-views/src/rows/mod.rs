//! The rows that answers are made of, as the store hands them over for one moment (T, K): what had happened until T,
//! as believed at K.
//!
//! Texts that repeat (stages, currencies, reasons, waves, …) are symbols: numbers that a [`Symbols`] turns back into
//! texts. Objects (deals, parties) are numbers as well; only a drill-down asks for their names.

mod agreement;
mod contract;
mod cost;
mod deal;
mod delivery;
mod directory;
mod entry;
mod invoice;
mod lead;
mod marketing;
mod message;
mod need;
mod objection;
mod parties;
mod party;
mod process;
mod purchase;
mod staff;
mod standing;
mod stock;
mod survey;
mod symbols;
mod ticket;
mod touch;

use std::borrow::Cow;

pub use agreement::{AgreementRow, AgreementStatus, ArtifactRow, DisclosedRow, DisclosedTo};
pub use contract::{ContractOp, ContractRow, OfferLine};
pub use cost::{ConcessionKind, ConcessionRow, CostKind, CostRow};
pub use deal::{
    ClosedDealsRow, CompetitorRow, DealCause, DealFactRow, DealHistory, DealSpan, DealStateRow, DealStatus,
    DealStepRow, ExpectedCloseRow, FirstReachedRow, FunnelSums, OpenDealsRow,
};
pub use delivery::{DeliveredLine, DeliveryRow, DeliveryStep, MilestoneRow, SlipCause};
pub use directory::{ActsForRow, KnownAsRow, KnownBy, KnownWordRow};
pub use entry::EntryRow;
pub use invoice::{InvoiceKind, InvoiceLine, InvoiceRow, PaymentRow};
pub use lead::{LeadRow, LeadStep, LeadToldRow};
pub use marketing::{Aim, CampaignGroup, CampaignRow, MemberRow, Reaction, ReactionRow, SpendRow};
pub use message::{AddressedRow, CallOutcome, CallRow, Direction, PreferenceRow};
pub use need::{NamedNeedRow, NeedRow, NeedStep};
pub use objection::{Barrier, ObjectionRow};
pub use parties::Parties;
pub use party::{ContactRow, DefinitionRow, Identity, MergeRow, UnmergeRow};
pub use process::{DocumentRow, DocumentState, ProcessRow, StepStatus};
pub use purchase::{PurchaseLine, PurchaseOp};
pub use staff::{HandoverRow, HandoverStep, IncentiveRow, StaffRow, StaffStatus};
pub use standing::{
    AttributeRow, ConsentDecision, ConsentRow, Lifecycle, LifecycleRow, OwnerRow, PartyIs, PartyRole,
    RegisteredRow, RoleRow, SignalRow,
};
pub use stock::StockRow;
pub use survey::{Instrument, ResponseRow, ResponseTagRow, ScoreRow, SentRow};
pub use symbols::Symbols;
pub use ticket::{TicketCause, TicketKind, TicketRow, TicketStep};
pub use touch::{MeetingStatus, TouchKind, TouchRow};

/// A text that repeats, as a number. 0 is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(pub u32);

/// A party or a deal, as a number that the store gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectId(pub u64);

impl ObjectId {
    /// The party of rows that name none. Two such rows are not of one party.
    pub const NOBODY: Self = Self(0);
}

/// A text as rows hold it. PostgreSQL's texts cannot hold U+0000, so U+FFFD stands for it in rows and in questions, in
/// every store: two texts that differ in that alone are one.
#[must_use]
pub fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
