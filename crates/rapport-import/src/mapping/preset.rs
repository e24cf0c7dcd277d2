//! The mappings that come with Rapport. Adding one: put the file into `presets/` and its line here.

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
