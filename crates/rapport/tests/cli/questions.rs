//! Every question of `docs/questions.md`: its command runs on the demo's ledger and prints what the page says.
//!
//! `RAPPORT_UPDATE=1 cargo test -p rapport --test cli -- questions` writes the answers of the page anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rapport_proto::json::descriptors;

use crate::support::{Ran, Server, command};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/questions.md");
/// The marks of the page: each letter, and how many it has.
const MARKS: [(&str, usize); 5] = [("L", 40), ("P", 20), ("O", 35), ("T", 12), ("V", 12)];
/// Lines of an answer: of one table, or from the beginning of what is printed, and of each of several tables.
const LINES_MAX: usize = 10;
const LINES_OF_ONE_OF_SEVERAL_MAX: usize = 7;
/// Commands that run at one time.
const AT_ONCE: usize = 4;
/// Commands that do not have the name of the call that they make.
const CALLS: [(&str, &str); 2] = [("import", "Ledger.AppendStream"), ("status", "Views.ViewStatus")];

/// A question of the page.
struct Question<'a> {
    heading: &'a str,
    marks: Vec<&'a str>,
    calls: Vec<&'a str>,
    command: &'a str,
    /// How the tables begin that are shown; the beginning of what is printed where there are none.
    tables: Vec<&'a str>,
    answer: &'a str,
    /// Where on the page the answer is.
    place: Range<usize>,
}

impl<'a> Question<'a> {
    /// From a section of the page, which begins there.
    fn of(section: &'a str, begin: usize) -> Self {
        let heading = section.lines().next().unwrap();
        let between = |open: &str, close: &str| {
            let rest = section.split_once(open).unwrap_or_else(|| panic!("`{heading}` has no `{open}`")).1;
            rest.split_once(close).unwrap_or_else(|| panic!("`{heading}` has no `{close}`")).0
        };
        let prose = section.split("```").next().unwrap();
        let text = between("\n```text", "\n```\n");
        let (tables, answer) = text.split_once('\n').unwrap_or((text, ""));
        let from = begin + section.find("\n```text").unwrap() + "\n```text\n".len() + tables.len();
        Self {
            heading,
            marks: between("<sub>", "</sub>").split(", ").collect(),
            calls: codes(prose)
                .filter(|code| code.starts_with("Views.") || code.starts_with("Ledger."))
                .collect(),
            command: between("\n```sh\n", "\n```\n"),
            tables: tables.split('|').map(str::trim).filter(|table| !table.is_empty()).collect(),
            answer,
            place: from..from + answer.len(),
        }
    }

    /// What of all that the command printed is on the page, or why it is no answer.
    fn excerpt(&self, ran: &Ran) -> Result<String, String> {
        if ran.code != Some(0) {
            return Err(ran.stderr.clone());
        }
        let lines: Vec<&str> = ran.stdout.lines().map(str::trim_end).collect();
        let lines_max = if self.tables.len() > 1 { LINES_OF_ONE_OF_SEVERAL_MAX } else { LINES_MAX };
        let shown = self.tables.iter().map(|title| {
            // A title stands below an empty line; a row may begin with the same words.
            let is_title = |number: &usize| lines[number - 1].is_empty() && lines[*number].starts_with(title);
            let begin = (1..lines.len()).find(is_title);
            let begin = begin.ok_or_else(|| format!("no table `{title}` in\n{}", ran.stdout))?;
            let end = lines[begin..].iter().position(|line| line.is_empty());
            Ok(cut(&lines[begin..end.map_or(lines.len(), |rows| begin + rows)], lines_max))
        });
        let shown = shown.collect::<Result<Vec<_>, String>>()?;
        let excerpt = if shown.is_empty() { cut(&lines, lines_max) } else { shown.join("\n\n") };
        let rows = excerpt.lines().skip_while(|line| !line.starts_with('─')).skip(1).count();
        if rows == 0 && !self.command.ends_with(" csv") {
            return Err(format!("no row answers it:\n{excerpt}"));
        }
        Ok(excerpt)
    }
}

/// What stands between backticks.
fn codes(prose: &str) -> impl Iterator<Item = &str> {
    prose.split('`').skip(1).step_by(2)
}

/// The first lines, and a mark where there are more.
fn cut(lines: &[&str], lines_max: usize) -> String {
    if lines.len() <= lines_max {
        return lines.join("\n").trim_end().to_owned();
    }
    format!("{}\n…", lines[..lines_max].join("\n").trim_end())
}

/// The questions of a page, in its order.
fn questions(page: &str) -> Vec<Question<'_>> {
    let mut begin = 0;
    let mut found = Vec::new();
    for (number, part) in page.split("\n### ").enumerate() {
        if number > 0 {
            found.push(Question::of(part.split("\n## ").next().unwrap(), begin));
        }
        begin += part.len() + "\n### ".len();
    }
    found
}

/// Commands that the page names beside its questions: in its introduction, and within sentences.
fn beside(page: &str) -> Vec<&str> {
    let introduction = page.split("\n### ").next().unwrap();
    let lines = introduction.split("```").skip(1).step_by(2).flat_map(str::lines);
    let named = page.split("```").step_by(2).flat_map(codes);
    let is_question = |line: &&str| {
        line.starts_with("rapport ")
            && !line.starts_with("rapport demo ")
            && !line.starts_with("rapport serve ")
    };
    lines.chain(named).filter(is_question).collect()
}

