//! JSON: an array of objects, an object with an array of objects in it, or objects one after the other (JSON lines). One
//! object is a row; only one is in memory.

use std::io::{self, BufRead as _};

use encoding_rs::Encoding;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    input::{Text, not_text},
    named::{NamedRow, NamedValue, Parts},
    row::{ROW_BYTES_MAX, RowError},
};

/// Deeper objects stay text.
const DEPTH_MAX: usize = 16;

/// Between the values of a list that becomes one text.
const LIST_SEPARATOR: &str = "\n";

/// Where the rows of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// One object a line.
    Lines,
    /// Objects one after the other, or one alone.
    Values,
    /// The elements of the array at this path of names; empty for one at the top.
    Array(Vec<String>),
}

/// The objects of a file.
pub(super) struct Objects {
    bytes: Bytes,
    /// What the file is written in.
    encoding: &'static Encoding,
    layout: Layout,
    /// The path to an array in each object whose elements are rows of their own.
    unnest: Option<String>,
    started: bool,
    ended: bool,
    buffer: Vec<u8>,
    /// The line on which the last object begins.
    line: u64,
}

/// Finds the rows. `rows` is the path that the mapping gives.
pub(super) fn layout(text: Text, rows: Option<&str>) -> io::Result<Layout> {
    let mut bytes = Bytes { text, line: 1 };
    if let Some(rows) = rows {
        return Ok(Layout::Array(rows.split('.').map(str::to_owned).collect()));
    }
    match bytes.peek()? {
        Some(b'[') => return Ok(Layout::Array(Vec::new())),
        Some(b'{') => {}
        None => return Ok(Layout::Values),
        Some(_) => return Err(bytes.wrong("an array of objects or an object")),
    }
    let mut found = Vec::new();
    bytes.take(b'{')?;
    while let Some(name) = bytes.name()? {
        if bytes.peek()? == Some(b'[') {
            bytes.take(b'[')?;
            if bytes.peek()? == Some(b'{') {
                found.push(name);
            }
            bytes.run(None, 1)?;
        } else {
            bytes.value(None)?;
        }
    }
    if bytes.peek()?.is_some() {
        return Ok(Layout::Values);
    }
    match found.as_slice() {
        [] => Ok(Layout::Values),
        [only] => Ok(Layout::Array(vec![only.clone()])),
        several => Err(invalid(format!(
            "it has several arrays of objects, `{}`; say with `rows = \"{}\"` in the mapping which has the rows",
            several.join("`, `"),
            several.first().map_or("", String::as_str)
        ))),
    }
}

impl Objects {
    /// `text` is UTF-8, made from `encoding`.
    pub(super) fn new(
        text: Text,
        encoding: &'static Encoding,
        layout: Layout,
        unnest: Option<String>,
    ) -> Self {
        Self {
            bytes: Bytes { text, line: 1 },
            encoding,
            layout,
            unnest,
            started: false,
            ended: false,
            buffer: Vec::new(),
            line: 0,
        }
    }

    /// The next object's bytes into the buffer; `false` at the end.
    fn object(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        match &self.layout {
            Layout::Lines => loop {
                self.line = self.bytes.line;
                if !self.bytes.whole_line(&mut self.buffer)? {
                    return Ok(false);
                }
                if !self.buffer.trim_ascii().is_empty() {
                    return Ok(true);
                }
                self.buffer.clear();
            },
            Layout::Values => {
                if self.bytes.peek()?.is_none() {
                    return Ok(false);
                }
                self.line = self.bytes.line;
                self.bytes.value(Some(&mut self.buffer))?;
                Ok(true)
            }
            Layout::Array(path) => {
                if !self.started {
                    let path = path.clone();
                    self.bytes.enter(&path)?;
                }
                let first = !std::mem::replace(&mut self.started, true);
                if self.bytes.peek()? == Some(b']') {
                    self.bytes.take(b']')?;
                    self.bytes.finish(matches!(&self.layout, Layout::Array(path) if path.is_empty()))?;
                    return Ok(false);
                }
                if !first {
                    self.bytes.take(b',')?;
                }
                self.bytes.peek()?;
                self.line = self.bytes.line;
                self.bytes.value(Some(&mut self.buffer))?;
                Ok(true)
            }
        }
    }
}

