//! Lines of deals, offers, orders, money, delivery and campaigns.

use rapport_proto::v1::{
    CampaignDefined, CampaignMemberSelected, CampaignResponseRecorded, CampaignSpendRecorded,
    ConcessionGranted, ContractChanged, CostAllocated, DealLost, DealOpened, DealStageChanged,
    DealTermsChanged, DealWon, DeliveryCompleted, DeliveryPromised, DocumentStateChanged, InvoiceIssued,
    Money, OfferIssued, OfferResponded, OrderChanged, OrderPlaced, PaymentReceived, ProjectMilestoneRecorded,
    StockCounted, campaign_member_selected, campaign_response_recorded, concession_granted, contract_changed,
    cost_allocated, document_state_changed::State, invoice_issued, offer_responded::Response, order_changed,
};

use super::line::{line, money};

pub(super) fn deal_opened(e: &DealOpened) -> String {
    let title = e.personal.as_ref().map_or("", |personal| &personal.title);
    line("deal")
        .word(&e.deal_id)
        .word("opened")
        .labelled("in", &e.stage)
        .amount(e.amount.as_ref())
        .detail(title)
        .done()
}

pub(super) fn deal_stage_changed(e: &DealStageChanged) -> String {
    line("deal").word(&e.deal_id).word("moved").labelled("from", &e.from).labelled("to", &e.to).done()
}

pub(super) fn deal_terms_changed(e: &DealTermsChanged) -> String {
    let chance =
        e.probability.map_or_else(String::new, |probability| format!("{:.0} %", probability * 100.0));
    let line = line("deal").word(&e.deal_id).word("terms changed").amount(e.amount.as_ref()).detail(&chance);
    line.labelled_detail("closing", &e.expected_close).list(&e.products).done()
}

pub(super) fn deal_won(e: &DealWon) -> String {
    line("deal").word(&e.deal_id).word("won").amount(e.amount.as_ref()).detail(&e.reason).done()
}

pub(super) fn deal_lost(e: &DealLost) -> String {
    let line = line("deal").word(&e.deal_id).word("lost").labelled("to", &e.competitor);
    line.labelled("in", &e.at_stage).detail(&e.reason).list(&e.factors).done()
}

pub(super) fn offer_issued(e: &OfferIssued) -> String {
    let version = if e.version > 1 { format!("version {}", e.version) } else { String::new() };
    let title = e.personal.as_ref().map_or("", |personal| &personal.title);
    line("offer")
        .word(&e.offer_id)
        .word(&version)
        .word("issued")
        .lines(e.total.as_ref(), &e.lines)
        .detail(title)
        .done()
}

pub(super) fn offer_responded(e: &OfferResponded) -> String {
    let response = match e.response() {
        Response::Accepted => "accepted",
        Response::Rejected => "rejected",
        Response::Countered => "answered with another offer",
        Response::Unspecified => "answered",
    };
    line("offer").word(&e.offer_id).word(response).detail(&e.reason).done()
}

pub(super) fn concession_granted(e: &ConcessionGranted) -> String {
    let kind = match e.kind() {
        concession_granted::Kind::Discount => "discount granted",
        concession_granted::Kind::Terms => "better terms granted",
        concession_granted::Kind::Service => "service granted",
        concession_granted::Kind::Unspecified => "concession granted",
    };
    line(kind).labelled("on", &e.deal_id).amount(e.value.as_ref()).detail(&e.why).done()
}

pub(super) fn document_changed(e: &DocumentStateChanged) -> String {
    let state = match e.to() {
        State::Draft => "drafted",
        State::Review => "in review",
        State::Sent => "sent",
        State::Signed => "signed",
        State::Archived => "archived",
        State::Unspecified => "changed",
    };
    line(if e.kind.is_empty() { "document" } else { &e.kind }).word(&e.document_id).word(state).done()
}

pub(super) fn contract_changed(e: &ContractChanged) -> String {
    let op = match e.op() {
        contract_changed::Op::Signed => "signed",
        contract_changed::Op::Renewed => "renewed",
        contract_changed::Op::Amended => "amended",
        contract_changed::Op::Ended => "ended",
        contract_changed::Op::Unspecified => "changed",
    };
    let line = line("contract").word(&e.contract_id).word(op).amount(e.value.as_ref()).list(&e.products);
    line.labelled_detail("from", &e.start).labelled_detail("until", &e.end).detail(&e.cause).done()
}

pub(super) fn order_placed(e: &OrderPlaced) -> String {
    line("order").word(&e.order_id).word("placed").lines(e.total.as_ref(), &e.lines).done()
}

