//! Months of exports of each preset's kind, with the changes that people make, against a fold of the exports: what is
//! won, lost and open after a month is what that month's export says, then and as it was known then.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod exports;

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use jiff::civil::Date;
use rapport_tests::{Ledger, Random};
use serde_json::Value;

/// When the exports are made and imported.
const MONTHS: [&str; 4] = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"];

const DEALS: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    Won,
    Lost,
}

/// A deal as its source has it.
#[derive(Debug, Clone)]
struct Deal {
    no: usize,
    owner: u64,
    created: Date,
    amount: u64,
    name: u64,
    stage: usize,
    status: Status,
    closes: Date,
    /// What the source's history has of it: moment, stage, status.
    history: Vec<(String, usize, Status)>,
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A day that is at most so many days before another.
fn before(random: &mut Random, last: Date, days: u64) -> Date {
    last - jiff::Span::new().days(random.below(days) as i64)
}

impl Deal {
    fn new(random: &mut Random, no: usize, month: Date) -> Self {
        let created = before(random, month, 25);
        let mut deal = Self {
            no,
            owner: random.below(5),
            created,
            amount: 100 + random.below(900),
            name: 0,
            stage: 0,
            status: Status::Open,
            closes: month,
            history: Vec::new(),
        };
        deal.history.push((format!("{created} 09:30:00"), 0, Status::Open));
        deal
    }

    /// What somebody does with it until the day of the export.
    fn change(&mut self, random: &mut Random, month: Date) {
        for _ in 0..random.below(3) {
            match (random.below(8), self.status) {
                (0 | 1, Status::Open) => self.stage = random.below(3) as usize,
                (2 | 3, _) => {
                    // Entered late now and then, before the deal was created or before another close; or never set to
                    // the day of the close: it is still to come.
                    let ahead = jiff::Span::new().days(random.below(60) as i64);
                    let is_ahead = random.below(6) == 0;
                    self.closes = if is_ahead { month + ahead } else { before(random, month, 40) };
                    self.status = if random.below(3) == 0 { Status::Lost } else { Status::Won };
                }
                (4, Status::Won | Status::Lost) => {
                    self.status = Status::Open;
                    self.stage = random.below(3) as usize;
                }
                (5, _) => self.amount = 100 + random.below(900),
                (6, _) => self.owner = random.below(5),
                _ => self.name += 1,
            }
        }
        let (_, stage, status) = self.history.last().unwrap();
        if (*stage, *status) != (self.stage, self.status) {
            let at = format!("{month} 1{}:00:00", random.below(2));
            self.history.push((at, self.stage, self.status));
        }
    }

    fn is(&self, status: Status) -> bool {
        self.status == status
    }
}

/// How the deals of a kind of export are written into a folder.
type Writer = fn(&Path, &[Deal]);

const STAGES: [&str; 3] = ["Prospecting", "Qualification", "Negotiation/Review"];

fn stage_name(stage: usize, status: Status) -> &'static str {
    match status {
        Status::Open => STAGES[stage],
        Status::Won => "Signed",
        Status::Lost => "Given up",
    }
}

fn salesforce(folder: &Path, deals: &[Deal]) {
    let mut text =
        "Id,AccountId,OwnerId,CreatedDate,Amount,CloseDate,Name,IsClosed,IsWon,StageName\n".to_owned();
    for deal in deals {
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        let (closed, won) = (!deal.is(Status::Open), deal.is(Status::Won));
        let stage = stage_name(deal.stage, deal.status);
        writeln!(
            text,
            "D{no},A{no},U{owner},{created}T09:30:00.000Z,{amount},{closes},N{name},{closed},{won},{stage}"
        )
        .unwrap();
    }
    fs::write(folder.join("Opportunity.csv"), text).unwrap();
}

