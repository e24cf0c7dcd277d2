//! One customer made again: each part is asked of the whole list of what happened, thing by thing, and consent of each use
//! by itself, backwards in time. Classes are as lists have them, which have an oracle of their own.

mod consent;
mod others;
pub(crate) mod world;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::{Acting, is_two_way},
    checks::sum,
    company::{BEFORE, Company, Happened, hours},
    parts::{Did, From, midnight, parts, window, zoned},
    proto,
    retention_oracle::contracts,
};

/// A company, and who is asked about.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub company: Company,
    pub request: v1::CustomerRequest,
}

fn figure(count: usize) -> Option<v1::Figure> {
    Some(v1::Figure { count: count as u64, figure: String::new() })
}

/// What happened with one thing, in order.
type Events<'a> = Vec<&'a Happened>;

impl World {
    /// The id that stands for the customer.
    pub(crate) fn canonical(&self) -> String {
        self.company.stands_for()[&self.request.customer].clone()
    }

    /// All ids that are read as it.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        let canonical = self.canonical();
        self.company
            .stands_for()
            .into_iter()
            .filter(|(_, stands)| *stands == canonical)
            .map(|(id, _)| id)
            .collect()
    }

    fn happened(&self) -> Vec<Happened> {
        let canonical = self.canonical();
        self.company.happened().into_iter().filter(|one| one.customer == canonical).collect()
    }

    /// With who acts for it, if they are asked for.
    fn is_with(&self, acting: &Acting, one: &Happened) -> bool {
        let canonical = self.canonical();
        let is_contact = || acting.acts_for(&one.customer, &canonical);
        one.customer == canonical || (!self.request.without_contacts && is_contact())
    }

    /// What happened with the customer, and with who acts for it.
    fn said(&self) -> Vec<Happened> {
        let acting = Acting::of(&self.company);
        self.company.happened().into_iter().filter(|one| self.is_with(&acting, one)).collect()
    }

    /// Only what happened with the customer.
    fn alone(&self) -> Company {
        let own: BTreeSet<u64> = self.happened().iter().map(|one| one.position).collect();
        let mut alone = self.company.clone();
        for (position, told) in (1..).zip(&mut alone.told) {
            if !own.contains(&position) && !matches!(told.kind, Kind::PartyMerged(_) | Kind::PartyUnmerged(_))
            {
                told.corrected = Some((BEFORE, None));
            }
        }
        alone
    }

    fn until(&self) -> Timestamp {
        self.company.as_of.occurred_until
    }

    fn is_over(&self, day: &str) -> bool {
        day.parse::<Date>().is_ok_and(|day| midnight(day.tomorrow().unwrap()) <= self.until())
    }

    /// Without consents, classes and who it is.
    pub(crate) fn answer(&self) -> v1::CustomerResponse {
        let (happened, own) = (self.said(), self.happened());
        let nothing_happened = happened.is_empty() && own.is_empty();
        let mut answer = v1::CustomerResponse { nothing_happened, ..Default::default() };
        self.put_deals(&own, &mut answer);
        others::put_tickets(&happened, &mut answer);
        self.put_agreements(&happened, &mut answer);
        others::put_documents(&own, &mut answer);
        others::put_others(&happened, &mut answer);
        self.put_contracts(&own, &mut answer);
        self.put_purchases(&mut answer);
        answer.owners = self.owners(&own);
        answer.contact = Some(self.contact(&happened));
        answer.next_step = self.next_step(&answer, &own);
        answer
    }

    fn put_deals(&self, happened: &[Happened], answer: &mut v1::CustomerResponse) {
        for (id, events) in by_id(happened, deal_of) {
            let mut order = events.clone();
            let began = order.first().unwrap().at;
            if let Some(opening) = order.iter().position(|one| matches!(one.kind, Kind::DealOpened(_))) {
                let opening = order.remove(opening);
                order.insert(0, opening);
            }
            let status = |one: &&&Happened| !matches!(one.kind, Kind::DealTermsChanged(_));
            let last = order.iter().rev().find(status);
            if last.is_some_and(|one| matches!(one.kind, Kind::DealWon(_) | Kind::DealLost(_))) {
                continue;
            }
            let said = |of: &dyn Fn(&Kind) -> Option<String>| {
                order
                    .iter()
                    .rev()
                    .find_map(|one| of(&one.kind).filter(|said| !said.is_empty()))
                    .unwrap_or_default()
            };
            let mut stage = String::new();
            for one in &order {
                match &one.kind {
                    Kind::DealOpened(one) => stage.clone_from(&one.stage),
                    Kind::DealStageChanged(one) => stage.clone_from(&one.to),
                    Kind::DealLost(one) if stage.is_empty() => stage.clone_from(&one.at_stage),
                    _ => {}
                }
            }
            let opening = order.iter().rev().find_map(|one| match &one.kind {
                Kind::DealOpened(one) => Some(one.pipeline.clone()),
                _ => None,
            });
            let pipeline = opening.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
            let amount = order.iter().rev().find_map(|one| match &one.kind {
                Kind::DealOpened(one) => one.amount.clone(),
                Kind::DealTermsChanged(one) => one.amount.clone(),
                Kind::DealWon(one) => one.amount.clone(),
                _ => None,
            });
            let (first, last) = (order.first().unwrap(), order.last().unwrap());
            let changed = if order.len() == 1 { began } else { last.at };
            answer.deals.push(v1::CustomerDeal {
                deal: format!("deal:{id}"),
                pipeline,
                stage,
                amount,
                opened: proto(began.min(first.at)),
                changed: proto(changed),
                expected_close: said(&|kind| match kind {
                    Kind::DealOpened(one) => Some(one.expected_close.clone()),
                    Kind::DealTermsChanged(one) => Some(one.expected_close.clone()),
                    _ => None,
                }),
                position: last.position,
            });
        }
        answer.open_deals = figure(answer.deals.len());
    }

    fn put_agreements(&self, happened: &[Happened], answer: &mut v1::CustomerResponse) {
        let agreement = |kind: &Kind| match kind {
            Kind::AgreementRecorded(one) => Some(one.clone()),
            _ => None,
        };
        let replaced: BTreeSet<String> =
            happened.iter().filter_map(|one| agreement(&one.kind)).map(|one| one.supersedes).collect();
        for (id, events) in by_id(happened, |kind| agreement(kind).map(|one| one.agreement_id)) {
            let last = events.last().unwrap();
            if agreement(&last.kind).unwrap().status != 1 || replaced.contains(&id) {
                continue;
            }
            let said = |of: &dyn Fn(v1::AgreementRecorded) -> String| {
                let all = events.iter().rev().map(|one| of(agreement(&one.kind).unwrap()));
                all.into_iter().find(|said| !said.is_empty()).unwrap_or_default()
            };
            let due = said(&|one| one.due);
            answer.agreements.push(v1::CustomerAgreement {
                agreement: format!("agreement:{id}"),
                what: said(&|one| one.personal.unwrap().what),
                is_overdue: self.is_over(&due),
                due,
                made: proto(events[0].at),
                position: last.position,
                party: events[0].customer.clone(),
            });
        }
        answer.open_agreements = figure(answer.agreements.len());
        answer.overdue_agreements = figure(answer.agreements.iter().filter(|one| one.is_overdue).count());
    }

    fn put_contracts(&self, happened: &[Happened], answer: &mut v1::CustomerResponse) {
        let contract = |kind: &Kind| match kind {
            Kind::ContractChanged(one) => Some(one.clone()),
            _ => None,
        };
        for (id, events) in by_id(happened, |kind| contract(kind).map(|one| one.contract_id)) {
            let said: Vec<_> = events
                .iter()
                .map(|one| (one.at.as_micros(), String::new(), contract(&one.kind).unwrap()))
                .collect();
            let now = self.until().as_micros();
            let Some((from, to)) =
                contracts::terms(&said).into_iter().find(|(from, to)| (*from..*to).contains(&now))
            else {
                continue;
            };
            let last = Timestamp::from_micros(to.saturating_sub(1));
            answer.contracts.push(v1::CustomerContract {
                contract: format!("contract:{id}"),
                begins: proto(Timestamp::from_micros(from)),
                last_day: if to == i64::MAX { String::new() } else { zoned(last).date().to_string() },
                value: said.iter().rev().find_map(|(_, _, one)| one.value.clone()),
                position: events.last().unwrap().position,
            });
        }
        answer.contracts_in_force = figure(answer.contracts.len());
    }

    fn put_purchases(&self, answer: &mut v1::CustomerResponse) {
        let (from, to) = window(&self.company, None, None);
        let (source, parts) = parts(&self.alone(), self.request.purchases_from);
        answer.purchases_from = if source == From::Orders { 1 } else { 2 };
        answer.year_from = proto(from);
        let valid = || parts.iter().filter(|part| !part.is_cancelled && !part.customer.is_empty());
        let currencies: BTreeSet<&String> = valid().map(|part| &part.currency).collect();
        for currency in currencies {
            let of = || valid().filter(|part| part.currency == *currency);
            let year = || of().filter(|part| part.at >= from && part.at < to);
            let value = |net: i64| if currency.is_empty() { None } else { sum(net.into()) };
            let ids = |all: &mut dyn Iterator<Item = &super::parts::Part>| {
                all.filter(|part| part.did == Did::Bought)
                    .map(|part| part.id.clone())
                    .collect::<BTreeSet<_>>()
                    .len()
            };
            answer.purchases.push(v1::CustomerPurchases {
                currency: currency.clone(),
                in_year: figure(ids(&mut year())),
                in_year_value: value(year().map(|part| part.net).sum()),
                ever: figure(ids(&mut of())),
                ever_value: value(of().map(|part| part.net).sum()),
                last: of().filter(|part| part.did == Did::Bought).map(|part| part.at).max().and_then(proto),
            });
        }
    }

    fn owners(&self, happened: &[Happened]) -> Vec<v1::CustomerOwner> {
        let ids = self.ids();
        let mut owners = BTreeMap::new();
        for one in happened {
            let Kind::OwnerAssigned(assigned) = &one.kind else { continue };
            if ids.contains(assigned.object.trim_start_matches("party:")) {
                let owner = v1::CustomerOwner {
                    role: assigned.role.clone(),
                    staff: assigned.to.clone(),
                    since: proto(one.at),
                    position: one.position,
                };
                owners.insert(assigned.role.clone(), owner);
            }
        }
        owners.into_values().collect()
    }

    fn contact(&self, happened: &[Happened]) -> v1::CustomerContact {
        let met: Vec<&Happened> = happened.iter().filter(|one| is_two_way(&one.kind)).collect();
        let days: BTreeSet<Date> = met.iter().map(|one| zoned(one.at).date()).collect();
        let days: Vec<Date> = days.into_iter().collect();
        let mut gaps: Vec<i32> =
            days.windows(2).map(|two| two[0].until(two[1]).unwrap().get_days()).collect();
        gaps.sort_unstable();
        let middle = gaps.len() / 2;
        let usual = (gaps.len() >= 3).then(|| {
            if gaps.len() % 2 == 1 {
                f64::from(gaps[middle])
            } else {
                f64::from(gaps[middle - 1] + gaps[middle]) / 2.0
            }
        });
        let silence = days.last().map(|last| last.until(zoned(self.until()).date()).unwrap().get_days());
        v1::CustomerContact {
            contacts: figure(met.len()),
            last: met.last().and_then(|one| proto(one.at)),
            silence_days: silence.map(|days| days as u64),
            gaps: gaps.len() as u64,
            usual_gap_days: usual,
            is_longer_than_usual: usual.zip(silence).map(|(usual, silence)| f64::from(silence) > 2.0 * usual),
            party: met.last().map(|one| one.customer.clone()).unwrap_or_default(),
            strength: (!met.is_empty()).then(|| {
                let days = |at: Timestamp| {
                    (self.until().as_micros() - at.as_micros()) as f64 / (24.0 * 3_600.0 * 1e6)
                };
                met.iter().map(|one| 0.5_f64.powf(days(one.at) / 180.0)).sum()
            }),
        }
    }

    fn next_step(
        &self,
        answer: &v1::CustomerResponse,
        happened: &[Happened],
    ) -> Option<v1::CustomerNextStep> {
        let id = |tag: &str| tag.split_once(':').unwrap().1.to_owned();
        let mut steps: Vec<(String, u8, String, u64, String)> = Vec::new();
        for one in &answer.agreements {
            steps.push((one.due.clone(), 0, id(&one.agreement), one.position, one.party.clone()));
        }
        for one in &answer.deals {
            // The event that says the day is the last of the deal that does, but for the one that opened it first.
            let says = |happened: &&Happened| match &happened.kind {
                Kind::DealOpened(opened) => opened.expected_close == one.expected_close,
                Kind::DealTermsChanged(terms) => terms.expected_close == one.expected_close,
                _ => false,
            };
            let events: Vec<&Happened> =
                happened.iter().filter(|event| deal_of(&event.kind) == Some(id(&one.deal))).collect();
            let first =
                events.iter().find(|one| matches!(one.kind, Kind::DealOpened(_))).map(|one| one.position);
            let later = events.iter().copied().filter(says).rfind(|one| Some(one.position) != first);
            let position = later.map(|one| one.position).or(first).unwrap_or_default();
            steps.push((one.expected_close.clone(), 2, id(&one.deal), position, self.canonical()));
        }
        for one in &answer.contracts {
            steps.push((one.last_day.clone(), 3, id(&one.contract), one.position, self.canonical()));
        }
        // Who is who is asked as of T, and the meeting lies after it.
        let (stands_for, acting) = (self.company.stands_for(), Acting::of(&self.company));
        let mut whenever = self.company.clone();
        whenever.as_of.occurred_until = hours(24 * 10_000);
        let planned = whenever.happened().into_iter().find_map(|one| {
            let is_planned = matches!(&one.kind, Kind::TouchMeetingHeld(meeting) if meeting.status == 1);
            let one = Happened { customer: stands_for[&one.recorded_under].clone(), ..one };
            (is_planned && one.at > self.until() && self.is_with(&acting, &one)).then_some(one)
        });
        if let Some(planned) = planned {
            let day = zoned(planned.at).date().to_string();
            steps.push((day, 1, String::new(), planned.position, planned.customer));
        }
        steps.retain(|(day, ..)| !day.is_empty());
        steps.sort();
        let (due, what, id, position, party) = steps.into_iter().next()?;
        let kind = ["agreement", "meeting", "deal", "contract"][usize::from(what)].to_owned();
        Some(v1::CustomerNextStep { kind, id, is_overdue: self.is_over(&due), due, position, party })
    }
}

fn by_id<'a>(happened: &'a [Happened], id: impl Fn(&Kind) -> Option<String>) -> BTreeMap<String, Events<'a>> {
    let mut all: BTreeMap<String, Events<'a>> = BTreeMap::new();
    for one in happened {
        if let Some(id) = id(&one.kind) {
            all.entry(id).or_default().push(one);
        }
    }
    all
}

fn deal_of(kind: &Kind) -> Option<String> {
    match kind {
        Kind::DealOpened(one) => Some(one.deal_id.clone()),
        Kind::DealStageChanged(one) => Some(one.deal_id.clone()),
        Kind::DealTermsChanged(one) => Some(one.deal_id.clone()),
        Kind::DealWon(one) => Some(one.deal_id.clone()),
        Kind::DealLost(one) => Some(one.deal_id.clone()),
        _ => None,
    }
}
