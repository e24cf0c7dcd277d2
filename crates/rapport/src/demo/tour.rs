//! The guided tour: each stop prints a command that a user could type, runs it, and says what to see in the answer.

mod figures;

use std::{io::Write, pin::Pin};

use anyhow::Context;
use jiff::{ToSpan, civil::Date};
use rapport_story::{Milestones, PIPELINE, Plan, SHOWCASE, SHOWCASE_DEAL};

use crate::{
    client::Client,
    show::{Page, count, money, paragraph},
};
use figures::{OpenDeals, Won, open_deals, won};

/// Entries of the timeline that are shown.
const TIMELINE_ENTRIES: &str = "30";
/// Whose page of the morning is shown.
const SOMEBODY: &str = "S-09";

/// Runs a command line, of the words that a user would type.
pub(super) type RunLine = fn(Vec<String>) -> Pin<Box<dyn Future<Output = anyhow::Result<()>>>>;

/// The stops of the tour.
struct Guide<'a> {
    client: &'a Client,
    run_line: RunLine,
    url: &'a str,
    year_ago: String,
    before_correction: String,
    /// The first and the last day of the period in which the mistake counts.
    quarter: (String, String),
}

/// Shows everything.
///
/// # Errors
/// The server's, or the terminal's.
pub(super) async fn guide(
    client: &Client,
    run_line: RunLine,
    url: &str,
    (plan, milestones): (&Plan, &Milestones),
) -> anyhow::Result<()> {
    let just_before = rapport_model::Timestamp::from_micros(milestones.correction.as_micros() - 1_000_000);
    let guide = Guide {
        client,
        run_line,
        url,
        year_ago: plan.until.checked_sub(1.year())?.to_string(),
        before_correction: just_before.to_string(),
        quarter: quarter_of(milestones)?,
    };
    guide.today().await?;
    guide.customer().await?;
    guide.funnel().await?;
    guide.satisfaction().await?;
    guide.profit().await?;
    guide.process().await?;
    guide.correction().await?;
    guide.farewell()
}

fn quarter_of(milestones: &Milestones) -> anyhow::Result<(String, String)> {
    let moment = jiff::Timestamp::from_microsecond(milestones.mistake.as_micros())?;
    let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    let first = Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1)?;
    Ok((first.to_string(), first.checked_add(3.months())?.yesterday()?.to_string()))
}