impl Parts for Objects {
    fn next_part(&mut self) -> Result<Option<Vec<NamedRow>>, RowError> {
        if self.ended || !self.object().map_err(RowError::File)? {
            self.ended = true;
            return Ok(None);
        }
        let line = self.line;
        let rows = match str::from_utf8(&self.buffer) {
            Ok(_) => rows(&self.buffer, self.unnest.as_deref()),
            Err(_) => Err(not_text(self.encoding)),
        };
        let rows = rows.map_err(|reason| RowError::Row {
            line,
            column: String::new(),
            value: String::new(),
            reason,
        })?;
        Ok(Some(rows.into_iter().map(|values| NamedRow { line, values }).collect()))
    }
}

/// The rows of one object: itself, or one for each element of the array that is unnested.
fn rows(bytes: &[u8], unnest: Option<&str>) -> Result<Vec<Vec<NamedValue>>, String> {
    let said = |error: serde_json::Error| format!("not a JSON object: {error} of the object");
    let object: &RawValue = serde_json::from_slice(bytes).map_err(said)?;
    if !object.get().starts_with('{') {
        return Err("expected a JSON object, `{…}`".into());
    }
    let mut row = Row { values: Vec::new(), unnest, items: None };
    row.object(object.get(), "", 0).map_err(said)?;
    let Some(items) = row.items.filter(|items| !items.is_empty()) else { return Ok(vec![row.values]) };
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let mut inner = Row { values: row.values.clone(), unnest: None, items: None };
        inner.value(item.get(), unnest.unwrap_or_default(), 0).map_err(said)?;
        rows.push(inner.values);
    }
    Ok(rows)
}

struct Row<'a> {
    values: Vec<NamedValue>,
    unnest: Option<&'a str>,
    items: Option<Vec<Box<RawValue>>>,
}

impl Row<'_> {
    fn object(&mut self, text: &str, prefix: &str, depth: usize) -> Result<(), serde_json::Error> {
        let members: Members<'_> = serde_json::from_str(text)?;
        for (name, value) in members.0 {
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            self.value(value.get(), &name, depth)?;
        }
        Ok(())
    }

    fn value(&mut self, text: &str, name: &str, depth: usize) -> Result<(), serde_json::Error> {
        let text = text.trim();
        let (value, typed) = match text.as_bytes().first() {
            Some(b'n') => return Ok(()),
            Some(b'"') => (serde_json::from_str(text)?, false),
            Some(b'{') if depth < DEPTH_MAX => return self.object(text, name, depth + 1),
            Some(b'[') if self.unnest == Some(name) => {
                self.items = Some(serde_json::from_str(text)?);
                return Ok(());
            }
            Some(b'[') => (list(text)?, false),
            Some(b't' | b'f' | b'{') | None => (text.to_owned(), false),
            Some(_) => (text.to_owned(), true),
        };
        self.values.push(NamedValue { name: name.to_owned(), text: value, typed });
        Ok(())
    }
}

/// The values of a list, one a line. A list that has objects or lists in it stays JSON.
fn list(text: &str) -> Result<String, serde_json::Error> {
    let items: Vec<&RawValue> = serde_json::from_str(text)?;
    if items.iter().any(|item| item.get().starts_with(['{', '['])) {
        return Ok(text.to_owned());
    }
    let mut texts = Vec::with_capacity(items.len());
    for item in items.iter().map(|item| item.get()).filter(|item| *item != "null") {
        texts.push(if item.starts_with('"') { serde_json::from_str(item)? } else { item.to_owned() });
    }
    Ok(texts.join(LIST_SEPARATOR))
}

/// The members of an object in their order, with numbers as they are written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A text of JSON, cut into values without parsing them.
struct Bytes {
    text: Text,
    line: u64,
}

