//! The mappings that come with Rapport. Adding one: put the file into `presets/` and its line here.

use super::{Mapping, MappingError, nearest};

const PRESETS: &[(&str, &str)] = &[
    ("bank-complaints", include_str!("../../presets/bank-complaints.toml")),
    ("cdnow", include_str!("../../presets/cdnow.toml")),
    ("helpdesk-italy", include_str!("../../presets/helpdesk-italy.toml")),
    ("hubspot", include_str!("../../presets/hubspot.toml")),
    ("intercom", include_str!("../../presets/intercom.toml")),
    ("olist", include_str!("../../presets/olist.toml")),
    ("online-shop", include_str!("../../presets/online-shop.toml")),
    ("sales-pipeline", include_str!("../../presets/sales-pipeline.toml")),
    ("salesforce", include_str!("../../presets/salesforce.toml")),
    ("zendesk", include_str!("../../presets/zendesk.toml")),
    ("zoho", include_str!("../../presets/zoho.toml")),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

pub(super) fn text(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

pub(super) fn find(name: &str) -> Result<Mapping, MappingError> {
    match text(name) {
        Some(text) => Mapping::parse_preset(text, name),
        None => Err(MappingError::UnknownPreset {
            name: name.to_owned(),
            suggestion: nearest(name, names()),
            presets: names().collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_mapping_with_a_description() {
        for name in names() {
            let mapping = find(name).unwrap_or_else(|error| panic!("preset `{name}`: {error}"));
            assert_eq!(mapping.name(), name);
            assert!(!mapping.description().is_empty(), "{name}");
        }
    }
}
