//! Mistakes that a mapping makes on every row are refused with the mapping, once, at their place.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use rapport_import::Mapping;

fn mapping(kind: &str, payload: &str, rest: &str) -> Result<Mapping, String> {
    let text = format!(
        "[[table]]\nname = \"rows\"\nfiles = [\"rows.csv\"]\nid = \"{{no}}\"\n[[table.emit]]\nname = \"said\"\ntype = \"{kind}\"\n{rest}\npayload = {{ {payload} }}\n"
    );
    Mapping::parse(&text, "test").map_err(|error| error.to_string())
}

#[test]
fn mistakes_that_no_row_can_mend_are_refused_with_the_mapping_at_their_place() {
    let survey = "survey_id = \"s\", instrument = \"custom\", value = \"{v}\"";
    let place = "table[1] \"rows\" / emit[1] \"said\" / payload: ";
    let cases: [(&str, &str, &str, &[&str]); 14] = [
        // A scale that no answer is within.
        (
            "survey.answered",
            &format!("{survey}, scale = {{ min = 5, max = 1 }}"),
            "",
            &["`scale` is", "min < max"],
        ),
        (
            "survey.answered",
            &format!("{survey}, scale = {{ min = 3, max = 3 }}"),
            "",
            &["`scale` is", "min < max"],
        ),
        // The scale of a standard instrument.
        (
            "survey.answered",
            "survey_id = \"s\", instrument = \"nps\", value = \"{v}\", scale = { min = 1, max = 10 }",
            "",
            &["`scale` is", "0 to 10", "INSTRUMENT_CUSTOM"],
        ),
        ("survey.answered", survey, "", &["the key `scale` is missing"]),
        // Required fields that the mapping does not have, or has empty.
        ("deal.opened", "deal_id = \"{no}\"", "", &["the key `stage` is missing"]),
        ("deal.opened", "deal_id = \"{no}\", stage = \"\"", "", &["`stage` is `\"\"`"]),
        (
            "deal.won",
            "amount = { text = \"{v}\", currency = \"EUR\" }",
            "",
            &["the key `deal_id` is missing"],
        ),
        ("invoice.issued", "invoice_id = \"{no}\"", "", &["the key `total` is missing"]),
        ("party.role_assigned", "role = \"contact_of\"", "customer = \"{c}\"", &["`related_party` is"]),
        // Values that mean nothing, wherever the mapping has them.
        ("party.registered", "kind = \"firm\"", "", &["`kind` is `\"firm\"`", "organisation"]),
        (
            "touch.call_logged",
            "direction = { text = \"{d}\", map = { In = \"inbound\" }, otherwise = { text = \"out\" } }",
            "",
            &["`direction` is `\"out\"`", "outbound"],
        ),
        (
            "agreement.recorded",
            "agreement_id = \"{no}\", status = { cases = [{ when = { s = \"1\" }, value = \"kept\" }, { value = \"mad\" }] }",
            "",
            &["`status` is `\"mad\"`", "made"],
        ),
        (
            "deal.won",
            "deal_id = \"{no}\", amount = { text = \"{v}\", currency = \"euro\" }",
            "",
            &["`amount` is `\"euro\"`", "ISO 4217"],
        ),
        (
            "party.registered",
            "kind = \"person\", country = \"Latvia\"",
            "",
            &["`country` is `\"Latvia\"`", "ISO 3166"],
        ),
    ];
    for (kind, payload, rest, expected) in cases {
        let error = mapping(kind, payload, rest).map(|_| ()).unwrap_err();
        assert!(error.starts_with(place), "{payload}: {error}");
        for part in expected {
            assert!(error.contains(part), "{payload}: `{part}` in: {error}");
        }
    }
    let tag = mapping("deal.won", "deal_id = \"{no}\"", "tags = [\"no key\"]").map(|_| ()).unwrap_err();
    assert!(tag.contains("`tags` is `\"no key\"`"), "{tag}");
}

#[test]
fn a_type_that_is_of_a_party_needs_a_customer_in_the_mapping() {
    let refused = mapping("party.role_assigned", "role = \"customer\"", "").unwrap_err();
    assert_eq!(refused, "table[1] \"rows\" / emit[1] \"said\": the key `customer` is missing; add it");
    mapping("party.role_assigned", "role = \"customer\"", "customer = \"{c}\"").unwrap();
}

#[test]
fn mistakes_that_a_row_may_not_have_are_left_to_the_rows() {
    for (kind, payload, rest) in [
        (
            "survey.answered",
            "survey_id = \"s\", instrument = \"{i}\", value = \"{v}\", scale = { min = 1, max = 10 }",
            "",
        ),
        (
            "survey.answered",
            "survey_id = \"s\", instrument = \"custom\", value = \"{v}\", scale = { min = 5, max = \"{m}\" }",
            "",
        ),
        ("deal.opened", "deal_id = \"{no}\", stage = { text = \"\", default = \"{s}\" }", ""),
        ("party.registered", "kind = { text = \"{k}\", default = \"person\" }", ""),
        ("party.role_assigned", "role = \"{r}\"", "customer = \"{c}\""),
        (
            "invoice.issued",
            "invoice_id = \"{no}\", total = { text = \"{t}\", currency = \"{c}\" }, tax = { text = \"1\", currency = \"USD\" }",
            "",
        ),
        ("order.placed", "order_id = \"{no}\", lines = [{ product = \"{p}\", quantity = 1 }]", ""),
        ("event.corrected", "target_event_id = \"{id}\", occurred_at = \"{at}\"", ""),
        (
            "contract.changed",
            "contract_id = \"{no}\", op = \"signed\", start = \"2026-01-01\", end = { text = \"{e}\", as = \"date\" }",
            "",
        ),
        ("note.recorded", "personal.text = \"{v}\"", "tags = [\"label:{v}\"]"),
    ] {
        assert!(mapping(kind, payload, rest).is_ok(), "{payload}: {:?}", mapping(kind, payload, rest).err());
    }
}
