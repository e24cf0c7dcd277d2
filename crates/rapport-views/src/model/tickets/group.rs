//! Tickets that have something in common, counted and measured.

use rapport_proto::{time, v1};

use super::{
    measured::{Measured, Promise, Took},
    params::TicketsParams,
};
use crate::{
    model::figures::{Counted, Figures},
    stats::{
        kaplan_meier::{self, Stay},
        share,
    },
    table::Dictionary,
};

/// What figures of groups count, beside times and promises.
pub(super) const COUNTS: [&str; 7] =
    ["open", "open_breached", "opened", "resolved", "reopened", "pushed", "first_contact"];
/// What takes time, and is promised.
pub(super) const DONE: [&str; 2] = ["first_response", "resolution"];

/// As figures count it.
pub(super) fn thing(of: &Measured) -> Counted {
    Counted::named(Dictionary::Ticket, of.ticket.id)
}

/// The tickets of a group.
pub(super) struct Group<'a> {
    /// What the names of its figures begin with.
    pub(super) name: &'a [&'a str],
    pub(super) all: &'a [&'a Measured],
    pub(super) params: &'a TicketsParams,
    /// Whether any solution says that the first contact was enough.
    pub(super) says_first_contact: bool,
}

impl Group<'_> {
    /// Its message.
    pub(super) fn message(&self, key: &str, figures: &mut Figures) -> v1::TicketGroup {
        let opened: Vec<&Measured> =
            self.all.iter().copied().filter(|of| is_opened(of, self.params)).collect();
        let resolved: Vec<&Measured> =
            self.all.iter().copied().filter(|of| is_resolved(of, self.params)).collect();
        let open: Vec<&Measured> = self.all.iter().copied().filter(|of| of.ticket.is_open()).collect();
        let mut counted = |what, of: &[&Measured], counts: &dyn Fn(&Measured) -> bool| {
            self.count(figures, &[what], of, counts)
        };
        let (is_open, open_breached) =
            (counted("open", &open, &|_| true), counted("open_breached", &open, &Measured::is_breached));
        let (is_opened, is_resolved) =
            (counted("opened", &opened, &|_| true), counted("resolved", &resolved, &|_| true));
        let reopened = counted("reopened", &opened, &|of| of.ticket.reopened);
        let above = self.params.pushed_above;
        let pushed = counted("pushed", &opened, &|of| of.ticket.pushes.is_some_and(|pushes| pushes > above));
        let at_once = |of: &Measured| of.ticket.solution.is_some_and(|solution| solution.first_contact);
        let first_contact = counted("first_contact", &resolved, &at_once);
        let contacts = first_contact.as_ref().map_or(0, |figure| figure.count);
        let pushes: Vec<u32> = opened.iter().filter_map(|of| of.ticket.pushes).collect();
        let [first, last] = DONE;
        v1::TicketGroup {
            key: key.to_owned(),
            open: is_open,
            open_breached,
            opened: is_opened,
            resolved: is_resolved,
            reopened,
            pushed,
            mean_pushes: share(pushes.iter().copied().map(u64::from).sum(), pushes.len() as u64),
            mean_pushes_n: pushes.len() as u64,
            first_response: Some(self.times(first, &opened, |of| of.first_response, figures)),
            resolution: Some(self.times(last, &opened, |of| of.resolution, figures)),
            first_response_promise: Some(self.promises(
                first,
                &opened,
                |of| of.first_response_promise,
                figures,
            )),
            resolution_promise: Some(self.promises(last, &opened, |of| of.resolution_promise, figures)),
            first_contact,
            share_first_contact: share(contacts, resolved.len() as u64).filter(|_| self.says_first_contact),
            // Of products alone.
            defects: None,
        }
    }

    pub(super) fn count(
        &self,
        figures: &mut Figures,
        what: &[&str],
        of: &[&Measured],
        counts: impl Fn(&Measured) -> bool,
    ) -> Option<v1::Figure> {
        let counted: Vec<Counted> = of.iter().filter(|one| counts(one)).map(|one| thing(one)).collect();
        figures.count(&[self.name, what].concat(), counted.into_iter())
    }

    fn times(
        &self,
        what: &str,
        of: &[&Measured],
        took: fn(&Measured) -> Took,
        figures: &mut Figures,
    ) -> v1::TicketTimes {
        v1::TicketTimes {
            ended: self.count(figures, &[what, "ended"], of, |one| took(one).is_ended),
            censored: self.count(figures, &[what, "censored"], of, |one| !took(one).is_ended),
            median: median(of.iter().map(|one| took(one).elapsed)),
            median_working: median(of.iter().map(|one| took(one).working)),
        }
    }

    fn promises(
        &self,
        what: &str,
        of: &[&Measured],
        became: fn(&Measured) -> Promise,
        figures: &mut Figures,
    ) -> v1::TicketPromises {
        let [kept, breached, pending, not_promised] = Promise::ALL.map(|state| {
            let figure = self.count(figures, &[what, state.word()], of, |one| became(one) == state);
            figure.unwrap_or_default()
        });
        v1::TicketPromises {
            share_kept: share(kept.count, kept.count + breached.count),
            kept: Some(kept),
            breached: Some(breached),
            pending: Some(pending),
            not_promised: Some(not_promised),
        }
    }
}

/// Whether it is open, or was opened or resolved in the period.
pub(super) fn is_counted(of: &Measured, params: &TicketsParams) -> bool {
    of.ticket.is_open() || is_opened(of, params) || is_resolved(of, params)
}

pub(super) fn is_opened(of: &Measured, params: &TicketsParams) -> bool {
    params.window.contains(of.ticket.opened)
}

pub(super) fn is_resolved(of: &Measured, params: &TicketsParams) -> bool {
    of.ticket.solution.is_some_and(|solution| params.window.contains(solution.at))
}

fn median(stays: impl Iterator<Item = Stay>) -> Option<prost_types::Duration> {
    let mut stays: Vec<Stay> = stays.collect();
    stays.sort_unstable();
    kaplan_meier::median(&stays, &[]).map(time::duration_to_proto)
}
