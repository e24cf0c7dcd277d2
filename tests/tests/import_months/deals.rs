//! Months of exports of deals, of each preset's kind, against a fold of the deals: won and lost deals, the stages and
//! amounts of open ones, and owners are after each month as its export says, then and as it was known then.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use jiff::{Span, civil::Date};
use rapport_tests::{
    Random,
    inbox::{Inbox, number},
    months::{Kept, MONTHS, before, believed, months},
};
use serde_json::Value;

const DEALS_OF_A_MONTH: usize = 20;

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
    /// The rows of the source's history: one for each change of stage or amount.
    history: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    at: String,
    stage: usize,
    status: Status,
    amount: u64,
}

impl Kept for Deal {
    fn new(random: &mut Random, no: usize, month: Date) -> Self {
        let created = before(random, month, 25);
        let amount = 100 + random.below(900);
        let first = Change { at: format!("{created} 07:30:00"), stage: 0, status: Status::Open, amount };
        let history = vec![first];
        let owner = random.below(5);
        Self { no, owner, created, amount, name: 0, stage: 0, status: Status::Open, closes: month, history }
    }

    fn change(&mut self, random: &mut Random, month: Date) {
        for hour in 8..8 + random.below(4) {
            match (random.below(8), self.status) {
                (0 | 1, Status::Open) => self.stage = random.below(3) as usize,
                (2 | 3, _) => {
                    // Entered late now and then, before the deal was created or before another close; or never set to
                    // the day of the close: it is still to come.
                    let ahead = Span::new().days(random.below(60) as i64);
                    self.closes = if random.one_in(6) { month + ahead } else { before(random, month, 40) };
                    self.status = if random.one_in(3) { Status::Lost } else { Status::Won };
                }
                (4, Status::Won | Status::Lost) => {
                    self.status = Status::Open;
                    self.stage = random.below(3) as usize;
                }
                (5, _) => self.amount = 100 + random.below(900),
                (6, _) => self.owner = random.below(5),
                (7, Status::Open) => self.closes = month + Span::new().days(random.below(60) as i64),
                _ => self.name += 1,
            }
            let last = self.history.last().unwrap();
            if (last.stage, last.status, last.amount) != (self.stage, self.status, self.amount) {
                let at = format!("{month} {hour:02}:{:02}:00", random.below(60));
                let Self { stage, status, amount, .. } = *self;
                self.history.push(Change { at, stage, status, amount });
            }
        }
    }
}

impl Deal {
    fn is(&self, status: Status) -> bool {
        self.status == status
    }
}

const STAGES: [&str; 3] = ["Prospecting", "Qualification", "Negotiation/Review"];

fn stage_name(stage: usize, status: Status) -> &'static str {
    match status {
        Status::Open => STAGES[stage],
        Status::Won => "Signed",
        Status::Lost => "Given up",
    }
}

/// The rows of opportunities, with what the layout writes behind `created` and `closes`, and before the stage.
fn opportunities(header: &str, deals: &[Deal], [time, midnight, not_deleted]: [&str; 3]) -> String {
    let mut text = format!("{header}\n");
    for deal in deals {
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        let (closed, won) = (!deal.is(Status::Open), deal.is(Status::Won));
        let stage = stage_name(deal.stage, deal.status);
        writeln!(
            text,
            "D{no},A{no},U{owner},{created}{time},{amount},{closes}{midnight},N{name},{closed},{won},{not_deleted}{stage}"
        )
        .unwrap();
    }
    text
}

fn salesforce(folder: &Path, deals: &[Deal]) {
    let header = "Id,AccountId,OwnerId,CreatedDate,Amount,CloseDate,Name,IsClosed,IsWon,StageName";
    let text = opportunities(header, deals, ["T07:30:00.000Z", "", ""]);
    fs::write(folder.join("Opportunity.csv"), text).unwrap();
}