pub(super) fn order_changed(e: &OrderChanged) -> String {
    let op = match e.op() {
        order_changed::Op::Cancel => "cancelled",
        order_changed::Op::Return => "returned",
        order_changed::Op::Amend => "amended",
        order_changed::Op::Unspecified => "changed",
    };
    line("order").word(&e.order_id).word(op).lines(None, &e.lines).detail(&e.reason).done()
}

pub(super) fn invoice_issued(e: &InvoiceIssued) -> String {
    let kind = match e.kind() {
        invoice_issued::Kind::CreditNote => "credit note",
        invoice_issued::Kind::Invoice | invoice_issued::Kind::Unspecified => "invoice",
    };
    line(kind).word(&e.invoice_id).lines(e.total.as_ref(), &e.lines).labelled_detail("due", &e.due).done()
}

pub(super) fn payment_received(e: &PaymentReceived) -> String {
    let line = line("payment received").labelled("by", &e.method).amount(e.amount.as_ref());
    line.list(&e.invoice_ids).detail(&e.order_id).done()
}

pub(super) fn cost_allocated(e: &CostAllocated) -> String {
    let kind = match e.kind() {
        cost_allocated::Kind::Cogs => "cost of goods",
        cost_allocated::Kind::Service => "cost to serve",
        cost_allocated::Kind::Acquisition => "cost of acquisition",
        cost_allocated::Kind::Retention => "cost of retention",
        cost_allocated::Kind::Delivery => "cost of delivery",
        cost_allocated::Kind::Unspecified => "cost",
    };
    line(kind).amount(e.amount.as_ref()).detail(&e.product).detail(&e.basis).done()
}

pub(super) fn stock_counted(e: &StockCounted) -> String {
    let line = line("stock of").word(&e.product).word("counted").detail(&e.quantity);
    line.amount(e.value.as_ref()).detail(&e.location).done()
}

pub(super) fn delivery_promised(e: &DeliveryPromised) -> String {
    let verb = if e.is_reschedule { "delivery moved" } else { "delivery promised" };
    line(verb).labelled("to", &e.committed_date).labelled("for order", &e.order_id).detail(&e.reason).done()
}

pub(super) fn delivery_completed(e: &DeliveryCompleted) -> String {
    let installed = if e.installed { "installed" } else { "" };
    line("order")
        .word(&e.order_id)
        .word("delivered")
        .detail(&e.date)
        .detail(&e.condition)
        .detail(installed)
        .done()
}

pub(super) fn milestone(e: &ProjectMilestoneRecorded) -> String {
    let line = line("project").word(&e.project).word(&e.milestone).word(if e.actual.is_empty() {
        "planned"
    } else {
        "reached"
    });
    line.labelled_detail("planned", &e.planned).labelled_detail("reached", &e.actual).done()
}

pub(super) fn campaign_defined(e: &CampaignDefined) -> String {
    let line = line("campaign").word(&e.campaign_id).word("defined").detail(&e.market);
    let size = e.market_size.map_or_else(String::new, |size| size.to_string());
    let planned = |amount: &Option<Money>| amount.as_ref().map_or_else(String::new, money);
    line.labelled_detail("possible customers", &size)
        .labelled_detail("budget", &planned(&e.budget))
        .labelled_detail("expected", &planned(&e.expected_revenue))
        .number("control share", e.control_share)
        .done()
}

pub(super) fn campaign_spend(e: &CampaignSpendRecorded) -> String {
    let line = line("spent on campaign").word(&e.campaign_id).amount(e.amount.as_ref());
    line.detail(&e.channel).detail(&e.period).done()
}

pub(super) fn campaign_response(e: &CampaignResponseRecorded) -> String {
    let kind = match e.kind() {
        campaign_response_recorded::Kind::Delivered => "delivered",
        campaign_response_recorded::Kind::Opened => "opened",
        campaign_response_recorded::Kind::Clicked => "clicked",
        campaign_response_recorded::Kind::Replied => "answered",
        campaign_response_recorded::Kind::Visited => "visited",
        campaign_response_recorded::Kind::Unspecified => "response",
    };
    line("campaign").word(&e.campaign_id).word(kind).done()
}

pub(super) fn campaign_member(e: &CampaignMemberSelected) -> String {
    let group = match e.group() {
        campaign_member_selected::Group::Target => "to be addressed",
        campaign_member_selected::Group::Control => "left out for comparison",
        campaign_member_selected::Group::Unspecified => "selected",
    };
    line("campaign").word(&e.campaign_id).word(group).done()
}
