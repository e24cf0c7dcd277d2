//! Deals and tickets of which one export's own row tells the state, and the history of a later export: restored,
//! reopened, closed after they were solved. The ledger has the state of the last export, and each close once.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use rapport_tests::{
    inbox::{Inbox, counts},
    months::believed,
};

/// Imports files of a preset on a day; the same files again add nothing.
fn import(inbox: &Inbox, preset: &str, day: &str, files: &[(&str, String)]) {
    for (name, text) in files {
        inbox.write(&format!("{day}/{name}"), text);
    }
    let summary = inbox.import_on(day, &[preset, day]);
    assert_eq!(counts(&summary, ["rejected"]), [0], "{day}: {summary}");
    let again = inbox.import_on(day, &[preset, day]);
    assert_eq!(counts(&again, ["eventsAdded", "rejected"]), [0, 0], "{day} again");
}

/// What is believed of a deal or a ticket on a day: each event's kind and moment, in order.
fn story(inbox: &Inbox, day: &str) -> Vec<String> {
    let told = |event: rapport_tests::months::Believed| {
        let payload = event.payload.as_object().unwrap();
        let kind = payload.keys().find(|key| *key != "personal").unwrap().clone();
        let to = payload[&kind]["to"].as_str().unwrap_or_default().to_owned();
        let is_standing = ["deal", "ticket"].iter().any(|of| kind.starts_with(of));
        is_standing
            .then(|| format!("{kind} {to} {}", &event.occurred_at.to_string()[..16]).replace("  ", " "))
    };
    believed(inbox, "2026-12-31", day).into_iter().filter_map(told).collect()
}

const STAGES: &str = "stage_id,pipeline_id,label,probability,display_order,is_closed,closed_won,_fivetran_deleted
won1,default,Won,1.0,2,TRUE,TRUE,FALSE\nlost1,default,Lost,0,3,TRUE,FALSE,FALSE\nopen1,default,Talk,0.2,0,FALSE,FALSE,FALSE\n";

fn deal(stage: &str, deleted: &str, closed: &str, history: &str) -> Vec<(&'static str, String)> {
    let header = "deal_id,deal_pipeline_id,deal_pipeline_stage_id,owner_id,is_deleted,property_createdate,\
                  property_closedate,property_amount,property_dealname\n";
    let row = format!("A,default,{stage},,{deleted},2026-01-05 09:00:00,{closed},44,a\n");
    let mut files = vec![
        ("deal_data.csv", header.to_owned() + &row),
        ("deal_pipeline_stage_data.csv", STAGES.to_owned()),
    ];
    if !history.is_empty() {
        files.push(("deal_stage_data.csv", format!("deal_id,date_entered,value\n{history}")));
    }
    files
}

#[test]
fn a_hubspot_deal_that_is_restored_or_reopened_is_open_again_with_a_history_and_without() {
    let (opened, moved) = ("dealOpened 2026-01-05T09:00", "dealStageChanged open1 2026-01-06T09:00");
    for history in ["A,2026-01-06 09:00:00,open1\n", ""] {
        // Deleted, and restored from the recycle bin.
        let inbox = Inbox::on_a_simulated_clock();
        import(&inbox, "hubspot", "2026-01-31", &deal("open1", "FALSE", "", history));
        import(&inbox, "hubspot", "2026-02-28", &deal("open1", "TRUE", "", history));
        assert!(story(&inbox, "2026-02-28").last().unwrap().starts_with("dealLost"), "{history}");
        import(&inbox, "hubspot", "2026-03-31", &deal("open1", "FALSE", "", history));
        let story_now = story(&inbox, "2026-03-31");
        if history.is_empty() {
            assert!(
                story_now.last().unwrap().starts_with("dealStageChanged open1 2026-03-31"),
                "{story_now:?}"
            );
        } else {
            assert_eq!(story_now, [opened, moved]);
        }
        assert!(story(&inbox, "2026-02-28").last().unwrap().starts_with("dealLost"), "as it was known then");
    }
    // Lost by its own row on a day that is later than the move by which the history reopens it.
    let inbox = Inbox::on_a_simulated_clock();
    import(&inbox, "hubspot", "2026-01-31", &deal("lost1", "FALSE", "2026-01-20", ""));
    let history = "A,2026-01-06 09:00:00,lost1\nA,2026-01-08 09:00:00,open1\n";
    import(&inbox, "hubspot", "2026-02-28", &deal("open1", "FALSE", "2026-01-20", history));
    assert_eq!(
        story(&inbox, "2026-02-28"),
        [opened, "dealLost 2026-01-06T09:00", "dealStageChanged open1 2026-01-08T09:00"]
    );
    // Won by its own row, and then by the history: won once.
    let inbox = Inbox::on_a_simulated_clock();
    import(&inbox, "hubspot", "2026-01-31", &deal("won1", "FALSE", "2026-01-20", ""));
    import(
        &inbox,
        "hubspot",
        "2026-02-28",
        &deal("won1", "FALSE", "2026-01-20", "A,2026-01-19 09:00:00,won1\n"),
    );
    assert_eq!(story(&inbox, "2026-02-28"), [opened, "dealWon 2026-01-19T09:00"]);
    // Deleted after it was won: it stays won.
    let inbox = Inbox::on_a_simulated_clock();
    import(&inbox, "hubspot", "2026-01-31", &deal("won1", "FALSE", "2026-01-20", ""));
    import(&inbox, "hubspot", "2026-02-28", &deal("won1", "TRUE", "2026-01-20", ""));
    assert!(story(&inbox, "2026-02-28")[1].starts_with("dealWon"));
}

