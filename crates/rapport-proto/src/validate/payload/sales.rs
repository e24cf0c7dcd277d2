//! Deals, offers, documents, contracts.

use super::Check;
use crate::{v1, validate::checker::Checker};

impl Check for v1::DealOpened {
    fn check(&self, c: &mut Checker) {
        c.name_required("deal_id", &self.deal_id);
        c.code("pipeline", &self.pipeline);
        c.code_required("stage", &self.stage);
        c.money("amount", self.amount.as_ref());
        c.date("expected_close", &self.expected_close);
    }
}

impl Check for v1::DealStageChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("deal_id", &self.deal_id);
        c.code("from", &self.from);
        c.code_required("to", &self.to);
    }
}

impl Check for v1::DealTermsChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("deal_id", &self.deal_id);
        c.money("amount", self.amount.as_ref());
        c.date("expected_close", &self.expected_close);
        c.share("probability", self.probability);
    }
}

impl Check for v1::DealWon {
    fn check(&self, c: &mut Checker) {
        c.name_required("deal_id", &self.deal_id);
        c.money("amount", self.amount.as_ref());
    }
}

impl Check for v1::DealLost {
    fn check(&self, c: &mut Checker) {
        c.name_required("deal_id", &self.deal_id);
        c.code("at_stage", &self.at_stage);
    }
}

impl Check for v1::OfferIssued {
    fn check(&self, c: &mut Checker) {
        c.name_required("offer_id", &self.offer_id);
        c.name("deal_id", &self.deal_id);
        lines(&self.lines, c);
        c.date("valid_to", &self.valid_to);
        c.money("total", self.total.as_ref());
    }
}

impl Check for v1::OfferResponded {
    fn check(&self, c: &mut Checker) {
        c.name_required("offer_id", &self.offer_id);
        c.choice_required::<v1::offer_responded::Response>("OfferResponded", "response", self.response);
    }
}

impl Check for v1::ConcessionGranted {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::concession_granted::Kind>("ConcessionGranted", "kind", self.kind);
        c.money("value", self.value.as_ref());
        c.name("deal_id", &self.deal_id);
    }
}

impl Check for v1::DocumentStateChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("document_id", &self.document_id);
        c.choice::<v1::document_state_changed::State>("DocumentStateChanged", "from", self.from);
        c.choice_required::<v1::document_state_changed::State>("DocumentStateChanged", "to", self.to);
        c.sha256("sha256", &self.sha256);
    }
}

impl Check for v1::ContractChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("contract_id", &self.contract_id);
        c.choice_required::<v1::contract_changed::Op>("ContractChanged", "op", self.op);
        c.date("start", &self.start);
        c.date("end", &self.end);
        c.require("end", self.start.is_empty() || self.end.is_empty() || self.start <= self.end, || {
            "expected a date not before `start`".into()
        });
        c.money("value", self.value.as_ref());
    }
}

/// Lines of one document: all in one currency, because they are added.
pub(super) fn lines(lines: &[v1::Line], c: &mut Checker) {
    let amounts = || lines.iter().flat_map(|line| [&line.list, &line.net]).flatten();
    let first = amounts().next().map(|amount| &amount.currency);
    c.require("lines", amounts().all(|amount| Some(&amount.currency) == first), || {
        "expected all amounts in one currency".into()
    });
    for (index, line) in lines.iter().enumerate() {
        c.at_index("lines", index, |c| {
            c.name_required("product", &line.product);
            c.decimal_required("quantity", &line.quantity);
            c.money("list", line.list.as_ref());
            c.money("net", line.net.as_ref());
        });
    }
}
