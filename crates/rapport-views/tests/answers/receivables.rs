//! Receivables of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, hours, money, zone},
    proto,
    receivables_oracle::asked,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{Model as _, Receivables},
    table::Dictionary,
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

/// At noon of a day in UTC.
fn on(date: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    Told::at((noon.as_micros() - begin.as_micros()) / support::HOUR, customer, kind)
}

fn invoice(date: &str, customer: u64, id: &str, total: i64, due: &str) -> Told {
    let (invoice_id, due) = (id.to_owned(), due.to_owned());
    let total = money(total, "EUR");
    on(
        date,
        customer,
        Kind::InvoiceIssued(v1::InvoiceIssued { invoice_id, total, due, ..Default::default() }),
    )
}

fn credit_note(date: &str, customer: u64, id: &str, total: i64) -> Told {
    let mut note = invoice(date, customer, id, total, "");
    if let Kind::InvoiceIssued(issued) = &mut note.kind {
        issued.kind = v1::invoice_issued::Kind::CreditNote.into();
    }
    note
}

fn payment(date: &str, customer: u64, amount: i64, invoices: &[&str]) -> Told {
    let invoice_ids = invoices.iter().map(|id| (*id).to_owned()).collect();
    let amount = money(amount, "EUR");
    on(
        date,
        customer,
        Kind::PaymentReceived(v1::PaymentReceived { amount, invoice_ids, ..Default::default() }),
    )
}

fn answer(told: Vec<Told>) -> v1::ReceivablesResponse {
    asked(&company(told), &v1::ReceivablesRequest::default())
}

fn units(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().unwrap().minor_units.unwrap()
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn ages(of: &v1::ReceivablesTotal) -> Vec<(u64, i64)> {
    of.ages.iter().map(|age| (count(&age.invoices), units(&age.open))).collect()
}

#[test]
fn what_is_open_is_aged_by_days_past_due() {
    // As of 31 December: due then, 1, 30, 31, 60, 61, 90 and 91 days before.
    let dues = ["12-31", "12-30", "12-01", "11-30", "11-01", "10-31", "10-02", "10-01"];
    let told = dues.iter().zip(1..).map(|(due, n)| {
        invoice("2025-09-01", n % 3 + 1, &format!("i{n}"), 100 * n as i64, &format!("2025-{due}"))
    });
    let answer = answer(told.collect());
    let total = &answer.totals[0];
    assert_eq!(ages(total), [(1, 100), (2, 500), (2, 900), (2, 1_300), (1, 800)]);
    assert_eq!((count(&total.open), units(&total.receivable)), (8, 3_600));
    assert_eq!((count(&total.overdue), units(&total.overdue_sum)), (7, 3_500));
    assert_eq!(total.share_overdue, Some(3_500.0 / 3_600.0));
    assert_eq!((count(&total.debtors), total.median_to_payment.is_none()), (3, true));
    // i2, i5 and i8 have 1500.
    let first = &answer.rows[0];
    assert_eq!(
        (first.object.as_str(), units(&first.receivable), first.days_overdue),
        ("party:c97", 1_500, Some(91))
    );
    let bands: Vec<_> = first.ages.iter().map(|sum| sum.minor_units.unwrap()).collect();
    assert_eq!(bands, [0, 200, 500, 0, 800]);
}

#[test]
fn an_invoice_without_a_due_date_is_due_when_it_is_issued() {
    let answer = answer(vec![invoice("2025-12-31", 1, "a", 50, ""), invoice("2025-12-01", 1, "b", 70, "")]);
    let total = &answer.totals[0];
    assert_eq!((count(&total.without_due), ages(total)[..2].to_vec()), (2, vec![(1, 50), (1, 70)]));
    let page = Receivables::page(&Default::default(), &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["without_due", "period", "too_few_paid"]);
}

#[test]
fn several_events_of_one_id_are_one_invoice() {
    // Of the customer of the earliest, due as the latest says that says it; the log has them in another order.
    let told = vec![
        invoice("2025-05-01", 2, "a", 30, "2025-12-21"),
        invoice("2025-03-01", 1, "a", 100, "2025-04-01"),
        invoice("2025-02-01", 0, "a", 5, ""),
        invoice("2025-06-01", 0, "a", 1, ""),
    ];
    let answer = answer(told);
    let row = &answer.rows[0];
    assert_eq!((row.object.as_str(), count(&row.open), units(&row.receivable)), ("party:c99", 1, 136));
    assert_eq!((row.days_overdue, answer.rows.len()), (Some(10), 1));
}

#[test]
fn a_payment_pays_the_invoices_that_it_names_the_one_first_that_is_due_first() {
    let told = vec![
        invoice("2025-03-01", 1, "late", 100, "2025-05-01"),
        invoice("2025-03-02", 1, "early", 100, "2025-04-01"),
        invoice("2025-01-01", 1, "other", 100, "2025-01-15"),
        payment("2025-06-01", 1, 130, &["late", "early"]),
    ];
    let company = company(told);
    let open = |answer: &v1::ReceivablesResponse| units(&answer.totals[0].receivable);
    assert_eq!(open(&asked(&company, &Default::default())), 170);
    let hits =
        company.ask::<Receivables>(&Default::default(), Some("rows/EUR/party:c99/open"), 0).unwrap().objects;
    // `early` is paid; `late` has the payment among its events.
    let shown: Vec<_> = hits.iter().map(|hit| (hit.kind, hit.positions.clone())).collect();
    assert_eq!(
        shown,
        [
            (ObjectKind::Named(Dictionary::Invoice), vec![1, 4]),
            (ObjectKind::Named(Dictionary::Invoice), vec![3])
        ]
    );
}

#[test]
fn what_names_no_invoice_pays_the_oldest_and_what_is_too_much_stands_apart() {
    let told = vec![
        invoice("2025-03-01", 1, "a", 100, "2025-04-01"),
        invoice("2025-03-01", 1, "b", 100, "2025-05-01"),
        invoice("2025-03-01", 2, "c", 100, "2025-05-01"),
        payment("2025-06-01", 1, 120, &[]),
        credit_note("2025-06-02", 1, "n", -30),
        // Too much for the invoice that it names: it does not pay another one.
        payment("2025-06-03", 2, 150, &["c"]),
        invoice("2025-07-01", 2, "d", 80, "2025-08-01"),
        // Of an invoice that there is not.
        payment("2025-06-04", 3, 7, &["nowhere"]),
    ];
    let answer = answer(told);
    let total = &answer.totals[0];
    assert_eq!((units(&total.receivable), count(&total.open)), (50 + 80, 2));
    assert_eq!((units(&total.credit), count(&total.in_credit)), (50 + 7, 2));
    let shown: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.object.as_str(), units(&row.receivable), units(&row.credit)))
        .collect();
    assert_eq!(shown, [("party:c98", 80, 50), ("party:c99", 50, 0), ("party:c97", 0, 7)]);
    // 380 were invoiced, less 30.
    assert_eq!((units(&total.invoiced), total.days_outstanding), (350, Some(130.0 / 350.0 * 365.0)));
}

