//! Events as JSON lines, and requests made of them.

use prost::Message as _;
use rapport_proto::{
    json::event_from_json,
    status::listed,
    v1::{AppendRequest, Event, StreamAppend},
    validate::{self, Invalid},
};
use serde_json::Value;

use super::{json_check, json_object};

/// The fields of the lines of `rapport tail --output json` that the ledger gave the event; another ledger gives its
/// own.
const PLACE: [&str; 5] = ["position", "revision", "recordedAt", "dataSha256", "personalSha256"];

/// More faults of one line than these are counted.
const FAULTS_TOLD_MAX: usize = 12;

/// A line that is not an event.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    /// It is not a JSON object.
    #[error("not a JSON object: {0}")]
    NotAnObject(String),
    /// It does not say where to.
    #[error(
        "it has no `stream`; expected `{{\"stream\": \"customer-17\", \"customer\": …, \"payload\": …}}`"
    )]
    NoStream,
    /// Its stream is not a text.
    #[error("`stream`: expected a text in quotation marks")]
    StreamIsNoText,
    /// It is not an event.
    #[error("not an event: {}", .what)]
    NotAnEvent {
        /// Where in the line, and what was expected.
        what: String,
    },
    /// It is a wrong event. The text has every fault, so that no chain of causes repeats the first.
    #[error("{}", faults(.0))]
    Invalid(Invalid),
}

/// Every fault with its field; the last ones of very many are only counted.
fn faults(invalid: &Invalid) -> String {
    let faults = listed(&invalid.violations);
    let faults = faults.iter().map(|fault| format!("`{}`: {}", fault.field, fault.description));
    faults.collect::<Vec<_>>().join("; ")
}

/// The first faults of a line that is not an event, and how many more there are.
fn told(faults: &[String]) -> String {
    let more = faults.len().saturating_sub(FAULTS_TOLD_MAX);
    let tail = if more == 0 { String::new() } else { format!("; and {more} more") };
    faults.iter().take(FAULTS_TOLD_MAX).cloned().collect::<Vec<_>>().join("; ") + &tail
}

/// An event and the stream to append it to, from `{"stream": …, "event": {…}}` or `{"stream": …, …event…}`.
///
/// # Errors
/// The line is neither, or its event is wrong.
pub(super) fn parse(line: &str) -> Result<(String, Event), LineError> {
    let mut object = json_object::read(line).map_err(LineError::NotAnObject)?;
    let stream = match object.remove("stream") {
        Some(Value::String(stream)) => stream,
        Some(_) => return Err(LineError::StreamIsNoText),
        None => return Err(LineError::NoStream),
    };
    let event = match object.remove("event") {
        Some(event) if object.is_empty() => event,
        Some(event) => {
            // Both shapes at once: the error then names the key that does not belong.
            object.insert("event".to_owned(), event);
            Value::Object(object)
        }
        None => {
            for key in PLACE {
                object.remove(key);
            }
            Value::Object(object)
        }
    };
    json_check::check("rapport.v1.Event", &event)
        .map_err(|faults| LineError::NotAnEvent { what: told(&faults) })?;
    // An error about a key that is left would quote its value.
    let event = event_from_json(&event.to_string()).map_err(|_| LineError::NotAnEvent {
        what: "a value in it cannot be read; what each field takes is in `proto/rapport/v1`".to_owned(),
    })?;
    validate::check_event_of(&stream, &event).map_err(LineError::Invalid)?;
    Ok((stream, event))
}

/// A request and the lines that it is made of.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The request; events of one stream that follow each other are one [`StreamAppend`].
    pub request: AppendRequest,
    /// The line of each event, shaped as the request is.
    pub lines: Vec<Vec<u64>>,
    /// Events in it.
    pub events: usize,
    /// Their bytes, about.
    pub bytes: usize,
    /// The ids that the lines give, with their lines.
    ids: Vec<(String, u64)>,
}

impl Batch {
    /// Adds an event.
    pub(super) fn push(&mut self, line: u64, stream: String, event: Event) {
        self.events += 1;
        self.bytes += event.encoded_len() + stream.len();
        if !event.id.is_empty() {
            self.ids.push((event.id.clone(), line));
        }
        match (self.request.appends.last_mut(), self.lines.last_mut()) {
            (Some(append), Some(lines)) if append.stream == stream => {
                append.events.push(event);
                lines.push(line);
            }
            _ => {
                self.request.appends.push(StreamAppend {
                    stream,
                    expected_revision: None,
                    events: vec![event],
                });
                self.lines.push(vec![line]);
            }
        }
    }

    /// The first line and the last.
    pub(super) fn span(&self) -> (u64, u64) {
        let mut lines = self.lines.iter().flatten().copied();
        let first = lines.next().unwrap_or(0);
        (first, lines.last().unwrap_or(first))
    }

