//! The steps before a deal, by small hand-made leads.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;

use crate::support;
use crate::support::days;
use rapport_model::Position;
use rapport_proto::{time, v1, v1::FunnelMeasure};
use rapport_views::{
    answers::{
        Answered, AsOf, ObjectKind,
        funnel::{FunnelBuilder, FunnelParams},
    },
    model::{Funnel, Model},
    rows::{Identity, LeadRow, LeadStep, ObjectId, Symbols},
};

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

/// A customer (0 is none), a tag, a day, a step.
type Row<'a> = (u64, &'a str, i64, LeadStep);

/// The leads after day 30. Party 12 is merged into party 11.
fn leads(rows: &[Row<'_>], figure: Option<&str>) -> Answered<v1::FunnelResponse> {
    let identity = Identity::new(HashMap::from([(ObjectId(12), ObjectId(11))]), HashMap::new());
    let as_of = AsOf { occurred_until: days(30), recorded_until: days(30) };
    let request =
        v1::FunnelRequest { measures: vec![FunnelMeasure::Leads.into()], ..v1::FunnelRequest::default() };
    let params = FunnelParams::from_request(&request, as_of).unwrap();
    assert!(params.wants_leads() && !params.wants_deals());
    let symbols = Symbols::new();
    let mut builder = FunnelBuilder::new(params, &symbols, &identity, &[], figure).unwrap();
    for ((customer, lead, day, step), position) in rows.iter().zip(1..) {
        let (customer, lead) = (ObjectId(*customer), (*lead).to_owned());
        let (position, occurred_at) = (Position(position), days(*day));
        builder.lead(&LeadRow { customer, lead, position, occurred_at, step: *step });
    }
    builder.finish().unwrap()
}

#[test]
fn leads_that_name_no_customer_are_each_their_own_and_what_is_of_no_known_lead_is_left_out() {
    let rows = [
        (0, "", 1, LeadStep::Captured),
        (0, "", 1, LeadStep::Captured),
        (0, "", 2, LeadStep::Opened),
        (0, "", 3, LeadStep::Rejected),
        (0, "", 2, LeadStep::Opened),
        (0, "", 3, LeadStep::Accepted),
        // Tags tell: one lead, and one that becomes a customer.
        (0, "lead:7", 1, LeadStep::Opened),
        (0, "lead:7", 2, LeadStep::Accepted),
        (0, "lead:8", 1, LeadStep::Opened),
        (5, "lead:8", 2, LeadStep::Accepted),
    ];
    let funnel = leads(&rows, None).response.leads.unwrap();
    let steps: Vec<_> =
        funnel.steps.iter().map(|step| (count(&step.customers), step.without_customer, step.rate)).collect();
    assert_eq!(steps, [(2, 2, None), (4, 3, None), (2, 1, Some(1.0)), (0, 0, None)]);
    assert_eq!((count(&funnel.rejected), count(&funnel.left_out)), (0, 2));
    let listed = |figure| {
        let objects = leads(&rows, Some(figure)).objects;
        objects.iter().map(|hit| (hit.kind, hit.object.0, hit.customer.0)).collect::<Vec<_>>()
    };
    assert_eq!(listed("leads/left_out"), [(ObjectKind::Event, 4, 0), (ObjectKind::Event, 6, 0)]);
    assert_eq!(listed("leads/qualified"), [(ObjectKind::Event, 8, 0), (ObjectKind::Party, 5, 5)]);
}

#[test]
fn a_lead_step_that_is_not_used_breaks_no_rate_behind_it() {
    let rows = [(1, "", 1, LeadStep::Opened), (2, "", 1, LeadStep::Opened), (1, "", 3, LeadStep::Converted)];
    let funnel = leads(&rows, None).response.leads.unwrap();
    let steps: Vec<_> = funnel.steps.iter().map(|step| (step.from.as_str(), step.rate)).collect();
    assert_eq!(steps, [("", None), ("", None), ("", None), ("opened", Some(0.5))]);
    assert_eq!(funnel.steps[3].median_from_previous, Some(time::duration_to_proto(2 * support::DAY)));
}

#[test]
fn a_rate_that_is_no_quotient_of_the_counts_is_explained() {
    let captured = (1..=4).map(|customer| (customer, "", 1, LeadStep::Captured));
    let notes = |opened: &[u64]| {
        let opened = opened.iter().map(|customer| (*customer, "", 2, LeadStep::Opened));
        let response = leads(&captured.clone().chain(opened).collect::<Vec<_>>(), None).response;
        let step = response.leads.as_ref().unwrap().steps[1].clone();
        let request =
            v1::FunnelRequest { measures: vec![FunnelMeasure::Leads.into()], ..v1::FunnelRequest::default() };
        let page = Funnel::page(&request, &response);
        let notes = page.grids.iter().flat_map(|grid| &grid.notes);
        let is_told = notes.filter(|note| note.key == "rate_of_both").count() == 1;
        (count(&step.customers), step.rate, is_told)
    };
    assert_eq!(notes(&[1, 2]), (2, Some(0.5), false));
    // 7 was opened without having been captured: three of four would be 75 %.
    assert_eq!(notes(&[1, 2, 7]), (3, Some(0.5), true));
}

#[test]
fn leads_are_counted_once_a_merged_customer() {
    let rows = [
        (11, "", 1, LeadStep::Captured),
        (12, "", 5, LeadStep::Opened),
        (3, "", 2, LeadStep::Captured),
        (12, "", 6, LeadStep::Rejected),
    ];
    let leads = leads(&rows, None).response.leads.unwrap();
    let opened = &leads.steps[1];
    assert_eq!((count(&leads.steps[0].customers), count(&opened.customers), opened.rate), (2, 1, Some(0.5)));
    assert_eq!(opened.median_from_previous, Some(time::duration_to_proto(4 * support::DAY)));
    assert_eq!(count(&leads.rejected), 1);
}
