//! Leads of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    DAY,
    company::{Company, Told, hours, zone},
    leads_oracle::asked,
    proto,
};
use rapport_model::{Timestamp, parse_moment};
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::{
    answers::{AnswerError, ObjectKind},
    model::{AskError, Leads, Model as _},
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    let as_of = rapport_views::answers::AsOf { occurred_until, recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn answer(told: Vec<Told>) -> v1::LeadsResponse {
    asked(&company(told), &v1::LeadsRequest::default())
}

/// At noon of a day in UTC; customer 0 is nobody.
fn on(date: &str, customer: u64, tag: &'static str, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    let tags = Some(tag.to_owned()).filter(|tag| !tag.is_empty()).into_iter().collect();
    Told { tags, ..Told::at((noon.as_micros() - begin.as_micros()) / support::HOUR, customer, kind) }
}

fn captured(date: &str, customer: u64, tag: &'static str, found: &str) -> Told {
    let (medium, where_found) = ("phone".to_owned(), found.to_owned());
    let captured = v1::ContactPointCaptured { medium, where_found, ..Default::default() };
    on(date, customer, tag, Kind::ContactPointCaptured(captured))
}

fn opened(date: &str, customer: u64, tag: &'static str, from: &str) -> Told {
    let opened = v1::LeadOpened { source_channel: from.to_owned(), ..Default::default() };
    on(date, customer, tag, Kind::LeadOpened(opened))
}

fn judged(
    date: &str,
    customer: u64,
    tag: &'static str,
    result: i32,
    score: Option<f64>,
    reason: &str,
) -> Told {
    let judged = v1::LeadQualified { result, score, reason: reason.to_owned(), ..Default::default() };
    on(date, customer, tag, Kind::LeadQualified(judged))
}

fn converted(date: &str, customer: u64, tag: &'static str, deal: &str, order: &str) -> Told {
    let [deal_id, order_id] = [deal, order].map(str::to_owned);
    on(date, customer, tag, Kind::LeadConverted(v1::LeadConverted { deal_id, order_id }))
}

fn won(date: &str, deal: &str) -> Told {
    let won = v1::DealWon { deal_id: deal.to_owned(), ..Default::default() };
    on(date, 0, "", Kind::DealWon(won))
}

fn lost(date: &str, deal: &str) -> Told {
    let lost = v1::DealLost { deal_id: deal.to_owned(), ..Default::default() };
    on(date, 0, "", Kind::DealLost(lost))
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn of(share: &Option<v1::LeadShare>) -> u64 {
    count(&share.as_ref().unwrap().leads)
}

const ACCEPTED: i32 = 1;
const REJECTED: i32 = 2;

#[test]
fn a_lead_is_converted_or_rejected_or_open_and_the_rate_is_of_all() {
    let answer = answer(vec![
        // Captured, opened, accepted, converted: the deal was won.
        captured("2025-02-01", 1, "", "fair"),
        opened("2025-02-03", 1, "", "web"),
        judged("2025-02-05", 1, "", ACCEPTED, None, ""),
        converted("2025-02-13", 1, "", "d1", ""),
        won("2025-03-01", "d1"),
        // Rejected first, converted all the same; its deal is lost.
        opened("2025-02-03", 2, "", "web"),
        judged("2025-02-04", 2, "", REJECTED, None, "too small"),
        converted("2025-02-09", 2, "", "d2", ""),
        lost("2025-03-01", "d2"),
        // Accepted, then rejected.
        opened("2025-02-03", 3, "", "fair"),
        judged("2025-02-04", 3, "", ACCEPTED, None, ""),
        judged("2025-02-23", 3, "", REJECTED, None, "no budget"),
        // Waiting with a verdict, and without.
        opened("2025-02-03", 4, "", "fair"),
        judged("2025-02-07", 4, "", ACCEPTED, None, ""),
        opened("2025-03-03", 5, "", "web"),
        // A contact point alone.
        captured("2025-02-01", 6, "", "fair"),
    ]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.captured), of(&total.captured_opened)), (2, 1));
    assert_eq!((count(&total.leads), count(&total.not_judged)), (5, 1));
    let parts = [&total.accepted, &total.converted, &total.rejected, &total.open, &total.won];
    assert_eq!(parts.map(of), [3, 2, 1, 2, 1]);
    let converted = total.converted.unwrap();
    // Wilson of 2 of 5 by hand: (2 + 1.9208 ± 1.96·√(5·0.4·0.6 + 0.9604)) / 8.8416.
    let ends = format!("{:.4} {:.4}", converted.low.unwrap(), converted.high.unwrap());
    assert_eq!((converted.share, ends.as_str()), (Some(0.4), "0.1176 0.7693"));
    // To the first verdict 2, 1, 1, 4 days; to the conversion 10 and 6 days.
    let half_days = |half_days: i64| Some(time::duration_to_proto(half_days * DAY / 2));
    assert_eq!((total.median_to_verdict, total.median_to_conversion), (half_days(3), half_days(16)));
    let outcomes = answer.outcomes.unwrap();
    assert_eq!((count(&outcomes.with_deal), of(&outcomes.won), count(&outcomes.lost)), (2, 1, 1));
    assert_eq!(outcomes.won.unwrap().share, Some(0.5));
    let reasons: Vec<_> = answer.reasons.iter().map(|one| (one.reason.as_str(), of(&one.leads))).collect();
    assert_eq!(reasons, [("no budget", 1)], "of the last verdict, of those rejected");
    let open: Vec<_> =
        answer.rows.iter().map(|row| (row.customer.as_str(), row.state.as_str(), row.days)).collect();
    // From 3 February and 3 March, noon in UTC, to the last instant of the year in Riga.
    assert_eq!(open, [("party:c96", "accepted", 331), ("party:c95", "opened", 303)]);
}

#[test]
fn a_lead_is_judged_automatically_where_no_verdict_names_an_actor() {
    let by_nobody = |told: Told| Told { actor: "", branch: "", ..told };
    let mut told: Vec<Told> = (1..=4).map(|customer| opened("2025-02-03", customer, "", "web")).collect();
    told.extend([
        by_nobody(judged("2025-02-04", 1, "", ACCEPTED, None, "")),
        by_nobody(judged("2025-02-04", 2, "", REJECTED, None, "")),
        by_nobody(judged("2025-02-04", 3, "", ACCEPTED, None, "")),
    ]);
    let of_total = |told: Vec<Told>| {
        let answer = answer(told);
        let page = Leads::page(&v1::LeadsRequest::default(), &answer);
        let is_noted = page.grids[0].notes.iter().any(|note| note.key == "nobody_judges");
        let total = answer.total.unwrap();
        (count(&total.judged), of(&total.judged_automatically), total.judged_automatically.unwrap(), is_noted)
    };
    // Events that never say who judges may leave it out.
    let (judged_first, automatic, share, is_noted) = of_total(told.clone());
    assert_eq!((judged_first, automatic, share.share, share.low, is_noted), (3, 3, None, None, true));
    // A person looked at the third again.
    told.push(judged("2025-02-05", 3, "", REJECTED, None, "no budget"));
    let (judged_then, automatic, share, is_noted) = of_total(told.clone());
    assert_eq!((judged_then, automatic, share.share, is_noted), (3, 2, Some(2.0 / 3.0), false));
    // Wilson of 2 of 3 by hand: (2 + 1.9208 ± 1.96·√(3·⅔·⅓ + 0.9604)) / 6.8416.
    let ends = format!("{:.4} {:.4}", share.low.unwrap(), share.high.unwrap());
    assert_eq!(ends, "0.2077 0.9385");
    let figure = Some("total/judged_automatically");
    let hits = company(told).ask::<Leads>(&Default::default(), figure, 0).unwrap().objects;
    assert_eq!(hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [vec![1, 5], vec![2, 6]]);
}

#[test]
fn half_of_all_counts_those_that_wait() {
    let mut told = Vec::new();
    for customer in 1..=5 {
        told.push(opened("2025-02-03", customer, "", "web"));
    }
    told.push(converted("2025-02-13", 1, "", "", ""));
    told.push(converted("2025-02-23", 2, "", "", ""));
    let span = |told: Vec<Told>| {
        let time =
            answer(told).times.into_iter().find(|time| time.from == "opened" && time.to == "converted");
        let time = time.unwrap();
        (count(&time.leads), count(&time.done), time.median, time.median_of_all)
    };
    let days = |days: i64| Some(time::duration_to_proto(days * DAY));
    // Two of five: half of all is never reached, and the median of the two is half-way.
    assert_eq!(span(told.clone()), (5, 2, days(15), None));
    told.push(converted("2025-03-05", 3, "", "", ""));
    assert_eq!(span(told), (5, 3, days(20), days(30)));
}

#[test]
fn a_month_is_immature_while_the_window_of_its_last_leads_is_open() {
    let told = vec![
        opened("2025-09-01", 1, "", "web"),
        converted("2025-11-30", 1, "", "", ""), // the ninetieth day, at the same hour
        opened("2025-09-01", 2, "", "web"),
        converted("2025-12-01", 2, "", "", ""), // a day later
        opened("2025-10-03", 3, "", "web"),
        converted("2025-10-04", 3, "", "", ""),
    ];
    let cohorts = |window_days| {
        let answer = asked(&company(told.clone()), &v1::LeadsRequest { window_days, ..Default::default() });
        let cohorts = answer.cohorts.iter();
        cohorts
            .map(|one| (one.month.clone(), count(&one.leads), of(&one.converted), one.immature))
            .collect::<Vec<_>>()
    };
    // Ninety days after the end of September are over on 30 December, after the end of October they are not.
    assert_eq!(cohorts(0), [("2025-09".into(), 2, 1, false), ("2025-10".into(), 1, 1, true)]);
    assert_eq!(cohorts(91), [("2025-09".into(), 2, 2, false), ("2025-10".into(), 1, 1, true)]);
    assert_eq!(cohorts(93)[0], ("2025-09".into(), 2, 2, true));
    assert_eq!(cohorts(60)[1], ("2025-10".into(), 1, 1, false));
}

#[test]
fn steps_without_a_customer_belong_together_by_their_tag_and_events_of_nobody_to_nobody() {
    let told = vec![
        // One lead by its tag alone.
        captured("2025-02-01", 0, "lead:7", "fair"),
        opened("2025-02-02", 0, "lead:7", ""),
        converted("2025-02-12", 0, "lead:7", "", "o1"),
        // The tag becomes a customer's with the verdict.
        opened("2025-02-02", 0, "lead:8", "web"),
        judged("2025-02-03", 1, "lead:8", ACCEPTED, None, ""),
        // Two leads of nobody: neither is the other's, and no verdict can be theirs.
        opened("2025-02-02", 0, "", "web"),
        opened("2025-02-02", 0, "", "web"),
        judged("2025-02-03", 0, "", REJECTED, None, ""),
        // Judged and never opened.
        judged("2025-02-03", 2, "", REJECTED, None, ""),
    ];
    let company = company(told);
    let answer = asked(&company, &v1::LeadsRequest { list: 2, ..Default::default() });
    let total = answer.total.unwrap();
    assert_eq!((count(&total.leads), of(&total.converted), count(&total.untraceable)), (2, 1, 2));
    let beside = [&answer.without_customer, &answer.not_opened, &answer.left_out];
    assert_eq!(beside.map(count), [1, 1, 1]);
    let outcomes = answer.outcomes.unwrap();
    assert_eq!((count(&outcomes.with_order), count(&outcomes.with_deal)), (1, 0));
    let row = &answer.rows[0];
    assert_eq!((row.object.as_str(), row.customer.as_str(), row.origin.as_str()), ("lead:7", "", "fair"));
    assert_eq!((row.became.as_str(), row.days), ("order:o1", 10));
    let hits = |figure| company.ask::<Leads>(&Default::default(), Some(figure), 0).unwrap().objects;
    let listed = |figure| hits(figure).iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>();
    assert_eq!(listed("total/converted"), [vec![1, 2, 3]]);
    assert_eq!(listed("total/leads"), [vec![1, 2, 3], vec![4, 5]]);
    assert_eq!(listed("total/untraceable"), [vec![6], vec![7]]);
    assert_eq!(listed("beside/left_out"), [vec![8]]);
    assert!(matches!(hits("total/converted")[0].kind, ObjectKind::Named(_)));
    assert!(matches!(hits("beside/not_opened")[0].kind, ObjectKind::Party));
}

#[test]
fn deals_that_were_won_are_listed_with_the_event_that_won_them() {
    let company = company(vec![
        opened("2025-02-03", 1, "", "web"),
        converted("2025-02-13", 1, "", "d1", ""),
        won("2025-03-01", "d1"),
    ]);
    let listed = |figure| {
        let objects = company.ask::<Leads>(&Default::default(), Some(figure), 0).unwrap().objects;
        objects.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>()
    };
    assert_eq!([listed("total/won"), listed("outcomes/won")], [[vec![1, 2, 3]], [vec![1, 2, 3]]]);
    assert_eq!(listed("total/converted"), [vec![1, 2]]);
}

#[test]
fn a_lead_is_its_owners_else_of_who_opened_it() {
    let assigned = |date: &str, object: &str, to: &str| {
        let [object, to] = [object, to].map(str::to_owned);
        on(date, 0, "", Kind::OwnerAssigned(v1::OwnerAssigned { object, to, ..Default::default() }))
    };
    let told = vec![
        opened("2025-02-01", 1, "lead:a", "web"),
        assigned("2025-02-02", "lead:a", "anna"),
        assigned("2025-02-03", "lead:a", "karlis"),
        opened("2025-02-01", 2, "lead:b", "web"),
        assigned("2025-02-03", "lead:c", "anna"), // no step names it
    ];
    let by_staff = v1::LeadsRequest { by: 5, ..Default::default() };
    let groups = asked(&company(told), &by_staff).groups;
    let of = |group: &v1::LeadGroup| (group.key.clone(), count(&group.of.as_ref().unwrap().leads));
    assert_eq!(groups.iter().map(of).collect::<Vec<_>>(), [("ilze".to_owned(), 1), ("karlis".to_owned(), 1)]);
}

#[test]
fn equal_scores_are_in_one_band() {
    let mut told = Vec::new();
    for (customer, score) in (1..=8).zip([10.0, 10.0, 10.0, 10.0, 20.0, 30.0, 40.0, 50.0]) {
        told.push(opened("2025-02-01", customer, "", "web"));
        told.push(judged("2025-02-02", customer, "", ACCEPTED, Some(score), ""));
    }
    told.push(converted("2025-02-03", 8, "", "", ""));
    let bands = answer(told).scores;
    let band =
        |band: &v1::LeadScoreBand| (band.lowest, band.highest, count(&band.leads), of(&band.converted));
    // None is lower than 10; four are lower than 20: 5·4/8 = 2, so that 20 is in the third fifth.
    let expected = [(10.0, 10.0, 4, 0), (20.0, 20.0, 1, 0), (30.0, 40.0, 2, 0), (50.0, 50.0, 1, 1)];
    assert_eq!(bands.iter().map(band).collect::<Vec<_>>(), expected);
}

#[test]
fn nothing_has_no_share_and_says_so() {
    let answer = answer(Vec::new());
    let total = answer.total.as_ref().unwrap();
    assert_eq!((count(&total.leads), total.converted.as_ref().unwrap().share), (0, None));
    assert!(answer.cohorts.is_empty() && answer.reasons.is_empty() && answer.scores.is_empty());
    let page = Leads::page(&v1::LeadsRequest::default(), &answer);
    let shown = page.grids.iter().filter(|grid| !grid.is_empty()).map(|grid| grid.key);
    assert_eq!(shown.collect::<Vec<_>>(), ["total"], "zeros are left out");
    assert_eq!(page.grids[0].rows.iter().filter(|row| !row.aside).count(), 1);
    assert!(page.grids[0].notes.iter().any(|note| note.key == "nothing"));
}

#[test]
fn wrong_fields_are_named() {
    let company = company(Vec::new());
    for (field, request) in [
        ("by", v1::LeadsRequest { by: 9, ..Default::default() }),
        ("list", v1::LeadsRequest { list: 9, ..Default::default() }),
        (
            "period_to",
            v1::LeadsRequest {
                period_from: proto(hours(24)),
                period_to: proto(hours(24)),
                ..Default::default()
            },
        ),
    ] {
        let AskError::Answer(error) = company.refused::<Leads>(&request) else { panic!("{field}") };
        assert_eq!(error.field(), field);
    }
    let long = v1::LeadsRequest { window_days: 3_651, ..Default::default() };
    let AskError::Field { field, expected } = company.refused::<Leads>(&long) else { panic!("too long") };
    assert_eq!(
        (field, expected.as_str()),
        ("window_days", "expected at most `3650` days, found `3651`; give fewer")
    );
    for wrong in ["total", "total/x", "groups/a/x", "scores/6/leads", "times/opened/captured/leads", "x"] {
        let asked = company.ask::<Leads>(&Default::default(), Some(wrong), 0);
        assert_eq!(asked.unwrap_err(), AnswerError::MalformedFigure { figure: wrong.to_owned() });
    }
}
