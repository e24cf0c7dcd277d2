//! Months of exports of tickets, conversations and their scores, of each preset's kind, against a fold of the tickets:
//! the state of each ticket and the figures of satisfaction are after each month as its export says, then and as it was
//! known then.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use jiff::civil::Date;
use rapport_tests::{
    Random,
    inbox::{Inbox, number},
    months::{Kept, before, believed, months, one_of},
};

const TICKETS_OF_A_MONTH: usize = 15;

/// How a ticket is: newly opened (0), in one of two open states (1 and 2), or closed (3).
type State = usize;

const CLOSED: State = 3;

/// A ticket as its source has it, and had it.
#[derive(Debug, Clone)]
struct Ticket {
    no: usize,
    opened: Date,
    owner: u64,
    versions: Vec<Version>,
}

#[derive(Debug, Clone)]
struct Version {
    at: String,
    state: State,
    /// The customer's score, and when it was given.
    score: Option<(u64, String)>,
}

impl Kept for Ticket {
    fn new(random: &mut Random, no: usize, month: Date) -> Self {
        let opened = before(random, month, 25);
        let first = Version { at: format!("{opened} 07:30:00"), state: 0, score: None };
        Self { no, opened, owner: random.below(4), versions: vec![first] }
    }

    fn change(&mut self, random: &mut Random, month: Date) {
        for hour in 8..8 + random.below(4) {
            let mut version = self.last().clone();
            version.at = format!("{month} {hour:02}:{:02}:00", random.below(60));
            match random.below(8) {
                0 | 1 => version.state = one_of(random, &[1, 2]),
                2..=4 => version.state = CLOSED,
                5 | 6 => version.score = Some((1 + random.below(5), version.at.clone())),
                _ => self.owner = random.below(4),
            }
            self.versions.push(version);
        }
    }
}

impl Ticket {
    fn last(&self) -> &Version {
        self.versions.last().unwrap()
    }
}

/// The states of tickets by their ids, or none where a source has no ids, sorted; the answers, and how many are good.
#[derive(Debug, PartialEq)]
struct Standing {
    tickets: Vec<(String, String)>,
    answers: (u64, u64),
}

/// A preset, and how the exports that it reads say things.
struct Source {
    preset: &'static str,
    write: fn(&Path, &[Ticket]),
    /// The ledger's id of a ticket; none where the source has no ids.
    id: fn(&Ticket) -> String,
    /// The ledger's name of the state; `closed` for every close.
    state: fn(&Ticket) -> String,
    has_scores: bool,
}

fn named(names: [&str; 3], ticket: &Ticket) -> String {
    names.get(ticket.last().state).map_or("closed", |name| *name).to_owned()
}

impl Source {
    fn fold(&self, tickets: &[Ticket]) -> Standing {
        let mut standing: Vec<_> =
            tickets.iter().map(|ticket| ((self.id)(ticket), (self.state)(ticket))).collect();
        standing.sort();
        let scores = tickets.iter().filter_map(|ticket| ticket.last().score.as_ref());
        let scores: Vec<u64> = scores.filter(|_| self.has_scores).map(|(score, _)| *score).collect();
        let good = scores.iter().filter(|score| **score >= 4).count();
        Standing { tickets: standing, answers: (scores.len() as u64, good as u64) }
    }

    fn ask(&self, inbox: &Inbox, as_of: &str, known_at: &str) -> Standing {
        let mut states: BTreeMap<String, String> = BTreeMap::new();
        for event in believed(inbox, as_of, known_at) {
            let (kind, said) = event.payload.as_object().unwrap().iter().next().unwrap();
            let text = |key: &str| said[key].as_str().unwrap_or_default();
            let state = match kind.as_str() {
                "ticketOpened" if text("topic").is_empty() => "new",
                "ticketOpened" => text("topic"),
                "ticketStageChanged" => text("to"),
                "ticketResolved" => "closed",
                _ => continue,
            };
            states.insert(text("ticketId").to_owned(), state.to_owned());
        }
        let has_id = |id: String| if id.starts_with("case-") { String::new() } else { id };
        let mut tickets: Vec<_> = states.into_iter().map(|(id, state)| (has_id(id), state)).collect();
        tickets.sort();
        let asked = ["satisfaction", "--instrument", "csat", "--as-of", as_of, "--known-at", known_at];
        let score = &inbox.ask(&asked)["scores"][0];
        let answers = (number(&score["answers"]["count"]), number(&score["positive"]["count"]));
        Standing { tickets, answers }
    }

    fn months(&self, test: &str) {
        let fold = |tickets: &[Ticket]| self.fold(tickets);
        let ask = |inbox: &Inbox, as_of: &str, known_at: &str| self.ask(inbox, as_of, known_at);
        months(test, self.preset, TICKETS_OF_A_MONTH, self.write, fold, ask);
    }
}

