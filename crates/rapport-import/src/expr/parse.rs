//! From TOML to expressions and conditions.

use std::{collections::HashMap, sync::Arc};

use jiff::tz::TimeZone;

use super::{
    scope::{Reading, Scope},
    template,
    tree::{Base, Condition, Expr, Moments, Op, Otherwise, Pick, Step, Test},
};
use crate::{
    mapping::{
        error::MappingError,
        section::{Section, texts_of},
    },
    value::{
        letters::Form,
        moment::{DateFormat, DateRule, DayPart},
        number::NumberStyle,
    },
};

const EXPECTED: &str = "text such as `{column}`, a number, a boolean, or a table with one of `text`, `first`, `times`, `plus`, `sum`, `cases`, `between`, `latest`, `earliest`";

/// The expression that a value of the mapping is; `key` names it in errors.
pub(crate) fn expr(
    scope: &mut Scope,
    value: &toml::Value,
    place: &str,
    key: &str,
) -> Result<Expr, MappingError> {
    match value {
        toml::Value::Table(table) => {
            let mut section = Section::new(format!("{place} / {key}"), table.clone());
            let reading = reading(&mut section, &scope.reading)?;
            let expr = expr_of(scope, &mut section, &reading)?;
            section.finish()?;
            Ok(expr)
        }
        _ => plain(scope, value, place, key),
    }
}

impl Scope {
    /// The expression that a value of the mapping is; for what [`expr`] itself needs.
    pub(super) fn expr(&mut self, value: &toml::Value, place: &str, key: &str) -> Result<Expr, MappingError> {
        expr(self, value, place, key)
    }
}

fn plain(scope: &mut Scope, value: &toml::Value, place: &str, key: &str) -> Result<Expr, MappingError> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(moment) => moment.to_string(),
        toml::Value::Array(_) | toml::Value::Table(_) => {
            return Err(MappingError::wrong(place, key, value, EXPECTED));
        }
    };
    let (parts, label) = template::parse(scope, &text, place, key)?;
    // A number of the mapping is written as TOML does, whatever the file's numbers look like.
    let steps = if value.is_float() { vec![Step::Number(NumberStyle::default())] } else { Vec::new() };
    Ok(Expr { base: Base::Template(parts), steps, label })
}

/// How values are read here: what the section says, else what holds outside. Takes `numbers`, `dates`, `zone`, `day`.
pub(crate) fn reading(section: &mut Section, outer: &Reading) -> Result<Reading, MappingError> {
    let mut reading = outer.clone();
    if let Some(example) = section.text("numbers")? {
        let style = NumberStyle::from_example(&example);
        let wrong = || {
            section.wrong(
                "numbers",
                &toml::Value::from(example.as_str()),
                "the number 1234.56 as the file writes it, such as `1.234,56`",
            )
        };
        reading.numbers = style.ok_or_else(wrong)?;
    }
    let (formats, zone, day) = (section.texts("dates")?, section.text("zone")?, section.text("day")?);
    if formats.is_none() && zone.is_none() && day.is_none() {
        return Ok(reading);
    }
    let mut rule = DateRule::clone(&reading.dates);
    if let Some(formats) = formats {
        rule.formats.clear();
        for format in &formats {
            let wrong = |why| {
                section.wrong(
                    "dates",
                    &toml::Value::from(format.as_str()),
                    format!("`iso`, `excel`, `epoch`, `epoch_ms` or a pattern such as `%d.%m.%Y` ({why})"),
                )
            };
            rule.formats.push(DateFormat::parse(format).map_err(wrong)?);
        }
    }
    if let Some(zone) = zone {
        let wrong = |_| {
            section.wrong("zone", &toml::Value::from(zone.as_str()), "a zone such as `Europe/Riga` or `UTC`")
        };
        rule.zone = TimeZone::get(&zone).map_err(wrong)?;
    }
    rule.day = match day.as_deref() {
        None => rule.day,
        Some("start") => DayPart::Start,
        Some("noon") => DayPart::Noon,
        Some("end") => DayPart::End,
        Some(other) => {
            return Err(section.wrong("day", &toml::Value::from(other), "`start`, `noon` or `end`"));
        }
    };
    reading.day_said |= day.is_some();
    reading.dates = Arc::new(rule);
    Ok(reading)
}