fn salesforce_with_history(folder: &Path, deals: &[Deal]) {
    salesforce(folder, deals);
    let mut text = "Id,OpportunityId,CreatedDate,CreatedById,StageName,Amount,CloseDate\n".to_owned();
    for deal in deals {
        // The file is in no order.
        for (place, (at, stage, status)) in deal.history.iter().enumerate().rev() {
            let (no, stage, at) = (deal.no, stage_name(*stage, *status), at.replace(' ', "T"));
            writeln!(text, "H{no}-{place},D{no},{at}.000Z,U,{stage},{},{}", deal.amount, deal.closes)
                .unwrap();
        }
    }
    fs::write(folder.join("OpportunityHistory.csv"), text).unwrap();
}

fn connector(folder: &Path, deals: &[Deal]) {
    let mut text =
        "id,account_id,owner_id,created_date,amount,close_date,name,is_closed,is_won,is_deleted,stage_name\n"
            .to_owned();
    let mut versions = "id,_fivetran_start,account_id,owner_id,is_closed,is_won,stage_name\n".to_owned();
    for deal in deals {
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        let (closed, won) = (!deal.is(Status::Open), deal.is(Status::Won));
        let stage = stage_name(deal.stage, deal.status);
        writeln!(
            text,
            "D{no},A{no},U{owner},{created} 09:30:00,{amount},{closes} 00:00:00,N{name},{closed},{won},false,{stage}"
        )
        .unwrap();
        for (at, stage, status) in &deal.history {
            let (closed, won) = (*status != Status::Open, *status == Status::Won);
            writeln!(versions, "D{no},{at},A{no},U{owner},{closed},{won},{}", stage_name(*stage, *status))
                .unwrap();
        }
    }
    fs::write(folder.join("sf_opportunity_data.csv"), text).unwrap();
    fs::write(folder.join("sf_opportunity_history_data.csv"), versions).unwrap();
}

fn hubspot(folder: &Path, deals: &[Deal]) {
    let stages = "stage_id,pipeline_id,label,probability,display_order,is_closed,closed_won,_fivetran_deleted
Signed,default,Won,1.0,4,TRUE,TRUE,FALSE\nGiven up,default,Lost,0,5,TRUE,FALSE,FALSE
Prospecting,default,P,0.1,0,FALSE,FALSE,FALSE\nQualification,default,Q,0.2,1,FALSE,FALSE,FALSE
Negotiation/Review,default,N,0.9,2,FALSE,FALSE,FALSE\n";
    let mut text = "deal_id,deal_pipeline_id,deal_pipeline_stage_id,owner_id,is_deleted,property_createdate,property_closedate,property_amount,property_dealname\n".to_owned();
    for deal in deals {
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        let stage = stage_name(deal.stage, deal.status);
        writeln!(
            text,
            "{no},default,{stage},{owner},FALSE,{created} 09:30:00,{closes} 12:00:00,{amount},N{name}"
        )
        .unwrap();
    }
    fs::write(folder.join("deal_data.csv"), text).unwrap();
    fs::write(folder.join("deal_pipeline_stage_data.csv"), stages).unwrap();
}

fn zoho(folder: &Path, deals: &[Deal]) {
    let mut text =
        "Potential Name,Potential Owner,Created Time,Closing Date,Amount,Stage,LEADID,Campaign Id\n"
            .to_owned();
    for deal in deals {
        let stage = match deal.status {
            Status::Open => ["Prospect", "Qualification", "Initial Offer"][deal.stage],
            Status::Won => "Closed Won",
            Status::Lost => "Closed Lost",
        };
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        writeln!(text, "N{name},U{owner},{created} 09:30:00,{closes},${amount},{stage},{no},").unwrap();
    }
    fs::write(folder.join("Potentials.csv"), text).unwrap();
}

fn sales_pipeline(folder: &Path, deals: &[Deal]) {
    let mut text =
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
            .to_owned();
    for deal in deals {
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        let (stage, closed, value) = match deal.status {
            Status::Open => ("Engaging", String::new(), String::new()),
            Status::Won => ("Won", closes.to_string(), amount.to_string()),
            Status::Lost => ("Lost", closes.to_string(), "0".to_owned()),
        };
        writeln!(text, "D{no},U{owner},P{name},A{no},{stage},{created},{closed},{value}").unwrap();
    }
    fs::write(folder.join("sales_pipeline.csv"), text).unwrap();
}

