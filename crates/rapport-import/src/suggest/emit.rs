//! The text of one event of a mapping.

use super::{
    found::Found,
    text::{line, reference},
};

pub(super) fn emit(text: &mut String, event_type: &str, name: &str, when: Option<&str>, payload: &[String]) {
    line(text, "[[table.emit]]");
    line(text, &format!("name = \"{name}\""));
    line(text, &format!("type = \"{event_type}\""));
    when.iter().for_each(|when| line(text, &format!("when = {when}")));
    line(text, &format!("payload = {{ {} }}", payload.join(", ")));
}

/// An emit with the fields that the file has.
pub(super) fn emit_some(
    text: &mut String,
    event_type: &str,
    name: &str,
    when: Option<&str>,
    payload: &[Option<String>],
) {
    let payload: Vec<String> = payload.iter().flatten().cloned().collect();
    emit(text, event_type, name, when, &payload);
}

pub(super) fn money(found: &Found, field: &str) -> Option<String> {
    let amount = reference(found, found.amount()?);
    Some(match found.currency() {
        Some(currency) => {
            format!("{field} = {{ text = {amount}, currency = {} }}", reference(found, currency))
        }
        None => format!("{field} = {amount}"),
    })
}

pub(super) fn pair(found: &Found, field: &str, column: Option<usize>) -> Option<String> {
    column.map(|column| format!("{field} = {}", reference(found, column)))
}
