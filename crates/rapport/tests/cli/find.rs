//! `find`: a person looks somebody up.

use crate::support::Server;

const PARTIES: &str = r#"{"stream":"p1","customer":"C-1","occurredAt":"2026-01-05T10:00:00Z","payload":{"partyRegistered":{"kind":"PARTY_KIND_PERSON","personal":{"name":"Jānis Bērziņš"}}}}
{"stream":"p1","customer":"C-1","occurredAt":"2026-01-05T10:00:00Z","payload":{"partyIdentifierChanged":{"op":"OP_LINK","scheme":"phone","personal":{"value":"+371 67 123 456"}}}}
{"stream":"p2","customer":"C-2","occurredAt":"2026-01-06T10:00:00Z","payload":{"partyRegistered":{"kind":"PARTY_KIND_ORGANISATION","personal":{"name":"SIA Alfa"}}}}
{"stream":"p1","customer":"C-1","occurredAt":"2026-01-07T10:00:00Z","payload":{"partyRoleAssigned":{"role":"ROLE_CONTACT_OF","relatedParty":"C-2"}}}
{"stream":"p3","customer":"C-3","occurredAt":"2026-02-01T10:00:00Z","payload":{"partyMerged":{"survivor":"C-1","absorbed":"C-3"}}}
{"stream":"n","customer":"C-4","occurredAt":"2026-02-02T10:00:00Z","payload":{"noteRecorded":{"personal":{"text":"called"}}}}
"#;

#[test]
fn somebody_is_found_however_they_are_written_and_with_why_and_for_whom_they_act() {
    let server = Server::start();
    server.run_with(&["append"], PARTIES).ok();
    let header = "customer,kind,name,matched,how,text,recorded_under,other_ids,contact_of,contacts\n";
    let person = |why: &str| format!("C-1,person,Jānis Bērziņš,{why},C-3,SIA Alfa (C-2),\n");
    for (text, expected) in [
        (&["berzins", "JANIS"][..], person("name,words,Jānis Bērziņš,C-1")),
        (&["berzinsh"], person("name,letter_wrong,Jānis Bērziņš,C-1")),
        (&["00371-67123456"], person("phone,whole,+371 67 123 456,C-1")),
        (&["123 456"], person("phone,last_digits,+371 67 123 456,C-1")),
        (&["c-3"], person("id,whole,C-3,C-3")),
        (
            &["alf"],
            "C-2,organisation,SIA Alfa,name,beginning,SIA Alfa,C-2,,,Jānis Bērziņš (C-1)\n".to_owned(),
        ),
        (&["C-4"], "C-4,,,id,whole,C-4,C-4,,,\n".to_owned()),
        (&["nobody"], String::new()),
    ] {
        let asked = [&["find"], text, &["--output", "csv"]].concat();
        assert_eq!(server.run(&asked).ok(), format!("{header}{expected}"), "{text:?}");
    }
    let before = server.run(&["find", "alfa", "--as-of", "2026-01-05"]).ok();
    assert!(before.contains("nobody matches at that moment"), "{before}");
    let table = server.run(&["find", "berzins"]).ok();
    assert!(table.contains("SIA Alfa (C-2)") && table.contains("rapport timeline CUSTOMER"), "{table}");
}

#[test]
fn what_cannot_be_looked_for_is_refused_and_not_repeated() {
    let server = Server::start();
    let long = "Secretname".repeat(21);
    let ran = server.run(&["find", &long]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("at most 200 characters") && !ran.stderr.contains("Secretname"),
        "{}",
        ran.stderr
    );
}
