//! Exports that no preset knows, with mappings written from docs/import.md: `tests/other_files` has both.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support;
use std::{fs, path::Path};

use crate::support::{Run, minor, run_on};
use rapport_proto::v1::{invoice_issued, payload::Kind};

/// The folder's mapping over its files, twice: the second import adds nothing.
fn run(name: &str) -> Run {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_files").join(name);
    let text = fs::read_to_string(folder.join("mapping.toml")).unwrap();
    let mapping = support::mapping(&text);
    let mut ledger = std::collections::BTreeMap::new();
    let first = run_on(&mapping, std::slice::from_ref(&folder), &mut ledger);
    let known = ledger.len();
    run_on(&mapping, &[folder], &mut ledger);
    for reject in &first.rejects {
        eprintln!("{name} line {}: {} `{}`: {}", reject.line, reject.column, reject.value, reject.reason);
    }
    assert_eq!(ledger.len(), known);
    first
}

#[test]
fn a_pipedrive_list_from_a_german_desk() {
    let run = run("pipedrive");
    assert_eq!(run.reject_values(), [(5, "Deal - Value", "1,250.00"), (6, "Deal - Won time", "")]);
    assert!(
        run.rejects[0].reason.contains("not a number written as `1.234,56`"),
        "{}",
        run.rejects[0].reason
    );
    let found: Vec<(String, &str, String)> = run
        .decoded()
        .map(|event| {
            let (when, customer) = (event.moment(), event.event.customer.as_str());
            let what = match event.kind {
                Kind::DealOpened(deal) => {
                    let amount = deal.amount.unwrap();
                    format!(
                        "{} {} {} {}",
                        deal.personal.unwrap().title,
                        amount.minor_units,
                        amount.currency,
                        deal.expected_close
                    )
                }
                Kind::DealStageChanged(deal) => format!("{} → {}", deal.from, deal.to),
                Kind::DealWon(deal) => format!("won {}", minor(deal.amount.as_ref())),
                Kind::DealLost(deal) => format!("lost: {}", deal.reason),
                other => panic!("{other:?}"),
            };
            (when, customer, what)
        })
        .collect();
    let found: Vec<(&str, &str, &str)> =
        found.iter().map(|(when, who, what)| (when.as_str(), *who, what.as_str())).collect();
    let (baker, zurich) = ("Müller & Söhne", "Bäckerei Zürich AG");
    assert_eq!(
        found,
        [
            // Berlin is an hour ahead of UTC in winter and two in summer.
            ("2026-01-12T08:15:00Z", baker, "Backöfen; 3 Stück 1250000 EUR 2026-02-28"),
            ("2026-01-20T13:00:00Z", baker, "Qualified → Proposal Made"),
            ("2026-02-02T09:30:00Z", baker, "Proposal Made → Negotiations Started"),
            ("2026-02-16T16:45:00Z", baker, "won 1250000"),
            ("2026-03-30T06:00:00Z", baker, "Mixer \"Profi\" 98050 EUR 2026-04-30"),
            ("2026-04-01T10:00:00Z", baker, "Qualified → Negotiations Started"),
            ("2025-07-05T09:00:00Z", zurich, "Öfen (Schweiz) 725000 CHF "),
            ("2025-07-07T07:00:00Z", zurich, "Qualified → Proposal Made"),
            ("2025-08-01T14:20:00Z", zurich, "lost: Preis"),
        ]
    );
    let first = run.decoded().next().unwrap();
    assert_eq!(first.event.tags, ["label:Hot", "label:Key account"]);
    assert_eq!(first.event.actor.as_ref().unwrap().id, "Jörg Weiß");
}

