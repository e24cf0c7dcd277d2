//! What the values of a column look like.

use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
};

use crate::value::{
    moment::{DateFormat, DateRule},
    number::NumberStyle,
};

/// Different values that are kept. A list of words or a scale has fewer.
const VALUES_MAX: usize = 1_000;

/// The comment lists the values of a column that has at most this many.
const LIST_MAX: u64 = 12;

/// Texts that mean no value in columns of numbers and dates.
const NO_VALUES: [&str; 11] = ["null", "n/a", "nan", "none", "nil", "#n/a", "\\n", "-", "--", "?", "."];

/// Values that are tried with every pattern.
const TRIED_MAX: u64 = 2_000;

/// Of a hundred values so many must be of a kind.
const OF_A_HUNDRED: u64 = 95;

const STYLES: [&str; 4] = ["1,234.56", "1.234,56", "1 234,56", "1'234.56"];

const PATTERNS: [&str; 27] = [
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%y",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%y",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %I:%M %p",
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%y",
    "%d-%m-%Y",
    "%d-%m-%Y %H:%M",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d %b %Y",
    "%d %b, %Y %H:%M:%S",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
];

/// A column and the properties of its values.
#[derive(Debug)]
pub(super) struct Column {
    /// As a mapping names it.
    pub name: String,
    /// The words of its name, in lower case.
    pub words: Vec<String>,
    pub filled: u64,
    pub distinct: u64,
    pub all_different: bool,
    /// Its first different values.
    pub values: Vec<String>,
    /// Those that stand for no value, in a column of numbers or dates.
    pub no_values: Vec<String>,
    without_value: u64,
    pub kind: Kind,
    pub range: Option<(f64, f64)>,
    longest: usize,
    typed: u64,
    hashes: HashSet<u64>,
    numbers: [u64; STYLES.len()],
    marked: u64,
    /// Whether a value is written as a code is (`01067`, `+49 30`): as a number it would lose its zero or its plus.
    coded: bool,
    dates: Vec<(DateFormat, u64)>,
    iso: u64,
    packed_days: u64,
    tried: u64,
    /// How many of the values tried are not of the column's kind.
    others: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    Text,
    /// Numbers in this style; the mark tells whether any value shows the style.
    Number(&'static str, bool),
    Date(String),
}

/// The columns of a header, by names that a mapping can write.
pub(super) fn named(header: &[String]) -> Vec<Column> {
    let name = |place: usize, name: &String| {
        let before = header.iter().take(place).filter(|other| *other == name).count();
        match (name.is_empty() || name.contains(['{', '}']) || name.starts_with('$'), before) {
            (true, _) => format!("#{}", place + 1),
            (false, 0) => name.clone(),
            (false, repeat) => format!("{name}.{repeat}"),
        }
    };
    header.iter().enumerate().map(|(place, text)| Column::new(name(place, text))).collect()
}

/// Decides what the columns are: numbers have one style in the whole file.
pub(super) fn settle(columns: &mut [Column], rows: u64) {
    let counts = STYLES.iter().enumerate().map(|(place, _)| {
        columns.iter().map(|column| column.numbers.get(place).copied().unwrap_or_default()).sum::<u64>()
    });
    let mut best = (0, 0);
    for (place, count) in counts.enumerate() {
        if count > best.1 {
            best = (place, count);
        }
    }
    for column in columns {
        column.settle(best.0, rows);
    }
}

impl Column {
    fn new(name: String) -> Self {
        let dates =
            PATTERNS.iter().filter_map(|pattern| Some((DateFormat::parse(pattern).ok()?, 0))).collect();
        Self {
            words: words(&name),
            name,
            filled: 0,
            distinct: 0,
            all_different: true,
            values: Vec::new(),
            no_values: Vec::new(),
            without_value: 0,
            kind: Kind::Empty,
            range: None,
            longest: 0,
            typed: 0,
            hashes: HashSet::new(),
            numbers: [0; STYLES.len()],
            marked: 0,
            coded: false,
            dates,
            iso: 0,
            packed_days: 0,
            tried: 0,
            others: 0,
        }
    }

    /// Takes note of a value.
    pub(super) fn note(&mut self, text: &str, typed: bool) {
        if text.is_empty() {
            self.all_different = false;
            return;
        }
        if !typed && NO_VALUES.iter().any(|none| none.eq_ignore_ascii_case(text)) {
            self.all_different = false;
            self.without_value += 1;
            if !self.no_values.iter().any(|known| known == text) {
                self.no_values.push(text.to_owned());
            }
            return;
        }
        self.filled += 1;
        self.typed += u64::from(typed);
        self.longest = self.longest.max(text.len());
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if !self.hashes.insert(hasher.finish()) {
            self.all_different = false;
        } else if self.values.len() < VALUES_MAX {
            self.values.push(text.to_owned());
        }
        if self.tried >= TRIED_MAX {
            return;
        }
        self.tried += 1;
        self.iso += u64::from(crate::value::moment::iso(text).is_some());
        let day = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let day = day && DateFormat::parse("%Y%m%d").is_ok_and(|format| format.read(text).is_some());
        self.packed_days += u64::from(day && ("19000101".."21000101").contains(&text));
        for (format, count) in &mut self.dates {
            *count += u64::from(format.read(text).is_some());
        }
        if !text.starts_with(|first: char| first.is_alphabetic()) {
            for (style, count) in STYLES.iter().zip(&mut self.numbers) {
                let number = NumberStyle::from_example(style).and_then(|style| style.parse(text));
                *count += u64::from(number.is_some());
            }
            self.marked += u64::from(text.contains(['.', ',', '\'']));
            let after_zero = text.strip_prefix('0').and_then(|rest| rest.chars().next());
            self.coded |= text.starts_with('+') || after_zero.is_some_and(|next| next.is_ascii_digit());
        }
    }

