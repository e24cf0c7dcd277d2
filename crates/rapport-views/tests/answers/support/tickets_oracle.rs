//! Tickets computed again: each question is asked of a ticket's whole list of steps.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    definition, time,
    v1::{self, payload::Kind, tickets_request::By},
};
use rapport_views::model::Tickets;

use super::{
    HOUR,
    acting::Acting,
    checks,
    company::{Company, Happened, department},
    deliveries_said::{difference, mean, responses},
    exact::product_limit_median,
    funnel_oracle::{count, rate},
    proto,
    tickets_promised::{Held, Work, fault, held},
    tickets_world::{CALENDARS, LEVELS},
};

/// A ticket with all that happened to it, in order.
struct Ticket<'a> {
    id: &'a str,
    steps: Vec<&'a Happened>,
}

fn id(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::TicketOpened(one) => Some(&one.ticket_id),
        Kind::TicketStageChanged(one) => Some(&one.ticket_id),
        Kind::TicketResponded(one) => Some(&one.ticket_id),
        Kind::TicketResolved(one) => Some(&one.ticket_id),
        Kind::TicketReopened(one) => Some(&one.ticket_id),
        _ => None,
    }
}

fn said<'a>(mut texts: impl Iterator<Item = &'a str>) -> &'a str {
    texts.find(|text| !text.is_empty()).unwrap_or("")
}

/// The customer that an event names first.
fn said_first<'a>(ticket: &Ticket<'a>) -> &'a str {
    said(ticket.steps.iter().map(|step| step.customer.as_str()))
}

impl<'a> Ticket<'a> {
    fn opening(&self) -> Option<(usize, &'a v1::TicketOpened)> {
        self.steps.iter().enumerate().find_map(|(nth, step)| match &step.kind {
            Kind::TicketOpened(says) => Some((nth, says)),
            _ => None,
        })
    }

    fn opened(&self) -> Timestamp {
        self.steps[self.opening().map_or(0, |(nth, _)| nth)].at
    }

    /// Whether a step opens the ticket if it is solved.
    fn opens(&self, nth: usize) -> bool {
        match &self.steps[nth].kind {
            Kind::TicketReopened(_) => true,
            Kind::TicketOpened(_) => self.opening().is_some_and(|(first, _)| first != nth),
            _ => false,
        }
    }

    fn solutions(&self) -> Vec<usize> {
        let is_one = |nth: &usize| matches!(self.steps[*nth].kind, Kind::TicketResolved(_));
        (0..self.steps.len()).filter(is_one).collect()
    }

    fn solution(&self) -> Option<(&'a Happened, &'a v1::TicketResolved)> {
        let last = *self.solutions().last()?;
        if (last..self.steps.len()).any(|nth| self.opens(nth)) {
            return None;
        }
        match &self.steps[last].kind {
            Kind::TicketResolved(says) => Some((self.steps[last], says)),
            _ => None,
        }
    }

    fn is_reopened(&self) -> bool {
        let is_solved_before = |nth: usize| {
            let before =
                (0..nth).rev().find(|earlier| self.opens(*earlier) || self.solutions().contains(earlier));
            before.is_some_and(|earlier| self.solutions().contains(&earlier))
        };
        (0..self.steps.len())
            .filter(|nth| self.opens(*nth))
            .any(|nth| matches!(self.steps[nth].kind, Kind::TicketReopened(_)) || is_solved_before(nth))
    }

    fn responded(&self) -> Option<Timestamp> {
        let responses = self.steps.iter().filter(|step| matches!(step.kind, Kind::TicketResponded(_)));
        responses.map(|step| step.at).next()
    }

    /// When nobody waited for a first response any more.
    fn waited(&self) -> Option<Timestamp> {
        let solved = self.solutions().first().map(|nth| self.steps[*nth].at);
        self.responded().into_iter().chain(solved).min()
    }