fn opportunity(stage: &str, closed: &str, won: &str, history: &str) -> Vec<(&'static str, String)> {
    let header = "Id,AccountId,OwnerId,CreatedDate,Amount,CloseDate,Name,IsClosed,IsWon,StageName\n";
    let row = format!("A,AC,U,2026-01-05T09:00:00.000Z,1,2026-01-20,a,{closed},{won},{stage}\n");
    let mut files = vec![("Opportunity.csv", header.to_owned() + &row)];
    if !history.is_empty() {
        let header = "Id,OpportunityId,CreatedDate,CreatedById,StageName,Amount,CloseDate,Probability,ForecastCategory\n";
        files.push(("OpportunityHistory.csv", header.to_owned() + history));
    }
    files
}

#[test]
fn a_salesforce_opportunity_is_closed_once_and_reopened_where_a_history_comes_later() {
    let (lost, open) = (
        "1,A,2026-01-06T09:00:00.000Z,U,Closed Lost,1,2026-01-20,0,Omitted\n",
        "2,A,2026-01-08T09:00:00.000Z,U,Qualification,1,2026-01-20,10,Pipeline\n",
    );
    let inbox = Inbox::on_a_simulated_clock();
    import(&inbox, "salesforce", "2026-01-31", &opportunity("Closed Lost", "TRUE", "FALSE", ""));
    import(&inbox, "salesforce", "2026-02-28", &opportunity("Closed Lost", "TRUE", "FALSE", lost));
    assert_eq!(story(&inbox, "2026-02-28"), ["dealOpened 2026-01-05T09:00", "dealLost 2026-01-06T09:00"]);
    let both = lost.to_owned() + open;
    import(&inbox, "salesforce", "2026-03-31", &opportunity("Qualification", "FALSE", "FALSE", &both));
    assert!(story(&inbox, "2026-03-31").last().unwrap().starts_with("dealStageChanged Qualification"));
}

fn ticket(status: &str, updated: &str, history: &str) -> Vec<(&'static str, String)> {
    let row = format!("7,{status},2026-01-05 09:00:00,{updated},u1,,,,,,,\n");
    let header = "id,status,created_at,updated_at,requester_id,assignee_id,organization_id,group_id,type,priority,\
                  subject,description";
    let mut files = vec![(
        "ticket_data.csv",
        format!("{header},via_channel\n{}", row.replace(",,,,,,,\n", ",,,,,,,,web\n")),
    )];
    if !history.is_empty() {
        files.push((
            "ticket_field_history_data.csv",
            format!("ticket_id,field_name,updated,value,user_id\n{history}"),
        ));
    }
    files
}

#[test]
fn a_zendesk_ticket_is_resolved_when_it_was_solved_whatever_changes_afterwards() {
    let opened = "ticketOpened 2026-01-05T09:00";
    // Without a history: touched, and closed by itself.
    let inbox = Inbox::on_a_simulated_clock();
    for (day, status, updated) in [
        ("2026-01-15", "open", "2026-01-06 09:00:00"),
        ("2026-01-16", "open", "2026-01-15 09:00:00"),
        ("2026-01-31", "solved", "2026-01-20 09:00:00"),
        ("2026-02-10", "solved", "2026-02-05 09:00:00"),
        ("2026-02-28", "closed", "2026-02-24 09:00:00"),
    ] {
        import(&inbox, "zendesk", day, &ticket(status, updated, ""));
    }
    let moved = "ticketStageChanged open 2026-01-06T09:00";
    let resolved = "ticketResolved 2026-01-20T09:00";
    assert_eq!(story(&inbox, "2026-02-28"), [opened, moved, resolved]);
    // Solved by the history, closed by its row alone.
    let inbox = Inbox::on_a_simulated_clock();
    let history = "7,status,2026-01-20 09:00:00,solved,3\n";
    import(&inbox, "zendesk", "2026-01-31", &ticket("solved", "2026-01-20 09:00:00", history));
    import(&inbox, "zendesk", "2026-02-28", &ticket("closed", "2026-02-24 09:00:00", history));
    assert_eq!(story(&inbox, "2026-02-28"), [opened, resolved]);
    // Solved by its row, reopened by the history.
    let inbox = Inbox::on_a_simulated_clock();
    import(&inbox, "zendesk", "2026-01-31", &ticket("solved", "2026-01-25 09:00:00", ""));
    let history = history.to_owned() + "7,status,2026-01-22 09:00:00,open,3\n";
    import(&inbox, "zendesk", "2026-02-28", &ticket("open", "2026-02-24 09:00:00", &history));
    assert_eq!(story(&inbox, "2026-02-28"), [opened, resolved, "ticketStageChanged open 2026-01-22T09:00"]);
    // Reopened without a history, and solved again.
    let inbox = Inbox::on_a_simulated_clock();
    for (day, status, updated) in [
        ("2026-01-31", "solved", "2026-01-20 09:00:00"),
        ("2026-02-10", "open", "2026-02-05 09:00:00"),
        ("2026-02-28", "solved", "2026-02-24 09:00:00"),
    ] {
        import(&inbox, "zendesk", day, &ticket(status, updated, ""));
    }
    let again = ["ticketStageChanged open 2026-02-05T09:00", "ticketResolved 2026-02-24T09:00"];
    assert_eq!(story(&inbox, "2026-02-28"), [opened, resolved, again[0], again[1]]);
}
