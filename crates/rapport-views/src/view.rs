//! The views: which tables each has, and which projections fill them.

use rapport_proto::event_type;

use crate::{
    projection::{
        Item, Projection, agreement, contract, cost, deal, deal_states, delivery, directory, entry, invoice,
        lead, marketing, need, object::Object, objection, party, process, purchase, response, staff,
        standing, stock, ticket, touch,
    },
    rows::{
        ActsForRow, AddressedRow, AgreementRow, ArtifactRow, AttributeRow, CallRow, CampaignRow,
        CompetitorRow, ConcessionRow, ConsentRow, ContactRow, ContractRow, CostRow, DealStepRow,
        DefinitionRow, DeliveredLine, DeliveryRow, DisclosedRow, DocumentRow, EntryRow, ExpectedCloseRow,
        HandoverRow, IncentiveRow, InvoiceLine, InvoiceRow, KnownAsRow, KnownWordRow, LeadRow, LeadToldRow,
        LifecycleRow, MemberRow, MergeRow, MilestoneRow, NamedNeedRow, NeedRow, ObjectionRow, OfferLine,
        OwnerRow, PaymentRow, PreferenceRow, ProcessRow, PurchaseLine, ReactionRow, RegisteredRow,
        ResponseRow, ResponseTagRow, RoleRow, ScoreRow, SentRow, SignalRow, SpendRow, StaffRow, StockRow,
        TicketRow, TouchRow, UnmergeRow,
    },
    table::{Out, Row as _, Table},
    timeline,
};

/// A read model with rows and a checkpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Customers' histories.
    Timeline,
    /// Deals and leads.
    Funnel,
    /// Surveys.
    Satisfaction,
    /// What models share: orders, invoices, costs, contracts, contacts, who a customer is.
    Facts,
    /// By what customers are found. The one view with texts that identify people.
    Directory,
}

/// What every view has: who is who, and definitions.
const COMMON: [&Table; 4] = [MergeRow::TABLE, UnmergeRow::TABLE, ContactRow::TABLE, DefinitionRow::TABLE];

impl View {
    /// Every view.
    pub const ALL: [Self; 5] =
        [Self::Timeline, Self::Funnel, Self::Satisfaction, Self::Facts, Self::Directory];