    fn settle(&mut self, style: usize, rows: u64) {
        self.distinct = self.hashes.len() as u64;
        self.all_different &= rows > 0;
        let enough = |count: u64| self.tried > 0 && count * 100 >= self.tried * OF_A_HUNDRED;
        let best = self.dates.iter().rev().max_by_key(|(_, count)| *count);
        let numbers = self.numbers.get(style).copied().unwrap_or_default();
        let example = STYLES.get(style).copied().unwrap_or("1,234.56");
        self.kind = match best {
            _ if self.filled == 0 => Kind::Empty,
            _ if enough(self.iso) => Kind::Date("iso".into()),
            _ if enough(self.packed_days) => Kind::Date("%Y%m%d".into()),
            Some((format, count)) if enough(*count) => Kind::Date(format.name().to_owned()),
            _ if enough(numbers) && !self.coded => match self.epoch() {
                Some(epoch) => Kind::Date(epoch.into()),
                None => Kind::Number(example, self.marked > 0 && self.typed < self.filled),
            },
            _ => Kind::Text,
        };
        self.others = self.tried
            - match &self.kind {
                Kind::Number(..) => numbers,
                Kind::Date(format) if format == "iso" => self.iso,
                Kind::Date(format) if format == "%Y%m%d" => self.packed_days,
                Kind::Date(format) if format.starts_with("epoch") => numbers,
                Kind::Date(_) => best.map_or(0, |(_, count)| *count),
                Kind::Text | Kind::Empty => self.tried,
            };
        match self.kind {
            Kind::Number(..) => self.range = range(&self.values, example),
            Kind::Date(_) => {}
            // In a text they are words like others.
            Kind::Text | Kind::Empty => self.take_words(),
        }
    }

    fn take_words(&mut self) {
        self.filled += self.without_value;
        self.distinct += self.no_values.len() as u64;
        self.values.append(&mut self.no_values);
        if self.filled > 0 {
            self.kind = Kind::Text;
        }
    }

    /// Seconds or milliseconds since 1970, where the name says that it is a time.
    fn epoch(&self) -> Option<&'static str> {
        let time = ["date", "time", "timestamp", "created", "updated", "at", "modified", "ts"];
        if !self.has(&time) {
            return None;
        }
        let of = |low: f64, high: f64| {
            self.values.iter().all(|text| text.parse().is_ok_and(|number: f64| (low..high).contains(&number)))
        };
        if of(1e8, 4e9) {
            Some("epoch")
        } else if of(1e11, 4e12) {
            Some("epoch_ms")
        } else {
            None
        }
    }

    /// Whether one of these words is in its name.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    pub(super) fn is_text(&self) -> bool {
        self.kind == Kind::Text
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number(..))
    }

    pub(super) fn is_date(&self) -> bool {
        matches!(self.kind, Kind::Date(_))
    }

    /// Its values are written in two ways.
    pub(super) fn read_as_text(&mut self) {
        self.kind = Kind::Text;
    }

    /// Whether it has so few values that they are a list of words.
    pub(super) fn is_list(&self) -> bool {
        self.is_text() && self.distinct <= LIST_MAX && self.distinct * 2 <= self.filled
    }

    /// Whether its name says that its values may be people: they are not repeated in a comment.
    pub(super) fn may_name_people(&self) -> bool {
        self.has(&[
            "name", "owner", "agent", "user", "assignee", "manager", "email", "person", "contact", "resource",
        ])
    }

    /// Whether its values are whole numbers with a `.0` behind them, as a program writes a column of numbers in which some
    /// are missing. Another file has the same ids without it.
    pub(super) fn is_whole_with_point(&self) -> bool {
        self.is_number() && self.others == 0 && self.values.iter().all(|value| value.ends_with(".0"))
    }

    /// Whether its values are long enough to be sentences.
    pub(super) fn is_prose(&self) -> bool {
        self.is_text() && self.longest > 60
    }

    /// Whether all its values are currency codes.
    pub(super) fn is_currency(&self) -> bool {
        let code = |text: &String| rapport_model::currency_exponent(text).is_some();
        self.filled > 0 && self.distinct <= LIST_MAX && self.values.iter().all(code)
    }

    /// What stands in the comment above the mapping.
    pub(super) fn described(&self, rows: u64) -> String {
        let filled = if self.filled == rows { "always".to_owned() } else { format!("{} times", self.filled) };
        let different = if self.all_different {
            "all different".to_owned()
        } else {
            format!("{} different", self.distinct)
        };
        let kind = match &self.kind {
            Kind::Empty => return "never filled".to_owned(),
            Kind::Text => "text".to_owned(),
            Kind::Number(..) => "numbers".to_owned(),
            Kind::Date(format) => format!("dates, `{format}`"),
        };
        let but = if self.others > 0 { format!(" but for {} values", self.others) } else { String::new() };
        format!("filled {filled}, {different}, {kind}{but}")
    }
}

