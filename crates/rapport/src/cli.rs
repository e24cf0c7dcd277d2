//! The commands, and what each of them calls. A command's own flags are beside it, in [`crate::command`].
//!
//! It imports the commands; no command imports it. What a command needs of the whole command line (its definition, its
//! other commands) is passed to it.

use std::{ffi::OsString, pin::Pin};

use anyhow::Context;
use clap::{
    CommandFactory, FromArgMatches as _, Parser, Subcommand,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

use crate::{bench, client::server_args::ServerArgs, command, demo, shared_args::Shared, show::Output};

/// A ledger of everything that happens between an organisation and its customers.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub shared: Shared,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  rapport serve --data ./ledger              start a server (leave it running)
  rapport import hubspot ./export            bring in what another system exported
  rapport timeline 4711                      everything about one customer
  rapport funnel --as-of 2025-12-31          the pipeline at the end of last year
  rapport satisfaction --instrument nps      what customers say, with its interval

Times are RFC 3339 (2026-03-31T17:00:00+03:00); a date alone means the end of that day in the ledger's zone.

Exit codes: 0 done, 1 the answer is no (it does not exist; the ledger is not as demanded), 2 wrong usage or failure.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a server: the ledger, its read models and its metrics
    Serve(command::serve::ServeArgs),
    /// Run a projector service: views in PostgreSQL, from Kafka or from a ledger
    Project(command::project::ProjectArgs),
    /// Append events, one JSON object a line
    Append(command::append::AppendArgs),
    /// Print the last events, and with --follow those that come
    Tail(command::tail::TailArgs),
    /// Bring in what another system exported
    Import(command::import::ImportArgs),
    /// Everything about one customer, or one deal, ticket, order
    Timeline(command::timeline::TimelineArgs),
    /// Who is meant: by id, telephone number, e-mail, registration number or name
    Find(command::find::FindArgs),
    /// Deals by stage, how they move, what is won and lost
    Funnel(command::funnel::FunnelArgs),
    /// What customers say, with the uncertainty of it
    Satisfaction(command::satisfaction::SatisfactionArgs),
    /// What is to be done: due, promised, silent for too long, about to leave, handed over
    Today(command::today::TodayArgs),
    /// Who buys and what sells: ABC, XYZ and RFM
    Classes(command::classes::ClassesArgs),
    /// One customer at a glance: who they are, how they are classed, what is open, what comes next
    Customer(command::customer::CustomerArgs),
    /// The customers that fulfil a condition: the list that is worked through
    Customers(command::customers::CustomersArgs),
    /// Who brings profit: revenue less what each customer costs
    Profit(command::profit::ProfitArgs),
    /// Who brings most of the revenue: levels of customers, who moved, who can step up
    Pyramid(command::pyramid::PyramidArgs),
    /// Correct an event: it happened otherwise
    Correct(command::adjust::correct::CorrectArgs),
    /// Retract an event: it did not happen
    Retract(command::adjust::retract::RetractArgs),
    /// Merge two ids that are one customer
    Merge(command::adjust::merge::MergeArgs),
    /// End a merge that was a mistake
    Unmerge(command::adjust::unmerge::UnmergeArgs),
    /// What is bought: by month, product, category, channel, staff or way of paying
    Orders(command::orders::OrdersArgs),
    /// What becomes of list prices: how much is charged, and what is conceded
    Prices(command::prices::PricesArgs),
    /// Who owes what, and since when
    Receivables(command::receivables::ReceivablesArgs),
    /// Through which steps tickets, deals, documents and processes go
    Paths(command::paths::PathsArgs),
    /// What is open, how fast tickets are answered and solved, which promises are broken
    Tickets(command::tickets::TicketsArgs),
    /// Who may be addressed, on what ground, and who was without one
    Consent(command::consent::ConsentArgs),
    /// How much of what there is each customer buys, and what revenue is kept
    Portfolio(command::portfolio::PortfolioArgs),
    /// What customers do not buy yet: penetration and white space of each segment's products
    Potential(command::potential::PotentialArgs),
    /// Who stays, leaves and comes back, and who may be about to leave
    Retention(command::retention::RetentionArgs),
    /// What customers are worth: what they bought, and what they may be expected to buy
    Value(command::value::ValueArgs),
    /// Whether orders arrive on time and in full, by how much they slip, and why
    Deliveries(command::deliveries::DeliveriesArgs),
    /// Before the deal: what comes in, what becomes of it, how long it takes, and why it is turned down
    Leads(command::leads::LeadsArgs),
    /// What staff do: deals, contacts and time, tickets, orders, incentives with their evidence, turnover
    Staff(command::staff::StaffArgs),
    /// What those who left or are absent still own, and how it is handed over
    Handover(command::handover::HandoverArgs),
    /// What customers need, what became of it, and what nobody has satisfied yet
    Needs(command::needs::NeedsArgs),
    /// What stands in the way of buying, and whether the approach changes it
    Resistance(command::resistance::ResistanceArgs),
    /// Which channels and campaigns bring purchases, what they cost, and whom they reached
    Channels(command::channels::ChannelsArgs),
    /// Contacts with customers: how, by whom, for what, and who is silent for too long
    Contacts(command::contacts::ContactsArgs),
    /// Whether calls were answered, and how long they took, by hour, staff, …
    Calls(command::calls::CallsArgs),
    /// Who did what when: every event by type, actor, customer and period, and what was disclosed
    Activity(command::activity::ActivityArgs),
    /// What all responses say, or the latest of each customer: by product, staff, branch, month or any tag
    Scores(command::scores::ScoresArgs),
    /// Files in the histories of customers, with their results, and what the customers said and ordered next
    Gallery(command::gallery::GalleryArgs),
    /// What is in stock, and how often a year it is turned over
    Stock(command::stock::StockArgs),
    /// What the organisation has decided: pipelines, classes, processes and what they are by default
    Definitions(command::definitions::DefinitionsArgs),
    /// Publish the ledger to Kafka from a process of its own; with --verify compare the topic with the log
    Publish(command::publish::PublishArgs),
    /// Build a view anew from the log, beside the live one
    Replay(command::replay::ReplayArgs),
    /// How far the ledger and its views are
    Status(command::status::StatusArgs),
    /// Check a stopped ledger: every fault with its place and what to do
    Verify(command::verify::VerifyArgs),
    /// Make a token for a client, and its entry in the server's file of tokens
    Token(command::token::TokenArgs),
    /// A made-up company in a running ledger, and a tour of it
    Demo(demo::DemoArgs),
    /// Measure what a ledger does on this machine
    Bench(bench::BenchArgs),
    /// Print a completion script for a shell
    Completions(command::completions::CompletionsArgs),
}