/// Won, lost and open deals, and what the won ones brought, in minor units.
type Standing = (u64, u64, u64, u64);

fn fold(deals: &[Deal]) -> Standing {
    let count = |status| deals.iter().filter(|deal| deal.is(status)).count() as u64;
    let brought: u64 = deals.iter().filter(|deal| deal.is(Status::Won)).map(|deal| deal.amount * 100).sum();
    (count(Status::Won), count(Status::Lost), count(Status::Open), brought)
}

fn number(value: &Value) -> u64 {
    // 64-bit numbers are text in canonical JSON, and a zero is left out.
    value.as_str().map_or(0, |text| text.parse().unwrap())
}

fn ask(ledger: &Ledger, pipeline: &str, as_of: &str, known_at: Option<&str>) -> Standing {
    let mut arguments = vec!["funnel", "--pipeline", pipeline, "--as-of", as_of, "--output", "json"];
    if let Some(known_at) = known_at {
        arguments.extend(["--known-at", known_at]);
    }
    let funnel: Value = serde_json::from_str(&ledger.run(arguments).unwrap()).unwrap();
    let pipeline = &funnel["pipelines"][0];
    let none = Vec::new();
    let outcomes = pipeline["outcomes"].as_array().unwrap_or(&none);
    let of =
        |currency: &str| outcomes.iter().find(|row| row["currency"] == currency).cloned().unwrap_or_default();
    let snapshot = pipeline["snapshot"].as_array().unwrap_or(&none);
    let open = snapshot.iter().map(|row| number(&row["deals"]["count"])).sum();
    let (all, usd) = (of("*"), of("USD"));
    (number(&all["won"]["count"]), number(&all["lost"]["count"]), open, number(&usd["wonMinorUnits"]))
}

fn months(preset: &str, pipeline: &str, write: Writer, test: &str) {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start_with(&data.path().join("ledger"), ["--simulated-clock"]).unwrap();
    let mut random = Random::seeded(test);
    let mut deals: Vec<Deal> = Vec::new();
    let mut known = Vec::new();
    for month in MONTHS {
        deals.iter_mut().for_each(|deal| deal.change(&mut random, day(month)));
        while deals.len() < DEALS * (known.len() + 1) / MONTHS.len() {
            deals.push(Deal::new(&mut random, deals.len(), day(month)));
        }
        let folder = data.path().join(month);
        fs::create_dir(&folder).unwrap();
        write(&folder, &deals);
        // Twice: the second time nothing is new.
        let [first, second] = [(); 2].map(|()| {
            let rejects = data.path().join("rejects.csv");
            exports::import(&ledger, preset, std::slice::from_ref(&folder), month, &rejects);
            ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap().lines().count()
        });
        assert_eq!(first, second, "{preset}: {month}");
        known.push((month, fold(&deals)));
        assert_eq!(ask(&ledger, pipeline, month, None), fold(&deals), "{preset}: {month}");
    }
    for (month, standing) in known {
        let found = ask(&ledger, pipeline, month, Some(month));
        assert_eq!(found, standing, "{preset}: {month} as known then");
    }
}

#[test]
fn salesforce_deals_stand_after_each_month_as_its_export_says() {
    months("salesforce", "salesforce", salesforce, "salesforce_months");
}

#[test]
fn salesforce_deals_with_their_history_stand_after_each_month_as_its_export_says() {
    months("salesforce", "salesforce", salesforce_with_history, "salesforce_history_months");
}

#[test]
fn salesforce_deals_of_a_connector_stand_after_each_month_as_its_export_says() {
    months("salesforce", "salesforce", connector, "connector_months");
}

#[test]
fn hubspot_deals_stand_after_each_month_as_its_export_says() {
    months("hubspot", "default", hubspot, "hubspot_months");
}

#[test]
fn zoho_deals_stand_after_each_month_as_its_export_says() {
    months("zoho", "zoho", zoho, "zoho_months");
}