/// An expression of the keys of a section, which may have others besides.
pub(crate) fn expr_of(
    scope: &mut Scope,
    section: &mut Section,
    reading: &Reading,
) -> Result<Expr, MappingError> {
    let outer = std::mem::replace(&mut scope.reading, reading.clone());
    let expr = base(scope, section, reading).and_then(|(base, label)| {
        let mut expr = Expr { base, steps: Vec::new(), label };
        expr.steps = steps(scope, section, reading)?;
        Ok(expr)
    });
    scope.reading = outer;
    expr
}

fn base(scope: &mut Scope, section: &mut Section, reading: &Reading) -> Result<(Base, String), MappingError> {
    let mut found: Vec<(Base, String)> = Vec::new();
    if let Some(value) = section.take("text") {
        let inner = plain(scope, &value, &section.place, "text")?;
        found.push((inner.base, inner.label));
    }
    for (key, make) in [("first", 0_u8), ("times", 1), ("plus", 2)] {
        let Some(value) = section.take(key) else { continue };
        let toml::Value::Array(items) = &value else {
            return Err(section.wrong(key, &value, "a list of expressions"));
        };
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            parts.push(expr(scope, item, &section.place, key)?);
        }
        let label =
            parts.iter().map(|part| part.label.clone()).find(|label| !label.is_empty()).unwrap_or_default();
        if make > 0 {
            scope.styles.number(reading.numbers);
        }
        let base = match make {
            0 => Base::First(parts),
            1 => Base::Times(parts, reading.numbers),
            _ => Base::Plus(parts, reading.numbers),
        };
        found.push((base, label));
    }
    if let Some(value) = section.take("sum") {
        let of = expr(scope, &value, &section.place, "sum")?;
        let over = section.text_required("over")?;
        scope.styles.number(reading.numbers);
        let label = of.label.clone();
        found.push((
            Base::Sum {
                over: scope.many(&over, &section.place)?,
                of: Box::new(of),
                numbers: reading.numbers,
            },
            label,
        ));
    }
    if section.has("cases") {
        found.push(cases(scope, section)?);
    } else {
        section.take("cases");
    }
    if let Some(value) = section.take("between") {
        let ends = value.as_array().map(Vec::as_slice);
        let Some([from, to]) = ends else {
            return Err(section.wrong("between", &value, "two moments: `[\"{from}\", \"{to}\"]`"));
        };
        let from = expr(scope, from, &section.place, "between")?;
        let to = expr(scope, to, &section.place, "between")?;
        scope.styles.date(&reading.dates);
        let label = to.label.clone();
        found.push((
            Base::Between { from: Box::new(from), to: Box::new(to), dates: Arc::clone(&reading.dates) },
            label,
        ));
    }
    for pick in [Pick::Latest, Pick::Earliest] {
        let moments = Moments::parse(scope, section, reading, pick)?;
        found.extend(moments.map(|(moments, label)| (Base::Moments(Box::new(moments)), label)));
    }
    match (found.pop(), found.is_empty()) {
        (Some(base), true) => Ok(base),
        _ => {
            let value = toml::Value::from(section.rest().keys().cloned().collect::<Vec<_>>().join(", "));
            Err(section.wrong("table", &value, EXPECTED))
        }
    }
}