impl Cli {
    /// Reads a command line; the first word is the program's name.
    ///
    /// # Errors
    /// It is no command line of this program, or asks for help.
    pub(crate) fn of<T>(words: impl IntoIterator<Item = T>) -> Result<Self, clap::Error>
    where
        T: Into<OsString> + Clone,
    {
        let mut command = with_negative_numbers(Self::command());
        let matches = command.try_get_matches_from_mut(words)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Why the command failed, for [`crate::failure::exit`].
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let shared = &self.shared;
        match self.command {
            Command::Serve(args) => command::serve::run(args).await,
            Command::Project(args) => command::project::run(shared, args).await,
            Command::Append(args) => command::append::run(shared, args).await,
            Command::Tail(args) => command::tail::run(shared, args).await,
            Command::Import(args) => command::import::run(shared, args).await,
            Command::Timeline(args) => command::timeline::run(shared, args).await,
            Command::Find(args) => command::find::run(shared, args).await,
            Command::Funnel(args) => command::funnel::run(shared, args).await,
            Command::Satisfaction(args) => command::satisfaction::run(shared, args).await,
            Command::Classes(args) => command::classes::run(shared, args).await,
            Command::Customer(args) => command::customer::run(shared, args).await,
            Command::Customers(args) => command::customers::run(shared, args).await,
            Command::Profit(args) => command::profit::run(shared, args).await,
            Command::Pyramid(args) => command::pyramid::run(shared, args).await,
            Command::Correct(args) => command::adjust::correct::run(shared, args).await,
            Command::Retract(args) => command::adjust::retract::run(shared, args).await,
            Command::Merge(args) => command::adjust::merge::run(shared, args).await,
            Command::Unmerge(args) => command::adjust::unmerge::run(shared, args).await,
            Command::Orders(args) => command::orders::run(shared, args).await,
            Command::Prices(args) => command::prices::run(shared, args).await,
            Command::Receivables(args) => command::receivables::run(shared, args).await,
            Command::Paths(args) => command::paths::run(shared, args).await,
            Command::Tickets(args) => command::tickets::run(shared, args).await,
            Command::Consent(args) => command::consent::run(shared, args).await,
            Command::Portfolio(args) => command::portfolio::run(shared, args).await,
            Command::Potential(args) => command::potential::run(shared, args).await,
            Command::Retention(args) => command::retention::run(shared, args).await,
            Command::Value(args) => command::value::run(shared, args).await,
            Command::Leads(args) => command::leads::run(shared, args).await,
            Command::Deliveries(args) => command::deliveries::run(shared, args).await,
            Command::Today(args) => command::today::run(shared, args).await,
            Command::Staff(args) => command::staff::run(shared, args).await,
            Command::Handover(args) => command::handover::run(shared, args).await,
            Command::Needs(args) => command::needs::run(shared, args).await,
            Command::Resistance(args) => command::resistance::run(shared, args).await,
            Command::Channels(args) => command::channels::run(shared, args).await,
            Command::Contacts(args) => command::contacts::run(shared, args).await,
            Command::Calls(args) => command::calls::run(shared, args).await,
            Command::Activity(args) => command::activity::run(shared, args).await,
            Command::Scores(args) => command::scores::run(shared, args).await,
            Command::Gallery(args) => command::gallery::run(shared, args).await,
            Command::Stock(args) => command::stock::run(shared, args).await,
            Command::Definitions(args) => command::definitions::run(shared, args).await,
            Command::Publish(args) => command::publish::run(shared, args).await,
            Command::Replay(args) => command::replay::run(shared, args).await,
            Command::Status(args) => command::status::run(shared, args).await,
            Command::Verify(args) => command::verify::run(shared, args).await,
            Command::Token(args) => command::token::run(args),
            Command::Demo(args) => demo::run(args, run_line).await,
            Command::Bench(args) => bench::run(shared.output, given_server(shared), args).await,
            Command::Completions(args) => command::completions::run(&args, Self::command()),
        }
    }

