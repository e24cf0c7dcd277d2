//! What a library says of wrong JSON, said so that a person finds the place: the key, and what may have been meant.

use rapport_import::nearest;
use rapport_proto::json::descriptors;

/// The message of a parser about a text of one line, with the key before the place that it names.
pub fn explain(text: &str, message: &str) -> String {
    let (what, column) = match message.rsplit_once(" at line 1 column ") {
        Some((what, column)) => (what, column.parse::<usize>().ok()),
        None => (message, None),
    };
    if let Some(name) =
        what.strip_prefix("unrecognized field name '").and_then(|rest| rest.strip_suffix('\''))
    {
        let names: Vec<String> = field_names();
        if names.iter().any(|field| field == name) {
            return format!(
                "there is no field `{name}` in this place; where it belongs is in `proto/rapport/v1`"
            );
        }
        return match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("there is no field `{name}` here; is it `{near}`?"),
            None => format!("there is no field `{name}` here; the fields are in `proto/rapport/v1`"),
        };
    }
    match column.and_then(|column| key_before(text, column)) {
        Some(key) => format!("`{key}`: {what}"),
        None => what.to_owned(),
    }
}

/// The last key that begins before a column.
fn key_before(text: &str, column: usize) -> Option<&str> {
    let before = text.get(..column.min(text.len()))?;
    let (head, _) = before.rsplit_once("\":")?;
    head.rsplit_once('"').map(|(_, key)| key)
}

/// The JSON names of all fields of the contract.
fn field_names() -> Vec<String> {
    let messages = descriptors().all_messages();
    messages
        .flat_map(|message| message.fields().map(|field| field.json_name().to_owned()).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn a_slip_in_a_field_name_and_a_wrong_value_are_explained() {
        let stag = explain("{}", "unrecognized field name 'dealOpend' at line 1 column 38");
        assert_eq!(stag, "there is no field `dealOpend` here; is it `dealOpened`?");
        let elsewhere = explain("{}", "unrecognized field name 'type' at line 1 column 1");
        assert!(elsewhere.contains("no field `type` in this place"), "{elsewhere}");
        let text = r#"{"customer":"7","occurredAt":"2025-13-01"}"#;
        let time = explain(text, "invalid rfc3339 timestamp at line 1 column 41");
        assert_eq!(time, "`occurredAt`: invalid rfc3339 timestamp");
        assert_eq!(explain("", "something else"), "something else");
    }
}