fn salesforce_with_history(folder: &Path, deals: &[Deal]) {
    salesforce(folder, deals);
    let mut text = "Id,OpportunityId,CreatedDate,CreatedById,StageName,Amount,CloseDate\n".to_owned();
    for deal in deals {
        // The file is in no order.
        for (place, change) in deal.history.iter().enumerate().rev() {
            let (stage, at) = (stage_name(change.stage, change.status), change.at.replace(' ', "T"));
            let Deal { no, closes, .. } = deal;
            writeln!(text, "H{no}-{place},D{no},{at}.000Z,U,{stage},{},{closes}", change.amount).unwrap();
        }
    }
    fs::write(folder.join("OpportunityHistory.csv"), text).unwrap();
}

fn connector(folder: &Path, deals: &[Deal]) {
    let header =
        "id,account_id,owner_id,created_date,amount,close_date,name,is_closed,is_won,is_deleted,stage_name";
    let text = opportunities(header, deals, [" 07:30:00", " 00:00:00", "false,"]);
    fs::write(folder.join("sf_opportunity_data.csv"), text).unwrap();
}

fn connector_with_history(folder: &Path, deals: &[Deal]) {
    connector(folder, deals);
    let mut text = "id,_fivetran_start,account_id,owner_id,amount,is_closed,is_won,stage_name\n".to_owned();
    for deal in deals {
        for Change { at, stage, status, amount } in &deal.history {
            let (closed, won) = (*status != Status::Open, *status == Status::Won);
            let (Deal { no, owner, .. }, stage) = (deal, stage_name(*stage, *status));
            writeln!(text, "D{no},{at},A{no},U{owner},{amount},{closed},{won},{stage}").unwrap();
        }
    }
    fs::write(folder.join("sf_opportunity_history_data.csv"), text).unwrap();
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
            "{no},default,{stage},{owner},FALSE,{created} 07:30:00,{closes} 12:00:00,{amount},N{name}"
        )
        .unwrap();
    }
    fs::write(folder.join("deal_data.csv"), text).unwrap();
    fs::write(folder.join("deal_pipeline_stage_data.csv"), stages).unwrap();
}

fn hubspot_with_history(folder: &Path, deals: &[Deal]) {
    hubspot(folder, deals);
    let mut text = "deal_id,date_entered,value\n".to_owned();
    for deal in deals {
        let mut last = "";
        for Change { at, stage, status, .. } in &deal.history {
            let stage = stage_name(*stage, *status);
            if stage != last {
                writeln!(text, "{},{at},{stage}", deal.no).unwrap();
            }
            last = stage;
        }
    }
    fs::write(folder.join("deal_stage_data.csv"), text).unwrap();
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
        writeln!(text, "N{name},U{owner},{created} 07:30:00,{closes},${amount},{stage},{no},").unwrap();
    }
    fs::write(folder.join("Potentials.csv"), text).unwrap();
}

fn sales_pipeline(folder: &Path, deals: &[Deal]) {
    let mut text =
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
            .to_owned();
    for deal in deals {
        let Deal { no, owner, created, amount, name, closes, .. } = deal;
        let (stage, engaged, closed, value) = match deal.status {
            Status::Open if deal.stage == 0 => ("Prospecting", String::new(), String::new(), String::new()),
            Status::Open => ("Engaging", created.to_string(), String::new(), String::new()),
            Status::Won => ("Won", created.to_string(), closes.to_string(), amount.to_string()),
            Status::Lost => ("Lost", created.to_string(), closes.to_string(), "0".to_owned()),
        };
        writeln!(text, "D{no},U{owner},P{name},A{no},{stage},{engaged},{closed},{value}").unwrap();
    }
    fs::write(folder.join("sales_pipeline.csv"), text).unwrap();
}

/// Deals that are open by stage, how many and what they are worth, and those that are not: in minor units.
#[derive(Debug, Default, PartialEq)]
struct Standing {
    open: BTreeMap<String, (u64, u64)>,
    won: u64,
    lost: u64,
    brought: u64,
    owners: BTreeMap<String, String>,
}