    /// The lines whose event has an id that a message names between backticks.
    pub(super) fn lines_named_in(&self, message: &str) -> Vec<u64> {
        let named: Vec<_> = message.split('`').collect();
        let ids = self.ids.iter().filter(|(id, _)| named.iter().any(|name| name.eq_ignore_ascii_case(id)));
        ids.map(|(_, line)| *line).collect()
    }

    /// The line of the event that a violation's field names, such as `appends[0].events[3].payload.…`, and the
    /// rest of that name.
    pub(super) fn line_of<'a>(&self, field: &'a str) -> Option<(u64, &'a str)> {
        let (append, rest) = field.strip_prefix("appends[")?.split_once("].events[")?;
        let (event, rest) = rest.split_once(']')?;
        let line = *self.lines.get(append.parse::<usize>().ok()?)?.get(event.parse::<usize>().ok()?)?;
        Some((line, rest.trim_start_matches('.')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: &str =
        r#"{"stream":"deal-1","customer":"7","payload":{"dealOpened":{"dealId":"1","stage":"new"}}}"#;

    #[test]
    fn both_shapes_of_a_line_and_what_tail_prints_are_the_same_event() {
        let nested = r#"{"stream":"deal-1","event":{"customer":"7","payload":{"dealOpened":{"dealId":"1","stage":"new"}}}}"#;
        let printed = r#"{"stream":"deal-1","position":"9","revision":"2","recordedAt":"2026-01-01T00:00:00Z",
            "dataSha256":"AAAA","customer":"7","payload":{"dealOpened":{"dealId":"1","stage":"new"}}}"#;
        let expected = parse(FLAT).unwrap();
        assert_eq!(expected.0, "deal-1");
        assert_eq!(parse(nested).unwrap(), expected);
        assert_eq!(parse(printed).unwrap(), expected);
    }

    #[test]
    fn a_wrong_line_says_what_is_wrong() {
        let cases = [
            ("[1]", "JSON object"),
            (r#"{"customer":"7"}"#, "no `stream`"),
            (r#"{"stream":"s","custmer":"7"}"#, "custmer"),
            (r#"{"stream":"s","event":{},"customer":"7"}"#, "event"),
            (r#"{"stream":"s","customer":"7"}"#, "payload"),
        ];
        for (line, expected) in cases {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn every_fault_of_a_wrong_event_is_told() {
        let line = r#"{"stream":"","tags":["x"],"payload":{"dealOpened":{"amount":{"currency":"eur"}}}}"#;
        let said = format!("{:#}", anyhow::Error::new(parse(line).unwrap_err()));
        let fields = [
            "`stream`: ",
            "`tags[0]`: ",
            "`payload.deal_opened.deal_id`: ",
            "`payload.deal_opened.amount.currency`: ",
        ];
        assert!(fields.iter().all(|field| said.matches(field).count() == 1), "{said}");
    }

    #[test]
    fn every_value_that_is_none_of_its_field_is_told_and_of_very_many_the_last_are_counted() {
        let line = r#"{"stream":"s","occurredAt":7,"tags":[1,"a:b"],"payload":{"dealOpened":{"dealId":{}}}}"#;
        let said = parse(line).unwrap_err().to_string();
        let fields = ["`occurredAt`: ", "`tags[0]`: ", "`payload.dealOpened.dealId`: "];
        assert!(
            fields.iter().all(|field| said.contains(field)) && said.matches("expected").count() == 3,
            "{said}"
        );
        let tags = vec!["7"; FAULTS_TOLD_MAX + 30].join(",");
        let said = parse(&format!(r#"{{"stream":"s","tags":[{tags}]}}"#)).unwrap_err().to_string();
        assert!(said.contains("`tags[11]`") && said.ends_with("; and 30 more"), "{said}");
    }

    #[test]
    fn a_violation_is_traced_back_to_its_line() {
        let mut batch = Batch::default();
        for (line, stream) in [(3, "a"), (4, "a"), (6, "b"), (7, "a")] {
            batch.push(line, stream.to_owned(), Event::default());
        }
        assert_eq!(batch.request.appends.len(), 3);
        assert_eq!(batch.span(), (3, 7));
        assert_eq!(batch.line_of("appends[0].events[1].payload.x"), Some((4, "payload.x")));
        assert_eq!(batch.line_of("appends[2].events[0]"), Some((7, "")));
        assert_eq!(batch.line_of("appends[2].events[1]"), None);
        assert_eq!(batch.line_of("simulated_now"), None);
        for (line, id) in [(8, "aa"), (9, "bb"), (11, "bb")] {
            batch.push(line, "c".to_owned(), Event { id: id.to_owned(), ..Event::default() });
        }
        assert_eq!(batch.lines_named_in("event id `BB` is taken"), [9, 11]);
        assert!(batch.lines_named_in("nothing is named").is_empty());
    }
}