    /// Refuses a flag that the command would ignore.
    ///
    /// # Errors
    /// `--as-of` or `--known-at` beside a command that does not ask a view.
    pub(crate) fn refuse_idle_flags(&self) -> Result<(), clap::Error> {
        let asks_a_view = match &self.command {
            Command::Timeline(_)
            | Command::Find(_)
            | Command::Funnel(_)
            | Command::Satisfaction(_)
            | Command::Classes(_)
            | Command::Customer(_)
            | Command::Customers(_)
            | Command::Orders(_)
            | Command::Profit(_)
            | Command::Prices(_)
            | Command::Receivables(_)
            | Command::Paths(_)
            | Command::Tickets(_)
            | Command::Consent(_)
            | Command::Portfolio(_)
            | Command::Potential(_)
            | Command::Retention(_)
            | Command::Value(_)
            | Command::Pyramid(_)
            | Command::Deliveries(_)
            | Command::Today(_)
            | Command::Leads(_)
            | Command::Staff(_)
            | Command::Handover(_)
            | Command::Needs(_)
            | Command::Resistance(_)
            | Command::Channels(_)
            | Command::Contacts(_)
            | Command::Calls(_)
            | Command::Activity(_)
            | Command::Scores(_)
            | Command::Gallery(_)
            | Command::Stock(_)
            | Command::Definitions(_) => true,
            Command::Serve(_)
            | Command::Project(_)
            | Command::Append(_)
            | Command::Tail(_)
            | Command::Import(_)
            | Command::Correct(_)
            | Command::Retract(_)
            | Command::Merge(_)
            | Command::Unmerge(_)
            | Command::Publish(_)
            | Command::Replay(_)
            | Command::Status(_)
            | Command::Verify(_)
            | Command::Token(_)
            | Command::Demo(_)
            | Command::Bench(_)
            | Command::Completions(_) => false,
        };
        if matches!(self.command, Command::Demo(_)) && self.shared.output != Output::Table {
            return Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                "--output is not for `demo`, which is a tour for people; leave it out here",
            ));
        }
        if asks_a_view || (self.shared.as_of.is_none() && self.shared.known_at.is_none()) {
            return Ok(());
        }
        Err(Self::command().error(
            ErrorKind::ArgumentConflict,
            "--as-of and --known-at are for commands that ask a view; leave them out here",
        ))
    }
}

/// A command whose values may all be negative numbers: a flag then tells the range that it expects, and not that there is no
/// flag `-1`.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let takes_negative_numbers = |flag: clap::Arg| {
        let takes = flag.get_action().takes_values();
        if takes { flag.allow_negative_numbers(true) } else { flag }
    };
    command.mut_args(takes_negative_numbers).mut_subcommands(with_negative_numbers)
}

/// Runs a whole command line, as if a user had typed it.
fn run_line(words: Vec<String>) -> Pin<Box<dyn Future<Output = anyhow::Result<()>>>> {
    Box::pin(async move {
        let cli = Cli::of(&words).with_context(|| format!("`{}`", words.join(" ")))?;
        cli.run().await
    })
}