    fn word(&self, by: By) -> &'a str {
        let opening = self.opening().map(|(_, says)| says);
        let back = || self.steps.iter().rev();
        match by {
            By::Unspecified | By::None => "",
            By::Kind => opening.map_or("", |says| {
                ["request", "request", "complaint", "defect", "advice"][says.kind as usize]
            }),
            By::Priority => opening.map_or("", |says| &says.priority),
            By::Product => opening.map_or("", |says| &says.product),
            By::Tier => opening.map_or("", |says| &says.tier),
            By::Topic => opening.map_or("", |says| &says.topic),
            By::Stage => said(back().map(|step| match &step.kind {
                Kind::TicketStageChanged(says) => says.to.as_str(),
                _ => "",
            })),
            By::Department => said(back().map(|step| department(step.actor, step.branch))),
            By::Staff => said(back().map(|step| step.actor)),
            By::Branch => said(back().map(|step| step.branch)),
            By::Channel => said(self.steps.iter().map(|step| step.channel)),
            By::Cause => self.solution().map_or("", |(_, says)| {
                ["", "human", "procedure", "organisation", "product"][says.cause as usize]
            }),
        }
    }

    fn pushes(&self, by_staff: bool) -> Option<usize> {
        let who = |step: &&Happened| if by_staff { step.actor } else { department(step.actor, step.branch) };
        let mut hands: Vec<&str> = self.steps.iter().map(who).filter(|who| !who.is_empty()).collect();
        let any = !hands.is_empty();
        hands.dedup();
        any.then(|| hands.len() - 1)
    }
}

/// What is asked, and what holds.
struct Asked<'a> {
    request: &'a v1::TicketsRequest,
    until: Timestamp,
    window: (Timestamp, Timestamp),
    levels: Held,
    calendars: Held,
    says_first_contact: bool,
}

