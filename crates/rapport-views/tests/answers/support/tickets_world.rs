//! Companies that have tickets, service levels and calendars; and questions.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    company::{Company, companies, definition, hours, order_changes, orders},
    proto,
};

/// Hours of a calendar: weekdays from Monday, 1, and the times of a day in minutes.
pub(crate) type Row = (&'static [i32], u32, u32);

/// A body of a calendar, and what it says: its zone, its hours, its holidays. The last one cannot be read.
pub(crate) struct Calendar {
    pub body: &'static str,
    pub zone: &'static str,
    pub hours: &'static [Row],
    pub holidays: &'static [&'static str],
}

pub(crate) const WEEKDAYS: &[i32] = &[1, 2, 3, 4, 5];
pub(crate) const CALENDARS: [Calendar; 4] = [
    Calendar { body: "{}", zone: "Europe/Riga", hours: &[(WEEKDAYS, 540, 1_020)], holidays: &[] },
    Calendar {
        body: r#"{"zone": "America/New_York", "hours": [
            {"weekdays": ["monday", "wednesday", "saturday"], "from": "22:00", "to": "24:00"},
            {"weekdays": ["wednesday", "sunday"], "from": "08:30", "to": "12:00"}
        ], "holidays": ["2025-12-24", "2025-06-04"]}"#,
        zone: "America/New_York",
        hours: &[(&[1, 3, 6], 1_320, 1_440), (&[3, 7], 510, 720)],
        holidays: &["2025-12-24", "2025-06-04"],
    },
    Calendar {
        body: r#"{"hours": [{"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
            "from": "00:00", "to": "24:00"}]}"#,
        zone: "Europe/Riga",
        hours: &[(&[1, 2, 3, 4, 5, 6, 7], 0, 1_440)],
        holidays: &[],
    },
    Calendar { body: r#"{"hours": 5}"#, zone: "", hours: &[], holidays: &[] },
];

/// A body of a service level, and what it says: its calendar, minutes until the first response and the solution. The last
/// one cannot be read.
pub(crate) const LEVELS: [(&str, &str, Option<i64>, Option<i64>); 5] = [
    (
        r#"{"first_response_minutes": 60000, "resolution_minutes": 90000}"#,
        "default",
        Some(60_000),
        Some(90_000),
    ),
    (r#"{"calendar": "night", "first_response_minutes": 600}"#, "night", Some(600), None),
    (r#"{"calendar": "night", "resolution_minutes": 9000}"#, "night", None, Some(9_000)),
    (r#"{"calendar": "absent", "resolution_minutes": 60000}"#, "absent", None, Some(60_000)),
    (r#"{"resolution_minutes": "soon"}"#, "", None, None),
];

prop_compose! {
    /// Of so many tickets; every number of a step may come as often as it is there.
    fn steps_of(ids: u64, numbers: Vec<i32>)(
        id in 1..=ids,
        step in prop::sample::select(numbers),
        kind in 0..=4_i32,
        words in (0..3_usize, 0..3_usize, 0..3_usize, 0..3_usize),
        (stage, first_contact) in (0..3_usize, any::<bool>()),
    ) -> Kind {
        let ticket_id = id.to_string();
        match step {
            0 => Kind::TicketOpened(v1::TicketOpened {
                ticket_id,
                kind,
                priority: ["high", "low", ""][words.0].to_owned(),
                product: ["pen", "ink", ""][words.1].to_owned(),
                tier: ["gold", "silver", ""][words.2].to_owned(),
                topic: ["bill", "repair", ""][words.3].to_owned(),
                ..Default::default()
            }),
            1 => Kind::TicketStageChanged(v1::TicketStageChanged {
                ticket_id,
                to: ["new", "waiting", "closed"][stage].to_owned(),
                ..Default::default()
            }),
            2 => Kind::TicketResponded(v1::TicketResponded { ticket_id, ..Default::default() }),
            3 => Kind::TicketResolved(v1::TicketResolved {
                ticket_id,
                cause: kind,
                first_contact,
                ..Default::default()
            }),
            _ => Kind::TicketReopened(v1::TicketReopened { ticket_id, ..Default::default() }),
        }
    }
}

fn steps() -> impl Strategy<Value = Kind> {
    steps_of(6, vec![0, 0, 0, 1, 1, 2, 2, 3, 3, 4])
}

prop_compose! {
    fn definitions()(
        version in 1..4_u32,
        (of_level, level) in (prop::sample::select(vec!["gold", "silver", "bronze"]), 0..LEVELS.len()),
        (of_calendar, calendar) in (prop::sample::select(vec!["default", "night"]), 0..CALENDARS.len()),
        is_level in any::<bool>(),
    ) -> Kind {
        if is_level {
            definition("service_level", of_level, version, LEVELS[level].0)
        } else {
            definition("calendar", of_calendar, version, CALENDARS[calendar].body)
        }
    }
}

fn responses(instruments: std::ops::Range<i32>) -> impl Strategy<Value = Kind> {
    (instruments, 1..=5_u8).prop_map(|(instrument, value)| {
        let value = Some(value.into());
        Kind::SurveyAnswered(v1::SurveyAnswered { instrument, value, ..Default::default() })
    })
}

/// With few events most tickets are simple; without definitions nothing is promised.
pub(crate) fn served() -> impl Strategy<Value = Company> {
    let promised = prop_oneof![4 => steps(), 1 => definitions()];
    let sold = prop_oneof![4 => steps(), 3 => orders(), 1 => order_changes(), 1 => definitions()];
    let solved = || steps_of(29, vec![0, 0, 2, 3, 3]);
    let said = |instruments| prop_oneof![6 => solved(), 1 => definitions(), 4 => responses(instruments)];
    prop_oneof![
        5 => companies(promised, 60).boxed(),
        1 => companies(steps(), 40).boxed(),
        3 => companies(sold, 60).boxed(),
        2 => companies(said(1..4), 300).prop_map(within_months).boxed(),
        2 => companies(said(1..3), 300).prop_map(within_months).boxed(),
        2 => companies(said(1..2), 300).prop_map(within_months).boxed(),
    ]
}

/// Everything is known, within three months and of two customers, so that these say something soon after what is solved.
fn within_months(mut company: Company) -> Company {
    for told in &mut company.told {
        told.hours /= 8;
        told.recorded_day = 0;
        told.customer = 1 + told.customer % 2;
    }
    company.as_of.occurred_until = company.as_of.occurred_until.min(hours(24 * 300));
    company
}

fn word(words: &[&'static str]) -> impl Strategy<Value = Option<String>> + use<> {
    prop::option::weighted(0.08, prop::sample::select(words.to_vec()).prop_map(str::to_owned))
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.4, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        by in prop_oneof![3 => 0..=12_i32, 1 => Just(4)],
        (kind, priority, product) in (word(&["complaint", ""]), word(&["high", ""]), word(&["pen", "absent"])),
        (tier, topic) in (word(&["gold", ""]), word(&["bill"])),
        (department, staff) in (word(&["lab", ""]), word(&["ilze"])),
        (pushed, pushed_above) in (0..=2_i32, prop::option::of(0..3_u32)),
    ) -> v1::TicketsRequest {
        v1::TicketsRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by, kind, priority, product, tier, topic, department, staff, pushed, pushed_above,
            ..v1::TicketsRequest::default()
        }
    }
}