/// The server that the user named, by a flag or in the environment; none when it is the default.
fn given_server(shared: &Shared) -> Option<ServerArgs> {
    let matches = with_negative_numbers(Cli::command()).try_get_matches_from(std::env::args_os()).ok()?;
    let chosen = matches.value_source("server")? != ValueSource::DefaultValue;
    chosen.then(|| shared.server.clone())
}

/// The error with the usage of its command: clap lists the flags that were given, or are set in the environment, as if
/// they were required.
#[must_use]
pub(crate) fn with_whole_usage(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::StyledStr(given)) = error.get(ContextKind::Usage) else { return error };
    let given = given.to_string();
    let mut root = Cli::command();
    root.build();
    // `Usage: rapport bench --server <URL> …`: the names of commands come before all else.
    let usage = usage_of(&mut root, given.split_whitespace().skip(2));
    error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    error
}

fn usage_of<'a>(command: &mut clap::Command, mut names: impl Iterator<Item = &'a str>) -> StyledStr {
    match names.next().and_then(|name| command.find_subcommand_mut(name)) {
        Some(command) => usage_of(command, names),
        None => command.render_usage(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_names_no_flag_as_required_because_it_was_given() {
        for (given, usage) in [
            ("import --server http://h", "rapport import [OPTIONS] [MAPPING] [PATH]..."),
            ("verify --output json", "rapport verify [OPTIONS] --data <DIR>"),
            ("--server http://h bench append --bogus", "rapport bench [OPTIONS] <WORK>"),
            ("--bogus", "rapport [OPTIONS] <COMMAND>"),
        ] {
            let given = ["rapport"].into_iter().chain(given.split(' '));
            let said = with_whole_usage(Cli::try_parse_from(given).unwrap_err()).to_string();
            assert!(said.lines().any(|line| line == format!("Usage: {usage}")), "{said}");
        }
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound_and_every_command_has_examples() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("rapport "), "`{}` has no examples", command.get_name());
        }
    }

    /// Widest line of an example: what a help text has where the terminal's width is unknown.
    const EXAMPLE_MAX: usize = 100;

    #[test]
    fn help_texts_wrap_at_the_terminal_and_examples_need_no_wrapping() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (paragraphs, examples) = help.split_once("Examples:").unwrap_or((&help, ""));
            for paragraph in paragraphs.trim_end().split("\n\n") {
                assert!(
                    !paragraph.contains('\n'),
                    "`{}` breaks a line itself: {paragraph}",
                    command.get_name()
                );
            }
            for example in examples.lines() {
                assert!(example.chars().count() <= EXAMPLE_MAX, "`{}`: {example}", command.get_name());
            }
        }
    }

    #[test]
    fn help_lists_the_flags_of_a_command_apart_from_those_of_every_command() {
        let mut root = Cli::command();
        root.build();
        for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
            for flag in command.get_arguments().filter(|flag| !flag.is_positional()) {
                let shared = ["server", "ca", "token_file", "keepalive_s", "as_of", "known_at", "output"];
                let apart = flag.get_help_heading().is_some();
                assert_eq!(
                    apart,
                    shared.contains(&flag.get_id().as_str()),
                    "{} {}",
                    command.get_name(),
                    flag.get_id()
                );
            }
        }
    }

    #[test]
    fn a_number_below_the_range_of_a_flag_is_told_with_that_range() {
        for given in [
            "retention --rows -1",
            "retention --inactive-days -1",
            "find x --rows -1",
            "timeline 7 --page-size -1",
        ] {
            let given = ["rapport"].into_iter().chain(given.split(' '));
            let said = Cli::of(given).unwrap_err().to_string();
            assert!(said.contains("-1 is not in 1..=") && !said.contains("unexpected argument"), "{said}");
        }
        // The server says what it expects.
        assert!(Cli::of(["rapport", "pyramid", "--within", "-1"]).is_ok());
        let said = Cli::of(["rapport", "pyramid", "-1"]).unwrap_err().to_string();
        assert!(said.contains("unexpected argument '-1'"), "{said}");
    }

    #[test]
    fn as_of_beside_a_command_that_does_not_ask_a_view_is_refused() {
        let idle = Cli::try_parse_from(["rapport", "status", "--as-of", "2026-01-01"]).unwrap();
        assert!(idle.refuse_idle_flags().is_err());
        let heeded = Cli::try_parse_from(["rapport", "--as-of", "2026-01-01", "funnel"]).unwrap();
        assert!(heeded.refuse_idle_flags().is_ok());
    }
}
