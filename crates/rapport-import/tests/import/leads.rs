//! What presets keep of a lead: where it came from, where it came in, and who has it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use crate::support::{Folder, Run, run};
use rapport_import::Mapping;
use rapport_proto::v1::payload::Kind;

fn imported(preset: &str, files: &[(&str, &str)]) -> Run {
    let folder = Folder::of(files);
    let run = run(&Mapping::preset(preset).unwrap(), &[folder.path()]);
    assert!(run.rejects.is_empty());
    run
}

#[test]
fn the_owner_of_a_salesforce_lead_is_told_of_the_lead() {
    let header = "Id,Name,Company,LeadSource,Email,OwnerId,IsConverted,CreatedDate,ConvertedDate,ConvertedAccountId,ConvertedContactId,ConvertedOpportunityId\n";
    let rows = "L1,Anna,AC,Web,,U1,TRUE,2026-03-01T09:30:00.000Z,2026-03-09,A1,,D1\nL2,Zane,AC,Fair,,,FALSE,2026-03-01T09:30:00.000Z,,,,\n";
    let run = imported("salesforce", &[("Lead.csv", &(header.to_owned() + rows))]);
    let told = run.decoded().filter_map(|event| {
        let is_tagged = |tag: &str| event.event.tags.iter().any(|one| one == tag);
        match &event.kind {
            Kind::LeadOpened(opened) => {
                Some(format!("{} {} {}", opened.source_channel, is_tagged("lead:L1"), is_tagged("lead:L2")))
            }
            Kind::LeadConverted(converted) => {
                Some(format!("{} {} {}", converted.deal_id, is_tagged("lead:L1"), is_tagged("party:A1")))
            }
            Kind::OwnerAssigned(owner) => Some(format!("{} {} {}", owner.object, owner.role, owner.to)),
            _ => None,
        }
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["Web true false", "lead:L1 lead_owner U1", "D1 true true", "Fair false true"]
    );
}

#[test]
fn a_hubspot_lead_came_in_at_the_form_of_its_first_conversion() {
    let contacts = "id,property_firstname,property_lastname,property_email,property_email_1,property_company,property_jobtitle,property_createdate,property_first_conversion_date\n7,Anna,O,,,,,2026-03-01 10:00:00,2026-03-01 10:20:00\n8,Zane,E,,,,,2026-03-01 10:00:00,2026-03-02 10:00:00\n";
    let forms = "timestamp,form_id,contact_id,conversion_id,page_id,page_url,title\n2026-03-05 10:20:00,f2,7,c2,p2,https://example.com/b,Price list\n2026-03-01 10:20:00,f1,7,c1,p1,https://example.com/a,Newsletter\n";
    let files = [("contact_data.csv", contacts), ("contact_form_submission_data.csv", forms)];
    let run = imported("hubspot", &files);
    let landings = run.decoded().filter_map(|event| match &event.kind {
        Kind::LeadOpened(opened) => Some(format!("{}|{}", opened.source_channel, opened.landing)),
        _ => None,
    });
    assert_eq!(landings.collect::<Vec<_>>(), ["form|Newsletter", "form|"]);
}