impl Guide<'_> {
    async fn today(&self) -> anyhow::Result<()> {
        heading("The page of the morning: what is due, promised, silent for too long, handed over")?;
        self.run(&["today", "--actor", SOMEBODY]).await
    }

    async fn customer(&self) -> anyhow::Result<()> {
        heading("One customer at a glance: a hotel company whose people speak five languages …")?;
        self.run(&["customer", SHOWCASE]).await?;
        heading("… and what was said with everybody there")?;
        let said = ["--type", "note.recorded", "--type", "touch.call_logged", "--type", "touch.meeting_held"];
        let timeline = ["timeline", SHOWCASE, "--contacts", "--page-size", TIMELINE_ENTRIES];
        self.run(&[&timeline[..], &said].concat()).await
    }

    async fn funnel(&self) -> anyhow::Result<()> {
        heading("The sales funnel now")?;
        self.run(&["funnel", "--pipeline", PIPELINE, "--measure", "snapshot", "--measure", "outcomes"])
            .await?;
        heading("The funnel of a year ago, as it was known then …")?;
        let day = self.year_ago.as_str();
        let funnel = ["funnel", "--pipeline", PIPELINE, "--measure", "snapshot", "--as-of", day];
        self.run(&[&funnel[..], &["--known-at", day]].concat()).await?;
        heading("… and as it is known now")?;
        self.run(&funnel).await?;
        let then = open_deals(self.client, day, Some(day)).await?;
        let now = open_deals(self.client, day, None).await?;
        say(&difference(&then, &now))
    }

    async fn satisfaction(&self) -> anyhow::Result<()> {
        heading("What customers say, with the uncertainty of it")?;
        let parts = ["--measure", "scores", "--measure", "trend"];
        let nps = ["satisfaction", "--instrument", "nps", "--from", &self.year_ago];
        self.run(&[&nps[..], &parts].concat()).await?;
        say("The interval says how far the score of everybody may lie from the score of those who answered.")
    }

    async fn profit(&self) -> anyhow::Result<()> {
        heading("Who brings profit, and who costs")?;
        self.run(&["profit", "--rows", "5"]).await?;
        say(
            "Added up from the most profitable customer on, profit passes 100 % where customers with a loss take from it.",
        )
    }

    async fn process(&self) -> anyhow::Result<()> {
        heading("How installations are done, held against how they should be")?;
        self.run(&["paths", "--of", "process", "--code", "installation"]).await
    }

    async fn correction(&self) -> anyhow::Result<()> {
        heading("A late correction")?;
        let (from, to) = (self.quarter.0.as_str(), self.quarter.1.as_str());
        let funnel = ["funnel", "--pipeline", PIPELINE, "--measure", "outcomes", "--from", from, "--to", to];
        say("Before it was noticed:")?;
        self.run(&[&funnel[..], &["--known-at", &self.before_correction]].concat()).await?;
        say("Now:")?;
        self.run(&funnel).await?;
        let before = won(self.client, (from, to), Some(&self.before_correction)).await?;
        let after = won(self.client, (from, to), None).await?;
        say(&effect(&before, &after))?;
        say("The entry shows what is believed now, and which correction made it so:")?;
        self.run(&["timeline", SHOWCASE, "--type", "deal.won"]).await?;
        say("To see the deals behind the figure, with the positions of their events:")?;
        gap()?;
        self.print(&[&funnel[..], &["--figure", &after.figure]].concat())
    }

    fn farewell(&self) -> anyhow::Result<()> {
        heading("To go on with")?;
        say(
            "In a second terminal, while this one serves (in a pipe it ends here, unless --keep-serving always):",
        )?;
        gap()?;
        let program = std::env::current_exe().context("the path of this program")?;
        if let Some(folder) = program.parent() {
            show(&format!("export PATH=\"{}:$PATH\" RAPPORT_SERVER={}", folder.display(), self.url))?;
        }
        let day = self.year_ago.as_str();
        show(&format!("rapport timeline {SHOWCASE} --contacts --type note.recorded"))?;
        show(&format!("rapport funnel --pipeline {PIPELINE}"))?;
        show(&format!("rapport funnel --as-of {day} --known-at {day} --output csv"))?;
        show("rapport satisfaction --group-by branch")?;
        show("rapport customers --where 'abc = A and silence > 60d'")?;
        show("rapport handover")?;
        show("rapport status --models")?;
        show("rapport satisfaction --instrument nps --companies")?;
        show(&format!("rapport tail --customer {SHOWCASE}"))?;
        show("rapport replay funnel")?;
        show("rapport status")
    }

    /// Prints a command line and does what it says: exactly what a user would see.
    async fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut page = Page::stdout();
        writeln!(page)?;
        page.finish()?;
        self.print(arguments)?;
        let line = [&["rapport"], arguments, &["--server", self.url]].concat();
        (self.run_line)(line.into_iter().map(str::to_owned).collect()).await
    }

    fn print(&self, arguments: &[&str]) -> anyhow::Result<()> {
        show(&format!("rapport {} --server {}", arguments.join(" "), self.url))
    }
}

/// A command line, as it is typed.
fn show(line: &str) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    writeln!(page, "{}", console::style(format!("$ {line}")).cyan())?;
    page.finish()
}

fn difference(then: &OpenDeals, now: &OpenDeals) -> String {
    let amounts = format!(
        "worth {} then, {} as known now",
        money(then.euro_cents, "EUR"),
        money(now.euro_cents, "EUR")
    );
    format!(
        "Open deals: {} then, {} as known now; {amounts}. They differ because the branch in Kaunas, after a fair, kept \
         its deals on paper for six weeks and recorded them afterwards, and because some entries came late or were \
         corrected: the past is the same, the knowledge of it is not.",
        count(then.deals),
        count(now.deals)
    )
}

fn effect(before: &Won, after: &Won) -> String {
    format!(
        "Won in EUR: {} before, {} after. Deal {SHOWCASE_DEAL} had been recorded with a digit too many; the correction \
         is an event like any other, so both figures stay answerable.",
        money(before.euro_cents, "EUR"),
        money(after.euro_cents, "EUR")
    )
}

fn heading(text: &str) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    writeln!(page, "\n{}", console::style(format!("── {text} ──")).bold())?;
    page.finish()
}

fn gap() -> anyhow::Result<()> {
    let mut page = Page::stdout();
    writeln!(page)?;
    page.finish()
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    writeln!(page, "\n{}", paragraph(text))?;
    page.finish()
}
