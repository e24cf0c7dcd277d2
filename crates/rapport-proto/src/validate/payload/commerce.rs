//! Orders, money, delivery, campaigns.

use rapport_model::Decimal;

use super::{Check, sales::lines};
use crate::{
    v1,
    validate::{IDS_AS_TAGS_MAX, checker::Checker},
};

/// The largest size of a market, in possible customers: more than a hundred times as many as there are people.
const MARKET_SIZE_MAX: u64 = 1_000_000_000_000;

impl Check for v1::OrderPlaced {
    fn check(&self, c: &mut Checker) {
        c.name_required("order_id", &self.order_id);
        c.name("deal_id", &self.deal_id);
        lines(&self.lines, c);
        c.money("total", self.total.as_ref());
    }
}

impl Check for v1::OrderChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("order_id", &self.order_id);
        c.choice_required::<v1::order_changed::Op>("OrderChanged", "op", self.op);
        lines(&self.lines, c);
    }
}

impl Check for v1::InvoiceIssued {
    fn check(&self, c: &mut Checker) {
        c.name_required("invoice_id", &self.invoice_id);
        c.choice::<v1::invoice_issued::Kind>("InvoiceIssued", "kind", self.kind);
        lines(&self.lines, c);
        c.money_required("total", self.total.as_ref());
        c.money("tax", self.tax.as_ref());
        let total = self.total.as_ref().map(|amount| &amount.currency);
        c.require("tax", self.tax.as_ref().is_none_or(|tax| Some(&tax.currency) == total), || {
            "expected the currency of `total`".into()
        });
        c.date("due", &self.due);
        c.name("order_id", &self.order_id);
    }
}

impl Check for v1::PaymentReceived {
    fn check(&self, c: &mut Checker) {
        c.money_required("amount", self.amount.as_ref());
        c.name("order_id", &self.order_id);
        c.require("invoice_ids", self.invoice_ids.len() <= IDS_AS_TAGS_MAX, || {
            format!(
                "expected at most {IDS_AS_TAGS_MAX}, found {}; record the payment in parts",
                self.invoice_ids.len()
            )
        });
        for (index, id) in self.invoice_ids.iter().enumerate() {
            c.at_index("invoice_ids", index, |c| c.name_required("", id));
        }
    }
}

impl Check for v1::CostAllocated {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::cost_allocated::Kind>("CostAllocated", "kind", self.kind);
        c.money_required("amount", self.amount.as_ref());
    }
}

impl Check for v1::DeliveryPromised {
    fn check(&self, c: &mut Checker) {
        c.name_required("order_id", &self.order_id);
        c.date("requested_date", &self.requested_date);
        c.date_required("committed_date", &self.committed_date);
    }
}

impl Check for v1::DeliveryCompleted {
    fn check(&self, c: &mut Checker) {
        c.name_required("order_id", &self.order_id);
        c.date("date", &self.date);
        for (index, delivered) in self.quantities.iter().enumerate() {
            c.at_index("quantities", index, |c| {
                c.name_required("product", &delivered.product);
                c.decimal_required("quantity", &delivered.quantity);
            });
        }
    }
}

impl Check for v1::ProjectMilestoneRecorded {
    fn check(&self, c: &mut Checker) {
        c.name_required("project", &self.project);
        c.name_required("milestone", &self.milestone);
        c.date("planned", &self.planned);
        c.date("actual", &self.actual);
        c.choice::<v1::project_milestone_recorded::Cause>("ProjectMilestoneRecorded", "cause", self.cause);
    }
}

impl Check for v1::CampaignDefined {
    fn check(&self, c: &mut Checker) {
        c.name_required("campaign_id", &self.campaign_id);
        c.choice::<v1::Aim>("CampaignDefined", "aim", self.aim);
        c.share("control_share", self.control_share);
        if let Some(size) = self.market_size {
            c.require("market", !self.market.is_empty(), || {
                "expected the market that `market_size` is of, found none; name it, or leave the size out"
                    .into()
            });
            c.require("market_size", (1..=MARKET_SIZE_MAX).contains(&size), || {
                format!(
                    "expected 1 to {MARKET_SIZE_MAX} possible customers, found {size}; leave out what is not known"
                )
            });
        }
        for (field, amount) in [("budget", &self.budget), ("expected_revenue", &self.expected_revenue)] {
            c.money(field, amount.as_ref());
            let minor_units = amount.as_ref().map_or(0, |amount| amount.minor_units);
            c.require(field, minor_units >= 0, || {
                format!(
                    "expected no negative amount, found {minor_units} minor units; leave out what is not said"
                )
            });
        }
    }
}

impl Check for v1::CampaignSpendRecorded {
    fn check(&self, c: &mut Checker) {
        c.name_required("campaign_id", &self.campaign_id);
        c.money_required("amount", self.amount.as_ref());
        c.choice::<v1::Aim>("CampaignSpendRecorded", "aim", self.aim);
    }
}

impl Check for v1::CampaignResponseRecorded {
    fn check(&self, c: &mut Checker) {
        c.name_required("campaign_id", &self.campaign_id);
        c.choice_required::<v1::campaign_response_recorded::Kind>(
            "CampaignResponseRecorded",
            "kind",
            self.kind,
        );
    }
}

impl Check for v1::CampaignMemberSelected {
    fn check(&self, c: &mut Checker) {
        c.name_required("campaign_id", &self.campaign_id);
        c.choice_required::<v1::campaign_member_selected::Group>(
            "CampaignMemberSelected",
            "group",
            self.group,
        );
    }
}

impl Check for v1::StockCounted {
    fn check(&self, c: &mut Checker) {
        c.name_required("product", &self.product);
        c.name("category", &self.category);
        c.decimal_required("quantity", &self.quantity);
        let negative = self.quantity.parse::<Decimal>().is_ok_and(|quantity| quantity.units < 0);
        c.require("quantity", !negative, || format!("expected no negative number, found {}", self.quantity));
        c.money("value", self.value.as_ref());
    }
}
