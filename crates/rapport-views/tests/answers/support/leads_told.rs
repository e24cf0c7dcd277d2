//! Leads as the events tell them: whose each step is, and what is known of each lead.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::v1::{lead_qualified, payload::Kind};

use super::company::{Company, Happened};

/// One lead with its steps by (when, position).
#[derive(Debug, Clone)]
pub(super) struct Lead {
    /// `party:…`, a tag, or `event:…`.
    pub(super) who: String,
    pub(super) steps: Vec<Happened>,
    /// What its deals are; empty without one.
    pub(super) outcome: &'static str,
    /// Who owns it, if anybody was ever assigned.
    owner: Option<&'static str>,
}

/// What a step is: `None` of what is none.
fn step(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::ContactPointCaptured(_) => Some("captured"),
        Kind::LeadOpened(_) => Some("opened"),
        Kind::LeadQualified(verdict) => match verdict.result() {
            lead_qualified::Result::Accepted => Some("accepted"),
            lead_qualified::Result::Rejected => Some("rejected"),
            lead_qualified::Result::Unspecified => None,
        },
        Kind::LeadConverted(_) => Some("converted"),
        _ => None,
    }
}

/// The tag by which a step belongs to others.
fn tag(one: &Happened) -> String {
    let deal = match &one.kind {
        Kind::LeadConverted(converted) if !converted.deal_id.is_empty() => {
            format!("deal:{}", converted.deal_id)
        }
        _ => String::new(),
    };
    let tag = one.tags.first().cloned().unwrap_or_default();
    if tag.starts_with("lead:") || deal.is_empty() { tag } else { deal }
}

fn whose(all: &[Happened], one: &Happened) -> Option<String> {
    if !one.customer.is_empty() {
        return Some(format!("party:{}", one.customer));
    }
    let own = tag(one);
    if own.is_empty() {
        let begins = matches!(step(&one.kind), Some("captured" | "opened"));
        return begins.then(|| format!("event:{}", one.position));
    }
    let same = all.iter().filter(|other| !other.customer.is_empty() && tag(other) == own);
    let first = same.min_by_key(|other| other.position);
    Some(first.map_or(own, |other| format!("party:{}", other.customer)))
}

/// Every lead, by its first event in the log, and the events of no lead.
pub(super) fn leads(company: &Company) -> (Vec<Lead>, Vec<Happened>) {
    let happened = company.happened();
    let steps: Vec<Happened> = happened.iter().filter(|one| step(&one.kind).is_some()).cloned().collect();
    let mut found: BTreeMap<String, Vec<Happened>> = BTreeMap::new();
    let mut left_out = Vec::new();
    for one in &steps {
        match whose(&steps, one) {
            Some(who) => found.entry(who).or_default().push(one.clone()),
            None => left_out.push(one.clone()),
        }
    }
    let owner = |steps: &[Happened]| {
        let mut assigned = happened.iter().filter_map(|one| match &one.kind {
            Kind::OwnerAssigned(of) if of.object.starts_with("lead:") => {
                Some((of.object.clone(), of.to.clone()))
            }
            _ => None,
        });
        let last = assigned.rfind(|(object, _)| steps.iter().any(|one| tag(one) == *object))?;
        ["anna", "karlis"].into_iter().find(|known| *known == last.1)
    };
    let mut leads: Vec<Lead> = found
        .into_iter()
        .map(|(who, steps)| Lead { owner: owner(&steps), who, steps, outcome: "" })
        .collect();
    for lead in &mut leads {
        lead.outcome = outcome(&lead.became().0, &happened);
    }
    leads.sort_by_key(|lead| lead.steps.iter().map(|one| one.position).min());
    (leads, left_out)
}

impl Lead {
    pub(super) fn all<'a>(&'a self, wanted: &'a [&str]) -> impl DoubleEndedIterator<Item = &'a Happened> {
        self.steps.iter().filter(move |one| step(&one.kind).is_some_and(|step| wanted.contains(&step)))
    }

    /// The first time of any of these steps.
    pub(super) fn first(&self, wanted: &[&str]) -> Option<Timestamp> {
        self.all(wanted).next().map(|one| one.at)
    }

    pub(super) fn is_traceable(&self) -> bool {
        !self.who.starts_with("event:")
    }

    /// `party:…` or empty.
    pub(super) fn customer(&self) -> String {
        if self.who.starts_with("party:") { self.who.clone() } else { String::new() }
    }