/// The ledger that the page says how to get, served.
fn company(page: &str) -> Server {
    let line = page.lines().find(|line| line.starts_with("rapport demo ")).unwrap();
    let words: Vec<&str> = line.split(' ').skip(1).take_while(|word| *word != "--data").collect();
    assert!(words.len() > 6, "the page says how many customers, which seed, and until when: {line}");
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let demo = ["--keep-serving", "never", "--data"];
    Ran::of(command().args(words).args(demo).arg(&ledger)).ok();
    Server::start_in(dir, &["--simulated-clock"])
}

/// A command as a shell runs it.
fn typed(server: &Server, line: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_rapport"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RAPPORT_")) {
        shell.env_remove(name);
    }
    let shell = shell.args(["-c", line]).env("PATH", path).env("RAPPORT_SERVER", &server.url);
    Ran::of(shell.current_dir(server.dir.path()))
}

/// What each command printed, several at one time.
fn all_typed(server: &Server, commands: &[&str]) -> Vec<Ran> {
    let next = AtomicUsize::new(0);
    let ran = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(line) = commands.get(number) else { return };
                    let printed = typed(server, line);
                    ran.lock().unwrap().insert(number, printed);
                }
            });
        }
    });
    ran.into_inner().unwrap().into_values().collect()
}

#[test]
fn the_page_of_questions_shows_what_its_commands_print() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (questions, beside) = (questions(&page), beside(&page));
    let commands: Vec<&str> = questions.iter().map(|question| question.command).chain(beside).collect();
    let server = company(&page);
    let printed = all_typed(&server, &commands);
    let (mut failed, mut other, mut renewed) = (Vec::new(), Vec::new(), page.clone());
    for (command, ran) in commands.iter().zip(&printed).skip(questions.len()) {
        if ran.code != Some(0) {
            failed.push(format!("{command}\n{}", ran.stderr));
        }
    }
    // From the end, so that the places before stay where they are.
    for (question, ran) in questions.iter().zip(&printed).rev() {
        match question.excerpt(ran) {
            Err(why) => failed.push(format!("{}\n{why}", question.command)),
            Ok(excerpt) if excerpt == question.answer => {}
            Ok(excerpt) => {
                other.push(format!("{}\n{excerpt}", question.command));
                renewed.replace_range(question.place.clone(), &excerpt);
            }
        }
    }
    if std::env::var_os("RAPPORT_UPDATE").is_some() {
        fs::write(PAGE, renewed).unwrap();
        other.clear();
    }
    assert!(failed.is_empty(), "no answers, {} in all:\n\n{}", failed.len(), failed.join("\n\n"));
    let what_to_do = "RAPPORT_UPDATE=1 cargo test -p rapport --test cli -- questions";
    assert!(other.is_empty(), "to write the page anew: {what_to_do}\n\n{}", other.join("\n\n"));
}

#[test]
fn every_question_is_on_the_page_once_with_the_call_that_its_command_makes() {
    let page = fs::read_to_string(PAGE).unwrap();
    let questions = questions(&page);
    let mut marks: Vec<&str> = questions.iter().flat_map(|question| question.marks.clone()).collect();
    let expected =
        MARKS.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}")));
    let mut expected: Vec<String> = expected.collect();
    marks.sort_unstable();
    expected.sort_unstable();
    assert_eq!(marks, expected);
    let headings: BTreeSet<_> = questions.iter().map(|question| question.heading).collect();
    assert_eq!(headings.len(), questions.len(), "two questions have one heading");
    for question in &questions {
        assert_eq!(question.calls, [call(question.command)], "{}", question.command);
    }
}

/// The call that a command makes.
fn call(command: &str) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[0], "rapport", "{command}");
    if words.contains(&"--figure") {
        return "Views.FigureEvents".to_owned();
    }
    let own = CALLS.iter().find(|(of, _)| *of == words[1]).map(|(_, call)| (*call).to_owned());
    own.unwrap_or_else(|| format!("Views.{}{}", words[1][..1].to_uppercase(), &words[1][1..]))
}

#[test]
fn the_calls_that_the_page_names_are_in_the_contract() {
    let page = fs::read_to_string(PAGE).unwrap();
    let method = |service: &str, method: &str| {
        let service = descriptors().get_service_by_name(&format!("rapport.v1.{service}"))?;
        service.methods().find(|known| known.name() == method)
    };
    for call in questions(&page).iter().flat_map(|question| &question.calls) {
        let (service, name) = call.split_once('.').unwrap();
        assert!(method(service, name).is_some(), "the contract has no `{call}`");
    }
    // The example of grpcurl asks what the contract knows.
    let example = page.split("grpcurl -").nth(1).unwrap().split("\n```").next().unwrap();
    let (service, name) = example.rsplit_once("rapport.v1.").unwrap().1.split_once('/').unwrap();
    let mut json = serde_json::Deserializer::from_str(example.split('\'').nth(1).unwrap());
    prost_reflect::DynamicMessage::deserialize(method(service, name).unwrap().input(), &mut json).unwrap();
}
