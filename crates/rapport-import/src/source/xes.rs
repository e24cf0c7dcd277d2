//! XES, the event logs of process mining (IEEE 1849). An event is a row: its attributes by their keys, and those of its
//! case as `case:KEY`. One case is in memory.

use std::io::{self, BufRead, Read};

use encoding_rs::Encoding;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use super::{
    input::{Text, not_text},
    named::{NamedRow, NamedValue, Parts},
    row::{ROW_BYTES_MAX, RowError},
};

/// The limit of a case, because a whole case is in memory.
const CASE_EVENTS_MAX: usize = 1_000_000;

/// The limit of attributes in attributes.
const DEPTH_MAX: usize = 16;

/// The events of a file.
pub(super) struct Events {
    reader: Reader<Numbered>,
    /// What the file is written in.
    encoding: &'static Encoding,
    buffer: Vec<u8>,
    /// The elements that are open.
    open: Vec<Element>,
    case: Case,
}

#[derive(Debug, PartialEq, Eq)]
enum Element {
    Log,
    Trace,
    Event,
    /// By its key; `values` of a list has none.
    Attribute(String),
    /// Not part of a case: an extension, a classifier, a global.
    Other,
}

/// The case that is read.
#[derive(Debug, Default)]
struct Case {
    attributes: Vec<NamedValue>,
    events: Vec<NamedRow>,
}

/// The encoding that the XML declaration names, if any.
pub(super) fn encoding(bytes: &mut Text) -> io::Result<Option<&'static Encoding>> {
    let head = String::from_utf8_lossy(bytes.fill_buf()?);
    let declaration = head.split_once("?>").map_or("", |(declaration, _)| declaration);
    let Some((_, named)) = declaration.split_once("encoding=") else { return Ok(None) };
    let label: String = named.chars().skip(1).take_while(|letter| !matches!(letter, '"' | '\'')).collect();
    let known = Encoding::for_label_no_replacement(label.as_bytes());
    known.map(Some).ok_or_else(|| invalid(format!("its encoding `{label}` is not known")))
}

impl Events {
    /// `text` is UTF-8, made from `encoding`.
    pub(super) fn new(mut text: Text, encoding: &'static Encoding) -> io::Result<Self> {
        // With the declaration, the reader would decode the text a second time.
        let mut line = 1;
        if text.fill_buf()?.starts_with(b"<?xml") {
            let mut declaration = Vec::new();
            let mut limited = Read::take(&mut *text, 1_000);
            while !declaration.ends_with(b"?>") && limited.read_until(b'>', &mut declaration)? > 0 {}
            line += declaration.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        let mut reader = Reader::from_reader(Numbered { text, line, element_bytes: 0 });
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { reader, encoding, buffer: Vec::new(), open: Vec::new(), case: Case::default() })
    }

    /// The events of the next case, or the next event outside of cases; `None` at the end of the file.
    fn case(&mut self) -> io::Result<Option<Vec<NamedRow>>> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().element_bytes = 0;
            let event = self.reader.read_event_into(&mut self.buffer);
            let line = self.reader.get_ref().line;
            let event = event.map_err(|error| match error {
                quick_xml::Error::Encoding(_) => invalid(format!("line {line}: {}", not_text(self.encoding))),
                error => xml(&error, line),
            });
            match event? {
                Event::Start(element) => begin(&mut self.open, &mut self.case, &element, line)?,
                Event::End(_) => {
                    let closed = self.open.pop();
                    let alone = closed == Some(Element::Event) && self.open.last() == Some(&Element::Log);
                    if alone || closed == Some(Element::Trace) {
                        let Case { attributes, mut events } = std::mem::take(&mut self.case);
                        events.iter_mut().for_each(|event| event.values.extend_from_slice(&attributes));
                        return Ok(Some(events));
                    }
                }
                Event::DocType(_) => {
                    let reason = "it declares a document type, which an event log does not have";
                    return Err(invalid(format!("line {line}: {reason}")));
                }
                Event::Eof if !self.open.is_empty() => {
                    return Err(invalid(format!(
                        "it is cut short at line {line}; get it again, and import it again"
                    )));
                }
                Event::Eof => return Ok(None),
                Event::Empty(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::GeneralRef(_) => {}
            }
        }
    }
}