impl Asked<'_> {
    fn level(&self, ticket: &Ticket<'_>) -> Option<usize> {
        self.levels.holds.get(ticket.word(By::Tier)).map(|(_, body)| *body)
    }

    /// The code of the calendar that a ticket's tier names, and of the one that holds for it.
    fn calendar(&self, ticket: &Ticket<'_>) -> [&'static str; 2] {
        let named = self.level(ticket).map_or("default", |body| LEVELS[body].1);
        [named, if self.calendars.holds.contains_key(named) { named } else { "default" }]
    }

    fn work(&self, ticket: &Ticket<'_>) -> Work {
        Work::of(self.calendars.holds.get(self.calendar(ticket)[1]).map(|(_, body)| *body))
    }

    /// When the first response and the solution are due.
    fn dues(&self, ticket: &Ticket<'_>) -> [Option<Timestamp>; 2] {
        let minutes = self.level(ticket).map_or([None, None], |body| [LEVELS[body].2, LEVELS[body].3]);
        minutes.map(|minutes| minutes.map(|minutes| self.work(ticket).after(ticket.opened(), minutes)))
    }

    /// What became of the two promises: 0 kept, 1 broken, 2 pending, 3 not promised.
    fn became(&self, ticket: &Ticket<'_>) -> [usize; 2] {
        let became = |due: Option<Timestamp>, done: Option<Timestamp>| match due {
            None => 3,
            Some(due) if done.unwrap_or(self.until) > due => 1,
            Some(_) if done.is_none() => 2,
            Some(_) => 0,
        };
        let [first, last] = self.dues(ticket);
        [became(first, ticket.waited()), became(last, ticket.solution().map(|(step, _)| step.at))]
    }

    fn is_within(&self, moment: Timestamp) -> bool {
        self.window.0 <= moment && moment < self.window.1
    }

    fn is_resolved(&self, ticket: &Ticket<'_>) -> bool {
        ticket.solution().is_some_and(|(step, _)| self.is_within(step.at))
    }

    fn is_counted(&self, ticket: &Ticket<'_>) -> bool {
        ticket.solution().is_none() || self.is_within(ticket.opened()) || self.is_resolved(ticket)
    }

    fn times(
        &self,
        all: &[&&Ticket<'_>],
        ends: impl Fn(&Ticket<'_>) -> (Option<Timestamp>, bool),
    ) -> v1::TicketTimes {
        let took = |ticket: &&&Ticket<'_>| {
            let (end, is_over) = ends(ticket);
            let (from, to) = (ticket.opened(), end.unwrap_or(self.until));
            let elapsed = (to.as_micros() - from.as_micros()).max(0);
            ((elapsed, is_over), (self.work(ticket).between(from, to), is_over))
        };
        let (elapsed, working): (Vec<_>, Vec<_>) = all.iter().map(took).unzip();
        let ended = elapsed.iter().filter(|(_, is_over)| *is_over).count();
        v1::TicketTimes {
            ended: count(ended),
            censored: count(elapsed.len() - ended),
            median: product_limit_median(&elapsed).map(time::duration_to_proto),
            median_working: product_limit_median(&working).map(time::duration_to_proto),
        }
    }

    fn promises(&self, all: &[&&Ticket<'_>], which: usize) -> v1::TicketPromises {
        let of = |state| all.iter().filter(|ticket| self.became(ticket)[which] == state).count();
        v1::TicketPromises {
            kept: count(of(0)),
            breached: count(of(1)),
            pending: count(of(2)),
            not_promised: count(of(3)),
            share_kept: rate(of(0), of(0) + of(1)),
        }
    }

    fn group(&self, key: &str, all: &[&Ticket<'_>]) -> v1::TicketGroup {
        let open: Vec<_> = all.iter().filter(|ticket| ticket.solution().is_none()).collect();
        let opened: Vec<_> = all.iter().filter(|ticket| self.is_within(ticket.opened())).collect();
        let resolved: Vec<_> = all.iter().filter(|ticket| self.is_resolved(ticket)).collect();
        let pushes = |ticket: &&&Ticket<'_>| ticket.pushes(self.request.pushed == 2);
        let pushes: Vec<usize> = opened.iter().filter_map(pushes).collect();
        let above = self.request.pushed_above.unwrap_or(1) as usize;
        let at_once = resolved.iter().filter(|ticket| ticket.solution().unwrap().1.first_contact).count();
        let waited = |ticket: &Ticket<'_>| {
            (ticket.waited(), ticket.responded().is_some() && ticket.waited() == ticket.responded())
        };
        let solved =
            |ticket: &Ticket<'_>| (ticket.solution().map(|(step, _)| step.at), ticket.solution().is_some());
        v1::TicketGroup {
            key: key.to_owned(),
            open: count(open.len()),
            open_breached: count(open.iter().filter(|ticket| self.became(ticket).contains(&1)).count()),
            opened: count(opened.len()),
            resolved: count(resolved.len()),
            reopened: count(opened.iter().filter(|ticket| ticket.is_reopened()).count()),
            pushed: count(pushes.iter().filter(|pushes| **pushes > above).count()),
            mean_pushes: rate(pushes.iter().sum(), pushes.len()),
            mean_pushes_n: pushes.len() as u64,
            first_response: Some(self.times(&opened, waited)),
            resolution: Some(self.times(&opened, solved)),
            first_response_promise: Some(self.promises(&opened, 0)),
            resolution_promise: Some(self.promises(&opened, 1)),
            first_contact: count(at_once),
            share_first_contact: rate(at_once, resolved.len()).filter(|_| self.says_first_contact),
            defects: None,
        }
    }

    /// Of a group by product; what was sold is asked of every line of every order.
    fn defects(&self, happened: &[Happened], product: &str, all: &[&Ticket<'_>]) -> v1::TicketDefects {
        let defects = all
            .iter()
            .filter(|ticket| self.is_within(ticket.opened()) && ticket.word(By::Kind) == "defect")
            .count();
        let request = self.request;
        let others = [&request.priority, &request.tier, &request.topic, &request.department, &request.staff];
        let is_filtered = others.iter().any(|word| word.is_some())
            || request.kind.as_ref().is_some_and(|kind| kind != "defect");
        let is_order = |one: &Happened| match &one.kind {
            Kind::OrderPlaced(_) => true,
            Kind::OrderChanged(change) => change.op == 1 || !change.lines.is_empty(),
            _ => false,
        };
        let is_known = !product.is_empty() && !is_filtered && happened.iter().any(is_order);
        let is_cancelled = |id: &str| {
            happened
                .iter()
                .any(|one| matches!(&one.kind, Kind::OrderChanged(of) if of.op == 1 && of.order_id == id))
        };
        let lines = happened.iter().filter(|one| self.is_within(one.at)).flat_map(|one| match &one.kind {
            Kind::OrderPlaced(order) if !is_cancelled(&order.order_id) => order.lines.as_slice(),
            Kind::OrderChanged(of) if of.op != 1 && !is_cancelled(&of.order_id) => of.lines.as_slice(),
            _ => &[],
        });
        let pieces: f64 = lines
            .filter(|line| line.product == product)
            .map(|line| line.quantity.parse::<f64>().unwrap_or(0.0))
            .sum();
        v1::TicketDefects {
            defects: count(defects),
            sold_milli: is_known.then_some((pieces * 1_000.0) as i64),
            per_hundred: (is_known && pieces > 0.0).then(|| 100.0 * defects as f64 / pieces),
        }
    }

    /// After kept promises and after broken ones.
    fn satisfaction(&self, company: &Company, all: &[&Ticket<'_>]) -> v1::TicketSatisfaction {
        let (happened, acting) = (company.happened(), Acting::of(company));
        let (word, said) = responses(&happened, &[(3, "ces"), (2, "csat"), (1, "nps")]);
        let mut values = [Vec::new(), Vec::new()];
        for ticket in all.iter().filter(|ticket| self.is_resolved(ticket)) {
            let decided = self.became(ticket).into_iter().rev().find(|state| *state < 2);
            let solved = ticket.solution().unwrap().0.at.as_micros();
            let customer = said_first(ticket);
            let last = said.iter().rev().find(|(one, _)| {
                let hours = (one.at.as_micros() - solved) as f64 / HOUR as f64;
                !customer.is_empty() && acting.counts_for(customer, one) && (0.0..=720.0).contains(&hours)
            });
            if let (Some(state), Some((_, value))) = (decided, last) {
                values[state].push(*value);
            }
        }
        let [kept, broken] = values;
        let compared = difference(&kept, &broken);
        v1::TicketSatisfaction {
            instrument: word.to_owned(),
            kept: count(kept.len()),
            kept_mean: mean(&kept),
            broken: count(broken.len()),
            broken_mean: mean(&broken),
            difference: compared.map(|(difference, _, _)| difference),
            low: compared.map(|(_, low, _)| low),
            high: compared.map(|(_, _, high)| high),
        }
    }

    fn causes(&self, all: &[&Ticket<'_>]) -> (Vec<v1::TicketCauseShare>, Option<v1::Figure>) {
        let causes: Vec<&str> = all
            .iter()
            .filter(|ticket| self.is_resolved(ticket))
            .map(|ticket| ticket.word(By::Cause))
            .collect();
        let of = |cause: &str| causes.iter().filter(|one| **one == cause).count();
        let (without, named) = (of(""), causes.len() - of(""));
        let mut words: Vec<&str> = causes.iter().copied().filter(|cause| !cause.is_empty()).collect();
        words.sort_by_key(|cause| (usize::MAX - of(cause), *cause));
        words.dedup();
        let row = |nth: usize| v1::TicketCauseShare {
            cause: words[nth].to_owned(),
            tickets: count(of(words[nth])),
            share: rate(of(words[nth]), named).unwrap(),
            cumulative_share: rate(words[..=nth].iter().map(|cause| of(cause)).sum(), named).unwrap(),
        };
        ((0..words.len()).map(row).collect(), count(without))
    }

    fn row(&self, ticket: &Ticket<'_>) -> v1::OpenTicket {
        let word = |by| ticket.word(by).to_owned();
        let done = [ticket.waited(), None];
        let due = self.dues(ticket).into_iter().zip(done).filter(|(_, done)| done.is_none());
        let customer = said_first(ticket);
        v1::OpenTicket {
            ticket: format!("ticket:{}", ticket.id),
            customer: if customer.is_empty() { String::new() } else { format!("party:{customer}") },
            kind: word(By::Kind),
            priority: word(By::Priority),
            product: word(By::Product),
            tier: word(By::Tier),
            stage: word(By::Stage),
            department: word(By::Department),
            staff: word(By::Staff),
            opened: proto(ticket.opened()),
            age: Some(time::duration_to_proto(self.until.as_micros() - ticket.opened().as_micros())),
            due: due.filter_map(|(due, _)| due).min().and_then(proto),
            breached: self.became(ticket).contains(&1),
        }
    }

    /// What holds for these tickets.
    fn meta(&self, meta: v1::ViewMeta, all: &[&Ticket<'_>]) -> v1::ViewMeta {
        let tiers: BTreeSet<&str> = all.iter().map(|ticket| ticket.word(By::Tier)).collect();
        let named: BTreeSet<&str> = all.iter().flat_map(|ticket| self.calendar(ticket)).collect();
        let hold: BTreeSet<&str> = all.iter().map(|ticket| self.calendar(ticket)[1]).collect();
        let used = |kind: &str, (code, (version, _)): (&String, &(u32, usize))| v1::DefinitionUse {
            kind: kind.to_owned(),
            code: code.clone(),
            version: *version,
        };
        let levels = self.levels.holds.iter().filter(|(code, _)| tiers.contains(code.as_str()));
        let calendars = self.calendars.holds.iter().filter(|(code, _)| hold.contains(code.as_str()));
        let unread = self.levels.unreadable.iter().filter(|one| tiers.contains(one.code.as_str()));
        let other = self.calendars.unreadable.iter().filter(|one| named.contains(one.code.as_str()));
        v1::ViewMeta {
            definitions: levels
                .map(|one| used("service_level", one))
                .chain(calendars.map(|one| used("calendar", one)))
                .collect(),
            definitions_unreadable: unread.chain(other).cloned().collect(),
            ..meta
        }
    }
}

fn is_wanted(ticket: &Ticket<'_>, request: &v1::TicketsRequest) -> bool {
    let asked = [
        (By::Kind, &request.kind),
        (By::Priority, &request.priority),
        (By::Product, &request.product),
        (By::Tier, &request.tier),
        (By::Topic, &request.topic),
        (By::Department, &request.department),
        (By::Staff, &request.staff),
    ];
    asked.into_iter().all(|(by, word)| word.as_ref().is_none_or(|word| ticket.word(by) == word))
}

pub(crate) fn answer(company: &Company, request: &v1::TicketsRequest) -> v1::TicketsResponse {
    let happened = company.happened();
    let mut by_id: BTreeMap<&str, Vec<&Happened>> = BTreeMap::new();
    for one in &happened {
        by_id.entry(id(&one.kind).unwrap_or("")).or_default().push(one);
    }
    by_id.remove("");
    let tickets: Vec<Ticket<'_>> = by_id.into_iter().map(|(id, steps)| Ticket { id, steps }).collect();
    let all: Vec<&Ticket<'_>> = tickets.iter().filter(|ticket| is_wanted(ticket, request)).collect();
    let level_fault = fault(&definition::read::<v1::ServiceLevelDefinition>(LEVELS[4].0).unwrap_err());
    let calendar_fault = fault(&definition::read::<v1::CalendarDefinition>(CALENDARS[3].body).unwrap_err());
    let mut asked = Asked {
        request,
        until: company.as_of.occurred_until,
        window: checks::window(company, request.period_from.as_ref(), request.period_to.as_ref()),
        levels: held(&happened, "service_level", &LEVELS.map(|level| level.0), &level_fault),
        calendars: held(&happened, "calendar", &CALENDARS.each_ref().map(|one| one.body), &calendar_fault),
        says_first_contact: false,
    };
    let at_once =
        |ticket: &&&Ticket<'_>| asked.is_resolved(ticket) && ticket.solution().unwrap().1.first_contact;
    asked.says_first_contact = all.iter().filter(at_once).count() > 0;
    let by = By::try_from(request.by).unwrap();
    let mut keys: BTreeSet<&str> = all.iter().map(|ticket| ticket.word(by)).collect();
    if request.by < 2 {
        keys.clear();
    }
    let own = |key: &str| all.iter().copied().filter(|ticket| ticket.word(by) == key).collect::<Vec<_>>();
    let is_listed = |key: &&&str| own(key).into_iter().any(|ticket| asked.is_counted(ticket));
    let group = |key: &&str| v1::TicketGroup {
        defects: (by == By::Product).then(|| asked.defects(&happened, key, &own(key))),
        ..asked.group(key, &own(key))
    };
    let mut groups: Vec<_> = keys.iter().filter(is_listed).map(group).collect();
    let open = |group: &v1::TicketGroup| group.open.as_ref().unwrap().count;
    groups.sort_by(|a, b| open(b).cmp(&open(a)).then(a.key.cmp(&b.key)));
    let (causes, without_cause) = asked.causes(&all);
    let without_opening =
        all.iter().filter(|ticket| ticket.opening().is_none() && asked.is_counted(ticket)).count();
    let mut rows: Vec<_> = all.iter().copied().filter(|ticket| ticket.solution().is_none()).collect();
    rows.sort_by_key(|ticket| (ticket.opened(), ticket.id));
    v1::TicketsResponse {
        meta: Some(asked.meta(checks::meta(company), &all)),
        period_from: proto(asked.window.0),
        period_to: proto(asked.window.1),
        total: Some(asked.group("", &all)),
        without_opening: count(without_opening),
        groups_empty: (keys.len() - groups.len()) as u64,
        groups,
        causes,
        without_cause,
        satisfaction: Some(asked.satisfaction(company, &all)),
        rows: rows.into_iter().map(|ticket| asked.row(ticket)).collect(),
        ..v1::TicketsResponse::default()
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::TicketsRequest) -> v1::TicketsResponse {
    company.ask::<Tickets>(request, None, 0).unwrap().response
}