const HUBSPOT_STATES: [&str; 4] = ["1", "2", "3", "4"];

fn hubspot(folder: &Path, tickets: &[Ticket]) {
    let stages = "stage_id,is_closed,label,pipeline_id,ticket_state\n1,FALSE,New,0,OPEN\n2,FALSE,Waiting,0,OPEN\n\
                  3,FALSE,Ours,0,OPEN\n4,TRUE,Done,0,CLOSED\n";
    let mut text = "id,is_deleted,property_closed_date,property_createdate,property_first_agent_reply_date,property_hs_pipeline,property_hs_pipeline_stage,property_hs_ticket_category,property_hs_ticket_priority,property_hubspot_owner_id,property_subject,property_content\n".to_owned();
    for ticket in tickets {
        let (Ticket { no, opened, owner, .. }, Version { at, state, .. }) = (ticket, ticket.last());
        let closed = if *state == CLOSED { at } else { "" };
        let stage = HUBSPOT_STATES[*state];
        writeln!(text, "{no},FALSE,{closed},{opened} 07:30:00,,0,{stage},,,{owner},s,t").unwrap();
    }
    fs::write(folder.join("ticket_data.csv"), text).unwrap();
    fs::write(folder.join("ticket_pipeline_stage_data.csv"), stages).unwrap();
}

fn hubspot_with_history(folder: &Path, tickets: &[Ticket]) {
    hubspot(folder, tickets);
    let mut text = "ticket_id,name,source,source_id,timestamp_instant,value\n".to_owned();
    for ticket in tickets {
        let mut last = "";
        for version in &ticket.versions {
            let stage = HUBSPOT_STATES[version.state];
            if stage != last {
                writeln!(text, "{},hs_pipeline_stage,CRM_UI,,{},{stage}", ticket.no, version.at).unwrap();
            }
            last = stage;
        }
    }
    fs::write(folder.join("ticket_property_history_data.csv"), text).unwrap();
}

const HUBSPOT: Source = Source {
    preset: "hubspot",
    write: hubspot,
    id: |ticket| ticket.no.to_string(),
    state: |ticket| named(["1", "2", "3"], ticket),
    has_scores: false,
};

#[test]
fn hubspot_tickets_stand_after_each_month_as_its_export_says() {
    HUBSPOT.months("hubspot_tickets");
}

#[test]
fn hubspot_tickets_with_their_history_stand_after_each_month_as_its_export_says() {
    Source { write: hubspot_with_history, ..HUBSPOT }.months("hubspot_tickets_history");
}

const ZENDESK_STATES: [&str; 4] = ["new", "open", "pending", "solved"];

fn zendesk(folder: &Path, tickets: &[Ticket]) {
    let mut text = "id,requester_id,via_channel,assignee_id,organization_id,group_id,created_at,updated_at,status,type,priority,subject,description\n".to_owned();
    for ticket in tickets {
        let (Ticket { no, opened, owner, .. }, Version { at, state, .. }) = (ticket, ticket.last());
        // A ticket that was solved is archived now and then.
        let status = if *state == CLOSED && owner % 2 == 0 { "closed" } else { ZENDESK_STATES[*state] };
        writeln!(text, "{no},7,web,{owner},,,{opened} 07:30:00,{at},{status},,,s,t").unwrap();
    }
    fs::write(folder.join("ticket_data.csv"), text).unwrap();
}

fn zendesk_with_history(folder: &Path, tickets: &[Ticket]) {
    zendesk(folder, tickets);
    let mut text = "field_name,ticket_id,updated,user_id,value\n".to_owned();
    for ticket in tickets {
        let mut last = "";
        for version in &ticket.versions {
            let status = ZENDESK_STATES[version.state];
            if status != last {
                writeln!(text, "status,{},{},9,{status}", ticket.no, version.at).unwrap();
            }
            last = status;
        }
    }
    fs::write(folder.join("ticket_field_history_data.csv"), text).unwrap();
}

const ZENDESK: Source = Source {
    preset: "zendesk",
    write: zendesk,
    id: |ticket| ticket.no.to_string(),
    state: |ticket| named(["new", "open", "pending"], ticket),
    has_scores: false,
};

#[test]
fn zendesk_tickets_stand_after_each_month_as_its_export_says() {
    ZENDESK.months("zendesk_months");
}

#[test]
fn zendesk_tickets_with_their_history_stand_after_each_month_as_its_export_says() {
    Source { write: zendesk_with_history, ..ZENDESK }.months("zendesk_history_months");
}

