//! `rapport definitions publish`: a new version, after a look at what it changes.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use prost::Message as _;
use prost_types::Timestamp;
use rapport_model::Timestamp as Moment;
use rapport_proto::{
    definition, time,
    v1::{
        AppendRequest, Definition, DefinitionPublished, DefinitionsRequest, Event, ExpectedRevision, Payload,
        StreamAppend, ViewTime, expected_revision, payload::Kind,
    },
};
use serde_json::json;

use super::{
    body::{Change, changes, whole},
    diff,
    file::File,
    find,
};
use crate::{
    command::{append::simulated_now, view_time::Asking, whole as pages},
    failure::{AnswerIsNo, Refused},
    moment,
    shared_args::Shared,
    show::{Output, Page, cut},
};

/// The flags of `rapport definitions publish`.
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// What `show --output json` prints: {"kind", "code", "version", "effective_from", "approver", "body"}; `-` is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// A kind of the organisation's own, whose body nothing reads
    #[arg(long)]
    other_kind: bool,
    /// The recorded clock, for a ledger on a simulated clock [default: now]
    #[arg(long, value_name = "TIME")]
    simulated_now: Option<String>,
}

/// What is to be appended, and what it was compared with.
struct Planned {
    published: DefinitionPublished,
    stream: String,
    expected: expected_revision::Kind,
    /// What holds now.
    held: Option<Definition>,
    changed: Vec<Change>,
    now: Moment,
}

/// Appends a version of a definition.
///
/// # Errors
/// The file is wrong, or the ledger refuses it: also because somebody else has published meanwhile.
pub(super) async fn run(shared: &Shared, args: PublishArgs) -> anyhow::Result<()> {
    let flags = shared.as_of.is_some() || shared.known_at.is_some();
    anyhow::ensure!(
        !flags,
        "--as-of and --known-at are not for `publish`: `effective_from` in the file says from when"
    );
    let file = File::read(&args.file)?;
    file.check(args.other_kind)?;
    let asking = Asking::connect(shared).await?;
    asking.client.check_that_it_has_events(&asking.head)?;
    let simulated = simulated_now(&asking.head, args.simulated_now.as_deref())?;
    let now = simulated.as_ref().and_then(time::from_proto);
    let now = now.unwrap_or_else(|| Moment::from(jiff::Timestamp::now()));
    let planned = plan(&asking, file, now).await?;

    if shared.output == Output::Table {
        tell(&planned, &asking)?;
    }
    if let Some(held) = planned.held.as_ref().filter(|_| planned.is_idle()) {
        return said(shared.output, &planned, (held.version, held.position, false));
    }
    if !args.yes && !is_agreed(shared.output, &args.file, &planned)? {
        return Err(AnswerIsNo("nothing was published".to_owned()).into());
    }
    append(shared.output, &asking, planned, simulated).await
}

/// Compares a file with what the ledger has. The end of the stream is read first: what is published after that makes the
/// append fail.
async fn plan(asking: &Asking, file: File, now: Moment) -> anyhow::Result<Planned> {
    let stream = format!("definition-{}-{}", file.kind, file.code);
    let last = asking.client.last_event(&stream).await?;
    let request = DefinitionsRequest {
        time: Some(ViewTime {
            // Whenever a version takes effect, it is there.
            occurred_until: Some(time::to_proto(Moment::from(FAR))),
            at_least_position: asking.head.position.max(last.as_ref().map_or(0, |event| event.position)),
            wait: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
            ..ViewTime::default()
        }),
        kind: file.kind.clone(),
        code: file.code.clone(),
        earlier: true,
        bodies: true,
        ..DefinitionsRequest::default()
    };
    let all = pages::definitions(&asking.client, request.clone()).await?.definitions;
    let mut at_now = request;
    if let Some(time) = &mut at_now.time {
        time.occurred_until = Some(time::to_proto(now));
    }
    let at_now = pages::definitions(&asking.client, at_now).await?.definitions;
    let held = find::holding(&at_now).cloned();

    let highest = all.iter().map(|one| one.version).max().unwrap_or(0);
    let version = file.version.unwrap_or(highest.saturating_add(1));
    if let Some(taken) = all.iter().find(|one| one.version == version && one.position > 0) {
        let said = format!(
            "{} `{}` has version {version} already (event {}); leave `version` out of the file to publish version {}",
            file.kind,
            file.code,
            taken.position,
            highest.saturating_add(1)
        );
        return Err(AnswerIsNo(said).into());
    }
    let effective_from =
        moment::since(file.effective_from.as_deref(), "effective_from", asking.zone.time_zone())?;
    let before = held
        .as_ref()
        .map_or_else(|| diff::unpublished(&file.kind, &file.code), |held| whole(&file.kind, &held.body));
    let changed = changes(&before, &whole(&file.kind, file.body.get()));
    let published = DefinitionPublished {
        kind: file.kind,
        code: file.code,
        version,
        effective_from,
        body: file.body.get().to_owned(),
        approver: file.approver.unwrap_or_default(),
    };
    let expected = last.map_or(expected_revision::Kind::NoStream(expected_revision::NoStream {}), |event| {
        expected_revision::Kind::Exact(event.revision)
    });
    Ok(Planned { published, stream, expected, held, changed, now })
}

/// The end of the last year that a moment can be of.
const FAR: jiff::Timestamp = jiff::Timestamp::constant(253_402_000_000, 0);

impl Planned {
    /// Whether it would say what holds already, from when it is published on.
    fn is_idle(&self) -> bool {
        let holds = self.held.as_ref().is_some_and(|held| held.version > 0);
        holds && self.changed.is_empty() && self.published.effective_from.is_none()
    }