#[test]
fn an_advance_pays_what_is_invoiced_later_and_what_is_paid_back_does_not_pay() {
    let told = vec![
        payment("2025-02-01", 1, 100, &[]),
        invoice("2025-03-01", 1, "a", 60, ""),
        payment("2025-04-01", 1, -50, &[]),
        payment("2025-04-01", 2, -20, &[]),
    ];
    let answer = answer(told);
    let shown: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.object.as_str(), units(&row.receivable), units(&row.credit)))
        .collect();
    assert_eq!(shown, [("party:c99", 10, 0), ("party:c98", 0, -20)]);
    assert_eq!((count(&answer.totals[0].in_credit), units(&answer.totals[0].credit)), (0, 0));
}

#[test]
fn half_of_the_invoices_take_longer_than_the_median() {
    // Paid after 10, 20 and 40 days; two are open. 4/5, 3/5, then 2/5.
    let told = vec![
        invoice("2025-01-02", 1, "a", 100, ""),
        payment("2025-01-12", 1, 100, &["a"]),
        invoice("2025-02-01", 1, "b", 100, ""),
        payment("2025-02-10", 1, 99, &["b"]),
        payment("2025-02-21", 1, 1, &["b"]),
        invoice("2025-03-01", 2, "c", 100, ""),
        payment("2025-04-10", 2, 100, &["c"]),
        invoice("2025-05-01", 2, "d", 100, ""),
        invoice("2025-06-01", 2, "e", 100, ""),
    ];
    let total = answer(told).totals.remove(0);
    assert_eq!((count(&total.paid), count(&total.unpaid)), (3, 2));
    assert_eq!(total.median_to_payment.unwrap().seconds, 40 * 86_400);
    // 200 of 500 are open, of 365 days.
    assert_eq!(total.days_outstanding, Some(146.0));
}