/// So many of the last versions of each conversation.
fn conversations(folder: &Path, tickets: &[Ticket], versions: usize) {
    let mut text = "id,updated_at,assignee_id,assignee_type,conversation_rating_created_at,conversation_rating_remark,conversation_rating_value,created_at,priority,source_author_id,source_author_type,source_delivered_as,source_type,state,source_body,source_subject\n".to_owned();
    for Ticket { no, opened, owner, versions: all } in tickets {
        for Version { at, state, score } in &all[all.len().saturating_sub(versions)..] {
            let state = ["open", "open", "snoozed", "closed"][*state];
            let (score, when) = score
                .as_ref()
                .map_or_else(Default::default, |(score, when)| (score.to_string(), when.as_str()));
            writeln!(text, "{no},{at},{owner},admin,{when},,{score},{opened} 07:30:00,not_priority,C{no},user,customer_initiated,conversation,{state},b,s").unwrap();
        }
    }
    fs::write(folder.join("conversation_history_data.csv"), text).unwrap();
}

const INTERCOM: Source = Source {
    preset: "intercom",
    write: |folder, tickets| conversations(folder, tickets, usize::MAX),
    id: |ticket| ticket.no.to_string(),
    state: |ticket| named(["open", "open", "snoozed"], ticket),
    has_scores: true,
};

#[test]
fn intercom_conversations_and_their_ratings_stand_after_each_month_as_its_export_says() {
    INTERCOM.months("intercom_months");
}

#[test]
fn intercom_conversations_without_their_earlier_versions_stand_after_each_month_as_its_export_says() {
    Source { write: |folder, tickets| conversations(folder, tickets, 1), ..INTERCOM }
        .months("intercom_latest");
}

fn zoho(folder: &Path, tickets: &[Ticket]) {
    let mut text = "Case Owner,Status,Case Origin,Created Time,Modified Time\n".to_owned();
    for ticket in tickets {
        let (Ticket { no, opened, .. }, Version { at, state, .. }) = (ticket, ticket.last());
        let status = ["New", "On Hold", "Escalated", "Closed"][*state];
        // Cases have no ids: of one owner's, no two were created in the same second.
        writeln!(text, "U{no},{status},Web,{opened} 07:30:00,{at}").unwrap();
    }
    fs::write(folder.join("Cases.csv"), text).unwrap();
}

#[test]
fn zoho_cases_stand_after_each_month_as_its_export_says() {
    let zoho = Source {
        preset: "zoho",
        write: zoho,
        id: |_| String::new(),
        state: |ticket| named(["New", "On Hold", "Escalated"], ticket),
        has_scores: false,
    };
    zoho.months("zoho_cases");
}

fn helpdesk_italy(folder: &Path, tickets: &[Ticket]) {
    let mut text = "Case ID,Activity,Resource,Complete Timestamp,customer,product,responsible_section,seriousness_2,service_level,service_type,support_section,workgroup\n".to_owned();
    for Ticket { no, versions, .. } in tickets {
        for Version { at, state, .. } in versions {
            let activity = ["Insert ticket", "Take in charge ticket", "Wait", "Resolve ticket"][*state];
            let at = at.replace('-', "/");
            writeln!(text, "Case {no},{activity},R,{at}.000,C{no},P,S,1,2,T,U,W").unwrap();
        }
    }
    fs::write(folder.join("helpdesk.csv"), text).unwrap();
}

#[test]
fn the_help_desks_tickets_stand_after_each_month_as_its_log_says() {
    let helpdesk = Source {
        preset: "helpdesk-italy",
        write: helpdesk_italy,
        id: |ticket| format!("Case {}", ticket.no),
        state: |ticket| named(["Insert ticket", "Take in charge ticket", "Wait"], ticket),
        has_scores: false,
    };
    helpdesk.months("helpdesk_months");
}

fn bank_complaints(folder: &Path, tickets: &[Ticket]) {
    let mut text = "ComplaintID;CustomerID;ContactDate;ContactChannelID;ComplaintDossierID;Office_U;Office_W;ComplaintThemeID;ComplaintTheme;ComplaintTheme_EN;ComplaintSubtheme_EN;ComplaintTopic;AgeCategory;Gender\n".to_owned();
    for Ticket { no, opened, owner, .. } in tickets {
        writeln!(text, "{no};C{no};{opened} 00:00:00.000;1;D{no};U;W;{owner};;theme {owner};;t;30-39;V")
            .unwrap();
    }
    fs::write(folder.join("BPI2016_Complaints.csv"), text).unwrap();
}

#[test]
fn the_banks_complaints_are_of_the_theme_that_the_last_export_says() {
    let bank = Source {
        preset: "bank-complaints",
        write: bank_complaints,
        id: |ticket| ticket.no.to_string(),
        state: |ticket| format!("theme {}", ticket.owner),
        has_scores: false,
    };
    bank.months("complaints_months");
}