/// A preset, and how the exports that it reads say things.
struct Source {
    preset: &'static str,
    pipeline: &'static str,
    write: fn(&Path, &[Deal]),
    /// The ledger's id of a deal.
    id: fn(&Deal) -> String,
    /// The names of the open stages.
    stages: [&'static str; 3],
    /// Whether an open deal's row has an amount, and whether the deal's owner is told.
    has_amounts: bool,
    has_owners: bool,
}

impl Source {
    const SALESFORCE: Self = Self {
        preset: "salesforce",
        pipeline: "salesforce",
        write: salesforce,
        id: |deal| format!("D{}", deal.no),
        stages: STAGES,
        has_amounts: true,
        has_owners: true,
    };
    const HUBSPOT: Self = Self {
        preset: "hubspot",
        pipeline: "default",
        write: hubspot,
        id: |deal| deal.no.to_string(),
        ..Self::SALESFORCE
    };

    fn fold(&self, deals: &[Deal]) -> Standing {
        let mut standing = Standing::default();
        for deal in deals {
            let amount = deal.amount * 100;
            match deal.status {
                Status::Open => {
                    let open = standing.open.entry(self.stages[deal.stage].to_owned()).or_default();
                    open.0 += 1;
                    open.1 += if self.has_amounts { amount } else { 0 };
                }
                Status::Won => {
                    standing.won += 1;
                    standing.brought += amount;
                }
                Status::Lost => standing.lost += 1,
            }
            if self.has_owners {
                standing.owners.insert((self.id)(deal), deal.owner.to_string());
            }
        }
        standing
    }

    fn ask(&self, inbox: &Inbox, as_of: &str, known_at: &str) -> Standing {
        let funnel =
            inbox.ask(&["funnel", "--pipeline", self.pipeline, "--as-of", as_of, "--known-at", known_at]);
        let pipeline = &funnel["pipelines"][0];
        let rows = |name: &str| pipeline[name].as_array().cloned().unwrap_or_default();
        let outcome = |currency: &str, value: fn(&Value) -> &Value| {
            let rows = rows("outcomes");
            rows.iter().find(|row| row["currency"] == currency).map_or(0, |row| number(value(row)))
        };
        let mut open: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for row in rows("snapshot") {
            let stage = open.entry(row["stage"].as_str().unwrap().to_owned()).or_default();
            stage.0 += number(&row["deals"]["count"]);
            stage.1 += if self.has_amounts { number(&row["amountMinorUnits"]) } else { 0 };
        }
        open.retain(|_, deals| deals.0 > 0);
        let mut owners = BTreeMap::new();
        for event in believed(inbox, as_of, known_at) {
            let assigned = &event.payload["ownerAssigned"];
            if let (Some(object), Some(to)) = (assigned["object"].as_str(), assigned["to"].as_str()) {
                let (deal, to) = (object.trim_start_matches("deal:"), to.trim_start_matches('U'));
                owners.insert(deal.to_owned(), to.to_owned());
            }
        }
        Standing {
            open,
            won: outcome("*", |row| &row["won"]["count"]),
            lost: outcome("*", |row| &row["lost"]["count"]),
            brought: outcome("USD", |row| &row["wonMinorUnits"]),
            owners,
        }
    }

