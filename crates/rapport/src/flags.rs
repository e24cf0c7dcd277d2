//! The names that the server has for what is asked, in the words of this program: its flags.
//!
//! The fields of a question are flags by their names: `compared_with` is --compared-with, `what_if.retention` is --retention.
//! The table has those that are called otherwise.

use std::sync::LazyLock;

use prost_reflect::{Kind, MessageDescriptor};
use rapport_proto::json::descriptors;

/// Fields whose flags have other names. What has no flag of its own is told in words.
const FLAGS: &[(&str, &str)] = &[
    ("period_from", "--from"),
    ("period_to", "--to"),
    ("occurred_from", "--from"),
    ("time.occurred_until", "--as-of"),
    ("time.recorded_until", "--known-at"),
    ("time.at_least_position", "--at-least-position"),
    ("time.wait", "--wait-s"),
    ("from_position", "--from"),
    ("after_position", "--from"),
    ("page_token", "--page"),
    ("next_page_token", "the token"),
    ("page_size", "--rows"),
    ("condition", "--where"),
    ("fields", "--show"),
    ("measures", "--measure"),
    ("only_class", "--class"),
    ("purchases_from", "--purchases"),
    ("types", "--type"),
    ("kinds", "--kind"),
    ("channels", "--channel"),
    ("actors", "--actor"),
    ("customers", "--customer"),
    ("include_contacts", "--contacts"),
    ("include_special", "--special"),
    ("survey_id", "--survey"),
    ("rolling_days", "--rolling"),
    ("horizon_days", "--horizon"),
    ("cohort.from", "--cohort-from"),
    ("cohort.to", "--cohort-to"),
    ("cohort.window", "--window"),
    ("window_days", "--window"),
    ("what_if.mean_minor_units", "--mean"),
    ("mean_minor_units", "--mean"),
    ("what_if.move", "--by"),
    ("earlier", "--all"),
    ("pushed", "--pushed-by"),
    ("Figure.figure", "the key that `--output csv` or `json` prints beside a figure"),
];

/// The fields of all questions to views, with their paths.
static ASKED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let questions = descriptors().get_service_by_name("rapport.v1.Views");
    let mut asked = Vec::new();
    for question in questions.iter().flat_map(prost_reflect::ServiceDescriptor::methods) {
        fields(&question.input(), "", &mut asked);
    }
    asked
});

/// The paths of the fields of a message that are no messages of the contract themselves.
fn fields(message: &MessageDescriptor, path: &str, found: &mut Vec<String>) {
    for field in message.fields() {
        let path = format!("{path}{}", field.name());
        match field.kind() {
            Kind::Message(inner) if inner.package_name() == "rapport.v1" => {
                // A question about a figure has one of the others in it.
                if !inner.name().ends_with("Request") {
                    fields(&inner, &format!("{path}."), found);
                }
            }
            _ => found.push(path),
        }
    }
}

/// The flag of a field.
fn flag(field: &str) -> String {
    let known = FLAGS.iter().find(|(name, _)| *name == field).map(|(_, flag)| (*flag).to_owned());
    let last = field.rsplit('.').next().unwrap_or(field);
    known.unwrap_or_else(|| format!("--{}", last.replace('_', "-")))
}

/// A message of the server, with the flags of this program in the place of fields.
///
/// The field of a fault stands before it, with a colon behind. Within a sentence a word such as `level` is also a value or a
/// column, so only names of several words are fields there.
pub(crate) fn in_flags(message: &str) -> String {
    // The customer is the first word of some commands, and a flag of others.
    let faulty = ASKED.iter().filter(|field| *field != "customer" && message.contains(field.as_str()));
    let of_faults = faulty.fold(message.to_owned(), |text, field| {
        text.replace(&format!("`{field}`: "), &format!("{}: ", flag(field)))
    });
    let is_of_several_words = |name: &str| name.contains(['_', '.']);
    FLAGS
        .iter()
        .filter(|(field, _)| is_of_several_words(field))
        .fold(of_faults, |text, (field, flag)| text.replace(&format!("`{field}`"), flag))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// Fields that no command line gives: pages are put together, and a page is drawn here; what stands for itself has no
    /// flag.
    const WITHOUT: [&str; 8] = [
        "page",
        "page_token",
        "timeline.page_size",
        "find.text",
        // Of the same flag as `by`: that command says so itself.
        "orders.every",
        "definitions.code",
        "definitions.bodies",
        "definitions.page_size",
    ];

    /// The long flags of a command and of all commands below it.
    fn longs(command: &clap::Command, found: &mut BTreeSet<String>) {
        found.extend(
            command.get_arguments().filter_map(|flag| flag.get_long().map(|long| format!("--{long}"))),
        );
        command.get_subcommands().for_each(|command| longs(command, found));
    }

    #[test]
    fn every_field_of_every_question_has_a_flag_of_its_command() {
        let mut root = Cli::command();
        root.build();
        let service = descriptors().get_service_by_name("rapport.v1.Views").unwrap();
        let mut asked = 0;
        for question in service.methods() {
            let name = question.name().to_lowercase();
            let Some(command) = root.find_subcommand(&name) else {
                assert!(["figureevents", "viewstatus", "rebuild"].contains(&name.as_str()), "{name}");
                continue;
            };
            let mut flags = BTreeSet::new();
            longs(command, &mut flags);
            let mut paths = Vec::new();
            fields(&question.input(), "", &mut paths);
            for path in paths {
                let is_without = |one: &&str| **one == path || **one == format!("{name}.{path}");
                // The customer is the first word of some commands.
                if WITHOUT.iter().any(is_without) || path == "customer" {
                    continue;
                }
                let flag = flag(&path);
                assert!(flags.contains(&flag), "`{path}` of {name}: there is no {flag} among {flags:?}");
                assert_eq!(
                    in_flags(&format!("wrong: `{path}`: expected")),
                    format!("wrong: {flag}: expected")
                );
                asked += 1;
            }
        }
        assert!(asked > 100, "{asked}");
    }

    #[test]
    fn a_field_is_its_flag_and_a_word_within_a_sentence_stays() {
        for (said, shown) in [
            (
                "`only_class`: expected `A`, `B` or `C`, found `D`",
                "--class: expected `A`, `B` or `C`, found `D`",
            ),
            ("`what_if.retention`: expected a share", "--retention: expected a share"),
            (
                "the request is wrong: `within`: expected a share",
                "the request is wrong: --within: expected a share",
            ),
            (
                "`page_token`: expected `next_page_token` of the page before, as it came",
                "--page: expected the token of the page before, as it came",
            ),
            (
                "`condition`: column 1: `level` is not a quantity",
                "--where: column 1: `level` is not a quantity",
            ),
            ("2 faults\n  `period_to`: expected a time", "2 faults\n  --to: expected a time"),
            ("`appends[0].events[0].customer`: expected", "`appends[0].events[0].customer`: expected"),
            ("expected a time after `period_from`", "expected a time after --from"),
        ] {
            assert_eq!(in_flags(said), shown);
        }
    }
}