fn range(values: &[String], style: &str) -> Option<(f64, f64)> {
    let style = NumberStyle::from_example(style)?;
    let numbers = values.iter().filter_map(|text| style.parse(text)?.to_string().parse::<f64>().ok());
    numbers.fold(None, |range, number| match range {
        None => Some((number, number)),
        Some((low, high)) => Some((f64::min(low, number), f64::max(high, number))),
    })
}

/// Words that names put together without a mark: `LEADID`, `invoiceno`, `orderdate`.
const FIRST: [&str; 18] = [
    "account",
    "call",
    "case",
    "complaint",
    "contact",
    "customer",
    "deal",
    "invoice",
    "lead",
    "opportunity",
    "order",
    "potential",
    "product",
    "session",
    "survey",
    "task",
    "ticket",
    "user",
];
const SECOND: [&str; 6] = ["id", "no", "nr", "number", "date", "name"];

/// `CreatedDate`, `created_date` and `created date` are the words created and date.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begin = true;
    let mut lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            begin = true;
            continue;
        }
        if begin || (lower && letter.is_uppercase()) {
            words.push(String::new());
        }
        (begin, lower) = (false, letter.is_lowercase());
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    let parts = |word: String| {
        let two = FIRST.iter().find_map(|first| {
            let second = word.strip_prefix(first).filter(|second| SECOND.contains(second))?;
            Some(vec![(*first).to_owned(), second.to_owned()])
        });
        two.unwrap_or_else(|| vec![word])
    };
    words.into_iter().flat_map(parts).collect()
}

/// The rule by which a column's dates are read.
pub(super) fn rule(format: &str) -> Option<DateRule> {
    Some(DateRule { formats: vec![DateFormat::parse(format).ok()?], ..DateRule::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[&str]) -> Column {
        let mut columns = named(&[name.to_owned()]);
        values.iter().for_each(|value| columns[0].note(value, false));
        settle(&mut columns, values.len() as u64);
        columns.remove(0)
    }

    #[test]
    fn dates_numbers_and_texts_are_told_apart() {
        assert_eq!(column("a", &["2026-01-02", "2026-01-03 10:00"]).kind, Kind::Date("iso".into()));
        assert_eq!(column("a", &["03.04.2026", "14.04.2026"]).kind, Kind::Date("%d.%m.%Y".into()));
        assert_eq!(column("a", &["03/04/2026", "14/04/2026"]).kind, Kind::Date("%d/%m/%Y".into()));
        assert_eq!(column("a", &["03/04/2026", "04/14/2026"]).kind, Kind::Date("%m/%d/%Y".into()));
        assert_eq!(column("a", &["19970118", "19970119"]).kind, Kind::Date("%Y%m%d".into()));
        assert_eq!(column("created at", &["1500000000"]).kind, Kind::Date("epoch".into()));
        assert_eq!(column("points", &["1500000000"]).kind, Kind::Number("1,234.56", false));
        assert_eq!(column("a", &["1.250,00", "980,50"]).kind, Kind::Number("1.234,56", true));
        assert_eq!(column("a", &["x", "y"]).kind, Kind::Text);
        assert_eq!(column("zip", &["10115", "01067"]).kind, Kind::Text);
        assert_eq!(column("phone", &["+4930123"]).kind, Kind::Text);
        assert_eq!(column("share", &["0", "0.5", "-0.25"]).kind, Kind::Number("1,234.56", true));
        assert_eq!(column("a", &["12.5", "NULL", "-"]).kind, Kind::Number("1,234.56", true));
        assert_eq!((column("a", &["-", "x"]).kind, column("a", &["-", "-"]).kind), (Kind::Text, Kind::Text));
        assert_eq!(column("a", &["", ""]).kind, Kind::Empty);
    }

    #[test]
    fn names_are_words_and_what_cannot_be_named_has_a_place() {
        assert_eq!(words("CreatedDate"), ["created", "date"]);
        assert_eq!(words("case:concept:name"), ["case", "concept", "name"]);
        assert_eq!(words("Deal_No."), ["deal", "no"]);
        assert_eq!(
            words("LEADID InvoiceNo orderdate unpaid"),
            ["lead", "id", "invoice", "no", "order", "date", "unpaid"]
        );
        let header = ["a", "a", "", "x{y"].map(str::to_owned);
        let names: Vec<String> = named(&header).into_iter().map(|column| column.name).collect();
        assert_eq!(names, ["a", "a.1", "#3", "#4"]);
    }
}