#[test]
fn what_names_no_customer_is_left_out_but_a_payment_may_name_an_invoice() {
    let told = vec![
        invoice("2025-03-01", 0, "a", 100, ""),
        payment("2025-03-02", 0, 30, &["a"]),
        invoice("2025-03-01", 1, "b", 50, ""),
        payment("2025-03-02", 0, 60, &["b"]),
        payment("2025-03-02", 0, 9, &[]),
        payment("2025-03-02", 0, 8, &["nowhere"]),
    ];
    let answer = answer(told);
    let total = &answer.totals[0];
    assert_eq!((count(&total.invoices_left_out), units(&total.receivable_left_out)), (1, 70));
    assert_eq!((count(&total.payments_left_out), units(&total.paid_left_out)), (2, 17));
    assert_eq!((units(&total.receivable), units(&total.credit), units(&total.invoiced)), (0, 10, 50));
}

#[test]
fn a_payment_that_is_somebodys_only_for_its_invoice_is_among_the_events_of_that_customer() {
    let mut dollars = payment("2025-04-01", 0, 60, &["a"]);
    if let Kind::PaymentReceived(paid) = &mut dollars.kind {
        paid.amount = money(60, "USD");
    }
    let told =
        vec![invoice("2025-03-01", 1, "a", 100, "2025-04-01"), dollars, payment("2025-05-01", 0, 30, &["a"])];
    let company = company(told);
    let happened = company.happened();
    let positions = |figure: &str| {
        let asked = company.ask::<Receivables>(&Default::default(), Some(figure), 0).unwrap();
        asked.objects.into_iter().map(|hit| hit.positions).collect::<Vec<_>>()
    };
    let [invoice, dollars, euros] = [0, 1, 2].map(|nth: usize| happened[nth].position);
    assert_eq!(positions("totals/USD/in_credit"), [[dollars]]);
    let mut of_euros = vec![invoice, euros];
    of_euros.sort_unstable();
    assert_eq!(positions("totals/EUR/debtors"), [of_euros]);
}

#[test]
fn as_of_an_earlier_day_what_was_paid_later_is_open() {
    let told = vec![invoice("2025-03-01", 1, "a", 100, "2025-03-15"), payment("2025-06-01", 1, 100, &["a"])];
    let mut company = company(told);
    let open = |company: &Company| units(&asked(company, &Default::default()).totals[0].receivable);
    assert_eq!(open(&company), 0);
    company.as_of.occurred_until = parse_moment("2025-05-31", &zone()).unwrap();
    assert_eq!(open(&company), 100);
}

#[test]
fn sums_beyond_64_bits_are_exact_and_currencies_are_not_added() {
    let most = i64::MAX;
    let mut dollars = invoice("2025-03-01", 1, "c", 5, "");
    if let Kind::InvoiceIssued(issued) = &mut dollars.kind {
        issued.total = money(5, "USD");
    }
    let told = vec![
        invoice("2025-03-01", 1, "a", most, ""),
        invoice("2025-03-01", 1, "b", most, ""),
        dollars,
        // Of another currency than the invoice: it pays nothing of it.
        payment("2025-04-01", 1, 5, &["c"]),
    ];
    let answer = answer(told);
    assert_eq!(
        answer.totals[0].receivable.as_ref().unwrap().minor_units_wide,
        (i128::from(most) * 2).to_string()
    );
    assert_eq!((units(&answer.totals[0].credit), units(&answer.totals[1].receivable)), (5, 5));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(vec![invoice("2025-03-01", 1, "a", 100, "")]);
    let request = v1::ReceivablesRequest {
        period_from: proto(hours(5)),
        period_to: proto(hours(5)),
        ..Default::default()
    };
    let error = company.ask::<Receivables>(&request, None, 0).unwrap_err();
    assert_eq!((error.class(), error.field()), (ErrorClass::Invalid, "period_to"));
    let ask = |figure: &str| company.ask::<Receivables>(&Default::default(), Some(figure), 0);
    for malformed in ["", "totals/EUR", "ages/EUR/5", "rows/EUR/party:c99/paid", "left_out/EUR/orders"] {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in ["ages/EUR/1-30", "rows/EUR/party:c1/open", "totals/USD/open", "totals/EUR/paid"] {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
    assert!(answer(Vec::new()).totals.is_empty());
}