impl Bytes {
    /// The next byte that is not blank, which stays; `None` at the end of the file.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let bytes = self.text.fill_buf()?;
            let Some(first) = bytes.first().copied() else { return Ok(None) };
            let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if blanks == 0 {
                return Ok(Some(first));
            }
            self.consume(blanks)?;
        }
    }

    fn consume(&mut self, count: usize) -> io::Result<()> {
        let bytes = self.text.fill_buf()?.get(..count).unwrap_or_default();
        self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.text.consume(count);
        Ok(())
    }

    fn take(&mut self, wanted: u8) -> io::Result<()> {
        if self.peek()? != Some(wanted) {
            return Err(self.wrong(&format!("`{}`", char::from(wanted))));
        }
        self.consume(1)
    }

    fn whole_line(&mut self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let mut limited = io::Read::take(&mut *self.text, ROW_BYTES_MAX);
        let read = limited.read_until(b'\n', buffer)?;
        if read as u64 == ROW_BYTES_MAX {
            return Err(self.too_long());
        }
        self.line += u64::from(read > 0);
        Ok(read > 0)
    }

    /// The name of the next member of an object that was entered; `None` behind its end.
    fn name(&mut self) -> io::Result<Option<String>> {
        if self.peek()? == Some(b',') {
            self.take(b',')?;
        }
        if self.peek()? == Some(b'}') {
            self.take(b'}')?;
            return Ok(None);
        }
        if self.peek()? != Some(b'"') {
            return Err(self.wrong("the name of a value in quotation marks"));
        }
        let mut name = Vec::new();
        self.value(Some(&mut name))?;
        let name = serde_json::from_slice(&name).map_err(|_| self.wrong("the name of a value"))?;
        self.take(b':')?;
        Ok(Some(name))
    }

    /// Goes into the array at this path.
    fn enter(&mut self, path: &[String]) -> io::Result<()> {
        for (depth, wanted) in path.iter().enumerate() {
            self.take(b'{')?;
            loop {
                match self.name()? {
                    Some(name) if name == *wanted => break,
                    Some(_) => self.value(None)?,
                    None => {
                        let path = path.get(..=depth).unwrap_or_default().join(".");
                        return Err(invalid(format!(
                            "it has no `{path}`, where `rows` says that its rows are"
                        )));
                    }
                }
            }
        }
        self.take(b'[')
    }

    /// One value, into the buffer if there is one.
    fn value(&mut self, buffer: Option<&mut Vec<u8>>) -> io::Result<()> {
        if self.peek()?.is_none() {
            return Err(self.wrong("a value"));
        }
        self.run(buffer, 0)
    }

    /// Reads until `depth` open brackets are closed; with none open, to the end of a value.
    fn run(&mut self, mut buffer: Option<&mut Vec<u8>>, mut depth: usize) -> io::Result<()> {
        let (mut quoted, mut escaped, mut begun) = (false, false, depth > 0);
        loop {
            let bytes = self.text.fill_buf()?;
            if bytes.is_empty() {
                return if begun && depth == 0 && !quoted {
                    Ok(())
                } else {
                    Err(self.wrong("the end of a value"))
                };
            }
            let mut used = 0;
            let mut done = false;
            for byte in bytes {
                let bare = depth == 0 && !quoted;
                if bare && begun && (matches!(byte, b',' | b']' | b'}' | b':') || byte.is_ascii_whitespace())
                {
                    done = true;
                    break;
                }
                used += 1;
                begun = true;
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => {
                        quoted = !quoted;
                        done = !quoted && depth == 0;
                    }
                    _ if quoted => {}
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth = depth.saturating_sub(1);
                        done = depth == 0;
                    }
                    _ => {}
                }
                if done {
                    break;
                }
            }
            if let Some(buffer) = buffer.as_mut() {
                buffer.extend_from_slice(bytes.get(..used).unwrap_or_default());
                if buffer.len() as u64 > ROW_BYTES_MAX {
                    return Err(self.too_long());
                }
            }
            self.consume(used)?;
            if done {
                return Ok(());
            }
        }
    }

    /// Reads to the end of the file, because its digest covers the whole file.
    fn finish(&mut self, nothing_more: bool) -> io::Result<()> {
        if nothing_more && self.peek()?.is_some() {
            return Err(self.wrong("the end of the file"));
        }
        loop {
            let length = self.text.fill_buf()?.len();
            if length == 0 {
                return Ok(());
            }
            self.text.consume(length);
        }
    }

    fn wrong(&self, expected: &str) -> io::Error {
        invalid(format!(
            "line {} is not JSON as expected here: {expected}; perhaps the file is cut short",
            self.line
        ))
    }

    fn too_long(&self) -> io::Error {
        invalid(format!(
            "the row that ends behind line {} is longer than {} MiB",
            self.line,
            ROW_BYTES_MAX >> 20
        ))
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