impl Parts for Events {
    fn next_part(&mut self) -> Result<Option<Vec<NamedRow>>, RowError> {
        self.case().map_err(RowError::File)
    }
}

/// Takes note of an element that begins.
fn begin(open: &mut Vec<Element>, case: &mut Case, element: &BytesStart<'_>, line: u64) -> io::Result<()> {
    let name = element.local_name();
    let kind = name.as_ref();
    let next = match (open.last(), kind) {
        (None, "log") => Element::Log,
        (None, _) => {
            return Err(invalid(format!("line {line}: `{kind}` is not the beginning of an event log (XES)")));
        }
        (Some(Element::Log), "trace") => Element::Trace,
        (Some(Element::Log | Element::Trace), "event") => {
            case.events.push(NamedRow { line, values: Vec::new() });
            if case.events.len() > CASE_EVENTS_MAX {
                return Err(invalid(format!("line {line}: a case has more than {CASE_EVENTS_MAX} events")));
            }
            Element::Event
        }
        (Some(Element::Attribute(_)), "values") => Element::Attribute(String::new()),
        (Some(Element::Trace | Element::Event | Element::Attribute(_)), _) if is_attribute(kind) => {
            return attribute(open, case, element, line);
        }
        (Some(_), _) => Element::Other,
    };
    open.push(next);
    Ok(())
}

fn is_attribute(kind: &str) -> bool {
    matches!(kind, "string" | "date" | "int" | "float" | "boolean" | "id" | "list" | "container")
}

/// An attribute of the event or the case that is open; one of an attribute is named `OUTER.INNER`.
fn attribute(
    open: &mut Vec<Element>,
    case: &mut Case,
    element: &BytesStart<'_>,
    line: u64,
) -> io::Result<()> {
    let (mut key, mut value) = (String::new(), None);
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| xml(&error.into(), line))?;
        let text = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| xml(&error, line))?;
        match attribute.key.as_ref() {
            "key" => key = text.into_owned(),
            "value" => value = Some(text.into_owned()),
            _ => {}
        }
    }
    open.push(Element::Attribute(key));
    let mut names = Vec::new();
    let mut of_event = false;
    for outer in open.iter() {
        match outer {
            Element::Attribute(key) if !key.is_empty() => names.push(key.as_str()),
            Element::Event => of_event = true,
            Element::Attribute(_) | Element::Log | Element::Trace | Element::Other => {}
        }
    }
    if names.len() > DEPTH_MAX {
        return Err(invalid(format!("line {line}: attributes are nested deeper than {DEPTH_MAX}")));
    }
    let Some(text) = value else { return Ok(()) };
    let typed = matches!(element.local_name().as_ref(), "date" | "int" | "float");
    let name = names.join(".");
    match case.events.last_mut() {
        Some(event) if of_event => event.values.push(NamedValue { name, text, typed }),
        _ => case.attributes.push(NamedValue { name: format!("case:{name}"), text, typed }),
    }
    Ok(())
}

fn xml(error: &quick_xml::Error, line: u64) -> io::Error {
    if let quick_xml::Error::Io(error) = error {
        return io::Error::new(error.kind(), error.to_string());
    }
    invalid(format!("line {line}: not well-formed XML: {error}"))
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// A text that counts the lines read so far, and refuses an element without end.
struct Numbered {
    text: Text,
    line: u64,
    element_bytes: u64,
}

impl Read for Numbered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Numbered {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.element_bytes > ROW_BYTES_MAX {
            let mebibytes = ROW_BYTES_MAX >> 20;
            return Err(invalid(format!("line {}: an element is longer than {mebibytes} MiB", self.line)));
        }
        self.text.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(bytes) = self.text.fill_buf() {
            let bytes = bytes.get(..amount).unwrap_or_default();
            self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.element_bytes += amount as u64;
        self.text.consume(amount);
    }
}