    pub(super) fn state(&self) -> &'static str {
        if self.first(&["converted"]).is_some() {
            return "converted";
        }
        self.all(&["accepted", "rejected"]).next_back().and_then(|one| step(&one.kind)).unwrap_or("opened")
    }

    /// When it came into its state.
    pub(super) fn since(&self) -> Option<Timestamp> {
        match self.state() {
            "converted" => self.first(&["converted"]),
            "opened" => self.first(&["opened"]),
            _ => self.all(&["accepted", "rejected"]).next_back().map(|one| one.at),
        }
    }

    /// What a field of `lead.opened` says first.
    pub(super) fn said(&self, field: &str) -> String {
        let opened = self.all(&["opened"]).filter_map(|one| match (&one.kind, field) {
            (Kind::LeadOpened(opened), "origin") => Some(&opened.source_channel),
            (Kind::LeadOpened(opened), "campaign") => Some(&opened.campaign_id),
            (Kind::LeadOpened(opened), "landing") => Some(&opened.landing),
            (Kind::LeadOpened(opened), "interest") => Some(&opened.interest),
            _ => None,
        });
        let captured = self.all(&["captured"]).filter_map(|one| match (&one.kind, field) {
            (Kind::ContactPointCaptured(captured), "origin") => Some(&captured.where_found),
            _ => None,
        });
        opened.chain(captured).find(|said| !said.is_empty()).cloned().unwrap_or_default()
    }

    fn begin(&self) -> &Happened {
        self.all(&["opened"]).next().or(self.all(&["captured"]).next()).unwrap_or(&self.steps[0])
    }

    pub(super) fn staff(&self) -> String {
        self.owner.unwrap_or(self.begin().actor).to_owned()
    }

    pub(super) fn branch(&self) -> String {
        self.begin().branch.to_owned()
    }

    /// The tag of the lead, else of a deal.
    pub(super) fn object(&self) -> String {
        let tags = || self.steps.iter().map(tag).filter(|tag| !tag.is_empty());
        tags().find(|tag| tag.starts_with("lead:")).or_else(|| tags().next()).unwrap_or_default()
    }

    /// The score that was said last, and the reason of the last verdict.
    pub(super) fn judged(&self) -> (Option<f64>, String) {
        let verdicts: Vec<_> = self
            .steps
            .iter()
            .filter_map(|one| match &one.kind {
                Kind::LeadQualified(verdict) if step(&one.kind).is_some() => Some(verdict),
                _ => None,
            })
            .collect();
        let reason = verdicts.last().map(|verdict| verdict.reason.clone());
        (verdicts.iter().rev().find_map(|verdict| verdict.score), reason.unwrap_or_default())
    }

    /// Whether any of its verdicts says who judged.
    pub(super) fn names_a_judge(&self) -> bool {
        self.all(&["accepted", "rejected"]).any(|one| !one.actor.is_empty())
    }

    /// The deals and orders of its conversions.
    pub(super) fn became(&self) -> (Vec<String>, Vec<String>) {
        let (mut deals, mut orders) = (Vec::new(), Vec::new());
        for one in self.all(&["converted"]) {
            let Kind::LeadConverted(converted) = &one.kind else { continue };
            deals.extend(Some(converted.deal_id.clone()).filter(|deal| !deal.is_empty()));
            orders.extend(Some(converted.order_id.clone()).filter(|order| !order.is_empty()));
        }
        (deals, orders)
    }
}

/// What the deals of a lead are; empty without one.
fn outcome(deals: &[String], happened: &[Happened]) -> &'static str {
    let last = |deal: &String| {
        let mut told = happened.iter().filter_map(|one| match &one.kind {
            Kind::DealOpened(of) if of.deal_id == *deal => Some("open"),
            Kind::DealStageChanged(of) if of.deal_id == *deal => Some("open"),
            Kind::DealWon(of) if of.deal_id == *deal => Some("won"),
            Kind::DealLost(of) if of.deal_id == *deal => Some("lost"),
            _ => None,
        });
        told.next_back()
    };
    let are: Vec<_> = deals.iter().filter_map(last).collect();
    if deals.is_empty() {
        return "";
    }
    ["won", "open", "lost"].into_iter().find(|one| are.contains(one)).unwrap_or("unknown")
}
