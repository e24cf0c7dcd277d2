//! The gallery of a small hand-made history.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, zone},
    gallery_oracle::asked,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AsOf, ObjectKind},
    model::Gallery,
};

/// On a day of the year 2025, at noon.
fn on(day: i64, customer: u64, kind: Kind) -> Told {
    Told::at(day * 24 + 12, customer, kind)
}

fn photo(day: i64, customer: u64, outcome: &str) -> Told {
    let (sha256, media_type, outcome) = ("ab".repeat(32), "image/jpeg".to_owned(), outcome.to_owned());
    on(
        day,
        customer,
        Kind::ArtifactAttached(v1::ArtifactAttached { sha256, media_type, outcome, ..Default::default() }),
    )
}

fn csat(day: i64, customer: u64, value: f64) -> Told {
    on(
        day,
        customer,
        Kind::SurveyAnswered(v1::SurveyAnswered { instrument: 2, value: Some(value), ..Default::default() }),
    )
}

fn order(day: i64, customer: u64) -> Told {
    on(
        day,
        customer,
        Kind::OrderPlaced(v1::OrderPlaced { order_id: format!("o{day}"), ..Default::default() }),
    )
}

fn painter() -> Company {
    let told = vec![
        photo(10, 1, "matt"),
        csat(16, 1, 5.0),
        photo(20, 2, "matt"),
        csat(50, 2, 4.0),
        order(45, 2),
        photo(60, 2, "gloss"),
        csat(62, 2, 1.0),
        photo(70, 0, "gloss"),
        // Before its photograph.
        order(5, 1),
    ];
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

#[test]
fn what_suited_is_what_customers_said_and_ordered_after_it() {
    let answer = asked(&painter(), &v1::GalleryRequest::default());
    let shown: Vec<_> = answer
        .groups
        .iter()
        .filter(|group| group.by == "outcome")
        .map(|group| {
            let of = group.of.clone().unwrap();
            let counts = [of.artifacts, of.with_response, of.with_order].map(|figure| figure.unwrap().count);
            (group.key.clone(), counts, of.mean, of.median_days_to_response, of.median_days_to_order)
        })
        .collect();
    // Matt: 5 after six days and 4 after thirty; one order after 25 days.
    let matt = ("matt".to_owned(), [2, 2, 1], Some(4.5), Some(18.0), Some(25.0));
    let gloss = ("gloss".to_owned(), [2, 1, 0], Some(1.0), Some(2.0), None);
    // As many of each: by name.
    assert_eq!(shown, [gloss, matt]);
    assert_eq!(answer.instrument, "csat");
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.position, row.response, row.order.as_str())).collect();
    assert_eq!(rows, [(8, None, ""), (6, Some(1.0), ""), (3, Some(4.0), "order:o45"), (1, Some(5.0), "")]);
}

#[test]
fn a_figure_lists_files_with_what_came_after_them() {
    let ask = |figure: &str| painter().ask::<Gallery>(&v1::GalleryRequest::default(), Some(figure), 0);
    let positions = |figure: &str| -> Vec<_> {
        ask(figure).unwrap().objects.into_iter().map(|hit| (hit.kind, hit.positions)).collect()
    };
    assert_eq!(positions("outcome/matt/with_order"), [(ObjectKind::Event, vec![3, 5])]);
    assert_eq!(positions("total/without_customer"), [(ObjectKind::Event, vec![8])]);
    assert_eq!(ask("total/rows").unwrap_err().class(), ErrorClass::Invalid);
    assert_eq!(ask("outcome/satin/artifacts").unwrap_err().class(), ErrorClass::NotFound);
}

#[test]
fn a_customer_that_nothing_names_is_not_found() {
    let request = v1::GalleryRequest { customer: "c1".to_owned(), ..v1::GalleryRequest::default() };
    assert_eq!(painter().refused::<Gallery>(&request).class(), ErrorClass::NotFound);
    let request = v1::GalleryRequest { customer: "c98".to_owned(), ..request };
    assert_eq!(asked(&painter(), &request).rows.len(), 2);
}