fn cases(scope: &mut Scope, section: &mut Section) -> Result<(Base, String), MappingError> {
    let mut cases = Vec::new();
    for mut case in section.sections("cases")? {
        let when = case.take("when").map(|value| condition(scope, &value, &case.place)).transpose()?;
        let value = case.take("value").ok_or_else(|| case.missing("value"))?;
        cases.push((when, expr(scope, &value, &case.place, "value")?));
        case.finish()?;
    }
    let label = cases
        .iter()
        .map(|(_, value)| value.label.clone())
        .find(|label| !label.is_empty())
        .unwrap_or_default();
    Ok((Base::Cases(cases), label))
}

/// What is done to the text, in the order that the documentation states.
fn steps(scope: &mut Scope, section: &mut Section, reading: &Reading) -> Result<Vec<Step>, MappingError> {
    let mut steps = Vec::new();
    if let Some(name) = section.text("normalize")? {
        let wrong = || section.wrong("normalize", &toml::Value::from(name.as_str()), "`nfc` or `nfkc`");
        steps.push(Step::Normalize(Form::named(&name).ok_or_else(wrong)?));
    }
    steps.extend(section.text("after")?.map(Step::After));
    steps.extend(section.text("before")?.map(Step::Before));
    match section.text("case")?.as_deref() {
        None => {}
        Some("lower") => steps.push(Step::Lower),
        Some("upper") => steps.push(Step::Upper),
        Some(other) => return Err(section.wrong("case", &toml::Value::from(other), "`lower` or `upper`")),
    }
    if let Some(value) = section.take("map") {
        let map = value_table(scope, &value, section)?;
        steps.push(Step::Map(map, otherwise(scope, section)?));
    } else if section.has("otherwise") {
        return Err(section.missing("map"));
    }
    if let Some(scale) = section.count("round")? {
        scope.styles.number(reading.numbers);
        steps.push(Step::Round(scale, reading.numbers));
    }
    match section.text("as")?.as_deref() {
        None | Some("text") => {}
        Some("number") => {
            scope.styles.number(reading.numbers);
            steps.push(Step::Number(reading.numbers));
        }
        Some("hash") => steps.push(Step::Hash),
        Some("boolean") => steps.push(Step::Flag),
        Some("date") => {
            scope.styles.date(&reading.dates);
            steps.push(Step::Date(Arc::clone(&reading.dates)));
        }
        Some(other) => {
            return Err(section.wrong(
                "as",
                &toml::Value::from(other),
                "`text`, `number`, `boolean`, `date` or `hash`",
            ));
        }
    }
    if let Some(value) = section.take("default") {
        steps.push(Step::Default(Box::new(expr(scope, &value, &section.place, "default")?)));
    }
    if let Some(value) = section.take("when") {
        steps.push(Step::When(condition(scope, &value, &section.place)?));
    }
    Ok(steps)
}

fn value_table(
    scope: &Scope,
    value: &toml::Value,
    section: &Section,
) -> Result<Arc<HashMap<String, String>>, MappingError> {
    match value {
        toml::Value::String(name) => scope.maps.get(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = scope.maps.keys().map(String::as_str).collect();
            section.wrong("map", value, format!("a table of `[maps]`; there are `{}`", known.join("`, `")))
        }),
        toml::Value::Table(table) => {
            texts_by_key(table).map(Arc::new).ok_or_else(|| section.wrong("map", value, "texts by text"))
        }
        _ => Err(section.wrong("map", value, "a table, or the name of a table of `[maps]`")),
    }
}

/// A table of plain values as texts.
pub(crate) fn texts_by_key(table: &toml::Table) -> Option<HashMap<String, String>> {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    };
    table.iter().map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

fn otherwise(scope: &mut Scope, section: &mut Section) -> Result<Otherwise, MappingError> {
    let Some(value) = section.take("otherwise") else { return Ok(Otherwise::Keep) };
    match &value {
        toml::Value::String(word) if word == "keep" => Ok(Otherwise::Keep),
        toml::Value::String(word) if word == "empty" => Ok(Otherwise::Empty),
        toml::Value::String(word) if word == "reject" => Ok(Otherwise::Reject),
        toml::Value::Table(_) => {
            Ok(Otherwise::Use(Box::new(expr(scope, &value, &section.place, "otherwise")?)))
        }
        _ => Err(section.wrong(
            "otherwise",
            &value,
            "`keep`, `empty`, `reject` or an expression `{ text = \"…\" }`",
        )),
    }
}