#[test]
fn shopify_orders_with_several_lines_and_refunds() {
    let run = run("shopify");
    assert_eq!(run.reject_values(), [(8, "Lineitem quantity", "one")]);
    let mut orders = Vec::new();
    let mut other = Vec::new();
    for event in run.decoded() {
        assert!(!event.event.customer.contains('@'), "an address in an id");
        match event.kind {
            Kind::OrderPlaced(order) => {
                let nets: Vec<i64> = order.lines.iter().map(|line| minor(line.net.as_ref())).collect();
                let products: Vec<String> = order.lines.into_iter().map(|line| line.product).collect();
                orders.push((order.order_id, minor(order.total.as_ref()), products.join("+"), nets));
            }
            Kind::InvoiceIssued(note) => {
                assert_eq!(note.kind(), invoice_issued::Kind::CreditNote);
                other.push(format!("{} {}", note.invoice_id, minor(note.total.as_ref())));
            }
            Kind::OrderChanged(change) => other.push(format!("{} {:?}", change.order_id, change.op())),
            Kind::PaymentReceived(_) | Kind::DeliveryCompleted(_) | Kind::PartyIdentifierChanged(_) => {}
            kind => panic!("{kind:?}"),
        }
    }
    let text = str::to_owned;
    assert_eq!(
        orders,
        [
            (text("#1001"), 6_460, text("MUG-1+PLT-9"), vec![2_980, 2_990]),
            (text("#1002"), 4_050, text("BWL-2"), vec![4_500]),
            (text("#1003"), 1_480, text("Spoon"), vec![990]),
            (text("#1004"), 1_490, text("MUG-1"), vec![1_490]),
        ]
    );
    assert_eq!(other, ["#1002-refund -1500", "#1003 Cancel"]);
    let types = run.types();
    assert_eq!((types["payment.received"], types["delivery.completed"]), (3, 2));
    // Anna ordered twice: one customer, one address.
    let customers: std::collections::BTreeSet<_> =
        run.events.iter().map(|event| event.event.customer.as_str()).filter(|id| !id.is_empty()).collect();
    assert_eq!(customers.len(), 2);
    assert!(run.decoded().any(|event| event.event.tags.contains(&"tag:newsletter".to_owned())));
}

#[test]
fn freshdesk_tickets_and_what_customers_said_of_them() {
    let run = run("freshdesk");
    assert_eq!(run.reject_values(), [(5, "Rating", "Meh"), (6, "Ticket ID", "7999")]);
    let mut tickets = Vec::new();
    let mut scores = Vec::new();
    for event in run.decoded() {
        let when = event.moment();
        match event.kind {
            Kind::TicketOpened(ticket) => {
                tickets.push(format!("{} {when} {:?}", ticket.ticket_id, ticket.kind()))
            }
            Kind::TicketResponded(ticket) => tickets.push(format!("{} {when} responded", ticket.ticket_id)),
            Kind::TicketStageChanged(ticket) => {
                tickets.push(format!("{} {when} {}", ticket.ticket_id, ticket.to))
            }
            Kind::TicketResolved(ticket) => {
                tickets.push(format!("{} {when} resolved {}", ticket.ticket_id, ticket.first_contact));
            }
            Kind::SurveySent(_) => {}
            Kind::SurveyAnswered(answer) => {
                let agent = event.event.actor.as_ref().map(|actor| actor.id.as_str()).unwrap_or_default();
                scores.push(format!("{} {agent} {}", event.event.customer, answer.value()));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        tickets,
        [
            // New York is five hours behind UTC in winter, four in summer; the clock change of March is between.
            "7001 2026-02-01T21:15:00Z Defect",
            "7001 2026-02-01T21:45:00Z responded",
            "7001 2026-02-02T14:00:00Z resolved true",
            "7002 2026-07-15T04:05:00Z Advice",
            "7002 2026-07-15T04:10:00Z responded",
            "7002 2026-07-15T04:20:00Z resolved false",
            // 02:30 did not exist that night: the offset before the change counts.
            "7003 2026-03-08T07:30:00Z Complaint",
            "7003 2026-03-09T13:59:00Z responded",
            "7003 2026-03-09T14:00:00Z Waiting on Customer",
            "7004 2026-07-16T12:00:00Z Request",
        ]
    );
    assert_eq!(scores, ["c-1 marta 5", "c-1 jan 2"]);
}

#[test]
fn a_newsletters_list_of_consents() {
    let run = run("newsletter");
    assert_eq!(run.reject_values(), [(5, "opted_in", "soon")]);
    assert!(run.rejects[0].reason.contains("not a date as `epoch` writes it"), "{}", run.rejects[0].reason);
    let mut found = Vec::new();
    for event in run.decoded() {
        found.push(match event.kind {
            Kind::ConsentGranted(consent) => {
                let evidence = consent.personal.unwrap_or_default().evidence;
                format!("granted {} {} {evidence}", consent.topics.join("+"), consent.method)
            }
            Kind::ConsentWithdrawn(consent) => format!("withdrawn {}", consent.method),
            Kind::ContactPointVerified(point) => format!("{:?}", point.result()),
            Kind::Custom(own) => format!("{} {}", event.event.r#type, String::from_utf8_lossy(&own.data)),
            Kind::PartyIdentifierChanged(link) => {
                format!("{} {}", link.verified, link.personal.unwrap().value)
            }
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(
        found,
        [
            "true anna@example.com",
            "granted news+offers double_opt_in 192.0.2.1",
            "newsletter.rated {\"confirmed\":true,\"stars\":4}",
            "false jonas@example.com",
            "granted news single_opt_in 192.0.2.2",
            "withdrawn unsubscribe_link",
            "true zane@example.com",
            "granted  double_opt_in ",
            "Invalid",
        ]
    );
}