    /// Its name, as commands and answers have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Funnel => "funnel",
            Self::Satisfaction => "satisfaction",
            Self::Facts => "facts",
            Self::Directory => "directory",
        }
    }

    /// The view of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// What its rows mean, in both stores. Raised whenever a table or a projection changes: rows of an earlier format are
    /// put aside, and the view is built again from the log. Rows of a later format stay: when two releases run
    /// side by side, the earlier must not undo the work of the later.
    #[must_use]
    pub const fn format(self) -> i64 {
        match self {
            Self::Funnel => 7,
            Self::Satisfaction => 8,
            Self::Timeline => 9,
            Self::Facts => 14,
            Self::Directory => 1,
        }
    }

    /// Its tables, with those that every view has.
    pub fn tables(self) -> impl Iterator<Item = &'static Table> {
        let own: &[&Table] = match self {
            Self::Timeline => &[EntryRow::TABLE],
            Self::Funnel => &[CompetitorRow::TABLE, LeadRow::TABLE],
            Self::Satisfaction => &[ResponseRow::TABLE, ResponseTagRow::TABLE, SentRow::TABLE],
            Self::Facts => &[
                PurchaseLine::TABLE,
                InvoiceRow::TABLE,
                InvoiceLine::TABLE,
                PaymentRow::TABLE,
                CostRow::TABLE,
                ConcessionRow::TABLE,
                ContractRow::TABLE,
                OfferLine::TABLE,
                TouchRow::TABLE,
                RegisteredRow::TABLE,
                RoleRow::TABLE,
                LifecycleRow::TABLE,
                AttributeRow::TABLE,
                ConsentRow::TABLE,
                OwnerRow::TABLE,
                ScoreRow::TABLE,
                DealStepRow::TABLE,
                AddressedRow::TABLE,
                CallRow::TABLE,
                PreferenceRow::TABLE,
                NeedRow::TABLE,
                TicketRow::TABLE,
                ProcessRow::TABLE,
                DocumentRow::TABLE,
                DeliveryRow::TABLE,
                DeliveredLine::TABLE,
                MilestoneRow::TABLE,
                LeadToldRow::TABLE,
                CampaignRow::TABLE,
                SpendRow::TABLE,
                MemberRow::TABLE,
                ReactionRow::TABLE,
                ObjectionRow::TABLE,
                StaffRow::TABLE,
                HandoverRow::TABLE,
                IncentiveRow::TABLE,
                AgreementRow::TABLE,
                ArtifactRow::TABLE,
                DisclosedRow::TABLE,
                StockRow::TABLE,
                ExpectedCloseRow::TABLE,
                NamedNeedRow::TABLE,
                SignalRow::TABLE,
            ],
            Self::Directory => &[KnownAsRow::TABLE, KnownWordRow::TABLE, ActsForRow::TABLE],
        };
        COMMON.into_iter().chain(own.iter().copied())
    }

    /// What makes the rows of those tables, but for entries, which every event has.
    #[must_use]
    pub const fn projections(self) -> &'static [&'static Projection] {
        match self {
            Self::Timeline => &[&party::PARTIES],
            Self::Funnel => &[&party::PARTIES, &deal::COMPETITORS, &lead::STEPS],
            Self::Satisfaction => &[&party::PARTIES, &response::RESPONSES],
            Self::Facts => &[
                &party::PARTIES,
                &purchase::PURCHASES,
                &invoice::INVOICES,
                &cost::COSTS,
                &contract::CONTRACTS,
                &touch::TOUCHES,
                &standing::STANDINGS,
                &standing::CONSENTS,
                &standing::OWNERS,
                &response::SCORES,
                &deal::STEPS,
                &need::NEEDS,
                &ticket::TICKETS,
                &process::STEPS,
                &delivery::DELIVERIES,
                &lead::LEADS,
                &marketing::CAMPAIGNS,
                &objection::OBJECTIONS,
                &staff::STAFF,
                &agreement::AGREEMENTS,
                &stock::STOCK,
                &deal::EXPECTED,
                &need::NAMED,
            ],
            Self::Directory => &[&party::PARTIES, &directory::KNOWN],
        }
    }

    /// Objects of which events are facts that add up to states. Their tables are not among [`View::tables`]: how states are
    /// kept is each store's own matter.
    #[must_use]
    pub const fn objects(self) -> &'static [&'static Object] {
        match self {
            Self::Funnel => &[&deal_states::DEALS],
            Self::Timeline | Self::Satisfaction | Self::Facts | Self::Directory => &[],
        }
    }

    /// Whether every event is something to it, also one whose content it does not read: timelines have an entry of each, and
    /// the directory has the customer of each.
    #[must_use]
    pub const fn sees_every_event(self) -> bool {
        matches!(self, Self::Timeline | Self::Directory)
    }

    /// Whether its rows hold texts that identify people, so that they are kept from those who read the other views.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Directory)
    }

    /// Whether the content of a type is needed for its rows.
    #[must_use]
    pub fn reads(self, payload_field: u32) -> bool {
        let of_entries = if self == Self::Timeline { timeline::touch::READS } else { &[] };
        let projections =
            self.projections().iter().copied().chain(self.objects().iter().map(|one| &one.projection));
        of_entries.contains(&payload_field)
            || projections.into_iter().any(|projection| projection.reads.contains(&payload_field))
    }

    /// Puts the rows of one belief, but not the facts of objects.
    pub fn rows(self, item: &Item<'_>, out: &mut Out<'_>) {
        if self == Self::Timeline {
            entry::rows(item, out);
        }
        if self == Self::Directory {
            // Its number is all that is kept of most events: every customer is found by its id.
            out.party(item.event.customer);
        }
        put(self.projections().iter().copied(), item, out);
    }

    /// Puts the facts of objects that one belief is.
    pub fn facts(self, item: &Item<'_>, out: &mut Out<'_>) {
        put(self.objects().iter().map(|object| &object.projection), item, out);
    }
}

fn put<'p>(projections: impl Iterator<Item = &'p Projection>, item: &Item<'_>, out: &mut Out<'_>) {
    let Some(believed) = item.believed() else { return };
    let Some(number) = event_type::payload_field(item.event.payload) else { return };
    for projection in projections.filter(|one| one.reads.contains(&number)) {
        (projection.rows)(&believed, out);
    }
}