/// A condition: a table (all must hold) or a list of tables (one must).
pub(crate) fn condition(
    scope: &mut Scope,
    value: &toml::Value,
    place: &str,
) -> Result<Condition, MappingError> {
    let expected = "a table `{ column = \"value\" }`, or a list of such tables of which one must hold";
    let wrong = || MappingError::wrong(place, "when", value, expected);
    let alternatives = match value {
        toml::Value::Table(table) => vec![table],
        toml::Value::Array(items) => {
            items.iter().map(toml::Value::as_table).collect::<Option<Vec<_>>>().ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    if alternatives.is_empty() || alternatives.iter().any(|table| table.is_empty()) {
        return Err(wrong());
    }
    let mut parsed = Vec::new();
    for table in alternatives {
        let mut tests = Vec::new();
        for (name, test) in table {
            let part = scope.resolve(name, place)?;
            let subject = Expr { base: Base::Template(vec![part]), steps: Vec::new(), label: name.clone() };
            for op in ops(scope, test, &format!("{place} / when"), name)? {
                let subject =
                    Expr { base: clone_template(&subject.base), steps: Vec::new(), label: name.clone() };
                tests.push(Test { subject, op });
            }
        }
        parsed.push(tests);
    }
    Ok(Condition(parsed))
}

fn clone_template(base: &Base) -> Base {
    match base {
        Base::Template(parts) => Base::Template(parts.clone()),
        _ => Base::Template(Vec::new()),
    }
}

fn ops(scope: &mut Scope, value: &toml::Value, place: &str, name: &str) -> Result<Vec<Op>, MappingError> {
    let expected = "a value, a list of values, or a table of `not`, `empty`, `starts`, `above`, `below`, `same`, `differs`";
    let toml::Value::Table(table) = value else {
        let texts = plain_texts(value).ok_or_else(|| MappingError::wrong(place, name, value, expected))?;
        return Ok(vec![Op::In(texts)]);
    };
    let mut section = Section::new(format!("{place} / {name}"), table.clone());
    let mut ops = Vec::new();
    if let Some(value) = section.take("not") {
        ops.push(Op::NotIn(
            plain_texts(&value).ok_or_else(|| section.wrong("not", &value, "a value or a list of values"))?,
        ));
    }
    ops.extend(section.flag("empty")?.map(Op::Empty));
    ops.extend(section.texts("starts")?.map(Op::Starts));
    for key in ["above", "below"] {
        let Some(value) = section.take(key) else { continue };
        let number = plain_texts(&value).and_then(|texts| texts.first().and_then(|text| text.parse().ok()));
        let number = number.ok_or_else(|| section.wrong(key, &value, "a number"))?;
        let numbers = scope.reading.numbers;
        scope.styles.number(numbers);
        ops.push(if key == "above" { Op::Above(number, numbers) } else { Op::Below(number, numbers) });
    }
    if let Some(value) = section.take("same") {
        ops.push(Op::Same(Box::new(expr(scope, &value, &section.place, "same")?)));
    }
    if let Some(value) = section.take("differs") {
        ops.push(Op::Differs(Box::new(expr(scope, &value, &section.place, "differs")?)));
    }
    section.finish()?;
    if ops.is_empty() { Err(MappingError::wrong(place, name, value, expected)) } else { Ok(ops) }
}

fn plain_texts(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::Boolean(flag) => Some(vec![flag.to_string()]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Float(number) => Some(vec![number.to_string()]),
        _ => texts_of(value),
    }
}