    fn months(&self, test: &str) {
        let (fold, ask) = (
            |deals: &[Deal]| self.fold(deals),
            |inbox: &Inbox, as_of: &str, known_at: &str| self.ask(inbox, as_of, known_at),
        );
        months(test, self.preset, DEALS_OF_A_MONTH, self.write, fold, ask);
    }
}

#[test]
fn salesforce_deals_stand_after_each_month_as_its_export_says() {
    Source::SALESFORCE.months("salesforce_months");
}

#[test]
fn salesforce_deals_with_their_history_stand_after_each_month_as_its_export_says() {
    Source { write: salesforce_with_history, ..Source::SALESFORCE }.months("salesforce_history_months");
}

#[test]
fn salesforce_deals_of_a_connector_stand_after_each_month_as_its_export_says() {
    Source { write: connector, ..Source::SALESFORCE }.months("connector_months");
}

#[test]
fn salesforce_deals_of_a_connector_with_their_history_stand_after_each_month_as_its_export_says() {
    Source { write: connector_with_history, ..Source::SALESFORCE }.months("connector_history_months");
}

#[test]
fn hubspot_deals_stand_after_each_month_as_its_export_says() {
    Source::HUBSPOT.months("hubspot_months");
}

#[test]
fn hubspot_deals_with_their_history_stand_after_each_month_as_its_export_says() {
    Source { write: hubspot_with_history, ..Source::HUBSPOT }.months("hubspot_history_months");
}

#[test]
fn zoho_deals_stand_after_each_month_as_its_export_says() {
    let zoho = Source {
        preset: "zoho",
        pipeline: "zoho",
        write: zoho,
        id: |deal| format!("lead-{}", deal.no),
        stages: ["Prospect", "Qualification", "Initial Offer"],
        ..Source::SALESFORCE
    };
    zoho.months("zoho_months");
}

#[test]
fn sales_pipeline_deals_stand_after_each_month_as_its_export_says() {
    let sales_pipeline = Source {
        preset: "sales-pipeline",
        pipeline: "sales",
        write: sales_pipeline,
        stages: ["Prospecting", "Engaging", "Engaging"],
        has_amounts: false,
        has_owners: false,
        ..Source::SALESFORCE
    };
    sales_pipeline.months("sales_pipeline_months");
}

#[test]
fn accounts_are_called_and_described_as_the_last_export_says() {
    let inbox = Inbox::on_a_simulated_clock();
    let header = "Id,Name,BillingCountryCode,Industry,Type,CreatedDate,OwnerId,NumberOfEmployees\n";
    // Industry and type go from one to another and back.
    let rows = [
        "AC1,Amber Mills,US,Food,Prospect,2026-01-02,U1,12",
        "AC1,Amber Mills and Sons,US,Bakery,Customer,2026-01-02,U1,12",
        "AC1,Amber Mills and Sons,US,Food,Customer,2026-01-02,U2,13",
        "AC1,Amber Group,US,Food,Prospect,2026-01-02,U2,13",
    ];
    for (month, row) in MONTHS.iter().zip(rows) {
        inbox.write("Account.csv", format!("{header}{row}\n"));
        for _ in 0..2 {
            inbox.import_on(month, &["salesforce", "Account.csv"]);
        }
        let told = inbox.ledger.run(["timeline", "AC1", "--as-of", month]).unwrap();
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

#[test]
fn a_deal_that_is_missing_from_the_next_export_stays_open_until_the_list_of_the_documentation_says_otherwise()
{
    let text = include_str!("../../../docs/import.md");
    let recipe = text.split_once("**Deals that were deleted in the source.**").unwrap().1;
    let mapping = recipe.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let inbox = Inbox::on_a_simulated_clock();
    let mut random = Random::seeded("deleted_deals");
    let deals: Vec<Deal> =
        (0..3).map(|no| Deal::new(&mut random, no, rapport_tests::months::day(MONTHS[0]))).collect();
    for (month, kept) in MONTHS.iter().zip([&deals[..], &deals[1..]]) {
        fs::create_dir(inbox.path(month)).unwrap();
        salesforce(&inbox.path(month), kept);
        inbox.import_on(month, &["salesforce", month]);
    }
    let standing = |known_at: &str| {
        let standing = Source::SALESFORCE.ask(&inbox, MONTHS[3], known_at);
        (standing.open.values().map(|open| open.0).sum::<u64>(), standing.lost)
    };
    assert_eq!(standing(MONTHS[1]), (3, 0));
    inbox.write("deleted-deals.toml", mapping);
    inbox.write("deleted.csv", "Deal\nD0\n");
    inbox.import_on(MONTHS[2], &["deleted-deals.toml", "deleted.csv"]);
    assert_eq!((standing(MONTHS[1]), standing(MONTHS[2])), ((3, 0), (2, 1)));
}