#[test]
fn sales_pipeline_deals_stand_after_each_month_as_its_export_says() {
    months("sales-pipeline", "sales", sales_pipeline, "sales_pipeline_months");
}

/// The last standing of each ticket, by what the ledger tells of it in the order of time and then of recording.
fn tickets(ledger: &Ledger) -> BTreeMap<String, bool> {
    let lines = ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap();
    let mut found: BTreeMap<String, Vec<(String, u64, bool)>> = BTreeMap::new();
    for line in lines.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        for (kind, closed) in
            [("ticketOpened", false), ("ticketStageChanged", false), ("ticketResolved", true)]
        {
            let Some(id) = event["payload"][kind]["ticketId"].as_str() else { continue };
            let at = event["occurredAt"].as_str().unwrap().to_owned();
            found.entry(id.to_owned()).or_default().push((at, number(&event["position"]), closed));
        }
    }
    found
        .into_iter()
        .map(|(id, mut told)| {
            told.sort();
            (id, told.last().unwrap().2)
        })
        .collect()
}

#[test]
fn tickets_that_are_solved_reopened_and_solved_again_stand_as_the_last_export_says() {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start_with(&data.path().join("ledger"), ["--simulated-clock"]).unwrap();
    let header = "id,requester_id,via_channel,assignee_id,organization_id,group_id,created_at,updated_at,status,type,priority,subject,description\n";
    let months: [[&str; 3]; 4] = [
        ["open", "solved", "new"],
        ["solved", "open", "pending"],
        ["open", "solved", "solved"],
        ["solved", "closed", "closed"],
    ];
    for (month, states) in MONTHS.iter().zip(months) {
        let folder = data.path().join(month);
        fs::create_dir(&folder).unwrap();
        let mut text = header.to_owned();
        for (no, state) in states.iter().enumerate() {
            writeln!(text, "{no},7,web,,,,2026-01-02 08:00:00,{month} 09:00:00,{state},,,s,t").unwrap();
        }
        fs::write(folder.join("ticket_data.csv"), text).unwrap();
        for _ in 0..2 {
            exports::import(
                &ledger,
                "zendesk",
                std::slice::from_ref(&folder),
                month,
                &data.path().join("r.csv"),
            );
        }
        let expected: BTreeMap<String, bool> = states
            .iter()
            .enumerate()
            .map(|(no, state)| (no.to_string(), ["solved", "closed"].contains(state)))
            .collect();
        assert_eq!(tickets(&ledger), expected, "{month}");
    }
}

#[test]
fn accounts_are_called_and_described_as_the_last_export_says() {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start_with(&data.path().join("ledger"), ["--simulated-clock"]).unwrap();
    let header = "Id,Name,BillingCountryCode,Industry,Type,CreatedDate,OwnerId,NumberOfEmployees\n";
    // Industry and type go from one to another and back.
    let rows = [
        "AC1,Amber Mills,US,Food,Prospect,2026-01-02,U1,12",
        "AC1,Amber Mills and Sons,US,Bakery,Customer,2026-01-02,U1,12",
        "AC1,Amber Mills and Sons,US,Food,Customer,2026-01-02,U2,13",
        "AC1,Amber Group,US,Food,Prospect,2026-01-02,U2,13",
    ];
    for (month, row) in MONTHS.iter().zip(rows) {
        let folder = data.path().join(month);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("Account.csv"), format!("{header}{row}\n")).unwrap();
        for _ in 0..2 {
            exports::import(
                &ledger,
                "salesforce",
                std::slice::from_ref(&folder),
                month,
                &data.path().join("r.csv"),
            );
        }
        let told = ledger.run(["timeline", "AC1", "--as-of", month]).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        for wanted in [
            cells[1].to_owned(),
            format!("industry: {}", cells[3]),
            format!("account_type: {}", cells[4]),
            format!("employees: {}", cells[7]),
        ] {
            assert!(told.contains(&wanted), "{month}: `{wanted}` in\n{told}");
        }
    }
}
