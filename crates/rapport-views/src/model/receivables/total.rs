//! All that is owed in one currency.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    age::{AGES, age},
    invoices::Invoice,
    owed::{Currency, Debtor},
    params::ReceivablesParams,
};
use crate::{
    model::{
        figures::{Counted, Figures},
        sums::{ratio, sum},
    },
    stats::{
        as_f64,
        kaplan_meier::{self, Stay},
    },
    table::Dictionary,
};

/// Microseconds of a day.
const DAY: f64 = 86_400_000_000.0;

/// The message of a currency.
pub(super) fn total(
    of: &Currency,
    params: &ReceivablesParams,
    figures: &mut Figures,
) -> v1::ReceivablesTotal {
    let code = of.code.as_str();
    let open: Vec<_> = of.invoices.iter().copied().filter(|(invoice, _)| invoice.open > 0).collect();
    let overdue: Vec<_> = open.iter().copied().filter(|(_, days)| *days > 0).collect();
    let receivable = sum_of(&open);
    let mut invoices = |name, counted: &mut dyn Iterator<Item = &Invoice>| {
        let counted: Vec<_> = counted.map(thing).collect();
        figures.count(&["totals", code, name], counted.into_iter())
    };
    let in_window = || {
        let all = of.invoices.iter().map(|(invoice, _)| invoice);
        all.filter(|invoice| params.window.contains(invoice.issued.0))
    };
    let (open_count, overdue_count, without_due, paid, unpaid) = (
        invoices("open", &mut open.iter().map(|(invoice, _)| invoice)),
        invoices("overdue", &mut overdue.iter().map(|(invoice, _)| invoice)),
        invoices("without_due", &mut open.iter().map(|(one, _)| one).filter(|one| !one.says_due)),
        invoices("paid", &mut in_window().filter(|invoice| invoice.open == 0)),
        invoices("unpaid", &mut in_window().filter(|invoice| invoice.open > 0)),
    );
    let mut customers = |name, is_in: fn(&&Debtor) -> bool| {
        let counted = of.debtors.iter().filter(is_in).map(|one| Counted::party(one.party));
        figures.count(&["totals", code, name], counted)
    };
    let debtors = customers("debtors", |one| one.open > 0);
    let in_credit = customers("in_credit", |one| one.credit > 0);
    v1::ReceivablesTotal {
        currency: code.to_owned(),
        open: open_count,
        receivable: sum(receivable),
        overdue: overdue_count,
        overdue_sum: sum(sum_of(&overdue)),
        share_overdue: ratio(sum_of(&overdue), receivable),
        ages: ages(&open, code, figures),
        debtors,
        without_due,
        in_credit,
        credit: sum(of.debtors.iter().map(|one| one.credit.max(0)).sum()),
        invoiced: sum(of.invoiced),
        days_outstanding: days_outstanding(receivable, of.invoiced, params),
        paid,
        unpaid,
        median_to_payment: median(in_window(), params.as_of.occurred_until),
        ..left_out(of, figures)
    }
}

/// What is open of what was invoiced, in days of the window.
fn days_outstanding(receivable: i128, invoiced: i128, params: &ReceivablesParams) -> Option<f64> {
    let (from, to) = (params.window.from.as_micros(), params.window.to.as_micros());
    let days = as_f64(i128::from(to) - i128::from(from)) / DAY;
    ratio(receivable, invoiced).map(|ratio| ratio * days)
}

/// From issue to full payment; what is not paid by T takes longer than until then.
fn median<'a>(
    invoices: impl Iterator<Item = &'a Invoice>,
    until: Timestamp,
) -> Option<prost_types::Duration> {
    let since = |end: Timestamp, begin: Timestamp| end.as_micros().saturating_sub(begin.as_micros());
    let mut stays: Vec<_> = invoices
        .map(|invoice| match invoice.open {
            0 => Stay::ended(since(invoice.paid, invoice.issued.0)),
            _ => Stay::censored(since(until, invoice.issued.0)),
        })
        .collect();
    stays.sort_unstable();
    kaplan_meier::median(&stays, &[]).map(time::duration_to_proto)
}

fn ages(open: &[(Invoice, i32)], code: &str, figures: &mut Figures) -> Vec<v1::AgeBand> {
    let band = |(name, nth): (&str, usize)| {
        let own: Vec<_> = open.iter().copied().filter(|(_, days)| age(*days) == nth).collect();
        v1::AgeBand {
            days: name.to_owned(),
            open: sum(sum_of(&own)),
            share: ratio(sum_of(&own), sum_of(open)),
            invoices: figures.count(&["ages", code, name], own.iter().map(|(invoice, _)| thing(invoice))),
        }
    };
    AGES.into_iter().zip(0..).map(band).collect()
}

/// The fields of what names no customer.
fn left_out(of: &Currency, figures: &mut Figures) -> v1::ReceivablesTotal {
    let code = of.code.as_str();
    let payments = of.payments_left_out.iter();
    v1::ReceivablesTotal {
        invoices_left_out: figures.count(&["left_out", code, "invoices"], of.nobodys.iter().map(thing)),
        receivable_left_out: sum(of.nobodys.iter().map(|invoice| invoice.open).sum()),
        payments_left_out: figures.count(
            &["left_out", code, "payments"],
            payments.clone().map(|(position, _)| Counted::event(*position)),
        ),
        paid_left_out: sum(payments.map(|(_, rest)| rest).sum()),
        ..v1::ReceivablesTotal::default()
    }
}

/// As figures count it.
pub(super) fn thing(invoice: &Invoice) -> Counted {
    Counted::named(Dictionary::Invoice, invoice.id)
}

fn sum_of(invoices: &[(Invoice, i32)]) -> i128 {
    invoices.iter().map(|(invoice, _)| invoice.open).sum()
}