    /// From when it holds, as far as that is worth a sentence, and whether anything depends on it.
    fn effect(&self, asking: &Asking) -> Option<String> {
        let kind = &self.published.kind;
        let nothing = (!self.is_read()).then(|| format!("no answer reads `{kind}` yet"));
        let told: Vec<String> = self.takes_effect(asking).into_iter().chain(nothing).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// Whether answers depend on definitions of its kind.
    fn is_read(&self) -> bool {
        definition::kind(&self.published.kind).is_some_and(|kind| kind.is_read)
    }

    fn takes_effect(&self, asking: &Asking) -> Option<String> {
        let from = self.published.effective_from.as_ref()?;
        let at = time::from_proto(from)?;
        let day = asking.zone.minute(Some(from));
        let held = self.held.as_ref().and_then(|held| held.effective_from.as_ref());
        let held = held.and_then(time::from_proto).zip(self.held.as_ref());
        if at > self.now {
            return Some(format!("it takes effect {day}; until then, what is in force stays"));
        }
        if let Some((since, held)) = held.filter(|(since, _)| *since > at) {
            let since = asking.zone.minute(Some(&time::to_proto(since)));
            let stays = find::called(held);
            return Some(format!(
                "it takes effect {day}, in the past, and {stays}, in force since {since}, stays in force"
            ));
        }
        let changes = if self.is_read() { ": answers about the time since then change" } else { "" };
        Some(format!("it takes effect {day}, in the past{changes}"))
    }
}

/// Says what will be appended and what it changes.
fn tell(planned: &Planned, asking: &Asking) -> anyhow::Result<()> {
    let Planned { published, held, changed, .. } = planned;
    let mut page = Page::stdout();
    let before = held.as_ref().map_or_else(|| "nothing published".to_owned(), find::called);
    let (kind, code) = (&published.kind, &published.code);
    if planned.is_idle() {
        let said = format!("nothing to publish: {before} of {kind} `{code}` says the same");
        writeln!(page, "{}", cut(&said))?;
        return page.finish();
    }
    let version = format!("version {}", published.version);
    writeln!(page, "{}", cut(&format!("{kind} `{code}`: {version}, compared with {before}")))?;
    diff::table(&mut page, (&before, &version), changed)?;
    if let Some(effect) = planned.effect(asking) {
        writeln!(page, "\n{}", cut(&effect))?;
    }
    page.finish()
}

/// Asks on a terminal; elsewhere `--yes` has to be given.
fn is_agreed(output: Output, file: &Path, planned: &Planned) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    let can_ask = output == Output::Table && stdin.is_terminal() && file.as_os_str() != "-";
    anyhow::ensure!(can_ask, "nothing was published: give --yes where `rapport` cannot ask");
    let mut out = std::io::stderr();
    write!(out, "\npublish version {}? [y/N] ", planned.published.version)?;
    out.flush()?;
    let mut said = String::new();
    stdin.lock().read_line(&mut said)?;
    Ok(["y", "yes"].contains(&said.trim().to_lowercase().as_str()))
}

async fn append(
    output: Output,
    asking: &Asking,
    planned: Planned,
    simulated_now: Option<Timestamp>,
) -> anyhow::Result<()> {
    let payload = Payload { kind: Some(Kind::DefinitionPublished(planned.published.clone())) };
    let event = Event {
        id: uuid::Uuid::new_v4().hyphenated().to_string(),
        payload: payload.encode_to_vec().into(),
        ..Event::default()
    };
    let append = StreamAppend {
        stream: planned.stream.clone(),
        expected_revision: Some(ExpectedRevision { kind: Some(planned.expected) }),
        events: vec![event],
    };
    let request = AppendRequest { appends: vec![append], simulated_now, ..AppendRequest::default() };
    match asking.client.ledger().append(request).await {
        Ok(appended) => {
            let position = appended.into_inner().first_position;
            said(output, &planned, (planned.published.version, position, true))
        }
        Err(status) => {
            let refused = Refused::from(status);
            if refused.reason() != "STALE_REVISION" {
                return Err(refused.into());
            }
            let said = format!(
                "nothing was published: {} `{}` has a newer version than the one that was compared with; publish again to \
                 see what it changes",
                planned.published.kind, planned.published.code
            );
            Err(AnswerIsNo(said).into())
        }
    }
}

/// Says which version is in the ledger now, where, and whether it was this command that published it.
fn said(
    output: Output,
    planned: &Planned,
    (version, position, is_new): (u32, u64, bool),
) -> anyhow::Result<()> {
    let Planned { published: DefinitionPublished { kind, code, .. }, stream, .. } = planned;
    let mut page = Page::stdout();
    match output {
        Output::Table if is_new => {
            let said =
                format!("published {kind} `{code}` version {version}: event {position} of stream `{stream}`");
            writeln!(page, "\n{}", cut(&said))?;
        }
        // It is said already.
        Output::Table => {}
        Output::Json => {
            let said = json!({
                "kind": kind, "code": code, "version": version, "position": position.to_string(), "published": is_new,
            });
            writeln!(page, "{said}")?;
        }
        Output::Csv => {
            let mut csv = csv::Writer::from_writer(&mut page);
            csv.write_record(["kind", "code", "version", "position", "published"])?;
            csv.write_record([kind, code, &version.to_string(), &position.to_string(), &is_new.to_string()])?;
            csv.flush()?;
        }
    }
    page.finish()
}
